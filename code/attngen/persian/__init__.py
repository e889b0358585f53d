"""Persian text: cleaning it, cutting it into tokens, and language models from n-grams to a transformer."""

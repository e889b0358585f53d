"""Vision transformers: pretrained ones and a compact one, what they look at, and which of their heads matter."""

"""Translation into Pig Latin, letter by letter (chapter translation/pig-latin)."""

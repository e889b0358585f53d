"""Attention and Generation: the tested code that the book prints and runs."""

__version__ = "0.1.0"

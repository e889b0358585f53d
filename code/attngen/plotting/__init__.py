"""Figures of the book: drawn once for each language, readable on light and dark pages."""
from .attention import attention_map
from .bilingual import Label, MixedLabel, figure, languages, render
from .palette import DARK, HEAT, PALETTE, SERIES

__all__ = ["DARK", "HEAT", "PALETTE", "SERIES", "Label", "MixedLabel", "attention_map", "figure",
           "languages", "render"]

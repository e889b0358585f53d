"""The learning curve, carried on to more text than was measured: two ways, and neither is a forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attngen import results
from attngen.persian.learning_curve import slope

Curve = tuple[list[float], list[float]]  # characters of training text, bits a character


def curves_of(name: str = "persian-learning-curve") -> dict[str, Curve]:
    """The recorded curves by model, smallest corpus first."""
    history = results.load(name).history
    found: dict[str, Curve] = {}
    columns = (history["model"], history["characters"], history["test_bits_per_char"])
    for model, size, bits in sorted(zip(*columns, strict=True)):
        sizes, losses = found.setdefault(model, ([], []))
        sizes.append(size)
        losses.append(bits)
    return found


def straight(sizes: Sequence[float], bits: Sequence[float], size: float) -> float:
    """Bits a character at ``size``, if each doubling saves as many bits as it did on average.

    It goes below zero in the end, which no text allows.
    """
    intercept, falling = slope(list(sizes), list(bits))
    return intercept + falling * float(np.log2(size))


def power_law(sizes: Sequence[float], bits: Sequence[float], size: float) -> float:
    """Bits a character at ``size``, if each doubling saves the same *share* of them: c size^-a.

    The form of Hestness et al. 2017 (arXiv 1712.00409), without a floor, which a few points cannot tell.
    """
    intercept, falling = slope(list(sizes), list(np.log2(bits)))
    return float(2 ** (intercept + falling * np.log2(size)))

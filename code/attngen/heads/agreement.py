"""Do several measures of importance name the same heads?"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

from scipy.stats import ConstantInputWarning, spearmanr
from torch import Tensor


@dataclass(frozen=True)
class Agreement:
    """rank - Spearman's correlation of two rankings of all heads, -1 to 1
    shared - of the ``top`` most important heads by one measure, the share that the other names too
    chance - that share for two measures that have nothing to do with each other
    """

    rank: float
    shared: float
    chance: float


def agreement(one: Tensor, other: Tensor, top: int) -> Agreement:
    """How far two measures (layers, heads) agree.  ValueError where their shapes differ."""
    if one.shape != other.shape:
        raise ValueError(f"two measures of the same heads: {tuple(one.shape)} and {tuple(other.shape)}")
    if not 0 < top <= one.numel():
        raise ValueError(f"top is 1 to {one.numel()} heads, not {top}")
    named = [set(m.flatten().argsort(descending=True, stable=True)[:top].tolist()) for m in (one, other)]
    with warnings.catch_warnings(action="ignore", category=ConstantInputWarning):
        rank = float(spearmanr(one.flatten(), other.flatten()).statistic)
    if math.isnan(rank):  # a measure that finds all heads alike ranks none
        rank = 0.0
    return Agreement(rank, len(named[0] & named[1]) / top, top / one.numel())

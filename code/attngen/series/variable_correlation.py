"""How alike the variables of a table are, and whether a map of attention follows it.

The agreement of two (V, V) tables is a rank correlation over their pairs.  Pairs that share a variable are
not independent, so its chance is found by giving the variables of one table other names (Mantel 1967).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attngen.series.table import SeriesError
from attngen.series.variable_attention import batches
from attngen.series.windows import Windows

_EXACT = 5040  # up to so many orders (those of seven variables) all are tried


def correlation(rows: Tensor) -> Tensor:
    """(..., T, V) -> (..., V, V): Pearson's correlation of the columns; 0 with a constant column."""
    centred = rows - rows.mean(dim=-2, keepdim=True)
    length = centred.norm(dim=-2, keepdim=True)
    unit = centred / length.clamp_min(1e-12)
    return unit.transpose(-2, -1) @ unit


def correlations(windows: Windows) -> dict[str, Tensor]:
    """How the variables go together, (V, V) each.

    level  - values of all rows that the windows read or forecast
    change - differences from one row to the next
    past, future - inside a window, mean over windows: what is left when each window is centred by itself, as
                   reversible instance normalisation does
    """
    first, last = int(windows.starts.min()), int(windows.starts.max())
    rows = windows.values[first : last + windows.lookback + windows.horizon].double()
    found = {"level": correlation(rows), "change": correlation(rows.diff(dim=0))}
    for name in ("past", "future"):
        summed = sum(correlation(getattr(batch, name).double()).sum(dim=0) for batch in batches(windows))
        found[name] = summed / len(windows)
    return found


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[place]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's correlation of two lists of numbers; nan where one of them is constant."""
    one, other = ranks(one), ranks(other)
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


@dataclass(frozen=True)
class Agreement:
    """value - rank correlation of the pairs
    low, high - the middle 95 % of what renaming the variables gives
    share - of the renamings, how many give at least ``value`` (one-sided; the true names count among them)
    """

    value: float
    low: float
    high: float
    share: float


def agreement(attention: Tensor, alike: Tensor, renamings: int = 2000, seed: int = 0) -> Agreement:
    """Whether variables look most at those they are most alike; the diagonals do not count.

    attention (V, V);  alike (V, V), of which the size counts, not the sign.  With up to seven variables every
    renaming is tried, otherwise ``renamings`` random ones.  Raises SeriesError below three variables.
    """
    one, other = np.asarray(attention, float), np.abs(np.asarray(alike, float))
    count = len(one)
    if one.shape != other.shape or one.shape != (count, count) or count < 3:
        shapes = f"{one.shape} and {other.shape}"
        raise SeriesError(f"two square tables of the same three or more variables are needed, not {shapes}")
    pairs = ~np.eye(count, dtype=bool)
    value = rank_correlation(one[pairs], other[pairs])
    if math.factorial(count) <= _EXACT:
        orders = list(map(list, itertools.permutations(range(count))))
    else:
        generator = np.random.default_rng(seed)
        orders = [np.arange(count)] + [generator.permutation(count) for _ in range(renamings)]
    ranked = np.zeros_like(one)
    ranked[pairs] = ranks(one[pairs])  # renaming moves ranks, it does not change them
    fixed = ranks(other[pairs])
    chance = np.array([np.corrcoef(ranked[np.ix_(order, order)][pairs], fixed)[0, 1] for order in orders])
    low, high = np.quantile(chance, (0.025, 0.975))
    return Agreement(value, float(low), float(high), float((chance >= value - 1e-12).mean()))

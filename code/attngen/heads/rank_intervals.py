"""How sure is it that two measures of importance rank the heads alike?"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata
from torch import Tensor

from attngen.heads.intervals import Interval, resampled_means


def rank_interval(
    one: Tensor, other: Tensor, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Interval:
    """Spearman's correlation of the means of two measures, with its bootstrap interval.

    one, other - (heads, N) of the same heads on the same N examples; or (heads, 1),
                 for a measure that no examples were drawn for: it is the same in all draws
    Examples are drawn with replacement, the same ones for both.  Drawing adds noise, which
    can only blur an order: the interval leans to the side of weaker correlation.
    """
    if len(one) != len(other):
        raise ValueError(f"two measures of the same heads: {len(one)} and {len(other)}")
    sizes = {one.shape[1], other.shape[1]} - {1}
    if len(sizes) > 1:
        raise ValueError(f"both measures on the same examples: {one.shape[1]} and {other.shape[1]}")
    both = [measure.double().numpy() for measure in (one, other)]
    # the same seed draws the same examples
    means = [resampled_means(measure, draws, seed) for measure in both]
    [whole] = correlations(*(measure.mean(1)[None] for measure in both))
    drawn = correlations(*means)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(np.array(whole), low, high)


def correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row of one with the same row of the other, (draws,).

    0 where a measure finds all heads alike: it ranks none.
    """
    ranks = [rankdata(measure, axis=1) for measure in (one, other)]
    centred = [rank - rank.mean(1, keepdims=True) for rank in ranks]
    norms = np.sqrt((centred[0] ** 2).sum(1) * (centred[1] ** 2).sum(1))
    product = (centred[0] * centred[1]).sum(1)
    return np.divide(product, norms, out=np.zeros_like(product), where=norms > 0)

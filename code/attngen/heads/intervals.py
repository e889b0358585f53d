"""How sure is a difference?  Bootstrap over examples, paired: the same examples with and without a head.

Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13 (the percentile interval).  Of many
heads some seem to matter by chance alone; intervals that hold for all of them together are wider (Westfall
and Young 1993, "Resampling-Based Multiple Testing": the largest deviation of any).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Interval:
    """A mean and where it lies with the given confidence: arrays of one shape."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def excludes_zero(self) -> np.ndarray:
        return (self.low > 0) | (self.high < 0)


def mean_interval(
    differences: Tensor,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
    together: bool = False,
) -> Interval:
    """The mean over examples of differences (..., N), with its bootstrap interval.

    together - all intervals hold at once with this confidence, not each of them
    Each draw takes N examples with replacement, the same ones for all heads.
    ValueError for fewer than two examples.
    """
    shape, count = differences.shape[:-1], differences.shape[-1]
    if count < 2:
        raise ValueError(f"an interval takes at least two examples, not {count}")
    numbers = differences.double().cpu().reshape(-1, count).numpy()
    mean, means = numbers.mean(1), resampled_means(numbers, draws, seed)
    if together:
        deviation = means.std(0)
        apart = np.abs(means - mean) / np.where(deviation > 0, deviation, 1)
        reach = np.quantile(apart.max(1), level) * deviation
        low, high = mean - reach, mean + reach
    else:
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(*(values.reshape(shape) for values in (mean, low, high)))


def resampled_means(numbers: np.ndarray, draws: int, seed: int = 0) -> np.ndarray:
    """The means of (K, N) over N examples drawn with replacement, so many times.

    Returns (draws, K).  How often each example was drawn is all that a mean depends
    on, and those counts follow a multinomial distribution.
    """
    count = numbers.shape[1]
    rng = np.random.default_rng(seed)
    alike = np.full(count, 1 / count)
    some = 50  # draws at once: enough for a fast product, little memory
    parts = []
    for first in range(0, draws, some):
        drawn = rng.multinomial(count, alike, size=min(some, draws - first))
        parts.append(drawn @ numbers.T / count)
    return np.concatenate(parts)

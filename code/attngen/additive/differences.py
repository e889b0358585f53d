"""Whether a few seeds tell two kinds of heads apart."""

from __future__ import annotations

import math

from scipy.stats import t


def differences(
    metrics: dict[str, float], name: str = "val_loss", base: str = "dot", kinds=()
) -> dict[str, tuple]:
    """For each kind its mean minus the base's, and the same in standard errors of that difference.

    metrics - with ``name_kind`` and ``name_kind_std`` of every kind, and ``seeds`` of each
    Raises ValueError where there is one seed only: then nothing is known about its spread.
    """
    seeds = metrics["seeds"]
    if seeds < 2:
        raise ValueError("one seed has no spread to compare with; at least two are needed")

    def of(kind: str) -> tuple[float, float]:
        return metrics[f"{name}_{kind}"], metrics[f"{name}_{kind}_std"]

    found, (mean, spread) = {}, of(base)
    for kind in kinds:
        other, other_spread = of(kind)
        error = math.sqrt((spread**2 + other_spread**2) / seeds)
        found[kind] = other - mean, (other - mean) / error if error else math.inf
    return found


def needed(seeds: int, comparisons: int, chance: float = 0.05) -> float:
    """How many standard errors a difference must have for chance to make it in less than that share of cases.

    Student's t for two groups of ``seeds`` with a common variance; ``chance`` is shared out among the
    comparisons (Bonferroni).
    """
    return float(t.ppf(1 - chance / comparisons / 2, 2 * (seeds - 1)))

"""What every other way to choose heads comes to with as many heads as a policy uses on average.

A policy that sets its own price for heads is compared by reward; compared by words right it may only seem
better because it uses more of them.  Here both use equally many.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

POLICIES = ("bandit", "known")


def between(right: Callable[[int], float], heads: float) -> float:
    """The share of words right with so many heads on average, from that with whole numbers of them.

    Between two sizes a part of the words takes the larger mask, the others the smaller.
    """
    if heads < 0:
        raise ValueError(f"a budget is 0 heads or more, not {heads}")
    low = math.floor(heads)
    part = heads - low
    return right(low) if part == 0 else (1 - part) * right(low) + part * right(low + 1)


def known_budgets(frontier: list[dict], priced: list[dict]) -> list[dict]:
    """For each policy, price and seed of ``priced``: a row with the words right by every line of ``frontier``."""
    lines: dict[str, dict[int, float]] = {}
    for row in frontier:
        lines.setdefault(row["method"], {})[row["heads"]] = row["right"]
    rows = []
    for row in priced:
        if row["method"] in POLICIES:
            at = {f"by_{way}": between(line.__getitem__, row["heads"]) for way, line in lines.items()}
            same = {key: row[key] for key in ("method", "price", "seed", "heads", "right")}
            rows.append({"what": "budget", **same, **at})
    return rows


def budget_metrics(rows: list[dict], policy: str, prefix: str, suffix: str = "") -> dict[str, float]:
    """Means over seeds of one policy's rows: what each way has right at its budget, and the policy's gain over it.

    PREFIXequal_POLICY_WAY, PREFIXgain_POLICY_WAY and its ``_std``, each with the suffix
    """
    mine, metrics = [row for row in rows if row["method"] == policy], {}
    for key in mine[0]:
        if key.startswith("by_"):
            name = f"{policy}_{key[3:]}{suffix}"
            gains = [row["right"] - row[key] for row in mine]
            metrics[f"{prefix}equal_{name}"] = statistics.fmean(row[key] for row in mine)
            metrics[f"{prefix}gain_{name}"] = statistics.fmean(gains)
            if len(gains) > 1:
                metrics[f"{prefix}gain_{name}_std"] = statistics.stdev(gains)
    return metrics

"""From which length on a method with a lower order, and larger constants, is the cheaper one.

Quadratic attention costs a n^2 d, its rival b n log2(n) d.  With c = b / a they cost the same where
n = c log2 n, whose larger solution is  n = -(c / ln 2) W(-ln 2 / c),  W the branch -1 of Lambert's function
(Corless et al. 1996).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sympy import LambertW, Rational, log

NEVER_DEARER = math.e * math.log(2)  # the largest c for which c log2 n <= n for every n


def against_n_log_n(ratio: float) -> float:
    """The length above which a method of cost n log2 n wins against n^2, each with its constant.

    ratio - the constant of the rival over that of quadratic attention, c
    Returns 1.0 where the rival is never dearer (c <= e ln 2).  Raises ValueError where the ratio is not a
    positive number.
    """
    if not ratio > 0 or math.isinf(ratio):
        raise ValueError(f"the ratio of two costs is a positive number, not {ratio}")
    if ratio <= NEVER_DEARER:
        return 1.0
    c = Rational(ratio)
    return float((-c / log(2) * LambertW(-log(2) / c, -1)).evalf(30))


def against_linear(ratio: float, width: float) -> float:
    """The length above which a method of cost ``width`` n wins against n^2: n = ratio * width.

    width - Linformer's k, with ratio 2 when multiply-adds are counted (4 n k d against 2 n^2 d)
    """
    if not ratio > 0 or not width > 0:
        raise ValueError(f"ratio and width are positive numbers, not {ratio} and {width}")
    return ratio * width


def between_measured(
    lengths: Sequence[int], seconds: Sequence[float], rival: Sequence[float]
) -> float:
    """The length above which a rival was measured to be faster.

    lengths, seconds, rival - rising lengths, and what each of the two took at them

    It lies between the last length at which the rival was not faster and the one after it, on straight
    lines between the logarithms.  Raises ValueError where no such pair of lengths was measured.
    """
    behind = [mine <= other for mine, other in zip(seconds, rival, strict=True)]
    if not any(behind) or behind[-1]:
        raise ValueError("the rival must be slower at some measured length, and faster at the longest")
    last = max(place for place, slower in enumerate(behind) if slower)
    before, after = (math.log(rival[place] / seconds[place]) for place in (last, last + 1))
    step = math.log(lengths[last + 1] / lengths[last])
    return lengths[last] * math.exp(step * before / (before - after))

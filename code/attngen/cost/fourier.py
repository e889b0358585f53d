"""A layer that mixes positions in n log n operations: the fast Fourier transform in attention's place.

FNet (Lee-Thorp et al. 2022, arXiv 2105.03824), equation (3), in the direction of the positions alone.  The
count is that of Cooley and Tukey 1965: a transform of n is two of n / 2 and n / 2 butterflies.
"""

from __future__ import annotations

from sympy import Eq, Expr, Function, log, rsolve, symbols
from torch import Tensor, fft

BUTTERFLY = 10  # one complex multiplication (4 products, 2 sums) and two complex additions (2 sums each)


def mix_positions(x: Tensor) -> Tensor:
    """x (B, n, d) -> (B, n, d): the real part of the discrete Fourier transform of each column."""
    return fft.fft(x, dim=1).real


def fft_operations() -> Expr:
    """Operations of a complex transform of n = 2^s values, solved from its recurrence, in n.

    T(2^s) = 2 T(2^(s-1)) + (2^s / 2) butterflies, T(1) = 0.
    """
    s = symbols("s", integer=True, nonnegative=True)
    n = symbols("n", integer=True, positive=True)
    count = Function("T")
    step = Eq(count(s), 2 * count(s - 1) + 2**s * BUTTERFLY / 2)
    solved = rsolve(step, count(s), {count(0): 0})
    return solved.subs(2**s, n).subs(s, log(n, 2))

"""What a key/value cache saves: operations of writing n tokens one by one, with it and without.

The cache is that of Pope et al. 2023 (arXiv 2211.05102).  Sums over the steps are solved in symbols.
"""

from __future__ import annotations

from sympy import Expr, factor, simplify, summation, symbols

from attngen.cost.products import d, h, n, self_attention
from attngen.cost.products import flops as flops_of

t = symbols("t", integer=True, positive=True)  # the step: how many tokens there are


def one_step(cached: bool) -> Expr:
    """FLOPs of one attention layer at step t: of all t positions anew, or of the newest against t keys."""
    return flops_of(self_attention(t, d, h, new=1 if cached else t))


def writing(cached: bool) -> Expr:
    """FLOPs of one attention layer while n tokens are written, one step each, in n and d."""
    return factor(simplify(summation(one_step(cached), (t, 1, n))))


def pairs_seen(length: int, new: int) -> int:
    """Pairs of a query and a key at or before it, for the last ``new`` of ``length`` positions.

    Raises ValueError where there are not that many positions.
    """
    if not 0 <= new <= length:
        raise ValueError(f"new positions are some of all: {new} of {length}")
    return new * length - new * (new - 1) // 2


def share_of_triangle(share):
    """The share of all causal pairs that the last ``share`` of the positions has, for long sequences."""
    return simplify(1 - (1 - share) ** 2)

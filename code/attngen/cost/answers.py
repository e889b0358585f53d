"""The six parts once more: what the exercise counts, and what a machine computes."""

from __future__ import annotations

from math import ceil

from attngen.cost.exact import plain
from attngen.cost.products import flops, linformer, projections, self_attention
from attngen.cost.sheet import GIVEN, parts, rho
from attngen.cost.sheet import d as dim
from attngen.cost.sheet import n as length

LETTERS = "abcdef"


def really(heads: int = 8, kv_heads: int = 2, rank: int = 256) -> dict[str, int]:
    """FLOPs of the matrix products of one attention layer, projections included, under each part.

    b - the new positions alone, a fifth of all rounded up;  c - these with ``kv_heads`` key/value heads
    d, e - as c: overhead and a slower machine cost time and no operations
    f - Linformer of rank ``rank``, over all positions: it has no causal form for a cache
    """
    n, d = GIVEN[length], GIVEN[dim]
    new = ceil(GIVEN[rho] * n)
    grouped = flops(self_attention(n, d, heads, kv_heads, new))
    found = {
        "a": flops(self_attention(n, d, heads)),
        "b": flops(self_attention(n, d, heads, new=new)),
        "c": grouped,
        "d": grouped,
        "e": grouped,
        "f": flops(linformer(n, d, heads, rank) + projections(n, n, d)),
    }
    return {letter: int(count) for letter, count in found.items()}


def sheet() -> dict[str, int | float]:
    """The exercise's own numbers by letter, and ``extra``, what e adds to d."""
    return {letter: plain(part.value) for letter, part in parts().items()}

"""The roofline: how fast a piece of work can run, by how many operations it does on each byte it moves.

Williams, Waterman and Patterson 2009 (doi 10.1145/1498765.1498785):  attainable = min(peak, intensity x
bandwidth).  Bytes are counted as if nothing stayed in a fast memory between two passes over a large array,
and as if each array were moved once in a pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from attngen.cost.products import attention, flops, linformer, projections, softmax_operations


@dataclass(frozen=True)
class Work:
    """Floating-point operations of matrix products (of all steps for softmax), and bytes moved."""

    flops: int
    bytes: int

    @property
    def intensity(self) -> float:
        """FLOP for each byte."""
        return self.flops / self.bytes


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    """FLOP/s that the machine allows at this intensity.  peak in FLOP/s, bandwidth in bytes/s."""
    return min(peak, intensity * bandwidth)


def projected(length: int, dim: int, size: int) -> Work:
    """The four projections: each reads its input and its matrix, and writes its output."""
    moved = 4 * (2 * length * dim + dim * dim)
    return Work(int(flops(projections(length, length, dim))), moved * size)


def dense(queries: int, keys: int, dim: int, heads: int, size: int) -> Work:
    """Attention that writes its scores down: they are written, scaled, put through softmax, and read again.

    ``size`` is the bytes of a number.  Six passes over heads x queries x keys numbers: one write, a read and
    a write for the scale, the same for softmax, and one read.
    """
    scores = 6 * heads * queries * keys
    vectors = 2 * (queries + keys) * dim
    return Work(int(flops(attention(queries, keys, dim, heads))), (scores + vectors) * size)


def fused(queries: int, keys: int, dim: int, heads: int, size: int) -> Work:
    """Attention whose scores never leave the fast memory (Dao et al. 2022): only its inputs and "
    "output move."""
    return Work(int(flops(attention(queries, keys, dim, heads))), 2 * (queries + keys) * dim * size)


def softmax(queries: int, keys: int, heads: int, size: int) -> Work:
    """The softmax alone, of scores that are scaled already: they are read and written once."""
    scores = heads * queries * keys
    return Work(int(softmax_operations(queries, keys, heads)) - scores, 2 * scores * size)


def decode(context: int, dim: int, heads: int, kv_heads: int, size: int) -> Work:
    """One new query against a cache of ``context`` keys and values, which are read once."""
    cache = 2 * context * dim * kv_heads // heads
    return Work(int(flops(attention(1, context, dim, heads))), (cache + 2 * dim) * size)


def shortened(length: int, dim: int, heads: int, rank: int, size: int) -> Work:
    """Linformer's core: keys and values are read and shortened; then attention with ``rank`` keys."""
    scores = 6 * heads * length * rank
    vectors = 4 * length * dim + 4 * rank * dim + 2 * rank * length
    return Work(int(flops(linformer(length, dim, heads, rank))), (scores + vectors) * size)

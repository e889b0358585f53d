"""Linformer: attention whose keys and values are shortened to a fixed number of rows.

Wang et al. 2020 (arXiv 2006.04768), equation (7), with one pair of matrices E, F for all heads (the paper's
"headwise sharing").  Every shortened key is a mixture of all positions: there is no causal form, and the
length is fixed.
"""

from __future__ import annotations

from torch import Tensor, nn

from attngen.nn import MultiHeadAttention, scaled_dot_product_attention


class LinformerAttention(MultiHeadAttention):
    """Self-attention over ``rank`` mixtures of ``length`` keys and values.

    dim, heads - as in multi-head attention
    length     - number of positions, n;  rank - number of mixtures, k
    Raises ValueError where they make no sense (see forward for the length).
    """

    def __init__(self, dim: int, heads: int, length: int, rank: int):
        super().__init__(dim, heads)
        if not 1 <= rank <= length:
            raise ValueError(f"the rank is 1 to the length: {rank=}, {length=}")
        self.length = length
        self.mix_keys = nn.Linear(length, rank, bias=False)  # E
        self.mix_values = nn.Linear(length, rank, bias=False)  # F

    def core(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """(B, h, n, e) three times -> (B, h, n, e), in O(n k), not O(n^2)."""
        key = self.mix_keys(key.mT).mT  # (B, h, k, e)
        value = self.mix_values(value.mT).mT
        return scaled_dot_product_attention(query, key, value)[0]

    def forward(self, x: Tensor) -> Tensor:
        """(B, n, dim) -> (B, n, dim).  Raises ValueError unless n is the length."""
        if x.shape[1] != self.length:
            raise ValueError(f"made for {self.length} positions, not {x.shape[1]}")
        out = self.core(self.split(self.query(x)), *self.keys_values(x))
        return self.output(out.transpose(1, 2).flatten(2))

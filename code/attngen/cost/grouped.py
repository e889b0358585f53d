"""Grouped-query attention: groups of query heads that share one key head and one value head.

Ainslie et al. 2023 (arXiv 2305.13245), section 2.2.  One group for each head is multi-head attention; one
group for all is multi-query attention (Shazeer 2019, arXiv 1911.02150).
"""

from __future__ import annotations

from torch import Tensor, nn

from attngen.nn import KVCache, causal_mask, scaled_dot_product_attention


def grouped_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Attention in which heads of a group read the same keys and values, once.

    query - (B, heads, T, e);  key, value - (B, kv_heads, S, e)
    mask  - boolean (T, S), True where a query may look

    The queries of a group are stacked into one matrix: no key is copied.
    Returns (B, heads, T, e).  Raises ValueError unless kv_heads divides heads.
    """
    heads, kv_heads = query.shape[1], key.shape[1]
    if heads % kv_heads:
        raise ValueError(f"kv_heads must divide heads: {kv_heads} and {heads}")
    in_group = heads // kv_heads
    stacked = query.unflatten(1, (kv_heads, in_group))  # (B, g, h/g, T, e)
    stacked = stacked.flatten(2, 3)  # (B, g, h/g T, e)
    if mask is not None:
        mask = mask.repeat(in_group, 1)  # (h/g T, S)
    out, _ = scaled_dot_product_attention(stacked, key, value, mask)
    return out.unflatten(2, (in_group, -1)).flatten(1, 2)  # (B, h, T, e)


class GroupedQueryAttention(nn.Module):
    """Causal self-attention with ``kv_heads`` key and value heads for ``heads`` queries.

    Raises ValueError where heads does not divide dim, or kv_heads does not divide heads.
    """

    def __init__(self, dim: int, heads: int, kv_heads: int):
        super().__init__()
        if heads < 1 or dim % heads:
            raise ValueError(f"dim must be a multiple of heads: {dim=}, {heads=}")
        if kv_heads < 1 or heads % kv_heads:
            raise ValueError(f"heads must be a multiple of kv_heads: {heads=}, {kv_heads=}")
        self.width = dim // heads
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, kv_heads * self.width)
        self.value = nn.Linear(dim, kv_heads * self.width)
        self.output = nn.Linear(dim, dim)

    def split(self, x: Tensor) -> Tensor:
        """(B, T, heads * width) -> (B, heads, T, width), for however many heads."""
        return x.unflatten(-1, (-1, self.width)).transpose(1, 2)

    def forward(self, x: Tensor, past: KVCache | None = None) -> Tensor:
        """x (B, T, dim) -> (B, T, dim); the keys and values of x are added to ``past``."""
        query = self.split(self.query(x))
        key, value = self.split(self.key(x)), self.split(self.value(x))
        if past is not None:
            key, value = past.append(key, value)
        new, seen = query.shape[2], key.shape[2]
        mask = None if new == 1 else causal_mask(seen, x.device)[seen - new :]
        out = grouped_attention(query, key, value, mask)
        return self.output(out.transpose(1, 2).flatten(2))

"""Scaled dot-product attention and its multi-head form.

Vaswani et al. 2017, "Attention Is All You Need" (arXiv 1706.03762), sections 3.2.1
and 3.2.2, equation (1):  Attention(Q, K, V) = softmax(Q K^T / sqrt(d)) V.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Weigh the values by how well their keys match each query.

    query - (..., T, d);  key - (..., S, d);  value - (..., S, e)
    mask  - boolean, broadcastable to (..., T, S); True where a query may look.
            A query that may look nowhere gets zeros.

    Returns the output (..., T, e) and the weights (..., T, S).
    Raises ValueError where the shapes do not fit together.
    """
    if query.shape[-1] != key.shape[-1]:
        widths = f"{query.shape[-1]} and {key.shape[-1]}"
        raise ValueError(f"query and key must have the same width: {widths}")
    if key.shape[-2] != value.shape[-2]:
        counts = f"{key.shape[-2]} keys, {value.shape[-2]} values"
        raise ValueError(f"every key needs one value: {counts}")
    # (..., T, d) x (..., d, S) -> (..., T, S)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is None:
        weights = scores.softmax(dim=-1)
    else:
        if mask.dtype != torch.bool:
            wanted = "boolean (True: look)"
            raise ValueError(f"the mask must be {wanted}, not {mask.dtype}")
        # The most negative finite number: with -inf a row without any True is NaN.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0)
    return weights @ value, weights


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """(length, length) boolean mask: position t may look at positions 0..t."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each on its own projection of the input.

    dim               - width of the input and of the output
    heads             - number of heads; each works in dim / heads dimensions
    output_projection - mix the heads by a last linear map (the paper's W^O);
                        with one head it may be left out
    """

    def __init__(self, dim: int, heads: int, output_projection: bool = True):
        super().__init__()
        if heads < 1 or dim % heads:
            raise ValueError(f"dim must be a multiple of heads: {dim=}, {heads=}")
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        self.output = nn.Linear(dim, dim) if output_projection else nn.Identity()

    def split(self, x: Tensor) -> Tensor:
        """(B, T, dim) -> (B, heads, T, dim / heads)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, heads, S, dim / heads) of memory (B, S, dim)."""
        return self.split(self.key(memory)), self.split(self.value(memory))

    def attend(
        self,
        x: Tensor,
        keys: Tensor,
        values: Tensor,
        mask=None,
        fused=False,
    ):
        """Let ``x`` (B, T, dim) look at keys and values that are already projected.

        fused - use torch's kernel, which gives the same output in less time,
                but keeps the weights to itself (None is returned for them)
        """
        query = self.split(self.query(x))
        if fused:
            torch_attention = nn.functional.scaled_dot_product_attention
            out, weights = torch_attention(query, keys, values, mask), None
        else:
            out, weights = scaled_dot_product_attention(query, keys, values, mask)
        return self.output(out.transpose(1, 2).flatten(2)), weights

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask=None,
        fused=False,
    ):
        """Self-attention of ``x``, or cross-attention from ``x`` to ``memory``.

        Returns the output (B, T, dim) and the weights (B, heads, T, S).
        """
        keys, values = self.keys_values(x if memory is None else memory)
        return self.attend(x, keys, values, mask, fused)

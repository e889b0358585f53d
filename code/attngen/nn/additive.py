"""Additive attention: a small network compares each query with each key.

Bahdanau, Cho and Bengio 2015 (arXiv 1409.0473), appendix A.1.2:  a(s, h) = v . tanh(W s + U h).  The score
``concat`` of Luong, Pham and Manning 2015 (arXiv 1508.04025), v . tanh(W [s; h]), is the same function.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from attngen.nn.masking import masked_softmax


def additive_scores(query: Tensor, key: Tensor, vector: Tensor, rows=None) -> Tensor:
    """v . tanh(q + k) of every query with every key.

    query - (..., T, m);  key - (..., S, m), both projected;  vector - (..., m)
    rows  - compare only so many queries at a time: the (T, S, m) numbers behind the
            scores never exist at once, and a backward pass computes them again

    Returns (..., T, S).  Raises ValueError where the shapes do not fit together.
    """
    if not query.shape[-1] == key.shape[-1] == vector.shape[-1]:
        widths = f"{query.shape[-1]}, {key.shape[-1]} and {vector.shape[-1]}"
        raise ValueError(f"query, key and vector must be equally wide: {widths}")
    if rows is None:
        return _scores(query, key, vector)
    if rows < 1:
        raise ValueError(f"at least one row must be compared at a time, not {rows}")
    compare = _scores
    if torch.is_grad_enabled():  # forget what lies between, and compute it again
        compare = partial(checkpoint, _scores, use_reentrant=False)
    parts = query.split(rows, dim=-2)
    return torch.cat([compare(part, key, vector) for part in parts], dim=-2)


def _scores(query: Tensor, key: Tensor, vector: Tensor) -> Tensor:
    # (..., T, 1, m) + (..., 1, S, m) -> (..., T, S, m), m times as large as the scores
    hidden = (query.unsqueeze(-2) + key.unsqueeze(-3)).tanh_()  # in place: one copy
    return torch.einsum("...tsm,...m->...ts", hidden, vector)


def additive_attention(
    query: Tensor, key: Tensor, value: Tensor, vector: Tensor, mask=None, rows=None
):
    """Weigh the values by the additive scores of their keys.

    query, key, vector, rows - as in ``additive_scores``;  value - (..., S, e)
    mask - as in ``masked_softmax``

    Returns the output (..., T, e) and the weights (..., T, S).
    Raises ValueError where the shapes do not fit together.
    """
    if key.shape[-2] != value.shape[-2]:
        counts = f"{key.shape[-2]} keys, {value.shape[-2]} values"
        raise ValueError(f"every key needs one value: {counts}")
    weights = masked_softmax(additive_scores(query, key, vector, rows), mask)
    return weights @ value, weights


class AdditiveAttention(nn.Module):
    """Additive attention in several heads; queries, keys and values of any widths.

    query, key, value - widths of the inputs
    hidden - width of each head: of its tanh layer, and of its projected values
    output - width of the output; None leaves the heads side by side
    bias   - whether the linear maps have one
    project_values - without it every head averages the values as they come
    """

    def __init__(
        self,
        query: int,
        key: int,
        value: int,
        hidden: int,
        heads: int = 1,
        output: int | None = None,
        bias: bool = False,
        project_values: bool = True,
    ):
        super().__init__()
        sizes = {"query": query, "key": key, "value": value, "hidden": hidden}
        sizes |= {"heads": heads} | ({} if output is None else {"output": output})
        for name, size in sizes.items():
            if not isinstance(size, int) or size < 1:
                wanted = "a whole number from 1 on"
                raise ValueError(f"{name} must be {wanted}, not {size}")
        self.heads = heads
        self.widths = {"query": query, "key": key, "value": value}
        self.query = nn.Linear(query, heads * hidden, bias)
        self.key = nn.Linear(key, heads * hidden, bias)
        self.value = None
        if project_values:
            self.value = nn.Linear(value, heads * hidden, bias)
        self.vector = nn.Parameter(torch.empty(heads, hidden))
        nn.init.uniform_(self.vector, -(hidden**-0.5), hidden**-0.5)  # as a Linear
        joined = heads * (hidden if project_values else value)
        self.output = None if output is None else nn.Linear(joined, output, bias)

    def split(self, x: Tensor) -> Tensor:
        """(B, T, heads * hidden) -> (B, heads, T, hidden)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, query, key, value, mask=None, rows=None):
        """query (B, T, q), key (B, S, k), value (B, S, v), mask (B, heads, T, S).

        Returns the output (B, T, output) and the weights (B, heads, T, S).
        Raises ValueError where the inputs do not fit.
        """
        inputs = {"query": query, "key": key, "value": value}
        for name, x in inputs.items():
            width = self.widths[name]
            if x.dim() != 3 or x.shape[-1] != width:
                wanted = f"(batch, length, {width})"
                raise ValueError(f"{name} is {wanted}, not {tuple(x.shape)}")
        q, k = self.split(self.query(query)), self.split(self.key(key))
        v = value[:, None] if self.value is None else self.split(self.value(value))
        out, weights = additive_attention(q, k, v, self.vector, mask, rows)
        joined = out.transpose(1, 2).flatten(2)
        return joined if self.output is None else self.output(joined), weights

"""Multi-head attention whose heads score additively, or in both ways: three drop-in relatives.

The projections are those of ``MultiHeadAttention`` (Vaswani et al. 2017, arXiv 1706.03762); a head that adds
has one vector more, v in v . tanh(q + k) (Bahdanau et al. 2015, arXiv 1409.0473).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from attngen.nn.additive import additive_scores
from attngen.nn.attention import MultiHeadAttention
from attngen.nn.masking import masked_softmax


class AdditiveHeads(MultiHeadAttention):
    """Every head compares by v . tanh(q + k); used exactly as its parent is."""

    def __init__(self, dim: int, heads: int, output_projection: bool = True):
        super().__init__(dim, heads, output_projection)
        width = dim // heads
        self.vector = nn.Parameter(torch.empty(heads, width))
        nn.init.uniform_(self.vector, -(width**-0.5), width**-0.5)

    def weigh(self, query: Tensor, keys: Tensor, mask: Tensor | None) -> Tensor:
        """Projected (B, heads, T, w) and (B, heads, S, w) -> weights (B, heads, T, S)."""
        return masked_softmax(additive_scores(query, keys, self.vector), mask)

    def attend(self, x: Tensor, keys: Tensor, values: Tensor, mask=None, fused=False):
        """As the parent's.  No fused kernel knows tanh, so ``fused`` changes nothing."""
        weights = self.weigh(self.split(self.query(x)), keys, mask)
        out = weights @ values
        return self.output(out.transpose(1, 2).flatten(2)), weights


def dot_weights(query: Tensor, keys: Tensor, mask: Tensor | None, scale: bool = True):
    """The weights of (scaled) dot-product attention alone."""
    factor = 1 / math.sqrt(query.shape[-1]) if scale else 1.0
    return masked_softmax(query @ keys.transpose(-2, -1) * factor, mask)


class GatedHeads(AdditiveHeads):
    """Every head does both, and a learned gate mixes the two distributions.

    weights = g additive + (1 - g) dot product, g = sigmoid(gate) for each head.
    """

    def __init__(self, dim: int, heads: int, output_projection: bool = True):
        super().__init__(dim, heads, output_projection)
        self.gate = nn.Parameter(torch.zeros(heads))  # half and half

    def weigh(self, query: Tensor, keys: Tensor, mask: Tensor | None) -> Tensor:
        g = self.gate.sigmoid()[:, None, None]
        added = super().weigh(query, keys, mask)
        return g * added + (1 - g) * dot_weights(query, keys, mask)


class SplitHeads(AdditiveHeads):
    """The first half of the heads multiplies, the others add (at least one of each)."""

    def __init__(self, dim: int, heads: int, output_projection: bool = True):
        if heads < 2:
            raise ValueError(f"two kinds of heads need at least two heads, not {heads}")
        super().__init__(dim, heads, output_projection)
        self.multiplying = heads // 2
        kept = self.vector[self.multiplying :].detach().clone()
        self.vector = nn.Parameter(kept)

    def weigh(self, query: Tensor, keys: Tensor, mask: Tensor | None) -> Tensor:
        count, whole = self.multiplying, query.shape[:-1] + keys.shape[-2:-1]
        masks = [mask, mask]
        if mask is not None and mask.ndim == 4 and mask.shape[1] > 1:
            masks = [mask[:, :count], mask[:, count:]]  # a mask of its own for each head
        dots = dot_weights(query[:, :count], keys[:, :count], masks[0])
        added = additive_scores(query[:, count:], keys[:, count:], self.vector)
        parts = [dots, masked_softmax(added, masks[1])]
        return torch.cat(parts, dim=1).view(whole)


KINDS = {
    "dot": MultiHeadAttention,
    "additive": AdditiveHeads,
    "gated": GatedHeads,
    "split": SplitHeads,
}


def with_heads(model: nn.Module, kind: str) -> nn.Module:
    """The model with every ``MultiHeadAttention`` in it replaced by a fresh one of this kind.

    Raises ValueError for a kind that is not in ``KINDS``.
    """
    if kind not in KINDS:
        raise ValueError(f"heads come as {', '.join(KINDS)}, not as '{kind}'")
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is MultiHeadAttention:
                joined = isinstance(child.output, nn.Linear)
                fresh = KINDS[kind](child.query.in_features, child.heads, joined)
                setattr(module, name, fresh)
    return model

"""Heads cut out for good: smaller matrices, the same answers as with their gates at 0.

Michel, Levy and Neubig 2019 (arXiv 1905.10650), section 5; Voita et al. 2019 (arXiv 1905.09418).
"""

from __future__ import annotations

import copy
from itertools import chain

import torch
from torch import Tensor, nn

from attngen.heads.find import Attention, find
from attngen.nn.cache import KVCache


def rows_kept(layer: nn.Linear, kept: Tensor) -> nn.Linear:
    """A linear map with only these of its outputs."""
    bias = layer.bias is not None
    smaller = nn.Linear(layer.in_features, len(kept), bias=bias).to(layer.weight)
    with torch.no_grad():
        smaller.weight.copy_(layer.weight[kept])
        if bias:
            smaller.bias.copy_(layer.bias[kept])
    return smaller


def columns_kept(layer: nn.Linear, kept: Tensor) -> nn.Linear:
    """A linear map that reads only these of its inputs; its bias stays."""
    bias = layer.bias is not None
    smaller = nn.Linear(len(kept), layer.out_features, bias=bias).to(layer.weight)
    with torch.no_grad():
        smaller.weight.copy_(layer.weight[:, kept])
        if bias:
            smaller.bias.copy_(layer.bias)
    return smaller


class NoHeads(nn.Module):
    """What is left of an attention without any head: its output projection's bias.

    It stands in for ours and transformers' modules, in decoding step by step too.
    """

    def __init__(self, attention: Attention):
        super().__init__()
        bias = attention.output.bias
        zeros = attention.output.weight.new_zeros(attention.output.out_features)
        self.bias = nn.Parameter((zeros if bias is None else bias).detach().clone())
        self.width = attention.width

    def forward(self, *arguments, **options):
        """What the module took, x (B, T, dim) first -> the same shape, and no weights."""
        x, *others = chain(arguments, options.values())
        for value in others:
            if isinstance(value, KVCache):  # which counts the positions
                value.append(*self.keys_values(x))
        return self.bias.expand(x.shape), None

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, 0, S, width) of no head."""
        none = memory.new_empty(len(memory), 0, memory.shape[1], self.width)
        return none, none

    def attend(self, x: Tensor, *_, **__):
        return self(x)


def prune(model: nn.Module, keep: Tensor) -> nn.Module:
    """A copy of a model with only some of its heads.

    keep - boolean (layers, heads), the layers in the order of ``find``
    Raises ValueError where ``keep`` has another shape.
    """
    keep, smaller = torch.as_tensor(keep), copy.deepcopy(model)
    attentions = find(smaller)
    heads = [attention.heads for attention in attentions]
    fits = keep.shape[:1] == (len(heads),) and {*keep.shape[1:]} == {*heads}
    if keep.dtype != torch.bool or not fits:
        wanted = f"boolean, with a row for each of {len(heads)} layers of {heads} heads"
        given = f"{keep.dtype} {tuple(keep.shape)}"
        raise ValueError(f"what to keep is {wanted}; not {given}")
    for attention, kept in zip(attentions, keep, strict=True):
        if not kept.any() and not attention.name:  # the model is nothing else
            return NoHeads(attention)
        if not kept.any():
            parent, _, child = attention.name.rpartition(".")
            setattr(smaller.get_submodule(parent), child, NoHeads(attention))
        elif not kept.all():
            _cut(attention, kept)
    return smaller


def _cut(attention: Attention, kept: Tensor) -> None:
    """Keep these heads, in place: rows of three maps, columns of the last."""
    numbers = kept.repeat_interleave(attention.width).nonzero().flatten()
    numbers = numbers.to(attention.output.weight.device)
    *first, output = attention.projections
    for name, projection in zip(attention.names, first, strict=False):
        setattr(attention.module, name, rows_kept(projection, numbers))
    setattr(attention.module, attention.names[3], columns_kept(output, numbers))
    setattr(attention.module, attention.names[4], int(kept.sum()))

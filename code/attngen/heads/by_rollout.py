"""A head's importance by attention rollout: how much the flow to the class token changes without it.

Rollout (Abnar and Zuidema 2020, arXiv 2005.00928) multiplies the layers' weights, averaged over heads and
mixed with the identity for the residual connection:
    R = A_L ... A_2 A_1        with        A_l = r I + (1 - r) mean_h W_lh.
"""

from __future__ import annotations

import torch
from torch import Tensor


def rollout_importance(attentions: Tensor, residual: float = 0.5) -> Tensor:
    """The change of the class token's rollout when a head is left out of its layer's mean.

    attentions - (B, layers, heads, T, T), rows sum to 1; the class token comes first
    residual   - r above

    Returns (B, layers, heads): the total variation distance (0: none, 1: all
    elsewhere) between the two distributions over tokens.  It sees weights alone:
    neither the values they carry nor what the output projection makes of them.
    """
    if attentions.dim() != 5 or attentions.shape[-1] != attentions.shape[-2]:
        given = tuple(attentions.shape)
        raise ValueError(f"attentions are (batch, layers, heads, T, T), not {given}")
    layers, heads, tokens = attentions.shape[1:4]
    if heads < 2:
        raise ValueError("a layer with a single head has no rollout without it")
    means = attentions.mean(2)  # (B, layers, T, T)
    mixed = residual * torch.eye(tokens).to(means) + (1 - residual) * means
    identity = torch.eye(tokens).to(means).expand(len(means), -1, -1)
    below = [identity]  # (B, T, T): of each layer, the product of all below it
    for layer in range(layers - 1):
        below.append(mixed[:, layer] @ below[-1])
    row = identity[:, :1]  # (B, 1, T): the class token's, in the product of those above
    changes = []
    for layer in reversed(range(layers)):
        # without head h the mean is (heads * mean - W_h) / (heads - 1)
        moved = (means[:, layer, None] - attentions[:, layer]) / (heads - 1)
        moved = (1 - residual) * moved
        change = row[:, None] @ moved @ below[layer][:, None]  # (B, heads, 1, T)
        changes.append(change.abs().sum((-1, -2)) / 2)
        row = row @ mixed[:, layer]
    return torch.stack(changes[::-1], 1)

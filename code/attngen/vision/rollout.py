"""Attention rollout: how much each patch has flowed into each token, layer upon layer.

Abnar and Zuidema 2020 (arXiv 2005.00928): a layer passes on half of a token as it is, by the
residual connection, and half of what the token attends to; the product of these matrices follows
the flow from the image to any depth.  Chefer, Gur and Wolf 2021 (arXiv 2103.15679, equations 5
and 6) weight attention by its gradient instead, so that the answer is about one class.
"""

from __future__ import annotations

import torch
from torch import Tensor

FUSIONS = ("mean", "max", "min")


def rollout(attn: Tensor, fusion: str = "mean", discard: float = 0.0,
            residual: float = 0.5) -> Tensor:  # fmt: skip
    """The flow into every token up to each layer, (layers, T, T).

    attn     - weights (layers, heads, T, T), whose rows sum to 1
    fusion   - how the heads of a layer become one matrix: mean, max or min
    discard  - share of each row, its weakest weights, that is set to 0
    residual - share of a token that passes a layer as it is
    Row q of the last matrix: how much of each input token is in q.  Rows sum to 1.
    """
    if not 0 <= residual <= 1:
        raise ValueError(f"the residual share lies in 0..1, not {residual}")
    tokens = torch.eye(attn.shape[-1], dtype=attn.dtype, device=attn.device)
    flow, found = tokens, []
    for layer in normalised(without_weakest(fused(attn, fusion), discard)):
        flow = (residual * tokens + (1 - residual) * layer) @ flow
        found.append(flow)
    return torch.stack(found)


def fused(attn: Tensor, fusion: str) -> Tensor:
    """The heads of each layer as one: (layers, heads, T, T) -> (layers, T, T)."""
    if fusion not in FUSIONS:
        raise ValueError(f"heads are fused by {', '.join(FUSIONS)}, not '{fusion}'")
    names = {"mean": "mean", "max": "amax", "min": "amin"}
    return getattr(attn, names[fusion])(dim=1)


def without_weakest(layers: Tensor, discard: float) -> Tensor:
    """Each row (..., T, T) without the weakest ``discard`` of its weights.

    [CLS] always stays, and so do weights equal to the smallest that stays: the
    order of tokens decides nothing.
    """
    if not 0 <= discard < 1:
        raise ValueError(f"the discarded share is from 0 to below 1, not {discard}")
    gone = int(discard * layers.shape[-1])
    smallest = layers.sort(-1).values[..., gone, None]
    stays = layers >= smallest
    stays[..., 0] = True  # the column of [CLS]
    return layers * stays


def normalised(layers: Tensor) -> Tensor:
    """Rows (..., T, T) that sum to 1; one of zeros, as min can leave: the token."""
    sums = layers.sum(-1, keepdim=True)
    tokens = torch.eye(layers.shape[-1], dtype=layers.dtype, device=layers.device)
    return torch.where(sums > 0, layers / sums, tokens)


def gradient_rollout(attn: Tensor, gradients: Tensor) -> Tensor:
    """The relevance of every token for a class, up to each layer, (layers, T, T).

    attn      - weights (layers, heads, T, T)
    gradients - of the class's score by them, of the same shape
    Only what speaks for the class counts: gradient times weight, where positive.
    Row q of the last matrix: the relevance of each input token to q, 1 more for q.
    """
    if attn.shape != gradients.shape:
        shapes = f"{tuple(attn.shape)} and {tuple(gradients.shape)}"
        raise ValueError(f"weights and gradients have one shape, not {shapes}")
    relevance = torch.eye(attn.shape[-1], dtype=attn.dtype, device=attn.device)
    found = []
    for layer in (gradients * attn).clamp(min=0).mean(dim=1):
        relevance = relevance + layer @ relevance
        found.append(relevance)
    return torch.stack(found)

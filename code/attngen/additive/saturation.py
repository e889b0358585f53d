"""What random scores of one width do to a softmax: how large they are, and how much slope is left."""

from __future__ import annotations

import torch

from attngen.nn.additive import additive_scores

KINDS = ("unscaled", "scaled", "additive")


def slope(weights: torch.Tensor) -> torch.Tensor:
    """The trace of the softmax's Jacobian diag(p) - p p^T, which is 1 - sum p^2.

    (..., S) -> (...).  Largest, 1 - 1/S, for equal weights; 0 where one key has all the weight: then no
    change of the scores changes anything.
    """
    return 1 - weights.square().sum(dim=-1)


@torch.no_grad()
def measure(width: int, keys: int = 64, queries: int = 512, seed: int = 0) -> dict[str, dict[str, float]]:
    """Random projected queries and keys of unit variance, scored in three ways.

    Returns by kind: spread (standard deviation of the scores), largest (mean of the largest weight of a
    query) and slope (mean of ``slope``).
    """
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(queries, 1, width, generator=generator)
    key = torch.randn(queries, keys, width, generator=generator)  # keys of its own for each query
    vector = (2 * torch.rand(width, generator=generator) - 1) / width**0.5
    products = query @ key.transpose(1, 2)
    scores = {
        "unscaled": products,
        "scaled": products / width**0.5,
        "additive": additive_scores(query, key, vector),
    }
    return {kind: _described(scores[kind]) for kind in KINDS}


def gradients(width: int, keys: int = 64, queries: int = 512, seed: int = 0) -> dict[str, dict[str, float]]:
    """How much of a random gradient at the weights reaches each projected query, by way of a dot product.

    Returns by kind (unscaled, scaled) the mean and the median over the queries of the gradient's length.
    """
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(queries, 1, width, generator=generator).requires_grad_()
    key = torch.randn(queries, keys, width, generator=generator)
    pull = torch.randn(queries, 1, keys, generator=generator)
    found = {}
    for kind, scale in (("unscaled", 1.0), ("scaled", width**-0.5)):
        weights = (scale * query @ key.transpose(1, 2)).softmax(dim=-1)
        [arrived] = torch.autograd.grad((weights * pull).sum(), query)
        lengths = arrived.norm(dim=-1)
        found[kind] = {"mean": lengths.mean().item(), "median": lengths.median().item()}
    return found


def _described(scores: torch.Tensor) -> dict[str, float]:
    weights = scores.softmax(dim=-1)
    return {
        "spread": scores.std().item(),
        "largest": weights.max(dim=-1).values.mean().item(),
        "slope": slope(weights).mean().item(),
    }

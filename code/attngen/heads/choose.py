"""The best heads of a given number, where what every mask is worth is known.

With up to some dozen heads all masks can be tried, and the best is known for certain; every other way to
choose can then be held against it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.heads import orders
from attngen.heads.importance import without_each
from attngen.heads.policy import all_masks, number_of


def exhaustive(values: Tensor) -> Tensor:
    """The best mask of every size: (heads + 1, heads), from the values (2^heads,) of all masks.

    Row k has k heads; of equally good masks it is the first of ``all_masks``.
    """
    heads = heads_of(values)
    masks = all_masks(heads)
    sizes = masks.sum(1)
    best = [values.masked_fill(sizes != size, -torch.inf).argmax() for size in range(heads + 1)]
    return masks[torch.stack(best)]


def along(order: orders.Order, heads: int) -> Tensor:
    """The masks along an order of one row of heads: (heads + 1, heads), row k has k heads."""
    kept = [orders.after(order, heads - size, 1, heads)[0] for size in range(heads + 1)]
    return torch.stack(kept)


def greedy(values: Tensor) -> Tensor:
    """As ``exhaustive``, but each mask is the next larger one less its cheapest head."""
    heads = heads_of(values)

    def costs(gates: Tensor) -> Tensor:
        left = without_each(lambda one_off: values[number_of(gates * one_off)], 1, heads)
        return values[number_of(gates[0])] - left[..., 0]

    return along(orders.greedy(costs, 1, heads), heads)


def one_shot(values: Tensor) -> Tensor:
    """As ``greedy``, but heads go by what each costs when it alone is missing."""
    heads = heads_of(values)
    left = values[number_of(1 - torch.eye(heads))]
    return along(orders.one_shot((values[-1] - left)[None]), heads)


def shapley(values: Tensor) -> Tensor:
    """What each head brings on average over all orders of adding them, (heads,), exactly.

    Shapley 1953, "A Value for n-Person Games".  The shares add up to what all heads
    bring together; two heads that can stand in for each other share the credit.
    """
    heads = heads_of(values)
    masks = all_masks(heads)
    sizes = masks.sum(1)
    # a set of s others stands before a head in s! (heads - 1 - s)! of the heads! orders
    logs = torch.lgamma(sizes + 1) + torch.lgamma(heads - sizes) - torch.lgamma(torch.tensor(heads + 1.0))
    shares = []
    for head in range(heads):
        off = masks[:, head] == 0
        brought = values[off.nonzero()[:, 0] + 2 ** (heads - 1 - head)] - values[off]
        shares.append((logs[off].exp() * brought).sum())
    return torch.stack(shares)


def heads_of(values: Tensor) -> int:
    """How many heads have so many masks; ValueError where the number is no power of two."""
    heads = (values.shape[0] - 1).bit_length()
    if values.dim() != 1 or 2**heads != len(values) or heads < 1:
        raise ValueError(f"a value for each mask of some heads is (2^heads,), not {tuple(values.shape)}")
    return heads

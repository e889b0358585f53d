"""In which order to drop heads, and what is left after each.

An order is a list of (layer, head), the first to go first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from attngen.heads.importance import Score

Order = list[tuple[int, int]]


def one_shot(importance: Tensor) -> Order:
    """From the least important head to the most, by one measurement (layers, heads) of the whole model."""
    heads = importance.shape[1]
    ranked = importance.flatten().argsort(stable=True).tolist()
    return [divmod(number, heads) for number in ranked]


def greedy(
    costs: Callable[[Tensor], Tensor],
    layers: int,
    heads: int,
    stop: int = 0,
) -> Order:
    """Drop the cheapest head, measure those that are left again, and so on.

    costs - gates (layers, heads) of 0 and 1 -> what it costs to drop one more, for
            each head (layers, heads); of dropped heads it is not looked at
    stop  - how many heads to leave; the most important, which are not in the order
    """
    gates, order = torch.ones(layers, heads), []
    while len(order) < layers * heads - stop:
        left = costs(gates).masked_fill(gates == 0, torch.inf)
        layer, head = divmod(left.argmin().item(), heads)
        gates[layer, head] = 0
        order.append((layer, head))
    return order


def random_orders(layers: int, heads: int, count: int, seed: int = 0) -> list[Order]:
    """So many orders by chance, which ``seed`` decides."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = (torch.randperm(layers * heads, generator=generator) for _ in range(count))
    return [[divmod(number, heads) for number in numbers.tolist()] for numbers in shuffled]


def layer_by_layer(layers: int, heads: int, from_top: bool = False) -> Order:
    """All heads of the lowest layer, then of the next; or from the top down."""
    rows = range(layers - 1, -1, -1) if from_top else range(layers)
    return [(layer, head) for layer in rows for head in range(heads)]


def after(order: Sequence[tuple[int, int]], dropped: int, layers: int, heads: int) -> Tensor:
    """The gates (layers, heads) of 0 and 1 once the first ``dropped`` heads of an order are gone."""
    if not 0 <= dropped <= len(order):
        raise ValueError(f"this order drops 0 to {len(order)} heads, not {dropped}")
    gates = torch.ones(layers, heads)
    for layer, head in order[:dropped]:
        gates[layer, head] = 0
    return gates


def curve(
    score: Score,
    order: Order,
    layers: int,
    heads: int,
    at: Iterable[int] | None = None,
) -> Tensor:
    """The score of every example after so many heads are gone, (points, N, ...).

    at - the numbers of heads gone; by default 0 to all of the order
    """
    points = range(len(order) + 1) if at is None else at
    return torch.stack([score(after(order, gone, layers, heads)) for gone in points])


def dispensable(means: Sequence[float], at: Sequence[int], tolerance: float) -> int:
    """How many heads can go before the mean score first is more than ``tolerance`` below the whole model's.

    means - the scores at the numbers of heads gone in ``at``, the first of which is 0
    """
    most = at[0]
    for mean, gone in zip(means, at, strict=True):
        if mean < means[0] - tolerance:
            break
        most = gone
    return most

"""More and more heads dropped, in several orders: what is left of the accuracy.

The orders are chosen by some images and judged by others: an order that was fitted to the images it is judged
by would look better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attngen.heads import orders
from attngen.heads.importance import gradient_importance
from attngen.heads.intervals import Interval, mean_interval
from attngen.heads.orders import Order
from attngen.vision.examples import LOSS, RIGHT, Examples


@dataclass(frozen=True)
class Curves:
    """at     - numbers of dropped heads, the first is 0
    chosen - by name of the order: accuracy at each of them, with its interval, (points,)
    lost   - by name: how much less often the same images are right than with every head, (points,)
    random - accuracy in so many orders by chance, (orders, points)
    orders - by name, which head goes when
    """

    at: list[int]
    chosen: dict[str, Interval]
    lost: dict[str, Interval]
    random: np.ndarray
    orders: dict[str, Order]

    def metrics(self, tolerance: float = 0.01) -> dict[str, float]:
        """Accuracy with half the heads left, and how many can go at a cost of ``tolerance``.

        How many is counted by the mean loss and, as "low" and "high", by both ends of its interval.
        """
        half = self.at.index(max(gone for gone in self.at if gone <= self.at[-1] / 2))
        found = {"curve_accuracy": self.random[0, 0].item(), "half_heads_gone": self.at[half]}
        for name, accuracy in self.chosen.items():
            found[f"half_accuracy_{name}"] = accuracy.mean[half].item()
            lost = self.lost[name]
            for suffix, cost in (("", lost.mean), ("_low", lost.high), ("_high", lost.low)):
                found[f"dispensable_{name}{suffix}"] = orders.dispensable(-cost, self.at, tolerance)
        found["half_accuracy_random"] = self.random[:, half].mean().item()
        found["half_accuracy_random_best"] = self.random[:, half].max().item()
        found["half_accuracy_random_worst"] = self.random[:, half].min().item()
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """For a file: ``at``, ``random``, and of every order order_NAME, NAME, NAME_low and NAME_high."""
        found = {"at": np.array(self.at), "random": self.random.astype(np.float32)}
        for name, accuracy in self.chosen.items():
            found[f"order_{name}"] = np.array(self.orders[name], np.uint8)
            for suffix, values in (("", accuracy.mean), ("_low", accuracy.low), ("_high", accuracy.high)):
                found[name + suffix] = values.astype(np.float32)
        return found


def choose_orders(
    examples: Examples, leave_one_out: Tensor, gradients: Tensor, rollout: Tensor
) -> dict[str, Order]:
    """The orders that the given examples choose, by what each measure says, and two that need no examples.

    leave_one_out - the rise of the mean loss without each head, (layers, heads)
    gradients     - of each example's loss by each gate, (N, layers, heads)
    rollout       - importance by rollout, (layers, heads)
    """
    layers, heads = leave_one_out.shape

    def costs(gates: Tensor) -> Tensor:
        without, whole = examples.without_each(gates)
        return (without[..., LOSS] - whole[:, LOSS]).mean(-1)

    return {
        "greedy": orders.greedy(costs, layers, heads),
        "leave_one_out": orders.one_shot(leave_one_out),
        "gradient": orders.one_shot(gradient_importance(gradients)),
        "rollout": orders.one_shot(rollout),
        "bottom_up": orders.layer_by_layer(layers, heads),
        "top_down": orders.layer_by_layer(layers, heads, from_top=True),
    }


def drop_heads(
    examples: Examples, chosen: dict[str, Order], by_chance: list[Order], step: int, draws: int
) -> Curves:
    """The accuracy on these examples along every order, at every ``step`` dropped heads and at the end."""
    every = max(len(order) for order in chosen.values())
    layers, heads = (max(place[axis] for place in by_chance[0]) + 1 for axis in (0, 1))
    at = sorted({*range(0, every, step), every})
    known: dict[bytes, Tensor] = {}  # all orders begin with every head and end with none

    def right(gates: Tensor) -> Tensor:
        key = gates.numpy().tobytes()
        if key not in known:
            known[key] = examples.measured(gates)[:, RIGHT]
        return known[key]

    def curve(order: Order) -> Tensor:
        return orders.curve(right, order, layers, heads, at)

    curves = {name: curve(order) for name, order in chosen.items()}
    intervals = {name: mean_interval(each, draws=draws) for name, each in curves.items()}
    lost = {name: mean_interval(each[0] - each, draws=draws) for name, each in curves.items()}
    random = torch.stack([curve(order).mean(-1) for order in by_chance])
    return Curves(at, intervals, lost, random.numpy(), chosen)

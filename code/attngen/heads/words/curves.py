"""More and more heads of a translator dropped, in several orders: what is left of it.

Orders are chosen on some words and judged on others: an order fitted to the words it is judged by would look
better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attngen.heads import orders
from attngen.heads.importance import Score, without_each
from attngen.heads.intervals import Interval, mean_interval
from attngen.heads.orders import Order
from attngen.heads.words.examples import LOSS, RIGHT, Words, calibration


def remembered(score: Score) -> Score:
    """The same score, which computes every mask once: orders meet at their ends."""
    known: dict[bytes, Tensor] = {}

    def look_up(gates: Tensor) -> Tensor:
        key = gates.numpy().tobytes()
        if key not in known:
            known[key] = score(gates)
        return known[key]

    return look_up


def greedy_order(words: Words, layers: int, heads: int) -> Order:
    """Drop the head without which the mean loss is lowest, measure again, and so on."""
    mean_loss = remembered(lambda gates: words.answers(gates)[:, LOSS].mean()[None])

    def costs(gates: Tensor) -> Tensor:
        return without_each(lambda one_off: mean_loss(gates * one_off), layers, heads)[..., 0]

    return orders.greedy(costs, layers, heads)


@dataclass(frozen=True)
class Curves:
    """Along every order, with 0 to all heads gone: arrays (points,), and (orders, points) of chance.

    accuracy, loss - by name of the order, with intervals;  orders - which head goes when
    error, letters - along the first order, the calibration error of its letters, and the
                     share of them that is right
    """

    accuracy: dict[str, Interval]
    loss: dict[str, Interval]
    chance_accuracy: np.ndarray
    chance_loss: np.ndarray
    orders: dict[str, Order]
    error: np.ndarray
    letters: np.ndarray

    @property
    def heads(self) -> int:
        return self.chance_accuracy.shape[1] - 1

    def metrics(self, tolerance: float = 0.01) -> dict[str, float]:
        """Accuracy and loss with half of the heads, and how many can go at a cost of ``tolerance``."""
        half = self.heads // 2
        found = {
            "judged_accuracy": self.chance_accuracy[0, 0].item(),
            "judged_loss": self.chance_loss[0, 0].item(),
            "half_heads": half,
            "half_accuracy_random": self.chance_accuracy[:, half].mean().item(),
            "half_accuracy_random_best": self.chance_accuracy[:, half].max().item(),
            "half_loss_random": self.chance_loss[:, half].mean().item(),
        }
        gone = range(self.heads + 1)
        of_chance = [orders.dispensable(row.tolist(), gone, tolerance) for row in self.chance_accuracy]
        found["dispensable_random"] = sum(of_chance) / len(of_chance)
        for name, accuracy in self.accuracy.items():
            found[f"half_accuracy_{name}"] = accuracy.mean[half].item()
            found[f"half_loss_{name}"] = self.loss[name].mean[half].item()
            most = orders.dispensable(accuracy.mean.tolist(), gone, tolerance)
            found[f"dispensable_{name}"] = most
            found[f"dispensable_accuracy_{name}"] = accuracy.mean[most].item()
        for name, values in (("error", self.error), ("letters", self.letters)):
            found[f"{name}_whole"], found[f"{name}_half"] = values[0].item(), values[half].item()
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """For a file: chance_*, error, letters, and of every order order_NAME and NAME_{accuracy,loss}{,_low,_high}."""
        found = {
            "chance_accuracy": self.chance_accuracy,
            "chance_loss": self.chance_loss,
            "error": self.error,
            "letters": self.letters,
        }
        for measure, intervals in (("accuracy", self.accuracy), ("loss", self.loss)):
            for name, interval in intervals.items():
                for suffix, values in (("", interval.mean), ("_low", interval.low), ("_high", interval.high)):
                    found[f"{name}_{measure}{suffix}"] = values
        found = {name: values.astype(np.float32) for name, values in found.items()}
        return found | {f"order_{name}": np.array(order, np.uint8) for name, order in self.orders.items()}


def drop_heads(words: Words, chosen: dict[str, Order], by_chance: list[Order], draws: int) -> Curves:
    """What these words come to along every order."""
    layers, heads = (max(place[axis] for place in by_chance[0]) + 1 for axis in (0, 1))
    answers = remembered(words.answers)

    def curve(order: Order) -> Tensor:
        return orders.curve(answers, order, layers, heads)  # (points, N, columns)

    found = {name: curve(order) for name, order in chosen.items()}
    chance = torch.stack([curve(order).mean(1) for order in by_chance])
    first = next(iter(chosen.values()))
    sure = [calibration(words, orders.after(first, gone, layers, heads)) for gone in range(len(first) + 1)]
    return Curves(
        {name: mean_interval(c[..., RIGHT], draws=draws) for name, c in found.items()},
        {name: mean_interval(c[..., LOSS], draws=draws) for name, c in found.items()},
        chance[..., RIGHT].numpy(), chance[..., LOSS].numpy(), chosen,
        np.array([each.error for each in sure]), np.array([each.right for each in sure]),
    )  # fmt: skip

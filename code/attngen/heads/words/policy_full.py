"""Choosing among all heads of a translator: too many masks to know, so the model itself is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attngen.heads import orders
from attngen.heads.importance import without_each
from attngen.heads.policy import HeadPolicy
from attngen.heads.reinforce import Learning, learn
from attngen.heads.words.curves import greedy_order
from attngen.heads.words.examples import RIGHT, Words
from attngen.heads.words.worlds import Model, states


@torch.no_grad()
def right_under(words: Words, masks: Tensor) -> float:
    """The share of words right under a mask (heads,), or under a mask for each word (N, heads)."""
    model, numbers = Model(words), torch.arange(len(words))
    masks = masks.expand(len(words), -1)
    parts = [model(masks[part][None], part)[0] for part in numbers.split(words.batch)]
    return torch.cat(parts).mean().item()


def paid_best(words: Words, order: orders.Order, layers: int, heads: int, price: float) -> Tensor:
    """The mask along an order with the highest reward on these words, (layers * heads,)."""
    right = orders.curve(words.answers, order, layers, heads)[..., RIGHT].mean(1)
    share = 1 - torch.arange(len(right)) / (len(right) - 1)
    return orders.after(order, int((right - price * share).argmax()), layers, heads).flatten()


def all_heads(
    learned_on: Words, choosing: Words, judged_on: Words, price: float,
    learning: Learning, known: Learning, seeds: Sequence[int],
) -> tuple[list[dict], list[dict], dict[str, float]]:  # fmt: skip
    """Every method on all heads at one price: rows, learning curves, and what each asked of the model.

    Asked is counted in words answered under one mask.  ``masks`` rows hold how often the
    policies keep each head on the judging words.
    """
    world, rows, curves = Model(learned_on), [], []
    layers, heads = world.gates.shape
    count = layers * heads

    def add(method: str, masks: Tensor, seed: int | str = "") -> None:
        right, used = right_under(judged_on, masks), masks.mean(-1).mean().item()
        row = {"what": "full", "method": method, "seed": seed, "heads": used * count, "right": right}
        kept = masks if masks.dim() == 1 else masks.mean(0)
        rows.append(row | {"reward": right - price * used})
        rows.extend(
            {"what": "kept", "method": method, "seed": seed, "head": head, "kept": share}
            for head, share in enumerate(kept.tolist())
        )

    add("all", torch.ones(count))
    without = without_each(choosing.answers, layers, heads)[..., 1].mean(-1)
    for method, order in (
        ("one_shot", orders.one_shot(without)), ("greedy", greedy_order(choosing, layers, heads)),
    ):  # fmt: skip
        add(method, paid_best(choosing, order, layers, heads, price))
    features = states(learned_on), states(judged_on)
    for seed in seeds:
        [order] = orders.random_orders(layers, heads, 1, seed)
        add("random", paid_best(choosing, order, layers, heads, price), seed)
        for method, how, size in (("bandit", learning, 0), ("known", known, features[0].shape[1])):
            torch.manual_seed(seed)
            policy = HeadPolicy(count, size)
            history = learn(policy, features[0][:, :size], world, replace(how, price=price), seed)
            curves += [{"what": "full curve", "method": method, "seed": seed} | row for row in history]
            with torch.no_grad():
                kept = (policy(features[1][:, :size]) > 0).float()
            add(method, kept if size else kept[0], seed)
    steps = count * (count + 1) // 2
    asked = {"asked_greedy": steps * len(choosing), "asked_one_shot": count * len(choosing)}
    return rows, curves, asked | {"asked_bandit": learning.evaluations, "asked_known": known.evaluations}

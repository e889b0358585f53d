"""Choosing among all heads of a translator: too many masks to know, so the model itself is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attngen.heads import orders
from attngen.heads.importance import gradient_importance, without_each
from attngen.heads.policy import HeadPolicy
from attngen.heads.reinforce import Learning, learn
from attngen.heads.words.curves import greedy_order
from attngen.heads.words.equal_budget import between
from attngen.heads.words.examples import LOSS, RIGHT, Words
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


def static_orders(choosing: Words, layers: int, heads: int) -> dict[str, orders.Order]:
    """Orders of dropping heads that are the same for all words, by what was measured on some."""
    whole = choosing.whole()[:, LOSS]
    risen = (without_each(choosing.answers, layers, heads)[..., LOSS] - whole).mean(-1)
    return {
        "one_shot": orders.one_shot(risen),
        "gradient": orders.one_shot(gradient_importance(choosing.gradients())),
        "greedy": greedy_order(choosing, layers, heads),
    }


def all_heads(
    learned_on: Words, choosing: Words, judged_on: Words, price: float,
    learning: Learning, known: Learning, seeds: Sequence[int],
) -> tuple[list[dict], list[dict], dict[str, float]]:  # fmt: skip
    """Every method on all heads at one price: rows, learning curves, and what each asked of the model.

    Asked is counted in words answered under one mask.  Rows are, by their ``what``: full,
    a method at the number of heads that pays best; kept, how often it keeps each head on
    the judging words; full budget, a policy and all orders with equally many heads.
    """
    world, rows, curves = Model(learned_on), [], []
    layers, heads = world.gates.shape
    count = layers * heads

    def add(method: str, masks: Tensor, seed: int | str = "") -> dict[str, float]:
        right, used = right_under(judged_on, masks), masks.mean(-1).mean().item()
        row = {"what": "full", "method": method, "seed": seed, "heads": used * count, "right": right}
        kept = masks if masks.dim() == 1 else masks.mean(0)
        rows.append(row | {"reward": right - price * used})
        rows.extend(
            {"what": "kept", "method": method, "seed": seed, "head": head, "kept": share}
            for head, share in enumerate(kept.tolist())
        )
        return row

    def with_heads(order: orders.Order, left: float) -> float:
        def right(size: int) -> float:
            return right_under(judged_on, orders.after(order, count - size, layers, heads).flatten())

        return between(right, left)

    add("all", torch.ones(count))
    static = static_orders(choosing, layers, heads)
    for method, order in static.items():
        add(method, paid_best(choosing, order, layers, heads, price))
    features = states(learned_on), states(judged_on)
    for seed in seeds:
        [by_chance] = orders.random_orders(layers, heads, 1, seed)
        add("random", paid_best(choosing, by_chance, layers, heads, price), seed)
        for method, how, size in (("bandit", learning, 0), ("known", known, features[0].shape[1])):
            torch.manual_seed(seed)
            policy = HeadPolicy(count, size)
            history = learn(policy, features[0][:, :size], world, replace(how, price=price), seed)
            curves += [{"what": "full curve", "method": method, "seed": seed} | row for row in history]
            with torch.no_grad():
                kept = (policy(features[1][:, :size]) > 0).float()
            row = add(method, kept if size else kept[0], seed)
            ways = {"random": by_chance} | static
            at = {f"by_{way}": with_heads(order, row["heads"]) for way, order in ways.items()}
            rows.append(row | at | {"what": "full budget"})
    steps = count * (count + 1) // 2
    asked = {"asked_greedy": steps * len(choosing), "asked_one_shot": count * len(choosing)}
    asked |= {"asked_gradient": len(choosing), "asked_bandit": learning.evaluations}
    return rows, curves, asked | {"asked_known": known.evaluations}

"""Choosing cross-attention heads where the answer under every mask is known: how good is what is learned?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attngen.heads import choose
from attngen.heads.agreement import agreement
from attngen.heads.policy import HeadPolicy, entropy, expected, number_of
from attngen.heads.reinforce import BASELINES, Learning, gradient_samples, learn
from attngen.heads.words.worlds import Table

METHODS = ("exhaustive", "greedy", "one_shot")


def frontier(learned_on: Table, judged_on: Table) -> list[dict]:
    """The share of words right by number of heads: rows of every method, and of masks by chance.

    Masks are chosen by the first table and judged by the second.  By chance: the mean
    over all masks of the size, exactly.  oracle: of each word its own best mask of the
    size, chosen with the answer in sight.
    """
    values, judged = learned_on.right.mean(1), judged_on.right.mean(1)
    sizes = learned_on.masks.sum(1)
    rows = []
    for method in METHODS:
        masks = getattr(choose, method)(values)
        for size, mask in enumerate(masks):
            place = number_of(mask)
            row = {"what": "frontier", "method": method, "heads": size, "mask": int(place)}
            rows.append(row | {"learned": values[place].item(), "right": judged[place].item()})
    for size in range(learned_on.heads + 1):
        of_size = sizes == size
        found = {"random": judged[of_size].mean(), "oracle": judged_on.right[of_size].amax(0).mean()}
        rows += [
            {"what": "frontier", "method": name, "heads": size, "right": value.item()}
            for name, value in found.items()
        ]
    return rows


def rewards(table: Table, price: float) -> Tensor:
    """The mean reward of every mask, (choices,): share of words right - price * share of heads."""
    return table.right.mean(1) - price * table.masks.mean(1)


def chosen_by(method: str, learned_on: Table, price: float) -> Tensor:
    """The mask of a method, at the size at which it pays best on the words it was chosen by."""
    masks = getattr(choose, method)(learned_on.right.mean(1))
    return masks[rewards(learned_on, price)[number_of(masks)].argmax()]


def best_of_chance(learned_on: Table, price: float, tries: int, seed: int) -> Tensor:
    """The best of so many masks by chance, heads kept with probability one half."""
    generator = torch.Generator().manual_seed(seed)
    tried = torch.randint(len(learned_on.masks), (tries,), generator=generator)
    return learned_on.masks[tried[rewards(learned_on, price)[tried].argmax()]]


def follow_exact_gradient(table: Table, price: float, learning: Learning) -> HeadPolicy:
    """What REINFORCE would do without noise: the policy gradient itself, summed over all masks."""
    policy, values = HeadPolicy(table.heads), rewards(table, price)
    optimizer = torch.optim.Adam(policy.parameters(), learning.lr)
    for step in range(learning.steps):
        left = 1 - step / learning.steps
        optimizer.zero_grad()
        (-expected(policy.bias, values) - left * learning.bonus * entropy(policy.bias)).backward()
        for group in optimizer.param_groups:
            group["lr"] = learning.lr * left
        optimizer.step()
    return policy


def judged(masks: Tensor, table: Table, price: float) -> dict[str, float]:
    """Reward, share of words right, and heads used: of one mask (heads,), or of a mask for each word (N, heads)."""
    numbers = number_of(masks).expand(table.right.shape[1])
    right = table.right[numbers, torch.arange(len(numbers))].mean().item()
    used = masks.float().mean(0).sum().item() if masks.dim() == 2 else masks.sum().item()
    return {"reward": right - price * used / table.heads, "right": right, "heads": used}


def one_price(
    learned_on: Table, judged_on: Table, states: tuple[Tensor, Tensor], vowels: tuple[Tensor, Tensor],
    price: float, table: Learning, known: Learning, seeds: Sequence[int],
) -> tuple[list[dict], list[dict]]:  # fmt: skip
    """Every method at one price: rows of what it comes to on the judging words, and learning curves.

    states, vowels - of the words learned on and judged on
    """
    rows, curves = [], []

    def add(method: str, masks: Tensor, seed: int | str = "") -> None:
        row = {"what": "price", "price": price, "method": method, "seed": seed}
        if masks.dim() == 1:
            row["learned"] = rewards(learned_on, price)[number_of(masks)].item()
        rows.append(row | judged(masks, judged_on, price))

    everything = torch.ones(learned_on.heads)
    add("all", everything)
    for method in METHODS:
        add(method, chosen_by(method, learned_on, price))
    exact = follow_exact_gradient(learned_on, price, table)
    add("exact", (exact.bias > 0).float())
    add("classes", by_class(learned_on, vowels, price))
    tries = max(1, table.evaluations // learned_on.right.shape[1])
    for seed in seeds:
        add("random", best_of_chance(learned_on, price, tries, seed), seed)
        for method, learning, features in (("bandit", table, 0), ("known", known, states[0].shape[1])):
            torch.manual_seed(seed)
            policy = HeadPolicy(learned_on.heads, features)
            priced = replace(learning, price=price)
            history = learn(policy, states[0][:, :features], learned_on, priced, seed)
            curves += [{"what": "curve", "method": method, "price": price, "seed": seed} | row for row in history]
            with torch.no_grad():
                kept = (policy(states[1][:, :features]) > 0).float()
            add(method, kept if features else kept[0], seed)
    return rows, curves


def by_class(learned_on: Table, vowels: tuple[Tensor, Tensor], price: float) -> Tensor:
    """The best mask for words that begin with a vowel, and that for others: a mask for each judging word."""
    best = {}
    for group in (True, False):
        mine = learned_on.right[:, vowels[0] == group]
        values = mine.mean(1) - price * learned_on.masks.mean(1)
        best[group] = learned_on.masks[values.argmax()] if mine.shape[1] else torch.ones(learned_on.heads)
    return torch.stack([best[bool(group)] for group in vowels[1]])


def noise(table: Table, price: float, learning: Learning, samples: int) -> dict[str, float]:
    """How noisy the gradient's estimate is at the start, by baseline: ``noise_BASELINE``.

    The mean squared distance from the exact gradient, as a multiple of its squared
    length.  ``bias_BASELINE``: the length of the mean estimate's error, over that of
    what chance alone would leave; about 1 without bias.  0 where nothing is left to chance,
    because all masks do alike.
    """
    logits = torch.full((table.heads,), 2.0, requires_grad=True)
    [exact] = torch.autograd.grad(expected(logits, rewards(table, price)), logits)
    found = {}
    for baseline in BASELINES:
        one = replace(learning, price=price, baseline=baseline)
        estimates = gradient_samples(logits, table, samples, one, table.right.shape[1])
        squared = (estimates - exact).square().sum(1).mean()
        found[f"noise_{baseline}"] = (squared / exact.square().sum()).item()
        by_chance = (estimates.var(0).sum() / samples).sqrt()
        off = (estimates.mean(0) - exact).norm() / by_chance
        found[f"bias_{baseline}"] = off.item() if by_chance > 0 else 0.0
    return found


def price_metrics(rows: list[dict], prices: Sequence[float]) -> dict[str, float]:
    """Of every price (numbered from 1) and method: mean reward, heads and share right, and their spread."""
    metrics = {}
    for number, price in enumerate(prices, 1):
        at = [row for row in rows if row["price"] == price]
        for method in dict.fromkeys(row["method"] for row in at):
            mine = [row for row in at if row["method"] == method]
            for key in ("reward", "heads", "right"):
                values = [row[key] for row in mine]
                metrics[f"{key}_{method}_{number}"] = statistics.fmean(values)
                if len(values) > 1:
                    metrics[f"{key}_{method}_{number}_std"] = statistics.stdev(values)
    return metrics


def shapley_metrics(table: Table) -> tuple[list[dict], dict[str, float]]:
    """Each cross-attention head's Shapley value beside what it costs to leave it out: rows, and their agreement."""
    values = table.right.mean(1)
    shares = choose.shapley(values)
    alone = values[-1] - values[number_of(1 - torch.eye(table.heads))]
    rows = [
        {"what": "shapley", "head": head, "shapley": shares[head].item(), "left_out": alone[head].item()}
        for head in range(table.heads)
    ]
    rank = agreement(shares[None], alone[None], top=1).rank
    total = (values[-1] - values[0]).item()
    return rows, {"rank_shapley_left_out": rank, "shapley_total": shares.sum().item(), "brought_by_all": total}

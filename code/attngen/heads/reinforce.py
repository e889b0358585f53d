"""REINFORCE: learn a policy from rewards alone (Williams 1992, Machine Learning 8, equation (4)).

    grad E[R] = E[(R - b) grad log pi(m | x)]        for any b that does not depend on the mask m.

The baseline b takes noise away and adds no error.  Here the reward is the quality of what the model does with
the heads of m, less a price for each; the price's own gradient is known, and need not be sampled.  While it
learns, a policy is paid a little for being undecided: coins that fall on one side only try nothing any more
(Williams and Peng 1991, "Function optimization using connectionist reinforcement learning algorithms").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from attngen.heads.policy import HeadPolicy, entropy, log_probability, toss

BASELINES = ("none", "batch", "input")
# masks (K, B, heads) and the numbers (B,) of the inputs they are for -> quality (K, B)
Quality = Callable[[Tensor, Tensor], Tensor]


def advantages(rewards: Tensor, baseline: str) -> Tensor:
    """Rewards (K, B) of K masks for each of B inputs, less a baseline.

    none  - nothing is subtracted
    batch - the mean of all other rewards of the batch
    input - the mean of the other K - 1 rewards of the same input (Kool, van Hoof and
            Welling 2019, "Buy 4 REINFORCE Samples, Get a Baseline for Free!")
    A reward's own mask is left out of its baseline: hence no bias.
    """
    if baseline not in BASELINES:
        raise ValueError(f"the baseline is {', '.join(BASELINES)}, not '{baseline}'")
    if baseline == "none":
        return rewards
    if baseline == "batch":
        others, total = rewards.numel() - 1, rewards.sum()
    else:
        others, total = len(rewards) - 1, rewards.sum(0)
    if others < 1:
        raise ValueError(f"the baseline '{baseline}' needs another reward to compare with")
    return rewards - (total - rewards) / others


def surrogate(
    logits: Tensor,
    masks: Tensor,
    quality: Tensor,
    price: float,
    baseline: str = "input",
) -> Tensor:
    """A number whose gradient is the estimate of grad E[quality - price * share of heads].

    logits (B, heads);  masks (K, B, heads), drawn from them;  quality (K, B)
    """
    gain = advantages(quality, baseline) * log_probability(logits, masks)
    return gain.mean() - price * logits.sigmoid().mean()


@dataclass(frozen=True)
class Learning:
    """How a policy is learned.

    price    - of all heads together: the reward is the quality less this times their share
    steps    - of Adam, with this learning rate, falling linearly to zero
    bonus    - for each nat of the coins' entropy, at first; it falls to zero as well
    inputs   - in each step;  masks - drawn for each of them
    baseline - see ``advantages``
    """

    price: float = 0.2
    steps: int = 600
    inputs: int = 64
    masks: int = 2
    lr: float = 0.1
    bonus: float = 0.03
    baseline: str = "input"

    @property
    def evaluations(self) -> int:
        """How many inputs the model answers, under one mask each, during the whole of learning."""
        return self.steps * self.inputs * self.masks


def learn(
    policy: HeadPolicy,
    state: Tensor,
    quality: Quality,
    learning: Learning,
    seed: int = 0,
) -> list[dict[str, float]]:
    """Learn in place; a row for each step: mean reward, and mean share of heads kept.

    state - (N, features) of the inputs that one may learn from
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(policy.parameters(), learning.lr)
    rows = []
    for step in range(learning.steps):
        chosen = torch.randint(len(state), (learning.inputs,), generator=generator)
        logits = policy(state[chosen])
        tossed = [toss(logits, generator) for _ in range(learning.masks)]
        masks = torch.stack(tossed)
        found = quality(masks, chosen)
        left = 1 - step / learning.steps
        gain = surrogate(logits, masks, found, learning.price, learning.baseline)
        optimizer.zero_grad()
        (-gain - left * learning.bonus * entropy(logits).mean()).backward()
        for group in optimizer.param_groups:
            group["lr"] = learning.lr * left
        optimizer.step()
        share = masks.mean().item()
        reward = found.mean().item() - learning.price * share
        rows.append({"step": step, "reward": reward, "share": share})
    return rows


def gradient_samples(
    logits: Tensor,
    quality: Quality,
    count: int,
    learning: Learning,
    inputs: int,
    seed: int = 0,
) -> Tensor:
    """``count`` independent estimates of the gradient by the logits (heads,) of a policy, (count, heads).

    inputs - how many there are to draw from
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(count):
        chosen = torch.randint(inputs, (learning.inputs,), generator=generator)
        free = logits.detach().clone().requires_grad_()
        rows = free.expand(learning.inputs, -1)
        masks = torch.stack([toss(rows, generator) for _ in range(learning.masks)])
        value = surrogate(rows, masks, quality(masks, chosen), learning.price, learning.baseline)
        found.append(torch.autograd.grad(value, free)[0])
    return torch.stack(found)

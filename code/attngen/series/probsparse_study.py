"""What ProbSparse attention keeps of full attention, where queries are known to differ, or not to."""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.nn.attention import scaled_dot_product_attention
from attngen.series.probsparse import active, attend_at, few, sparsity

CHOICES = ("all keys", "sampled", "one sample", "at random")


def random_sequence(length: int, dim: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values (L, dim), all independent: no query has more to choose than another."""
    query, key, value = torch.randn(3, length, dim, generator=generator)
    return query, key, value


def structured_sequence(
    length: int, dim: int, generator: torch.Generator, share: float = 0.05, strength: float = 8.0
) -> tuple[Tensor, Tensor, Tensor]:
    """The same with a few queries that look for one key each, and many that hardly look at all.

    share - of the queries that look for something;  strength - of what they look for
    """
    query, key, value = random_sequence(length, dim, generator)
    seekers = torch.randperm(length, generator=generator)[: max(1, round(share * length))]
    wanted = torch.randint(length, seekers.shape, generator=generator)
    query = 0.2 * query
    query[seekers] = strength * key[wanted] / key[wanted].norm(dim=-1, keepdim=True)
    return query, key, value


SEQUENCES = {"random": random_sequence, "structured": structured_sequence}


def kept_share(out: Tensor, full: Tensor, value: Tensor) -> float:
    """How much of what full attention says beyond the mean of the values an output holds: at most 1.

    1 for full attention itself, 0 for the mean of the values everywhere.
    """
    lazy = value.mean(dim=-2, keepdim=True)
    return 1 - ((out - full).square().sum() / (full - lazy).square().sum()).item()


def choose(how: str, query: Tensor, key: Tensor, factor: float, generator: torch.Generator) -> Tensor:
    """Positions of the c ln L queries that one way of choosing gives full attention to."""
    kept = few(len(query), factor)
    if how == "sampled":
        return active(query, key, factor, generator=generator)
    if how == "one sample":
        return active(query, key, factor, shared=True, generator=generator)
    if how == "all keys":  # the measure itself, without sampling: its cost is that of full attention
        return sparsity(query, key, torch.arange(len(key))).topk(kept).indices
    if how == "at random":
        return torch.randperm(len(query), generator=generator)[:kept]
    raise ValueError(f"a choice is one of {', '.join(CHOICES)}, not '{how}'")


def study(kind: str, length=512, dim=32, factors=(1, 2, 5, 10, 20), repeats=5, seed=0) -> dict:
    """The kept share by way of choosing and factor, a mean over random sequences of one kind."""
    if kind not in SEQUENCES:
        raise ValueError(f"a sequence is one of {', '.join(SEQUENCES)}, not '{kind}'")
    found = {how: [0.0] * len(factors) for how in CHOICES}
    for number in range(repeats):
        generator = torch.Generator().manual_seed(seed + number)
        query, key, value = SEQUENCES[kind](length, dim, generator)
        full, _ = scaled_dot_product_attention(query, key, value)
        for how in CHOICES:
            for place, factor in enumerate(factors):
                chosen = choose(how, query, key, factor, generator)
                out = attend_at(query, key, value, chosen)
                found[how][place] += kept_share(out, full, value) / repeats
    return found

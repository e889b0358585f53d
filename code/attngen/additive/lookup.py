"""A task for one attention head: find the key that the query is a rotated copy of, and hand out its value.

Keys are random vectors; the query is one of them, turned by a rotation that is the same throughout and must
be learned.  Nothing but the score decides how well this can be done.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attngen.nn.additive import additive_scores

KINDS = ("dot", "dot, equal lengths", "additive", "additive, no bias")


@dataclass(frozen=True)
class LookupConfig:
    """keys - to choose from;  hidden - width of additive attention's tanh layer;  values - width of a value
    centre - mean of every column of the keys
    steps, batch, lr - of training with Adam, the learning rate falling to zero
    """

    keys: int = 8
    hidden: int = 32
    values: int = 4
    centre: float = 0.0
    steps: int = 250
    batch: int = 64
    lr: float = 1e-2


class Comparison(nn.Module):
    """Scores of projected queries and keys of width ``dim``; one of ``KINDS``."""

    def __init__(self, dim: int, kind: str, hidden: int):
        super().__init__()
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise ValueError(f"a comparison is one of {known}, not '{kind}'")
        self.kind, self.dim = kind, dim
        self.adds, bias = kind.startswith("additive"), not kind.endswith("no bias")
        width = hidden if self.adds else dim
        self.query, self.key = (nn.Linear(dim, width, bias) for _ in range(2))
        for side in (self.query, self.key):
            nn.init.normal_(side.weight, std=dim**-0.5)
            if bias:
                nn.init.zeros_(side.bias)
        self.vector = None
        if self.adds:
            self.vector = nn.Parameter((2 * torch.rand(width) - 1) / width**0.5)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """(..., T, dim) and (..., S, dim) -> scores (..., T, S)"""
        if self.kind.endswith("equal lengths"):  # sqrt(dim)
            query, key = (F.normalize(x, dim=-1) * self.dim**0.5 for x in (query, key))
        query, key = self.query(query), self.key(key)
        if self.adds:
            return additive_scores(query, key, self.vector)
        return query @ key.transpose(-2, -1) / math.sqrt(self.dim)


def rotation(dim: int, generator: torch.Generator) -> Tensor:
    """A random orthogonal (dim, dim) matrix."""
    return torch.linalg.qr(torch.randn(dim, dim, generator=generator))[0]


def batch(config: LookupConfig, turn: Tensor, generator: torch.Generator):
    """Queries (B, 1, d), keys (B, S, d), values (B, S, e) and the place (B,) of the key meant."""
    keys = torch.randn(config.batch, config.keys, len(turn), generator=generator) + config.centre
    values = torch.randn(config.batch, config.keys, config.values, generator=generator)
    meant = torch.randint(config.keys, (config.batch,), generator=generator)
    return keys[torch.arange(config.batch), meant, None] @ turn, keys, values, meant


def train(
    dim: int, kind: str, config: LookupConfig | None = None, seed: int = 0
) -> tuple[Comparison, Tensor]:
    """Train a comparison on the value that it finds; returns it and the rotation it has met."""
    config = config or LookupConfig()
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    turn, model = rotation(dim, generator), Comparison(dim, kind, config.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.lr)
    for step in range(config.steps):
        optimizer.param_groups[0]["lr"] = config.lr * (1 - step / config.steps)
        query, keys, values, meant = batch(config, turn, generator)
        found = model(query, keys).softmax(dim=-1) @ values
        wanted = values[torch.arange(config.batch), meant, None]
        loss = (found - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, turn


@torch.no_grad()
def accuracy(model: Comparison, turn: Tensor, config: LookupConfig | None = None, batches: int = 32) -> float:
    """The share of new queries whose best-scored key is the one meant."""
    config = config or LookupConfig()
    generator = torch.Generator().manual_seed(12345)
    right = []
    for _ in range(batches):
        query, keys, _, meant = batch(config, turn, generator)
        right.append(model(query, keys)[:, 0].argmax(dim=-1) == meant)
    return torch.cat(right).float().mean().item()


def compare(widths, config: LookupConfig | None = None) -> dict[str, list[float]]:
    """The accuracy of every kind by width; vectors of width 1 have no length but their sign: NaN there."""
    found = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for dim in widths:
            lost = dim == 1 and kind.endswith("equal lengths")
            found[kind].append(math.nan if lost else accuracy(*train(dim, kind, config), config))
    return found

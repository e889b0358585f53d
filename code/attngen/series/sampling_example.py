"""A process whose every distribution is known, to see what sampled paths hold and single steps do not."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attngen.series.probabilistic import StudentT


@dataclass(frozen=True)
class Autoregression:
    """x' = memory x + noise, the noise Student-t: what a perfectly trained forecaster would know."""

    memory: float = 0.9
    df: float = 5.0

    def next_step(self, values: Tensor) -> StudentT:
        """(N, T, V) so far -> the distribution of the next values, (N, V)."""
        centre = self.memory * values[:, -1]
        return StudentT(torch.full_like(centre, self.df), centre, torch.ones_like(centre))

    def simulate(
        self, series: int, past: int, future: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """(series, past, 1) and what really followed, (series, future, 1)."""
        values = torch.zeros(series, 1, 1)
        for _ in range(100 + past + future):  # the first hundred forget the zero
            values = torch.cat([values, self.next_step(values).sample(generator)[:, None]], dim=1)
        values = values[:, -(past + future) :]
        return values[:, :past], values[:, past:]


def shuffle_steps(paths: Tensor, generator: torch.Generator) -> Tensor:
    """The same draws (B, paths, H, V), dealt to paths anew at every step.

    Each step keeps its distribution exactly; what one step has to do with the next is lost.
    """
    steps = [
        paths[:, torch.randperm(paths.shape[1], generator=generator), step]
        for step in range(paths.shape[2])
    ]
    return torch.stack(steps, dim=2)

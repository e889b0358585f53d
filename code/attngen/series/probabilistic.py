"""Forecasts as distributions: a Student-t head, sampled paths, and how to score them.

Salinas et al. 2020, "DeepAR" (arXiv 1704.04110): the network gives the parameters of the next value's
distribution, training maximises its likelihood, and a forecast is many paths, each drawn step by step.
Scores: Gneiting and Raftery 2007, "Strictly Proper Scoring Rules, Prediction, and Estimation".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

SMALLEST_SCALE = 1e-4
FEWEST_DEGREES = 2.01  # above two the variance is finite


@dataclass(frozen=True)
class StudentT:
    """A Student-t distribution for each number: degrees of freedom, centre and scale, all of one shape.

    With few degrees of freedom the tails are heavy: an outlier costs little likelihood.  With many it is a
    normal distribution.
    """

    df: Tensor
    loc: Tensor
    scale: Tensor

    def nll(self, value: Tensor) -> Tensor:
        """The negative log likelihood of each value, in nats."""
        z = (value - self.loc) / self.scale
        norm = torch.lgamma(self.df / 2) - torch.lgamma((self.df + 1) / 2)
        norm = norm + 0.5 * (self.df * math.pi).log() + self.scale.log()
        return norm + (self.df + 1) / 2 * torch.log1p(z**2 / self.df)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw of each: a normal number over the root of a chi-square per degree of freedom."""
        like = {"dtype": self.loc.dtype, "device": self.loc.device}
        normal = torch.randn(self.loc.shape, generator=generator, **like)
        half = torch._standard_gamma((self.df / 2).expand(self.loc.shape).contiguous(), generator=generator)
        return self.loc + self.scale * normal / (2 * half / self.df).sqrt()


class StudentTHead(nn.Module):
    """The last layer of a probabilistic model: (..., dim) -> StudentT (..., variables).

    The scale is positive, and there are more than two degrees of freedom, so that the
    variance is finite.
    """

    def __init__(self, dim: int, variables: int):
        super().__init__()
        self.parameters_of = nn.Linear(dim, 3 * variables)

    def forward(self, x: Tensor) -> StudentT:
        found = self.parameters_of(x)
        if found.dtype in (torch.bfloat16, torch.float16):  # too coarse for a likelihood
            found = found.float()
        df, loc, scale = found.chunk(3, dim=-1)
        df, scale = FEWEST_DEGREES + softplus(df), SMALLEST_SCALE + softplus(scale)
        return StudentT(df, loc, scale)


@torch.no_grad()
def sample_paths(
    next_step: Callable[[Tensor], StudentT],
    past: Tensor,
    horizon: int,
    paths: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw futures step by step, each step given the ones drawn before it.

    next_step - (N, T, V) values so far -> StudentT of the next values, (N, V)
    past      - (B, L, V)

    Returns (B, paths, horizon, V).  It takes ``horizon`` calls of the model, each
    on B x paths sequences: a path cannot be drawn all at once.
    """
    if min(horizon, paths) < 1:
        counts = f"{horizon=}, {paths=}"
        raise ValueError(f"at least one step and one path are needed: {counts}")
    values = past.repeat_interleave(paths, dim=0)
    for _ in range(horizon):
        drawn = next_step(values).sample(generator)
        values = torch.cat([values, drawn[:, None]], dim=1)
    return values[:, -horizon:].unflatten(0, (len(past), paths))


def interval(paths: Tensor, level: float, dim: int = 1) -> tuple[Tensor, Tensor]:
    """The central interval that holds ``level`` of the sampled values: lower and upper ends."""
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not {level}")
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=paths.dtype, device=paths.device)
    lower, upper = torch.quantile(paths, ends, dim=dim)
    return lower, upper


def coverage(paths: Tensor, truth: Tensor, level: float = 0.8, dim: int = 1) -> float:
    """The share of true values inside their interval; an honest forecast's share is the level."""
    lower, upper = interval(paths, level, dim)
    return ((truth >= lower) & (truth <= upper)).double().mean().item()


def pinball(prediction: Tensor, truth: Tensor, level: float) -> Tensor:
    """Pinball loss of a quantile forecast: below the truth costs ``level`` a unit, above it 1 - level."""
    wrong = truth - prediction
    return torch.maximum(level * wrong, (level - 1) * wrong)


def crps(paths: Tensor, truth: Tensor, dim: int = 1) -> Tensor:
    """Continuous ranked probability score of sampled paths, by number: E|X - y| - E|X - X'| / 2.

    In the unit of the data; lower is better.  For a single value it is the absolute error.  The
    second mean runs over pairs of different paths, which makes the estimate unbiased; sorting
    finds it without making the pairs.
    """
    count = paths.shape[dim]
    far = (paths - truth.unsqueeze(dim)).abs().mean(dim)
    if count < 2:
        return far
    ordered = paths.movedim(dim, -1).sort(dim=-1).values
    ranks = torch.arange(count, dtype=paths.dtype, device=paths.device)
    pairs = ((2 * ranks - (count - 1)) * ordered).sum(dim=-1)  # sum over i < j of |x_i - x_j|
    return far - pairs / (count * (count - 1))


def scores(paths: Tensor, truth: Tensor, level: float = 0.8) -> dict[str, float]:
    """What a sampled forecast is worth: paths (B, paths, H, V) against the truth (B, H, V)."""
    mean, median = paths.mean(dim=1), paths.median(dim=1).values
    lower, upper = interval(paths, level)
    tails = [pinball(lower, truth, (1 - level) / 2), pinball(upper, truth, (1 + level) / 2)]
    return {
        "mse": (mean - truth).square().mean().item(),
        "mae": (median - truth).abs().mean().item(),
        "crps": crps(paths, truth).mean().item(),
        "coverage": coverage(paths, truth, level),
        "width": (upper - lower).mean().item(),
        "pinball": (sum(tails) / 2).mean().item(),
    }

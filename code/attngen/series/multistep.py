"""Ways to many steps: recursive, direct, multi-output; see ``multistep_decoder`` for the fourth.

The names are those of Ben Taieb et al. 2012 (arXiv 1108.3259).  All four stand on the same body: each
variable is read by itself, in patches, with one set of weights for all (Nie et al. 2023, arXiv 2211.14730),
and each window is normalised by its own past alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from attngen.nn.transformer import Layer, TransformerConfig
from attngen.series.multistep_config import StrategyConfig
from attngen.series.normalise import normalise
from attngen.series.table import SeriesError


def fold(x: Tensor) -> Tensor:
    """(B, T, V) -> (B V, T): every variable a series of its own."""
    return x.transpose(1, 2).flatten(0, 1)


def unfold(x: Tensor, variables: int) -> Tensor:
    """(B V, T) -> (B, T, V), the inverse of ``fold``."""
    return x.unflatten(0, (-1, variables)).transpose(1, 2)


def layer(config: StrategyConfig, cross: bool) -> Layer:
    """A transformer layer of the configured shape; ``cross`` gives it a memory to look at."""
    shape = TransformerConfig(
        dim=config.dim,
        heads=config.heads,
        feed_forward=config.feed_forward,
        dropout=config.dropout,
    )
    return Layer(shape, cross)


class Body(nn.Module):
    """Reads a normalised past (N, L): a vector for each patch, (N, L / patch, dim)."""

    def __init__(self, config: StrategyConfig):
        super().__init__()
        self.patch, count = config.patch, config.lookback // config.patch
        self.embed = nn.Linear(config.patch, config.dim)
        self.positions = nn.Parameter(0.02 * torch.randn(count, config.dim))
        self.layers = nn.ModuleList(
            layer(config, cross=False) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(config.dim)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x.unflatten(1, (-1, self.patch))) + self.positions
        for layer in self.layers:
            x, _ = layer(x, fused=True)
        return self.norm(x)


class MultiOutput(nn.Module):
    """The body, and a linear map that writes all ``steps`` at once."""

    def __init__(self, config: StrategyConfig, steps: int | None = None):
        super().__init__()
        self.lookback, patches = config.lookback, config.lookback // config.patch
        self.steps = config.horizon if steps is None else steps
        self.body = Body(config)
        self.head = nn.Linear(patches * config.dim, self.steps)

    def forward(self, past: Tensor, future: Tensor | None = None) -> Tensor:
        """past (B, L, V) -> (B, steps, V); the future is not looked at."""
        check(past, self.lookback)
        scaled, scale = normalise(past)
        written = self.head(self.body(fold(scaled)).flatten(1))  # (B V, steps)
        return scale.restore(unfold(written, past.shape[2]))

    @torch.no_grad()
    def forecast(self, past: Tensor) -> Tensor:
        return self(past)


class Recursive(nn.Module):
    """One model for one step, which then reads its own forecasts."""

    def __init__(self, config: StrategyConfig):
        super().__init__()
        self.horizon = config.horizon
        self.one_step = MultiOutput(config, steps=1)

    def forward(self, past: Tensor, future: Tensor | None = None) -> Tensor:
        """In training one step only: past (B, L, V) -> (B, 1, V)."""
        return self.one_step(past)

    def forecast(self, past: Tensor) -> Tensor:
        return rollout(self.one_step, past, self.horizon)


@torch.no_grad()
def rollout(
    one_step: Callable[[Tensor], Tensor], past: Tensor, horizon: int
) -> Tensor:
    """Let a one-step model run on its own forecasts, all windows side by side.

    one_step - (B, L, V) -> (B, 1, V);  past - (B, L, V)
    Returns (B, horizon, V).  The window of L steps moves on by one each time: after
    L steps it holds nothing but forecasts.
    """
    batch, length, variables = past.shape
    room = past.new_empty(batch, horizon, variables)
    series = torch.cat([past, room], dim=1)
    for now in range(length, length + horizon):
        series[:, now : now + 1] = one_step(series[:, now - length : now])
    return series[:, length:]


class Direct(nn.Module):
    """Separate models for separate steps: each has a body of its own.

    None reads another's forecast, and no weight serves two of them.
    """

    def __init__(self, config: StrategyConfig):
        super().__init__()
        steps = config.horizon // config.chunks  # one, where chunks = horizon
        self.models = nn.ModuleList(
            MultiOutput(config, steps) for _ in range(config.chunks)
        )

    def forward(self, past: Tensor, future: Tensor | None = None) -> Tensor:
        """past (B, L, V) -> (B, H, V)"""
        return torch.cat([model(past) for model in self.models], dim=1)

    @torch.no_grad()
    def forecast(self, past: Tensor) -> Tensor:
        return self(past)


def check(past: Tensor, lookback: int) -> None:
    """SeriesError where ``past`` is not (B, lookback, V)."""
    if past.dim() != 3 or past.shape[1] != lookback:
        raise SeriesError(
            f"a past of shape (B, {lookback}, V) was expected, not {tuple(past.shape)}"
        )


def make_strategy(name: str, config: StrategyConfig, seed: int = 0) -> nn.Module:
    """A fresh model for a strategy of ``multistep_config.STRATEGIES``.

    ``forward(past, future)`` gives what training compares with the future's first steps,
    ``forecast(past)`` all H steps.  SeriesError for an unknown name.
    """
    from attngen.series.multistep_decoder import EncoderDecoder

    kinds = {
        "recursive": Recursive,
        "direct": Direct,
        "multi_output": MultiOutput,
        "encoder_decoder": EncoderDecoder,
        "scheduled": partial(EncoderDecoder, scheduled=True),
    }
    if name not in kinds:
        raise SeriesError(f"there is no strategy '{name}'; known: {', '.join(kinds)}")
    torch.manual_seed(seed)
    return kinds[name](config)


def passes(name: str, config: StrategyConfig) -> dict[str, int]:
    """Passes through the body and through the decoder, for one window.

    A decoder pass in training writes all H steps; one in a forecast writes one step.
    """
    reading = {"recursive": (1, config.horizon), "direct": (config.chunks,) * 2}
    writing = {"encoder_decoder": (1, config.horizon), "scheduled": (2, config.horizon)}
    counts = (*reading.get(name, (1, 1)), *writing.get(name, (0, 0)))
    names = ("body_training", "body_forecast", "decoder_training", "decoder_forecast")
    return dict(zip(names, counts, strict=True))

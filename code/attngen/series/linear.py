"""Forecasts without attention: the last value, the last season, and DLinear.

Zeng et al. 2023, "Are Transformers Effective for Time Series Forecasting?" (arXiv 2205.13504).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.config import ModelConfig


class RepeatLast(nn.Module):
    """Every step of the future is the last value of the past."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.horizon = config.horizon

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None) -> Tensor:
        """(B, L, V) -> (B, H, V)"""
        return past[:, -1:].expand(-1, self.horizon, -1)


class SeasonalRepeat(nn.Module):
    """Every step of the future is the value a season (or several) before it."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.horizon, self.period = config.horizon, config.period

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None) -> Tensor:
        """(B, L, V) -> (B, H, V)"""
        steps = torch.arange(self.horizon, device=past.device) % self.period
        return past[:, -self.period :][:, steps]


def moving_average(series: Tensor, kernel: int) -> Tensor:
    """The mean of ``kernel`` (odd) steps round each step of series (B, L, V); ends are repeated outwards."""
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"the moving average needs an odd, positive number of steps, not {kernel}")
    half = kernel // 2
    first, last = series[:, :1].expand(-1, half, -1), series[:, -1:].expand(-1, half, -1)
    padded = torch.cat([first, series, last], dim=1)
    return padded.unfold(1, kernel, 1).mean(-1)


class DLinear(nn.Module):
    """A linear map of the trend and one of the rest, both shared by all variables.

    Both begin as the mean of the past, as in the published code.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.kernel = config.kernel
        self.trend = nn.Linear(config.lookback, config.horizon)
        self.rest = nn.Linear(config.lookback, config.horizon)
        for layer in (self.trend, self.rest):
            nn.init.constant_(layer.weight, 1 / config.lookback)

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None):
        """(B, L, V) -> (B, H, V)"""
        trend = moving_average(past, self.kernel)
        trend, rest = trend.transpose(1, 2), (past - trend).transpose(1, 2)
        return (self.trend(trend) + self.rest(rest)).transpose(1, 2)

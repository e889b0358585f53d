"""The LSTM as a forecaster (Hochreiter and Schmidhuber 1997)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.config import ModelConfig


class LSTM(nn.Module):
    """Reads the past step by step; its last state gives all steps of the future at once."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        inputs = config.variables + config.calendar
        dropout = config.dropout if config.layers > 1 else 0.0
        self.lstm = nn.LSTM(inputs, config.dim, config.layers, batch_first=True, dropout=dropout)
        self.head = nn.Linear(config.dim, config.horizon * config.variables)
        self.variables = config.variables

    def forward(self, past: Tensor, past_calendar: Tensor, future_calendar=None) -> Tensor:
        """(B, L, V), (B, L, C) -> (B, H, V)"""
        states, _ = self.lstm(torch.cat([past, past_calendar], dim=-1))
        return self.head(states[:, -1]).unflatten(-1, (-1, self.variables))

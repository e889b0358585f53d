"""The plain transformer on a series: a token for each moment (Vaswani et al. 2017, arXiv 1706.03762)."""

from __future__ import annotations

from torch import Tensor, nn

from attngen.nn.positions import sinusoidal_positions
from attngen.series.config import ModelConfig
from attngen.series.layer import EncoderLayer


class TimeTransformer(nn.Module):
    """All variables of one moment are one token; attention goes from moment to moment.

    The encoder's L outputs become H by a linear map over time, the same for each of their
    columns, and each of the H then gives the variables of its moment.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.embed = nn.Linear(config.variables, config.dim)
        self.embed_calendar = nn.Linear(config.calendar, config.dim)
        positions = sinusoidal_positions(config.lookback, config.dim)
        self.register_buffer("positions", positions, persistent=False)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.over_time = nn.Linear(config.lookback, config.horizon)
        self.calendar_ahead = nn.Linear(config.calendar, config.dim)
        self.head = nn.Linear(config.dim, config.variables)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, past: Tensor, past_calendar: Tensor, future_calendar: Tensor):
        """(B, L, V), (B, L, C), (B, H, C) -> (B, H, V)"""
        x = self.embed(past) + self.embed_calendar(past_calendar) + self.positions
        x = self.dropout(x)
        for layer in self.layers:
            x, _ = layer(x)
        ahead = self.over_time(x.transpose(1, 2)).transpose(1, 2)  # (B, H, dim)
        return self.head(ahead + self.calendar_ahead(future_calendar))

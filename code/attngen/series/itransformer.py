"""iTransformer: a token for each variable, not for each moment.

Liu et al. 2024, "iTransformer: Inverted Transformers Are Effective for Time Series
Forecasting" (arXiv 2310.06625).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.config import ModelConfig
from attngen.series.layer import EncoderLayer


class ITransformer(nn.Module):
    """The whole past of a variable is one token; attention goes from variable to variable.

    No positions are added: the order of time is in the columns of the embedding, and
    variables have no order.  Features of the calendar are tokens, too, whose forecasts
    nobody asks for.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.embed = nn.Linear(config.lookback, config.dim)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.horizon)
        self.dropout = nn.Dropout(config.dropout)

    def run(self, past: Tensor, calendar: Tensor | None, fused: bool):
        """The forecast (B, H, V) and the weights of each layer, None where fused."""
        variables, maps = past.shape[-1], []
        series = past if calendar is None else torch.cat([past, calendar], dim=-1)
        x = self.dropout(self.embed(series.transpose(1, 2)))  # (B, V + C, dim)
        for layer in self.layers:
            x, weights = layer(x, fused)
            maps.append(weights)
        out = self.head(self.norm(x[:, :variables]))  # (B, V, H)
        return out.transpose(1, 2), maps

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None):
        """(B, L, V) -> (B, H, V)"""
        return self.run(past, past_calendar, fused=True)[0]

    def forward_with_weights(self, past: Tensor, past_calendar=None):
        """The forecast, and for each layer who looked at whom: (B, heads, V + C, V + C)."""
        return self.run(past, past_calendar, fused=False)

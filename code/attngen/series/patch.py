"""A token for each patch of each variable, after PatchTST (Nie et al. 2023, arXiv 2211.14730)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.config import ModelConfig
from attngen.series.layer import EncoderLayer


def patches(series: Tensor, length: int, stride: int) -> Tensor:
    """Overlapping pieces of series (..., L): (..., N, length).

    The last value is repeated ``stride`` times first, as in the paper, so that the end is
    not cut off: N = (L - length) // stride + 2.
    """
    end = series[..., -1:].expand(*series.shape[:-1], stride)
    return torch.cat([series, end], dim=-1).unfold(-1, length, stride)


def patch_count(lookback: int, length: int, stride: int) -> int:
    """How many ``patches`` a series of ``lookback`` steps is cut into."""
    return (lookback - length) // stride + 2


class PatchTransformer(nn.Module):
    """Each variable by itself ("channel independence"): its patches look at each other.

    One set of weights serves all variables; no variable sees another.  (Layer norm stands
    where the published code has batch norm.)
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.patch, self.stride = config.patch, config.stride
        count = patch_count(config.lookback, config.patch, config.stride)
        self.embed = nn.Linear(config.patch, config.dim)
        self.positions = nn.Parameter(0.02 * torch.randn(count, config.dim))
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.head = nn.Linear(count * config.dim, config.horizon)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None) -> Tensor:
        """(B, L, V) -> (B, H, V)"""
        batch, _, variables = past.shape
        cut = patches(past.transpose(1, 2).flatten(0, 1), self.patch, self.stride)
        x = self.dropout(self.embed(cut) + self.positions)  # (B V, N, dim)
        for layer in self.layers:
            x, _ = layer(x)
        out = self.head(self.dropout(x.flatten(1)))  # (B V, H)
        return out.unflatten(0, (batch, variables)).transpose(1, 2)

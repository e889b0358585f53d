"""The best linear forecast in closed form: what DLinear and its relatives can reach, without a learning rate.

A moving average is linear, so DLinear's sum of two linear maps is one linear map of the past (Zeng et al.
2023); least squares finds the one with the lowest squared error on the training windows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.series.windows import Windows


class LinearMap(nn.Module):
    """forecast = past @ weight + bias for every variable alike; weight (L, H), bias (H,)."""

    def __init__(self, weight: Tensor, bias: Tensor):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    def forward(self, past: Tensor, past_calendar=None, future_calendar=None) -> Tensor:
        """(B, L, V) -> (B, H, V)"""
        return (past.transpose(1, 2) @ self.weight + self.bias).transpose(1, 2)


@torch.no_grad()
def least_squares(windows: Windows, ridge: float = 1e-6, batch_size: int = 512) -> LinearMap:
    """The linear map with the lowest squared error on all windows and variables.

    ridge - times the mean of the diagonal, added to it, so that flat windows leave a solvable system
    """
    size = windows.lookback + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    cross = torch.zeros(size, windows.horizon, dtype=torch.float64)
    for indices in torch.arange(len(windows)).split(batch_size):
        batch = windows.batch(indices)
        past = batch.past.transpose(1, 2).reshape(-1, windows.lookback).double().cpu()
        past = torch.cat([past, past.new_ones(len(past), 1)], dim=1)  # the last column is the bias
        gram += past.T @ past
        cross += past.T @ batch.future.transpose(1, 2).reshape(-1, windows.horizon).double().cpu()
    gram.diagonal().add_(ridge * gram.diagonal().mean())
    solution = torch.linalg.solve(gram, cross).float().to(windows.values.device)
    return LinearMap(solution[:-1], solution[-1])

"""Reversible instance normalisation (Kim et al. 2022, "Reversible Instance Normalization", ICLR).

Each window is centred and scaled by its own past; the forecast gets both back.  A model then sees shapes
and not levels, and a level that drifts from training to test costs it nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class WindowScale:
    """Mean and standard deviation of each window and variable, both (B, 1, V)."""

    mean: Tensor
    std: Tensor

    def restore(self, forecast: Tensor) -> Tensor:
        """(B, H, V) of a normalised window -> on the window's own level and scale."""
        return forecast * self.std + self.mean


def normalise(past: Tensor, eps: float = 1e-5) -> tuple[Tensor, WindowScale]:
    """The past (B, L, V) with mean 0 and variance 1 over L, and what undoes it.

    Only the past is used.  A variable that does not change within a window becomes 0
    (eps keeps it finite).
    """
    mean = past.mean(dim=1, keepdim=True).detach()
    std = torch.sqrt(past.var(dim=1, keepdim=True, unbiased=False) + eps).detach()
    return (past - mean) / std, WindowScale(mean, std)

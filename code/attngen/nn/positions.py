"""Sinusoidal positions (Vaswani et al. 2017, section 3.5)."""

from __future__ import annotations

import torch
from torch import Tensor


def sinusoidal_positions(length: int, dim: int) -> Tensor:
    """(length, dim): sine in the even, cosine in the odd columns.

    Column pair i turns with wavelength 2 pi 10000^(2i / dim), so a shift by k steps is the same
    rotation at every position: a head can learn "look k letters back" as one linear map.

    Raises ValueError where dim is odd.
    """
    if dim % 2:
        raise ValueError(f"dim must be even (sine and cosine come in pairs), not {dim}")
    frequency = 10_000.0 ** (-torch.arange(0, dim, 2) / dim)
    angle = torch.arange(length)[:, None] * frequency  # (length, dim / 2)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)

"""Positions: sinusoids that are added (Vaswani et al. 2017, section 3.5), and rotations (Su et al. 2021)."""

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


def rotary_angles(length: int, dim: int, base: float = 10_000.0) -> Tensor:
    """(length, dim / 2): the angle t base^(-2i / dim) by which position t turns column pair i.

    Su et al. 2021 (arXiv 2104.09864), equation (15).  Raises ValueError where dim is odd.
    """
    if dim % 2:
        raise ValueError(f"dim must be even (columns turn in pairs), not {dim}")
    frequency = base ** (-torch.arange(0, dim, 2) / dim)
    return torch.arange(length)[:, None] * frequency


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Turn the column pairs of x (..., T, dim) by angles (T, dim / 2).

    Pair i is made of columns i and i + dim / 2.  A turned query and a turned key
    have the inner product of the unturned ones with only the *difference* of
    their positions between them: R(s)q . R(t)k = q . R(t-s)k.
    """
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    turned = [first * cos - second * sin, first * sin + second * cos]
    return torch.cat(turned, dim=-1)

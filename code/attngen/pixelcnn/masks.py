"""Masked convolutions: what a pixel may see (van den Oord et al. 2016, Pixel Recurrent Neural Networks, 3.4).

Pixels are ordered as one reads: row by row, from left to right.  A mask closes the weights of a kernel that
would look at later pixels.  In words, for a 5x5 kernel whose centre is the pixel that is predicted::

    mask A               mask B
    1 1 1 1 1            1 1 1 1 1         rows above: open
    1 1 1 1 1            1 1 1 1 1
    1 1 0 0 0            1 1 1 0 0         the pixel itself: closed in A, open in B
    0 0 0 0 0            0 0 0 0 0         rows below: closed
    0 0 0 0 0            0 0 0 0 0
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def causal_mask_2d(kind: str, size: int) -> Tensor:
    """The mask of a ``size`` x ``size`` kernel: 1 where it may look, 0 elsewhere.

    kind - "A" (not at the pixel itself: for a layer that reads the image) or
           "B" (also at the pixel itself: for a layer that reads features, which know nothing of it)
    ValueError for another kind or an even size, whose kernel would have no centre.
    """
    if kind not in ("A", "B"):
        raise ValueError(f"the mask is 'A' or 'B', not {kind!r}")
    if size < 1 or size % 2 == 0:
        raise ValueError(f"a masked kernel has an odd size, so that it has a centre; got {size}")
    mask = torch.zeros(size, size)
    centre = size // 2
    mask[:centre] = 1
    mask[centre, : centre + (kind == "B")] = 1
    return mask


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees only earlier pixels.

    (batch, in_channels, H, W) -> (batch, out_channels, H, W), same H and W.
    The mask multiplies the weights on their way into the convolution.  The
    weights themselves are never overwritten: closed ones get no gradient, and
    an optimizer or a loaded checkpoint cannot open them.
    """

    def __init__(self, kind: str, in_channels: int, out_channels: int, size: int):
        mask = causal_mask_2d(kind, size)
        super().__init__(in_channels, out_channels, size, padding=size // 2)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class CroppedConv2d(nn.Module):
    """``MaskedConv2d`` without the rows that its mask closes: the same function with 4/7 of the work at 7x7.

    The kernel keeps the rows above and its own row, (size//2 + 1) x size.  In its last row the mask still
    closes what is not to be seen.
    """

    def __init__(self, kind: str, in_channels: int, out_channels: int, size: int):
        super().__init__()
        self.pad = size // 2
        mask = causal_mask_2d(kind, size)[: self.pad + 1]
        whole = nn.Conv2d(in_channels, out_channels, size)  # initialised for the full kernel, as MaskedConv2d
        self.weight = nn.Parameter(whole.weight.detach()[:, :, : self.pad + 1].clone())
        self.bias = nn.Parameter(whole.bias.detach().clone())
        self.register_buffer("mask", mask, persistent=False)

    @property
    def kernel(self) -> Tensor:
        """The weights that are used, (out_channels, in_channels, size//2 + 1, size)."""
        return self.weight * self.mask

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (self.pad, self.pad, self.pad, 0)), self.kernel, self.bias)

    @classmethod
    def of(cls, masked: MaskedConv2d) -> CroppedConv2d:
        """The cropped twin of a masked convolution, with its weights."""
        size = masked.kernel_size[0]
        kind = "B" if masked.mask[size // 2, size // 2] else "A"
        cropped = cls(kind, masked.in_channels, masked.out_channels, size).to(masked.weight)
        with torch.no_grad():
            cropped.weight.copy_(masked.weight[:, :, : size // 2 + 1])
            cropped.bias.copy_(masked.bias)
        return cropped

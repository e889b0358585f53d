"""What a sampler keeps, so that no activation is computed twice (after Ramachandran et al. 2017).

A masked kernel has two parts.  The rows above the pixel are finished when its row begins: their part is computed for the
whole row at once, one convolution a layer.  The part in the pixel's own row grows with every pixel: one small
matrix product a layer, on the few columns to the left.  Each pixel of each layer is so computed exactly once.

A cache is used row by row, and in a row from left to right: ``start_row``, then ``logit`` and ``put`` for every
column, then ``end_row``.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen.pixelcnn.masks import CroppedConv2d
from attngen.pixelcnn.networks import GatedPixelCNN, PixelCNN, gate


def make_cache(model: nn.Module, batch: int, width: int):
    """The cache that fits a network; TypeError for a network it does not know."""
    if isinstance(model, PixelCNN):
        return SheetCache(model, batch, width)
    if isinstance(model, GatedPixelCNN):
        return GatedCache(model, batch, width)
    raise TypeError(f"there is a cache for PixelCNN and GatedPixelCNN, not for {type(model).__name__}")


def pointwise(conv: nn.Conv2d, h: Tensor) -> Tensor:
    """A 1x1 convolution at one pixel, (batch, channels) -> (batch, channels)."""
    return F.linear(h, conv.weight[:, :, 0, 0], conv.bias)


class RowPart:
    """The columns of one layer that a kernel reaches in its own row: ``taps`` of them, ending at the pixel or left of it.

    Keeps the layer's input of the current row, (batch, pad + width, channels), zero where nothing is yet.
    """

    def __init__(self, kernel: Tensor, pad: int, taps: int, batch: int, width: int):
        # (out, in, taps) -> (taps * in, out): a window of the row, flattened, times this
        self.matrix = kernel.permute(2, 1, 0).flatten(0, 1).contiguous()
        self.pad, self.taps = pad, taps
        self.row = kernel.new_zeros(batch, pad + width, kernel.shape[1])

    def put(self, column: int, h: Tensor) -> None:
        self.row[:, self.pad + column] = h

    def add(self, base: Tensor, column: int) -> Tensor:
        """``base`` (batch, out) plus what the kernel finds in this row, up to ``column``."""
        return torch.addmm(base, self.row[:, column : column + self.taps].flatten(1), self.matrix)


class SheetCache:
    """For ``PixelCNN``, with whole or cropped kernels."""

    def __init__(self, model: PixelCNN, batch: int, width: int):
        self.model, self.width = model, width
        self.pad = model.masked[0].mask.shape[-1] // 2
        self.parts, self.above, self.past = [], [], []
        for conv in model.masked:
            cropped = conv if isinstance(conv, CroppedConv2d) else CroppedConv2d.of(conv).to(conv.weight)
            kernel = cropped.kernel
            taps = self.pad + (1 if cropped.mask[-1, self.pad] else 0)  # mask A stops left of the pixel
            self.parts.append(RowPart(kernel[:, :, -1, :taps], self.pad, taps, batch, width))
            self.above.append(kernel[:, :, :-1].contiguous(memory_format=torch.channels_last))
            rows = (batch, kernel.shape[1], self.pad, width + 2 * self.pad)
            self.past.append(kernel.new_zeros(rows).contiguous(memory_format=torch.channels_last))

    def start_row(self) -> None:
        """The part of the rows above, for every layer and column of the row that begins: (width, batch, out) each."""
        self.base = [
            F.conv2d(past, above, conv.bias)[:, :, 0].permute(2, 0, 1).contiguous() if self.pad
            else conv.bias.expand(self.width, past.shape[0], -1)
            for past, above, conv in zip(self.past, self.above, self.model.masked, strict=True)
        ]  # fmt: skip

    def logit(self, column: int) -> Tensor:
        """The logit of the pixel at ``column``, (batch, 1), from the pixels put so far."""
        for layer, part in enumerate(self.parts):
            h = F.relu(part.add(self.base[layer][column], column))
            if layer + 1 < len(self.parts):
                self.parts[layer + 1].put(column, h)
        return pointwise(self.model.out, F.relu(pointwise(self.model.mix, h)))

    def put(self, column: int, pixel: Tensor) -> None:
        """The pixel (batch, 1) that was drawn at ``column``."""
        self.parts[0].put(column, pixel)

    def end_row(self) -> None:
        """Keep the finished row, forget the one that no kernel reaches any more."""
        for layer, part in enumerate(self.parts):
            row = F.pad(part.row.transpose(1, 2), (0, self.pad)).unsqueeze(2)
            kept = torch.cat([self.past[layer], row], dim=2)[:, :, 1:]
            self.past[layer] = kept.contiguous(memory_format=torch.channels_last)
            part.row.zero_()


class GatedCache:
    """For ``GatedPixelCNN``: the vertical stack once a row, the horizontal one once a pixel."""

    def __init__(self, model: GatedPixelCNN, batch: int, width: int):
        self.model = model
        self.parts, self.past = [], []
        for layer in model.gated:
            kernel = layer.left.weight[:, :, 0]
            self.parts.append(RowPart(kernel, layer.pad, kernel.shape[-1], batch, width))
            height = layer.above.kernel_size[0] - (0 if layer.first else 1)  # its own row comes anew
            self.past.append(kernel.new_zeros(batch, kernel.shape[1], height, width))

    def start_row(self) -> None:
        self.base, self.fresh = [], []
        v = None
        for layer, past in zip(self.model.gated, self.past, strict=True):
            rows = past if layer.first else torch.cat([past, v], dim=2)
            said = layer.above(F.pad(rows, (layer.pad, layer.pad)))
            self.fresh.append(v)
            v = gate(said) if layer.first else v + gate(said)
            base = layer.down(said) + layer.left.bias.view(1, -1, 1, 1)
            self.base.append(base[:, :, 0].permute(2, 0, 1).contiguous())

    def logit(self, column: int) -> Tensor:
        """The logit of the pixel at ``column``, (batch, 1), from the pixels put so far."""
        h = None
        for number, (layer, part) in enumerate(zip(self.model.gated, self.parts, strict=True)):
            if number:
                part.put(column, h)
            across = pointwise(layer.out, gate(part.add(self.base[number][column], column)))
            h = across if h is None else h + across
        return pointwise(self.model.out, F.relu(pointwise(self.model.mix, F.relu(h))))

    def put(self, column: int, pixel: Tensor) -> None:
        """The pixel (batch, 1) that was drawn at ``column``."""
        self.parts[0].put(column, pixel)

    def end_row(self) -> None:
        self.fresh[0] = self.parts[0].row[:, self.parts[0].pad :].transpose(1, 2).unsqueeze(2)
        for number, row in enumerate(self.fresh):
            self.past[number] = torch.cat([self.past[number], row], dim=2)[:, :, 1:]
        for part in self.parts:
            part.row.zero_()

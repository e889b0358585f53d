"""What a sampler keeps, so that no activation is computed twice (after Ramachandran et al. 2017).

A masked kernel has two parts.  The rows above the pixel are finished when its row begins: their part is computed for the
whole row at once, one convolution a layer.  The part in the pixel's own row grows with every pixel: one small
matrix product a layer, on the few columns to the left.  Each feature of each layer is so computed exactly once.

A cache is used row by row, and in a row from left to right: ``start_row``, then ``logit`` and ``put`` for every
column.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen.pixelcnn.masks import CroppedConv2d
from attngen.pixelcnn.networks import GatedPixelCNN, PixelCNN, gate


def make_cache(model: nn.Module, batch: int, height: int, width: int) -> SheetCache | GatedCache:
    """The cache that computes what a network does; TypeError for a network it does not know."""
    for network, cache in ((PixelCNN, SheetCache), (GatedPixelCNN, GatedCache)):
        if getattr(type(model), "forward", None) is network.forward:  # a subclass may do something else
            return cache(model, batch, height, width)
    raise TypeError(f"there is a cache for PixelCNN and GatedPixelCNN, not for {type(model).__name__}")


class FeatureMap:
    """The features that one layer reads: zero until they are written.

    Kept as (batch, rows, columns, channels), so that the columns of a window lie
    side by side in memory; with ``margin`` zeros above and at both sides.
    """

    def __init__(
        self,
        weight: Tensor,
        batch: int,
        height: int,
        width: int,
        margin: int,
    ):
        self.margin = margin
        rows, columns = margin + height, margin + width + margin
        self.values = weight.new_zeros(batch, rows, columns, weight.shape[1])

    def put(self, row: int, column: int, features: Tensor) -> None:
        """Write one pixel, (batch, channels)."""
        self.values[:, self.margin + row, self.margin + column] = features

    def put_row(self, row: int, features: Tensor) -> None:
        """Write a whole row, (batch, channels, 1, width)."""
        columns = slice(self.margin, self.margin + features.shape[-1])
        pixels = features[:, :, 0].transpose(1, 2)
        self.values[:, self.margin + row, columns] = pixels

    def rows(self, last: int, count: int) -> Tensor:
        """``count`` rows up to ``last``: (batch, channels, count, all columns)."""
        end = self.margin + last + 1
        return self.values[:, end - count : end].permute(0, 3, 1, 2)

    def window(self, row: int, column: int, taps: int) -> Tensor:
        """``taps`` pixels of a row, from ``margin`` left of ``column`` on.

        Returns (batch, taps * channels).
        """
        return self.values[:, self.margin + row, column : column + taps].flatten(1)


def flat(kernel: Tensor) -> Tensor:
    """A kernel within one row, (out, in, taps), as a matrix (taps * in, out) for ``FeatureMap.window``."""
    return kernel.permute(2, 1, 0).flatten(0, 1).contiguous()


def by_column(row: Tensor) -> Tensor:
    """(batch, channels, 1, width) -> (width, batch, channels)."""
    return row[:, :, 0].permute(2, 0, 1).contiguous()


def pointwise(conv: nn.Conv2d, features: Tensor) -> Tensor:
    """A 1x1 convolution at one pixel, (batch, channels) -> (batch, channels)."""
    return F.linear(features, conv.weight[:, :, 0, 0], conv.bias)


class SheetCache:
    """For ``PixelCNN``, with whole or cropped kernels."""

    def __init__(self, model: PixelCNN, batch: int, height: int, width: int):
        self.model, self.width = model, width
        self.pad = model.masked[0].mask.shape[-1] // 2
        self.maps, self.above, self.own = [], [], []
        for conv in model.masked:
            cropped = conv if isinstance(conv, CroppedConv2d) else CroppedConv2d.of(conv)
            kernel = cropped.kernel
            taps = self.pad + int(cropped.mask[-1, self.pad])  # mask A stops left of the pixel, mask B at it
            self.maps.append(FeatureMap(kernel, batch, height, width, self.pad))
            self.above.append(kernel[:, :, :-1].contiguous(memory_format=torch.channels_last))
            self.own.append((taps, flat(kernel[:, :, -1, :taps])))

    def start_row(self, row: int) -> None:
        """What each layer finds in the rows above, (width, batch, out) each."""
        self.row = row
        self.base = []
        layers = zip(self.maps, self.above, self.model.masked, strict=True)
        for features, above, conv in layers:
            if self.pad:
                said = F.conv2d(features.rows(row - 1, self.pad), above, conv.bias)
            else:  # a 1x1 kernel has no rows above: nothing but the bias
                shape = (len(features.values), -1, 1, self.width)
                said = conv.bias.view(-1, 1, 1).expand(shape)
            self.base.append(by_column(said))

    def logit(self, column: int) -> Tensor:
        """The logit at ``column``, (batch, 1), given the pixels put so far."""
        layers = zip(self.maps, self.own, self.base, strict=True)
        for layer, (features, (taps, matrix), base) in enumerate(layers):
            if layer:
                features.put(self.row, column, h)
            window = features.window(self.row, column, taps)
            h = F.relu(torch.addmm(base[column], window, matrix))
        return pointwise(self.model.out, F.relu(pointwise(self.model.mix, h)))

    def put(self, column: int, pixel: Tensor) -> None:
        """The pixel (batch, 1) that was drawn at ``column``."""
        self.maps[0].put(self.row, column, pixel)


class GatedCache:
    """For ``GatedPixelCNN``: the vertical stack once a row, the horizontal one once a pixel."""

    def __init__(self, model: GatedPixelCNN, batch: int, height: int, width: int):
        self.model = model
        layers = list(model.gated)
        self.across = [FeatureMap(layer.left.weight, batch, height, width, layer.pad) for layer in layers]
        self.down = [self.across[0]]  # both stacks begin with the image
        self.down += [FeatureMap(layer.above.weight, batch, height, width, layer.pad) for layer in layers[1:]]
        self.own = [(layer.left.kernel_size[1], flat(layer.left.weight[:, :, 0])) for layer in layers]

    def start_row(self, row: int) -> None:
        """The vertical stack in ``row``, which needs no pixel of it, and what it tells the horizontal one."""
        self.row, self.base, v = row, [], None
        for layer, features in zip(self.model.gated, self.down, strict=True):
            if v is not None:
                features.put_row(row, v)
            last = row - 1 if layer.first else row
            said = layer.above(features.rows(last, layer.above.kernel_size[0]))
            v = gate(said) if v is None else v + gate(said)
            self.base.append(by_column(layer.down(said) + layer.left.bias.view(-1, 1, 1)))

    def logit(self, column: int) -> Tensor:
        """The logit at ``column``, (batch, 1), given the pixels put so far."""
        h = None
        for number, (layer, features, (taps, matrix)) in enumerate(
            zip(self.model.gated, self.across, self.own, strict=True)
        ):
            if h is not None:
                features.put(self.row, column, h)
            window = features.window(self.row, column, taps)
            across = pointwise(layer.out, gate(torch.addmm(self.base[number][column], window, matrix)))
            h = across if h is None else h + across
        return pointwise(self.model.out, F.relu(pointwise(self.model.mix, F.relu(h))))

    def put(self, column: int, pixel: Tensor) -> None:
        """The pixel (batch, 1) that was drawn at ``column``."""
        self.across[0].put(self.row, column, pixel)

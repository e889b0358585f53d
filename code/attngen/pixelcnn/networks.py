"""The two networks of the chapter.  Both map images to the logit of every pixel, given the earlier ones.

``PixelCNN``       the exercise's: 8 convolutions, six masked 7x7 and two 1x1 (van den Oord et al. 2016a)
``GatedPixelCNN``  two stacks of gated layers, without the blind spot (van den Oord et al. 2016b)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen.pixelcnn.masks import CroppedConv2d, MaskedConv2d


@dataclass(frozen=True)
class NetworkConfig:
    """kind     - "sheet" or "gated"
    channels - of every layer
    layers   - masked layers: the sheet's six 7x7, or the gated layers after the first
    size     - kernel of the sheet's masked layers, and of the gated network's first
    cropped  - leave the closed rows of the kernels out (same function, less work); "sheet" only
    dropout  - share of features dropped in the gated layers while training; "gated" only
    """

    kind: str = "sheet"
    channels: int = 64
    layers: int = 6
    size: int = 7
    cropped: bool = True
    dropout: float = 0.0

    def __post_init__(self):
        if self.kind not in ("sheet", "gated"):
            raise ValueError(f"the network is 'sheet' or 'gated', not '{self.kind}'")
        if self.channels < 1 or self.layers < 1:
            raise ValueError(f"channels and layers must be positive: {self.channels}, {self.layers}")


def make_network(config: NetworkConfig) -> nn.Module:
    """The network that a configuration describes, with fresh weights."""
    return (PixelCNN if config.kind == "sheet" else GatedPixelCNN)(config)


def check_images(x: Tensor) -> Tensor:
    """``x`` (batch, 1, H, W) with values in [0, 1]; ValueError that says what else it is."""
    if x.dim() != 4 or x.shape[1] != 1:
        raise ValueError(f"images have the shape (batch, 1, height, width), not {tuple(x.shape)}")
    if x.numel() and not (0 <= x.min() and x.max() <= 1):  # also refuses nan
        raise ValueError(f"pixels lie in [0, 1], not in [{x.min():g}, {x.max():g}]; divide grey levels by 255")
    return x


def check_evaluating(model: nn.Module) -> None:
    """ValueError if dropout is at work in ``model``: what it says would be another thing each time."""
    if any(isinstance(m, nn.Dropout2d) and m.training and m.p for m in model.modules()):
        raise ValueError("the network is still in training mode, with dropout; call model.eval() first")


class PixelCNN(nn.Module):
    """Masked convolutions, the first with mask A; then two 1x1 convolutions.

    A ReLU follows each but the last.  The sigmoid that the exercise puts at the
    end is part of the loss and of the sampler: see ``likelihood``.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        conv = CroppedConv2d if config.cropped else MaskedConv2d
        channels = config.channels
        self.masked = nn.ModuleList(
            conv("B" if n else "A", channels if n else 1, channels, config.size)
            for n in range(config.layers)
        )
        self.mix = nn.Conv2d(channels, channels, 1)
        self.out = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Images (batch, 1, H, W), pixels in [0, 1] -> logits of the same shape."""
        h = x
        for conv in self.masked:
            h = F.relu(conv(h))
        return self.out(F.relu(self.mix(h)))


def check_two_stacks(size: int) -> None:
    """ValueError if a kernel of this size is of no use to two stacks."""
    if size < 1 or size % 2 == 0:
        raise ValueError(f"a masked kernel has an odd size, so that it has a centre; got {size}")
    if size == 1:
        raise ValueError("a 1x1 kernel sees neither rows above nor columns to the left: two stacks need 3x3 or more")


class GatedLayer(nn.Module):
    """One layer of both stacks.  Features of the pixel in row r and column c:

    vertical    v[r, c] knows rows above r only, whatever the column: no mask is
                needed, and no blind spot arises
    horizontal  h[r, c] knows row r left of c, and through v[r, c] all rows above

    As v[r] does not know row r, it may be read at [r, c]: row r is open in the
    kernel ``above``.  The first layer reads the image instead: rows above r
    strictly, and columns left of c strictly.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        size: int,
        dropout=0.0,
        *,
        first=False,
    ):
        super().__init__()
        check_two_stacks(size)
        self.pad, self.first = size // 2, first
        reach = self.pad if first else self.pad + 1
        self.above = nn.Conv2d(inputs, 2 * channels, (reach, size))
        self.left = nn.Conv2d(inputs, 2 * channels, (1, reach))
        self.down = nn.Conv2d(2 * channels, 2 * channels, 1, bias=False)
        self.out = nn.Conv2d(channels, channels, 1)
        self.dropout = nn.Dropout2d(dropout)

    def vertical(self, v: Tensor) -> Tensor:
        """The vertical stack before its gate, (batch, 2 channels, H, W)."""
        if self.first:  # without the last row: row r sees r - pad .. r - 1
            v = v[:, :, :-1]
        return self.above(F.pad(v, (self.pad, self.pad, self.pad, 0)))

    def horizontal(self, h: Tensor, said: Tensor) -> Tensor:
        """The horizontal stack's features, (batch, channels, H, W)."""
        if self.first:
            h = h[:, :, :, :-1]
        across = self.left(F.pad(h, (self.pad, 0))) + self.down(said)
        return self.out(self.dropout(gate(across)))

    def forward(self, v: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        said = self.vertical(v)
        across = self.horizontal(h, said)
        return (gate(said), across) if self.first else (v + gate(said), h + across)


def gate(x: Tensor) -> Tensor:
    """tanh of the first half of the channels times sigmoid of the second (van den Oord et al. 2016b, eq. 2)."""
    signal, gate = x.chunk(2, dim=1)
    return torch.tanh(signal) * torch.sigmoid(gate)


class GatedPixelCNN(nn.Module):
    """A first layer that reads the image, ``layers`` residual gated 3x3 layers, and two 1x1 convolutions."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        channels = config.channels
        self.gated = nn.ModuleList(
            [GatedLayer(1, channels, config.size, first=True)]
            + [GatedLayer(channels, channels, 3, config.dropout) for _ in range(config.layers)]
        )
        self.mix = nn.Conv2d(channels, channels, 1)
        self.out = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Images (batch, 1, H, W), pixels in [0, 1] -> logits of the same shape."""
        v = h = x
        for layer in self.gated:
            v, h = layer(v, h)
        return self.out(F.relu(self.mix(F.relu(h))))

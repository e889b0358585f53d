"""Which pixels a network sees, asked of its gradient.

The gradient of a feature at one pixel with respect to the image is zero exactly where nothing flows from.  With
the weights that a network happens to have, paths may also cancel, or die in a ReLU; so the question goes to a copy with
positive weights, and an image of positive pixels: there every path adds to the gradient, and zero means
that there is no path at all.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from attngen.pixelcnn.networks import GatedPixelCNN, PixelCNN


def positive(model: nn.Module, seed: int = 0) -> nn.Module:
    """A copy in double precision whose weights are positive and random, whose biases are zero.

    Each weight is about 1 over the number of inputs of its layer, which keeps features small: a saturated tanh
    would pass no gradient on.
    """
    generator = torch.Generator().manual_seed(seed)
    model = copy.deepcopy(model).cpu().double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                random = torch.rand(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.copy_((0.5 + random) / max(1, parameter[0].numel()))
            else:
                parameter.zero_()
    return model


def features(model: nn.Module, images: Tensor, depth: int | None = None) -> Tensor:
    """What a network makes of images (batch, 1, H, W) after ``depth`` of its masked layers: (batch, channels, H, W).

    For two stacks it is the horizontal one, from which the pixel is predicted.  None for the whole network;
    ValueError where there are not so many layers.
    """
    if depth is None:
        return model(images)
    if not isinstance(model, (PixelCNN, GatedPixelCNN)):
        raise TypeError(f"layers are counted in PixelCNN and GatedPixelCNN, not in {type(model).__name__}")
    layers = model.masked if isinstance(model, PixelCNN) else model.gated
    if not 1 <= depth <= len(layers):
        raise ValueError(f"the network has layers 1 to {len(layers)}; there is no layer {depth}")
    v = h = images
    for layer in layers[:depth]:
        if isinstance(model, PixelCNN):
            h = torch.relu(layer(h))
        else:
            v, h = layer(v, h)
    return h


def gradient(model: nn.Module, image: Tensor, row: int, column: int, depth: int | None = None) -> Tensor:
    """Magnitude of the gradient of the features at one pixel, summed, with respect to ``image`` (1, 1, H, W): (H, W).

    With the weights as they are; the parameters' own gradients are left alone.
    """
    image = image.detach().clone().requires_grad_()
    seen = features(model, image, depth)[:, :, row, column].sum()
    # no gradient at all where a kernel of 1x1 with mask A lets nothing through
    return torch.autograd.grad(seen, image, materialize_grads=True)[0][0, 0].abs()


def receptive_field(
    model: nn.Module | Sequence[nn.Module],
    row: int,
    column: int,
    height: int = 28,
    width: int = 28,
    depth: int | None = None,
    seed: int = 0,
) -> Tensor:
    """How much each pixel can tell the one at (row, column), (height, width): zero where nothing, by gradient.

    model - a network, or layers to be put one after another;  depth - count only so many of its masked layers
    """
    _inside(row, column, height, width)
    whole = model if isinstance(model, nn.Module) else nn.Sequential(*model)
    image = torch.full((1, 1, height, width), 0.5, dtype=torch.float64)
    return gradient(positive(whole, seed), image, row, column, depth)


def layer_by_layer(model: nn.Module, row: int, column: int, height: int = 28, width: int = 28) -> Tensor:
    """The receptive field after each masked layer, (layers, height, width)."""
    layers = model.masked if isinstance(model, PixelCNN) else model.gated
    fields = [receptive_field(model, row, column, height, width, depth) for depth in range(1, len(layers) + 1)]
    return torch.stack(fields)


def earlier(row: int, column: int, height: int = 28, width: int = 28) -> Tensor:
    """The pixels that are read before (row, column), boolean (height, width): what a PixelCNN may see."""
    _inside(row, column, height, width)
    return torch.arange(height * width).view(height, width) < row * width + column


def reach(model: nn.Module, depth: int | None = None) -> int:
    """How many rows, and columns, its kernels could bring together in ``depth`` layers, were it not for the masks."""
    if isinstance(model, PixelCNN):
        return (len(model.masked) if depth is None else depth) * (model.masked[0].mask.shape[-1] // 2)
    return sum(layer.pad for layer in model.gated[:depth])


def blind_spot(field: Tensor, row: int, column: int, reach: int) -> Tensor:
    """Earlier pixels at most ``reach`` rows and columns away that a receptive field leaves out, boolean (H, W)."""
    height, width = field.shape
    near_rows = (torch.arange(height) - row).abs() <= reach
    near_columns = (torch.arange(width) - column).abs() <= reach
    return earlier(row, column, height, width) & near_rows[:, None] & near_columns & (field == 0)


def _inside(row: int, column: int, height: int, width: int) -> None:
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"the pixel ({row}, {column}) is not in an image of {height}x{width}")

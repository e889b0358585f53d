"""Where a vision transformer looks: attention weights by layer and head, and what they add up to.

The tokens of a ViT (Dosovitskiy et al. 2021, arXiv 2010.11929) are [CLS], in some models a few
more (the distillation token of DeiT, registers), and last the patches of the image, row by row.
Row q of a layer's matrix says how token q mixes the tokens of the layer below; the class is read
from [CLS].
"""

from __future__ import annotations

import contextlib

import torch
from torch import Tensor, nn


class NoMaps(ValueError):
    """A model, or an image, that has no attention maps; the message says why."""


@contextlib.contextmanager
def evaluating(model: nn.Module):
    """The model without dropout for a while: with it, rows do not sum to 1."""
    training = model.training
    model.eval()
    try:
        yield model
    finally:
        model.train(training)


def attentions(model: nn.Module, pixels: Tensor) -> Tensor:
    """The attention weights of one image, (layers, heads, T, T), on the CPU.

    model  - a ViT of `transformers`: ViT, DeiT, DINOv2, CLIP's image tower, ...
    pixels - the image as the model's processor prepares it, (1, channels, H, W)
    Raises NoMaps where the model is of another kind, or attention not "eager".
    """
    with evaluating(model), torch.no_grad():
        output = forward(model, pixels)
    return stacked(model, pixels, output).float().cpu()


def forward(model: nn.Module, pixels: Tensor, **options):
    """The output of the model with its attention weights; NoMaps where there can be none."""
    config, name = getattr(model, "config", None), type(model).__name__
    if getattr(model, "main_input_name", None) != "pixel_values":
        raise NoMaps(
            f"{name} does not take images alone, as a vision transformer of transformers does; "
            "of a model of images and text give the vision tower: model.vision_model"
        )
    if pixels.dim() != 4 or len(pixels) != 1:
        raise NoMaps(f"pixels are (1, channels, height, width), one image, not {tuple(pixels.shape)}")
    if (how := getattr(config, "_attn_implementation", "eager")) != "eager":
        raise NoMaps(
            f'{name} computes attention by "{how}", which keeps no weights; load it with '
            'attn_implementation="eager", or call model.set_attn_implementation("eager")'
        )
    parameter = next(model.parameters())
    pixels = pixels.to(parameter.device, parameter.dtype)
    return model(pixel_values=pixels, output_attentions=True, **options)


def stacked(model: nn.Module, pixels: Tensor, output) -> Tensor:
    """The weights in an output of ``forward``, checked: (layers, heads, T, T)."""
    name, found = type(model).__name__, getattr(output, "attentions", None)
    if not found:
        raise NoMaps(f"{name} hands out no attention weights; it is not a vision transformer")
    shapes = {tuple(layer.shape) for layer in found}
    batch, *_, queries, keys = next(iter(shapes))
    if len(shapes) > 1 or batch != 1 or queries != keys:
        listed = ", ".join(map(str, sorted(shapes)))
        raise NoMaps(
            f"{name} is not a plain vision transformer, in whose layers all tokens look at "
            f"all: the weights have the shapes {listed}"
        )
    height, width = grid_of(model, pixels)
    if queries < height * width or getattr(model.config, "num_detection_tokens", 0):
        raise NoMaps(f"the {queries} tokens of {name} do not end with its {height}x{width} patches")
    return torch.cat(list(found))


def grid_of(model: nn.Module, pixels: Tensor) -> tuple[int, int]:
    """Rows and columns of patches in a prepared image (..., H, W)."""
    patch = getattr(model.config, "patch_size", None)
    if patch is None:
        raise NoMaps(f"{type(model).__name__} does not cut images into patches (no patch_size)")
    high, wide = (patch, patch) if isinstance(patch, int) else patch
    return pixels.shape[-2] // high, pixels.shape[-1] // wide


def cls_maps(attn: Tensor, grid: tuple[int, int]) -> Tensor:
    """The row of [CLS] as maps over the patches: (..., T, T) -> (..., h, w).

    Of weights (layers, heads, T, T): a map for each layer and head.  Of a rollout
    (layers, T, T): the flow of each patch to [CLS] up to each layer.  What [CLS]
    gives to itself and to other tokens without a place is left out.
    """
    patches = _patches(attn, grid)
    if attn.shape[-1] == patches:
        raise NoMaps(f"all {patches} tokens are patches: there is no [CLS] token")
    return attn[..., 0, -patches:].unflatten(-1, grid)


def mean_distance(attn: Tensor, grid: tuple[int, int], patch: int) -> Tensor:
    """How far patches look, in pixels: (..., T, T) -> (...).

    The distance between the middles of two patches, weighted by the attention
    between them, and averaged over the patches that look (Dosovitskiy et al. 2021,
    figure 7 right).  Tokens without a place are left out, and each row of the rest
    is brought back to a sum of 1.
    """
    patches = _patches(attn, grid)
    between = attn[..., -patches:, -patches:]
    weights = between / between.sum(-1, keepdim=True)
    far = distances(grid, patch).to(attn)
    return (weights * far).sum(-1).nanmean(-1)  # nan: it looks at no patch at all


def distances(grid: tuple[int, int], patch: int) -> Tensor:
    """Pixels between the middles of any two patches, (h w, h w)."""
    rows, columns = torch.meshgrid(*map(torch.arange, grid), indexing="ij")
    places = torch.stack([rows, columns], dim=-1).flatten(0, 1).double() * patch
    return torch.cdist(places, places)


def entropy(attn: Tensor) -> Tensor:
    """How widely tokens look, in nats: mean entropy of rows, (..., T, T) -> (...).

    0 where every row rests on one token, log T where it is spread evenly.  Its
    exponential is an effective number of tokens.
    """
    return torch.special.entr(attn).sum(-1).mean(-1)


def _patches(attn: Tensor, grid: tuple[int, int]) -> int:
    height, width = grid
    if attn.shape[-1] < height * width:
        raise NoMaps(f"{attn.shape[-1]} tokens cannot hold a grid of {height}x{width} patches")
    return height * width

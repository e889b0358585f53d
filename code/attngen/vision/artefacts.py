"""Patches that a vision transformer uses as scratch paper, and that mislead whoever reads its maps.

In large or long-trained ViTs a few patches, mostly of plain background, take on a norm several times
that of the others from the middle layers on, and draw much attention: they hold something of the
whole image, no longer what is at their place (Darcet et al. 2024, arXiv 2309.16588; the remedy
there is tokens of their own, registers).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.vision.maps import evaluating, forward, grid_of, stacked


def patch_norms(model: nn.Module, pixels: Tensor) -> Tensor:
    """The norm of each patch's vector before the first layer and after each.

    (layers + 1, h, w); of one image (1, channels, H, W).  Raises NoMaps as
    ``maps.attentions`` does.
    """
    with evaluating(model), torch.no_grad():
        output = forward(model, pixels, output_hidden_states=True)
    stacked(model, pixels, output)  # says what is wrong where it is no ViT
    grid = grid_of(model, pixels)
    states = torch.cat(list(output.hidden_states)).float().cpu()
    return states[:, -grid[0] * grid[1] :].norm(dim=-1).unflatten(-1, grid)


def outliers(norms: Tensor, times: float = 3.0) -> Tensor:
    """Which patches (..., h, w) have over ``times`` the median norm of their layer."""
    median = norms.flatten(-2).median(-1).values
    return norms > times * median[..., None, None]


def share_on(where: Tensor, relevance: Tensor) -> Tensor:
    """How much of maps (..., h, w) lies on the chosen patches, of a shape that broadcasts: 0..1."""
    return (relevance * where).sum((-2, -1)) / relevance.sum((-2, -1))

"""Which map is right?  Cover the patches it calls important and see whether the answer falls.

A map of relevance is good if the class's probability drops fast when patches are covered in its
order, and stays when they are covered the other way round (Samek et al. 2017; for transformers
Chefer et al. 2021).  A random order says what covering alone does.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def covered(pixels: Tensor, relevance: Tensor, share: float, *,
            least: bool = False) -> Tensor:  # fmt: skip
    """An image with the most relevant ``share`` of its patches covered.

    pixels    - prepared image (..., H, W); covered is 0, the mean colour
    relevance - a number for each patch, (h, w); of equal ones the first goes first
    least     - cover the least relevant instead
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of covered patches lies in 0..1, not {share}")
    order = (relevance if least else -relevance).flatten().argsort(stable=True)
    there = torch.ones(relevance.numel(), dtype=torch.bool)
    there[order[: round(share * len(order))]] = False
    rows, columns = relevance.shape
    mask = there.view(rows, columns).repeat_interleave(pixels.shape[-2] // rows, 0)
    mask = mask.repeat_interleave(pixels.shape[-1] // columns, 1)
    return pixels * mask.to(pixels)


def deletion_curve(probability: Callable[[Tensor], Tensor], pixels: Tensor,
                   relevance: Tensor, steps: int = 10, *,
                   least: bool = False) -> Tensor:  # fmt: skip
    """The class's probability with 0, 1/steps, ..., all covered, (steps + 1,).

    probability - prepared images (N, C, H, W) -> (N,);  pixels - (1, C, H, W)
    """
    shares = (step / steps for step in range(steps + 1))
    images = [covered(pixels, relevance, share, least=least) for share in shares]
    return probability(torch.cat(images))


def area(curve: Tensor) -> Tensor:
    """The mean height of curves (..., steps + 1) over the share, by trapezoids."""
    return torch.trapezoid(curve, dim=-1) / (curve.shape[-1] - 1)

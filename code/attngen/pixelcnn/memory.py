"""Does a network repeat its training images?  The nearest of them to each sample tell."""

from __future__ import annotations

import torch
from torch import Tensor

_AT_ONCE = 500  # rows of the table of distances that are held at a time: 100 MB against 50,000 images


def nearest(images: Tensor, among: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
    """The ``k`` images of ``among`` that differ from each image in the fewest pixels, nearest first.

    images (N, ...) and among (M, ...) are of zeros and ones and of one shape.  Returns how many pixels differ and the
    positions in ``among``, both (N, k) and int64; of equally near images the one that stands first is taken.
    The number of differing pixels, sum(a) + sum(b) - 2 a.b, comes from one matrix product.
    """
    if images.shape[1:] != among.shape[1:]:
        raise ValueError(f"images of one shape are compared, not {tuple(images.shape[1:])} and {tuple(among.shape[1:])}")
    if not 1 <= k <= len(among):
        raise ValueError(f"k is between 1 and the number of images to choose from, {len(among)}; got {k}")
    ones, others = _flat(images), _flat(among)
    ink, place = others.sum(1), torch.arange(len(others), device=others.device)
    distances, indices = [], []
    for some in ones.split(_AT_ONCE):
        differing = some.sum(1, keepdim=True) + ink - 2 * some @ others.T  # whole numbers, exact in float32
        # distance first, position second: one number orders both, as topk promises nothing about ties
        key = (differing.long() * len(others) + place).topk(k, largest=False).values
        distances.append(key // len(others))
        indices.append(key % len(others))
    return torch.cat(distances), torch.cat(indices)


def _flat(images: Tensor) -> Tensor:
    """Images as rows of float32; ValueError for pixels that are neither 0 nor 1."""
    if not ((images == 0) | (images == 1)).all():
        raise ValueError("pixels must be 0 or 1 to be counted; binarize grey levels first")
    return images.flatten(1).float()

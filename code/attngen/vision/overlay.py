"""Maps over photos, as plain arrays of pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

# A glow over a dark grey photo; dark under it, so that it reads on light and dark pages alike.
GLOW = LinearSegmentedColormap.from_list("attngen-glow", ["#3a1a5e", "#b8324a", "#f58a1f", "#ffe98a"])
_DIM = 0.54  # of the photo's light under a map
_STRONGEST = 0.98  # quantile of a map that glows in full: a single patch must not put out the others


def as_seen(pixels, processor) -> np.ndarray:
    """What a model sees of a photo: prepared pixels (1, 3, H, W) back as (H, W, 3), uint8.

    processor - the image processor that prepared them, with its ``image_mean`` and ``image_std``
    """
    image = np.asarray(pixels[0], dtype=np.float64).transpose(1, 2, 0)
    image = image * np.asarray(processor.image_std) + np.asarray(processor.image_mean)
    return (image.clip(0, 1) * 255).round().astype(np.uint8)


def strength(relevance) -> np.ndarray:
    """A map (h, w) in 0..1: its weakest patch is 0, its strongest 2 % are 1; an even map is all 0."""
    relevance = np.asarray(relevance, dtype=np.float64)
    if relevance.ndim != 2 or not np.isfinite(relevance).all():
        some = relevance.ravel()[:3]
        raise ValueError(f"a map is (h, w) of finite numbers, not {relevance.shape} of {some} ...")
    above = relevance - relevance.min()
    top = np.quantile(above, _STRONGEST) or above.max()
    return (above / top).clip(0, 1) if top else above


def over(photo: np.ndarray, relevance, side: int | None = None) -> np.ndarray:
    """A map (h, w) as a glow over a photo (H, W, 3): (H, W, 3), uint8.

    Each patch of the map is a square of even colour, as large as the patch that it is about.
    side - height of the outcome in pixels, if not the photo's
    """
    rows, columns = np.shape(relevance)
    side = side or photo.shape[0]
    small = shrunk(photo, -(-side // rows) * rows, -(-side // rows) * columns)
    scale = small.shape[0] // rows
    alpha = strength(relevance).repeat(scale, 0).repeat(scale, 1)[..., None]
    grey = small @ np.array([0.299, 0.587, 0.114]) / 255 * _DIM
    mixed = grey[..., None] * (1 - 0.85 * alpha) + GLOW(alpha[..., 0])[..., :3] * 0.85 * alpha
    return (mixed * 255).round().astype(np.uint8)


def shrunk(photo: np.ndarray, height: int, width: int) -> np.ndarray:
    """A photo (H, W, 3), uint8, in another size."""
    from PIL import Image

    return np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.LANCZOS))


def board(pictures: Sequence[Sequence[np.ndarray]], gap: int) -> np.ndarray:
    """Rows of pictures of one size as one picture (H, W, 4), uint8, transparent between them."""
    sizes = {np.shape(picture) for row in pictures for picture in row}
    if len(sizes) != 1 or len({len(row) for row in pictures}) != 1:
        raise ValueError(f"pictures on a board have one size and its rows one length, not {sorted(sizes)}")
    tiles = np.stack([np.stack(list(row)) for row in pictures])  # (rows, columns, H, W, 3)
    tiles = np.pad(tiles, [(0, 0)] * 4 + [(0, 1)], constant_values=255)
    tiles = np.pad(tiles, [(0, 0), (0, 0), (0, gap), (0, gap), (0, 0)])
    rows, columns, height, width, _ = tiles.shape
    whole = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, 4)
    return whole[: rows * height - gap, : columns * width - gap]

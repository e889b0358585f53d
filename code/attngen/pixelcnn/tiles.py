"""Many small images as one picture: a single array of pixels whose colours read on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from attngen.plotting import HEAT, PALETTE

# What a network drew, and what is data.  No style sheet reaches the pixels of a picture: both read on white and on black.
DRAWN, DATA = np.array(HEAT(1.0)[:3]), np.array(to_rgb("#c9641f"))
_GROUND = np.array([*to_rgb("#808890"), 0.13])  # of a tile


def tone_of(images, tone) -> np.ndarray:
    """The tone of every pixel of images (..., H, W), as (..., H, W, 3)."""
    return np.broadcast_to(tone, (*np.shape(images), 3))


def compose(images, tones=DRAWN, gap: int = 3) -> np.ndarray:
    """Tiles (rows, columns, H, W) with ink in 0..1 as one RGBA array; a tile of nan is left out.

    tones - the colour of the ink, broadcast to (rows, columns, H, W, 3);  gap - pixels between tiles
    """
    images = np.asarray(images, dtype=float)
    if images.ndim != 4:
        raise ValueError(f"tiles are (rows, columns, height, width), not {images.shape}")
    ink, there = np.nan_to_num(images)[..., None], ~np.isnan(images)
    colour = _GROUND[:3] + ink * (tone_of(images, tones) - _GROUND[:3])
    alpha = (_GROUND[3] + ink[..., 0] * (1 - _GROUND[3])) * there
    tiles = np.concatenate([colour, alpha[..., None]], axis=-1)
    tiles = np.pad(tiles, [(0, 0), (0, 0), (0, gap), (0, gap), (0, 0)])
    rows, columns, height, width, _ = tiles.shape
    whole = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, 4)
    return whole[: rows * height - gap, : columns * width - gap]


def show(
    ax: Axes,
    images,
    tones=DRAWN,
    rows: Sequence[str] = (),
    above: Mapping[float, str] | None = None,
    below: Mapping[float, str] | None = None,
    gap: int = 3,
) -> None:
    """Put tiles (rows, columns, H, W) on axes, with names beside the rows.

    above, below - names by column; one at 2.5 stands in the middle of columns 2 and 3
    """
    height, width = np.shape(images)[2:]
    ax.imshow(compose(images, tones, gap), interpolation="none", aspect="equal")
    ax.set_frame_on(False)
    ax.grid(False)
    ax.tick_params(length=0, labelcolor=PALETTE["ink"])
    ax.set_yticks([(height - 1) / 2 + row * (height + gap) for row in range(len(rows))], rows)
    ax.set_xticks([])
    for side, names in (("top", above or {}), ("bottom", below or {})):
        axis = ax.secondary_xaxis(side)
        axis.set_xticks([(width - 1) / 2 + column * (width + gap) for column in names], list(names.values()))
        axis.tick_params(length=0, labelcolor=PALETTE["ink"])
        axis.spines[:].set_visible(False)


def axes(columns: int, rows: int, width: float = 6.0, beside: float = 0.0, around: float = 0.0) -> Axes:
    """Axes for so many square tiles; ``beside`` and ``around`` leave inches for names beside and above or below."""
    plt.rcParams["font.size"] = 12  # a phone shows six inches in 3.7; `render` takes it back
    side = (width - beside) / columns
    return plt.figure(figsize=(width, side * rows + around), layout="constrained").add_subplot()

"""Photographs in a figure: as PNG, matplotlib's way, they take ten times the bytes that a photo needs."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from PIL import Image

_MARK = "photo"
_IMAGE = re.compile(r'(<image\b[^>]*?"data:image/)png(;base64,)([^"]*)("[^>]*\bid="%s[^"]*"[^>]*>)' % _MARK)
_SMALL = 64 * 64
QUALITY = 76  # of WebP: no block or halo to be seen at twice the size


def photo(ax: Axes, pixels: np.ndarray, **options) -> AxesImage:
    """Show a photo (height, width, 3 or 4), uint8, on axes without ticks; ``render`` embeds it as WebP.

    A fourth channel is opacity: what is transparent shows the page's ground.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim != 3 or pixels.shape[-1] not in (3, 4) or pixels.dtype != np.uint8:
        raise ValueError(f"a photo is (height, width, 3 or 4) of uint8, not {pixels.shape} of {pixels.dtype}")
    ax.set(xticks=(), yticks=(), frame_on=False)
    ax.grid(visible=False)
    shown = ax.imshow(pixels, interpolation="none", aspect="equal", **options)
    shown.set_gid(f"{_MARK}-{len(ax.figure.axes)}-{len(ax.images)}")  # ids of a document differ
    return shown


def light(svg: str) -> str:
    """The SVG with its photos, and nothing else, as WebP."""
    return _IMAGE.sub(_as_webp, svg)


def _as_webp(match: re.Match[str]) -> str:
    opening, encoding, data, rest = match.groups()
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture, io.BytesIO() as out:
        small = picture.width * picture.height <= _SMALL  # shown enlarged: its pixels must stay what they are
        picture.save(out, "WEBP", lossless=small, quality=100 if small else QUALITY, method=6)
        text = base64.b64encode(out.getvalue()).decode()
    return f"{opening}webp{encoding}{text}{rest}"

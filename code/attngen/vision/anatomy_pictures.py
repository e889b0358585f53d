"""Drawings of what a vision transformer is, and of what it says of photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, frame, word
from attngen.plotting.photos import photo
from attngen.vision.clip import labels
from attngen.vision.overlay import board
from attngen.vision.photos import Photo, free_photos

_MUTED = {"color": PALETTE["muted"]}


def square(image: Image.Image, side: int) -> np.ndarray:
    """The middle of a photo, (side, side, 3), uint8."""
    short = min(image.size)
    left, top = ((length - short) // 2 for length in image.size)
    cut = image.crop((left, top, left + short, top + short))
    return np.asarray(cut.resize((side, side), Image.Resampling.LANCZOS))


def anatomy(shown: int = 4, patch: int = 16, side: int = 224, layers: int = 12) -> None:
    """From a photo to its class: patches, class token, positions, layers, classifier."""
    count = (side // patch) ** 2
    small = square(free_photos()["chelsea"].image, shown * 28)
    tiles = [[small[28 * r :][:28, 28 * c :][:, :28] for c in range(shown)] for r in range(shown)]
    row = [tile for line in tiles[1:3] for tile in line][1:6]

    @figure(
        fa=persian_text(
            f"طرح ترنسفورمر بینایی، از پایین به بالا: عکس به {count} وصله بریده می‌شود (در شکل {shown**2} "
            "وصله)، هر وصله با یک نگاشت خطی بردار می‌شود و تعبیهٔ جایگاهش به آن افزوده می‌شود. توکن "
            f"آموختنی [CLS] پیش از آن‌ها می‌ایستد. همه از {layers} لایهٔ ترنسفورمر می‌گذرند و رده‌بند "
            "تنها [CLS] را می‌خواند."
        ),
        en=f"Plan of a vision transformer from bottom to top: a photo is cut into {count} patches (in the "
        f"drawing {shown**2}), each becomes a vector by one linear map, and the embedding of its position "
        f"is added. The learned token [CLS] stands before them. All of them pass {layers} transformer "
        "layers, and the classifier reads [CLS] alone.",
    )
    def draw(T):
        wide, high = 6, 5.3
        ax = canvas(wide, high, 11)

        def picture(pixels, left: float, bottom: float, size: float) -> None:
            photo(ax.figure.add_axes((left / wide, bottom / high, size / wide, size / high)), pixels)

        places = [0.75 + 0.9 * n for n in range(6)]
        picture(board(tiles, 5), 0.15, 0.05, 1.2)
        cut = T(f"بریدن به وصله‌های {patch} در {patch} پیکسل", f"cut into patches of {patch}×{patch} pixels")
        word(ax, 3.5, 0.75, cut)
        arrow(ax, (1.5, 0.5), (5.25, 0.5), (5.25, 1.4))
        box(ax, places[0], 1.7, 0.78, 0.42, "[CLS]", "vermilion")
        for x, tile in zip(places[1:], row, strict=True):
            picture(tile, x - 0.25, 1.45, 0.5)
        box(ax, 3.45, 2.36, 4.6, 0.36, T("نگاشت خطی هر وصله", "linear map of each patch"), "blue")
        box(ax, 3.0, 2.92, 5.5, 0.36, T("افزودن تعبیهٔ جایگاه", "add the embedding of the position"), "gold")
        for x in places:
            arrow(ax, (x, 1.95), (x, 2.18 if x > 1 else 2.74))
            if x > 1:
                arrow(ax, (x, 2.54), (x, 2.74))
            arrow(ax, (x, 3.1), (x, 3.38))
            arrow(ax, (x, 4.02), (x, 4.33), colour="vermilion" if x < 1 else "muted")
        text = T("توجه چندسری، سپس شبکهٔ پیش‌خور", "multi-head attention, then a feed-forward network")
        box(ax, 3.0, 3.7, 5.3, 0.44, text, "green")
        frame(ax, 0.12, 3.38, 5.76, 0.64)
        word(ax, 5.85, 4.2, f"× {T.number(layers)}", ha="right")
        box(ax, 1.1, 4.56, 1.7, 0.42, T("رده‌بند خطی", "linear classifier"), "purple")
        arrow(ax, (1.98, 4.56), (2.5, 4.56))
        word(ax, 2.62, 4.56, T("احتمال رده‌ها", "probabilities of the classes"), ha="left")
        word(ax, 0.25, 5.0, T("تنها [CLS] خوانده می‌شود", "only [CLS] is read"), ha="left", **_MUTED)


def top_classes(found: Mapping[str, Sequence[tuple[str, float]]]) -> None:
    """Photos, by the name of a free one, each with its most probable classes (English name, probability)."""
    photos: list[Photo] = [free_photos()[name] for name in found]
    persian = dict(zip(labels(), labels("coco", "fa"), strict=True))
    first = list(zip(photos, (rows[0][0] for rows in found.values()), strict=True))

    @figure(
        fa=persian_text(
            "چند عکس، هر یک با میله‌هایی برای محتمل‌ترین رده‌هایش. نخستین رده، به ترتیب: "
            + "، ".join(f"{picture.title[0]}، «{persian.get(name, name)}»" for picture, name in first)
            + "."
        ),
        en="Photos, each with bars for its most probable classes. The first class, in order: "
        + ", ".join(f"{picture.title[1]}, “{name}”" for picture, name in first)
        + ".",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        figure_, ratios = plt.figure(figsize=(6, 1.45 * len(photos)), layout="constrained"), (1, 2.6)
        ratios = ratios[::-1] if T.lang == "fa" else ratios
        axes = figure_.subplots(len(photos), 2, squeeze=False, width_ratios=ratios)
        for (one, other), picture, rows in zip(axes, photos, found.values(), strict=True):
            seen, bars = (other, one) if T.lang == "fa" else (one, other)
            photo(seen, square(picture.image, 128))
            _bars(bars, T, [(T(persian.get(name, name), name), chance) for name, chance in rows])



def _bars(ax, T, rows: Sequence[tuple[str, float]]) -> None:
    side = "right" if T.lang == "fa" else "left"
    for place, (_, chance) in enumerate(rows):
        ax.barh(place, chance, 0.64, color=PALETTE["blue"])
        ax.text(chance, place, f" {T.number(chance, '.1%')} ", ha=side, va="center", fontsize=10)
    ax.set_yticks(range(len(rows)), [name for name, _ in rows])
    ax.set(xlim=(0, 1.22), xticks=())
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.invert_yaxis()
    if T.lang == "fa":  # bars grow from where the language begins
        ax.invert_xaxis()
        ax.yaxis.tick_right()

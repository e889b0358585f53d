"""A drawing of what each strategy for many steps reads and writes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, word
from attngen.series.multistep_pictures import CURVES


def _cells(ax: Axes, x: float, y: float, count: int, colour: str, size: float = 0.22, filled=True) -> None:
    """A row of ``count`` cells with its left end at x and its middle at y."""
    face = (PALETTE[colour], 0.3) if filled else PALETTE["paper"]
    for place in range(count):
        corner = (x + place * size, y - size / 2)
        style = {"facecolor": face, "edgecolor": PALETTE[colour], "linewidth": 0.9, "zorder": 4}
        ax.add_patch(Rectangle(corner, size, size, **style))


def strategies() -> None:
    """What each of the four reads and writes, for a past of five steps and a horizon of four."""

    @figure(
        fa="چهار نقشه. بازگشتی: یک مدل یک گام می‌نویسد و همان را دوباره می‌خواند. مستقیم: برای هر بخش از "
        "افق یک مدل جدا گذشته را می‌خواند. چندخروجی: یک مدل همهٔ گام‌ها را یک‌جا می‌نویسد. رمزگذار-رمزگشا: "
        "رمزگذار گذشته را می‌خواند و رمزگشا گام به گام می‌نویسد و گام پیشین را می‌خواند.",
        en="Four plans. Recursive: one model writes one step and reads it again. Direct: a separate model "
        "for each part of the horizon reads the past. Multi-output: one model writes all steps at once. "
        "Encoder-decoder: the encoder reads the past, and the decoder writes step by step and reads the step "
        "before.",
    )
    def draw(T):
        ax = canvas(6, 5.6, 11.5)
        names = ("recursive", "direct", "multi_output", "encoder_decoder")
        for row, name in enumerate(names):
            y, (colour, _, fa, en) = 4.75 - 1.4 * row, CURVES[name]
            side, edge = ("right", 5.9) if T.lang == "fa" else ("left", 0.1)
            word(ax, edge, y + 0.52, T(fa, en), ha=side, fontweight="bold")
            _cells(ax, 0.2, y, 5, "ink", filled=True)
            _PLANS[name](ax, T, y, colour)
            if row == 0:
                word(ax, 0.75, y + 0.27, T("گذشته", "past"), fontsize=10)
                word(ax, _WRITE + 0.44, y + 0.27, T("پیش‌بینی", "forecast"), fontsize=10)


_WRITE = 4.5  # where the forecast's cells begin


def _recursive(ax, T, y, colour):
    arrow(ax, (1.35, y), (2.2, y))
    box(ax, 2.6, y, 0.7, 0.42, "f", colour)
    arrow(ax, (3.0, y), (_WRITE - 0.05, y))
    _cells(ax, _WRITE, y, 1, colour)
    _cells(ax, _WRITE + 0.22, y, 3, colour, filled=False)
    low = y - 0.42
    arrow(ax, (_WRITE + 0.11, y - 0.13), (_WRITE + 0.11, low), (1.75, low), (1.75, y - 0.06), colour=colour)
    word(ax, 3.4, low + 0.13, T("باز می‌خواند، هر بار یک گام", "read again, a step at a time"), fontsize=10)


def _direct(ax, T, y, colour):
    for place, high in enumerate((0.27, -0.27)):
        arrow(ax, (1.35, y), (1.75, y), (1.75, y + high), (2.2, y + high))
        box(ax, 2.6, y + high, 0.7, 0.42, f"f{'₁₂'[place]}", colour)
        x = _WRITE + 0.44 * place
        arrow(ax, (3.0, y + high), (x - 0.05, y + high))
        _cells(ax, x, y + high, 2, colour)


def _multi_output(ax, T, y, colour):
    arrow(ax, (1.35, y), (2.2, y))
    box(ax, 2.6, y, 0.7, 0.42, "f", colour)
    arrow(ax, (3.0, y), (_WRITE - 0.05, y))
    _cells(ax, _WRITE, y, 4, colour)


def _encoder_decoder(ax, T, y, colour):
    arrow(ax, (1.35, y), (1.5, y))
    box(ax, 2.05, y, 1.0, 0.42, T("رمزگذار", "encoder"), colour)
    arrow(ax, (2.58, y), (2.78, y))
    box(ax, 3.35, y, 1.05, 0.42, T("رمزگشا", "decoder"), colour)
    arrow(ax, (3.9, y), (_WRITE - 0.05, y))
    _cells(ax, _WRITE, y, 4, colour)
    low = y - 0.45
    arrow(ax, (_WRITE + 0.55, y - 0.13), (_WRITE + 0.55, low), (3.35, low), (3.35, y - 0.24), colour=colour)
    said = T("آموزش: گام راستین   کاربرد: گام خودش", "training: true steps   use: its own")
    word(ax, 2.1, low - 0.14, said, fontsize=10)


_PLANS = {
    "recursive": _recursive, "direct": _direct, "multi_output": _multi_output,
    "encoder_decoder": _encoder_decoder,
}  # fmt: skip

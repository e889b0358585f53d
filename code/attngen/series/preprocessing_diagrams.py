"""Drawings of the part on preparing a series: parts and their windows, and patches."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import canvas, legend, word
from attngen.series.patch import patch_count
from attngen.series.splits import borders

PARTS = {  # part: colour, Persian and English name
    "train": ("blue", "آموزش", "training"),
    "validation": ("gold", "اعتبارسنجی", "validation"),
    "test": ("vermilion", "آزمون", "test"),
}


def _bar(ax: Axes, left: float, right: float, y: float, height: float, colour: str, shade: float) -> None:
    style = {"facecolor": (PALETTE[colour], shade), "edgecolor": PALETTE[colour], "linewidth": 1}
    ax.add_patch(Rectangle((left, y - height / 2), right - left, height, **style))


def splits(name: str = "etth1", length: int = 17420, lookback: int = 96, horizon: int = 96) -> None:
    """The parts of a table; below, enlarged, the first windows of validation and the last of training."""
    limits = borders(name, length, lookback)
    ends = [stop for _, stop in limits.values()]

    @figure(
        fa=persian_text(
            "نواری افقی با سه بخش آموزش، اعتبارسنجی و آزمون، به این ترتیب در زمان. زیر آن، دو سوی مرز "
            "آموزش و اعتبارسنجی بزرگ شده است: آیندهٔ آخرین پنجرهٔ آموزش درست پیش از مرز پایان می‌یابد؛ "
            f"گذشتهٔ نخستین پنجرهٔ اعتبارسنجی {lookback} سطر پایانی آموزش است و آینده‌اش از مرز آغاز می‌شود."
        ),
        en="A bar of three parts, training, validation and test, in the order of time. Below it, both sides "
        "of the border between training and validation, enlarged: the future of the last training window "
        f"ends just before the border; the past of the first validation window is the last {lookback} rows "
        "of training, and its future begins at the border.",
    )
    def draw(T):
        ax, scale = canvas(6, 3.3, 11.5), 5.7 / ends[-1]
        for (colour, fa, en), start, stop in zip(PARTS.values(), [0, *ends], ends, strict=False):
            left, right = 0.15 + start * scale, 0.15 + stop * scale
            _bar(ax, left, right, 2.8, 0.42, colour, 0.25)
            word(ax, (left + right) / 2, 2.8, T(fa, en))
            word(ax, right, 2.42, T.number(stop, ",d"), color=PALETTE["muted"], fontsize=10)
        border, unit = 3.2, 1.25  # where the border lies below, and how wide a past or a future is
        for x, y in ((0.15 + ends[0] * scale, 2.28), (border, 1.98)):
            ax.plot((x, x), (y, y + 0.04), color=PALETTE["muted"])
        ax.plot((0.15 + ends[0] * scale, border), (2.28, 2.0), color=PALETTE["muted"], linewidth=1)
        ax.plot((border, border), (0.5, 2.0), color=PALETTE["ink"], linestyle=(0, (4, 3)), linewidth=1)
        rows = (
            (1.72, "train", border - 2 * unit, T("آخرین پنجرهٔ آموزش", "last of training")),
            (1.22, "validation", border - unit, T("نخستین اعتبارسنجی", "first of validation")),
            (0.72, "validation", border - unit + 0.12, T("دومین", "second")),
        )
        for y, part, left, label in rows:
            _bar(ax, left, left + unit, y, 0.3, "sky", 0.2)
            _bar(ax, left + unit, left + 2 * unit, y, 0.3, PARTS[part][0], 0.65)
            right_side = part == "train"
            x = border + 0.15 if right_side else left - 0.12
            word(ax, x, y, label, ha="left" if right_side else "right")
        marks = [("sky", 0.2, f"گذشته، {lookback}", f"past, {lookback}")]
        marks += [("blue", 0.65, f"آینده، {horizon}", f"future, {horizon}")]
        marks += [("gold", 0.65, f"آیندهٔ اعتبارسنجی، {horizon}", f"future in validation, {horizon}")]
        handles = [
            Patch(fc=(PALETTE[colour], shade), ec=PALETTE[colour], label=T(fa, en))
            for colour, shade, fa, en in marks
        ]
        legend(ax, T, handles, y=0.02)


def patches(lookback: int = 96, length: int = 16, stride: int = 8, seed: int = 0) -> None:
    """One variable's past and the patches it is cut into."""
    count, rng = patch_count(lookback, length, stride), np.random.default_rng(seed)
    steps = np.arange(lookback + stride)
    series = np.sin(2 * np.pi * steps / 24) + 0.3 * np.sin(2 * np.pi * steps / 70)
    series += 0.1 * rng.normal(size=len(steps))
    series[lookback:] = series[lookback - 1]

    @figure(
        fa=persian_text(
            f"گذشتهٔ یک متغیر با {lookback} گام و زیر آن {count} وصله که هر کدام {length} گام دارد و "
            f"{stride} گام پس از پیشین آغاز می‌شود؛ هر دو وصلهٔ پیاپی نیمی مشترک دارند. آخرین مقدار {stride} "
            "گام تکرار شده است تا وصلهٔ پایانی پر شود."
        ),
        en=f"The past of one variable, {lookback} steps, and below it {count} patches of {length} steps "
        f"each, every one beginning {stride} steps after the one before: neighbours share a half. The last "
        f"value is repeated for {stride} steps, so that the last patch is full.",
    )
    def draw(T):
        ax, scale = canvas(6, 2.6, 11.5), 5.7 / (lookback + stride)
        height = 1.75 + 0.4 * series
        ax.plot(0.15 + scale * steps[:lookback], height[:lookback], color=PALETTE["blue"])
        tail = {"color": PALETTE["muted"], "linestyle": (0, (1, 1.2))}
        ax.plot(0.15 + scale * steps[lookback - 1 :], height[lookback - 1 :], **tail)
        for number in range(count):
            left = 0.15 + scale * stride * number
            y = 0.95 if number % 2 == 0 else 0.6
            _bar(ax, left, left + scale * length, y, 0.28, "green" if number % 2 == 0 else "purple", 0.25)
            word(ax, left + scale * length / 2, y, T.number(number + 1), fontsize=10)
        said = T(f"{count} توکن به جای {lookback}", f"{count} tokens in place of {lookback}")
        word(ax, 3, 0.2, said)

"""Pictures of the part on many steps: what each strategy reads and writes, and errors by step."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, word
from attngen.series.multistep_waves import ar1_error

CURVES = {  # colour, line, Persian and English name
    "recursive": ("vermilion", "-", "بازگشتی", "recursive"),
    "direct": ("green", "-", "مستقیم", "direct"),
    "multi_output": ("blue", "-", "چندخروجی", "multi-output"),
    "encoder_decoder": ("purple", "-", "رمزگذار-رمزگشا", "encoder-decoder"),
    "teacher_forced": ("purple", ":", "همان، با معلم", "the same, with its teacher"),
    "scheduled": ("gold", "-", "با نمونه‌برداری تدریجی", "with scheduled sampling"),
    "repeat": ("muted", "--", "تکرار آخرین مقدار", "last value"),
    "mean": ("muted", "-.", "میانگین آموزش", "training mean"),
    "floor": ("ink", ":", "کمترین خطای ممکن", "least possible"),
}


def means(history: Iterable[dict] | dict[str, list], column: str = "mse") -> dict[str, list[float]]:
    """Curve by name: the mean over seeds of ``column`` at each step, from rows or from a recorded history."""
    if isinstance(history, dict):
        history = [dict(zip(history, row, strict=True)) for row in zip(*history.values(), strict=True)]
    kept: dict[str, dict[int, list[float]]] = {}
    for row in history:
        kept.setdefault(row["strategy"], {}).setdefault(row["step"], []).append(row[column])
    return {
        name: [sum(steps[h]) / len(steps[h]) for h in sorted(steps)] for name, steps in kept.items()
    }


def axes(height: float, columns: int = 1):
    """One row of axes of the book's width."""
    plt.rcParams["font.size"] = 12
    return plt.subplots(1, columns, figsize=(6, height), layout="constrained", squeeze=False)[1][0]


def by_step(history, fa: str, en: str, names: Iterable[str] = CURVES, top: float | None = None) -> None:
    """Mean squared error by step of the horizon; ``names`` chooses curves, ``top`` ends the axis.

    history - an outcome's rows or a recorded result's columns;  fa, en - what the picture shows, in words
    """
    found = means(history)
    chosen = [name for name in names if name in found]

    @figure(fa=fa, en=en)
    def draw(T):
        (ax,) = axes(4.4)
        for name in chosen:
            colour, line, _, _ = CURVES[name]
            ax.plot(range(1, len(found[name]) + 1), found[name], color=PALETTE[colour], linestyle=line)
        ax.set(xlabel=T("گام افق", "step of the horizon"), ylim=(0, top))
        ax.set_ylabel(T("میانگین مربع خطا", "mean squared error"))
        marks = [
            Line2D([], [], color=PALETTE[colour], linestyle=line, label=T(fa, en))
            for colour, line, fa, en in (CURVES[name] for name in chosen)
        ]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def recursion(phi: float, guesses: dict[str, float], horizon: int) -> None:
    """Errors by step of rolled-out AR(1) forecasts; ``guesses`` is colour -> wrong coefficient."""
    right = ar1_error(phi, phi, horizon)
    curves = {
        colour: (guess, ar1_error(phi, guess, horizon) - right) for colour, guess in guesses.items()
    }

    @figure(
        fa="دو نمودار بر حسب گام. چپ: خطای پیش‌بینی درست، که بالا می‌رود و به واریانس فرایند می‌رسد. راست: "
        "آنچه ضریب نادرست می‌افزاید، که نخست با گام زیاد می‌شود و سپس به صفر یا به واریانس فرایند می‌رود.",
        en="Two charts by step. Left: the error of the right forecast, which rises to the variance of the "
        "process. Right: what a wrong coefficient adds, which first grows with the steps and then goes back.",
    )
    def draw(T):
        left, right_ax = axes(3.4, 2)
        steps = range(1, horizon + 1)
        left.plot(steps, right, color=PALETTE["ink"])
        left.set(title=T("نوفهٔ آینده", "noise of the future"), ylim=(0, None), xlabel=T("گام", "step"))
        for colour, (guess, added) in curves.items():
            right_ax.plot(steps, added, color=PALETTE[colour], label=T.number(guess, ".2f"))
        right_ax.set(title=T("افزودهٔ ضریب نادرست", "added by a wrong guess"), xlabel=T("گام", "step"))
        right_ax.set_ylim(0, None)
        title = T("ضریب:", "coefficient:")
        right_ax.figure.legend(loc="outside lower center", ncols=len(curves), title=title, **T.legend)


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

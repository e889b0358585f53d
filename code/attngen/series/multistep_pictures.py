"""Charts of the part on many steps: errors by step of the horizon."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from attngen.plotting import PALETTE, figure
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


_NOT_REPEAT = tuple(name for name in CURVES if name not in ("repeat", "scheduled"))


def waves_live(history) -> None:
    """A short training on waves: how far the decoder with its teacher and alone are apart."""
    by_step(
        history,
        "خطای میانگین مربع بر حسب گام افق برای چهار راهبرد که همین صفحه آموزش داده است: رمزگذار-رمزگشا "
        "وقتی معلم دارد خطای کمی دارد و وقتی گام‌های خودش را می‌خواند خطایش بسیار بیشتر است.",
        "Mean squared error by step of the horizon for four strategies trained by this page: the "
        "encoder-decoder has a small error with its teacher, and a far larger one when it reads its own "
        "steps.",
        _NOT_REPEAT,
    )


def waves(history) -> None:
    """The recorded, longer training on waves."""
    by_step(
        history,
        "خطای میانگین مربع بر حسب گام افق پس از آموزش درازتر، با کمترین خطای ممکن به صورت نقطه‌چین.",
        "Mean squared error by step of the horizon after a longer training, with the least possible error as "
        "a dotted line.",
        [name for name in CURVES if name not in ("repeat", "mean")],
    )


def etth1(history) -> None:
    """The recorded comparison on ETTh1."""
    by_step(
        history,
        "خطای میانگین مربع بر حسب گام افق روی ETTh1 برای چهار راهبرد، تکرار آخرین مقدار و میانگین آموزش.",
        "Mean squared error by step of the horizon on ETTh1 for four strategies, the last value and the "
        "training mean.",
    )


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

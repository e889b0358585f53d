"""Pictures of many heads gone: quality by heads left, what cutting saves, what more training mends."""

from __future__ import annotations

from statistics import fmean

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen import results
from attngen.heads.words.labels import MEASURE_NAMES, NAME, rows_of
from attngen.plotting import PALETTE, figure

GATES = "heads-gates"
_DASHED = (0, (4, 2))
# of an order: colour, style, and its name
ORDERS = {"greedy": ("vermilion", "-", "حریصانه", "greedy")} | {
    name: (colour, style, *MEASURE_NAMES[name])
    for name, colour, style in (
        ("loss", "blue", "-"), ("alone", "sky", "-"), ("gradient", "green", "-"), ("gates", "purple", "-"),
        ("sharp", "gold", _DASHED),
    )
}  # fmt: skip


def percent() -> FuncFormatter:
    """Shares as whole percentages."""
    return FuncFormatter(lambda x, _: f"{100 * x:.0f}%")


def arrays(result: results.Result) -> dict[str, np.ndarray]:
    """The recorded curves."""
    with np.load(result.path("curves.npz"), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def curves(name: str = NAME) -> None:
    """Words right, and loss, by heads left, in every order."""
    found = arrays(results.load(name))
    heads = found["chance_accuracy"].shape[1] - 1
    left = heads - np.arange(heads + 1)

    @figure(
        fa="دو نمودار زیر هم: سهم واژه‌های درست، و زیان با محور لگاریتمی، در برابر شمار سرهای مانده که از "
        "راست به چپ کمتر می‌شود. ترتیب حریصانه با کمترین سر بالا می‌ماند؛ سنجش‌های یک‌باره زودتر می‌افتند، "
        "ترتیب‌های تصادفی باز هم زودتر، و «تنها ماندن» از همه زودتر.",
        en="Two charts, one below the other: the share of words right, and the loss on a logarithmic axis, "
        "by heads left, of which there are fewer to the right. The greedy order stays up with the fewest "
        "heads; most one-shot measures fall sooner, orders by chance sooner still, and “kept alone” soonest.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        axes = plt.subplots(2, 1, figsize=(6, 6.2), sharex=True, layout="constrained")[1]
        marks = []
        for ax, measure in zip(axes, ("accuracy", "loss"), strict=True):
            chance = found[f"chance_{measure}"]
            band = {"color": PALETTE["muted"], "alpha": 0.25, "linewidth": 0}
            ax.fill_between(left, chance.min(0), chance.max(0), **band)
            ax.plot(left, chance.mean(0), color=PALETTE["muted"], linewidth=1.4)
            for order, (colour, style, *label) in ORDERS.items():
                line = {"color": PALETTE[colour], "linestyle": style, "linewidth": 1.7}
                ax.plot(left, found[f"{order}_{measure}"], **line)
                if measure == "accuracy":
                    marks.append(Line2D([], [], label=T(*label), **line))
        marks.append(Line2D([], [], color=PALETTE["muted"], label=T("تصادفی", "by chance")))
        axes[0].yaxis.set_major_formatter(percent())
        axes[0].set(ylim=(0, 1.02), ylabel=T("واژه‌های درست", "words right"))
        axes[1].set_yscale("log")
        axes[1].yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes[1].set_ylabel(T("زیان (نات بر واژه)", "loss (nats a word)"))
        axes[1].set(xlim=(heads, 0), xlabel=T("سرهای مانده", "heads left"))
        if T.lang == "fa":
            axes[1].set_xlim(0, heads)
        axes[0].figure.legend(handles=marks, loc="outside lower center", ncols=3, **T.legend)


def cut(name: str = NAME) -> None:
    """What is left of parameters, operations and seconds as heads are cut out: model, and one attention."""
    result = results.load(name)
    model, alone = rows_of(result, what="cut"), rows_of(result, what="alone")
    kinds = {
        "parameters": ("muted", "پارامترها", "parameters"), "flops": ("blue", "عملیات", "operations"),
        "pass": ("vermilion", "زمان: یک گذر", "time: a pass"),
        "write": ("gold", "زمان: نوشتن", "time: writing"),
        "pass_gated": ("green", "زمان: با دروازهٔ صفر", "time: gates of 0"),
    }  # fmt: skip

    @figure(
        fa="دو نمودار: آنچه با بریدن سرها از پارامترها، عملیات و زمان می‌ماند، به نسبت مدل کامل. چپ همهٔ "
        "مدل: خط‌ها کم‌شیب‌اند و زمان با دروازهٔ صفر کم نمی‌شود. راست یک لایهٔ توجه به‌تنهایی: زمان و "
        "عملیات کمابیش با شمار سرها پایین می‌آیند.",
        en="Two charts: what is left of parameters, operations and time as heads are cut out, relative to "
        "the whole. Left, the whole model: the lines fall gently, and time with gates of zero does not "
        "fall. Right, one attention layer alone: time and operations fall nearly with the number of heads.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        axes = plt.subplots(1, 2, figsize=(6, 3.7), sharey=True, layout="constrained")[1]
        marks = []
        for ax, rows in zip(axes, (model, alone), strict=True):
            most = rows[0]["heads"]
            for kind, (colour, *label) in kinds.items():
                if rows is alone and kind not in ("flops", "pass"):
                    continue
                base = rows[0]["pass" if kind == "pass_gated" else kind]
                style = {"color": PALETTE[colour], "marker": "o", "markersize": 4.5}
                ax.plot([row["heads"] / most for row in rows], [row[kind] / base for row in rows], **style)
                if rows is model:
                    marks.append(Line2D([], [], label=T(*label), **style))
            ax.plot([0, 1], [0, 1], color=PALETTE["grid"], linestyle=_DASHED)
            ax.xaxis.set_major_formatter(percent())
            ax.yaxis.set_major_formatter(percent())
            ax.set(xlim=(1.04, 0) if T.lang == "en" else (0, 1.04), ylim=(0, None))
            ax.set_xlabel(T("سرهای مانده", "heads left"))
        axes[0].set_title(T("همهٔ مدل", "whole model"))
        axes[1].set_title(T("یک لایهٔ توجه", "one attention"))
        axes[0].figure.legend(handles=marks, loc="outside lower center", ncols=3, **T.legend)


def _over_seeds(rows: list[dict]) -> list[tuple[float, float]]:
    """Heads left and the mean share right, by number of heads."""
    right: dict[float, list[float]] = {}
    for row in rows:
        right.setdefault(row["heads"], []).append(row["right"])
    return [(heads, fmean(right[heads])) for heads in sorted(right)]


def mended(name: str = GATES) -> None:
    """Words right by heads left, means over seeds: cut by an order or by chance, trained on or not; gates."""
    result = results.load(name)
    kinds = {
        ("greedy", 0): ("vermilion", "o", _DASHED, "حریصانه", "greedy"),
        ("greedy", 1): ("vermilion", "o", "-", "حریصانه، با آموزش", "greedy, trained on"),
        ("random", 0): ("muted", "s", _DASHED, "تصادفی", "by chance"),
        ("random", 1): ("muted", "s", "-", "تصادفی، با آموزش", "by chance, trained on"),
        ("frozen", 0): ("purple", "D", _DASHED, "دروازه، وزن‌ها ثابت", "gates, weights fixed"),
        ("adapted", 1): ("purple", "D", "-", "دروازه، با وزن‌ها", "gates and weights"),
    }  # fmt: skip
    whole = rows_of(result, method="whole", adapted=0)[0]

    @figure(
        fa="سهم واژه‌های درست در برابر شمار سرهای مانده برای شش راه: ترتیب حریصانه و تصادفی، هر یک با "
        "آموزش و بی آن، و دروازه‌های آموخته با وزن‌های ثابت و با وزن‌هایی که خود را سازگار می‌کنند. اندکی "
        "آموزش خط هر دو ترتیب را بسیار بالا می‌برد.",
        en="The share of words right by heads left, in six ways: the greedy order and one by chance, each "
        "with and without more training, and learned gates with fixed weights and with weights that adapt. "
        "A little training lifts the lines of both orders by far.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 4.3), layout="constrained")[1]
        for (method, adapted), (colour, marker, style, *label) in kinds.items():
            points = _over_seeds(rows_of(result, method=method, adapted=adapted))
            line = {"color": PALETTE[colour], "marker": marker, "markersize": 5, "linestyle": style}
            ax.plot(*zip(*points, strict=True), label=T(*label), **line)
        ax.axhline(whole["right"], color=PALETTE["ink"], linewidth=0.9)
        ax.yaxis.set_major_formatter(percent())
        ax.xaxis.set_minor_locator(NullLocator())
        most = whole["heads"]
        ax.set(xlim=(most, 0) if T.lang == "en" else (0, most), ylim=(0, 1.02))
        ax.set(xlabel=T("سرهای مانده", "heads left"), ylabel=T("واژه‌های درست", "words right"))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)

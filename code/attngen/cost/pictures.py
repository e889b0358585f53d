"""Charts of the chapter on cost: where the operations go, the exercise's chain, caches, roofs, "
"times, crossings."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen import results
from attngen.cost import answers
from attngen.cost.kv_bytes import PUBLIC
from attngen.cost.products import attention, feed_forward, flops, projections
from attngen.plotting import PALETTE, figure

_DASHED = (0, (2, 1.5))
_PERSIAN_LETTERS = dict(zip(answers.LETTERS, "آبجدهو", strict=True))
KINDS = {  # what is measured by length: colour, Persian and English name
    "dense": ("vermilion", "توجه، امتیازها نوشته", "attention, scores written"),
    "fused": ("blue", "توجه، هستهٔ یکپارچه", "attention, fused"),
    "linformer": ("green", "Linformer", "Linformer"),
    "fourier": ("purple", "تبدیل فوریه", "Fourier transform"),
    "projections": ("muted", "نگاشت‌ها", "projections"),
}


def _axes(height: float):
    plt.rcParams["font.size"] = 12
    return plt.subplots(figsize=(6, height), layout="constrained")[1]


def _plain(value: float, _=None) -> str:
    return f"{value:g}"


def rows_of(found) -> list[dict]:
    """The measured rows of a recorded result or of a run of this page."""
    if not isinstance(found, results.Result):
        return found.history
    history = found.history
    return [
        {name: value for name, value in zip(history, row, strict=True) if value != ""}
        for row in zip(*history.values(), strict=True)
    ]


def shares(dim: int = 512, marked: int = 4096) -> None:
    """What share of a layer's products is attention proper, by length."""
    lengths = 2 ** np.arange(6, 17)
    kinds = {
        "pairs": lambda n: attention(n, n, dim, 1),
        "projections": lambda n: projections(n, n, dim),
        "feed": lambda n: feed_forward(n, dim),
    }
    counted = np.array([[int(flops(kind(int(n)))) for n in lengths] for kind in kinds.values()], float)
    counted /= counted.sum(0)

    @figure(
        fa="سهم سه بخش یک لایه از ضرب‌ها بر حسب طول دنباله، روی محور لگاریتمی: سهم جفت‌ها با طول بزرگ "
        "می‌شود و سهم نگاشت‌ها و شبکهٔ پیش‌خور کوچک؛ طول تمرین با خطی عمودی نشان داده شده است.",
        en="The shares of three parts of a layer in its products, by sequence length on a logarithmic "
        "axis: the pairs' share grows, that of projections and feed-forward shrinks; a vertical line "
        "marks the exercise's length.",
    )
    def draw(T):
        ax = _axes(3.6)
        names = (
            T("جفت‌ها", "pairs"),
            T("نگاشت‌ها", "projections"),
            T("شبکهٔ پیش‌خور", "feed-forward"),
        )
        colours = [PALETTE[name] for name in ("vermilion", "blue", "muted")]
        ax.stackplot(lengths, counted, labels=names, colors=colours, alpha=0.75)
        ax.axvline(marked, color=PALETTE["ink"], linestyle=_DASHED, linewidth=1.4)
        ax.set_xscale("log", base=2)
        ax.set(xlim=(lengths[0], lengths[-1]), ylim=(0, 1))
        ax.xaxis.set_major_formatter(FuncFormatter(_plain))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel(T("طول دنباله", "sequence length"))
        ax.set_ylabel(T("سهم از ضرب‌های یک لایه", "share of a layer's products"))
        ax.figure.legend(loc="outside lower center", ncols=3, **T.legend)


def chain() -> None:
    """The exercise's numbers, part by part, beside the operations that a machine really does."""
    counted, done = answers.sheet(), answers.really()

    @figure(
        fa="نمودار میله‌ای لگاریتمی برای شش بخش: میله‌ها شمارش تمرین است و از یک بخش به بخش بعد کوچک "
        "می‌شود، جز در «د» و «ه»؛ نقطه‌ها عملیات واقعی است که پس از «ب» کمابیش ثابت می‌ماند و در «و» باز "
        "بزرگ می‌شود.",
        en="A logarithmic bar chart of six parts: the bars are the exercise's counts, which fall from "
        "part to part except in d and e; the points are the operations really done, which hardly change "
        "after b and rise in f.",
    )
    def draw(T):
        ax = _axes(3.7)
        places = range(len(answers.LETTERS))
        heights, actual = ([of[letter] for letter in answers.LETTERS] for of in (counted, done))
        bars = {"color": PALETTE["blue"], "alpha": 0.75}
        points = {"color": PALETTE["vermilion"], "marker": "D", "markersize": 8, "linestyle": ""}
        ax.bar(places, heights, 0.62, **bars)
        ax.plot(places, actual, **points)
        ax.set_yscale("log")
        ax.set_xticks(places, [T(_PERSIAN_LETTERS[letter], letter) for letter in answers.LETTERS])
        ax.set(ylim=(3e4, 3e11), xlabel=T("بخش", "part"), ylabel=T("عملیات", "operations"))
        ax.grid(axis="x", visible=False)
        if T.lang == "fa":
            ax.invert_xaxis()
        marks = [
            plt.Rectangle((0, 0), 1, 1, label=T("شمارش تمرین", "as the exercise counts"), **bars),
            Line2D([], [], label=T("واقعی، ممیز شناور", "really done, FLOPs"), **points),
        ]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def caches() -> None:
    """Kilobytes of cache for a token of public models, and what they would be if no head shared."""
    shapes = sorted(PUBLIC, key=lambda shape: shape.bytes_per_token())

    @figure(
        fa="نمودار میله‌ای افقی و لگاریتمی: کیبی‌بایت حافظهٔ نهان برای هر توکن در چند مدل همگانی. برای "
        "مدل‌هایی که سرهایشان کلید و مقدار را با هم دارند، میلهٔ کم‌رنگ نشان می‌دهد بی این کار چقدر "
        "می‌شد.",
        en="A horizontal, logarithmic bar chart: kibibytes of cache for a token in public models. For "
        "those whose heads share keys and values a pale bar shows what it would be without.",
    )
    def draw(T):
        ax = _axes(4.2)
        solid, pale = {"color": PALETTE["blue"]}, {"color": PALETTE["muted"], "alpha": 0.4}
        for place, shape in enumerate(shapes):
            ax.barh(place, shape.ungrouped() / 1024, 0.66, **pale)
            ax.barh(place, shape.bytes_per_token() / 1024, 0.66, **solid)
        ax.set_xscale("log", base=2)
        ax.set_xlim(left=8)
        ax.xaxis.set_major_formatter(FuncFormatter(_plain))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_yticks(range(len(shapes)), [])
        ax.set_xlabel(T("کیبی‌بایت برای هر توکن", "KiB for each token"))
        ax.grid(axis="y", visible=False)
        persian = T.lang == "fa"
        for place, shape in enumerate(shapes):  # not as ticks: names keep their Latin digits
            x, side = (1.02, "left") if persian else (-0.02, "right")
            ax.text(x, place, shape.name, ha=side, va="center", transform=ax.get_yaxis_transform())
        if persian:  # bars grow from where the language begins
            ax.invert_xaxis()
            ax.yaxis.tick_right()
            ax.spines["left"].set_visible(False)
            ax.spines["right"].set_visible(True)
        marks = [
            plt.Rectangle((0, 0), 1, 1, label=T("چنان‌که هست", "as it is"), **solid),
            plt.Rectangle((0, 0), 1, 1, label=T("بی اشتراک", "without sharing"), **pale),
        ]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)

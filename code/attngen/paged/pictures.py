"""Charts of the chapter on PagedAttention: what becomes of the memory, and what that is worth."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen import results
from attngen.paged.azure_run import BLOCK_SIZES
from attngen.plotting import PALETTE, figure

# Memory, colour, mark, and what it is called.
POLICIES = (
    ("max", "muted", "o", "بیشینه", "max"),
    ("pow2", "gold", "s", "توان دو", "power of two"),
    ("oracle", "blue", "^", "پیشگو", "oracle"),
    ("paged", "vermilion", "D", "صفحه‌ای ۱۶", "paged, 16"),
)
_PARTS = (
    ("written", "green", "نوشته", "written"),
    ("future", "gold", "برای بعد", "for later"),
    ("wasted", "muted", "بی‌استفاده", "never used"),
    ("free", "grid", "آزاد", "free"),
)


def axes_of(height: float, columns: int = 1, **options):
    """Axes beside each other, with the letters of a page that a phone shows small."""
    plt.rcParams["font.size"] = 12
    return plt.subplots(1, columns, figsize=(6, height), layout="constrained", **options)[1]


def percent() -> FuncFormatter:
    """Shares as whole percentages."""
    return FuncFormatter(lambda x, _: f"{100 * x:.0f}%")


def _rows(**wanted) -> list[dict]:
    """The lines of the recorded history that have these values."""
    history = results.load("paged-azure").history
    lines = [dict(zip(history, values)) for values in zip(*history.values())]
    return [line for line in lines if all(line[key] == value for key, value in wanted.items())]


def right_to_left(ax) -> None:
    """Bars grow from where the Persian language begins."""
    ax.invert_xaxis()
    ax.yaxis.tick_right()
    ax.spines["left"].set_visible(False)
    ax.spines["right"].set_visible(True)


def parts() -> None:
    """How a full memory is divided under each policy, for the trace and for the paper's longer workload."""
    workloads = (("sharegpt", "طول‌هایی مانند ShareGPT", "lengths like ShareGPT's"),
                 ("azure", "گفت‌وگوهای Azure", "Azure conversations"))  # fmt: skip
    shown = {name: {row["memory"]: row for row in _rows(workload=name, rate=0.0)} for name, *_ in workloads}

    @figure(
        fa="دو نمودار میله‌ای پشته‌ای، یکی برای هر بار کاری: سهم حافظه‌ای که نوشته شده، برای بعد نگه داشته "
        "شده، هرگز استفاده نمی‌شود یا آزاد است، برای چهار سیاست. در حافظهٔ صفحه‌ای تقریباً همه نوشته است.",
        en="Two stacked bar charts, one for each workload: the share of the memory that is written, kept "
        "for later, never used, or free, for four policies. In paged memory almost all is written.",
    )
    def draw(T):
        axes = axes_of(3.1, 2, sharey=True)
        panels = workloads if T.lang == "en" else workloads[::-1]
        for ax, (workload, fa, en) in zip(axes, panels, strict=True):
            for place, (memory, *_) in enumerate(POLICIES):
                left = 0.0
                for key, colour, *_ in _PARTS:
                    width = shown[workload][memory][key]
                    ax.barh(place, width, 0.7, left=left, color=PALETTE[colour], linewidth=0)
                    left += width
            ax.set(xlim=(0, 1), title=T(fa, en))
            ax.set_yticks(range(len(POLICIES)), [T(fa, en) for *_, fa, en in POLICIES])
            ax.set_xticks([0, 0.25, 0.5, 0.75])
            ax.xaxis.set_major_formatter(percent())
            ax.grid(visible=False)
            ax.invert_yaxis() if ax is axes[0] else None
            if T.lang == "fa":
                right_to_left(ax)
        if T.lang == "fa":
            axes[0].tick_params(labelright=False)
            axes[1].tick_params(labelright=True, labelleft=False)
        marks = [Patch(color=PALETTE[colour], label=T(fa, en)) for _, colour, fa, en in _PARTS]
        marks = marks if T.lang == "en" else marks[::-1]
        style = {"loc": "outside lower center", "ncols": 4, "handlelength": 1.1}
        axes[0].figure.legend(handles=marks, **style, **T.legend)


def rates() -> None:
    """Requests at work, requests finished a second, and latency, against the rate at which requests come."""
    every = [row for row in _rows(workload="azure") if row["rate"]]
    lines = {memory: [row for row in every if row["memory"] == memory] for memory, *_ in POLICIES}
    panels = (("batch", "درخواست هم‌زمان", "requests at work"),
              ("throughput", "پایان‌یافته در ثانیه", "finished a second"),
              ("latency", "ثانیه برای هر توکن", "seconds a token"))  # fmt: skip

    @figure(
        fa="سه نمودار در برابر نرخ ورود درخواست‌ها: شمار درخواست‌های هم‌زمان، شمار پایان‌یافته‌ها در "
        "ثانیه، و ثانیه برای هر توکن پاسخ. هر سیاست تا نرخی خوب پیش می‌رود و آنجا اشباع می‌شود: نخست "
        "بیشینه، سپس توان دو و پیشگو، و آخر از همه صفحه‌ای.",
        en="Three charts against the rate at which requests come: requests at work, requests finished a "
        "second, and seconds for each token of an answer. Every policy keeps up to some rate and saturates "
        "there: first max, then power of two and oracle, paged last of all.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        _, axes = plt.subplots(3, 1, figsize=(6, 6.6), layout="constrained", sharex=True)
        for ax, (key, fa, en) in zip(axes, panels, strict=True):
            for memory, colour, mark, *_ in POLICIES:
                x, y = [r["rate"] for r in lines[memory]], [r[key] for r in lines[memory]]
                ax.plot(x, y, color=PALETTE[colour], marker=mark, markersize=5)
            ax.set(ylabel=T(fa, en))
        dotted = {"color": PALETTE["ink"], "linewidth": 0.8, "linestyle": (0, (2, 2)), "zorder": 1}
        axes[1].plot([0, x[-1]], [0, x[-1]], **dotted)
        axes[1].set_ylim(0.2, 1.15 * max(r["throughput"] for r in lines["paged"]))
        axes[2].set_yscale("log")
        axes[2].yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes[2].yaxis.set_minor_locator(NullLocator())
        axes[2].xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes[2].set(xlim=(0.3, x[-1] + 0.1), xlabel=T("درخواست در ثانیه", "requests a second"))
        marks = [Line2D([], [], color=PALETTE[c], marker=m, label=T(fa, en)) for _, c, m, fa, en in POLICIES]
        marks = marks if T.lang == "en" else marks[::-1]
        style = {"loc": "outside lower center", "ncols": 4, "handlelength": 1.4}
        axes[0].figure.legend(handles=marks, **style, **T.legend)


def block_sizes() -> None:
    """What a block size costs in memory, and what it costs to read in blocks of that size."""
    azure, speed = results.load("paged-azure").metrics, results.load("paged-speed").metrics
    waste = [1 - azure[f"utilisation_paged{size}"] for size in BLOCK_SIZES]
    reading = [speed[f"blockwise_{size}_over_contiguous"] for size in BLOCK_SIZES]

    @figure(
        fa="دو نمودار در برابر اندازهٔ بلوک. بالا: سهم بی‌استفادهٔ حافظه با بلوک بزرگ‌تر بیشتر می‌شود. "
        "پایین: زمان خواندن بلوک به بلوک، به نسبت حافظهٔ پیوسته، با بلوک بزرگ‌تر کمتر می‌شود.",
        en="Two charts against the block size. Top: the unused share of the memory grows with the block. "
        "Bottom: the time to read block by block, as a multiple of that for contiguous memory, falls with "
        "it.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        _, axes = plt.subplots(2, 1, figsize=(6, 4.4), layout="constrained", sharex=True)
        axes[0].plot(BLOCK_SIZES, waste, color=PALETTE["vermilion"], marker="D", markersize=5)
        axes[0].yaxis.set_major_formatter(percent())
        axes[0].set(ylabel=T("جای بی‌استفاده", "unused places"), yticks=[0, 0.05, 0.1])
        axes[1].plot(BLOCK_SIZES, reading, color=PALETTE["blue"], marker="o", markersize=5)
        axes[1].set(ylabel=T("زمان خواندن، چند برابر", "time to read, multiple"), yscale="log")
        axes[1].set(xscale="log", xlabel=T("توکن در هر بلوک", "tokens in a block"))
        axes[1].yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes[1].set_xticks(BLOCK_SIZES, [f"{size}" for size in BLOCK_SIZES])
        for ax in axes:
            ax.xaxis.set_minor_locator(NullLocator())
            ax.axvline(16, color=PALETTE["ink"], linewidth=0.8, linestyle=(0, (2, 2)))

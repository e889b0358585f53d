"""Charts of what sharing saves in the chapter on PagedAttention."""

from __future__ import annotations

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from attngen import results
from attngen.paged.pictures import axes_of, percent, right_to_left
from attngen.plotting import PALETTE, figure

# The paper's ranges over two to six answers (its section 6.3), in the order of ``_SHARED``.
_PAPER = {"alpaca": {"parallel": (0.061, 0.098), "beam": (0.376, 0.552)},
          "sharegpt": {"parallel": (0.162, 0.305), "beam": (0.443, 0.663)}}  # fmt: skip
_SHARED = (
    ("alpaca", "parallel", "کوتاه، نمونه‌ها", "short, samples"),
    ("alpaca", "beam", "کوتاه، پرتوها", "short, beams"),
    ("sharegpt", "parallel", "بلند، نمونه‌ها", "long, samples"),
    ("sharegpt", "beam", "بلند، پرتوها", "long, beams"),
)


def sharing(widths: tuple[int, ...] = (2, 4, 6)) -> None:
    """Blocks saved by sharing: the paper's ranges, simulated answers, and those of a real model."""
    azure, own = (results.load(name).metrics for name in ("paged-azure", "paged-sharing"))

    @figure(
        fa="سهم بلوک‌های صرفه‌جویی‌شده برای چهار حالت: متن آغازین کوتاه یا بلند، نمونه‌برداری موازی یا "
        "جست‌وجوی پرتویی. نوار پهن بازهٔ مقاله است، دایره‌ها شبیه‌سازی با ۲، ۴ و ۶ پاسخ، و لوزی‌ها "
        "ترنسفورمر این کتاب.",
        en="The share of blocks saved in four cases: short or long prompts, parallel sampling or beam "
        "search. The broad bar is the paper's range, circles are simulations with two, four and six "
        "answers, diamonds are this book's own transformer.",
    )
    def draw(T):
        ax = axes_of(3.4)
        for place, (workload, kind, *_) in enumerate(_SHARED):
            low, high = _PAPER[workload][kind]
            ax.barh(place, high - low, 0.62, left=low, color=(PALETTE["blue"], 0.3), linewidth=0)
            found = [azure[f"{workload}_{kind}_{width}"] for width in widths]
            ax.plot(found, [place] * len(found), "o", color=PALETTE["vermilion"], markersize=6)
            if workload == "alpaca":
                found = [own[f"{kind}_{width}"] for width in widths]
                ax.plot(found, [place + 0.2] * len(found), "D", color=PALETTE["green"], markersize=5)
        ax.set_yticks(range(len(_SHARED)), [T(fa, en) for *_, fa, en in _SHARED])
        ax.set(xlim=(0, 0.9), xlabel=T("سهم بلوک‌های صرفه‌جویی‌شده", "share of blocks saved"))
        ax.xaxis.set_major_formatter(percent())
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        if T.lang == "fa":
            right_to_left(ax)
        simulated, ours = T("شبیه‌سازی", "simulated"), T("مدل کتاب", "our model")
        points = {"linestyle": ""}
        marks = [Patch(color=(PALETTE["blue"], 0.3), label=T("مقاله", "paper")),
                 Line2D([], [], **points, marker="o", color=PALETTE["vermilion"], label=simulated),
                 Line2D([], [], **points, marker="D", color=PALETTE["green"], label=ours)]  # fmt: skip
        marks = marks if T.lang == "en" else marks[::-1]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=3, handlelength=1.1, **T.legend)


def prefixes() -> None:
    """Blocks of real prompts that are still there from earlier ones, by the size of the memory."""
    history = results.load("paged-prefix").history

    @figure(
        fa="سهم بلوک‌های متن آغازین که از درخواست‌های پیشین مانده‌اند، در برابر اندازهٔ حافظه به میلیون "
        "توکن: منحنی نخست کند، سپس تند بالا می‌رود و سرانجام هموار می‌شود.",
        en="The share of prompt blocks that are still there from earlier requests, against the size of the "
        "memory in millions of tokens: the curve rises slowly at first, then steeply, and levels off.",
    )
    def draw(T):
        ax = axes_of(2.7)
        millions = [tokens / 1e6 for tokens in history["tokens"]]
        ax.plot(millions, history["hits"], color=PALETTE["vermilion"], marker="D")
        ax.set(xscale="log", ylim=(0, None), ylabel=T("یافته‌شده", "found"))
        ax.set_xlabel(T("حافظه، میلیون توکن", "memory, million tokens"))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.yaxis.set_major_formatter(percent())

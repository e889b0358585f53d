"""Charts of the chapter on additive attention: what a score finds, and what large widths do to a softmax."""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen.additive import saturation
from attngen.plotting import PALETTE, figure

FOUND = {  # kinds of the lookup task: colour, mark, Persian and English name
    "additive": ("vermilion", "o", "جمعی", "additive"),
    "dot, equal lengths": ("sky", "s", "ضرب نقطه‌ای، طول‌ها برابر", "dot product, equal lengths"),
    "dot": ("blue", "D", "ضرب نقطه‌ای", "dot product"),
    "additive, no bias": ("gold", "v", "جمعی، بی بایاس", "additive, no bias"),
}
SATURATED = {
    "unscaled": ("purple", "ضرب نقطه‌ای بی مقیاس", "dot product, not scaled"),
    "scaled": ("blue", "ضرب نقطه‌ای مقیاس‌شده", "scaled dot product"),
    "additive": ("vermilion", "جمعی", "additive"),
}


def axes(height: float, columns: int = 1):
    """One row of axes of the book's width."""
    plt.rcParams["font.size"] = 12
    return plt.subplots(1, columns, figsize=(6, height), layout="constrained", squeeze=False)[1][0]


def plain(value: float, _=None) -> str:
    return f"{value:g}"


def powers_of_two(axis) -> None:
    """1, 2, 4, … written out."""
    axis.axes.set_xscale("log", base=2)
    axis.set_major_formatter(FuncFormatter(plain))
    axis.set_minor_locator(NullLocator())


def lookup_accuracy(found: dict[str, list[float]], widths, keys: int) -> None:
    """The share of queries that find their key, by the width of the vectors; dashed: guessing."""

    @figure(
        fa="درستی یافتن کلید بر حسب پهنای بردارها: جمعی در همهٔ پهناها نزدیک یک است؛ ضرب نقطه‌ای با پهنا "
        "بالا می‌رود و وقتی طول بردارها برابر باشد از همان پهنای کم به یک می‌رسد؛ جمعی بی بایاس همه جا زیر "
        "یک‌سوم می‌ماند و در پهنای زیاد به حدس تصادفی می‌رسد.",
        en="How often the right key is found, by the width of the vectors: additive attention is near one at "
        "every width; the dot product rises with the width, and with vectors of equal length it is near one "
        "from small widths on; additive attention without biases stays below one third everywhere and comes "
        "down to guessing at the largest width.",
    )
    def draw(T):
        (ax,) = axes(3.9)
        for kind, (colour, mark, fa, en) in FOUND.items():
            style = {"color": PALETTE[colour], "marker": mark, "markersize": 6}
            ax.plot(widths, found[kind], label=T(fa, en), **style)
        ax.axhline(1 / keys, color=PALETTE["muted"], linestyle=(0, (2, 1.5)), linewidth=1.2)
        powers_of_two(ax.xaxis)
        ax.set_xticks(widths)
        ax.set(ylim=(0, 1.04), xlabel=T("پهنای بردارها", "width of the vectors"))
        ax.set_ylabel(T("سهم پاسخ‌های درست", "share of right answers"))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)


@torch.no_grad()
def curves(model, turn, queries=(-1.0, 0.0, 1.0), reach: float = 2.0, points: int = 81):
    """Scores of keys from -reach to reach for each query, the largest of each query being 0.

    Returns the keys and, by query, the scores; the rotation (here a sign) is taken off the queries.
    """
    keys = torch.linspace(-reach, reach, points)[:, None]
    asked = torch.tensor(queries)[:, None] @ turn
    scores = model(asked, keys)
    return keys[:, 0], scores - scores.max(dim=-1, keepdim=True).values


def score_curves(models: dict) -> None:
    """How the score depends on a key of one number, for three queries; ``models`` kind -> (model, turn)."""
    drawn = {kind: curves(*pair) for kind, pair in models.items()}

    @figure(
        fa="امتیاز بر حسب کلید برای پرس‌وجوهای منفی یک، صفر و یک. در ضرب نقطه‌ای هر سه نمودار خط راست‌اند و "
        "بیشینه‌شان همیشه در یکی از دو سر است؛ در جمعی هر نمودار نزدیک پرس‌وجوی خودش قله دارد.",
        en="Score by key for the queries minus one, zero and one. With the dot product all three are "
        "straight lines, highest at one of the two ends; with additive attention each has its peak near its "
        "own query.",
    )
    def draw(T):
        panels = axes(3.2, len(drawn))
        for ax, (kind, (keys, scores)) in zip(panels, drawn.items(), strict=True):
            _, _, fa, en = FOUND[kind]
            lines = zip(("blue", "green", "vermilion"), (-1, 0, 1), scores, strict=True)
            for colour, asked, row in lines:
                ax.plot(keys, row, color=PALETTE[colour], label=T.number(asked))
                ax.axvline(asked, color=PALETTE[colour], linestyle=(0, (1, 2)), linewidth=1)
            ax.set(title=T(fa, en), xlabel=T("کلید", "key"))
        panels[0].set_ylabel(T("امتیاز", "score"))
        handles, labels = panels[0].get_legend_handles_labels()
        title = T("پرس‌وجو:", "query:")
        panels[0].figure.legend(
            handles, labels, loc="outside lower center", ncols=3, title=title, **T.legend
        )


def saturated(found: dict[int, dict[str, dict[str, float]]]) -> None:
    """The spread of random scores and the slope of their softmax; ``found`` is width -> measures."""

    @figure(
        fa="دو نمودار بر حسب پهنا برای امتیازهای تصادفی. پراکندگی ضرب نقطه‌ای بی مقیاس با جذر پهنا بزرگ "
        "می‌شود و شیب سافت‌مکسش به سوی صفر می‌رود؛ ضرب مقیاس‌شده و جمعی در هر پهنا یکسان می‌مانند.",
        en="Two charts by width for random scores. The spread of the dot product without a scale grows with "
        "the square root of the width and the slope of its softmax falls towards zero; the scaled product "
        "and additive attention stay the same at every width.",
    )
    def draw(T):
        panels = axes(3.4, 2)
        names = T("پراکندگی امتیازها", "spread of the scores"), T("شیب سافت‌مکس", "slope of the softmax")
        for ax, name, title in zip(panels, ("spread", "slope"), names, strict=True):
            for kind in saturation.KINDS:
                colour, fa, en = SATURATED[kind]
                values = [measures[kind][name] for measures in found.values()]
                style = {"color": PALETTE[colour], "marker": "o", "markersize": 5}
                ax.plot(list(found), values, label=T(fa, en), **style)
            powers_of_two(ax.xaxis)
            ax.set_xticks(list(found))
            ax.set(title=title, xlabel=T("پهنا", "width"))
        panels[0].set_yscale("log", base=2)
        panels[0].yaxis.set_major_formatter(FuncFormatter(plain))
        panels[0].yaxis.set_minor_locator(NullLocator())
        panels[1].set_ylim(0, 1.04)
        handles, labels = panels[0].get_legend_handles_labels()
        panels[0].figure.legend(handles, labels, loc="outside lower center", ncols=1, **T.legend)

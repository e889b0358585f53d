"""Pictures of single heads: where they look, what breaks without them, how the measures agree."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.ticker import FuncFormatter

from attngen import results
from attngen.heads.words.labels import (
    COLOURS,
    KIND_NAMES,
    MEASURE_NAMES,
    NAME,
    PHASE_NAMES,
    ROLE_NAMES,
    head_name,
    rows_of,
)
from attngen.heads.words.looks import KINDS, ROLES
from attngen.heads.words.steps import PHASES
from attngen.piglatin.pictures import attention_of
from attngen.plotting import HEAT, PALETTE, attention_map, figure


def _grid(ax: Axes, T, rows: list[dict], columns: list[str], names: dict, norm, spec: str) -> None:
    """A heat map with a row for each head and a column for each value, which is written into its cell."""
    values = np.array([[row[column] for column in columns] for row in rows], dtype=float)
    ax.imshow(np.clip(values, 0, None), cmap=HEAT, norm=norm, aspect="auto", interpolation="none")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    keys = [column.partition("_")[2] for column in columns]
    ax.set_xticks(range(len(columns)), [T(*names[key]) for key in keys], rotation=90, fontsize=10)
    ax.set_yticks(range(len(rows)), [head_name(T, row) for row in rows], fontsize=10)
    for (y, x), value in np.ndenumerate(values):
        if value >= 0.1 * norm.vmax:
            colour = PALETTE["paper" if norm(value) > 0.75 else "ink"]
            ax.text(x, y, T.number(value, spec), ha="center", va="center", fontsize=8, color=colour)


def looks(name: str = NAME) -> None:
    """Of every head, the share of its attention that falls on places of a known meaning."""
    result = results.load(name)
    heads = {kind: rows_of(result, what="head", kind=kind) for kind in KINDS}

    @figure(
        fa="سه جدول رنگی، یکی برای هر گونه توجه؛ هر سطر یک سر و هر ستون یک جای معنادار. سرهای رمزگذار و "
        "خودتوجهی رمزگشا نگاهشان را پخش می‌کنند؛ بسیاری از سرهای توجه متقاطع بیشتر به حرفی نگاه می‌کنند "
        "که نوبت نوشتنش است، یا به نشان پایان.",
        en="Three coloured tables, one for each kind of attention; a row is a head, a column a place of "
        "known meaning. Heads of the encoder and of the decoder’s self-attention spread their look; many "
        "heads of cross-attention look mostly at the letter that is due, or at the end sign.",
    )
    def draw(T):
        widths = [len(ROLES[kind]) + 1.2 for kind in KINDS]
        plt.rcParams["font.size"] = 11
        axes = plt.subplots(1, 3, figsize=(6, 4.9), layout="constrained", width_ratios=widths)[1]
        for ax, kind in zip(axes, KINDS, strict=True):
            columns = [f"looks_{role}" for role in ROLES[kind]]
            _grid(ax, T, heads[kind], columns, ROLE_NAMES, plt.Normalize(0, 1), ".2f")
            ax.set_xlabel(T(*KIND_NAMES[kind]))


def phases(name: str = NAME) -> None:
    """What each phase of the translation loses without each head, in nats a word."""
    result = results.load(name)
    heads = {kind: rows_of(result, what="head", kind=kind) for kind in KINDS}
    top = max(row[f"rise_{phase}"] for rows in heads.values() for row in rows for phase in PHASES)

    @figure(
        fa="سه جدول رنگی، یکی برای هر گونه توجه؛ هر سطر یک سر خاموش و هر ستون یک مرحلهٔ نوشتن: رونویسی، "
        "جابه‌جایی، پسوند و ایست. رنگ افزایش زیان است. جز چند خانهٔ پررنگ در توجه متقاطع، بیشتر خانه‌ها "
        "کم‌رنگ‌اند.",
        en="Three coloured tables, one for each kind of attention; a row is a head switched off, a column a "
        "phase of writing: copy, move, ending and stop. The colour is the rise of the loss. But for a few "
        "dark cells of cross-attention most are pale.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        axes = plt.subplots(1, 3, figsize=(6, 4.9), layout="constrained")[1]
        for ax, kind in zip(axes, KINDS, strict=True):
            columns = [f"rise_{phase}" for phase in PHASES]
            _grid(ax, T, heads[kind], columns, PHASE_NAMES, PowerNorm(0.4, 0, top), ".2f")
            ax.set_xlabel(T(*KIND_NAMES[kind]))


def left_out(name: str = NAME) -> None:
    """What the share of words right loses without each head, with intervals that hold for all at once."""
    result = results.load(name)
    heads = [row for kind in KINDS for row in rows_of(result, what="head", kind=kind)]

    @figure(
        fa="نمودار نقطه‌ای: برای هر سر، افت سهم واژه‌های درست بی آن سر، با بازهٔ اطمینان، روی محوری که نزدیک "
        "صفر خطی و سپس لگاریتمی است. بیشتر سرها نزدیک صفرند و چند سر توجه متقاطع بسیار بالاتر.",
        en="A dot plot: for each head the loss of words right without it, with a confidence interval, on an "
        "axis that is linear near zero and logarithmic beyond. Most heads are near zero, a few heads of "
        "cross-attention far above.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 3.9), layout="constrained")[1]
        for kind in KINDS:
            places = [place for place, row in enumerate(heads) if row["kind"] == kind]
            drops = [heads[place]["accuracy_drop"] for place in places]
            keys = (f"accuracy_drop_joint_{end}" for end in ("low", "high"))
            ends = [[heads[place][key] for place in places] for key in keys]
            reach = np.abs(np.subtract(ends, drops))
            style = {"color": PALETTE[COLOURS[kind]], "marker": "o", "markersize": 4.5, "linestyle": ""}
            ax.errorbar(places, drops, reach, elinewidth=1.2, label=T(*KIND_NAMES[kind]), **style)
        ax.axhline(0, color=PALETTE["ink"], linewidth=0.9)
        ax.set_yscale("symlog", linthresh=0.02)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}"))
        ax.set_yticks([-0.01, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4])
        ax.set_xticks([4 * n - 0.5 for n in range(1, len(heads) // 4)], [])
        ax.set(xlim=(-1, len(heads)), xlabel=T("سرها، لایه به لایه", "heads, layer by layer"))
        ax.set_ylabel(T("افت دقت (واحد درصد)", "accuracy lost (points)"))
        ax.figure.legend(loc="outside lower center", ncols=3, **T.legend)


def agreement(name: str = NAME, against: str = "loss") -> None:
    """How well every other measure ranks the heads as leave-one-out does, with intervals."""
    metrics = results.load(name).metrics
    found = []
    for other in (key for key in MEASURE_NAMES if key != against):
        key = f"rank_{against}_{other}" if f"rank_{against}_{other}" in metrics else f"rank_{other}_{against}"
        found.append((other, metrics[key], metrics[f"{key}_low"], metrics[f"{key}_high"]))

    @figure(
        fa="نمودار نقطه‌ای همبستگی رتبه‌ای پنج سنجهٔ دیگر با افزایش زیان در حذف تک‌تک، هر یک با بازهٔ "
        "اطمینان. چهار سنجه همبستگی مثبت دارند و «تنها ماندن» همبستگی منفی.",
        en="A dot plot of the rank correlation of five other measures with the rise of the loss in leaving "
        "one out, each with a confidence interval. Four correlate positively, “kept alone” negatively.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 2.6), layout="constrained")[1]
        for place, (_, mean, low, high) in enumerate(found):
            ax.plot([low, high], [place, place], color=PALETTE["blue"], linewidth=2.4, alpha=0.5)
            ax.plot([mean], [place], color=PALETTE["blue"], marker="o")
        ax.axvline(0, color=PALETTE["ink"], linewidth=0.9)
        ax.set_yticks(range(len(found)), [T(*MEASURE_NAMES[row[0]]) for row in found])
        ax.set(ylim=(len(found) - 0.5, -0.5), xlim=(min(0, *(row[2] for row in found)) - 0.02, 1))
        ax.set_xlabel(T("همبستگی رتبه‌ای با «حذف یکی: زیان»", "rank correlation with “left out: loss”"))


@torch.no_grad()
def maps(model, word: str, heads: list[tuple[str, int, int]]) -> None:
    """The attention of some heads (kind, layer, head; counted from 1) while a model translates a word."""
    found, source, inputs = attention_of(model, word)
    shown = []
    for kind, layer, head in heads:
        weights = found["self" if kind == "decoder" else kind][layer - 1, head - 1]
        rows, columns = {
            "encoder": (source, source), "decoder": (inputs, inputs), "cross": (inputs, source)
        }[kind]  # fmt: skip
        shown.append((kind, layer, head, weights, rows, columns))

    @figure(
        fa="نقشه‌های توجه چند سر کنار هم هنگام ترجمهٔ یک واژه؛ بالای هر نقشه گونهٔ توجه، لایه و شمارهٔ سر "
        "است.",
        en="The attention maps of some heads side by side while a word is translated; above each, the kind "
        "of attention, the layer and the head.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        across = min(2, len(shown))
        down = -(-len(shown) // across)
        axes = plt.subplots(down, across, figsize=(6, 3 * down), layout="constrained", squeeze=False)[1]
        for ax, (kind, layer, head, weights, rows, columns) in zip(axes.flat, shown, strict=False):
            attention_map(ax, weights.numpy(), rows, columns, T=T, write=False)
            name, comma = f"{T.number(layer)}:{T.number(head)}", T("،", ",")
            ax.set_xlabel(f"{T(*KIND_NAMES[kind])}{comma} {name}")
        for ax in axes.flat[len(shown) :]:
            ax.set_axis_off()

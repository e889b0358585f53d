"""Charts of the transformers made for series: which queries are kept, what that costs, sampled paths."""

from __future__ import annotations

import csv

import torch
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen.additive.pictures import axes, plain, powers_of_two
from attngen.nn.attention import scaled_dot_product_attention
from attngen.plotting import HEAT, PALETTE, figure
from attngen.series.probsparse import few, probsparse_attention, sparsity
from attngen.series.probsparse_study import structured_sequence

COSTS = {  # colour, Persian and English name
    "full": ("blue", "توجه کامل", "full attention"),
    "fused": ("sky", "توجه کامل، هستهٔ یکپارچه", "full attention, fused"),
    "probsparse": ("vermilion", "ProbSparse", "ProbSparse"),
    "shared": ("gold", "ProbSparse، نمونهٔ مشترک", "ProbSparse, one sample for all"),
    "hugging_face": ("purple", "ProbSparse در HF", "ProbSparse of transformers"),
}
CHOSEN = {
    "all keys": ("green", "سنجش با همهٔ کلیدها", "measured on all keys"),
    "sampled": ("vermilion", "سنجش با نمونه (ProbSparse)", "measured on a sample (ProbSparse)"),
    "one sample": ("gold", "یک نمونه برای همه", "measured on one sample for all"),
    "at random": ("muted", "گزینش تصادفی", "chosen at random"),
}
KEPT_PANELS = {
    "random": ("پرس‌وجوهای تصادفی", "random queries"),
    "structured": ("چند پرس‌وجوی جوینده", "a few seekers"),
}
FANS = {
    "tst": ("TST", "TST"),
    "informer": ("Informer در HF", "HF Informer"),
    "one_shot": ("یک‌جا", "one-shot"),
}


def maps(length: int = 40, dim: int = 16, factor: float = 2.0, seed: int = 1) -> int:
    """Weights of full and of ProbSparse attention of a structured sequence, and its measure M; returns u."""
    generator = torch.Generator().manual_seed(seed)
    query, key, _ = structured_sequence(length, dim, generator, share=0.12)
    _, full = scaled_dot_product_attention(query, key, key)
    sparse, chosen = probsparse_attention(query, key, torch.eye(length), factor, generator=generator)
    measure = sparsity(query, key, torch.arange(length))
    kept = few(length, factor)

    @figure(
        fa="سه تصویر کنار هم. چپ: وزن‌های توجه کامل، چند سطر یک خانهٔ پررنگ دارند و بقیه تقریباً "
        "یکنواخت‌اند. وسط: سنجهٔ M هر پرس‌وجو، که در همان چند سطر بزرگ است. راست: وزن‌های ProbSparse؛ سطرهای "
        "برگزیده همان سطرهای توجه کامل‌اند و بقیه کاملاً یکنواخت.",
        en="Three pictures side by side. Left: the weights of full attention; a few rows have one dark cell, "
        "the others are nearly uniform. Middle: the measure M of each query, large in just these rows. "
        "Right: the weights of ProbSparse attention: the chosen rows as in full attention, the others "
        "uniform.",
    )
    def draw(T):
        left, middle, right = axes(2.9, 3)
        shown = ((left, full, "کامل", "full"), (right, sparse, "ProbSparse", "ProbSparse"))
        for ax, weights, fa, en in shown:
            ax.imshow(weights.sqrt().numpy(), cmap=HEAT, vmin=0, vmax=1, aspect="auto")
            ax.set(title=T(fa, en), xlabel=T("کلید", "key"))
            ax.grid(visible=False)
        picked = set(chosen.tolist())
        colours = [PALETTE["vermilion" if row in picked else "muted"] for row in range(length)]
        middle.barh(range(length), measure.tolist(), color=colours, height=0.9)
        middle.set(ylim=(length - 0.5, -0.5), title="M", yticklabels=[])
        left.set_ylabel(T("پرس‌وجو", "query"))
        right.set_yticklabels([])

    return kept


def kept(found: dict[str, dict], factors) -> None:
    """The kept share of full attention by the factor c: ``found`` kind of sequence -> ``study``'s answer."""

    @figure(
        fa="سهمی از توجه کامل که می‌ماند بر حسب c، در دو تصویر. پرس‌وجوهای تصادفی: همهٔ خط‌ها آهسته بالا "
        "می‌روند. چند پرس‌وجوی جوینده: سه خط سنجش زود به یک می‌رسند و گزینش تصادفی پایین می‌ماند.",
        en="The share of full attention that is kept, by c, in two pictures. Random queries: all lines rise "
        "slowly. A few seekers: all lines that measure soon reach one; choosing at random stays low.",
    )
    def draw(T):
        panels = axes(3.8, len(KEPT_PANELS))
        for ax, (kind, title) in zip(panels, KEPT_PANELS.items(), strict=True):
            for how, (colour, fa, en) in CHOSEN.items():
                style = {"color": PALETTE[colour], "marker": "o", "markersize": 4}
                ax.plot(factors, found[kind][how], label=T(fa, en), **style)
            powers_of_two(ax.xaxis)
            ax.set_xticks(factors)
            ax.set(title=T(*title), ylim=(-0.04, 1.04), xlabel="c")
        panels[0].set_ylabel(T("سهم مانده", "share kept"))
        handles, labels = panels[0].get_legend_handles_labels()
        panels[0].figure.legend(handles, labels, loc="outside lower center", ncols=1, **T.legend)


def cost(result) -> None:
    """Milliseconds and MiB by length, of the recorded benchmark."""
    history = result.history
    every = [dict(zip(history, row, strict=True)) for row in zip(*history.values(), strict=True)]
    rows = [row for row in every if row["measure"] == "cost"]

    @figure(
        fa="زمان و حافظه بر حسب طول دنباله، همهٔ محورها لگاریتمی. در طول کم ProbSparse بالاتر از توجه کامل "
        "است؛ شیب توجه کامل تندتر است و خط‌ها در طول‌های بیشتر از هم می‌گذرند.",
        en="Time and memory by sequence length, all axes logarithmic. At small lengths ProbSparse lies above "
        "full attention; full attention rises more steeply, and the lines cross further right.",
    )
    def draw(T):
        panels = axes(4.4, 2)
        columns = (("milliseconds", "هزارم ثانیه", "milliseconds"), ("mib", "مبی‌بایت", "MiB"))
        for ax, (column, fa, en) in zip(panels, columns, strict=True):
            for kind, (colour, _, _) in COSTS.items():
                if column == "mib" and kind == "fused":
                    continue  # what the kernel holds inside is not seen
                points = sorted((row["length"], row[column]) for row in rows if row["kind"] == kind)
                ax.plot(*zip(*points, strict=True), color=PALETTE[colour], marker="o", markersize=4)
            powers_of_two(ax.xaxis)
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(FuncFormatter(plain))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.set_xticks(sorted({row["length"] for row in rows})[::2])
            ax.set(title=T(fa, en), xlabel=T("طول دنباله", "sequence length"))
        marks = [
            Line2D([], [], color=PALETTE[colour], marker="o", markersize=4, label=T(fa, en))
            for colour, fa, en in COSTS.values()
        ]
        panels[0].figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def read_fan(result, kind: str) -> list[dict[str, float]]:
    """The recorded forecast of one window, a row a step."""
    with result.path(f"fan_{kind}.csv").open(newline="") as file:
        return [{name: float(number) for name, number in row.items()} for row in csv.DictReader(file)]


def fans(result) -> None:
    """One test window: the truth, the interval and three sampled paths of every kind of model."""
    found = {kind: read_fan(result, kind) for kind in FANS}

    @figure(
        fa="سه نمودار از یک روز آزمون، یکی برای هر مدل: خط واقعیت، نوار بازه، میانه، و سه مسیر نمونه. "
        "مسیرهای خودبازگشتی پیوسته‌ترند و مسیرهای مدل یک‌جا از گامی به گام دیگر می‌پرند.",
        en="Three charts of one test day, one a model: the truth, the band of the interval, the median, and "
        "three sampled paths. Paths drawn step by step hang together; those of the one-shot model jump from "
        "step to step.",
    )
    def draw(T):
        panels = axes(3.4, len(FANS))
        for ax, (kind, rows) in zip(panels, found.items(), strict=True):
            steps = [row["step"] for row in rows]
            line = {name: [row[name] for row in rows] for name in rows[0]}
            ax.fill_between(steps, line["lower"], line["upper"], color=PALETTE["sky"], alpha=0.3, linewidth=0)
            for name in [name for name in line if name.startswith("path")]:
                ax.plot(steps, line[name], color=PALETTE["muted"], linewidth=0.8)
            ax.plot(steps, line["median"], color=PALETTE["blue"])
            ax.plot(steps, line["truth"], color=PALETTE["vermilion"], linewidth=2)
            ax.set(title=T(*FANS[kind]), xlabel=T("گام", "step"))
            ax.sharey(panels[0])
        marks = [
            Line2D([], [], color=PALETTE["vermilion"], linewidth=2, label=T("واقعیت", "truth")),
            Line2D([], [], color=PALETTE["blue"], label=T("میانه", "median")),
            Patch(color=PALETTE["sky"], alpha=0.3, label=T("بازه", "interval")),
            Line2D([], [], color=PALETTE["muted"], lw=0.8, label=T("مسیرهای نمونه", "sampled paths")),
        ]
        panels[0].figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)
        panels[0].set_ylabel(T("مقیاس‌شده", "scaled"))

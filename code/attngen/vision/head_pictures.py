"""Pictures of numbers: how far and how widely heads look, what rests on outliers, and which map is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure

# what a map is called, its colour and the style of its line
METHODS = {
    "attention": ("purple", "-", "لایهٔ آخر", "last layer"),
    "rollout": ("blue", "-", "گسترش توجه", "rollout"),
    "gradient": ("vermilion", "-", "با گرادیان", "gradient"),
    "gradient_clean": ("vermilion", (0, (5, 2)), "گرادیان بی برون‌افتاده‌ها", "gradient, no outliers"),
    "random": ("muted", "-", "تصادفی", "random"),
}


def by_head(distance, entropy, tokens: int, even: float) -> None:
    """A dot for every head (layers, heads): how far it looks, in pixels, and at how many tokens.

    tokens - of the model;  even - mean distance of attention that is spread evenly
    """
    distance, spread = np.asarray(distance, dtype=float), np.exp(np.asarray(entropy, dtype=float))

    @figure(
        fa=persian_text(
            "دو نمودار کنار هم؛ محور افقی لایه است، هر نقطه یک سر و خط میانگین سرها. چپ: میانگین فاصلهٔ "
            "نگاه به پیکسل، و خط‌چین آن اگر توجه یکنواخت بود. راست: شمار مؤثر توکن‌هایی که سر به آن‌ها "
            f"نگاه می‌کند، روی محوری لگاریتمی، و خط‌چین شمار همهٔ {tokens} توکن."
        ),
        en="Two charts side by side; the horizontal axis is the layer, each dot a head, and the line "
        "their mean. Left: the mean distance a head looks, in pixels, and dashed what it were for even "
        "attention. Right: the effective number of tokens a head looks at, on a logarithmic axis, and "
        f"dashed the number of all {tokens} tokens.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        axes = plt.subplots(1, 2, figsize=(6, 3.3), layout="constrained")[1]
        titles = T("فاصلهٔ نگاه، پیکسل", "distance, pixels"), T("شمار مؤثر توکن‌ها", "effective tokens")
        for ax, values, level, title in zip(axes, (distance, spread), (even, tokens), titles, strict=True):
            layers = np.arange(1, len(values) + 1)
            ax.plot(layers, values, linestyle="", marker="o", markersize=4, alpha=0.55, color=PALETTE["blue"])
            ax.plot(layers, values.mean(1), color=PALETTE["vermilion"], linewidth=1.6)
            ax.axhline(level, color=PALETTE["muted"], linestyle=(0, (4, 2)), linewidth=1.2)
            ax.set(title=title, xlabel=T("لایه", "layer"))
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes[0].set_ylim(bottom=0)
        axes[1].set_yscale("log")
        axes[1].yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:g}"))
        axes[1].yaxis.set_minor_formatter(NullFormatter())


def on_outliers(shares, rollout) -> None:
    """How much of [CLS]'s attention to patches lies on outliers, (layers, heads); of rollout, (layers,)."""
    shares, rollout = np.asarray(shares, dtype=float), np.asarray(rollout, dtype=float)

    @figure(
        fa="سهمی از توجه [CLS] به وصله‌های عکس که روی وصله‌های برون‌افتاده است، در برابر لایه: یک نقطه برای "
        "هر سر، خطی برای میانگین سرها، و خطی برای گسترش توجه تا آن لایه.",
        en="The share of [CLS]’s attention to patches that lies on outlier patches, by layer: a dot for each "
        "head, a line for their mean, and a line for rollout up to that layer.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 3.2), layout="constrained")[1]
        layers = np.arange(1, len(shares) + 1)
        ax.plot(layers, shares, linestyle="", marker="o", markersize=4, alpha=0.55, color=PALETTE["blue"])
        for values, colour, name in ((shares.mean(1), "vermilion", T("میانگین سرها", "mean of the heads")),
                                     (rollout, "green", T("گسترش توجه", "rollout"))):  # fmt: skip
            ax.plot(layers, values, color=PALETTE[colour], label=name)
        ax.set(ylim=(0, 1), xlabel=T("لایه", "layer"))
        ax.set_ylabel(T("سهم روی برون‌افتاده‌ها", "share on outliers"))
        ax.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        ax.legend(**T.legend)


def deletion(curves, methods: Sequence[str], names: Mapping[str, tuple] = METHODS) -> None:
    """The class's probability by covered share, mean over photos: (photos, methods, 2, steps + 1).

    Of the two the first covers the most relevant patches first, the second the least relevant.
    """
    mean = np.asarray(curves, dtype=float).mean(0)
    shares = np.linspace(0, 1, mean.shape[-1])
    persian, english = ("، ".join(names[m][2] for m in methods), ", ".join(names[m][3] for m in methods))

    @figure(
        fa="دو نمودار: احتمال ردهٔ نخست در برابر سهم پوشیدهٔ عکس، یک خط برای هر نقشه: "
        f"{persian}. چپ: نخست مهم‌ترین وصله‌ها پوشیده می‌شوند و نقشهٔ بهتر زودتر پایین می‌آید؛ راست: نخست "
        "کم‌اهمیت‌ترین‌ها، و نقشهٔ بهتر بالا می‌ماند.",
        en="Two charts: the probability of the first class by the covered share of the photo, a line for "
        f"each map: {english}. Left: the most relevant patches are covered first, and a better map falls "
        "sooner; right: the least relevant first, and a better map stays up.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        axes = plt.subplots(1, 2, figsize=(6, 3.9), sharey=True, layout="constrained")[1]
        titles = T("نخست مهم‌ترین‌ها", "most relevant first"), T("نخست کم‌اهمیت‌ها", "least relevant first")
        for side, (ax, title) in enumerate(zip(axes, titles, strict=True)):
            for method, line in zip(methods, mean[:, side], strict=True):
                colour, style, *label = names[method]
                ax.plot(shares, line, color=PALETTE[colour], linestyle=style, linewidth=1.6, label=T(*label))
            ax.set(xlim=(0, 1), xticks=(0, 0.25, 0.5, 0.75), ylim=(0, None), title=title, xlabel=T("سهم پوشیده", "covered share"))
        axes[0].set_ylabel(T("احتمال رده", "probability"))
        handles, labels = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, labels, loc="outside lower center", ncols=2, **T.legend)

"""Charts of the chapter on n-grams: unseen n-grams, bits by order and by vocabulary, and training curves."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from attngen import results
from attngen.digits import persian_text
from attngen.plotting import PALETTE, SERIES, figure

_DASHED = (0, (2, 1.5))


def _axes(height: float, columns: int = 1):
    plt.rcParams["font.size"] = 12
    return plt.subplots(1, columns, figsize=(6, height), layout="constrained")[1]


def unseen(name: str = "persian-kn5") -> None:
    """Share of the test articles' n-grams that the training articles do not contain, by order."""
    history = results.load(name).history
    shares = [100 * share for share in history["unseen"]]

    @figure(
        fa="نمودار میله‌ای: سهم ان‌گرام‌های متن آزمون که در متن آموزش نیامده‌اند، برای هر مرتبه. با "
        "بزرگ‌شدن مرتبه این سهم تند بالا می‌رود.",
        en="A bar chart: the share of the test articles' n-grams that do not occur in the training "
        "articles, for each order. It rises steeply with the order.",
    )
    def draw(T):
        ax = _axes(2.9)
        ax.bar(history["order"], shares, width=0.62, color=PALETTE["blue"])
        for order, share in zip(history["order"], shares, strict=True):
            ax.text(order, share + 2, T.number(share / 100, ".0%"), ha="center")
        ax.set(ylim=(0, 112), yticks=(0, 50, 100), xticks=history["order"])
        ax.set(xlabel=T("مرتبه: طول ان‌گرام به توکن", "order: length of the n-gram in tokens"))
        ax.set(ylabel=T("دیده‌نشده، درصد", "unseen, per cent"))
        ax.grid(axis="x", visible=False)


def orders(name: str = "persian-kn5") -> None:
    """Bits a character of the test articles by order, with Kneser-Ney and with one added to every count."""
    history = results.load(name).history

    @figure(
        fa="دو خط: بیت بر نویسهٔ متن آزمون برای هر مرتبه. با هموارسازی کنسر-نی خط با مرتبه پایین می‌آید و "
        "سپس هموار می‌شود؛ با افزودن یک به همهٔ شمارش‌ها پس از مرتبهٔ دو بالا می‌رود.",
        en="Two lines: bits a character of the test articles for each order. With Kneser-Ney smoothing the "
        "line falls with the order and then levels off; with one added to every count it rises after order "
        "two.",
    )
    def draw(T):
        ax = _axes(3.1)
        for column, colour, label in (
            ("add_one_bits_per_char", "vermilion", T("یکی افزون بر هر شمارش", "one more of everything")),
            ("test_bits_per_char", "blue", T("کنسر-نی", "Kneser-Ney")),
        ):
            ax.plot(history["order"], history[column], color=PALETTE[colour], marker="o", label=label)
            for end in (0, -1):
                place = history["order"][end], history[column][end]
                style = {"textcoords": "offset points", "ha": "center"}
                ax.annotate(T.number(place[1], ".2f"), place, (0, 8), **style)
        ax.set(xticks=history["order"], xlabel=T("مرتبه", "order"))
        ax.set_ylabel(T("بیت بر نویسه", "bits a character"))
        ax.margins(y=0.16)
        ax.legend(**T.legend)


def vocabularies(name: str = "persian-vocabularies") -> None:
    """Perplexity and bits a character of one model on the same articles, by the size of the vocabulary."""
    history = results.load(name).history

    @figure(
        fa="دو نمودار از یک مدل بر همان مقاله‌ها با واژگان‌های گوناگون. چپ: سرگشتگی با بزرگ‌شدن واژگان "
        "چندین برابر می‌شود. راست: بیت بر نویسه بسیار کمتر تغییر می‌کند.",
        en="Two charts of one model on the same articles with several vocabularies. Left: perplexity grows "
        "many times over with the vocabulary. Right: bits a character change far less.",
    )
    def draw(T):
        left, right = _axes(3.0, 2)
        for ax, column, colour, label in (
            (left, "test_perplexity", "vermilion", T("سرگشتگی توکن", "perplexity of a token")),
            (right, "test_bits_per_char", "blue", T("بیت بر نویسه", "bits a character")),
        ):
            ax.plot(history["size"], history[column], color=PALETTE[colour], marker="o")
            ax.set_xscale("log", base=2)
            ax.set(ylim=(0, 1.15 * max(history[column])), title=label)
            ax.set_xlabel(T("توکن در واژگان", "tokens in the vocabulary"))
            ticks = history["size"][1::2]
            ax.set_xticks(ticks, [T.number(size) for size in ticks])
            ax.minorticks_off()


_RUNS = {  # name: colour, and what it is called
    "persian-ngram": ("vermilion", "ان‌گرام عصبی", "neural n-gram"),
    "persian-gru": ("blue", "GRU", "GRU"),
}


def curves(names: Sequence[str] = tuple(_RUNS)) -> None:
    """Training and validation loss of the recorded runs by epoch, and the test articles' at the end."""
    runs = {name: results.load(name) for name in names}
    floor = min(min(run.history["train_loss"]) for run in runs.values()) - 0.1
    ceiling = max(run.history["val_loss"][0] for run in runs.values()) + 0.1

    @figure(
        fa="زیان دو مدل به نات بر توکن در دوره‌های آموزش: خط‌چین برای آموزش، خط پر برای اعتبارسنجی، و در "
        "پایان نشانه‌ای لوزی برای دادهٔ آزمون.",
        en="Loss of two models in nats a token over the epochs of training: dashed for training, solid for "
        "validation, and at the end a diamond for the test articles.",
    )
    def draw(T):
        ax = _axes(4.2)
        for name, run in runs.items():
            colour, epochs = PALETTE[_RUNS[name][0]], run.history["epoch"]
            ax.plot(epochs, run.history["train_loss"], color=colour, linestyle=_DASHED, linewidth=1.3)
            ax.plot(epochs, run.history["val_loss"], color=colour)
            ax.plot(epochs[-1:], [run.metrics["test_nats_per_token"]], color=colour, marker="D", markersize=7)
        ax.set(ylim=(floor, ceiling), xlabel=T("دوره", "epoch"), ylabel=T("نات بر توکن", "nats a token"))
        ax.set_xlim(0, 1.03 * max(run.history["epoch"][-1] for run in runs.values()))
        ink = PALETTE["ink"]
        named = [_RUNS[name] for name in runs]
        marks = [Line2D([], [], color=PALETTE[colour], label=T(fa, en)) for colour, fa, en in named]
        marks += [Line2D([], [], color=ink, linestyle=_DASHED, linewidth=1.3, label=T("آموزش", "training")),
                  Line2D([], [], color=ink, label=T("اعتبارسنجی", "validation")),
                  Line2D([], [], color=ink, marker="D", linestyle="", label=T("آزمون", "test"))]  # fmt: skip
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=3, **T.legend)


def live_curve(history: dict[str, list]) -> None:
    """The losses of the run that the page has just made."""

    @figure(
        fa="زیان آموزش و اعتبارسنجی، به نات بر توکن، در دوره‌های اجرای همین صفحه.",
        en="Training and validation loss, in nats a token, over the epochs of this page's own run.",
    )
    def draw(T):
        ax = _axes(2.9)
        for column, colour, label in (("train_loss", "blue", T("آموزش", "training")),
                                      ("val_loss", "vermilion", T("اعتبارسنجی", "validation"))):  # fmt: skip
            style = {"color": PALETTE[colour], "marker": "o", "markersize": 4, "label": label}
            ax.plot(history["epoch"], history[column], **style)
        ax.set(xlabel=T("دوره", "epoch"), ylabel=T("نات بر توکن", "nats a token"))
        ax.set_xticks(history["epoch"] if len(history["epoch"]) < 12 else ax.get_xticks())
        ax.legend(**T.legend)


def next_tokens(tokens: Sequence[str], rows: dict[tuple[str, str], np.ndarray], prompt: str) -> None:
    """The likeliest next tokens after a prompt, as several rules of drawing see them.

    tokens - the labels of the bars;  rows - (Persian, English) name of each rule: probabilities of the tokens
    """
    shown = [token.strip() or "␣" for token in tokens]

    @figure(
        fa=persian_text(
            f"{len(rows)} نمودار میله‌ای زیر هم: احتمال {len(tokens)} توکن محتمل پس از «{prompt}»، هر بار "
            f"با قاعده‌ای دیگر ({'، '.join(fa for fa, _ in rows)}). میلهٔ صفر توکنی است که دیگر "
            "قرعه به نامش نمی‌افتد."
        ),
        en=f"{len(rows)} bar charts, one below the other: the probability of the {len(tokens)} likeliest "
        f"tokens after a Persian prompt, each time under another rule ({', '.join(en for _, en in rows)}). "
        "A bar of zero is a token that cannot be drawn any more.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = 11
        shape = {"figsize": (6, 0.95 * len(rows) + 0.7), "layout": "constrained"}
        axes = plt.subplots(len(rows), 1, sharex=True, sharey=True, **shape)[1]
        for ax, ((fa, en), p), colour in zip(axes, rows.items(), SERIES, strict=False):
            ax.bar(range(len(shown)), p, color=PALETTE[colour], width=0.7)
            style = {"ha": "right", "va": "top", "transform": ax.get_xaxis_transform()}
            ax.text(len(shown) - 0.5, 0.92, T(fa, en), **style)
            ax.grid(axis="x", visible=False)
            ax.locator_params(axis="y", nbins=2)
        axes[-1].set_xticks(range(len(shown)), shown)
        axes[-1].tick_params(axis="x", length=0)
        axes[0].set_ylim(0, 1.15 * max(float(max(p)) for p in rows.values()))

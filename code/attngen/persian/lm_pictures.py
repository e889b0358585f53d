"""Charts of the chapter on the transformer: all models side by side, learning, corpus size, and ways to
draw."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen import results
from attngen.persian import extrapolate
from attngen.plotting import PALETTE, figure

_DASHED = (0, (2, 1.5))
# Recorded experiment, its metric, colour, and what it is called; compressors first, then models by their age.
MODELS = (
    ("persian-compressors", "test_bits_per_char_zstd", "muted", "zstd", "zstd"),
    ("persian-compressors", "test_bits_per_char_xz", "muted", "xz", "xz"),
    ("persian-compressors", "test_bits_per_char_bz2", "muted", "bzip2", "bzip2"),
    ("persian-compressors", "test_bits_per_char_ppmd", "muted", "PPMd", "PPMd"),
    ("persian-kn5", "test_bits_per_char", "gold", "کنسر-نی ۵گرام", "Kneser-Ney 5-gram"),
    ("persian-ngram", "test_bits_per_char", "vermilion", "ان‌گرام عصبی", "neural n-gram"),
    ("persian-gru", "test_bits_per_char", "blue", "GRU", "GRU"),
    ("persian-transformer", "test_bits_per_char", "green", "ترنسفورمر", "transformer"),
)
_RUNS = {name: (colour, fa, en) for name, _, colour, fa, en in MODELS[-3:]}


def _axes(height: float, columns: int = 1):
    plt.rcParams["font.size"] = 12
    return plt.subplots(1, columns, figsize=(6, height), layout="constrained")[1]


def comparison() -> None:
    """Bits a character of the test articles: compressors that saw the training articles first, and models."""
    rows = [(results.load(name).metrics[key], colour, fa, en) for name, key, colour, fa, en in MODELS]
    rows.sort(key=lambda row: -row[0])
    order = "، ".join(fa for *_, fa, _ in rows), ", ".join(en for *_, en in rows)

    @figure(
        fa=f"نمودار میله‌ای افقی: بیت بر نویسهٔ متن آزمون، از بیشترین به کمترین: {order[0]}. میله‌های "
        "فشرده‌سازها خاکستری‌اند.",
        en=f"A horizontal bar chart: bits a character of the test articles, from most to least: {order[1]}. "
        "The bars of "
        "compressors are grey.",
    )
    def draw(T):
        ax = _axes(3.5)
        for place, (bits, colour, fa, en) in enumerate(rows):
            ax.barh(place, bits, 0.68, color=PALETTE[colour])
            number, side = f"  {T.number(bits, '.2f')}  ", "right" if T.lang == "fa" else "left"
            ax.text(bits, place, number, ha=side, va="center")
        ax.set_yticks(range(len(rows)), [T(fa, en) for *_, fa, en in rows])
        ax.set(xlabel=T("بیت بر نویسهٔ متن آزمون", "bits a character of the test articles"))
        ax.set(xlim=(0, 1.13 * rows[0][0]))
        ax.grid(axis="y", visible=False)
        ax.invert_yaxis()
        if T.lang == "fa":  # bars grow from where the language begins
            ax.invert_xaxis()
            ax.yaxis.tick_right()
            ax.spines["left"].set_visible(False)
            ax.spines["right"].set_visible(True)


def curves() -> None:
    """Training and validation loss of the three recorded networks by epoch, and the test articles' at the "
    "end."""
    runs = {name: results.load(name) for name in _RUNS}
    floor = min(min(run.history["train_loss"]) for run in runs.values()) - 0.1
    ceiling = max(run.history["val_loss"][0] for run in runs.values()) + 0.1

    @figure(
        fa="زیان سه شبکه به نات بر توکن در دوره‌های آموزش: خط‌چین برای آموزش، خط پر برای اعتبارسنجی، و در "
        "پایان لوزی برای "
        "متن آزمون.",
        en="Loss of three networks in nats a token over the epochs of training: dashed for training, solid "
        "for "
        "validation, and at the end a diamond for the test articles.",
    )
    def draw(T):
        ax = _axes(4.3)
        for name, run in runs.items():
            colour, history = PALETTE[_RUNS[name][0]], run.history
            ax.plot(history["epoch"], history["train_loss"], color=colour, linestyle=_DASHED, linewidth=1.3)
            ax.plot(history["epoch"], history["val_loss"], color=colour)
            end = history["epoch"][-1:], [run.metrics["test_nats_per_token"]]
            ax.plot(*end, color=colour, marker="D", markersize=7)
        ax.set(ylim=(floor, ceiling), xlabel=T("دوره", "epoch"), ylabel=T("نات بر توکن", "nats a token"))
        ax.set_xlim(0, 1.03 * max(run.history["epoch"][-1] for run in runs.values()))
        ink = PALETTE["ink"]
        marks = [Line2D([], [], color=PALETTE[colour], label=T(fa, en)) for colour, fa, en in _RUNS.values()]
        marks += [Line2D([], [], color=ink, linestyle=_DASHED, linewidth=1.3, label=T("آموزش", "training")),
                  Line2D([], [], color=ink, label=T("اعتبارسنجی", "validation")),
                  Line2D([], [], color=ink, marker="D", linestyle="", label=T("آزمون", "test"))]  # fmt: skip
        marks = marks if T.lang == "en" else marks[3:] + marks[:3]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def learning_curve(factor: float = 128) -> None:
    """Bits a character by the size of the corpus, and two ways to carry the points on to ``factor`` times "
    "the text."""
    curves_ = extrapolate.curves_of()
    names = {"transformer": ("green", "ترنسفورمر کوچک", "small transformer")}
    names |= {model: ("gold", "کنسر-نی", "Kneser-Ney") for model in curves_ if model.startswith("kn")}
    ways = ((extrapolate.straight, _DASHED, "خط راست", "straight line"),
            (extrapolate.power_law, (0, (1, 2)), "قانون توانی", "power law"))  # fmt: skip

    @figure(
        fa="بیت بر نویسهٔ متن آزمون برای ترنسفورمری کوچک و برای کنسر-نی، در برابر اندازهٔ متن آموزش روی "
        "محوری لگاریتمی. "
        "خط‌چین و نقطه‌چین، نقطه‌ها را با خط راست و با قانون توانی به اندازه‌هایی می‌برند که سنجیده "
        "نشده‌اند؛ هر چه دورتر، "
        "این دو از هم دورتر.",
        en="Bits a character of the test articles for a small transformer and for Kneser-Ney against the "
        "size of the "
        "training text, on a logarithmic axis. A dashed and a dotted line carry the points on, by a "
        "straight line and by "
        "a power law, to sizes that were not measured; the further, the further apart the two.",
    )
    def draw(T):
        ax = _axes(4.3)
        marks = []
        for model, (sizes, bits) in curves_.items():
            colour, fa, en = names[model]
            line = np.geomspace(sizes[-1], factor * sizes[-1], 60)
            for carry, style, *_ in ways:
                carried = [carry(sizes, bits, size) for size in line]
                ax.plot(line, carried, color=PALETTE[colour], linestyle=style, linewidth=1.3)
            ax.plot(sizes, bits, color=PALETTE[colour], marker="o", markersize=5)
            marks.append(Line2D([], [], color=PALETTE[colour], marker="o", markersize=5, label=T(fa, en)))
        last = max(sizes[-1] for sizes, _ in curves_.values())
        ax.axvline(last, color=PALETTE["muted"], linewidth=0.9)
        sides = (T("سنجیده", "measured"), -6, "right"), (T("برون‌یابی", "extrapolated"), 6, "left")
        for text, shift, side in sides:
            ax.annotate(text, (last, 1), (shift, -2), ha=side, va="top", color=PALETTE["muted"],
                        xycoords=("data", "axes fraction"), textcoords="offset points")  # fmt: skip
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size / 1e6:g}"))
        ax.set_ylim(bottom=0)
        ax.margins(y=0.12)
        ax.set_xlabel(T("میلیون نویسهٔ آموزش", "million characters of training text"))
        ax.set_ylabel(T("بیت بر نویسه", "bits a character"))
        ink = PALETTE["ink"]
        for _, style, fa, en in ways:
            marks.append(Line2D([], [], color=ink, linestyle=style, linewidth=1.3, label=T(fa, en)))
        marks = marks if T.lang == "en" else marks[2:] + marks[:2]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def swept_rows(run: results.Result) -> list[dict]:
    """The rows of the sweep; before them stands one row for each model, the transformer too, at one "
    "setting."""
    rows = [dict(zip(run.history, row, strict=True)) for row in zip(*run.history.values(), strict=True)]
    return [row for row in rows if row["model"] == "transformer"][1:]


def sweep(name: str = "persian-generation") -> None:
    """Variety and repetition of the transformer's texts by temperature, for several top-p, beside the real "
    "text."""
    run = results.load(name)
    swept = swept_rows(run)
    tops = sorted({row["top_p"] for row in swept}, reverse=True)
    colours = dict(zip(tops, ("blue", "green", "vermilion", "purple"), strict=False))

    @figure(
        fa="دو نمودار کنار هم در برابر دما: چپ، سهم جفت‌های متفاوت؛ راست، سهم چهارتایی‌های تکراری؛ هر خط "
        "برای یک top-p، و "
        "خط‌چین افقی متن واقعی. دمای کم متن را یکنواخت و تکراری می‌کند و دمای زیاد پراکنده.",
        en="Two charts side by side against temperature: left, the share of distinct bigrams; right, the "
        "share of repeated "
        "4-grams; a line for each top-p, and the real text as a dashed level. Low temperature makes the "
        "text uniform and "
        "repetitive, high temperature scatters it.",
    )  # fmt: skip
    def draw(T):
        axes = _axes(3.5, 2)
        titles = {"distinct_2": T("جفت‌های متفاوت", "distinct bigrams"),
                  "repeated_4grams": T("چهارتایی‌های تکراری", "repeated 4-grams")}  # fmt: skip
        for ax, (key, title) in zip(axes, titles.items(), strict=True):
            for top_p in tops:
                mine = [(row["temperature"], row[key]) for row in swept if row["top_p"] == top_p]
                points = zip(*sorted(mine), strict=True)
                ax.plot(*points, color=PALETTE[colours[top_p]], marker="o", markersize=4)
            ax.axhline(run.metrics[f"real_{key}"], color=PALETTE["ink"], linestyle=_DASHED, linewidth=1.2)
            ax.set(ylim=(-0.03, 1.03), title=title, xlabel=T("دما", "temperature"))
        marks = [Line2D([], [], color=PALETTE[colours[p]], label=f"top-p {T.number(p, 'g')}") for p in tops]
        real = {"color": PALETTE["ink"], "linestyle": _DASHED, "linewidth": 1.2}
        marks.append(Line2D([], [], label=T("متن واقعی", "real text"), **real))
        axes[0].figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)

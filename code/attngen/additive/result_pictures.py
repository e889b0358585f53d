"""Charts of what was recorded: seconds by length, losses of four kinds of heads, gates."""

from __future__ import annotations

from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen.additive.pictures import axes, plain, powers_of_two
from attngen.additive.words_run import PLACES, gates
from attngen.cost.pictures import rows_of
from attngen.plotting import PALETTE, attention_map, figure

TIMED = {  # colour, Persian and English name
    "additive": ("vermilion", "جمعی", "additive"),
    "blocks": ("gold", "جمعی، تکه‌تکه", "additive, in blocks"),
    "dot": ("blue", "ضرب نقطه‌ای", "dot product"),
    "fused": ("sky", "ضرب نقطه‌ای، هستهٔ یکپارچه", "dot product, fused"),
}
HEADS = {
    "dot": ("blue", "ضرب نقطه‌ای", "dot product"),
    "additive": ("vermilion", "جمعی", "additive"),
    "split": ("green", "نیمی از هر یک", "half of each"),
    "gated": ("purple", "با دروازه", "gated"),
}
_PLACES = {
    "encoder": ("رمزگذار", "encoder"),
    "decoder": ("رمزگشا", "decoder"),
    "cross": ("متقاطع", "cross"),
}


def times(found) -> None:
    """Milliseconds of one head by length, forward and in training, of a recorded result or an outcome."""
    rows = rows_of(found)
    shown = [row["seconds"] for row in rows if row["measure"] in ("forward", "training")]

    @figure(
        fa="زمان یک سر بر حسب طول دنباله، هر دو محور لگاریتمی: خط‌های جمعی بالاتر از خط‌های ضرب نقطه‌ای‌اند "
        "و هر چه دنباله درازتر باشد فاصله بیشتر است، هم در گذر رو به جلو و هم در آموزش.",
        en="Time of one head by sequence length, both axes logarithmic: the lines of additive attention lie "
        "above those of the dot product, the farther the longer the sequence, in the forward pass and in "
        "training.",
    )
    def draw(T):
        panels = axes(4.0, 2)
        titles = T("گذر رو به جلو", "forward"), T("آموزش", "training")
        for ax, measure, title in zip(panels, ("forward", "training"), titles, strict=True):
            for kind, (colour, _, _) in TIMED.items():
                chosen = [row for row in rows if (row["measure"], row["kind"]) == (measure, kind)]
                points = sorted((row["length"], 1e3 * row["seconds"]) for row in chosen)
                ax.plot(*zip(*points, strict=True), color=PALETTE[colour], marker="o", markersize=4)
            powers_of_two(ax.xaxis)
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(FuncFormatter(plain))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.set(title=title, xlabel=T("طول دنباله", "sequence length"))
            ax.tick_params(axis="x", labelsize="small")
            ax.set_ylim(0.7e3 * min(shown), 1.5e3 * max(shown))
        panels[0].set_ylabel(T("هزارم ثانیه", "milliseconds"))
        marks = [
            Line2D([], [], color=PALETTE[colour], marker="o", markersize=4, label=T(fa, en))
            for colour, fa, en in TIMED.values()
        ]
        panels[0].figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def losses(result) -> None:
    """The lowest validation loss of every seed of every kind of heads."""
    history = result.history
    rows = list(zip(history["kind"], history["seed"], history["val_loss"], strict=True))
    lowest = {}
    for kind, seed, loss in rows:
        lowest[kind, seed] = min(loss, lowest.get((kind, seed), loss))

    @figure(
        fa="کمترین زیان اعتبارسنجی هر بذر برای چهار نوع سر، هر بذر یک نقطه و میانگین هر نوع یک خط کوتاه.",
        en="Lowest validation loss of each seed for four kinds of heads: a point for each seed, a short line "
        "for each mean.",
    )
    def draw(T):
        (ax,) = axes(3.0)
        for place, (kind, (colour, _, _)) in enumerate(HEADS.items()):
            values = [loss for (of, _), loss in lowest.items() if of == kind]
            ax.plot([place] * len(values), values, "o", color=PALETTE[colour], markersize=7, alpha=0.8)
            mean = sum(values) / len(values)
            ax.hlines(mean, place - 0.25, place + 0.25, color=PALETTE[colour], linewidth=2)
        ax.set_xticks(range(len(HEADS)), [T(fa, en) for _, fa, en in HEADS.values()])
        ax.set(xlim=(-0.5, len(HEADS) - 0.5), ylim=(0, 1.15 * max(lowest.values())))
        ax.set_ylabel(T("زیان (نات بر توکن)", "loss (nats per token)"))
        ax.grid(axis="x", visible=False)
        if T.lang == "fa":
            ax.invert_xaxis()
            ax.yaxis.tick_right()
            ax.yaxis.set_label_position("right")


def gate_map(model) -> None:
    """The share of addition in every head of a gated model: one row a layer, one column a head."""
    found = gates(model)

    @figure(
        fa="سه جدول برای خودتوجهی رمزگذار، خودتوجهی رمزگشا و توجه متقاطع؛ هر سطر یک لایه و هر ستون یک سر. "
        "عدد هر خانه سهم توجه جمعی در آن سر است.",
        en="Three tables, for encoder self-attention, decoder self-attention and cross-attention; a row for "
        "each layer, a column for each head. The number in a cell is the share of additive attention.",
    )
    def draw(T):
        panels = axes(2.7, len(PLACES))
        for ax, place in zip(panels, PLACES, strict=True):
            layers = found[place]
            rows = [T.number(number + 1) for number in range(len(layers))]
            columns = [T.number(number + 1) for number in range(len(layers[0]))]
            attention_map(ax, layers, rows, columns, T=T, write=True)
            for text in ax.texts:
                text.set_fontsize("x-small")
            ax.set_title(T(*_PLACES[place]))
            ax.set_xlabel(T("سر", "head"))
        panels[0].set_ylabel(T("لایه", "layer"))

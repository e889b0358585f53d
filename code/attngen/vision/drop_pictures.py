"""Pictures of dropped heads: what each costs, for which classes, and what is left as more and more go."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from attngen import results
from attngen.digits import persian_text
from attngen.plotting import HEAT, PALETTE, figure

NAME, FILE = "heads-vit-compact", "heads.npz"
ENDS = "", "_joint_low", "_joint_high"  # of intervals that hold for all heads together
# what an order is called, its colour and the style of its line
ORDERS = {
    "greedy": ("vermilion", "-", "حریصانه", "greedy"),
    "leave_one_out": ("blue", "-", "حذف تک‌تک", "leave-one-out"),
    "gradient": ("green", "-", "گرادیان دروازه", "gradient of the gate"),
    "rollout": ("purple", "-", "گسترش توجه", "rollout"),
    "bottom_up": ("gold", (0, (5, 2)), "از پایین", "from the bottom"),
    "top_down": ("gold", (0, (1, 1.5)), "از بالا", "from the top"),
}


def column(result: results.Result, name: str) -> np.ndarray:
    """A column of the recorded history, a row of which is a head: (layers, heads)."""
    layers, heads = (int(result.metrics[key]) for key in ("layers", "heads"))
    return np.asarray(result.history[name], dtype=float).reshape(layers, heads)


def arrays(result: results.Result) -> dict[str, np.ndarray]:
    """The recorded curves, orders and drops by class."""
    with np.load(result.path(FILE), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def every_head(name: str = NAME) -> None:
    """What the accuracy loses, in points: each head off alone, and each as the only one of its layer."""
    result = results.load(name)
    kinds = ("accuracy_drop", "alone_accuracy_drop")
    found = [100 * np.stack([column(result, kind + end) for end in ENDS]) for kind in kinds]
    layers, heads = found[0].shape[1:]

    @figure(
        fa=persian_text(
            f"دو جدول با {layers} سطر (لایه) و {heads} ستون (سر): افت دقت به واحد درصد. چپ وقتی تنها همان "
            "سر خاموش است؛ راست وقتی همان سر تنها سر روشن لایهٔ خود است. خانه‌های قاب‌دار بازه‌ای دارند "
            "که صفر در آن نیست و برای همهٔ سرهای آن جدول با هم درست است."
        ),
        en=f"Two tables with {layers} rows (layers) and {heads} columns (heads): the loss of accuracy in "
        "percentage points. Left with that head alone off; right with that head as the only one of its "
        "layer. Framed cells have an interval without zero; the intervals of a table hold for all its heads.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        axes = plt.subplots(1, 2, figsize=(6.2, 3.7), layout="constrained", gridspec_kw={"wspace": 0.06})[1]
        titles = T("سر خاموش", "head off"), T("تنها سر روشن", "the only head on")
        for ax, (mean, low, high), title in zip(axes, found, titles, strict=True):
            _table(ax, T, mean, (low > 0) | (high < 0))
            ax.set_title(title, pad=20)
            ax.set_xticks(range(heads), [T.number(n + 1) for n in range(heads)])
            ax.set_yticks(range(layers), [T.number(n + 1) for n in range(layers)] if ax is axes[0] else [""] * layers)
        axes[0].set_ylabel(T("لایه", "layer"))


def _table(ax, T, values: np.ndarray, framed: np.ndarray) -> None:
    """Numbers of one decimal on cells whose colour says how much they are above zero."""
    most = max(values.max(), 0.1)
    ax.imshow(values.clip(0), cmap=HEAT, vmin=0, vmax=most, interpolation="none", aspect="auto")
    for (row, place), value in np.ndenumerate(values):
        text = T.number(round(value, 1) + 0.0, ".1f" if abs(value) < 9.95 else ".0f")  # no −0
        colour = PALETTE["paper" if value > 0.8 * most else "ink"]
        ax.text(place, row, text, ha="center", va="center", fontsize=9, color=colour)
        if framed[row, place]:
            edge = {"fill": False, "edgecolor": PALETTE["ink"], "linewidth": 1}
            ax.add_patch(Rectangle((place - 0.46, row - 0.46), 0.92, 0.92, **edge))
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def dropping(name: str = NAME) -> None:
    """Accuracy by the number of dropped heads, for every order, and the range of orders by chance."""
    kept = arrays(results.load(name))
    at, random = kept["at"], kept["random"]
    named = [order for order in ORDERS if order in kept]
    persian = "، ".join(ORDERS[each][2] for each in named)
    english = ", ".join(ORDERS[each][3] for each in named)

    @figure(
        fa=f"دقت اعتبارسنجی در برابر شمار سرهای حذف‌شده، برای این ترتیب‌ها: {persian}. نوار خاکستری "
        "ترتیب‌های تصادفی را در بر می‌گیرد و نوارهای رنگی بازهٔ اطمینان‌اند.",
        en=f"Validation accuracy by the number of dropped heads, for these orders: {english}. The grey "
        "band holds the random orders; coloured bands are confidence intervals.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 4.6), layout="constrained")[1]
        grey = {"color": PALETTE["muted"], "alpha": 0.25, "linewidth": 0}
        ax.fill_between(at, random.min(0), random.max(0), label=T("تصادفی", "chance"), **grey)
        for each in named:
            colour, style, *label = ORDERS[each]
            band = {"color": PALETTE[colour], "alpha": 0.13, "linewidth": 0}
            ax.fill_between(at, kept[f"{each}_low"], kept[f"{each}_high"], **band)
            ax.plot(at, kept[each], color=PALETTE[colour], linestyle=style, linewidth=1.6, label=T(*label))
        ax.set(xlabel=T("شمار سرهای حذف‌شده", "heads dropped"), ylabel=T("دقت", "accuracy"))
        ax.set(xlim=(0, at[-1]), ylim=(0, None))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.figure.legend(loc="outside lower center", ncols=3, **T.legend)


def by_class(names: Sequence[str], persian: Sequence[str], most: int = 6, name: str = NAME) -> None:
    """Drop of accuracy in each class without each of the heads that cost most, in points."""
    result = results.load(name)
    mean, of_class = column(result, "accuracy_drop"), 100 * np.nan_to_num(arrays(result)["class_drop"])
    heads = [divmod(int(place), mean.shape[1]) for place in (-mean).ravel().argsort(kind="stable")[:most]]
    values = np.stack([of_class[layer, head] for layer, head in heads])

    @figure(
        fa=persian_text(
            f"جدولی با {len(heads)} سطر، هر سطر سری که بودنش بیش از همه مهم است، و {len(names)} ستون، یکی "
            "برای هر رده: افت دقت آن رده به واحد درصد، وقتی آن سر خاموش است."
        ),
        en=f"A table with {len(heads)} rows, each a head that matters most, and {len(names)} columns, one "
        "for each class: the loss of that class's accuracy in percentage points with that head off.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        ax = plt.subplots(figsize=(6.2, 0.36 * len(heads) + 1.5), layout="constrained")[1]
        _table(ax, T, values, np.zeros_like(values, dtype=bool))
        written = [T(*pair) for pair in zip(persian, names, strict=True)]
        ax.set_xticks(range(len(names)), written, rotation=50, ha="left", rotation_mode="anchor")
        places = [(layer + 1, head + 1) for layer, head in heads]
        rows = [T(f"لایهٔ {a}، سر {b}", f"layer {a}, head {b}") for a, b in places]
        ax.set_yticks(range(len(rows)), rows)


def three_measures(name: str = NAME) -> None:
    """Each head by the rise of the loss without it, against the two cheaper measures."""
    result = results.load(name)
    rise = column(result, "loss_rise")
    layer = np.broadcast_to(np.arange(len(rise))[:, None], rise.shape)

    @figure(
        fa="دو نمودار پراکندگی، هر نقطه یک سر؛ محور عمودی افزایش زیان با خاموش شدن آن. چپ در برابر اهمیت "
        "از گرادیان دروازه، راست در برابر اهمیت از گسترش توجه. رنگ پررنگ‌تر یعنی لایهٔ پایین‌تر.",
        en="Two scatter plots, each dot a head; the vertical axis is the rise of the loss when it is "
        "off. Left against its importance by the gradient of the gate, right by rollout. A stronger "
        "colour is a lower layer.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        axes = plt.subplots(1, 2, figsize=(6.2, 3.1), sharey=True, layout="constrained")[1]
        for ax, key in zip(axes, ("gradient", "rollout"), strict=True):
            shade = 1 - 0.6 * layer.ravel() / max(1, len(rise) - 1)
            points = column(result, key).ravel(), rise.ravel()
            ax.scatter(*points, s=26, color=PALETTE["blue"], alpha=shade, linewidths=0)
            ax.set_xlabel(T(*ORDERS[key][2:]))
            ax.axhline(0, color=PALETTE["muted"], linewidth=0.8)
            ax.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))  # the panels stand close together
        axes[0].set_ylabel(T("افزایش زیان، نات", "rise of the loss, nats"))

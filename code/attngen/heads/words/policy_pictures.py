"""Pictures of learned choices: against every other choice, while they are learned, and what they keep."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from attngen import results
from attngen.heads.words.curve_pictures import percent
from attngen.heads.words.labels import KIND_NAMES, rows_of
from attngen.heads.words.looks import kinds
from attngen.plotting import HEAT, PALETTE, figure

NAME = "heads-policy"
LINES = {
    "oracle": ("muted", (0, (1, 1.5)), "پیشگو برای هر واژه", "oracle for each word"),
    "exhaustive": ("ink", "-", "بهترین از همه", "best of all"),
    "greedy": ("vermilion", "-", "حریصانه", "greedy"),
    "one_shot": ("blue", "-", "یک‌باره", "one-shot"),
    "random": ("muted", "-", "میانگین همه", "mean of all"),
}
POINTS = {
    "bandit": ("green", "o", "آموخته، یکی برای همه", "learned, one for all"),
    "known": ("purple", "D", "آموخته، برای هر واژه", "learned, for each word"),
}


def frontier(name: str = NAME) -> None:
    """Words right by cross-attention heads used: all ways to choose, and what was learned at every price."""
    result = results.load(name)
    lines = {method: rows_of(result, what="frontier", method=method) for method in LINES}
    points = {method: rows_of(result, what="price", method=method) for method in POINTS}

    @figure(
        fa="سهم واژه‌های درست در برابر شمار سرهای متقاطع به‌کاررفته. خط پیشگو از همه بالاتر است؛ زیر آن خط "
        "بهترین انتخاب، سپس خط حریصانه و یک‌باره نزدیک به هم، و بسیار پایین‌تر میانگین همهٔ ماسک‌ها. "
        "نقطه‌های سیاست‌های آموخته روی خط بهترین یا اندکی بالای آن‌اند.",
        en="The share of words right by the number of cross-attention heads in use. The oracle’s line lies "
        "highest; below it that of the best choice, then greedy and one-shot close to each other, and far "
        "lower the mean of all masks. The points of learned policies lie on the line of the best or a "
        "little above.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax, marks = plt.subplots(figsize=(6, 4.6), layout="constrained")[1], []
        for method, (colour, style, *label) in LINES.items():
            line = {"color": PALETTE[colour], "linestyle": style, "linewidth": 1.6}
            ax.plot([row["heads"] for row in lines[method]], [row["right"] for row in lines[method]], **line)
            marks.append(Line2D([], [], label=T(*label), **line))
        for method, (colour, marker, *label) in POINTS.items():
            style = {"color": PALETTE[colour], "marker": marker, "markersize": 5.5, "linestyle": ""}
            x, y = ([row[key] for row in points[method]] for key in ("heads", "right"))
            ax.plot(x, y, alpha=0.65, **style)
            marks.append(Line2D([], [], label=T(*label), **style))
        ax.yaxis.set_major_formatter(percent())
        most = lines["greedy"][-1]["heads"]
        ax.set(xlim=(most + 0.2, 0) if T.lang == "en" else (0, most + 0.2), ylim=(0, 1.02))
        ax.set_xlabel(T("سرهای متقاطع به‌کاررفته", "cross-attention heads in use"))
        ax.set_ylabel(T("واژه‌های درست", "words right"))
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def learning(name: str = NAME, price: float | None = None) -> None:
    """The reward while policies learn, every seed, beside what the known ways reach."""
    result = results.load(name)
    prices = result.config["prices"]
    price = prices[len(prices) // 2] if price is None else price
    curves = {method: rows_of(result, what="curve", method=method, price=price) for method in POINTS}
    levels = {
        method: rows_of(result, what="price", method=method, price=price)[0]["learned"]
        for method in ("exhaustive", "greedy")
    }

    @figure(
        fa="پاداش در گام‌های آموختن، یک خط برای هر بذر، برای سیاستی که برای همه یکی است و سیاستی که به واژه "
        "نگاه می‌کند، کنار خط‌چین بهترین ماسک و ماسک حریصانه. همهٔ خط‌ها بالا می‌روند؛ سیاستِ یکی‌برای‌همه "
        "اندکی زیر خط‌چین‌ها می‌ماند و سیاستی که به واژه نگاه می‌کند از آن‌ها می‌گذرد.",
        en="The reward over the steps of learning, a line for each seed, for a policy that is one for all "
        "and one that looks at the word, beside dashed lines for the best mask and for greedy. All lines "
        "rise; those of the policy that is one for all stay a little below the dashed ones, those of the "
        "policy that looks at the word pass them.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax, marks = plt.subplots(figsize=(6, 3.9), layout="constrained")[1], []
        for method, (colour, _, *label) in POINTS.items():
            for seed in sorted({row["seed"] for row in curves[method]}):
                mine = [row for row in curves[method] if row["seed"] == seed]
                steps, rewards = ([row[key] for row in mine] for key in ("step", "reward"))
                ax.plot(steps, rewards, color=PALETTE[colour], linewidth=1.1, alpha=0.75)
            marks.append(Line2D([], [], color=PALETTE[colour], label=T(*label)))
        for method, level in levels.items():
            line = {"color": PALETTE[LINES[method][0]], "linestyle": (0, (4, 2)), "linewidth": 1.5}
            ax.axhline(level, **line)
            marks.append(Line2D([], [], label=T(*LINES[method][2:]), **line))
        ax.set(xlabel=T("گام", "step"), ylabel=T("پاداش", "reward"))
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def kept(name: str = NAME) -> None:
    """Which of all heads each way keeps: the share of words, and of seeds, that have it."""
    result = results.load(name)
    methods = {
        "greedy": ("حریصانه", "greedy"), "bandit": ("یکی برای همه", "one for all"),
        "known": ("برای هر واژه", "for each word"),
    }  # fmt: skip
    shares = {}
    for method in methods:
        rows = rows_of(result, what="kept", method=method)
        by_head = {int(row["head"]): [] for row in rows}
        for row in rows:
            by_head[int(row["head"])].append(row["kept"])
        shares[method] = np.array([np.mean(by_head[head]) for head in sorted(by_head)])
    layers = len(shares["greedy"]) // 12  # three attentions of four heads in each

    @figure(
        fa="سه جدول رنگی با یک سطر برای هر توجه و یک ستون برای هر سر: ترتیب حریصانه کدام سرها را نگه "
        "می‌دارد، و سیاست‌های آموخته هر سر را در چه سهمی از بذرها و واژه‌ها.",
        en="Three coloured tables with a row for each attention and a column for each head: which heads "
        "greedy keeps, and in what share of seeds and words the learned policies keep each head.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        axes = plt.subplots(1, 3, figsize=(6, 4.1), sharey=True, layout="constrained")[1]
        names = [f"{T(*KIND_NAMES[kind])} {T.number(layer + 1)}" for kind, layer in kinds(layers)]
        for ax, (method, label) in zip(axes, methods.items(), strict=True):
            values = shares[method].reshape(len(names), -1)
            ax.imshow(values, cmap=HEAT, vmin=0, vmax=1, aspect="auto", interpolation="none")
            ax.grid(False)
            ax.spines[:].set_visible(False)
            ax.tick_params(length=0)
            ax.set_xticks(range(values.shape[1]), [T.number(head + 1) for head in range(values.shape[1])])
            ax.set_yticks(range(len(names)), names)
            ax.set_title(T(*label))
            for (y, x), share in np.ndenumerate(values):
                if share > 0.05:
                    colour = PALETTE["paper" if share > 0.75 else "ink"]
                    style = {"ha": "center", "va": "center", "fontsize": 8, "color": colour}
                    ax.text(x, y, T.number(100 * share, ".0f"), **style)

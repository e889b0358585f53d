"""Pictures of attention between variables, beside the truth, correlations and what the forecast needs."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from attngen.plotting import PALETTE, SERIES, attention_map, figure
from attngen.plotting.drawing import arrow, box, canvas, word

TITLES = {
    "truth": ("پیشروی واقعی", "true driver"),
    "attention": ("توجه آموخته", "learned attention"),
    "level": ("همبستگی هم‌زمان", "same-time correlation"),
    "change": ("همبستگی تغییرها", "correlation of changes"),
    "past": ("همبستگی در گذشته", "correlation in the past"),
    "future": ("همبستگی در آینده", "correlation in the future"),
    "rise": ("افزایش خطا", "rise of the error"),
    "layer1": ("توجه لایهٔ نخست", "attention of layer 1"),
    "layer2": ("توجه لایهٔ دوم", "attention of layer 2"),
}
_SIGNED = ("level", "change", "past", "future")


def shown(name: str, table: Tensor, scale: str = "") -> tuple[Tensor, float]:
    """A table as shares of 0..1, and what full colour stands for.

    Correlations lose their sign; what is below zero in other tables counts as zero.
    scale - full colour is one (""), the table's largest value ("all"), or that off its diagonal ("pairs")
    """
    sizes = table.abs() if name in _SIGNED else table.clamp_min(0)
    if not scale:
        return sizes.clamp_max(1), 1.0
    top = (sizes if scale == "all" else sizes.clone().fill_diagonal_(0)).max().item()
    top = max(top, 1e-9)
    return (sizes / top).clamp_max(1), top


def _panel(ax: Axes, T, name: str, table: Tensor, labels: Sequence[str], scale: str) -> None:
    values, top = shown(name, table, scale)
    attention_map(ax, values, labels, labels, T=T, write=False)
    ax.tick_params(labelsize="x-small", pad=1)
    if max(map(len, labels)) > 2:
        ax.tick_params(axis="x", rotation=90)
    ax.set_title(T(*TITLES[name]), fontsize="medium")
    if scale:
        ax.set_xlabel(f"{T('پررنگ‌ترین:', 'darkest:')} {T.number(top, '.2f')}", fontsize="small", labelpad=4)
        ax.xaxis.set_label_position("bottom")


def beside(
    tables: dict[str, Tensor], names: Sequence[str], *, fa: str, en: str, columns: int = 3,
    labels: Sequence[str] | None = None, scale: str = "",
) -> None:  # fmt: skip
    """Some of the (V, V) ``tables`` as maps side by side: a row for each variable that looks.

    labels - of the variables; numbers from 1 otherwise
    scale  - see ``shown``; what is darkest is written below
    """

    @figure(fa=fa, en=en)
    def draw(T):
        plt.rcParams["font.size"] = 12
        down = -(-len(names) // columns)
        height = down * (6 / columns + (0.55 if scale else 0.35))
        grid = plt.subplots(down, columns, figsize=(6, height), layout="constrained", squeeze=False)[1]
        for ax, name in zip(grid.flat, names, strict=False):
            told = labels or [T.number(i + 1) for i in range(len(tables[name]))]
            _panel(ax, T, name, tables[name], told, scale)
        for ax in grid.flat[len(names) :]:
            ax.set_axis_off()


def ring_maps(tables: dict[str, Tensor]) -> None:
    """The true drivers, what was learned, and what values at the same time tell."""
    beside(
        tables, ("truth", "attention", "level"),
        fa="سه نقشه با یک سطر برای هر متغیر. نقشهٔ پیشروی واقعی در هر سطر یک خانهٔ پر دارد؛ نقشهٔ توجه "
        "آموخته همان خانه‌ها را پر کرده است؛ نقشهٔ همبستگی هم‌زمان بیرون از قطر تقریباً خالی است.",
        en="Three maps with a row for each variable. The map of true drivers has one full cell in each row; "
        "the map of learned attention has the same cells full; the map of same-time correlation is nearly "
        "empty off its diagonal.",
    )  # fmt: skip


def needless_maps(tables: dict[str, Tensor]) -> None:
    """Series of which none needs another: who is looked at, and whose exchange does harm."""
    beside(
        tables, ("truth", "attention", "rise"), scale="all",
        fa="سه نقشه برای سری‌هایی که هر یک تنها از خودش پیروی می‌کند. نقشهٔ واقعی و نقشهٔ افزایش خطا "
        "تنها روی قطر خانهٔ پر دارند؛ نقشهٔ توجه همه جا رنگ دارد.",
        en="Three maps for series that follow only themselves. The true map and the map of the rise of the "
        "error have full cells only on the diagonal; the map of attention is coloured everywhere.",
    )  # fmt: skip


def table_maps(tables: dict[str, Tensor], labels: Sequence[str]) -> None:
    """Both layers' attention of a real table, beside two correlations, each on its own scale."""
    layers = sorted(name for name in tables if name.startswith("layer"))
    beside(
        tables, (*layers[:1], "past", *layers[1:2], "future"), columns=2, labels=labels, scale="pairs",
        fa="نقشهٔ توجه دو لایه میان متغیرهای جدول، هر یک کنار نقشه‌ای از همبستگی متغیرها: لایهٔ نخست کنار "
        "گذشتهٔ پنجره‌ها و لایهٔ دوم کنار آینده‌شان.",
        en="Maps of the two layers' attention between the table's variables, each beside a map of the "
        "variables' correlation: the first layer beside the windows' past, the second beside their future.",
    )  # fmt: skip


def lags(profile: Tensor) -> None:
    """How the scores weigh shifts (see ``lag_profile``): a mark for each shift, a colour for each head."""
    furthest = profile.shape[1] // 2

    @figure(
        fa="نموداری با یک نشان برای هر جابه‌جایی زمان و هر سر: همه نزدیک صفرند مگر در یک جابه‌جایی، که در آن "
        "هر دو سر قله دارند.",
        en="A mark for each shift in time and each head: all near zero but at one shift, where both heads "
        "have a peak.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        ax = plt.subplots(figsize=(6, 2.9), layout="constrained")[1]
        for head, row in enumerate(profile):
            style = {"color": PALETTE[SERIES[head]], "label": f"{T('سر', 'head')} {T.number(head + 1)}"}
            ax.plot(range(-furthest, furthest + 1), row, marker="o", markersize=4, linewidth=1.2, **style)
        ax.axhline(0, color=PALETTE["muted"], linewidth=0.8)
        ax.set_xlabel(T("دیگری چند گام زودتر", "how many steps earlier the other"))
        ax.set_ylabel(T("وزن در امتیاز", "weight in the score"), labelpad=8)
        ax.legend(loc="upper left", **T.legend)


def tokens(variables: int = 3, steps: int = 8) -> None:
    """The same table cut into tokens of time and into tokens of variables."""

    @figure(
        fa="یک جدول با سطری برای هر متغیر و ستونی برای هر گام زمان، دو بار. در یکی هر ستون یک توکن است و "
        "توجه از گام به گام می‌رود؛ در دیگری هر سطر یک توکن است و توجه از متغیر به متغیر می‌رود.",
        en="A table with a row for each variable and a column for each time step, twice. In one every column "
        "is a token and attention goes from step to step; in the other every row is a token and attention "
        "goes from variable to variable.",
    )
    def draw(T):
        ax, cell = canvas(6, 3.2, 11.5), 0.29
        titles = T("توکن‌های زمان", "tokens of time"), T("توکن‌های متغیر", "tokens of variables")
        for left, title, of_time in zip((0.35, 3.35), titles, (True, False), strict=True):
            low = 1.15
            word(ax, left + steps * cell / 2, 2.7, title, fontweight="bold")
            for row in range(variables):
                for step in range(steps):
                    mark = step == 2 if of_time else row == variables - 1
                    style = {"edgecolor": PALETTE["muted"], "linewidth": 0.7}
                    fill = (PALETTE["vermilion"], 0.45) if mark else (PALETTE["blue"], 0.12)
                    corner = left + step * cell, low + row * cell * 1.25
                    ax.add_patch(Rectangle(corner, cell, cell, facecolor=fill, **style))
            middle, top = left + steps * cell / 2, low + (variables - 1) * cell * 1.25 + cell
            grey = {"color": PALETTE["muted"]}
            word(ax, middle, top + 0.2, T("گام‌های زمان", "time steps"), **grey)
            word(ax, left - 0.17, (low + top) / 2, T("متغیرها", "variables"), rotation=90, **grey)
            count, width = (steps, variables) if of_time else (variables, steps)
            said = T(f"{count} توکن با {width} عدد", f"{count} tokens of {width} numbers")
            arrow(ax, (middle, low - 0.05), (middle, 0.72), colour="muted")
            box(ax, middle, 0.42, 2.3, 0.5, said, "vermilion")

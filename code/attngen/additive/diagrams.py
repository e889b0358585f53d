"""Drawings of the chapter on additive attention: how two scores are made, and what a mixture mixes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, word


def _grid(
    ax: Axes, x: float, y: float, rows: int, columns: int, colour: str, cell: float = 0.18, **style
) -> None:
    """A table with its lower left corner at (x, y)."""
    style = {"facecolor": (PALETTE[colour], 0.25), "edgecolor": PALETTE[colour], "linewidth": 0.7} | style
    for row in range(rows):
        for column in range(columns):
            ax.add_patch(Rectangle((x + column * cell, y + row * cell), cell, cell, **style))


def two_scores(queries: int = 3, keys: int = 5, width: int = 4) -> None:
    """The arrays on the way from projected queries and keys to their scores."""

    @figure(
        fa=persian_text(
            f"دو راه از {queries} پرس‌وجو و {keys} کلید به امتیازها. بالا: ضرب ماتریسی یک‌راست جدول "
            f"{queries} در {keys} امتیازها را می‌دهد. پایین: نخست برای هر جفت برداری با پهنای {width} ساخته "
            f"می‌شود، {width} جدول روی هم؛ سپس هر بردار با v به یک عدد می‌رسد."
        ),
        en=f"Two ways from {queries} queries and {keys} keys to their scores. Above: a matrix product gives "
        f"the {queries} by {keys} table of scores at once. Below: first every pair gets a vector of width "
        f"{width}, {width} tables one behind another; then v reduces each vector to one number.",
    )
    def draw(T):
        ax, cell = canvas(6, 3.7, 11.5), 0.18
        titles = T("ضرب نقطه‌ای", "dot product"), T("جمعی", "additive")
        side, edge = ("right", 5.9) if T.lang == "fa" else ("left", 0.1)
        for middle, title, additive in zip((2.75, 0.75), titles, (False, True), strict=True):
            low, high = middle - queries * cell / 2, middle + queries * cell / 2
            word(ax, edge, middle + 0.85, title, ha=side, fontweight="bold")
            _grid(ax, 0.2, low, queries, width, "blue")
            _grid(ax, 1.2, middle - keys * cell / 2, keys, width, "vermilion")
            _grid(ax, 5.0, low, queries, keys, "green")
            word(ax, 0.56, high + 0.2, T("پرس‌وجوها", "queries"))
            word(ax, 1.56, middle + keys * cell / 2 + 0.2, T("کلیدها", "keys"))
            word(ax, 5.45, high + 0.2, T("امتیازها", "scores"))
            if not additive:
                arrow(ax, (1.98, middle), (3.0, middle), width=1.0)
                box(ax, 3.4, middle, 0.75, 0.4, "q · k", "gold")
                arrow(ax, (3.8, middle), (4.95, middle), width=1.0)
                continue
            arrow(ax, (1.98, middle), (2.12, middle), width=1.0)
            box(ax, 2.6, middle, 0.9, 0.4, "tanh(q+k)", "gold")
            arrow(ax, (3.08, middle), (3.23, middle), width=1.0)
            for layer in reversed(range(width)):  # the nearest table last
                x, y = 3.27 + 0.1 * layer, low + 0.1 * layer
                _grid(ax, x, y, queries, keys, "gold", facecolor=PALETTE["paper"])
            arrow(ax, (4.5, middle), (4.95, middle), width=1.0)
            word(ax, 4.74, middle + 0.2, "v", fontstyle="italic")

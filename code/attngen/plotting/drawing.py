"""What the book's drawings are made of, laid out in inches: words, boxes, arrows, frames and legends."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from .palette import PALETTE

THIN = 1.3  # width of lines


def canvas(width: float, height: float, font_size: float = 12) -> Axes:
    """Axes in inches without a frame.  A phone shows six inches in 3.7: hence the large letters."""
    hatch = {"hatch.color": PALETTE["muted"], "hatch.linewidth": 0.6}
    plt.rcParams.update({"font.size": font_size} | hatch)  # `render` takes it back
    ax = plt.figure(figsize=(width, height)).add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


def word(ax: Axes, x: float, y: float, text: str, ha: str = "center", **style) -> None:
    """One line whose small letters, or several lines whose block, have their middle at ``y``."""
    if "\n" in text:
        ax.text(x, y, text, ha=ha, va="center", **{"linespacing": 1.15} | style)
    else:
        ax.text(x, y - 0.05, text, ha=ha, va="baseline", **style)


def box(
    ax: Axes, x: float, y: float, width: float, height: float, text: str, colour: str,
    linespacing: float = 1.15, **style,
) -> None:  # fmt: skip
    """A rounded box with its middle at (x, y); ``style`` is the box's, not the text's."""
    style = {"facecolor": (PALETTE[colour], 0.16), "edgecolor": PALETTE[colour], "linewidth": 1.2, "zorder": 3} | style
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.08"
    ax.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, **style))
    word(ax, x, y, text, linespacing=linespacing, zorder=4)


def frame(ax: Axes, left: float, bottom: float, width: float, height: float) -> None:
    """A dashed frame around what belongs together."""
    style = {"fill": False, "edgecolor": PALETTE["muted"], "linestyle": (0, (4, 3)), "linewidth": 1, "zorder": 1}
    ax.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.14", **style))


def arrow(
    ax: Axes, *points: tuple[float, float], colour: str = "ink", width: float = THIN, zorder: float = 6
) -> None:  # fmt: skip
    """A line through the points, with its head at the last one."""
    style = {"color": PALETTE[colour], "linewidth": width, "joinstyle": "round", "mutation_scale": 1, "zorder": zorder}
    ax.add_patch(FancyArrowPatch(path=Path(points), arrowstyle="-|>,head_length=5,head_width=2.6", **style))


def plus(ax: Axes, x: float, y: float, radius: float = 0.12) -> None:
    """The sign of an addition, on a line."""
    ink, arm = PALETTE["ink"], radius * 0.55
    ax.add_patch(Circle((x, y), radius, facecolor=PALETTE["paper"], edgecolor=ink, linewidth=THIN, zorder=7))
    ax.plot((x - arm, x + arm), (y, y), color=ink, linewidth=THIN, zorder=8)
    ax.plot((x, x), (y - arm, y + arm), color=ink, linewidth=THIN, zorder=8)


def legend(ax: Axes, T, marks: Sequence[Patch], y: float = 0.0, columns: int | None = None) -> None:
    """A legend in the middle, ``y`` above the ground; it begins on the side where its language begins."""
    columns, marks = columns or len(marks), list(marks)
    if T.lang == "fa":  # filled column by column from the left: the first column of a Persian reader is the last
        height = -(-len(marks) // columns)
        marks = [mark for start in reversed(range(0, len(marks), height)) for mark in marks[start : start + height]]
    ax.legend(handles=marks, loc="lower center", bbox_to_anchor=(ax.get_xlim()[1] / 2, y), ncols=columns, borderpad=0,
              bbox_transform=ax.transData, handlelength=1.1, handleheight=1.1, columnspacing=1.3, **T.legend)  # fmt: skip

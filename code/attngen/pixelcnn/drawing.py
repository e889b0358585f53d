"""What the drawings of the chapter are made of, laid out in inches: cells, boxes, arrows and words."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from attngen.pixelcnn.masks import causal_mask_2d
from attngen.plotting import PALETTE

THIN = 1.3  # width of lines
# How a cell of each letter looks; "." is an empty one.
CELLS = {
    ".": {"fill": False},
    "k": {"facecolor": (PALETTE["blue"], 0.22)},
    "o": {"facecolor": PALETTE["blue"]},
    "v": {"facecolor": (PALETTE["green"], 0.6)},
    "h": {"facecolor": (PALETTE["gold"], 0.75)},
    "x": {"facecolor": PALETTE["vermilion"]},
    "r": {"facecolor": (PALETTE["sky"], 0.75)},
    "-": {"facecolor": (PALETTE["muted"], 0.16)},
    "/": {"facecolor": "none", "hatch": "////"},
} | {str(depth): {"facecolor": (PALETTE["blue"], 0.25 * depth)} for depth in range(1, 5)}


def canvas(width: float, height: float) -> Axes:
    """Axes in inches without a frame.  A phone shows six inches in 3.7: hence the large letters."""
    plt.rcParams.update({"font.size": 12, "hatch.color": PALETTE["muted"], "hatch.linewidth": 0.6})  # `render` undoes it
    ax = plt.figure(figsize=(width, height)).add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax


def word(ax: Axes, x: float, y: float, text: str, ha: str = "center", **style) -> None:
    """One line whose small letters, or several lines whose block, have their middle at ``y``."""
    if "\n" in text:
        ax.text(x, y, text, ha=ha, va="center", linespacing=1.15, **style)
    else:
        ax.text(x, y - 0.05, text, ha=ha, va="baseline", **style)


def box(ax: Axes, x: float, y: float, width: float, height: float, text: str, colour: str, **style) -> None:
    """A rounded box with its middle at (x, y)."""
    style = {"facecolor": (PALETTE[colour], 0.16), "edgecolor": PALETTE[colour], "linewidth": 1.2, "zorder": 3} | style
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.08"
    ax.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, **style))
    word(ax, x, y, text, zorder=4)


def frame(ax: Axes, left: float, bottom: float, width: float, height: float) -> None:
    """A dashed frame around what belongs together."""
    style = {"fill": False, "edgecolor": PALETTE["muted"], "linestyle": (0, (4, 3)), "linewidth": 1, "zorder": 1}
    ax.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.14", **style))


def arrow(ax: Axes, *points: tuple[float, float], colour: str = "ink", width: float = THIN) -> None:
    """A line through the points, with its head at the last one."""
    style = {"color": PALETTE[colour], "linewidth": width, "joinstyle": "round", "mutation_scale": 1, "zorder": 6}
    ax.add_patch(FancyArrowPatch(path=Path(points), arrowstyle="-|>,head_length=5,head_width=2.6", **style))


def plus(ax: Axes, x: float, y: float, radius: float = 0.12) -> None:
    """The sign of an addition, on a line."""
    ink, arm = PALETTE["ink"], radius * 0.55
    ax.add_patch(Circle((x, y), radius, facecolor=PALETTE["paper"], edgecolor=ink, linewidth=THIN, zorder=7))
    ax.plot((x - arm, x + arm), (y, y), color=ink, linewidth=THIN, zorder=8)
    ax.plot((x, x), (y - arm, y + arm), color=ink, linewidth=THIN, zorder=8)


def cells(ax: Axes, left: float, top: float, picture: Sequence[str], size: float, edge: str = "muted") -> None:
    """A grid of square cells, a letter of ``CELLS`` for each; cells of one letter are one path.

    A space leaves its cell out.
    """
    for letter in sorted(set("".join(picture)) - {" "}):
        places = [(r, c) for r, row in enumerate(picture) for c, found in enumerate(row) if found == letter]
        squares = [_square(left + c * size, top - r * size, size) for r, c in places]
        style = {"linewidth": 0.7, "edgecolor": PALETTE[edge], "zorder": 2} | CELLS[letter]
        ax.add_patch(PathPatch(Path.make_compound_path(*squares), **style))


def _square(left: float, top: float, size: float) -> Path:
    right, bottom = left + size, top - size
    return Path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], closed=True)


def outline(
    ax: Axes, left: float, top: float, row: float, column: float, size: float,
    rows: int = 1, columns: int = 1, colour: str = "vermilion", linewidth: float = 2.2,
) -> None:  # fmt: skip
    """A strong line around the cells from one row and column on."""
    corner, style = (left + column * size, top - (row + rows) * size), {"edgecolor": PALETTE[colour], "zorder": 5}
    ax.add_patch(Rectangle(corner, columns * size, rows * size, fill=False, linewidth=linewidth, joinstyle="round", **style))


def half(ax: Axes, left: float, top: float, row: int, column: int, size: float) -> None:
    """Fill the upper left half of a cell: a sum of which one part is there."""
    x, y = left + column * size, top - row * size
    ax.add_patch(Polygon([(x, y), (x + size, y), (x, y - size)], facecolor=PALETTE["gold"], linewidth=0, zorder=2))


def mask_letters(kind: str, size: int, seen: str = "o", closed: str = "-") -> list[str]:
    """A causal mask as a picture for ``cells``."""
    return ["".join(seen if open_ else closed for open_ in row) for row in causal_mask_2d(kind, size).tolist()]


def key(letter: str, text: str, **style) -> Patch:
    """What a legend says of the cells of one letter."""
    return Patch(label=text, **{"linewidth": 0.7, "edgecolor": PALETTE["muted"]} | CELLS.get(letter, {}) | style)


def legend(ax: Axes, T, marks: Sequence[Patch], y: float = 0.0, columns: int | None = None) -> None:
    """A legend in the middle, ``y`` above the ground; it begins on the side where its language begins."""
    columns, marks = columns or len(marks), list(marks)
    if T.lang == "fa":  # filled column by column from the left: the first column of a Persian reader is the last
        height = -(-len(marks) // columns)
        marks = [mark for start in reversed(range(0, len(marks), height)) for mark in marks[start : start + height]]
    ax.legend(handles=marks, loc="lower center", bbox_to_anchor=(ax.get_xlim()[1] / 2, y), ncols=columns, borderpad=0,
              bbox_transform=ax.transData, handlelength=1.1, handleheight=1.1, columnspacing=1.3, **T.legend)  # fmt: skip

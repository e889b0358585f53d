"""What the drawings of the chapter have of their own: grids of cells, each kind of cell with its own look."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from attngen.pixelcnn.masks import causal_mask_2d
from attngen.plotting import PALETTE

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

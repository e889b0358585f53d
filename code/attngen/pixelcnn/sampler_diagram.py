"""The cached sampler in four steps: what is computed, what is kept, what is read again."""

from __future__ import annotations

from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import Circle

from attngen.pixelcnn.drawing import cells, half, key, outline
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, canvas, legend, word

_CELL, _WIDTH = 0.27, 9  # of the small image; its kernel reaches two rows up and two columns to the left
_SPAN = _CELL * _WIDTH
# Rows shown and height of the ground: the image, two layers.  Nothing looks up to the last layer: it keeps no rows.
_SHEETS = ((3, 0.0), (3, 1.1), (1, 2.2))


class _Panel:
    """One step: the image at the bottom, the layers above it; in each, the current row is the lowest."""

    def __init__(self, ax: Axes, left: float, bottom: float):
        self.ax, self.left, self.bottom = ax, left, bottom

    def top(self, sheet: int) -> float:
        rows, ground = _SHEETS[sheet]
        return self.bottom + ground + rows * _CELL

    def show(self, sheet: int, above: str, row: str = "") -> None:
        """A letter for all the kept rows of a sheet, and letters for its current row."""
        rows = _SHEETS[sheet][0]
        cells(self.ax, self.left, self.top(sheet), [above * _WIDTH] * (rows - 1) + [row.ljust(_WIDTH, ".")], _CELL)

    def ready(self, sheet: int, start: int = 0) -> None:
        """The part from the rows above stands ready in the current row, from a column on."""
        for column in range(start, _WIDTH):
            half(self.ax, self.left, self.top(sheet), _SHEETS[sheet][0] - 1, column, _CELL)

    def read(self, sheet: int, first: int, last: int) -> None:
        """Mark the columns of the current row that a kernel reads."""
        block = {"columns": last - first + 1, "colour": "ink", "linewidth": 1.8}
        outline(self.ax, self.left, self.top(sheet), _SHEETS[sheet][0] - 1, first, _CELL, **block)

    def up(self, sheet: int, column: float, colour: str = "ink") -> None:
        """An arrow from a sheet to the one above it, or to the probability above the last."""
        x, start = self.left + (column + 0.5) * _CELL, self.top(sheet)
        end = self.bottom + _SHEETS[sheet + 1][1] if sheet + 1 < len(_SHEETS) else start + 0.26
        arrow(self.ax, (x, start), (x, end), colour=colour)

    def title(self, T, number: int, text: str) -> None:
        """The step's number in a circle and two lines, from the side where the language begins."""
        start, side, ha = (self.left, 1, "left") if T.lang == "en" else (self.left + _SPAN, -1, "right")
        x, y = start + side * 0.16, self.bottom + 3.2
        self.ax.add_patch(Circle((x, y), 0.16, facecolor=PALETTE["ink"], linewidth=0, zorder=3))
        word(self.ax, x, y, T.number(number), color=PALETTE["paper"], zorder=4)
        word(self.ax, start + side * 0.42, y, text, ha=ha, fontsize=11)


def _row_begins(panel: _Panel) -> None:
    for sheet, above in enumerate(("r", "r", "")):
        panel.show(sheet, above)
    for sheet in (0, 1):
        panel.ready(sheet + 1)
        for column in (1, 4, 7):
            panel.up(sheet, column, "gold")


def _pixel(panel: _Panel, column: int) -> None:
    """The features of one column in every layer, the probability, and the pixel that is drawn with it."""
    done = "k" * column
    for sheet, above, row in ((0, "k", done + "x"), (1, "k", done + "x"), (2, "", "." * column + "x")):
        panel.show(sheet, above, row)
        panel.up(sheet, column)
    panel.read(0, column - 2, column - 1)  # mask A: not the pixel itself
    panel.read(1, column - 2, column)
    for sheet in (1, 2):
        panel.ready(sheet, column + 1)
    x, outer, level = panel.left + (column + 0.5) * _CELL, panel.left + _SPAN + 0.12, panel.top(2) + 0.36
    word(panel.ax, x, level, "$p$", fontsize=14)
    ground = panel.bottom - 0.16
    way = (x + 0.12, level), (outer, level), (outer, ground), (x, ground), (x, panel.bottom)
    arrow(panel.ax, *way, colour="vermilion")


def _row_ends(panel: _Panel) -> None:
    for sheet in (0, 1):
        cells(panel.ax, panel.left, panel.top(sheet), ["/" * _WIDTH, "k" * _WIDTH, "k" * _WIDTH], _CELL)
        x, low = panel.left + _SPAN + 0.12, panel.top(sheet) - 2.8 * _CELL
        arrow(panel.ax, (x, low), (x, low + 2.6 * _CELL))
    panel.show(2, "")


def cached_sampler() -> None:
    """The algorithm of ``caches``: rows above once a row, the own row once a pixel, nothing twice."""

    @figure(
        fa="چهار گام نمونه‌برداری با حافظهٔ نهان، هر یک با تصویر در پایین و دو لایه بالای آن. ۱: در آغاز سطر، سهم "
        "سطرهای بالایی که نگه داشته شده‌اند برای همهٔ سطر یک‌باره حساب می‌شود. ۲: برای هر پیکسل تنها یک ستون از هر "
        "لایه حساب می‌شود، از سهم آمادهٔ سطرهای بالا و چند خانهٔ سمت چپ در همین سطر؛ پیکسل با احتمال به‌دست‌آمده "
        "کشیده و در تصویر نوشته می‌شود. ۳: پیکسل بعدی همین کار را یک ستون جلوتر می‌کند: خانه‌های پیشین را تنها "
        "می‌خواند و دوباره حساب نمی‌کند. ۴: در پایان، سطر به سطرهای نگه‌داشته‌شده می‌پیوندد و بالاترین "
        "سطر دیگر خوانده نمی‌شود.",
        en="Four steps of sampling with a cache, each with the image at the bottom and two layers above it. 1: when a "
        "row begins, the part of the kept rows above is computed for the whole row at once. 2: for each pixel only "
        "one column of every layer is computed, from the part that stands ready and a few cells to the left in the "
        "same row; the pixel is drawn with the probability found and written into the image. 3: the next pixel does "
        "the same one column further on, and reads the earlier cells again without computing them. 4: at the end the "
        "row joins the kept ones and the top one is read no more.",
    )
    def draw(T):
        ax = canvas(6, 8.6)
        steps = (
            (_row_begins, T("آغاز سطر: سهم سطرهای بالا،\nیک‌باره برای همهٔ سطر",
                            "a row begins: the part of the\nrows above, all at once")),
            (partial(_pixel, column=3), T("هر پیکسل: سهم همین سطر،\nیک ستون در هر لایه",
                                          "a pixel: its own row’s part,\none column in each layer")),
            (partial(_pixel, column=4), T("پیکسل بعدی: یک ستون جلوتر،\nبی هیچ محاسبهٔ دوباره",
                                          "the next pixel: one step on,\nnothing computed twice")),
            (_row_ends, T("پایان سطر: این سطر می‌ماند،\nبالاترین دیگر خوانده نمی‌شود",
                          "the row ends: it is kept,\nthe top one is read no more")),
        )  # fmt: skip
        for number, (step, title) in enumerate(steps):
            panel = _Panel(ax, 0.36 + 2.98 * (number % 2), 5.16 - 3.72 * (number // 2))
            step(panel)
            panel.title(T, number + 1, title)
            names = (T("تصویر", "image"), T("لایهٔ ۱", "layer 1"), T("لایهٔ ۲", "layer 2")) if number % 2 == 0 else ()
            for name, (rows, ground) in zip(names, _SHEETS, strict=False):
                y = panel.bottom + ground + rows * _CELL / 2
                ax.text(0.22, y, name, ha="center", va="center", rotation=90, fontsize=10.5, color=PALETTE["muted"])
        marks = [key("x", T("اکنون حساب می‌شود", "computed now")), key("k", T("نگه داشته شده", "kept")),
                 key("r", T("سطر بالا، خوانده می‌شود", "row above, being read")),
                 key(".", T("همین سطر، خوانده می‌شود", "own row, being read"), linewidth=1.8, edgecolor=PALETTE["ink"]),
                 key("h", T("سهم سطرهای بالا آماده است", "part of the rows above, ready")),
                 key("/", T("دیگر خوانده نمی‌شود", "read no more"))]  # fmt: skip
        legend(ax, T, marks, 0.02, columns=2)

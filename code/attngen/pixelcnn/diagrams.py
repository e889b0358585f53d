"""The drawings of the PixelCNN chapter that show no data: order, masks and kernels; the rest stands beside this file."""

from __future__ import annotations

from attngen.digits import persian_text
from attngen.pixelcnn.drawing import cells, key, mask_letters, outline
from attngen.pixelcnn.network_diagrams import network, two_stacks
from attngen.pixelcnn.sampler_diagram import cached_sampler
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, canvas, legend, word

__all__ = ["cached_sampler", "cropped_kernel", "masks", "network", "reading_order", "two_stacks"]
_MUTED = {"color": PALETTE["muted"]}
_SMALL = {"fontsize": 10.5}


def _numbers(ax, T, left: float, top: float, kind: str, size: int, cell: float, rows: int) -> None:
    """The ones and zeros of the first ``rows`` rows of a mask, written into its cells."""
    for row, letters in enumerate(mask_letters(kind, size, "1", "0")[:rows]):
        for column, digit in enumerate(letters):
            style = {"color": PALETTE["paper" if digit == "1" else "muted"], "fontsize": min(12, 30 * cell)}
            word(ax, left + (column + 0.5) * cell, top - (row + 0.5) * cell, T.number(int(digit)), zorder=4, **style)


def masks(size: int = 7) -> None:
    """Mask A and mask B side by side."""

    @figure(
        fa=persian_text(
            f"دو جدول {size} در {size} کنار هم: ماسک A در چپ و ماسک B در راست. سطرهای بالای مرکز و خانه‌های سمت چپ آن "
            "در هر دو باز است (یک)؛ خانه‌های سمت راست و سطرهای پایین بسته است (صفر). تنها تفاوت خانهٔ مرکز است، همان "
            "پیکسلی که پیش‌بینی می‌شود: در A بسته است و در B باز."
        ),
        en=f"Two {size} by {size} tables: mask A on the left, mask B on the right. In both, the rows above the centre "
        "and the cells to its left are open (one), the cells to its right and the rows below are closed (zero). The "
        "only difference is the centre, the pixel that is predicted: closed in A, open in B.",
    )
    def draw(T):
        ax, cell, top = canvas(6, 4.05), 2.66 / size, 3.5
        roles = (
            ("A", 0.2, T("لایهٔ نخست: تصویر را می‌خواند", "first layer: reads the image")),
            ("B", 3.14, T("لایه‌های بعد: ویژگی‌ها را می‌خوانند", "later layers: read features")),
        )
        for kind, left, role in roles:
            word(ax, left + 1.33, top + 0.3, T(f"ماسک {kind}", f"mask {kind}"), fontsize=14)
            cells(ax, left, top, mask_letters(kind, size), cell, edge="grid")
            _numbers(ax, T, left, top, kind, size, cell, size)
            outline(ax, left, top, size // 2, size // 2, cell)
            word(ax, left + 1.33, top - 2.9, role, **_SMALL)
        marks = [key("o", T("باز", "open")), key("-", T("بسته", "closed")),
                 key(".", T("پیکسلی که پیش‌بینی می‌شود", "the pixel that is predicted"), linewidth=2.2,
                     edgecolor=PALETTE["vermilion"])]  # fmt: skip
        legend(ax, T, marks, 0.02)


def order_letters(position: int, side: int) -> list[str]:
    """An image of which the pixels before ``position`` are known: k, and that one is predicted: x."""
    letters = "k" * position + "x" + "." * (side * side - position - 1)
    return [letters[row * side : (row + 1) * side] for row in range(side)]


def reading_order(side: int = 5) -> None:
    """The order of the pixels, and the product of one factor a pixel."""
    last = side * side

    @figure(
        fa=persian_text(
            f"بالا: تصویری {side} در {side} که پیکسل‌هایش سطر به سطر و از چپ به راست شماره خورده‌اند؛ پیکسل‌های پیش از "
            "پیکسل میانی رنگی‌اند، خود آن برجسته است و پیکسل‌های بعدی خالی‌اند. پایین: احتمال تصویر به صورت حاصل‌ضربی "
            "که برای هر پیکسل یک عامل دارد؛ در هر عامل یک پیکسل پیش‌بینی می‌شود و یک پیکسل به دانسته‌ها افزوده "
            "می‌شود."
        ),
        en=f"Top: an image of {side} by {side} pixels, numbered row by row from left to right; the pixels before the "
        "middle one are coloured, that one stands out, the later ones are empty. Bottom: the probability of the image "
        "as a product with one factor a pixel; from each factor to the next one more pixel is known, and the next is "
        "predicted.",
    )
    def draw(T):
        ax, cell, left, top = canvas(6, 4.65), 0.5, 0.35, 4.4
        middle = last // 2
        cells(ax, left, top, order_letters(middle, side), cell)
        for position in range(last):
            x, y = left + (position % side + 0.5) * cell, top - (position // side + 0.5) * cell
            now = position == middle
            colour = {"color": PALETTE["paper" if now else "ink" if position < middle else "muted"]}
            word(ax, x, y, T.number(position + 1), zorder=4, **colour)
        arrow(ax, (left, top + 0.14), (left + side * cell, top + 0.14), colour="muted")
        arrow(ax, (left - 0.14, top), (left - 0.14, top - side * cell), colour="muted")
        notes = ((1.0, "k", T("دانسته: پیش از این خوانده شده", "known: read before")),
                 (2.5, "x", T("اکنون پیش‌بینی می‌شود", "predicted now")),
                 (4.0, ".", T("هنوز دیده نمی‌شود", "not to be seen yet")))  # fmt: skip
        for row, letter, text in notes:
            word_side = (3.7, "left") if T.lang == "en" else (5.6, "right")
            box_left = 3.42 if T.lang == "en" else 5.7
            cells(ax, box_left, top - row * cell + 0.1, [letter], 0.2)
            word(ax, word_side[0], top - row * cell, text, ha=word_side[1])

        mini, bottom, width = 0.15, 1.22, side * 0.15
        factors = ((0, 0.84, "$p(x_1)$"), (1, 1.98, r"$p(x_2\mid x_1)$"), (2, 3.26, r"$p(x_3\mid x_1,x_2)$"),
                   (last - 1, 5.05, rf"$p(x_{{{last}}}\mid x_{{<{last}}})$"))  # fmt: skip
        word(ax, 0.38, bottom - width / 2, "$p(x)=$", fontsize=15)
        for position, x, formula in factors:
            cells(ax, x, bottom, order_letters(position, side), mini)
            word(ax, x + width / 2, bottom - width - 0.24, formula, fontsize=13)
        for x, sign in ((1.79, r"$\cdot$"), (3.0, r"$\cdot$"), (4.53, r"$\cdot\;\cdots\;\cdot$")):
            word(ax, x, bottom - width / 2, sign, fontsize=17)


def cropped_kernel(size: int = 7) -> None:
    """The whole masked kernel against the one without its closed rows."""
    rows = size // 2 + 1

    @figure(
        fa=persian_text(
            f"چپ: هستهٔ ماسک‌دار {size} در {size}؛ سطرهای زیر مرکز هاشور خورده‌اند، چون ماسک همهٔ وزن‌هایشان را صفر "
            f"می‌کند. راست: هستهٔ بریدهٔ {rows} در {size} که سطرهای بالا و سطر خود پیکسل را دارد. ضرب‌های هر پیکسل "
            f"از {size * size} به {rows * size} می‌رسد و خروجی همان است."
        ),
        en=f"Left: the masked {size} by {size} kernel; the rows below the centre are hatched, since the mask sets all "
        f"their weights to zero. Right: the cropped {rows} by {size} kernel, which keeps the open rows and the pixel's "
        f"own. The products for each pixel fall from {size * size} to {rows * size}, the output is the same.",
    )
    def draw(T):
        ax, cell, top = canvas(6, 3.7), 2.38 / size, 2.95
        whole = mask_letters("B", size)
        hatched = whole[:rows] + ["/" * size] * (size - rows)
        products = T("{} ضرب برای هر پیکسل", "{} products a pixel")
        for left, letters, title in (
            (0.15, hatched, T(f"ماسک‌دار، {size} در {size}", f"masked, {size}×{size}")),
            (3.47, whole[:rows], T(f"بریده، {rows} در {size}", f"cropped, {rows}×{size}")),
        ):
            cells(ax, left, top, letters, cell)
            _numbers(ax, T, left, top, "B", size, cell, rows)
            outline(ax, left, top, rows - 1, rows - 1, cell)
            word(ax, left + 1.19, top + 0.26, title, fontsize=14)
            word(ax, left + 1.19, top - len(letters) * cell - 0.24, products.format(T.number(len(letters) * size)))
        middle = top - rows * cell / 2
        arrow(ax, (2.68, middle), (3.32, middle), width=2)
        note = T("سطرهای بسته برداشته می‌شوند؛\nخروجی همان است", "the closed rows go,\nthe output stays")
        word(ax, 4.66, top - rows * cell - 0.75, note, **_MUTED)

"""Plans of the chapter's two networks: the exercise's, and one gated layer of the two stacks."""

from __future__ import annotations

from attngen.digits import persian_text
from attngen.pixelcnn.drawing import cells, mask_letters, outline
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, frame, plus, word

_MUTED = {"color": PALETTE["muted"]}


def _kernel(ax, x: float, y: float, kind: str, cell: float = 0.075) -> None:
    """A small kernel with its middle at (x, y): 7x7 with mask A or B, or the one cell of 1x1."""
    letters = mask_letters(kind, 7) if kind else ["o"]
    left, top = x - len(letters) * cell / 2, y + len(letters) * cell / 2
    cells(ax, left, top, letters, cell, edge="grid")
    outline(ax, left, top, len(letters) // 2, len(letters) // 2, cell, linewidth=1.4)


def network(channels: int = 64, layers: int = 6, size: int = 28) -> None:
    """The exercise's network from the image down to the probabilities."""

    @figure(
        fa=persian_text(
            f"طرح شبکهٔ تمرین از بالا به پایین: تصویر {size} در {size}، یک کانولوشن هفت در هفت با ماسک A، {layers - 1} "
            "کانولوشن هفت در هفت با ماسک B، و دو کانولوشن یک در یک. پس از هر کانولوشن جز آخری ReLU می‌آید و میان "
            f"آن‌ها {channels} کانال هست. لایهٔ آخر برای هر پیکسل یک لوجیت می‌دهد و سیگموید آن را به احتمال تبدیل "
            "می‌کند. کنار هر لایه هستهٔ آن کشیده شده است."
        ),
        en=f"Plan of the exercise's network from top to bottom: an image of {size} by {size}, one 7 by 7 convolution "
        f"with mask A, {layers - 1} 7 by 7 convolutions with mask B, and two 1 by 1 convolutions. A ReLU follows each "
        f"convolution but the last, with {channels} channels between them. The last layer gives one logit for each "
        "pixel, which the sigmoid turns into a probability. Beside each layer its kernel is drawn.",
    )
    def draw(T):
        ax, middle, note = canvas(6, 6.1), 2.75, {"fontsize": 10.5, "color": PALETTE["muted"]}
        masked = T("کانولوشن ۷ در ۷، ماسک {}", "7×7 convolution, mask {}")
        pointwise = T("کانولوشن ۱ در ۱", "1×1 convolution")
        rows = ((5.12, masked.format("A"), "A", "vermilion"), (4.06, masked.format("B"), "B", "blue"),
                (2.94, pointwise, "", "green"), (2.1, pointwise, "", "green"))  # fmt: skip
        for y, text, kind, colour in rows:
            box(ax, middle, y, 2.7, 0.46, text, colour)
            _kernel(ax, 0.72, y, kind)
        frame(ax, 0.3, 3.43, 5.5, 1.02)
        word(ax, 5.2, 4.06, f"× {T.number(layers - 1)}", fontsize=14)
        box(ax, middle, 1.18, 2.7, 0.46, T("سیگموید", "sigmoid"), "muted", linestyle=(0, (3, 2)))
        word(ax, 5.0, 1.18, T("در زیان و هنگام\nنمونه‌برداری", "in the loss and\nin the sampler"), **note)
        between = (  # start and end of an arrow, what happens there and where that is written, channels
            (5.75, 5.36, 5.55, "", 1), (4.88, 4.3, 4.66, "ReLU", channels), (3.82, 3.18, 3.62, "ReLU", channels),
            (2.7, 2.34, 2.52, "ReLU", channels), (1.86, 1.42, 1.64, T("لوجیت", "logits"), 1), (0.94, 0.55, 0.74, "", 0),
        )  # fmt: skip
        for start, end, y, text, count in between:
            arrow(ax, (middle, start), (middle, end))
            word(ax, middle + 0.14, y, text, ha="left", color=PALETTE["muted"])
            if count:  # a shape, as in the code: its order does not turn with the language
                word(ax, middle - 0.14, y, f"{count} × {size} × {size}", ha="right", **note)
        word(ax, middle, 5.9, T("تصویر", "image"))
        word(ax, middle, 0.33, T("احتمال جوهر بودن هر پیکسل", "probability that each pixel is ink"))


_VERTICAL = ["vvvvvvv"] * 3 + ["......."] * 2
_HORIZONTAL = ["......."] * 3 + ["hhh....", "......."]
_BOTH = ["vvvvvvv"] * 3 + ["hhh....", "......."]


def two_stacks() -> None:
    """What each stack of the gated network sees, and how one layer joins them."""

    @figure(
        fa="بالا سه جدول: پشتهٔ عمودی همهٔ سطرهای بالای پیکسل را می‌بیند، پشتهٔ افقی خانه‌های سمت چپ در همان سطر را، "
        "و هر دو با هم همهٔ پیکسل‌های پیشین را، بی نقطهٔ کور. پایین یک لایه: پشتهٔ عمودی کانولوشن، دروازه و اتصال "
        "باقیمانده‌ای دارد؛ آنچه کانولوشنش می‌دهد، پیش از دروازه و از راه یک کانولوشن یک در یک، به پشتهٔ افقی افزوده "
        "می‌شود؛ پشتهٔ افقی نیز دروازه، کانولوشن یک در یک و اتصال باقیمانده‌ای دارد. راهی از پشتهٔ افقی به عمودی "
        "نیست.",
        en="Top, three tables: the vertical stack sees all rows above the pixel, the horizontal stack the cells to "
        "its left in its own row, and together they see every earlier pixel, without a blind spot. Bottom, one layer: "
        "the vertical stack has a convolution, a gate and a residual connection; what its convolution gives is added, "
        "before the gate and through a 1 by 1 convolution, to the horizontal stack, which has a gate, a 1 by 1 "
        "convolution and a residual connection of its own. No way leads from the horizontal stack to the vertical "
        "one.",
    )
    def draw(T):
        ax, cell, top = canvas(6, 7), 0.235, 6.5
        views = ((0.1, _VERTICAL, T("پشتهٔ عمودی", "vertical stack")), 
                 (2.18, _HORIZONTAL, T("پشتهٔ افقی", "horizontal stack")), (4.26, _BOTH, T("هر دو", "both")))  # fmt: skip
        for left, letters, title in views:
            cells(ax, left, top, letters, cell)
            outline(ax, left, top, 3, 3, cell)
            word(ax, left + 3.5 * cell, top + 0.26, title, fontsize=13)
        for x, sign in ((1.96, "+"), (4.04, "=")):
            word(ax, x, top - 2.5 * cell, sign, fontsize=16)
        _gated_layer(ax, T)


def _gated_layer(ax, T) -> None:
    """One residual layer of both stacks, from top to bottom: vertical left, horizontal right."""
    v, h, wide, tall = 1.65, 4.35, 1.7, 0.44
    conv, gate = T("کانولوشن {}", "{} convolution"), T("دروازه", "gate")
    frame(ax, 0.1, 0.48, 5.8, 4.1)
    for x, name, out in ((v, "$v$", "$v'$"), (h, "$h$", "$h'$")):
        word(ax, x, 4.86, name, fontsize=16)
        word(ax, x, 0.22, out, fontsize=16)
        arrow(ax, (x, 4.72), (x, 4.27))
        arrow(ax, (x, 0.9), (x, 0.38))
    box(ax, v, 4.04, wide, tall, conv.format(T("۲ در ۳", "2×3")), "green")
    arrow(ax, (v, 3.82), (v, 2.87))
    box(ax, v, 2.64, wide, tall, gate, "purple")
    arrow(ax, (v, 2.42), (v, 1.16))
    box(ax, h, 4.04, wide, tall, conv.format(T("۱ در ۲", "1×2")), "gold")
    arrow(ax, (h, 3.82), (h, 3.48))
    arrow(ax, (h, 3.2), (h, 2.87))
    box(ax, h, 2.64, wide, tall, gate, "purple")
    arrow(ax, (h, 2.42), (h, 2.07))
    box(ax, h, 1.84, wide, tall, conv.format(T("۱ در ۱", "1×1")), "gold")
    arrow(ax, (h, 1.62), (h, 1.16))
    arrow(ax, (v, 3.34), (2.5, 3.34), colour="green")  # before the gate: the gate halves the channels
    box(ax, 3.02, 3.34, 0.98, tall, T("۱ در ۱", "1×1"), "green")
    arrow(ax, (3.51, 3.34), (h - 0.14, 3.34), colour="green")
    plus(ax, h, 3.34)
    for x, side in ((v, 0.42), (h, 5.58)):  # the residual connections, outside
        arrow(ax, (x, 4.46), (side, 4.46), (side, 1.02), (x + (0.14 if side > x else -0.14), 1.02), colour="muted")
        plus(ax, x, 1.02)
    word(ax, 3, 0.22, T("تنها از عمودی به افقی", "from vertical to horizontal only"), fontsize=10.5, **_MUTED)

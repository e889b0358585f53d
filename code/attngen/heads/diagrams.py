"""A drawing of multi-head attention with a gate on each head."""

from __future__ import annotations

from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, word


def gated_heads(heads: int = 4, shut: int = 2) -> None:
    """The input goes to every head; each output passes a gate before the heads are mixed.  One is shut."""

    @figure(
        fa="چهار سر کنار هم یک ورودی می‌گیرند؛ خروجی هر سر از دروازه‌ای می‌گذرد و سپس یک نگاشت همه را در هم "
        "می‌آمیزد. یکی از دروازه‌ها صفر است و از سرش چیزی نمی‌گذرد.",
        en="Four heads side by side take one input; the output of each passes a gate, and then one projection "
        "mixes them all. One of the gates is zero, and nothing of its head passes.",
    )
    def draw(T):
        ax = canvas(6, 3.3, 12.5)
        box(ax, 3, 0.35, 2.4, 0.5, T("ورودی لایه", "input of the layer"), "muted")
        box(ax, 3, 2.95, 3.6, 0.5, T("آمیختن سرها، نگاشت خروجی", "mixed by one projection"), "blue")
        order = range(heads) if T.lang == "en" else reversed(range(heads))
        for place, head in enumerate(order):
            x = 0.85 + place * 4.3 / (heads - 1)
            colour = "muted" if head == shut else "blue"
            gate = T.number(0 if head == shut else 1)
            arrow(ax, (3 + (x - 3) * 0.25, 0.6), (x, 0.98), colour="muted")
            box(ax, x, 1.25, 1.1, 0.5, f"{T('سر', 'head')} {T.number(head + 1)}", colour)
            arrow(ax, (x, 1.5), (x, 1.8), colour=colour)
            box(ax, x, 2.02, 0.55, 0.4, gate, "vermilion" if head == shut else "green")
            if head != shut:
                arrow(ax, (x, 2.22), (3 + (x - 3) * 0.35, 2.68), colour=colour)
        word(ax, 5.93, 2.02, T("دروازه", "gates"), ha="right", color=PALETTE["muted"], fontsize=10)

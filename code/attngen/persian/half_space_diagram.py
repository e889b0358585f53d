"""What a half-space does: one word, written in three ways, and the characters that each of them is."""

from __future__ import annotations

from attngen.digits import persian_text
from attngen.persian.steps import ZWNJ
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import canvas, word

FORMS = (
    (f"می{ZWNJ}روم", "green", "نیم‌فاصله: یک واژه، دو جزء", "half-space: one word, two parts"),
    ("می روم", "vermilion", "فاصله: دو واژه", "space: two words"),
    ("میروم", "vermilion", "چسبیده: ی شکل دیگری دارد", "joined: another shape of ی"),
)
_NAMES = {ZWNJ: "ZWNJ", " ": "␣"}


def half_space() -> None:
    """«می‌روم» with a half-space, with a space and joined, and the code points below."""

    @figure(
        fa=persian_text(
            "سه سطر: واژهٔ «می‌روم» با نیم‌فاصله، با فاصله و چسبیده، و زیر هر کدام نویسه‌هایش. تنها تفاوت سطر "
            "اول و سوم نویسهٔ ناپیدای نیم‌فاصله است، و همان شکل «ی» را تغییر می‌دهد."
        ),
        en="Three rows: the Persian word for “I go” with a half-space, with a space, and joined, each with its "
        "characters. The first and the third differ only in the invisible half-space, which changes the shape "
        "of the letter before it.",
    )  # fmt: skip
    def draw(T):
        height = 1.05
        ax = canvas(6, height * len(FORMS))
        for row, (text, colour, fa, en) in enumerate(FORMS):
            top = height * (len(FORMS) - row) - 0.28
            word(ax, 5.35, top, text, fontsize=20, color=PALETTE[colour])
            right = T.lang == "fa"
            word(ax, 4.55 if right else 0.05, top, T(fa, en), ha="right" if right else "left")
            for place, character in enumerate(text):
                x = 4.3 - 0.72 * place
                shape = {"boxstyle": "round,pad=0.28", "facecolor": "none", "edgecolor": PALETTE["muted"]}
                hidden = {"color": PALETTE[colour], "fontsize": 10} if character in _NAMES else {}
                word(ax, x, top - 0.42, _NAMES.get(character, character), bbox=shape, **hidden)

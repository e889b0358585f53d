"""Drawings of the chapter on n-grams: windows of a sentence, Bengio's network, the recurrent one unrolled."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, frame, legend, word

SENTENCE = ("ما", "هر", "روز", "کتاب", "تازه‌ای", "می‌خوانیم")
_MUTED = {"color": PALETTE["muted"]}
_CELL = {"linewidth": 0.7, "edgecolor": PALETTE["muted"]}


def _cell(ax, x: float, y: float, width: float, height: float, colour: str, strength: float) -> None:
    ax.add_patch(Rectangle((x, y), width, height, facecolor=(PALETTE[colour], strength), **_CELL))


def _mark(colour: str, strength: float, label: str) -> Rectangle:
    return Rectangle((0, 0), 1, 1, facecolor=(PALETTE[colour], strength), label=label, **_CELL)


def windows(tokens: Sequence[str] = SENTENCE, order: int = 4) -> None:
    """Every n-gram of a sentence as a row: what is seen, and what is predicted.  Read from the right."""
    row = ["END", *tokens, "END"]
    width, height = 6 / len(row), 0.26

    @figure(
        fa=persian_text(
            f"جمله‌ای از {len(tokens)} واژه میان دو نشانهٔ پایان، از راست به چپ، و زیر آن برای هر واژه یک "
            "ردیف: خانهٔ نارنجی واژه‌ای است که پیش‌بینی می‌شود و خانه‌های آبیِ سمت راستش، "
            f"حداکثر {order - 1} تا، زمینهٔ آن. پنجره در هر ردیف یک واژه به چپ می‌رود، "
            "و پیش از نشانهٔ آغاز چیزی دیده نمی‌شود."
        ),
        en=f"A sentence of {len(tokens)} words between two end marks, from right to left, and below it a "
        "row for each word: the orange cell is the word that is predicted, and the blue cells to its "
        f"right, at most {order - 1}, are its context. The window moves one word to the left with each "
        "row, and nothing is seen before the mark that begins the sentence.",
    )  # fmt: skip
    def draw(T):
        ax = canvas(6, height * (len(row) - 1) + 1.0, 11)
        top = height * (len(row) - 1) + 0.45
        for place, token in enumerate(row):
            x = 6 - (place + 0.5) * width
            word(ax, x, top + 0.2, token, **(_MUTED | {"fontsize": 9} if token == "END" else {}))
            for line in range(1, len(row)):
                seen = max(0, line - order + 1) <= place < line
                tone = ("vermilion", 0.75) if place == line else ("blue", 0.3) if seen else ("muted", 0.06)
                _cell(ax, x - width / 2, top - line * height, width, height, *tone)
        marks = [_mark("blue", 0.3, T("زمینه", "context")),
                 _mark("vermilion", 0.75, T("توکن بعدی", "next token"))]  # fmt: skip
        legend(ax, T, marks, 0.0)


def neural_ngram(tokens: Sequence[str] = SENTENCE[:4], dim: int = 192, hidden: int = 1024,
                 vocabulary: int = 4096) -> None:  # fmt: skip
    """Bengio's network: embeddings side by side, one hidden layer, a softmax over the vocabulary."""
    count = len(tokens)

    @figure(
        fa=persian_text(
            f"شبکهٔ ان‌گرام عصبی از پایین به بالا: هر یک از {count} توکنِ زمینه از جدولی مشترک برداری "
            f"{dim}‌تایی می‌گیرد، بردارها کنار هم گذاشته می‌شوند، لایه‌ای پنهان با tanh و پهنای {hidden} "
            f"از آن‌ها یک بردار می‌سازد و لایه‌ای آن را به پهنای {dim} برمی‌گرداند. ضرب در همان جدول برای "
            f"هر یک از {vocabulary} توکن یک لوجیت می‌دهد."
        ),
        en=f"The neural n-gram network from bottom to top: each of {count} context tokens gets a vector of "
        f"{dim} numbers from a shared table, the vectors are put side by side, a hidden layer of width "
        f"{hidden} with tanh makes one vector of them, and a layer brings it back to width {dim}. The "
        f"product with the same table gives a logit for each of {vocabulary} tokens.",
    )  # fmt: skip
    def draw(T):
        ax, middle = canvas(6, 4.35, 11), 2.35
        step = 4.5 / count
        for place, token in enumerate(tokens):
            x = middle + (count - 1) * step / 2 - place * step
            word(ax, x, 0.15, token)
            arrow(ax, (x, 0.32), (x, 0.62))
            box(ax, x, 0.83, step - 0.16, 0.38, T("تعبیه", "embedding"), "blue")
            arrow(ax, (x, 1.03), (x, 1.38))
        layers = (
            (1.6, T("بردارها کنار هم", "vectors side by side"), "muted", f"{count} × {dim}"),
            (2.3, T("لایهٔ پنهان، tanh", "hidden layer, tanh"), "green", f"{hidden}"),
            (3.0, T("باریک‌کردن", "narrow"), "green", f"{dim}"),
            (3.7, T("همان جدول تعبیه، سافت‌مکس", "the same table, softmax"), "vermilion", f"{vocabulary}"),
        )
        for (y, text, colour, size), below in zip(layers, (None, *layers), strict=False):
            box(ax, middle, y, 4.5, 0.4, text, colour)
            word(ax, 4.75, y, size, ha="left", fontsize=10, **_MUTED)  # a shape: it does not turn
            if below:
                arrow(ax, (middle, below[0] + 0.21), (middle, y - 0.21))
        arrow(ax, (middle, 3.91), (middle, 4.13))
        word(ax, middle, 4.24, T("احتمال توکن بعدی", "probability of the next token"))


def unrolled(tokens: Sequence[str] = ("END", *SENTENCE[:4]), hidden: int = 512, dim: int = 192) -> None:
    """The recurrent network, the same cell again and again, from right to left as the sentence is read."""
    row = list(tokens)

    @figure(
        fa=persian_text(
            "شبکهٔ بازگشتی، از راست به چپ باز شده: در هر گام همان یاخته تعبیهٔ یک توکن و حالت گام پیش را "
            f"می‌گیرد و حالت تازه‌ای با {hidden} عدد می‌سازد؛ از این حالت توکن بعدی پیش‌بینی می‌شود. "
            "پیش‌بینی هر گام، ورودی درست گام بعد است."
        ),
        en="The recurrent network, unrolled from right to left: in each step the same cell takes the "
        f"embedding of one token and the state of the step before, and makes a new state of {hidden} "
        "numbers; the next token is predicted from it. What each step should predict is the next step's "
        "input.",
    )  # fmt: skip
    def draw(T):
        ax = canvas(6, 3.0, 11)
        step = 6 / (len(row) + 0.35)
        for place, token in enumerate(row):
            x = 6 - (place + 0.62) * step
            following = row[place + 1] if place + 1 < len(row) else T("؟", "?")
            word(ax, x, 0.15, token, **(_MUTED | {"fontsize": 9.5} if token == "END" else {}))
            arrow(ax, (x, 0.32), (x, 0.60))
            box(ax, x, 0.8, step * 0.7, 0.36, T("تعبیه", "embed"), "blue")
            arrow(ax, (x, 0.99), (x, 1.28))
            box(ax, x, 1.52, step * 0.6, 0.44, "GRU", "green")
            arrow(ax, (x, 1.75), (x, 2.04))
            box(ax, x, 2.24, step * 0.7, 0.36, T("سافت‌مکس", "softmax"), "vermilion")
            arrow(ax, (x, 2.43), (x, 2.69))
            word(ax, x, 2.83, following)
            arrow(ax, (x - step * 0.31, 1.52), (x - step * 0.69, 1.52), colour="green", width=1.8)
        for y, size in ((1.14, dim), (1.9, hidden)):  # beside the first column's arrows
            word(ax, 6 - 0.62 * step + 0.1, y, T.number(size), ha="left", fontsize=9.5, **_MUTED)
        frame(ax, 0.02, 1.24, 5.96, 0.56)

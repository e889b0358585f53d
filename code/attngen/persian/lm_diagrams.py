"""Drawings of the chapter on the transformer: its parts, what a position sees, positions that turn, and
the cache."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.patches import Circle, Rectangle

from attngen.digits import persian_text
from attngen.nn import DecoderConfig, rotary_angles
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, frame, legend, plus, word

SENTENCE = ("ما", "هر", "روز", "کتاب", "تازه‌ای", "می‌خوانیم")
_MUTED = {"color": PALETTE["muted"]}
_TONES = {
    "seen": ("blue", 0.3), "closed": ("muted", 0.07), "new": ("vermilion", 0.75), "kept": ("green", 0.45),
}  # fmt: skip


def _cell(ax, x: float, y: float, width: float, height: float, tone: str) -> None:
    colour, strength = _TONES[tone]
    ax.add_patch(Rectangle((x, y), width, height, facecolor=(PALETTE[colour], strength), linewidth=0.7,
                           edgecolor=PALETTE["muted"]))  # fmt: skip


def _mark(tone: str, text: str) -> Rectangle:
    colour, strength = _TONES[tone]
    return Rectangle((0, 0), 1, 1, facecolor=(PALETTE[colour], strength), linewidth=0.7,
                     edgecolor=PALETTE["muted"], label=text)  # fmt: skip


def decoder(config: DecoderConfig = DecoderConfig()) -> None:
    """The decoder-only transformer, from the tokens below to the logits above."""

    @figure(
        fa=persian_text(
            "ترنسفورمری که تنها رمزگشا دارد، از پایین به بالا: توکن‌ها از جدول تعبیه بردار می‌گیرند و وارد "
            "جریان باقیمانده‌ای می‌شوند. "
            f"{config.layers} لایهٔ یکسان پشت هم می‌آیند؛ در هر یک نخست توجه علّی با جایگاه‌های چرخشی و سپس "
            "شبکهٔ پیش‌خور، هر دو پشت یک "
            "نرمال‌سازی لایه، پاسخ خود را به جریان می‌افزایند. پس از نرمال‌سازی پایانی، ضرب در همان جدول "
            "تعبیه لوجیت‌های توکن "
            "بعدی را می‌دهد."
        ),
        en="The decoder-only transformer from bottom to top: tokens get vectors from the embedding table "
        "and enter the "
        f"residual stream. {config.layers} equal layers follow; in each, first causal attention with rotary "
        "positions and "
        "then a feed-forward network, both behind a layer normalization, add their answers to the stream. "
        "After a last "
        "normalization, the product with the same embedding table gives the logits of the next token.",
    )  # fmt: skip
    def draw(T):
        ax, stream, side = canvas(6, 6.1, 11.5), 4.6, 2.1
        flip = (lambda x: 6 - x) if T.lang == "en" else (lambda x: x)  # the stream where the language begins
        stream, side = flip(stream), flip(side)
        word(ax, stream, 0.14, T("توکن‌ها", "tokens"))
        box(ax, stream, 0.68, 1.9, 0.4, T("جدول تعبیه", "embedding table"), "blue")
        box(ax, stream, 5.02, 1.9, 0.4, T("نرمال‌سازی لایه", "layer norm"), "muted")
        box(ax, stream, 5.62, 1.9, 0.4, T("همان جدول", "the same table"), "blue")
        word(ax, flip(2.35), 5.62, T("لوجیت توکن بعدی", "logits of the next token"))
        arrow(ax, (stream, 0.28), (stream, 0.47))
        arrow(ax, (stream, 0.88), (stream, 4.81))
        arrow(ax, (stream, 5.22), (stream, 5.41))
        parts = (("توجه علّی،\nجایگاه چرخشی", "causal attention,\nrotary positions", "vermilion"),
                 ("شبکهٔ پیش‌خور", "feed-forward", "green"))  # fmt: skip
        for number, (fa, en, colour) in enumerate(parts):
            low = 1.35 + 1.72 * number
            box(ax, side, low + 0.22, 1.9, 0.36, T("نرمال‌سازی لایه", "layer norm"), "muted")
            box(ax, side, low + 0.92, 1.9, 0.64, T(fa, en), colour)
            edge = 0.96 if side < stream else -0.96
            arrow(ax, (stream, low + 0.22), (side + edge, low + 0.22))
            arrow(ax, (side, low + 0.4), (side, low + 0.6))
            turn = stream + (-0.13 if side < stream else 0.13)
            arrow(ax, (side, low + 1.24), (side, low + 1.42), (turn, low + 1.42))
            plus(ax, stream, low + 1.42)
        frame(ax, 0.5, 1.2, 5.0, 3.45)
        times = f"{config.layers} بار", f"{config.layers} times"
        word(ax, flip(0.62), 4.42, T(*times), ha="left" if T.lang == "fa" else "right", **_MUTED)


def seen(tokens: Sequence[str] = SENTENCE) -> None:
    """What each position sees in one pass of the training, and what it has to predict.  Read from the "
    "right."""
    row = ["END", *tokens]
    width, height = 4.7 / len(row), 0.3

    @figure(
        fa=persian_text(
            f"جدولی مثلثی برای جمله‌ای از {len(tokens)} واژه که از راست به چپ خوانده می‌شود: هر سطر یک "
            "جایگاه است، خانه‌های آبی آنچه "
            "آن جایگاه می‌بیند، یعنی خودش و هر چه پیش از آن است، و در سمت چپِ سطر واژه‌ای که باید پیش‌بینی "
            "کند. خانه‌های بعدی بسته‌اند."
        ),
        en=f"A triangular table for a sentence of {len(tokens)} words that is read from right to left: each "
        "row is a "
        "position, the blue cells are what it sees, itself and all before it, and at the left end of the "
        "row stands the "
        "word that it has to predict. Later cells are closed.",
    )
    def draw(T):
        ax = canvas(6, height * len(row) + 1.15, 11.5)
        top = height * len(row) + 0.5
        for place, token in enumerate(row):
            x = 6 - (place + 1) * width
            word(ax, x + width / 2, top + 0.2, token, **(_MUTED | {"fontsize": 9} if token == "END" else {}))
            for line in range(len(row)):
                _cell(ax, x, top - (line + 1) * height, width, height, "seen" if place <= line else "closed")
        for line, token in enumerate([*tokens, "END"]):
            y = top - (line + 0.5) * height
            arrow(ax, (6 - len(row) * width - 0.05, y), (6 - len(row) * width - 0.25, y))
            word(ax, 0.55, y, token, **(_MUTED | {"fontsize": 9} if token == "END" else {}))
        word(ax, 0.55, top + 0.2, T("بعدی", "next"), **_MUTED)
        legend(ax, T, [_mark("seen", T("دیده می‌شود", "seen")), _mark("closed", T("بسته", "closed"))], 0.0)


def cache(steps: int = 6) -> None:
    """What is computed in each step of writing, without a cache and with one."""
    side = 2.5 / steps

    @figure(
        fa=persian_text(
            f"دو جدول با {steps} سطر، هر سطر یک گام نوشتن و هر ستون یک جایگاه متن، از راست به چپ. راست، بی "
            "حافظهٔ نهان: در هر گام "
            "همهٔ جایگاه‌ها از نو حساب می‌شوند و جدول مثلثی پر است. چپ، با حافظهٔ نهان: در هر گام تنها "
            "جایگاه تازه حساب "
            "می‌شود و کلید و مقدار جایگاه‌های پیشین آماده است."
        ),
        en=f"Two tables of {steps} rows, each row a step of writing and each column a position of the text, "
        "from right to "
        "left. Right, without a cache: in every step all positions are computed anew, a full triangle. "
        "Left, with a "
        "cache: in every step only the new position is computed, and the keys and values of the earlier "
        "ones are there.",
    )  # fmt: skip
    def draw(T):
        ax = canvas(6, steps * side + 0.95, 11.5)
        top = steps * side + 0.42
        for right, kept, title in ((6.0, "new", T("بی حافظهٔ نهان", "without a cache")),
                                   (2.6, "kept", T("با حافظهٔ نهان", "with a cache"))):  # fmt: skip
            word(ax, right - 1.25, top + 0.22, title)
            for step in range(steps):
                for place in range(step + 1):
                    tone = "new" if place == step else kept
                    _cell(ax, right - (place + 1) * side, top - (step + 1) * side, side, side, tone)
        for step in range(steps):
            word(ax, 3.05, top - (step + 0.5) * side, T.number(step + 1), **_MUTED)
        word(ax, 3.05, top + 0.22, T("گام", "step"), **_MUTED)
        marks = [_mark("new", T("حساب می‌شود", "computed")), _mark("kept", T("نگه داشته شده", "kept"))]
        legend(ax, T, marks, 0.0)


def rotary(dim: int = 32, pairs: Sequence[int] = (0, 3, 6), positions: int = 6) -> None:
    """One vector at the first positions: each column pair turns at a speed of its own."""
    angles = rotary_angles(positions, dim)
    degrees = [round(math.degrees(angles[1, pair])) for pair in pairs]

    @figure(
        fa=persian_text(
            f"سه دایره برای سه جفت ستون از یک پرس‌وجو، در جایگاه‌های ۰ تا {positions - 1}: جفت نخست با هر "
            f"گام {degrees[0]} درجه "
            f"می‌چرخد، دومی {degrees[1]} درجه و سومی {degrees[2]} درجه."
        ),
        en=f"Three circles for three column pairs of one query, at the positions 0 to {positions - 1}: the "
        "first pair turns "
        f"by {degrees[0]} degrees at each step, the second by {degrees[1]} and the third by {degrees[2]}.",
    )
    def draw(T):
        ax = canvas(6, 2.45, 11.5)
        for number, (pair, turn) in enumerate(zip(pairs, degrees, strict=True)):
            x, y, radius = 1.0 + 2.0 * number, 1.38, 0.68
            ax.add_patch(Circle((x, y), radius, fill=False, edgecolor=PALETTE["grid"], linewidth=1.2))
            for place in range(positions):
                angle = math.pi / 2 - float(angles[place, pair])  # from the top, clockwise
                tip = x + radius * math.cos(angle), y + radius * math.sin(angle)
                arrow(ax, (x, y), tip, colour="vermilion" if place == 0 else "blue", width=1.1)
                wide = turn * (positions - 1) > 20
                if place == positions - 1 or (wide and (pair == pairs[0] or place == 0)):
                    label = x + 1.22 * radius * math.cos(angle), y + 1.22 * radius * math.sin(angle)
                    word(ax, *label, T.number(place), fontsize=9.5, **_MUTED)
            name = T(f"جفت {pair}: هر گام {turn} درجه", f"pair {pair}: {turn}° a step")
            word(ax, x, 0.22, name, fontsize=10.5)

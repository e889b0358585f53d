"""The drawings of the Pig-Latin chapter that show no data, laid out in inches: the model, and two ways to decode."""

from __future__ import annotations

from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, frame, plus, word

_STREAM = 3.2  # width of the residual stream's line
_FONT = 11.5  # a phone shows seven inches in half the width
_SOURCE, _ANSWER = ("c", "a", "t", "‹e›"), ("a", "t", "c", "a", "y", "‹e›")
_SHIFTED = ("‹s›", *_ANSWER[:-1])
_arrow = partial(arrow, zorder=2)  # under the boxes
_box = partial(box, linespacing=1.0)


def _letters(ax: Axes, x: float, y: float, tokens: tuple[str, ...], size: float = 0.3) -> None:
    """A row of letters in cells, its middle at (x, y)."""
    for number, token in enumerate(tokens):
        left = x + (number - len(tokens) / 2) * size
        ax.add_patch(Rectangle((left, y - size / 2), size, size, fill=False, edgecolor=PALETTE["muted"], linewidth=0.9))
        word(ax, left + size / 2, y, token)


def _mask(ax: Axes, x: float, y: float, size: int = 4, cell: float = 0.11) -> None:
    """A small causal mask, its middle at (x, y): a filled cell is one that may be looked at."""
    for row in range(size):
        for column in range(size):
            corner = (x + (column - size / 2) * cell, y + (size / 2 - 1 - row) * cell)
            style = {"fill": column <= row, "facecolor": PALETTE["gold"], "edgecolor": PALETTE["gold"]}
            ax.add_patch(Rectangle(corner, cell, cell, linewidth=0.8, **style))


class _Stack:
    """The encoder or the decoder: a residual stream that rises at ``stream``, its boxes around ``middle``."""

    norm, deep, box, pitch, first = 0.36, 0.58, 1.76, 1.46, 1.86

    def __init__(self, ax: Axes, T, stream: float, middle: float):
        self.ax, self.T, self.stream, self.middle = ax, T, stream, middle
        self.edge = middle + (self.box / 2 if stream > middle else -self.box / 2)  # of the boxes, towards the stream

    def bottom(self, tokens: tuple[str, ...]) -> None:
        """Letters, their embedding and the positions that are added to it."""
        _letters(self.ax, self.stream, 0.2, tokens)
        _arrow(self.ax, (self.stream, 0.36), (self.stream, 0.6))
        _box(self.ax, self.stream, 0.78, 1.2, self.norm, self.T("تعبیه", "embedding"), "purple")
        _box(self.ax, self.middle, 1.28, self.box, self.norm, self.T("جایگاه‌ها", "positions"), "gold")
        self.add(1.28)

    def add(self, y: float) -> None:
        """From the boxes into the stream, with the sign that this is an addition."""
        x, radius = self.stream, 0.11
        _arrow(self.ax, (self.edge, y), (x + (radius if self.edge > x else -radius), y))
        plus(self.ax, x, y, radius)

    def sublayer(self, number: int, text: str, colour: str) -> float:
        """Branch off, normalise, work, add to the stream; returns the height of the working box's middle."""
        low = self.first + number * self.pitch + self.norm / 2
        high = low + self.norm / 2 + 0.22 + self.deep / 2
        _arrow(self.ax, (self.stream, low), (self.edge, low))
        _box(self.ax, self.middle, low, self.box, self.norm, self.T("نرمال‌سازی لایه", "layer norm"), "muted")
        _arrow(self.ax, (self.middle, low + self.norm / 2), (self.middle, high - self.deep / 2))
        _box(self.ax, self.middle, high, self.box, self.deep, text, colour)
        self.add(high)
        return high

    def frame(self, sublayers: int, name: str) -> float:
        """The frame of one layer, its name, and the stream up to the last norm, whose height is returned."""
        low, high = self.first - 0.2, self.first + sublayers * self.pitch + 0.36
        out = 1 if self.stream > self.middle else -1  # the side of the stream
        outer, inner = self.stream + 0.3 * out, self.middle - (self.box / 2 + 0.16) * out
        frame(self.ax, min(outer, inner), low, abs(outer - inner), high - low)
        word(self.ax, self.middle, high - 0.22, name, fontsize=14)
        word(self.ax, self.middle, high - 0.48, self.T("× N لایه", "× N layers"), color=PALETTE["muted"])
        style = {"color": PALETTE["ink"], "linewidth": _STREAM, "solid_capstyle": "butt", "zorder": 1}
        self.ax.plot((self.stream, self.stream), (0.96, high + 0.2), **style)
        _arrow(self.ax, (self.stream, high + 0.12), (self.stream, high + 0.26))
        _box(self.ax, self.stream, high + 0.44, 1.36, self.norm, self.T("نرمال‌سازی لایه", "layer norm"), "muted")
        return high + 0.44


def architecture() -> None:
    """The encoder-decoder transformer of ``attngen.nn.transformer``, sub-layer by sub-layer."""

    @figure(
        fa="طرح ترنسفورمر: رمزگذار در چپ حرف‌های «cat» را می‌خواند و رمزگشا در راست حرف‌های «atcay» را می‌نویسد. در هر "
        "یک خطی عمودی از تعبیه تا خروجی بالا می‌رود؛ هر زیرلایه از این خط شاخه می‌گیرد، نخست نرمال‌سازی می‌کند و "
        "پاسخش به همان خط افزوده می‌شود. خودتوجهی رمزگشا ماسک علّی دارد، و پیکانی از خروجی رمزگذار به توجه متقاطع "
        "رمزگشا می‌رسد.",
        en="Plan of the transformer: the encoder, left, reads the letters of “cat”; the decoder, right, writes those "
        "of “atcay”. In each a vertical line rises from the embedding to the output; every sub-layer branches off "
        "that line, normalises first, and its answer is added to the same line. The decoder's self-attention has "
        "the causal mask, and an arrow leads from the encoder's output to the decoder's cross-attention.",
    )
    def draw(T):
        ax = canvas(7, 8.6, _FONT)
        attention = T("خودتوجهی\nچندسری", "multi-head\nself-attention")
        forward, note = T("لایهٔ پیش‌خور", "feed-forward"), {"color": PALETTE["muted"]}
        encoder = _Stack(ax, T, stream=0.76, middle=2.04)
        encoder.bottom(_SOURCE)
        encoder.sublayer(0, attention, "blue")
        encoder.sublayer(1, forward, "green")
        memory = encoder.frame(2, T("رمزگذار", "encoder"))

        decoder = _Stack(ax, T, stream=6.06, middle=4.78)
        decoder.bottom(_SHIFTED)
        masked = decoder.sublayer(0, attention, "blue")
        cross = decoder.sublayer(1, T("توجه متقاطع\nچندسری", "multi-head\ncross-attention"), "vermilion")
        decoder.sublayer(2, forward, "green")
        top = decoder.frame(3, T("رمزگشا", "decoder"))

        left = decoder.middle - decoder.box / 2
        _arrow(ax, (1.44, memory), (3.41, memory), (3.41, cross), (left, cross), colour="vermilion", width=2)
        ax.text(2.42, memory + 0.2, T("کلیدها و مقدارها", "keys and values"), ha="center", color=PALETTE["vermilion"])

        _mask(ax, 3.41, masked)
        _arrow(ax, (3.66, masked), (left, masked), colour="gold")
        ax.text(3.41, masked - 0.28, T("ماسک\nعلّی", "causal\nmask"), ha="center", va="top", linespacing=1.0)

        _arrow(ax, (decoder.stream, top + 0.18), (decoder.stream, top + 0.4))
        _box(ax, decoder.stream, top + 0.58, 1.36, 0.36, T("لایهٔ خطی", "linear layer"), "purple")
        _arrow(ax, (decoder.stream, top + 0.76), (decoder.stream, top + 1))
        _letters(ax, decoder.stream, top + 1.16, _ANSWER)

        word(ax, 1.5, 0.2, T("واژهٔ ورودی", "word to read"), ha="left", **note)
        word(ax, 5.06, 0.2, T("پاسخ، یک گام عقب‌تر", "answer, one step behind"), ha="right", **note)
        word(ax, 5.06, top + 1.16, T("حرف بعدی هر جایگاه", "next letter at each position"), ha="right", **note)
        ax.text(0.27, 3.2, T("جریان باقیمانده‌ای", "residual stream"), ha="center", va="center", rotation=90, **note)


def cached_decoding() -> None:
    """Which positions each step computes: in the naive loop, and with keys and values kept."""

    @figure(
        fa="دو پلکان کنار هم، یک سطر برای هر گام و یک ستون برای هر جایگاه. چپ، حلقهٔ ساده: همهٔ خانه‌های هر سطر پر "
        "است، چون هر گام همهٔ جایگاه‌ها را از نو حساب می‌کند. راست، با حافظهٔ نهان: فقط خانهٔ آخر هر سطر پر است و "
        "از خانه‌های پیش از آن کلید و مقدار نگه‌داشته خوانده می‌شود.",
        en="Two staircases side by side, a row for each step and a column for each position. Left, the naive loop: "
        "every cell of a row is filled, since each step computes all positions anew. Right, with the cache: only "
        "the last cell of each row is filled, and from the cells before it the kept keys and values are read.",
    )
    def draw(T):
        ax, cell, top = canvas(7, 4.6, _FONT), 0.4, 3.7
        naive, cache = T("حلقهٔ ساده", "naive loop"), T("با حافظهٔ نهان", "with the cache")
        full = {"facecolor": PALETTE["blue"], "edgecolor": PALETTE["blue"]}
        kept = {"facecolor": (PALETTE["blue"], 0.12), "edgecolor": PALETTE["blue"], "linestyle": (0, (2, 1.5))}
        for left, cached, title, total in ((0.5, False, naive, "T(T+1)/2"), (4.05, True, cache, "T")):
            middle = left + len(_ANSWER) * cell / 2
            word(ax, middle, top + 0.58, title, fontsize=14)
            for step, (read, written) in enumerate(zip(_SHIFTED, _ANSWER, strict=True)):
                y = top - (step + 1) * cell
                word(ax, left + (step + 0.5) * cell, top + 0.17, read)
                word(ax, left - 0.12, y + cell / 2, T.number(step + 1), ha="right", color=PALETTE["muted"])
                for position in range(step + 1):
                    x, style = left + position * cell, kept if cached and position < step else full
                    ax.add_patch(Rectangle((x + 0.03, y + 0.03), cell - 0.06, cell - 0.06, linewidth=1, **style))
                _arrow(ax, (x + cell + 0.05, y + cell / 2), (x + cell + 0.25, y + cell / 2), colour="muted", width=1)
                word(ax, x + cell + 0.31, y + cell / 2, written, ha="left")
            word(ax, left - 0.08, top + 0.17, T("گام", "step"), ha="right", color=PALETTE["muted"])
            word(ax, middle, 0.98, total, fontsize=14)
            word(ax, middle, 0.7, T("جایگاه حساب می‌شود", "positions computed"))
        marks = [Patch(label=T("در این گام حساب می‌شود", "computed at this step"), **full),
                 Patch(label=T("کلید و مقدارش خوانده می‌شود", "its key and value are read"), **kept)]  # fmt: skip
        marks = marks if T.lang == "en" else marks[::-1]
        ax.legend(handles=marks, loc="lower center", ncols=2, handlelength=1.1, handleheight=1.1, **T.legend)

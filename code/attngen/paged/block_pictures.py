"""Drawings of blocks: the three wastes, and block tables that fill, fork and copy, step by step."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, Rectangle

from attngen.digits import persian_text
from attngen.paged.story import SIZE, Frame, tell
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import canvas, legend, word

_TONES = {"prompt": ("green", 0.45), "A": ("blue", 0.45), "B": ("vermilion", 0.45), "future": ("gold", 0.3),
          "wasted": ("muted", 0.35), "free": ("paper", 0.0)}  # fmt: skip
_TITLES = {
    "prompt": ("متن آغازین A، هفت توکن: دو بلوک", "A's prompt, seven tokens: two blocks"),
    "grow": ("سه توکن دیگر: بلوک سوم به‌هنگام", "three tokens more: a third block in time"),
    "fork": ("انشعاب: B همان بلوک‌ها را دارد", "fork: B has the same blocks"),
    "copy": ("B می‌نویسد: رونوشتی از آخری", "B writes: a copy of the last one"),
    "on": ("هر دو پیش می‌روند", "both go on"),
    "free": ("A تمام شد؛ مشترک‌ها می‌مانند", "A is done; what is shared stays"),
}


def _face(tone: str):
    colour, strength = _TONES[tone]
    return (PALETTE[colour], strength)


def _cell(ax: Axes, x: float, y: float, width: float, height: float, tone: str, **style) -> None:
    style = {"linewidth": 0.7, "edgecolor": PALETTE["muted"]} | style
    ax.add_patch(Rectangle((x, y), width, height, facecolor=_face(tone), **style))


def _mark(tone: str, text: str) -> Patch:
    return Patch(facecolor=_face(tone), edgecolor=PALETTE["muted"], linewidth=0.7, label=text)


class _Panel:
    """One frame: tables on the side where the language begins, memory on the other."""

    WIDTH, HEIGHT, CELL, ROW = 2.85, 2.28, 0.19, 0.4

    def __init__(self, ax: Axes, T, left: float, bottom: float):
        self.ax, self.T, self.left, self.bottom = ax, T, left, bottom

    def x(self, start: float, width: float = 0.0) -> float:
        """A place, counted from the side where the language begins."""
        return self.left + (start if self.T.lang == "en" else self.WIDTH - start - width)

    def title(self, number: int, text: str) -> None:
        ha = "left" if self.T.lang == "en" else "right"
        y = self.bottom + self.HEIGHT - 0.14
        self.ax.add_patch(Circle((self.x(0.14), y), 0.14, facecolor=PALETTE["ink"], linewidth=0, zorder=3))
        word(self.ax, self.x(0.14), y, self.T.number(number), color=PALETTE["paper"], zorder=4, fontsize=10)
        word(self.ax, self.x(0.36), y, text, ha=ha, fontsize=10)

    def table(self, place: int, name: str, blocks: list[int]) -> None:
        """The sequence's block table, from top to bottom."""
        start, top = 0.02 + 0.36 * place, self.bottom + self.HEIGHT - 0.48
        word(self.ax, self.x(start + 0.15), top, name, color=PALETTE[_TONES[name][0]], fontsize=12)
        for row, block in enumerate(blocks):
            y = top - 0.44 - 0.3 * row
            _cell(self.ax, self.x(start, 0.3), y, 0.3, 0.28, "free", edgecolor=PALETTE[_TONES[name][0]])
            word(self.ax, self.x(start + 0.15), y + 0.14, self.T.number(block), fontsize=10)

    def block(self, number: int, frame: Frame) -> None:
        """A physical block with the positions of its tokens, and its users where there are several."""
        column, row = divmod(number, 4)
        start = 0.86 + 1.02 * column
        y = self.bottom + self.HEIGHT - 0.48 - self.ROW * (row + 1)
        small = {"color": PALETTE["muted"], "fontsize": 9}
        word(self.ax, self.x(start + 0.07), y + 0.14, self.T.number(number), **small)
        held = frame.filled.get(number, [])
        for place in range(SIZE):
            x = self.x(start + 0.18 + self.CELL * place, self.CELL)
            _cell(self.ax, x, y, self.CELL, 0.28, held[place][1] if place < len(held) else "free")
            if place < len(held):
                text = self.T.number(held[place][0] + 1)
                word(self.ax, x + self.CELL / 2, y + 0.14, text, fontsize=9)
        if number in frame.fresh or frame.counts[number] > 1:
            dash = "solid" if number in frame.fresh else (0, (2, 1.5))
            style = {"fill": False, "edgecolor": PALETTE["ink"], "linewidth": 1.8, "zorder": 5}
            width = SIZE * self.CELL
            corner = (self.x(start + 0.18, width), y)
            self.ax.add_patch(Rectangle(corner, width, 0.28, linestyle=dash, **style))


def steps() -> None:
    """Block tables that fill, fork and copy: the books of a real block manager in six frames."""
    frames = tell()

    @figure(
        fa=persian_text(
            "شش قاب. در هر قاب یک سو جدول بلوک دنباله‌ها و سوی دیگر هشت بلوک حافظه است که هر یک جای چهار "
            "توکن دارد. ۱: متن آغازین A با هفت توکن دو بلوک می‌گیرد. ۲: با توکن‌های تازه بلوک دوم پر "
            "می‌شود و بلوک سوم گرفته می‌شود. ۳: B از A منشعب می‌شود و جدولش همان بلوک‌ها را نام می‌برد. ۴: "
            "B می‌نویسد و تنها بلوک آخر برایش رونوشت می‌شود. ۵: هر دو پیش می‌روند و دو بلوک نخست مشترک "
            "می‌ماند. ۶: A تمام می‌شود و تنها بلوک‌های خودش آزاد می‌شود."
        ),
        en="Six frames. Each has the sequences' block tables on one side and on the other the memory, "
        "eight blocks with room for four tokens each. 1: A's prompt of seven tokens takes two blocks. 2: "
        "new tokens fill the second block and a third is taken. 3: B is forked from A, and its table names "
        "the same blocks. 4: B writes, and only the last block is copied for it. 5: both go on; the first "
        "two blocks stay shared. 6: A is done, and only its own blocks become free.",
    )
    def draw(T):
        high = _Panel.HEIGHT + 0.12
        ax = canvas(6, 3 * high + 0.62, 11)
        for number, frame in enumerate(frames):
            row, column = divmod(number, 2)
            left = 3.08 * (column if T.lang == "en" else 1 - column) + 0.02
            panel = _Panel(ax, T, left, 0.62 + (2 - row) * high)
            panel.title(number + 1, T(*_TITLES[frame.name]))
            for place, (name, blocks) in enumerate(frame.tables.items()):
                panel.table(place if len(frame.tables) > 1 or name == "A" else 1, name, blocks)
            for block in range(len(frame.counts)):
                panel.block(block, frame)
        outline = {"facecolor": "none", "edgecolor": PALETTE["ink"], "linewidth": 1.8}
        marks = [_mark("prompt", T("متن آغازین", "prompt")), _mark("A", T("نوشتهٔ A", "written by A")),
                 _mark("B", T("نوشتهٔ B", "written by B")),
                 Patch(**outline, label=T("تازه گرفته شده", "just taken")),
                 Patch(**outline, linestyle=(0, (2, 1.5)), label=T("مشترک", "shared"))]  # fmt: skip
        legend(ax, T, marks, 0.0, columns=3)


# (tone, slots) of three memories of 64 slots: what has been written, what will be, what never.
_STRIPS = {
    "max": [("prompt", 5), ("A", 4), ("future", 5), ("wasted", 18),
            ("prompt", 9), ("A", 3), ("future", 2), ("wasted", 18)],
    "oracle": [("prompt", 5), ("A", 4), ("future", 5), ("free", 8),
               ("prompt", 9), ("A", 3), ("future", 2), ("free", 7),
               ("prompt", 6), ("A", 5), ("future", 4), ("free", 6)],
    "paged": [("prompt", 8), ("A", 4), ("prompt", 4), ("A", 4), ("prompt", 8), ("A", 11), ("wasted", 1),
              ("prompt", 7), ("A", 1), ("prompt", 4), ("A", 2), ("wasted", 2), ("free", 8)],
}  # fmt: skip


def wastes() -> None:
    """A memory of 64 slots handed out in three ways."""

    @figure(
        fa=persian_text(
            "سه نوار حافظه، هر یک ۶۴ جا. بالا، رزرو بیشینه: دو درخواست جا می‌شود و بیشتر هر قطعه هرگز پر "
            "نمی‌شود. میان، طول دانسته: سه درخواست، میانشان شکاف‌هایی که به کار درخواست بعدی نمی‌آید، و در "
            "هر قطعه جایی که بعدها پر می‌شود. پایین، بلوک‌های چهارتایی: تنها آخرین بلوک هر دنباله جای خالی "
            "دارد."
        ),
        en="Three strips of memory, 64 slots each. Top, room for the longest: two requests fit, and most "
        "of each piece is never filled. Middle, length known in advance: three requests, between them gaps "
        "that are of no use to the next one, and in each piece slots that are filled later. Bottom, blocks "
        "of four: only the last block of a sequence has empty places.",
    )
    def draw(T):
        ax = canvas(6, 3.1, 11)
        names = {
            "max": T("رزرو بیشینهٔ طول", "room for the longest sequence"),
            "oracle": T("طول از پیش دانسته، یک‌تکه", "length known in advance, in one piece"),
            "paged": T("بلوک‌های چهارتایی، به‌هنگام", "blocks of four, taken when needed"),
        }
        for row, (key, title) in enumerate(names.items()):
            y, cell = 2.3 - 0.78 * row, 5.9 / 64
            side = 0.05 if T.lang == "en" else 5.95
            word(ax, side, y + 0.52, title, ha="left" if T.lang == "en" else "right")
            slot = 0
            for tone, count in _STRIPS[key]:
                for place in range(slot, slot + count):
                    x = 0.05 + cell * (place if T.lang == "en" else 63 - place)
                    _cell(ax, x, y, cell, 0.36, tone, linewidth=0.4)
                slot += count
            for mark in range(0, 65, SIZE if key == "paged" else 32 if key == "max" else 64):
                x = 0.05 + cell * (mark if T.lang == "en" else 64 - mark)
                ax.plot((x, x), (y, y + 0.36), color=PALETTE["ink"], linewidth=1.3)
        marks = [_mark("prompt", T("متن آغازین", "prompt")), _mark("A", T("پاسخ", "answer")),
                 _mark("future", T("بعدها پر می‌شود", "filled later")),
                 _mark("wasted", T("هرگز پر نمی‌شود", "never filled")),
                 _mark("free", T("آزاد", "free"))]  # fmt: skip
        legend(ax, T, marks, 0.0, columns=3)

"""One sentence after more and more merges: each token a box, read from right to left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from attngen.digits import persian_text
from attngen.persian.bpe import BPE
from attngen.persian.fertility import ZWNJ, is_partial
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import box, canvas, legend, word

SENTENCE = "کتاب‌ها را می‌خوانیم."
_JOINER, _RIGHT_TO_LEFT = "\u200d", "\u200f"
_NO_JOIN_AFTER = set("اآأإدذرزژوؤةء")  # letters that never join to the next one
_SPACE, _HALF_SPACE = "␣", "¦"  # what stands for them in a picture
_COLOURS = {"begins": "blue", "goes on": "green", "partial": "vermilion"}
_WIDTH, _LINE, _HIGH, _GAP, _FONT = 6.0, 0.46, 0.36, 0.05, 14


@dataclass(frozen=True)
class Box:
    """What is written for a token, and whether it begins a piece, goes on, or is part of a character."""

    text: str
    kind: str


def _joins(before: str, after: str) -> bool:
    """Whether two neighbouring characters are joined in writing."""
    letters = before.isalpha() and after.isalpha() and min(before, after) > "\u0600"
    return letters and before not in _NO_JOIN_AFTER


def boxes(model: BPE, text: str) -> list[Box]:
    """The tokens of a text as they are drawn.

    A joiner at the edge keeps the form that a letter has in the uncut word; a part of a character is written
    as the hexadecimal digits of its bytes.
    """
    tokens = [model.vocabulary[i] for i in model.encode(text)]
    drawn, place, code = [], 0, text.encode()
    for token in tokens:
        before, after = code[:place], code[place + len(token) :]
        place += len(token)
        if is_partial(token):
            drawn.append(Box(token.hex(" ").upper(), "partial"))
            continue
        plain = token.decode()
        edges = before.decode("utf-8", "ignore")[-1:], after.decode("utf-8", "ignore")[:1]
        begins = plain.startswith(" ") or not edges[0] or not (plain[0].isalpha() or plain[0] == ZWNJ)
        shown = plain.replace(" ", _SPACE).replace(ZWNJ, _HALF_SPACE)
        if edges[0] and _joins(edges[0], plain[0]):
            shown = _JOINER + shown
        if edges[1] and _joins(plain[-1], edges[1]):
            shown += _JOINER
        drawn.append(Box(shown, "begins" if begins else "goes on"))
    return drawn


def _written(token: Box) -> str:
    return token.text if token.kind == "partial" else _RIGHT_TO_LEFT + token.text


def _widths(ax: Axes, tokens: Sequence[Box]) -> list[float]:
    """How wide each box is, in inches."""
    found = []
    for token in tokens:
        text = ax.text(0, 0, _written(token), fontsize=_size(token))
        extent = text.get_window_extent(ax.figure.canvas.get_renderer())
        text.remove()
        found.append(max(0.24, extent.width / ax.figure.dpi + 0.13))
    return found


def _size(token: Box) -> float:
    return 10 if token.kind == "partial" else _FONT


def lines(widths: Sequence[float], room: float = _WIDTH - 0.04) -> list[list[int]]:
    """Which boxes stand on which line: as many as there is room for."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for i, width in enumerate(widths):
        if rows[-1] and used + width > room:
            rows.append([])
            used = 0.0
        rows[-1].append(i)
        used += width + _GAP
    return rows


def stages(model: BPE, merges: Sequence[int] = (0, 10, 100, 1000), text: str = SENTENCE) -> None:
    """The tokens of a text after some of a tokenizer's merges, and after all of them."""
    numbers = sorted({*(n for n in merges if n < len(model.merges)), len(model.merges)})
    models = [BPE(model.merges[:n], model.unit, model.characters) for n in numbers]
    cuts = [boxes(begun, text) for begun in models]

    @figure(
        fa=persian_text(
            "یک جمله پس از شمارهای فزایندهٔ ادغام، هر توکن در یک جعبه و از راست به چپ: "
            + "؛ ".join(f"پس از {n} ادغام {len(cut)} توکن" for n, cut in zip(numbers, cuts, strict=True))
            + ". در آغاز هر بایت جعبه‌ای دارد، سپس حرف‌ها، تکه‌ها و سرانجام واژه‌ها پدید می‌آیند."
        ),
        en="One Persian sentence after more and more merges, each token in a box, from right to left: "
        + "; ".join(f"after {n:,} merges {len(cut)} tokens" for n, cut in zip(numbers, cuts, strict=True))
        + ". At first every byte has its box; then letters, parts of words and at last words come about.",
    )  # fmt: skip
    def draw(T):
        measure = canvas(_WIDTH, 1, _FONT)
        widths = [_widths(measure, cut) for cut in cuts]
        rows = [lines(each) for each in widths]
        height = sum(0.34 + _LINE * len(each) + 0.14 for each in rows) + 0.42
        ax = canvas(_WIDTH, height, _FONT)
        y = height
        for number, cut, each, broken in zip(numbers, cuts, widths, rows, strict=True):
            y -= 0.2
            after, tokens = T.number(number, ","), T.number(len(cut))
            title = T(f"پس از {after} ادغام: {tokens} توکن", f"after {after} merges: {tokens} tokens")
            word(ax, _WIDTH if T.lang == "fa" else 0, y, title, ha="right" if T.lang == "fa" else "left",
                 color=PALETTE["muted"])  # fmt: skip
            y -= 0.14
            for line in broken:
                right = _WIDTH - 0.02
                for i in line:
                    middle = right - each[i] / 2, y - _LINE / 2
                    box(ax, *middle, each[i], _HIGH, "", _COLOURS[cut[i].kind])
                    word(ax, *middle, _written(cut[i]), zorder=4, fontsize=_size(cut[i]))
                    right -= each[i] + _GAP
                y -= _LINE
            y -= 0.14
        names = {"begins": T("آغاز یک قطعه", "begins a piece"), "goes on": T("دنبالهٔ قطعه", "goes on"),
                 "partial": T("پاره‌ای از یک حرف", "part of a character")}  # fmt: skip
        tones = {kind: PALETTE[colour] for kind, colour in _COLOURS.items()}
        marks = [Patch(facecolor=(tones[k], 0.16), edgecolor=tones[k], label=names[k]) for k in names]
        legend(ax, T, marks, 0.0)

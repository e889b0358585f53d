"""Drawings of the chapter on cost: which pairs are new, and who shares keys and values."""

from __future__ import annotations

from itertools import groupby

from matplotlib.patches import Rectangle

from attngen.digits import persian_text
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import box, canvas, legend, word

_TONES = {"kept": ("blue", 0.18), "new": ("vermilion", 0.7), "closed": ("muted", 0.07)}


def _strip(tone: str, x: float = 0, y: float = 0, width: float = 1, height: float = 1, text: str = ""):
    colour, strength = _TONES[tone]
    edge = {"linewidth": 0.5, "edgecolor": PALETTE["muted"]}
    return Rectangle((x, y), width, height, facecolor=(PALETTE[colour], strength), label=text, **edge)


def tones(size: int, new: int, causal: bool) -> list[list[str]]:
    """What each pair (row: query, column: key) is, when the last ``new`` of ``size`` positions are new."""

    def tone(row: int, column: int) -> str:
        if causal and column > row:
            return "closed"
        return "new" if row >= size - new else "kept"

    return [[tone(row, column) for column in range(size)] for row in range(size)]


def share_of_new(size: int, new: int, causal: bool) -> float:
    """The share of the open pairs that belongs to the new positions."""
    cells = sum(tones(size, new, causal), [])
    return cells.count("new") / (len(cells) - cells.count("closed"))


def new_pairs(size: int = 20, new: int = 4) -> None:
    """The pairs that a cache leaves to compute: in the full square, and under a causal mask."""
    shares = [share_of_new(size, new, causal) for causal in (False, True)]

    @figure(
        fa=persian_text(
            f"دو جدول {size} در {size}؛ هر سطر یک پرس‌وجو و هر ستون یک کلید. راست: همهٔ خانه‌ها باز است و "
            f"{new} سطر آخر، که تازه‌اند، {shares[0]:.0%} خانه‌ها را دارند. چپ: زیر ماسک علّی تنها مثلث "
            f"پایین باز است و همان سطرها {shares[1]:.0%} آن را دارند."
        ),
        en=f"Two tables of {size} by {size}; each row is a query, each column a key. Left: all cells are "
        f"open, and the last {new} rows, which are new, hold {shares[0]:.0%} of them. Right: under a "
        f"causal mask only the lower triangle is open, and the same rows hold {shares[1]:.0%} of it.",
    )
    def draw(T):
        ax, side = canvas(6, 3.65, 11.5), 2.6 / size
        places = (0.2, 3.2) if T.lang == "en" else (3.2, 0.2)
        titles = T("همهٔ جفت‌ها", "all pairs"), T("جفت‌های علّی", "causal pairs")
        for left, causal, title, share in zip(places, (False, True), titles, shares, strict=True):
            for row, line in enumerate(tones(size, new, causal)):
                x, y = left, 0.45 + (size - 1 - row) * side
                for tone, run in groupby(line):  # neighbours of one tone in one strip: a small picture
                    width = len(list(run)) * side
                    ax.add_patch(_strip(tone, x, y, width, side))
                    x += width
            text = T(f"{title}: {T.number(share, '.0%')} تازه", f"{title}: {T.number(share, '.0%')} new")
            word(ax, left + 1.3, 3.35, text)
        marks = [
            _strip("new", text=T("سطرهای تازه", "new rows")),
            _strip("kept", text=T("از پیش حساب شده", "computed before")),
        ]
        legend(ax, T, marks, 0.0)


def sharing(heads: int = 8, groups: tuple[int, ...] = (8, 2, 1)) -> None:
    """Query heads above, key/value heads below, in multi-head, grouped-query and multi-query attention."""
    counts = "، ".join(str(count) for count in groups), ", ".join(str(count) for count in groups)

    @figure(
        fa=persian_text(
            f"سه ردیف، هر کدام با {heads} سر پرس‌وجو در بالا و به ترتیب {counts[0]} سر کلید و مقدار در "
            "پایین: هر چه سرهای پایین کمتر شوند، پرس‌وجوهای بیشتری یک کلید و مقدار را می‌خوانند."
        ),
        en=f"Three rows, each with {heads} query heads above and {counts[1]} key/value heads below: the "
        "fewer there are below, the more queries read the same keys and values.",
    )
    def draw(T):
        ax, step = canvas(6, 1.35 * len(groups), 11.5), 0.52
        left = 0.35 if T.lang == "fa" else 6 - 0.35 - (heads - 1) * step
        names = {heads: T("چندسری", "multi-head"), 1: T("چندپرس‌وجو", "multi-query")}
        for number, count in enumerate(groups):
            top = 1.35 * (len(groups) - number) - 0.3
            name = names.get(count, T("گروهی", "grouped"))
            side, x = ("right", 5.9) if T.lang == "fa" else ("left", 0.1)
            word(ax, x, top - 0.32, name, ha=side)
            for head in range(heads):
                x = left + head * step
                group = head * count // heads
                middle = left + (group + 0.5) * heads / count * step - step / 2
                ax.plot((x, middle), (top - 0.15, top - 0.55), color=PALETTE["muted"], linewidth=1)
                box(ax, x, top, 0.4, 0.3, "Q", "blue")
            for group in range(count):
                middle = left + (group + 0.5) * heads / count * step - step / 2
                box(ax, middle, top - 0.7, 0.42, 0.3, "KV", "vermilion")


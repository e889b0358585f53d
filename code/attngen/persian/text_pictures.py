"""The chapter's charts: what the steps removed, characters before and after, costs, Zipf's law."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from attngen import results
from attngen.digits import persian_text
from attngen.persian.clean import STEPS
from attngen.plotting import PALETTE, figure

RECORD, SPEED = "persian-text", "persian-text-speed"
STEP_NAMES = {  # as the charts call them
    "nfc": ("ترکیب حروف (NFC)", "composition (NFC)"), "tex": ("فرمول‌ها", "formulas"),
    "invisible": ("نویسه‌های ناپیدا", "invisible characters"), "markup": ("نشانه‌گذاری ویکی", "markup"),
    "addresses": ("نشانی‌ها", "addresses"), "references": ("ارجاع‌ها", "reference marks"),
    "foreign brackets": ("نام لاتین در پرانتز", "foreign in brackets"),
    "foreign runs": ("واژه‌های لاتین", "foreign words"), "letters": ("حروف عربی، ۀ", "Arabic letters"),
    "diacritics": ("اِعراب", "diacritics"), "digits": ("رقم‌ها", "digits"), "tatweel": ("کشیده", "tatweel"),
    "marks": ("نشانه‌های لاتین", "Latin marks"), "symbols": ("نمادها", "symbols"),
    "brackets": ("پرانتز تنها", "single brackets"), "punctuation": ("نشانه‌های تکراری", "repeated marks"),
    "half-spaces": ("نیم‌فاصله‌ها", "half-spaces"), "spaces": ("فاصله‌ها", "spaces"),
}  # fmt: skip
_FONT = 12


def _bars(ax, T, names: list[str], values: list[float], colours: list[str]) -> None:
    """Horizontal bars, the first on top, each with its number; in Persian from the right."""
    places = range(len(values))[::-1]
    shades = [(PALETTE[colour], 0.75) for colour in colours]
    ax.barh(places, values, color=shades, edgecolor=[PALETTE[colour] for colour in colours], height=0.7)
    ax.set_yticks(places, names)
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set_xlim(min(values) / 2.5, max(values) * 8)  # room for the numbers
    for place, value in zip(places, values, strict=True):
        side, move = ("right", -5) if T.lang == "fa" else ("left", 5)
        style = {"va": "center", "ha": side, "textcoords": "offset points"}
        ax.annotate(T.number(value, ",.0f" if value >= 10 else ".1f"), (value, place), (move, 0), **style)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    if T.lang == "fa":
        ax.invert_xaxis()
        ax.yaxis.tick_right()
        ax.spines["right"].set_visible(True)
        ax.spines["left"].set_visible(False)


def changes() -> None:
    """How many characters each step removed or wrote otherwise."""
    metrics = results.load(RECORD).metrics
    keys = {name: name.replace(" ", "_").replace("-", "_") for name in STEPS}
    amounts = {name: abs(metrics[f"removed_{key}"]) + metrics[f"written_{key}"] for name, key in keys.items()}
    order = sorted((name for name in STEPS if amounts[name]), key=amounts.__getitem__, reverse=True)
    first, last = order[0], order[-1]

    @figure(
        fa=persian_text(
            "ستون‌های افقی، محور لگاریتمی: شمار نویسه‌هایی که هر گام حذف کرده یا به صورت دیگری نوشته است. "
            f"بیشترین از «{STEP_NAMES[first][0]}» با {amounts[first]:,.0f} و کمترین از "
            f"«{STEP_NAMES[last][0]}» با "
            f"{amounts[last]:,.0f}."
        ),
        en="Horizontal bars on a logarithmic axis: how many characters each step removed or wrote otherwise. "
        f"The most: {STEP_NAMES[first][1]}, {amounts[first]:,.0f}; the fewest: {STEP_NAMES[last][1]}, "
        f"{amounts[last]:,.0f}.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(6, 0.31 * len(order) + 0.8), layout="constrained")
        names = [T(*STEP_NAMES[name]) for name in order]
        written = {name: metrics[f"written_{keys[name]}"] * 2 >= amounts[name] for name in order}
        colours = ["blue" if written[name] else "vermilion" for name in order]
        _bars(ax, T, names, [amounts[name] for name in order], colours)
        ax.set_xlabel(T("نویسه: سرخ حذف، آبی دیگرنویسی", "characters: removed (red), rewritten (blue)"))


def _recorded(filename: str):
    return json.loads(results.load(RECORD).path(filename).read_text(encoding="utf-8"))


def characters() -> None:
    """How often each character occurs, by rank, before and after."""
    counts = {when: [n for _, n in pairs] for when, pairs in _recorded("inventory.json").items()}
    rare = {when: sum(n < 100 for n in found) for when, found in counts.items()}

    @figure(
        fa=persian_text(
            "دو خم، هر دو محور لگاریتمی: بسامد نویسه‌ها بر حسب رتبه. پیش از پاک‌سازی "
            f"{len(counts['before'])} نویسهٔ گوناگون هست که {rare['before']} تای آن کمتر از صد بار آمده‌اند؛ "
            f"پس از آن {len(counts['after'])}، با {rare['after']} نویسهٔ کم‌کاربرد."
        ),
        en="Two curves, both axes logarithmic: how often characters occur, by rank. Before cleaning there are "
        f"{len(counts['before'])} different ones, {rare['before']} of them fewer than a hundred times; "
        f"afterwards {len(counts['after'])}, with {rare['after']} rare ones.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
        for when, colour, name in (("before", "vermilion", T("پیش از پاک‌سازی", "before cleaning")),
                                   ("after", "blue", T("پس از آن", "after it"))):  # fmt: skip
            ax.plot(range(1, len(counts[when]) + 1), counts[when], color=PALETTE[colour], label=name)
        ax.axhline(100, color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set(xscale="log", yscale="log", xlabel=T("رتبهٔ نویسه", "rank of the character"))
        ax.set_ylabel(T("بسامد", "occurrences"))
        ax.legend(**T.legend)


def costs() -> None:
    """Milliseconds for a megabyte: of each own step, of all, and of hazm."""
    metrics = results.load(SPEED).metrics
    keys = {name: name.replace(" ", "_").replace("-", "_") for name in STEPS}
    times = {name: 1000 / metrics[f"step_{key}_mb_per_second"] for name, key in keys.items()}
    hazm = {"normalizer": ("hazm: نرمال‌ساز", "hazm: Normalizer"),
            "tokenizer": ("hazm: واژه‌ها", "hazm: words"), "lemmatizer": ("hazm: بن‌واژه", "hazm: lemmas")}  # fmt: skip
    rows = [(STEP_NAMES[name], times[name], "blue") for name in sorted(times, key=times.__getitem__)]
    rows += [(("همهٔ گام‌ها", "all own steps"), 1000 / metrics["own_mb_per_second"], "green")]
    for tool, names in hazm.items():
        rows.append((names, 1000 / metrics[f"hazm_{tool}_mb_per_second"], "vermilion"))
    rows.sort(key=lambda row: -row[1])
    own, normalizer = 1000 / metrics["own_mb_per_second"], 1000 / metrics["hazm_normalizer_mb_per_second"]

    @figure(
        fa=persian_text(
            "ستون‌های افقی، محور لگاریتمی: میلی‌ثانیه برای یک مگابایت متن، روی یک هسته. همهٔ گام‌ها با هم "
            f"{own:,.0f}، و نرمال‌ساز hazm به تنهایی {normalizer:,.0f}."
        ),
        en="Horizontal bars on a logarithmic axis: milliseconds for a megabyte of text on one core. All own "
        f"steps together take {own:,.0f}, hazm's normaliser alone {normalizer:,.0f}.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(6, 0.31 * len(rows) + 0.8), layout="constrained")
        _bars(ax, T, [T(*names) for names, _, _ in rows], [t for _, t, _ in rows], [c for *_, c in rows])
        ax.set_xlabel(T("میلی‌ثانیه برای یک مگابایت", "milliseconds for a megabyte"))


def zipf(words: int = 12) -> None:
    """How often words occur, by rank, stop words marked; the most frequent by name."""
    rows, metrics = _recorded("zipf.json"), results.load(RECORD).metrics
    share = metrics["stop_word_share"]

    @figure(
        fa=persian_text(
            "بسامد واژه‌ها بر حسب رتبه، هر دو محور لگاریتمی: نزدیک به یک خط راست، قانون زیف. "
            "ایست‌واژه‌ها مشخص "
            f"شده‌اند: رتبه‌های نخست تقریباً همه از آن‌هاست، و {share:.0%} همهٔ واژه‌های متن."
        ),
        en="How often words occur by their rank, both axes logarithmic: almost a straight line, Zipf's law. "
        f"Stop words are marked: the first ranks are nearly all theirs, and {share:.0%} of the text's words.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
        for stop, colour in ((False, "blue"), (True, "vermilion")):
            chosen = [row for row in rows if row["stop"] is stop]
            places = [row["rank"] for row in chosen], [row["count"] for row in chosen]
            ax.plot(*places, ".", color=PALETTE[colour], markersize=7)
        for row in rows[:words:2]:
            ax.annotate(row["word"], (row["rank"], row["count"]), (4, 4), textcoords="offset points")
        ax.set(xscale="log", yscale="log", xlabel=T("رتبهٔ واژه", "rank of the word"))
        ax.set_ylabel(T("بسامد", "occurrences"))
        names = {"vermilion": T("ایست‌واژه", "stop word"), "blue": T("واژهٔ دیگر", "another word")}
        point = {"marker": ".", "linestyle": "none", "markersize": 9}
        marks = [Line2D([], [], color=PALETTE[colour], label=name, **point) for colour, name in names.items()]
        ax.legend(handles=marks, **T.legend)

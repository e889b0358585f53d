"""The chapter's charts: fertility by size of vocabulary, half-spaces, lengths of tokens, speeds."""

from __future__ import annotations

from collections import Counter

import matplotlib.pyplot as plt
from matplotlib.patches import Patch

from attngen import results
from attngen.digits import persian_text
from attngen.persian.bpe import BPE, SMALLEST
from attngen.persian.fertility import PLACES, is_partial
from attngen.plotting import PALETTE, figure

RECORD, SPEED = "persian-bpe", "persian-bpe-speed"
_UNITS = {"byte": ("blue", "o", "بایت", "bytes"), "character": ("vermilion", "s", "حرف", "characters")}
_SMALL, _FONT = 6, 12


def recorded(unit: str) -> list[dict[str, float]]:
    """The recorded rows of one kind of tokenizer, smallest first."""
    history = results.load(RECORD).history
    rows = [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
    return [row for row in rows if row["unit"] == unit]


def _sizes(ax, T, sizes) -> None:
    """An axis of vocabulary sizes, each twice the one before it."""
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [T.number(size, ",") for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel(T("اندازهٔ واژگان", "size of the vocabulary"))


def fertility_curves() -> None:
    """Tokens a word, and the share of rarely used ids, by size of the vocabulary."""
    rows = {unit: recorded(unit) for unit in _UNITS}
    first, last = rows["byte"][0], rows["byte"][-1]

    @figure(
        fa=persian_text(
            f"دو نمودار بر حسب اندازهٔ واژگان، از {first['size']} تا {last['size']}. بالا، توکن در هر واژه: "
            f"از {first['tokens_per_word']:.2f} به {last['tokens_per_word']:.2f} کم می‌شود، برای بایت و حرف "
            "تقریباً یکسان. پایین، سهم شناسه‌هایی که در متن آموزش کمتر از صد بار می‌آیند: در پایان به "
            f"{last['rare']:.0%} می‌رسد."
        ),
        en=f"Two charts over the size of the vocabulary, from {first['size']:,} to {last['size']:,}. Top, "
        f"tokens a word: from {first['tokens_per_word']:.2f} to {last['tokens_per_word']:.2f}, almost the "
        "same for bytes and characters. Bottom, the share of ids that training text uses fewer than a hundred "
        f"times: it ends at {last['rare']:.0%}.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        fig, (top, low) = plt.subplots(2, 1, figsize=(_SMALL, 5.6), sharex=True, layout="constrained")
        for unit, (colour, marker, fa, en) in _UNITS.items():
            sizes = [row["asked"] for row in rows[unit]]
            style = {"color": PALETTE[colour], "label": T(fa, en), "marker": marker}
            if unit == "byte":  # the two nearly coincide: a broad line under a thin one
                style |= {"markersize": 9, "linewidth": 4, "alpha": 0.5}
            else:
                style |= {"markersize": 5, "linewidth": 1.4}
            top.plot(sizes, [row["tokens_per_word"] for row in rows[unit]], **style)
            low.plot(sizes, [100 * row["rare"] for row in rows[unit]], **style)
        top.set(ylabel=T("توکن در هر واژه", "tokens a word"), ylim=(1, None))
        low.set(ylabel=T("شناسه‌های کم‌کاربرد، درصد", "rarely used ids, per cent"), ylim=(0, 100))
        _sizes(low, T, sizes)
        top.legend(**T.legend)


_PLACES = {  # place: colour, what it is called
    "inside": ("blue", "درون توکن", "inside a token"),
    "after": ("green", "در پایان توکن، «می¦»", "at the end of one"),
    "before": ("gold", "در آغاز توکن، «¦ها»", "at its beginning"),
    "alone": ("vermilion", "تنها", "alone"),
    "cut": ("purple", "بریده", "cut in its bytes"),
}


def half_spaces() -> None:
    """Where the zero-width non-joiner stands in the tokens, by size of the vocabulary."""
    rows = recorded("byte")
    first, last = rows[0], rows[-1]

    @figure(
        fa=persian_text(
            "ستون‌های انباشته: جای نیم‌فاصله در توکن‌ها بر حسب اندازهٔ واژگان. سهم آن‌ها که درون یک توکن‌اند "
            f"از {first['zwnj_inside']:.0%} به {last['zwnj_inside']:.0%} می‌رسد؛ سهم توکن‌های جدا "
            f"از {first['zwnj_alone']:.0%} به {last['zwnj_alone']:.0%}."
        ),
        en="Stacked bars: where the half-space stands in the tokens, by size of the vocabulary. The share of "
        f"those inside a token goes from {first['zwnj_inside']:.0%} to {last['zwnj_inside']:.0%}, that of "
        f"those alone in one from {first['zwnj_alone']:.0%} to {last['zwnj_alone']:.0%}.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        fig, ax = plt.subplots(figsize=(_SMALL, 3.9), layout="constrained")
        base, shown = [0.0] * len(rows), [p for p in PLACES if any(row[f"zwnj_{p}"] > 0 for row in rows)]
        for place in (place for place in _PLACES if place in shown):
            heights, (colour, fa, en) = [100 * row[f"zwnj_{place}"] for row in rows], _PLACES[place]
            style = {"facecolor": (PALETTE[colour], 0.75), "edgecolor": PALETTE[colour], "label": T(fa, en)}
            ax.bar(range(len(rows)), heights, bottom=base, width=0.7, **style)
            base = [a + b for a, b in zip(base, heights, strict=True)]
        ax.set_xticks(range(len(rows)), [T.number(row["asked"], ",") for row in rows])
        ax.set_xlabel(T("اندازهٔ واژگان", "size of the vocabulary"))
        ax.set_ylabel(T("درصد نیم‌فاصله‌ها", "per cent of half-spaces"))
        ax.grid(axis="x", visible=False)
        fig.legend(loc="outside lower center", ncols=2, **T.legend)


def lengths(model: BPE) -> dict[str, Counter[int]]:
    """How many of the learned ids have how many characters, by kind; a part of a character counts as one.

    The space before a word does not count; what has none goes on with a word, or begins it after a sign.
    """
    found: dict[str, Counter[int]] = {"begins": Counter(), "goes on": Counter(), "partial": Counter()}
    for token in model.vocabulary[SMALLEST:]:
        kind = "partial" if is_partial(token) else "begins" if token.startswith(b" ") else "goes on"
        found[kind][len(token.decode("utf-8", "replace").strip(" "))] += 1
    return found


def token_lengths(model: BPE) -> None:
    """How long the learned tokens are, the space before a word left out."""
    counts = lengths(model)
    whole = sum(counts.values(), Counter())
    common, longest = whole.most_common(1)[0][0], max(whole)

    @figure(
        fa=persian_text(
            f"ستون‌های انباشته: شمار توکن‌های آموخته بر حسب طول به حرف. رایج‌ترین طول {common} حرف است "
            f"و بلندترین {longest}."
        ),
        en="Stacked bars: the number of learned tokens by their length in characters. The most common length "
        f"is {common}, the largest {longest}.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(_SMALL, 3.2), layout="constrained")
        base: Counter[int] = Counter()
        places = range(1, longest + 1)
        for kind, colour, label in (
            ("begins", "blue", T("با فاصلهٔ پیش از واژه", "with the space before a word")),
            ("goes on", "green", T("بی آن", "without it")),
            ("partial", "vermilion", T("با پاره‌ای از یک حرف", "with part of a character")),
        ):
            style = {"facecolor": (PALETTE[colour], 0.75), "edgecolor": PALETTE[colour], "label": label}
            heights, bottom = [counts[kind][n] for n in places], [base[n] for n in places]
            ax.bar(places, heights, bottom=bottom, width=0.8, **style)
            base += counts[kind]
        ax.set(xlabel=T("طول به حرف", "length in characters"), ylabel=T("شمار توکن‌ها", "tokens"))
        ax.grid(axis="x", visible=False)
        ax.legend(**T.legend)


def speeds() -> None:
    """Seconds of the four trainings of the recorded benchmark, on a logarithmic axis."""
    metrics = results.load(SPEED).metrics
    bars = (
        ("rescan_text_seconds", "vermilion", "بازشماری روی متن", "rescan of the text"),
        ("rescan_words_seconds", "gold", "بازشماری روی واژه‌ها", "rescan of the words"),
        ("train_seconds", "blue", "شمارش افزایشی", "kept counts"),
        ("tokenizers_seconds", "green", "tokenizers", "tokenizers"),
    )
    values = {key: metrics[key] for key, *_ in bars}
    written = {key: format(value, ".2f" if value < 10 else ",.0f") for key, value in values.items()}

    @figure(
        fa=persian_text(
            "ثانیه‌های آموختن ادغام‌ها، روی محور لگاریتمی: "
            + "، ".join(f"{fa} {written[key]}" for key, _, fa, _ in bars) + "."
        ),
        en="Seconds to learn the merges, on a logarithmic axis: "
        + ", ".join(f"{en} {written[key]}" for key, _, _, en in bars) + ".",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = _FONT
        _, ax = plt.subplots(figsize=(_SMALL, 2.5), layout="constrained")
        for place, (key, colour, fa, en) in enumerate(reversed(bars)):
            ax.barh(place, values[key], color=(PALETTE[colour], 0.75), edgecolor=PALETTE[colour], height=0.62)
            label = T.number(values[key], ".2f" if values[key] < 10 else ",.0f")
            ax.annotate(label, (values[key], place), (5, 0), textcoords="offset points", va="center")
        ax.set_yticks(range(len(bars)), [T(fa, en) for *_, fa, en in reversed(bars)])
        ax.set(xscale="log", xlabel=T("ثانیه", "seconds"))
        ax.set_xlim(min(values.values()) / 3, max(values.values()) * 5)
        ax.grid(axis="y", visible=False)

"""Recorded texts on a page: sentences before and after the steps, and what a model of each version writes.

Persian runs from right to left on the pages of both languages; names beside it are in the page's language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from html import escape

from IPython.display import display

from attngen import results
from attngen.persian.sample_display import direction
from attngen.persian.text_pictures import RECORD, STEP_NAMES
from attngen.plotting import Label, languages

VERSIONS = "persian-stop-words"
VERSION_NAMES = {
    "full": ("متن کامل", "full text"),
    "no-stop-words": ("بی ایست‌واژه", "no stop words"),
    "lemmas": ("بن‌واژه‌ها", "lemmas"),
    "both": ("بن‌واژه‌ها، بی ایست‌واژه", "lemmas, no stop words"),
}
_NAMES = STEP_NAMES | {"hazm": ("نرمال‌ساز hazm", "hazm's Normalizer")}
_BEFORE_AFTER = ("پیش از آن", "before"), ("پس از آن", "after")
_PERSIAN = 'dir="rtl" lang="fa" style="text-align: right"'
_NAME = 'style="text-align: start; vertical-align: top"'
Row = tuple[str, str]  # name in the page's language; HTML of the Persian cell


def _table(T: Label, rows: Iterable[Row]) -> str:
    cells = (f"<tr><th {_NAME}>{escape(name)}</th><td {_PERSIAN}>{html}</td></tr>" for name, html in rows)
    return f'<table dir="{direction(T)}">{"".join(cells)}</table>'


def _display(written: Callable[[Label], tuple[str, str]]) -> None:
    """Display what ``written(T)`` gives, as HTML and as plain text, once for each language."""
    for lang in languages():
        html, plain = written(Label(lang))
        display({"text/html": html, "text/plain": plain}, raw=True, metadata={"lang": lang})


def _show(tables: Callable[[Label], list[list[Row]]]) -> None:
    """Display tables with a name at the head of each row."""

    def written(T: Label) -> tuple[str, str]:
        found = tables(T)
        plain = "\n".join(f"{name}: {html}" for rows in found for name, html in rows)
        return "\n".join(_table(T, rows) for rows in found), plain

    _display(written)


def _lines(text: str) -> str:
    return "<br/>".join(map(escape, text.strip().split("\n")))


def show_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Texts, and beside each what became of it, from right to left: (before, after) in the rows of one table."""
    pairs = list(pairs)
    cells = ("".join(f"<td {_PERSIAN}>{_lines(text)}</td>" for text in pair) for pair in pairs)
    rows = "".join(f"<tr>{row}</tr>" for row in cells)
    plain = "\n".join(f"{before} → {after}" for before, after in pairs)

    def written(T: Label) -> tuple[str, str]:
        heads = "".join(f"<th {_NAME}>{T(*name)}</th>" for name in _BEFORE_AFTER)
        return f'<table dir="rtl"><tr>{heads}</tr>{rows}</table>', plain

    _display(written)


def show_examples(*steps: str) -> None:
    """The recorded excerpts of these steps, or all of them: before, after, and from which article."""
    recorded = json.loads(results.load(RECORD).path("examples.json").read_text("utf-8"))["examples"]
    chosen = [example for example in recorded if not steps or example["step"] in steps]

    def tables(T: Label) -> list[list[Row]]:
        whose = T("از مقالهٔ", "from the article")
        return [
            [
                (T(*_NAMES[example["step"]]), f"<small>{whose} «{escape(example['title'])}»</small>"),
                (T(*_BEFORE_AFTER[0]), _lines(example["before"])),
                (T(*_BEFORE_AFTER[1]), _lines(example["after"])),
            ]
            for example in chosen
        ]

    _show(tables)


def show_versions(count: int = 2) -> None:
    """The first beginnings, each as every version of the text has it, and what its model wrote after it."""
    recorded = json.loads(results.load(VERSIONS).path("samples.json").read_text("utf-8"))
    by_version = {name: [s for s in recorded if s["version"] == name] for name in VERSION_NAMES}
    found = {name: samples for name, samples in by_version.items() if samples}

    def row(T: Label, name: str, sample: dict[str, str]) -> Row:
        return T(*VERSION_NAMES[name]), f"<b>{_lines(sample['prompt'])}</b> {_lines(sample['continuation'])}"

    def tables(T: Label) -> list[list[Row]]:
        places = range(min(count, *map(len, found.values())))
        return [[row(T, name, samples[i]) for name, samples in found.items()] for i in places]

    _show(tables)

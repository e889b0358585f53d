"""Generated texts on a page: Persian from right to left, on the pages of both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from IPython.display import display

from attngen.plotting import Label, languages

WRITERS = {  # as in samples.json: what each is called
    "real": ("مقالهٔ واقعی", "the real article"),
    "kn5": ("کنسر-نی ۵گرام", "Kneser-Ney 5-gram"),
    "ngram": ("ان‌گرام عصبی", "neural n-gram"),
    "gru": ("GRU", "GRU"),
    "transformer": ("ترنسفورمر", "transformer"),
}
_PERSIAN = 'dir="rtl" lang="fa" style="text-align: right; white-space: pre-line"'
_NAME = 'style="text-align: start; white-space: nowrap; vertical-align: top"'


def direction(T: Label) -> str:
    """In which a table of the page's language runs.  (``T("rtl", …)`` is a text, with a mark before it.)"""
    return "rtl" if T.lang == "fa" else "ltr"


def table(T: Label, prompt: str, texts: Mapping[str, str], title: str = "") -> str:
    """One prompt, and below it a row for each writer, as HTML.

    texts - what follows the prompt, by a key of WRITERS or by any other name
    """
    head = T("متن آغازین", "prompt")
    article = f"<br/><small>{T('از مقالهٔ', 'from')} «{escape(title)}»</small>" if title else ""
    rows = [f"<tr><th {_NAME}>{head}</th><td {_PERSIAN}><b>{escape(prompt)}</b>{article}</td></tr>"]
    for name, text in texts.items():
        who = T(*WRITERS[name]) if name in WRITERS else name
        rows.append(f"<tr><th {_NAME}>{escape(who)}</th><td {_PERSIAN}>… {escape(text.strip())} …</td></tr>")
    return f'<table dir="{direction(T)}">{"".join(rows)}</table>'


def show(samples: Sequence[Mapping[str, str]]) -> None:
    """Show samples as ``samples.json`` keeps them: ``title``, ``prompt``, and a text for each writer."""
    for lang in languages():
        T = Label(lang)
        tables = []
        for sample in samples:
            texts = {name: text for name, text in sample.items() if name not in ("title", "prompt")}
            tables.append(table(T, sample["prompt"], texts, sample.get("title", "")))
        plain = "\n".join(f"{name}: {text}" for sample in samples for name, text in sample.items())
        display({"text/html": "\n".join(tables), "text/plain": plain}, raw=True, metadata={"lang": lang})

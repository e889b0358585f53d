"""The two languages of the book, and the one being spoken now.

A page's language is that of its folder: ``book/<language>/...``.  Sphinx builds one
page at a time, so the language of the page at hand is a single value that the other
extensions ask for with :func:`spoken`.
"""
from __future__ import annotations

import re

ROOT = "book"
DIRECTIONS = {"fa": "rtl", "en": "ltr"}
LANGUAGES = tuple(DIRECTIONS)
NEUTRAL = "en"                      # what a page outside both folders is built in
_PAGE = re.compile(rf"^{ROOT}/({'|'.join(LANGUAGES)})/(.+)$")
_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_spoken = NEUTRAL


def language_of(docname: str | None) -> str:
    """The language of a page; the neutral one outside the two folders."""
    match = _PAGE.match(docname or "")
    return match[1] if match else NEUTRAL


def in_language(docname: str | None) -> bool:
    """Whether a page belongs to one of the two languages at all."""
    return bool(_PAGE.match(docname or ""))


def sibling(docname: str, language: str) -> str | None:
    """The name the same page has in another language."""
    match = _PAGE.match(docname)
    return f"{ROOT}/{language}/{match[2]}" if match else None


def home(language: str) -> str:
    return f"{ROOT}/{language}/index"


def search(language: str) -> str:
    """The search page of a language; no source stands behind it."""
    return f"{ROOT}/{language}/search"


def other(language: str) -> str:
    return LANGUAGES[1 - LANGUAGES.index(language)]


def spoken() -> str:
    """The language of the page being read or written."""
    return _spoken


def speak(language: str) -> None:
    global _spoken
    _spoken = language


def persian_digits(text: str) -> str:
    return text.translate(_DIGITS)


def twin(label: str, language: str) -> str | None:
    """The other language's form of a label: ``fa-sec-x`` or ``fig-fa-x`` and so on."""
    name, count = re.subn(rf"(?<![a-z0-9]){language}(?=-)", other(language), label, count=1)
    return name if count else None

"""Sphinx's own search, made to read Persian, with one search page for each language.

Arabic and Persian forms of a letter, vowel marks, digits and half-spaces are folded alike
in the index and in the query, so that a word is found however its reader types it.
"""
from __future__ import annotations

import json
import re

from interface_strings import PERSIAN, SEARCH_RESULTS
from languages import LANGUAGES, search
from sphinx.search.en import SearchEnglish

_ZWNJ = "\u200c"
FOLD = {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و",
        **dict(zip("۰۱۲۳۴۵۶۷۸۹", "0123456789")), **dict(zip("٠١٢٣٤٥٦٧٨٩", "0123456789")),
        _ZWNJ: " ", "\u200d": "", "\u200e": "", "\u200f": "", "ـ": ""}
_TABLE = str.maketrans(FOLD)
_MARKS = re.compile("[\u064b-\u065f\u0670]")
_HALF_SPACED = re.compile(rf"\w+(?:{_ZWNJ}\w+)+")


def fold(text: str) -> str:
    return _MARKS.sub("", text).translate(_TABLE)


def split(text: str) -> list[str]:
    """The words of a text; one with half-spaces also in one piece («مدل‌ها»: مدل، ها، مدلها)."""
    joined = [fold(word.replace(_ZWNJ, "")) for word in _HALF_SPACED.findall(text)]
    return re.findall(r"\w+", fold(text)) + joined


class SearchBoth(SearchEnglish):
    lang = "fa"
    language_name = "Persian and English"
    js_splitter_code = """
const FOLD = %s;
const fold = text => text.replace(/[\\u064b-\\u065f\\u0670]/g, "").replace(/[%s]/g, c => FOLD[c]);
function splitQuery(query) {
  return fold(query).split(/[^\\p{Letter}\\p{Number}_]+/gu).filter(word => word);
}
""" % (json.dumps(FOLD), "".join(f"\\u{ord(letter):04x}" for letter in FOLD))

    def split(self, text):
        return split(text)


def search_pages(app):
    for language in LANGUAGES:
        title = PERSIAN["Search"] if language == "fa" else "Search"
        context = {"title": title, "result_words": json.dumps(SEARCH_RESULTS, ensure_ascii=False)}
        yield search(language), context, "booksearch.html"


def setup(app):
    app.add_search_language(SearchBoth)
    app.connect("html-collect-pages", search_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

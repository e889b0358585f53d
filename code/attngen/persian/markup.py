"""Steps that remove whole pieces which are not Persian prose.

See ``steps`` for the rules that they keep.  What is removed leaves one space, so that its
neighbours do not grow together.
"""

from __future__ import annotations

import re

from attngen.persian.steps import settled

# Letters of scripts other than the Arabic one: Latin, Greek, Cyrillic, Hebrew, CJK and so on.
FOREIGN = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u05ff\u0700-\u08a0\u0900-\u1fff"
FOREIGN += "\u2c00-\ufb4f\ufe20-\ufe2f\uff21-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff"
_LETTER = f"[{FOREIGN}]"
_PERSIAN = re.compile("[\u0620-\u064a\u066e-\u06d3]")

_TEX = "{\\displaystyle"
_ESCAPE = re.compile(r"\\.|[{}]", re.DOTALL)
_RENDERED = re.compile("[^\u0600-\u06ff«»\n]*$")


def tex(text: str) -> str:
    """Remove formulas: TeX's source, and the symbols before it that show the same.

    Wikipedia's formulas arrive as «a 1 {\\displaystyle a_{1}}».  No sentence needs
    both, a model of Persian neither.  Braces nest, which no regular expression
    follows: they are counted, to the end of the paragraph where one is missing.
    """
    while (start := text.find(_TEX)) >= 0:
        line, end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
        depth, end = 0, len(text) if end < 0 else end
        for match in _ESCAPE.finditer(text, start, end):
            depth += {"{": 1, "}": -1}.get(match[0], 0)
            if depth == 0:
                end = match.end()
                break
        begin = _RENDERED.search(text, line, start).start()
        text = text[:begin] + " " + text[end:]
    return text


_MARKUP = (
    (re.compile(r"<!--.*?-->|<ref\b[^<>]*(?:/>|>.*?</ref>)", re.DOTALL), " "),
    (re.compile(r"<[A-Za-z/!][^<>]{0,200}>"), " "),
    (re.compile(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}"), " "),
    (re.compile(r"\[\[(?:[^\[\]|\n]*\|)*([^\[\]|\n]*)\]\]"), r"\1"),
    (re.compile(r"'{2,}|={2,}|&(?:[A-Za-z]{2,8}|#\d{2,6});"), " "),
)


@settled
def markup(text: str) -> str:
    """Remove what is left of wiki text and HTML: tags, templates, entities.

    It is made for a program.  Of a link «[[a|b]]» the words «b» stay.
    """
    if any(sign in text for sign in ("<", "{", "[[", "''", "==", "&")):
        for pattern, instead in _MARKUP:
            text = pattern.sub(instead, text)
    return text


_ADDRESS = re.compile(
    r"(?:https?|ftp)://[^\s«»،؛]+|\bwww\.[^\s«»،؛]+|[\w.+-]+@[\w-]+\.[A-Za-z.]{2,}|\bdoi: ?10\.\S+",
    re.ASCII,
)
_TELLTALE = re.compile("://|@|www|doi")


@settled
def addresses(text: str) -> str:
    """Remove web and mail addresses: nobody reads them, and none occurs twice."""
    return _ADDRESS.sub(" ", text) if _TELLTALE.search(text) else text


_REFERENCE = re.compile(
    r"\[ *(?:[^\[\]\n]{0,20}?[0-9۰-۹٠-٩]+|[^\[\]\n]{0,3}"
    r"|(?:نیاز|پیوند مرده|چه کسی|کدام|مبهم|الف)[^\[\]\n]{0,30}) *\]"
)


@settled
def references(text: str) -> str:
    """Remove «[۱]», «[یادداشت ۴]», «[نیازمند منبع]».

    They point to a list that the text no longer has.  What an editor put in square
    brackets to complete a quotation is a part of the sentence and stays.
    """
    return _REFERENCE.sub(" ", text) if "[" in text else text


_LANGUAGES = (
    "انگلیسی|فرانس[وه]ی|آلمانی|لاتین|یونانی|اسپانی[او]?یی|ایتالیا[یئ]ی|روسی|عربی|عبری|ترکی|ژاپنی|"
    "چینی|هلندی|ارمنی|سوئدی|دانمارکی|پرتغالی|مجاری|چکی|لهستانی|هندی|سانسکریت|اوستایی|میانه|باستان|"
    "گیلکی|کردی|اوکراینی|عثمانی"
)
_NAMED = re.compile(rf"^[^:]{{0,25}}(?:{_LANGUAGES}|تلفظ|مخفف|اختصار|سرنام|نام علمی)[^:]{{0,15}}:")
_BRACKETED = re.compile(r"\(([^()\n]*)\)|\[([^\[\]\n]*)\]")
_FOREIGN = re.compile(_LETTER)
_PARTS = re.compile("([؛،;,])")


def _is_foreign(part: str) -> bool:
    if _NAMED.search(part):
        return True
    foreign = len(_FOREIGN.findall(part))
    return foreign > 0 and foreign >= len(_PERSIAN.findall(part))


def _without_foreign(match: re.Match) -> str:
    content = match[1] if match[1] is not None else match[2]
    if ":" not in content and not _FOREIGN.search(content):
        return match[0]
    pieces = _PARTS.split(content)
    parts, separators = pieces[::2], ["", *pieces[1::2]]
    kept = [place for place, part in enumerate(parts) if not _is_foreign(part)]
    if len(kept) == len(parts):
        return match[0]
    inside = "".join((separators[place] if place != kept[0] else "") + parts[place] for place in kept)
    return match[0][0] + inside + match[0][-1] if inside.strip() else " "


@settled
def foreign_brackets(text: str) -> str:
    """Remove foreign names in brackets: «(به انگلیسی: Concrete)», «(EMSA)».

    They repeat in another script what the sentence has just said.  What stands beside
    them in the same brackets, as a year of birth, stays.
    """
    if "(" not in text and "[" not in text:
        return text
    return _BRACKETED.sub(_without_foreign, text)


_TOKEN = "[^\\s\u0600-\u06ff«»،؛,;()\\[\\]{}…\u200c]"
_WORD = f"{_TOKEN}*?{_LETTER}{_TOKEN}*"
_RUN = re.compile(rf"{_WORD}(?: +(?:[^\w\s«»،؛,;()\[\]{{}}‌]+ +)?{_WORD})*")
_SHORT = re.compile(r"[A-Za-z0-9]{1,7}(?:-[A-Za-z0-9]{1,4})?")
_END = ".:!?'\"’”"


def _short_or_nothing(match: re.Match) -> str:
    run = match[0].rstrip(_END)
    return match[0] if _SHORT.fullmatch(run) else " " + match[0][len(run) :]


@settled
def foreign_runs(text: str) -> str:
    """Remove words of other scripts, except a short Latin word alone: DNA, ATP, mRNA.

    Such an abbreviation is the word of its sentence; «Escherichia coli» amid Persian is a
    gloss that one page has once.
    """
    return _RUN.sub(_short_or_nothing, text) if _FOREIGN.search(text) else text

"""Steps that remove whole pieces which are not Persian prose.  See ``steps`` for their rules.

What is removed leaves one space, so that its neighbours do not grow together.
"""

from __future__ import annotations

import re

from attngen.persian.steps import settled

# Letters of scripts other than the Arabic one: Latin with accents, Greek, Cyrillic, Hebrew, CJK and so on.
FOREIGN = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u05ff\u0700-\u08a0\u0900-\u1fff\u2c00-\ufb4f"
FOREIGN += "\ufe20-\ufe2f\uff21-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff"
_LETTER = f"[{FOREIGN}]"
_PERSIAN = re.compile("[\u0620-\u064a\u066e-\u06d3]")

_TEX = "{\\displaystyle"
_ESCAPE = re.compile(r"\\.|[{}]", re.DOTALL)
_RENDERED = re.compile("[^\u0600-\u06ff«»\n]*$")


def tex(text: str) -> str:
    """Remove formulas: TeX's source, and the symbols before it, which show the same formula once more.

    Wikipedia's formulas arrive as «a 1 {\\displaystyle a_{1}}».  No sentence needs both, a model of Persian
    neither.  Braces nest, which no regular expression follows: they are counted.
    """
    while (start := text.find(_TEX)) >= 0:
        depth, end = 0, text.find("\n", start) if "\n" in text[start:] else len(text)
        for match in _ESCAPE.finditer(text, start, end):
            depth += {"{": 1, "}": -1}.get(match[0], 0)
            if depth == 0:
                end = match.end()
                break
        text = text[: _RENDERED.search(text, text.rfind("\n", 0, start) + 1, start).start()] + " " + text[end:]
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
    """Remove what is left of wiki text and HTML: tags, templates, entities; of «[[a|b]]» only «b» stays."""
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    return text


_ADDRESS = re.compile(
    r"(?:https?|ftp)://[^\s«»،؛]+|\bwww\.[^\s«»،؛]+|[\w.+-]+@[\w-]+\.[A-Za-z.]{2,}|\bdoi: ?10\.\S+", re.ASCII
)


@settled
def addresses(text: str) -> str:
    """Remove web and mail addresses: strings that nobody reads, of characters no other word has."""
    return _ADDRESS.sub(" ", text) if ":" in text or "@" in text or "www" in text else text


_REFERENCE = re.compile(
    r"\[ *(?:[^\[\]\n]{0,20}?[0-9۰-۹٠-٩]+|[^\[\]\n]{0,3}|(?:نیاز|پیوند مرده|چه کسی|کدام|مبهم|الف)[^\[\]\n]{0,30}) *\]"
)


@settled
def references(text: str) -> str:
    """Remove «[۱]», «[یادداشت ۴]», «[نیازمند منبع]»: they point to a list that the text no longer has.

    What an editor put in square brackets to complete a quotation is a part of the sentence and stays.
    """
    return _REFERENCE.sub(" ", text) if "[" in text else text


_LANGUAGES = "انگلیسی|فرانس[وه]ی|آلمانی|لاتین|یونانی|اسپانی[او]?یی|ایتالیا[یئ]ی|روسی|عربی|عبری|ترکی|ژاپنی|چینی|هلندی|ارمنی"
_LANGUAGES += "|سوئدی|دانمارکی|پرتغالی|مجاری|چکی|لهستانی|هندی|سانسکریت|اوستایی|میانه|باستان|گیلکی|کردی|اوکراینی|عثمانی"
_NAMED = re.compile(rf"^[^:]{{0,25}}(?:{_LANGUAGES}|تلفظ|مخفف|اختصار|سرنام|نام علمی)[^:]{{0,15}}:")
_BRACKETED = re.compile(r"\(([^()\n]*)\)|\[([^\[\]\n]*)\]")
_FOREIGN = re.compile(_LETTER)
_PARTS = re.compile("([؛،;,])")


def _is_foreign(part: str) -> bool:
    foreign = len(_FOREIGN.findall(part))
    return bool(_NAMED.search(part)) or foreign > 0 and foreign >= len(_PERSIAN.findall(part))


def _without_foreign(match: re.Match) -> str:
    content = match[1] if match[1] is not None else match[2]
    if ":" not in content and not _FOREIGN.search(content):
        return match[0]
    pieces = _PARTS.split(content)
    kept = [place for place in range(0, len(pieces), 2) if not _is_foreign(pieces[place])]
    if len(kept) * 2 > len(pieces):
        return match[0]
    inside = "".join(("" if i == 0 else pieces[place - 1]) + pieces[place] for i, place in enumerate(kept))
    return match[0][0] + inside + match[0][-1] if inside.strip() else " "


@settled
def foreign_brackets(text: str) -> str:
    """Remove foreign names in brackets: «(به انگلیسی: Concrete)», «(EMSA)»; a date beside the name stays.

    They repeat in another script what the sentence has just said.
    """
    return _BRACKETED.sub(_without_foreign, text) if "(" in text or "[" in text else text


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
    """Remove words of other scripts, except one short Latin word alone, such as DNA, ATP or mRNA.

    An abbreviation is the word of its sentence; «Escherichia coli» amid Persian is a gloss that one page has once.
    """
    return _RUN.sub(_short_or_nothing, text) if _FOREIGN.search(text) else text

"""Steps that mend punctuation and spaces, and the alphabet of the cleaned text.

See ``steps`` for the rules that they keep.
"""

from __future__ import annotations

import re

from attngen.persian.steps import DIGITS, FATHATAN, LETTERS, ZWNJ, settled

PUNCTUATION = ".،؛:؟!«»()-–/٪٫٬…+×\""
ALPHABET = LETTERS + FATHATAN + ZWNJ + DIGITS + PUNCTUATION + " \n"  # and ASCII's letters, digits

MARKS = str.maketrans(",;?%“”„‟″‹›—―−‒‑", "،؛؟٪\"\"\"\"\"«»––––-")
_FOREIGN_MARK = re.compile("[,;?%“”„‟″‹›—―−‒‑]")
_THOUSANDS = re.compile("(?<=[0-9۰-۹]),(?=[0-9۰-۹]{3})")
_REMOVALS = (
    # brackets around nothing
    (re.compile(r"\([ .،؛:؟!/٪…+×–-]*\)|«[ .،؛:-]*»"), " "),
    # a mark at the edge within brackets
    (re.compile(r"(?<=\()[ .،؛:]*[،؛:] *| *[،؛:][ ،؛:]*(?=\))"), ""),
    # one mark several times
    (re.compile(r"([،؛:؟!«»–-])(?: *\1)+"), r"\1"),
    # of two different marks the stronger stays
    (re.compile(r" *[،؛:] *(?=[.؟!؛])|، *(?=:)|: *(?=،)"), ""),
    (re.compile(r"(?<!\.)\. *\.(?! *\.)|\.(?: +\.)+"), "."),
    (re.compile(r"\.{4,}"), "..."),
    # no paragraph begins with the end of something
    (re.compile(r"^[ .،؛:؟!)»…/–-]+", re.MULTILINE), ""),
)
# Nothing of the above is to be found where this is not: most texts are done with one search.
_CLUSTER = re.compile("[.،؛:؟!«(»–-] *[.،؛:؟!«»)…/٪+×–-]|\\A[ .،؛:؟!)»…/–-]|\n[ .،؛:؟!)»…/–-]")


def persian_marks(text: str) -> str:
    """Write the Persian mark for the Latin one: «،», «؛», «؟», «٪», and «٬» in a number.

    They mean the same, and a model should learn one of them.
    """
    if not _FOREIGN_MARK.search(text):
        return text
    return _THOUSANDS.sub("٬", text).translate(MARKS)


@settled
def punctuation(text: str) -> str:
    """Leave one mark where there are several, and none around what was removed.

    The removal of references and foreign names leaves «( ؛ )» and «..» behind.
    """
    if not _CLUSTER.search(text):
        return text
    for pattern, instead in _REMOVALS:
        text = pattern.sub(instead, text)
    return text


_BRACKET = re.compile("[()\n]")


def brackets(text: str) -> str:
    """Remove round brackets without a partner in their paragraph.

    A formula has left them there, or a slip of the writer.
    """
    if "(" not in text and ")" not in text:
        return text
    opened: list[int] = []
    alone: list[int] = []
    for match in _BRACKET.finditer(text):
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == "\n":
            alone += opened
            opened = []
        elif opened:
            opened.pop()
        else:
            alone.append(match.start())
    for place in sorted(alone + opened, reverse=True):
        text = text[:place] + text[place + 1 :]
    return text


_OTHER = f"[^{re.escape(ALPHABET)}A-Za-z0-9]"
_STRANGE = re.compile(f"{_OTHER}{_OTHER}*")


def symbols(text: str) -> str:
    """Remove every character outside the alphabet: arrows, bullets, emoji, operators.

    Each of them occurs too seldom to be learnt, and a model of characters would spend a
    class on each.
    """
    return _STRANGE.sub(" ", text)


_BEFORE = re.compile(" (?=[.،؛:؟!»)…٪\n])")
_AFTER = re.compile("([«(\n]) ")


def spaces(text: str) -> str:
    """One space between words, none before a mark or within brackets, no empty lines."""
    while "  " in text:
        text = text.replace("  ", " ")
    text = _AFTER.sub(r"\1", _BEFORE.sub("", text))
    while "\n\n" in text:
        text = text.replace("\n\n", "\n")
    return text.strip(" \n")

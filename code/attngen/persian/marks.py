"""Steps that mend punctuation and spaces, and the alphabet of the cleaned text.  See ``steps`` for their rules."""

from __future__ import annotations

import re

from attngen.persian.steps import DIGITS, FATHATAN, LETTERS, ZWNJ, settled

PUNCTUATION = ".،؛:؟!«»()-–/٪٫٬…+×\""
ALPHABET = LETTERS + FATHATAN + ZWNJ + DIGITS + PUNCTUATION + " \n"  # beside ASCII letters and digits

MARKS = str.maketrans(",;?%“”„‟″‹›—―−‒‑", "،؛؟٪\"\"\"\"\"«»––––-")
_FOREIGN_MARK = re.compile("[,;?%“”„‟″‹›—―−‒‑]")
_THOUSANDS = re.compile("(?<=[0-9۰-۹]),(?=[0-9۰-۹]{3})")
_REMOVALS = (
    (re.compile(r"\([ .،؛:؟!/٪…+×–-]*\)|«[ .،؛:-]*»"), " "),  # brackets around nothing
    (re.compile(r"(?<=\()[ .،؛:]*[،؛:] *| *[،؛:][ ،؛:]*(?=\))"), ""),  # a mark at the edge within brackets
    (re.compile(r"([،؛:؟!«»–-])(?: *\1)+"), r"\1"),  # one mark several times
    (re.compile(r" *[،؛:] *(?=[.؟!؛])|، *(?=:)|: *(?=،)"), ""),  # of two different marks the stronger stays
    (re.compile(r"(?<!\.)\. *\.(?! *\.)|\.(?: +\.)+"), "."),
    (re.compile(r"\.{4,}"), "..."),
    (re.compile(r"^[ .،؛:؟!)»…/–-]+", re.MULTILINE), ""),  # no paragraph begins with the end of something
)


def persian_marks(text: str) -> str:
    """Write the Persian mark for the Latin one: «،» for a comma, «٬» for a comma among digits, «٪» for a per cent."""
    return _THOUSANDS.sub("٬", text).translate(MARKS) if _FOREIGN_MARK.search(text) else text


@settled
def punctuation(text: str) -> str:
    """Leave one mark where there are several, and none around what was removed.

    The removal of references and foreign names leaves «( ؛ )» and «..» behind.
    """
    for pattern, instead in _REMOVALS:
        text = pattern.sub(instead, text)
    return text


def brackets(text: str) -> str:
    """Remove round brackets without a partner in their paragraph, left by a formula or by a slip of the writer."""
    if "(" not in text and ")" not in text:
        return text
    return "\n".join(map(_paired, text.split("\n")))


def _paired(line: str) -> str:
    opened, alone = [], []
    for place, character in enumerate(line) if "(" in line or ")" in line else ():
        if character == "(":
            opened.append(place)
        elif character == ")":
            (opened or alone).append(place) if not opened else opened.pop()
    lost = {*opened, *alone}
    return "".join(c for place, c in enumerate(line) if place not in lost) if lost else line


_STRANGE = re.compile(f"[^{re.escape(ALPHABET)}A-Za-z0-9]+")


def symbols(text: str) -> str:
    """Remove every character outside the alphabet: arrows, bullets, emoji, operators, scripts still left.

    Each of them occurs too seldom to be learnt, and a character-level model would spend a class on each.
    """
    return _STRANGE.sub(" ", text)


_SPACING = (
    (re.compile(r" {2,}"), " "),
    (re.compile(r" +(?=[.،؛:؟!»)…٪\n])"), ""),
    (re.compile(r"(?<=[«(\n]) +"), ""),
    (re.compile(r"\n{2,}"), "\n"),
)


def spaces(text: str) -> str:
    """One space between words, none before a mark or inside brackets, no empty paragraphs."""
    for pattern, instead in _SPACING:
        text = pattern.sub(instead, text)
    return text.strip(" \n")

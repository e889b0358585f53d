"""Paragraphs that are no prose, and paragraphs that occur twice."""

from __future__ import annotations

import hashlib
import re

_PERSIAN = re.compile("[\u0620-\u065f\u066e-\u06d3]")  # and marks: parts of letters in NFD
_WORD = re.compile("[\u0620-\u064a\u066e-\u06d3\u200c]{2,}")
_SPACE = re.compile(r"\s")
_NOTICE = re.compile(
    r"ویکی‌پدیا کمک کنید|برچسب زده‌اید|نظرخواهی برای حذف|^ *مشارکت‌کنندگان ویکی‌پدیا|"
    r"شابک[\s:\u200e]*[0-9۰-۹]|^ *\^|^ *(?:منابع|پانویس|پیوند به بیرون|جستارهای وابسته) *:?$"
)

MIN_WORDS = 8  # fewer cannot be a sentence with something to learn from
MIN_SHARE = 0.6  # of the characters that are no spaces: Persian letters in the raw paragraph
REASONS = ("links", "notice", "foreign", "short")


def reason_to_drop(raw: str, cleaned: str) -> str:
    """Why a paragraph is no prose, one of ``REASONS``; "" if it is.

    links    a list of links between bullets or bars, as in the boxes at the foot of
             an article
    notice   Wikipedia speaks of itself: "help to extend this article", a list of
             sources
    foreign  less than ``MIN_SHARE`` of it were Persian letters: references,
             formulas, tables, code
    short    fewer than ``MIN_WORDS`` words were left: headings, captions, rests of
             the above
    """
    if raw.count("•") + raw.count("|") + raw.count("·") >= 4:
        return "links"
    if _NOTICE.search(raw):
        return "notice"
    if len(_PERSIAN.findall(raw)) < MIN_SHARE * len(_SPACE.sub("", raw)):
        return "foreign"
    if len(_WORD.findall(cleaned)) < MIN_WORDS:
        return "short"
    return ""


_LETTERS = re.compile("[^\u0620-\u064a\u066e-\u06d3۰-۹A-Za-z]+")


def identity(paragraph: str) -> bytes:
    """16 bytes, equal for paragraphs of the same letters and digits, whatever their marks."""
    return hashlib.blake2b(_LETTERS.sub("", paragraph).encode(), digest_size=16).digest()

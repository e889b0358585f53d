"""Raw articles and their split into training, validation and test."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Iterable
from dataclasses import dataclass

from attngen import data
from attngen.persian import steps

PARTS = ("train", "validation", "test")
FILE = ("persian-wikipedia", "fawiki_paragraphs.jsonl.xz")
TEST, VALIDATION = 0.08, 0.06  # shares of the titles


@dataclass(frozen=True)
class Article:
    """Paragraphs in order, the article's title ("" if it is not known) and the collection they come from."""

    title: str
    paragraphs: tuple[str, ...]
    source: str

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def title_key(title: str) -> str:
    """What is the same for spellings of one title: no marks, no half-spaces, Persian letters."""
    text = steps.digits(steps.diacritics(steps.letters(steps.invisible(steps.nfc(title)))))
    return " ".join(re.findall(r"\w+", text)).lower()


def wikipedia(download: bool = True) -> list[Article]:
    """The raw articles, in the file's order; DataError where the file cannot be had or is another.

    Paragraphs of one title are one article, also from two sources; one without a title is by itself.
    """
    lines = lzma.decompress(data.read(*FILE, download)).decode().splitlines()
    places: dict[str, int] = {}
    found: list[tuple[str, list[str], str]] = []
    for line in map(json.loads, lines):
        key = title_key(line["title"])
        place = places.setdefault(key, len(found)) if key else len(found)
        if place == len(found):
            found.append((line["title"], [], line["src"]))
        found[place][1].append(line["text"])
    return [Article(title, tuple(texts), source) for title, texts, source in found]


def part_of(title: str) -> str:
    """The part to which an article of this title belongs, by the title's hash.

    So adding articles moves no other, two copies of one article never part,
    and no seed is needed.  What has no title may be a piece of any article,
    and is for training.
    """
    if not (key := title_key(title)):
        return "train"
    draw = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
    if draw < TEST:
        return "test"
    return "validation" if draw < TEST + VALIDATION else "train"


def split(articles: Iterable[Article]) -> dict[str, list[Article]]:
    """The articles by part, whole articles only.

    Training text that repeats held-out text is dropped later, by ``prepare``: clean texts compare better.
    """
    parts: dict[str, list[Article]] = {part: [] for part in PARTS}
    for article in articles:
        parts[part_of(article.title)].append(article)
    return parts

"""Prompts out of held-out articles: their first sentences, and how the articles really go on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attngen.persian import corpus
from attngen.persian.articles import title_key, wikipedia

# Students read what models make of the prompts.  This collection has articles on sexual matters.
LEFT_OUT = ("AUT-IR-WikiClusters",)
_STEMS = (
    "جنسی سکس پورن شهوت برهنه روسپی فاحش آمیزش تناسلی کاندوم همجنس زناشویی تن‌فروش اروتیک "
    "تجاوز قتل قاتل مقتول کشتار کشته شکنجه اعدام خودکشی ترور بمب خونریز خون‌ریز جسد خشونت سر‌بریدن قربانی"
).split()
_UNSUITABLE = re.compile("|".join(_STEMS))
_SENTENCE = re.compile(r"[^\n]*?[.؟!](?=[ \n])")


@dataclass(frozen=True)
class Prompt:
    """The first sentence of an article, and the text that follows it there."""

    title: str
    text: str
    continuation: str


def unsuitable(text: str) -> bool:
    """Whether a text has a word that speaks of sex or violence; rather too often than too seldom."""
    return _UNSUITABLE.search(text) is not None


def first_sentence(text: str, shortest: int = 30, longest: int = 240) -> str:
    """The first sentence, if it has this many characters and something follows it; else ""."""
    found = _SENTENCE.match(text)
    return found[0] if found and shortest <= len(found[0]) <= longest else ""


def held_out(source: str, count: int, characters: int = 600) -> list[Prompt]:
    """At most ``count`` prompts, evenly spread over the test articles, with ``characters`` of each that follow.

    Articles that are shorter, that are from a collection LEFT_OUT, or whose shown part is unsuitable are no prompts.
    """
    origins = {}
    if source == "wikipedia":
        origins = {title_key(article.title): article.source for article in wikipedia() if article.title}
    found = []
    for title, text in zip(corpus.titles("test", source), corpus.documents("test", source=source), strict=True):
        sentence = first_sentence(text)
        shown = text[: len(sentence) + characters]
        if (
            sentence
            and len(shown) == len(sentence) + characters
            and origins.get(title_key(title)) not in LEFT_OUT
            and not unsuitable(f"{title} {shown}")
        ):
            found.append(Prompt(title.strip(), sentence, shown[len(sentence) :]))
    count = min(count, len(found))
    return [found[place * len(found) // count] for place in range(count)]

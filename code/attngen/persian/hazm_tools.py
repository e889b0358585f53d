"""hazm, the Persian toolkit: normaliser, words, lemmas and stop words, each of one paragraph.

hazm's tables are built once a process, in a second or two; nothing is downloaded.  ``cores`` spreads the work
over processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from attngen.persian.marks import spaces
from attngen.persian.steps import half_spaces


@cache
def _normalizer():
    from hazm import Normalizer

    # Marks, digits and special characters are done by our own steps: hazm would take the tanvin of
    # «حتماً» too, and write CO2 with a Persian digit.
    return Normalizer(remove_diacritics=False, remove_specials_chars=False, persian_numbers=False)


@cache
def _tokenizer():
    from hazm import WordTokenizer

    return WordTokenizer()


@cache
def _lemmatizer():
    from hazm import Lemmatizer

    return Lemmatizer()


@cache
def stop_words() -> frozenset[str]:
    """hazm's list of stop words."""
    from hazm import stopwords_list

    return frozenset(stopwords_list())


_APART = (
    (re.compile("(?<=[0-9۰-۹]) ?([٫٬/–-]) ?(?=[0-9۰-۹])"), r"\1"),  # ۱ ٫ ۵
    (re.compile("(?<=[0-9۰-۹]) (?=٪)"), ""),
    (re.compile("(?<=[^\\W0-9۰-۹][-/]) (?=[0-9۰-۹])"), ""),  # کووید- ۱۹
    (re.compile("(?<=[A-Za-z]) (?=[0-9])|(?<=[0-9]) (?=[A-Za-z])"), ""),  # CO 2
)


def join_numbers(text: str) -> str:
    """Put together what hazm's tokenizer has pulled apart: «۱ ٫ ۵», «کووید- ۱۹», «CO 2»."""
    for pattern, instead in _APART:
        text = pattern.sub(instead, text)
    return text


def normalize(text: str) -> str:
    """One paragraph through hazm's ``Normalizer``: half-spaces, affixes, quotes.

    Then the numbers that it broke are mended; a quotation mark still straight has
    no partner, and goes.
    """
    text = join_numbers(_normalizer().normalize(text)).replace('"', " ")
    return spaces(half_spaces(text))


def words(text: str) -> list[str]:
    """The words and marks of one paragraph; the parts of a verb are joined by "_"."""
    return _tokenizer().tokenize(text)


def both_stems(word: str) -> str:
    """The dictionary form as hazm gives it: of a verb "past#present", «رفت#رو»."""
    return _lemmatizer().lemmatize(word)


def lemma(word: str) -> str:
    """The dictionary form of a word; of a verb's two stems the past one.

    It is a word of the language (he went), and the infinitive less its ending.  Many a
    present stem is no word by itself.  Where there is no past stem («هست»), it is that.
    """
    past, _, present = both_stems(word).partition("#")
    return past or present


def joined(tokens: Iterable[str]) -> str:
    """Words and marks as running text again, the parts of a verb apart."""
    return spaces(join_numbers(" ".join(tokens).replace("_", " ")))


def without_stop_words(text: str) -> str:
    """One paragraph without hazm's stop words."""
    return joined(word for word in words(text) if word not in stop_words())


def lemmas(text: str) -> str:
    """One paragraph with each word in its dictionary form."""
    return joined(map(lemma, words(text)))


def lemmas_without_stop_words(text: str) -> str:
    """One paragraph of dictionary forms, stop words left out before and after."""
    kept = (lemma(word) for word in words(text) if word not in stop_words())
    return joined(word for word in kept if word not in stop_words())

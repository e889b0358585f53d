"""Text cut into pieces that no token crosses: words, digits, punctuation, white space; and their counts.

The cut of GPT-2 (Radford et al. 2019, section 2.2) with three changes for Persian: the zero-width non-joiner
and the diacritics are part of a word, so «می‌شود» is one piece; each digit is a piece of its own; so is each
end of a line, for a token must not hold the end of one paragraph and the beginning of the next.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MARKS = (
    "\u0300-\u036f"  # combining marks, which a text that is not NFC may hold
    "\u0610-\u061a\u064b-\u065f\u0670"  # those of Arabic script
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u200c\u200d"  # zero-width non-joiner and joiner
)
PATTERN = re.compile(
    rf" ?(?:[^\W\d_]|[{MARKS}])+"  # a word, with the one space before it
    r"| ?\d"  # a digit
    rf"| ?(?:[^\w\s{MARKS}]|_)+"  # a run of punctuation and other signs
    r"|\n"  # the end of a line
    r"|[^\S\n]+(?!\S)"  # white space, but for one space before a word
    r"|\s"
)


def pretokenize(text: str) -> list[str]:
    """The pieces of a text; put together they are the text again, whatever it holds.

    Raises TypeError if text is no str.
    """
    if not isinstance(text, str):
        raise TypeError(f"text is a str, not {type(text).__name__}: {text!r:.60}")
    return PATTERN.findall(text)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs in the texts: all that a tokenizer learns from.

    Raises TypeError if texts is one str, ValueError if there is no text in it.
    """
    if isinstance(texts, str):
        raise TypeError("texts is a list of documents, not one str")
    words: Counter[str] = Counter()
    for text in texts:
        words.update(pretokenize(text))
    if not words:
        raise ValueError("there is no text to learn from: no document, or only empty ones")
    return words


def frequent_characters(words: Counter[str], limit: int, coverage: float = 0.9995) -> str:
    """The most frequent characters beyond ASCII, at most ``limit``, in order of their code points.

    coverage - with ASCII they are at least this share of the text, if ``limit`` allows (the default is that
    of SentencePiece, Kudo and Richardson 2018)
    """
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            counts[character] += count
    rest, kept = counts.total(), []
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if rest > counts.total() * (1 - coverage) and character > "\x7f":
            kept.append(character)
        rest -= count
    return "".join(sorted(kept[:limit]))

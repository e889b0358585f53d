"""Counting what can be counted in generated text: variety, repetition, words that exist, copied runs.

None of this says whether a text is true, or makes sense.  All shares depend on the length of the texts, so
only texts of about one length may be compared, and human text beside them is the yardstick.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

HALF_SPACE = "\u200c"
_MARKS = "\u064b-\u065f\u0670"  # vowel signs, and hamza and madda where they stand alone
# A half-space at a word's end belongs to the word, so that the word counts as one that does not exist.
_WORD = re.compile(f"[^\\W\\d_](?:[^\\W\\d_]|[{_MARKS}{HALF_SPACE}])*")

Tokens = Sequence[Hashable]


def words(text: str) -> list[str]:
    """Words in the order of the text: letters, with vowel signs and half-spaces; no digits or marks."""
    return _WORD.findall(text)


def known_words(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts."""
    return frozenset(word for text in texts for word in words(text))


def ngrams(tokens: Tokens, n: int) -> list[tuple]:
    """All n-grams in the order of the text; none where it is shorter than n."""
    if n < 1:
        raise ValueError(f"an n-gram has one token or more, not {n}")
    return list(zip(*(tokens[i:] for i in range(n)), strict=False))


def _share(part: int, whole: int, of: str) -> float:
    if not whole:
        raise ValueError(f"no share can be told: there are no {of}")
    return part / whole


def distinct(texts: Sequence[Tokens], n: int) -> float:
    """Different n-grams of all texts together, as a share of all their n-grams (Li et al. 2016)."""
    found = [gram for text in texts for gram in ngrams(text, n)]
    return _share(len(set(found)), len(found), f"{n}-grams")


def repeated_ngrams(texts: Sequence[Tokens], n: int = 4) -> float:
    """Share of n-grams that stood earlier in the same text (seq-rep-n of Welleck et al. 2020);
    the mean over the texts that have n-grams."""
    shares = [1 - len(set(grams)) / len(grams) for text in texts if (grams := ngrams(text, n))]
    return _share(sum(shares), len(shares), f"{n}-grams")


def repeated_tokens(texts: Sequence[Tokens], window: int) -> float:
    """Share of tokens that stand among the ``window`` tokens before them: rep/l of Welleck et al. 2020, here
    of text that was generated.  The first token of a text, which has nothing before it, does not count."""
    if window < 1:
        raise ValueError(f"a window has one token or more, not {window}")
    places = [(text, i) for text in texts for i in range(1, len(text))]
    repeated = sum(text[i] in text[max(0, i - window) : i] for text, i in places)
    return _share(repeated, len(places), "tokens with others before them")


def valid_words(texts: Iterable[str], known: frozenset[str]) -> float:
    """Share of words that the training text contains."""
    found = [word for text in texts for word in words(text)]
    return _share(sum(word in known for word in found), len(found), "words")


def half_spaces(texts: Iterable[str], known: frozenset[str]) -> tuple[int, int]:
    """How many words with a half-space the training text contains, and how many there are in all."""
    found = [word for text in texts for word in words(text) if HALF_SPACE in word]
    return sum(word in known for word in found), len(found)


def longest_copy(text: str, training: str) -> str:
    """The longest run of characters of ``text`` that stands in the training text; of equals, the first."""
    best, begin = "", 0
    while begin + len(best) < len(text):
        if (longer := text[begin : begin + len(best) + 1]) in training:
            best = longer
        else:
            begin += 1
    return best


def quality(
    texts: Sequence[str], tokens: Sequence[Tokens], known: frozenset[str], training: str | None = None
) -> dict[str, float]:
    """All measures of some generated texts, given as strings and as tokens.

    known    - words of the training text;  training - the training text itself: how much was copied from it
    Variety and repetition are those of tokens; copied runs are counted in words.
    """
    right, all_ = half_spaces(texts, known)
    count = sum(len(words(text)) for text in texts)
    found = {f"distinct_{n}": distinct(tokens, n) for n in (1, 2, 3)}
    found |= {"repeated_4grams": repeated_ngrams(tokens, 4)}
    found |= {f"repeated_tokens_{window}": repeated_tokens(tokens, window) for window in (16, 32, 128)}
    found |= {"valid_words": valid_words(texts, known), "half_spaces_per_100_words": 100 * all_ / count}
    if all_:
        found["valid_half_spaces"] = right / all_
    if training is not None:
        copies = [len(words(longest_copy(text, training))) for text in texts]
        found |= {"longest_copy_words": max(copies), "longest_copy_words_mean": sum(copies) / len(copies)}
    return found

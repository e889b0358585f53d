"""The textbook loop of byte-pair encoding: count all pairs anew for every merge.

Sennrich, Haddow and Birch 2016, algorithm 1, over words and how often each occurs.  The same loop over a list
of all the words of a text, in which a word stands as often as it occurs, is what many tutorials do.  Slow,
short, and the judge of ``bpe.train_bpe``: both learn the same merges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from attngen.persian.bpe import BPE, SMALLEST, Pair
from attngen.persian.pretokenize import count_words, frequent_characters

Words = list[tuple[list[int], int]]  # the symbols of a word, and how often it occurs


def count_pairs(words: Words) -> Counter[Pair]:
    """How often each pair of neighbours occurs."""
    counts: Counter[Pair] = Counter()
    for symbols, count in words:
        for pair in zip(symbols, symbols[1:]):
            counts[pair] += count
    return counts


def most_frequent(counts: Counter[Pair]) -> Pair:
    """The most frequent pair; of equally frequent ones the one of smaller ids."""
    return min(counts, key=lambda pair: (-counts[pair], pair))


def joined(symbols: list[int], pair: Pair, new: int) -> list[int]:
    """A word in which every occurrence of a pair, from the left, is one symbol."""
    first, second = pair
    result, place, last = [], 0, len(symbols) - 1
    while place <= last:
        if symbols[place] == first and place < last and symbols[place + 1] == second:
            result.append(new)
            place += 2
        else:
            result.append(symbols[place])
            place += 1
    return result


def step(model: BPE, words: Words, least: int = 2) -> Words | None:
    """Learn one merge: count, choose, join everywhere; None if no pair is left."""
    counts = count_pairs(words)
    if not counts or counts[pair := most_frequent(counts)] < least:
        return None
    new = model.add(pair)
    return [(joined(symbols, pair, new), count) for symbols, count in words]


def rescan_bpe(texts: Iterable[str], size=4096, unit="byte", least=2) -> BPE:
    """What ``train_bpe`` computes, by the loop of the textbook."""
    counts = count_words(texts)
    room = size - SMALLEST if unit == "character" else 0
    model = BPE((), unit, frequent_characters(counts, room))
    words = [(model.symbols(word), count) for word, count in counts.items()]
    while model.size < size and (words := step(model, words, least)):
        pass
    return model

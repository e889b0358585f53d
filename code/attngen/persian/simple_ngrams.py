"""The two estimates that come to mind first: relative frequencies, and one more of everything.

Here they explain what smoothing is for; the model that is measured against networks is ``kneser_ney``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attngen.persian.ngram_counts import NOWHERE, NGramCounts, find, stream, walk
from attngen.persian.windows import Documents


def followers(counts: NGramCounts, context: Sequence[int]) -> NDArray[np.int64]:
    """How often each token (V,) followed a context of at most ``order - 1`` tokens, END first at a
    document's start."""
    if len(context) >= counts.order:
        raise ValueError(f"n-grams of order {counts.order} have no context of {len(context)} tokens")
    if not len(context):
        return counts.counts[0].copy()
    number = np.asarray(context[0])
    for token, keys in zip(context[1:], counts.keys[1:], strict=False):
        number = np.where(number == NOWHERE, NOWHERE, find(keys, number * counts.vocabulary + token))
    every = number * counts.vocabulary + np.arange(counts.vocabulary)
    places = find(counts.keys[len(context)], every)
    found = (number != NOWHERE) & (places != NOWHERE)
    frequency = np.zeros(counts.vocabulary, dtype=np.int64)
    frequency[found] = counts.counts[len(context)][places[found]]
    return frequency


def maximum_likelihood(counts: NGramCounts, context: Sequence[int]) -> NDArray[np.float64]:
    """Relative frequencies (V,) of what followed; not a number where nothing ever did."""
    frequency = followers(counts, context)
    with np.errstate(invalid="ignore"):
        return frequency / frequency.sum()


def add_one(counts: NGramCounts, context: Sequence[int]) -> NDArray[np.float64]:
    """Laplace's estimate (V,): as if each token had followed the context once more."""
    frequency = followers(counts, context) + 1
    return frequency / frequency.sum()


def add_one_log_probabilities(counts: NGramCounts, documents: Documents, order: int) -> NDArray[np.float64]:
    """Natural logarithms (N,) of Laplace's estimate for all tokens of some documents, ends included.

    The contexts have ``order - 1`` tokens, fewer at a document's start.
    """
    read, size = stream(documents, counts.vocabulary), counts.vocabulary
    numbers = walk(counts.keys[:order], read, size)
    answer = np.empty(len(read.tokens))
    for length in range(min(order, counts.order)):  # tokens of the context
        there = read.predicted & ((read.offset == length) if length < order - 1 else (read.offset >= length))
        totals, before = _totals(counts, length), np.zeros(len(read.tokens), dtype=np.int64)
        if length:
            before[1:] = numbers[length - 1][:-1]
        seen, total = _at(counts.counts[length], numbers[length]), _at(totals, before)
        answer[there] = (np.log(seen + 1.0) - np.log(total + size))[there]
    return answer[read.predicted]


def _at(table: NDArray, places: NDArray) -> NDArray:
    """The table's numbers at some places, 0 at those that are NOWHERE and everywhere in an empty table."""
    return np.where(places == NOWHERE, 0, table[places]) if len(table) else np.zeros(len(places))


def _totals(counts: NGramCounts, length: int) -> NDArray[np.int64]:
    """How often each context of ``length`` tokens was followed by anything."""
    if not length:
        return counts.counts[0].sum(keepdims=True)
    contexts = counts.keys[length] // counts.vocabulary
    size = len(counts.keys[length - 1])
    return np.bincount(contexts, counts.counts[length], minlength=size).astype(np.int64)

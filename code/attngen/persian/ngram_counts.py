"""Counting n-grams of tokens: how often each context was followed by each token.

A document t1 … tN is read as END t1 … tN END.  Its first token has a context of one token, the second of
two, and so on up to ``order - 1``; no n-gram reaches from one document into the next.

The n-grams stand in sorted arrays, one for each order, and are numbered by their places: n-grams that share
all but the last token are neighbours.  An n-gram is found by the number of its context and its last token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attngen.persian.windows import END, Documents

NOWHERE = -1  # the number of an n-gram that is not in the table


@dataclass(frozen=True)
class Stream:
    """Documents one after another: all their tokens, END before and after each of them.

    offset - how far a token stands behind the END that opens its document, which alone is not predicted
    """

    tokens: NDArray[np.int64]
    offset: NDArray[np.int64]

    @property
    def predicted(self) -> NDArray[np.bool_]:
        return self.offset > 0


def stream(documents: Documents, vocabulary: int) -> Stream:
    """ValueError where there is no document, or a token that no document can contain."""
    if not len(documents):
        raise ValueError("there are no documents to take n-grams from")
    lengths = np.array([len(document) for document in documents])
    inner = np.concatenate([np.asarray(document, dtype=np.int64) for document in documents])
    if len(inner) and not (END < inner.min() and inner.max() < vocabulary):
        found = f"{inner.min()} to {inner.max()}"
        allowed = f"{END + 1} and {vocabulary - 1}"
        raise ValueError(f"a document's tokens lie between {allowed}, these go from {found}")
    begins = np.cumsum(lengths + 2) - (lengths + 2)
    offset = np.arange(len(inner) + 2 * len(lengths)) - begins.repeat(lengths + 2)
    tokens = np.full(len(offset), END, dtype=np.int64)
    tokens[(offset > 0) & (offset <= lengths.repeat(lengths + 2))] = inner
    return Stream(tokens, offset)


def find(keys: NDArray, wanted: NDArray) -> NDArray[np.int64]:
    """Places of ``wanted`` among the sorted ``keys``; NOWHERE for those that are not there."""
    if not len(keys):
        return np.full(np.shape(wanted), NOWHERE, dtype=np.int64)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, NOWHERE)


def walk(keys: list[NDArray], read: Stream, vocabulary: int) -> list[NDArray[np.int64]]:
    """For each order, the number of the n-gram that ends at each place of a stream, or NOWHERE."""
    numbers = [read.tokens]
    for table in keys[1:]:
        numbers.append(find(table, _key(numbers[-1], read, vocabulary)))
    return numbers


def _key(contexts: NDArray, read: Stream, vocabulary: int) -> NDArray[np.int64]:
    """Keys of the n-grams that end at each place: their context's number, and their last token; negative
    where there is no such context, or where it would lie in another document."""
    before = np.concatenate([[NOWHERE], contexts[:-1]])
    return np.where((before != NOWHERE) & read.predicted, before * vocabulary + read.tokens, NOWHERE)


@dataclass(frozen=True)
class NGramCounts:
    """How often each n-gram of orders 1 to ``order`` occurs.

    keys   - for each order, sorted: number of the context, times ``vocabulary``, plus the last token.
             Those of order 1 are all the tokens there could be.
    counts - for each order, how often each n-gram was to be predicted
    """

    vocabulary: int
    keys: list[NDArray[np.int64]]
    counts: list[NDArray[np.int64]]

    @property
    def order(self) -> int:
        return len(self.keys)

    def first_tokens(self, order: int) -> NDArray[np.int64]:
        """The first token of every n-gram of one order."""
        first = self.keys[0]
        for table in self.keys[1:order]:
            first = first[table // self.vocabulary]
        return first

    def suffixes(self, order: int) -> NDArray[np.int64]:
        """For every n-gram of one order (two or more), the number of what is left without its first token."""
        numbers = self.keys[1] % self.vocabulary
        for shorter, table in zip(self.keys[1 : order - 1], self.keys[2:order], strict=True):
            context, token = np.divmod(table, self.vocabulary)
            numbers = find(shorter, numbers[context] * self.vocabulary + token)
        return numbers


def count_ngrams(documents: Documents, order: int, vocabulary: int) -> NGramCounts:
    """Count all n-grams of some documents; see the module for what an n-gram at a document's start is."""
    if order < 1:
        raise ValueError(f"the order of an n-gram is 1 or more, not {order}")
    read = stream(documents, vocabulary)
    keys = [np.arange(vocabulary)]
    counts = [np.bincount(read.tokens[read.predicted], minlength=vocabulary)]
    numbers = read.tokens
    for _ in range(order - 1):
        wanted = _key(numbers, read, vocabulary)
        there = wanted != NOWHERE
        table, places, count = np.unique(wanted[there], return_inverse=True, return_counts=True)
        numbers = np.full(len(wanted), NOWHERE)
        numbers[there] = places
        keys.append(table)
        counts.append(count)
    return NGramCounts(vocabulary, keys, counts)


def unseen(counts: NGramCounts, documents: Documents) -> list[float]:
    """For each order, the share of the documents' n-grams that the counted text does not contain.

    Each occurrence counts.  An n-gram that would reach beyond its document's start is left out.
    """
    read = stream(documents, counts.vocabulary)
    shares = []
    for order, numbers in enumerate(walk(counts.keys, read, counts.vocabulary), start=1):
        found = numbers[read.predicted & (read.offset >= order - 1)]
        known = found != NOWHERE
        known[known] = counts.counts[order - 1][found[known]] > 0  # of order 1 all are there, seen or not
        shares.append(float(1 - known.mean()) if len(known) else 0.0)
    return shares

"""An n-gram model with interpolated modified Kneser-Ney smoothing.

Kneser and Ney 1995, "Improved backing-off for m-gram language modeling"; the form with three discounts is
that of Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling", section 3:

    p(w | h) = alpha(h w) + gamma(h) p(w | h without its first token)
    alpha(h w) = (a(h w) - D(a(h w))) / a(h),     gamma(h) = sum of D(a(h w)) over w / a(h)

Here a is how often the n-gram occurs, for the longest n-grams; for shorter ones it is after how many
different tokens it occurs, unless it begins a document and so has nothing before it (Heafield et al. 2013).
Below the single tokens lies the uniform distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attngen.persian.ngram_counts import NOWHERE, NGramCounts, count_ngrams, find, stream, walk
from attngen.persian.windows import END, Documents

FALLBACK = (0.5, 1.0, 1.5)  # discounts where the text is too small to estimate them


def adjusted_counts(counts: NGramCounts) -> list[NDArray[np.int64]]:
    """For each order the counts that Kneser-Ney smooths.

    Occurrences for the highest order and for what begins a document, else the
    different tokens that stand before the n-gram.
    """
    adjusted = []
    for order in range(1, counts.order):
        keys = counts.keys[order - 1]
        different = np.bincount(counts.suffixes(order + 1), minlength=len(keys))
        begins = (counts.first_tokens(order) == END) & (order > 1)
        adjusted.append(np.where(begins, counts.counts[order - 1], different))
    return [*adjusted, counts.counts[-1]]


def discounts(adjusted: NDArray[np.int64]) -> tuple[float, float, float]:
    """What is taken off a count of one, of two, of three or more.

    From n1 … n4, the numbers of n-grams with a count of one … four (Chen and
    Goodman 1999).  FALLBACK where a text is so small, or so strange, that one of
    the discounts is not above 0 and at or under the count that it is taken from.
    """
    n1, n2, n3, n4 = (np.count_nonzero(adjusted == n) for n in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    d = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    sound = all(0 < value <= count for count, value in enumerate(d, start=1))
    return d if sound else FALLBACK


@dataclass
class KneserNey:
    """A fitted model.  Arrays of one order lie in lists at ``order - 1``.

    keys  - sorted n-grams, see ``ngram_counts``
    alpha - what an n-gram has of its own
    gamma - for the contexts of each order's n-grams: the share that the next shorter context hands out
    """

    vocabulary: int
    keys: list[NDArray[np.int64]]
    alpha: list[NDArray[np.float64]]
    gamma: list[NDArray[np.float64]]
    discounts: list[tuple[float, float, float]] = field(default_factory=list)

    @classmethod
    def fit(
        cls, documents: Documents, order: int = 5, vocabulary: int = 4096,
        fixed: Sequence[tuple[float, float, float]] | None = None,
    ) -> KneserNey:  # fmt: skip
        """Count and smooth.  ``fixed``: discounts for each order, instead of those that the counts give."""
        return cls.of(count_ngrams(documents, order, vocabulary), fixed)

    @classmethod
    def of(cls, counts: NGramCounts, fixed: Sequence[tuple[float, float, float]] | None = None) -> KneserNey:
        adjusted = adjusted_counts(counts)
        chosen = [discounts(a) for a in adjusted] if fixed is None else list(fixed)
        alpha, gamma = [], []
        for length, (a, d) in enumerate(zip(adjusted, chosen, strict=True)):
            contexts, number = contexts_of(counts.vocabulary, counts.keys, length)
            taken = np.array([0.0, *d])[np.minimum(a, 3)]
            total = np.bincount(contexts, a, number)
            alpha.append((a - taken) / total[contexts])
            rest = np.bincount(contexts, taken, number)
            gamma.append(np.divide(rest, total, out=np.ones(number), where=total > 0))
        return cls(counts.vocabulary, counts.keys, alpha, gamma, chosen)

    @property
    def order(self) -> int:
        return len(self.keys)

    @property
    def context(self) -> int:
        """The longest context, in tokens."""
        return self.order - 1

    def scores(self, documents: Documents) -> NDArray[np.float64]:
        """Natural logarithms of the probabilities of all tokens of some documents in a row, ends included."""
        read = stream(documents, self.vocabulary)
        p = np.full(len(read.tokens), 1 / self.vocabulary)
        contexts = np.zeros(len(read.tokens), dtype=np.int64)  # of length 0 there is one
        found = walk(self.keys, read, self.vocabulary)
        for numbers, alpha, gamma in zip(found, self.alpha, self.gamma, strict=True):
            p *= _at(gamma, contexts, 1.0)
            p += _at(alpha, np.where(read.predicted, numbers, NOWHERE), 0.0)
            contexts = np.concatenate([[NOWHERE], numbers[:-1]])
        return np.log(p[read.predicted])

    def log_probabilities(self, document: Sequence[int]) -> NDArray[np.float64]:
        """Natural logarithms (N + 1,) of the probability of each token of a document, and of its end."""
        return self.scores([document])

    def distribution(self, context: Sequence[int]) -> NDArray[np.float64]:
        """Probabilities (V,) of the next token.

        Of the context the last ``order - 1`` tokens count, and of these only what
        comes with or after the last END: what is before it is another document.
        """
        longest = max(0, len(context) - self.context)
        context = np.asarray(context, dtype=np.int64)[longest:]
        if len(context) and (context.min() < 0 or context.max() >= self.vocabulary):
            wrong, highest = context.tolist(), self.vocabulary - 1
            raise ValueError(f"tokens lie between 0 and {highest}: {wrong}")
        ends = np.flatnonzero(context == END)
        context = context[ends[-1] :] if len(ends) else context
        p = np.full(self.vocabulary, 1 / self.vocabulary)
        for length in range(len(context) + 1):
            number = self._number(context[len(context) - length :])
            if number == NOWHERE:
                break  # then no longer context is there either
            keys, least = self.keys[length], number * self.vocabulary
            first, last = np.searchsorted(keys, [least, least + self.vocabulary])
            p *= self.gamma[length][number]
            p[keys[first:last] % self.vocabulary] += self.alpha[length][first:last]
        return p

    def _number(self, context: NDArray[np.int64]) -> int:
        """The number of a context among the n-grams of its length; of no tokens there is one."""
        if not len(context):
            return 0
        number = int(context[0])
        for token, keys in zip(context[1:], self.keys[1:], strict=False):
            if number != NOWHERE:
                number = int(find(keys, np.asarray(number * self.vocabulary + token)))
        return number

    def begin(self, tokens: Tensor, room: int = 0) -> tuple[Tensor, list[Tensor]]:
        """tokens (B, T) -> logits (B, V) of the next token, here logarithms of probabilities, and the state:
        the last tokens, in a list that ``step`` renews."""
        state = [tokens[:, max(0, tokens.shape[1] - max(1, self.context)) :]]
        return self._logits(state[0]), state

    def step(self, token: Tensor, state: list[Tensor]) -> Tensor:
        """token (B,), drawn from the logits before -> logits (B, V) of the one after it."""
        state[0] = torch.cat([state[0], token[:, None]], dim=1)[:, -max(1, self.context) :]
        return self._logits(state[0])

    def _logits(self, contexts: Tensor) -> Tensor:
        rows = np.stack([self.distribution(row) for row in contexts.cpu().numpy()])
        return torch.from_numpy(np.log(rows)).float().to(contexts.device)


def contexts_of(vocabulary: int, keys: list[NDArray], length: int) -> tuple[NDArray[np.int64], int]:
    """The context's number for each n-gram with ``length`` tokens before the last one, and how many such
    contexts there can be."""
    if not length:
        return np.zeros(len(keys[0]), dtype=np.int64), 1
    return keys[length] // vocabulary, len(keys[length - 1])


def _at(values: NDArray[np.float64], places: NDArray[np.int64], otherwise: float) -> NDArray[np.float64]:
    if not len(values):
        return np.full(len(places), otherwise)
    return np.where(places == NOWHERE, otherwise, values[places])

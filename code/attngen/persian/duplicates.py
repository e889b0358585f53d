"""Near duplicates: paragraphs that share most of their word sequences.

A paragraph is the set of its shingles, sequences of ``WORDS`` words (Broder 1997).  How much of it
stands in other texts is its containment, the share of its shingles that are theirs; how alike two
paragraphs are, their Jaccard index.

Sets of hashes decide against a fixed text, exactly.  Within a corpus all pairs are too many: MinHash
keeps the smallest value of each of many hash functions, equal for two sets with the probability of
their Jaccard index, and only paragraphs that agree in a whole band of them are compared
(locality-sensitive hashing).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

WORDS = 4
BANDS, ROWS = 16, 4  # two of Jaccard index j meet with probability 1 - (1 - j^4)^16
_WORD = re.compile(r"\w+")


def shingles(text: str, words: int = WORDS) -> set[int]:
    """Hashes, 64 bits, of the sequences of ``words`` words; of a shorter text, of all its words."""
    found = _WORD.findall(text)
    rows = (" ".join(found[i : i + words]) for i in range(max(1, len(found) - words + 1)))
    return {int.from_bytes(hashlib.blake2b(row.encode(), digest_size=8).digest()) for row in rows}


def containment(part: set[int], whole: set[int]) -> float:
    """The share of ``part`` that is in ``whole``; 0 for an empty part."""
    return len(part & whole) / len(part) if part else 0.0


def jaccard(one: set[int], other: set[int]) -> float:
    """Shared over all; 1 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 1.0


def signature(items: set[int], functions: int = BANDS * ROWS) -> np.ndarray:
    """MinHash: (functions,) uint64, the smallest value of each multiply-add hash of the set."""
    draw = np.random.default_rng(0)
    factors = draw.integers(1, 2**63, functions, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shifts = draw.integers(0, 2**63, functions, dtype=np.uint64)
    values = np.fromiter(items, np.uint64, len(items))
    if not len(values):
        return np.full(functions, np.iinfo(np.uint64).max)
    return (values[:, None] * factors + shifts).min(axis=0)


def near_duplicates(texts: Iterable[str], threshold: float = 0.7) -> dict[int, int]:
    """Index of each near duplicate -> index of the earlier text, which stays."""
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    kept: dict[int, set[int]] = {}
    twins: dict[int, int] = {}
    for index, text in enumerate(texts):
        items = shingles(text)
        rows = signature(items).reshape(BANDS, ROWS)
        bands = [(band, row.tobytes()) for band, row in enumerate(rows)]
        candidates = sorted({other for band in bands for other in buckets[band]})
        near = (c for c in candidates if jaccard(items, kept[c]) >= threshold)
        twin = next(near, None)
        if twin is not None:
            twins[index] = twin
            continue
        kept[index] = items
        for band in bands:
            buckets[band].append(index)
    return twins

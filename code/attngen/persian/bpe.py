"""Byte-pair encoding: a vocabulary that is learned by joining the most frequent pair, again and again.

Gage 1994 (to compress); Sennrich, Haddow and Birch 2016, arXiv 1508.07909 (in words); Radford et al. 2019
(over bytes, so that no character is unknown).  The ids:

    0             the end of a document, which ``encode`` never gives
    1 to 256      the bytes 0 to 255
    257 and on    with unit="character" the frequent characters beyond ASCII by code point; then the merges
"""

from __future__ import annotations

import heapq
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from attngen.persian.pretokenize import count_words, frequent_characters, pretokenize

END = 0
NOTHING = -1  # a place between words, or one whose symbol was joined to the symbol before it
SMALLEST = 257  # the end and the bytes
FORMAT = "attngen bpe 1"
CACHED_WORDS, CACHED_LENGTH = 1 << 18, 64  # a tokenizer remembers that many words, up to that length
Pair = tuple[int, int]


class BPE:
    """A tokenizer: merges in the order learned, and what follows from them.

    characters - with unit="character", those that have an id; the others are written as their bytes
    vocabulary - the bytes of each id
    ranks      - pair of ids -> the id it is joined to: the smaller, the earlier it was learned.  No two
                 merges of a training make the same bytes: both places would have been joined by the first
    """

    def __init__(self, merges: Iterable[Pair] = (), unit: str = "byte", characters: str = ""):
        if unit not in ("byte", "character") or (unit == "byte" and characters):
            raise ValueError(f"unit is byte, or character with characters; got {unit!r}, {characters!r:.40}")
        if characters != "".join(sorted(set(characters))) or any(c < "\x80" for c in characters):
            raise ValueError(f"characters are beyond ASCII, sorted, and come once; got {characters!r:.40}")
        self.unit, self.characters = unit, characters
        self.vocabulary = [b"", *(bytes([byte]) for byte in range(256)), *(c.encode() for c in characters)]
        self._letters = {character: SMALLEST + i for i, character in enumerate(characters)}
        self._cache: dict[str, list[int]] = {}
        self.ranks: dict[Pair, int] = {}
        for pair in merges:
            self.add(pair)

    @property
    def merges(self) -> list[Pair]:
        return list(self.ranks)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    def add(self, pair: Pair) -> int:
        """Learn one more merge; the id of what it makes."""
        if pair in self.ranks or not all(END < part < self.size for part in pair):
            rule = f"it joins ids from 1 to {self.size - 1}, and no pair comes twice"
            raise ValueError(f"merge {len(self.ranks)} cannot be {pair}: {rule}")
        self.ranks[pair] = self.size
        self.vocabulary.append(self.vocabulary[pair[0]] + self.vocabulary[pair[1]])
        self._cache.clear()
        return self.size - 1

    def symbols(self, word: str) -> list[int]:
        """The ids of a word before any merge: its characters, or the bytes of those that have no id."""
        ids: list[int] = []
        for character in word:
            if character in self._letters:
                ids.append(self._letters[character])
            elif "\ud800" <= character <= "\udfff":
                raise ValueError(f"U+{ord(character):04X} in {word!r:.40} is half a surrogate pair")
            else:
                ids += [byte + 1 for byte in character.encode()]
        return ids

    def encode(self, text: str) -> list[int]:
        """The ids of a text.  TypeError if it is no str, ValueError at half a surrogate pair."""
        ids: list[int] = []
        for word in pretokenize(text):
            found = self._cache.get(word)
            if found is None:
                found = self.merged(self.symbols(word))
                if len(word) <= CACHED_LENGTH and len(self._cache) < CACHED_WORDS:
                    self._cache[word] = found
            ids += found
        return ids

    def merged(self, symbols: Sequence[int]) -> list[int]:
        """The ids after all merges.

        Again and again the one learned first, at its leftmost place.  A heap of
        places and a chain of neighbours: n log n steps, however long the word.
        """
        ids = [*symbols, NOTHING]
        left, right = list(range(-1, len(ids) - 1)), list(range(1, len(ids) + 1))
        joined, pairs = self.ranks, enumerate(pairwise(symbols))
        heap = [(joined[pair], place) for place, pair in pairs if pair in joined]
        heapq.heapify(heap)
        while heap:
            new, place = heapq.heappop(heap)
            if joined.get((ids[place], ids[right[place]])) != new:
                continue  # one of the two is part of something else by now
            ids[place], ids[right[place]] = new, NOTHING
            right[place] = right[right[place]]
            left[right[place]] = place
            for here in (left[place], place):
                if here >= 0 and (pair := (ids[here], ids[right[here]])) in joined:
                    heapq.heappush(heap, (joined[pair], here))
        return [i for i in ids if i != NOTHING]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids (ValueError for unknown ones); the end is empty, no UTF-8 becomes U+FFFD."""
        ids = list(ids)
        if unknown := [i for i in ids if not 0 <= i < self.size]:
            raise ValueError(f"there is no token {unknown[0]}; ids go from 0 to {self.size - 1}")
        return b"".join(self.vocabulary[i] for i in ids).decode("utf-8", "replace")

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, to be looked at; a part of a character is shown as its bytes, ``\\xd8``."""
        return [self.vocabulary[i].decode("utf-8", "backslashreplace") for i in self.encode(text)]

    def save(self, path: str | Path) -> None:
        """Write a JSON file, whole or not at all."""
        content = {"format": FORMAT, "unit": self.unit, "characters": self.characters, "merges": self.merges}
        unfinished = Path(f"{path}.{os.getpid()}")
        try:
            unfinished.write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | Path) -> BPE:
        """Read what ``save`` wrote; OSError if it cannot be read, ValueError if it is something else."""
        try:
            content = json.loads(Path(path).read_text("utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"its format is {content['format']!r}, not {FORMAT!r}")
            return cls(((a, b) for a, b in content["merges"]), content["unit"], content["characters"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} holds no tokenizer ({type(error).__name__}: {error})") from error


def train_bpe(texts: Iterable[str], size=4096, unit="byte", least=2) -> BPE:
    """Learn a tokenizer of ``size`` ids; fewer if no pair occurs ``least`` times.

    Of equally frequent pairs the one of smaller ids is joined.  All different words
    stand in one row; a merge changes counts and places only of the pairs around it.
    TypeError for one str, ValueError for no text at all or a size below 257.
    """
    if size < SMALLEST:
        raise ValueError(f"size is at least {SMALLEST}, end and bytes; got {size}")
    words = count_words(texts)
    room = size - SMALLEST if unit == "character" else 0
    model = BPE((), unit, frequent_characters(words, room))
    row, weight = [NOTHING], [0]
    for word, count in words.items():
        row += [*model.symbols(word), NOTHING]
        weight += [count] * (len(row) - len(weight))
    left, right = list(range(-1, len(row) - 1)), list(range(1, len(row) + 1))
    counts, places = defaultdict(int), defaultdict(list)
    for place, pair in enumerate(pairwise(row)):
        if NOTHING not in pair:
            counts[pair] += weight[place]
            places[pair].append(place)
    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)
    while heap and model.size < size and -heap[0][0] >= least:
        negative, pair = heapq.heappop(heap)
        if -negative != counts[pair]:  # it has become rarer since it was put there
            heapq.heappush(heap, (-counts[pair], pair))
            continue
        new, changed = model.add(pair), set()
        for place in sorted(places.pop(pair)):
            other = right[place]
            if (row[place], row[other]) != pair:
                continue  # one of the two is part of something else by now
            before, after = left[place], right[other]
            for first, old, now in (
                (before, (row[before], pair[0]), (row[before], new)),
                (place, (pair[1], row[after]), (new, row[after])),
            ):
                if NOTHING not in now:
                    counts[old] -= weight[place]
                    counts[now] += weight[place]
                    places[now].append(first)
                    changed.add(now)
            row[place], row[other] = new, NOTHING
            right[place], left[after] = after, place
        counts[pair] = 0
        for now in changed:
            heapq.heappush(heap, (-counts[now], now))
    return model

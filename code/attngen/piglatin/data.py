"""The words of the Pig-Latin exercise as batches of tokens.

Tokens: 26 letters, the hyphen, <SOS> and <EOS>: 29, as in the exercise.  Padding needs no token of its
own: it is <EOS>, and masks say where it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from torch import Tensor

from attngen.data import DataError, locate
from attngen.piglatin.rules import WORD, pig_latin

LETTERS = "abcdefghijklmnopqrstuvwxyz-"
SOS, EOS = len(LETTERS), len(LETTERS) + 1
VOCABULARY = len(LETTERS) + 2

Pair = tuple[str, str]


def read_pairs(text: str) -> list[Pair]:
    """Unique (word, translation) pairs of a file's text, in the order of first appearance.

    As the course reads it: lower-case, two words a line, lines with other characters left out.
    """
    pairs = {}
    for line in text.lower().splitlines():
        words = line.split()
        if len(words) == 2 and all(WORD.fullmatch(word) for word in words):
            pairs[tuple(words)] = None
    return list(pairs)


def frequent_words(count: int = 20_000) -> list[Pair]:
    """The ``count`` most frequent English words with their Pig Latin, from the package ``wordsegment``.

    With ``qu`` not moved as a block these are exactly the pairs that make the large file large,
    so a reader without the files has nearly the same data.
    """
    lines = resources.files("wordsegment").joinpath("unigrams.txt").read_text("ascii").splitlines()
    words = [line.split("\t")[0] for line in lines[:count]]
    return [(word, pig_latin(word, qu_block=False)) for word in words]


@cache
def load_pairs(size: str) -> tuple[Pair, ...]:
    """``small`` or ``large``: the course's files; ``offline``: the frequency list alone.

    Raises DataError where a file cannot be had, or for another name.
    """
    if size == "offline":
        return tuple(frequent_words())
    if size not in ("small", "large"):
        raise DataError(f"Pig Latin comes as small, large or offline, not as '{size}'")
    return tuple(read_pairs(locate("pig-latin", f"pig_latin_{size}.txt").read_text("ascii")))


def part_of(word: str) -> str:
    """``train``, ``validation`` or ``test``: 8, 1 and 1 of 10 words, by the word's own hash.

    A word is on the same side in every file, whatever translations it has and whatever else the file
    holds: no word is ever both learned and asked.
    """
    bucket = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") % 10
    return {8: "validation", 9: "test"}.get(bucket, "train")


def split(pairs) -> dict[str, list[Pair]]:
    """Pairs by part."""
    parts: dict[str, list[Pair]] = {"train": [], "validation": [], "test": []}
    for pair in pairs:
        parts[part_of(pair[0])].append(pair)
    return parts


def encode(word: str) -> list[int]:
    """Token numbers of a word, without <SOS> and <EOS>.  ValueError on a character outside the alphabet."""
    bad = sorted(set(word) - set(LETTERS))
    if bad or not word:
        raise ValueError(f"a word of the letters a-z and hyphens is needed, not {word!r}")
    return [LETTERS.index(letter) for letter in word]


def decode(tokens) -> str:
    """The word up to the first <EOS>."""
    letters = []
    for token in tokens:
        if token == EOS:
            break
        letters.append(LETTERS[token] if token < SOS else "")
    return "".join(letters)


@dataclass(frozen=True)
class Batch:
    """What one training step sees; masks are True at real tokens.

    source, source_mask (B, S): the word and <EOS>;  inputs (B, T): <SOS> and the translation;
    targets, target_mask (B, T): the translation and <EOS>.
    """

    source: Tensor
    source_mask: Tensor
    inputs: Tensor
    targets: Tensor
    target_mask: Tensor


class WordPairs:
    """Pairs as padded tensors on one device, cut into batches without a loader's overhead."""

    def __init__(self, pairs, device: torch.device | str = "cpu"):
        if not pairs:
            raise ValueError("at least one pair of words is needed")
        self.pairs = list(pairs)
        self.source, self.source_length = self._pad([encode(a) + [EOS] for a, _ in self.pairs], device)
        self.target, self.target_length = self._pad([encode(b) + [EOS] for _, b in self.pairs], device)
        self.lengths = self.target_length.cpu()

    @staticmethod
    def _pad(rows: list[list[int]], device) -> tuple[Tensor, Tensor]:
        lengths = torch.tensor([len(row) for row in rows])
        tokens = torch.full((len(rows), int(lengths.max())), EOS)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.tensor(row)
        return tokens.to(device), lengths.to(device)

    def __len__(self) -> int:
        return len(self.pairs)

    def batch(self, indices: Tensor) -> Batch:
        """The pairs at ``indices``, padded to the longest of them."""
        indices = indices.to(self.source.device)
        source_length, target_length = self.source_length[indices], self.target_length[indices]
        source = self.source[indices, : int(source_length.max())]
        targets = self.target[indices, : int(target_length.max())]
        start = torch.full_like(targets[:, :1], SOS)
        return Batch(
            source=source,
            source_mask=torch.arange(source.shape[1], device=source.device) < source_length[:, None],
            inputs=torch.cat([start, targets[:, :-1]], dim=1),
            targets=targets,
            target_mask=torch.arange(targets.shape[1], device=source.device) < target_length[:, None],
        )

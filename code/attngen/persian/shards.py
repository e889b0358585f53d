"""A corpus too large for memory, as numbers on disk: cleaned shards in, token files out, in constant memory.

A cleaned shard is a file of JSON lines, one article each: ``{"title": …, "text": …}``.  Of every shard, for each
part of the split, there are two files:

    train-00000.tokens   END t1 … tN of each article after the other, and one END more: uint16 or uint32
    train-00000.index    (articles, 2) uint32: how many tokens and characters each article has

They are written under other names and renamed when they are whole, so an interrupted run goes on with the shards
that are missing.  No torch here: the processes that encode begin sooner without it.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from attngen.data import DataError
from attngen.persian import cores
from attngen.persian.articles import PARTS, part_of
from attngen.persian.bpe import BPE, END, train_bpe

TOKENIZER, DONE = "tokenizer.json", "done.json"
BEGINNING = 200  # characters of a text that stand for its title, where there is none
BUFFER = 1 << 18  # tokens that wait to be written
_INDEX = np.uint32


def read_shard(path: Path) -> Iterator[tuple[str, str]]:
    """Part and text of each article of a cleaned shard, one at a time; DataError where a line is no article.

    The part is drawn by the title, or by the text's beginning: every copy of a corpus is split alike, and an
    article is in the part in which it is in a smaller corpus.
    """
    with path.open(encoding="utf-8") as lines:
        number = 0
        try:
            for number, line in enumerate(lines, 1):
                article = json.loads(line)
                text = article["text"]
                if text:
                    yield part_of(article["title"] or text[:BEGINNING]), text
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path} is no shard of cleaned articles ({type(error).__name__} after line {number}): "
                "remove it, and it is made again"
            ) from error


def training_sample(shards: Sequence[Path], characters: int) -> Iterator[str]:
    """Training articles of about so many characters in all, the first ones of every shard."""
    share = -(-characters // max(1, len(shards)))
    for path in shards:
        left = share
        for part, text in read_shard(path):
            if part == "train":
                yield text[:left]
                left -= len(text)
            if left <= 0:
                break


class _Writer:
    """One part of one shard, growing on disk."""

    def __init__(self, folder: Path, name: str, dtype: np.dtype):
        self.dtype, self.final = dtype, [folder / f"{name}.tokens", folder / f"{name}.index"]
        self.paths = [path.with_name(f"{path.name}.{os.getpid()}") for path in self.final]
        self.files = [path.open("wb") for path in self.paths]
        self.tokens, self.index = array("I"), array("I")

    def add(self, document: Iterable[int], characters: int) -> None:
        before = len(self.tokens)
        self.tokens.append(END)
        self.tokens.extend(document)
        self.index.extend((len(self.tokens) - before - 1, characters))
        if len(self.tokens) > BUFFER:
            self.flush()

    def flush(self) -> None:
        np.asarray(self.tokens).astype(self.dtype).tofile(self.files[0])
        np.asarray(self.index).astype(_INDEX).tofile(self.files[1])
        self.tokens, self.index = array("I"), array("I")

    def close(self) -> None:
        """The last END, and both files under their own names, the index at the end: it says they are whole."""
        self.tokens.append(END)
        self.flush()
        for file, path, final in zip(self.files, self.paths, self.final, strict=True):
            file.close()
            path.replace(final)


def encode_shard(work: tuple[int, Path], folder: Path) -> int:
    """Write the token files of one cleaned shard, if they are not there; the bytes of the shard."""
    number, path = work
    if not all((folder / f"{part}-{number:05d}.index").exists() for part in PARTS):
        tokenizer = _tokenizer(folder)
        writers = {part: _Writer(folder, f"{part}-{number:05d}", id_type(tokenizer.size)) for part in PARTS}
        for part, text in read_shard(path):
            writers[part].add(tokenizer.encode(text), len(text))
        for writer in writers.values():
            writer.close()
    return path.stat().st_size


_loaded: dict[Path, BPE] = {}  # of this process: a tokenizer remembers the words that it has met


def _tokenizer(folder: Path) -> BPE:
    path = folder / TOKENIZER
    if path not in _loaded:
        _loaded.clear()
        _loaded[path] = BPE.load(path)
    return _loaded[path]


def id_type(vocabulary: int) -> np.dtype:
    """The smallest type that holds every token."""
    return np.dtype(np.uint16 if vocabulary <= 1 << 16 else np.uint32)


def _each(function, works: Sequence) -> list[int]:
    return [function(work) for work in works]


def write_tokens(shards: Sequence[Path], folder: Path, size: int, sample: int, processes: int = 0) -> Path:
    """Train a tokenizer of ``size`` tokens on ``sample`` characters, and encode all shards into ``folder``.

    processes - 0 for one a core.  What is there already is not made again.  Returns the folder.
    Raises DataError where the shards hold no text for training.
    """
    if (folder / DONE).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / TOKENIZER).exists():
        texts = tqdm(training_sample(shards, sample), "articles for the tokenizer", unit="", unit_scale=True)
        try:
            trained = train_bpe(texts, size)
        except ValueError as error:
            what = f"the {len(shards)} cleaned shards"
            raise DataError(f"no tokenizer can be learned from {what}: {error}") from error
        trained.save(folder / TOKENIZER)
    work = cores.spread(_each, partial(encode_shard, folder=folder), enumerate(shards), processes, chunk=1)
    total = sum(path.stat().st_size for path in shards)
    with tqdm(total=total, desc="encoding", unit="B", unit_scale=True) as bar:
        for done in work:
            bar.update(done)
    unfinished = folder / f"{DONE}.{os.getpid()}"
    unfinished.write_text(json.dumps({"shards": len(shards)}))
    unfinished.replace(folder / DONE)
    return folder


class TokenFiles:
    """The articles of one part in the token files of a folder, read from the disk as they are asked for.

    counts, characters - (articles,): tokens of each, its ends not among them, and characters
    starts, file       - where in which file each article's END stands, after which its tokens come
    """

    def __init__(self, folder: Path, part: str):
        shards = json.loads((folder / DONE).read_text())["shards"]
        dtype = id_type(BPE.load(folder / TOKENIZER).size)
        names = [folder / f"{part}-{number:05d}" for number in range(shards)]
        self.files = [np.memmap(f"{name}.tokens", dtype, mode="r") for name in names]
        indices = [np.fromfile(f"{name}.index", _INDEX).astype(np.int64).reshape(-1, 2) for name in names]
        self.counts, self.characters = np.concatenate([np.empty((0, 2), np.int64), *indices]).T
        ends = [np.cumsum(index[:, 0] + 1) for index in indices]
        for name, end, file in zip(names, ends, self.files, strict=True):
            if (expected := 1 + (int(end[-1]) if len(end) else 0)) != len(file):
                raise DataError(
                    f"{name}.tokens holds {len(file):,} tokens, and its index speaks of {expected:,}: "
                    f"remove {folder}, and it is made again"
                )
        starts = [end - index[:, 0] - 1 for end, index in zip(ends, indices, strict=True)]
        self.starts = np.concatenate([np.empty(0, np.int64), *starts])
        self.file = np.repeat(np.arange(shards), [len(index) for index in indices])

    def __len__(self) -> int:
        return len(self.counts)

    def document(self, number: int) -> list[int]:
        """The tokens of one article."""
        start = self.starts[number] + 1
        return self.files[self.file[number]][start : start + self.counts[number]].tolist()

    def some(self, limit: int) -> tuple[list[list[int]], int]:
        """At most ``limit`` articles, evenly spread, and their characters, the ends counted as one each."""
        count = min(limit, len(self))
        chosen = [number * len(self) // count for number in range(count)]
        return [self.document(number) for number in chosen], int(self.characters[chosen].sum()) + count

"""A file of any size, cleaned into shards in constant memory, on all cores.

A shard is a file of JSON lines, one article each: ``{"title": …, "text": …}``, the text as
``corpus.documents`` has it.  The processes get articles in chunks and answer in order, so the shards are the
same however many there are.  In memory are a few chunks, and the table of paragraphs seen.

Near duplicates are not looked for here: that would take the whole file.
"""

from __future__ import annotations

import json
import shutil
from array import array
from collections import Counter
from functools import cache
from pathlib import Path

from tqdm.auto import tqdm

from attngen.data import DataError
from attngen.persian import cores, hazm_tools
from attngen.persian.articles import Article
from attngen.persian.clean import Pipeline
from attngen.persian.kaggle import Reader
from attngen.persian.paragraphs import identity, reason_to_drop

DONE = "shards.json"
SHARD = 64 << 20  # bytes from which a shard is full
CHUNK = 128  # articles that a process gets at once
Cleaned = tuple[str, list[tuple[bytes, str]]]  # title; identity and text of each paragraph


class Seen:
    """Which paragraphs there were, in bounded memory.

    A table of 8-byte hashes, each with its one place.  A newcomer takes the place
    of another whose hash falls there.  So a duplicate may be missed, the more
    likely the more paragraphs lie between: with n of them, 1 - exp(-n / slots).  A
    new paragraph is taken for an old one with the probability 2^-64.
    """

    def __init__(self, slots: int = 1 << 23):
        self.table = array("Q", bytes(8 * slots))

    def add(self, name: bytes) -> bool:
        """Remember it; True if it is new."""
        value = int.from_bytes(name[:8]) or 1
        place = value % len(self.table)
        new = self.table[place] != value
        self.table[place] = value
        return new


@cache
def _pipeline() -> Pipeline:
    return Pipeline()


def clean_article(article: Article, counts: Counter) -> Cleaned:
    """The prose of an article, cleaned and normalised; ``counts`` of what was left out is added to."""
    kept = []
    for raw in article.paragraphs:
        counts["paragraphs"] += 1
        counts["characters"] += len(raw)
        cleaned = _pipeline()(raw)
        if reason := reason_to_drop(raw, cleaned):
            counts[reason] += 1
        else:
            kept.append((identity(cleaned), hazm_tools.normalize(cleaned)))
    return article.title, kept


def _clean_chunk(function, articles: tuple[Article, ...]) -> list[tuple[list[Cleaned], Counter]]:
    counts: Counter = Counter()
    return [([function(article, counts) for article in articles], counts)]


class Shards:
    """Files of JSON lines in a folder, a new one whenever one is full."""

    def __init__(self, folder: Path, size: int):
        self.folder, self.size = folder, size
        self.names: list[str] = []
        self.file = None

    def write(self, line: str) -> None:
        if self.file is None or self.file.tell() >= self.size:
            self.close()
            self.names.append(f"{len(self.names):05d}.jsonl")
            self.file = (self.folder / self.names[-1]).open("wb")
        self.file.write(line.encode() + b"\n")

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def clean_file(
    path: Path, folder: Path, processes: int = 0, shard: int = SHARD, progress: bool = True
) -> list[Path]:
    """The cleaned shards of a file in Kaggle's format; made in ``folder``, whole or not at all.

    processes - 0 for one a core;  shard - bytes from which the next one is begun
    What is there already is not made again.  ``shards.json`` beside the shards has the counts.
    DataError for a file that is empty, not UTF-8, not Persian, or without prose, and for a folder that holds
    something else.
    """
    if not (folder / DONE).exists():
        if folder.exists() and any(folder.iterdir()):
            raise DataError(f"{folder} holds other files, and no {DONE}: an empty folder was expected")
        reader = Reader(Path(path))
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
        unfinished.mkdir(parents=True)
        try:
            record = _write(reader, Shards(unfinished, shard), processes, progress)
            (unfinished / DONE).write_text(json.dumps(record, indent=1), encoding="utf-8")
            unfinished.replace(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return [folder / name for name in json.loads((folder / DONE).read_text(encoding="utf-8"))["shards"]]


def _write(reader: Reader, shards: Shards, processes: int, progress: bool) -> dict:
    counts, seen = Counter(), Seen()
    with tqdm(total=reader.size, desc="cleaning", unit="B", unit_scale=True, disable=not progress) as bar:
        for cleaned, found in cores.spread(_clean_chunk, clean_article, reader, processes, CHUNK):
            counts += found
            for title, paragraphs in cleaned:
                texts = [text for name, text in paragraphs if seen.add(name)]
                counts["duplicate"] += len(paragraphs) - len(texts)
                if texts:
                    text = "\n".join(texts)
                    counts["documents"] += 1
                    counts["characters_kept"] += len(text)
                    shards.write(json.dumps({"title": title, "text": text}, ensure_ascii=False))
            bar.update(reader.position - bar.n)
    shards.close()
    if not shards.names:
        raise DataError(f"{reader.path}: no paragraph of prose is left of {counts['paragraphs']:,}")
    return {"source": reader.path.name, "bytes": reader.size, "counts": dict(counts), "shards": shards.names}

"""From articles to tokens: one tokenizer and one split for every model of the chapters."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache

from attngen.experiments import work_folder
from attngen.persian import corpus
from attngen.persian.bpe import BPE, train_bpe
from attngen.persian.evaluate import characters

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class TextConfig:
    """Which text, and in which tokens.

    source   - "wikipedia"; "book" (this book's own Persian pages); "at-hand": the first that is on the machine
    version  - "full", or a version of ``corpus.VERSIONS`` that lacks something
    size     - tokens in the vocabulary, trained on the whole training part
    fraction - use only this share of the training articles (evenly spread); the tokenizer stays the same
    limit    - use only the first so many characters of each part's articles; 0 for all (small presets)
    """

    source: str = "wikipedia"
    version: str = "full"
    size: int = 4096
    fraction: float = 1.0
    limit: int = 0

    def __post_init__(self):
        if not 0 < self.fraction <= 1:
            raise ValueError(f"the fraction of the training articles is in (0, 1], not {self.fraction}")


@dataclass(frozen=True)
class Encoded:
    """Articles as token ids by part, and the characters that they stand for (ends counted as one each)."""

    tokenizer: BPE
    texts: dict[str, list[str]]
    documents: dict[str, list[list[int]]]
    characters: dict[str, int]


def texts_of(config: TextConfig) -> dict[str, list[str]]:
    """The cleaned articles of each part that this configuration uses."""
    parts = {part: corpus.documents(part, config.version, config.source) for part in PARTS}
    if config.limit:
        parts = {part: up_to(texts, config.limit) for part, texts in parts.items()}
    count = round(len(parts["train"]) * config.fraction)
    chosen = range(count) if not count else [i * len(parts["train"]) // count for i in range(count)]
    return parts | {"train": [parts["train"][i] for i in chosen]}


def up_to(texts: list[str], limit: int) -> list[str]:
    """The first texts that together hold at least ``limit`` characters."""
    kept, total = [], 0
    for text in texts:
        if total >= limit:
            break
        kept.append(text)
        total += len(text)
    return kept


def tokenizer_of(config: TextConfig) -> BPE:
    """The tokenizer of the whole training part; trained once and kept in the work folder."""
    texts = corpus.documents("train", config.version, config.source)
    texts = up_to(texts, config.limit) if config.limit else texts
    digest = hashlib.sha256("\0".join([str(config.size), *texts]).encode()).hexdigest()[:16]
    path = work_folder() / "cache" / "tokenizers" / f"{digest}.json"
    if path.exists():
        return BPE.load(path)
    trained = train_bpe(texts, config.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    trained.save(mine)
    os.replace(mine, path)
    return trained


@cache
def encoded(config: TextConfig, tokenizer: BPE | None = None) -> Encoded:
    """The articles of each part in tokens: of the text's own tokenizer, or of one that a result was recorded with."""
    tokenizer, texts = tokenizer or tokenizer_of(config), texts_of(config)
    documents = {part: [tokenizer.encode(text) for text in texts[part]] for part in PARTS}
    return Encoded(tokenizer, texts, documents, {part: characters(texts[part]) for part in PARTS})

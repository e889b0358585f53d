"""The experiment ``persian-bpe``: tokenizers of several sizes, over bytes and characters, and two rivals."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tokenizers import Tokenizer, models, trainers

from attngen import results
from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.persian import fertility, hugging_face
from attngen.persian.bpe import BPE, train_bpe
from attngen.persian.corpus import data_record, documents
from attngen.persian.pretokenize import count_words, pretokenize
from attngen.persian.tokens import up_to

UNITS = ("byte", "character")


@dataclass(frozen=True)
class BpeConfig:
    """sizes - ids of the tokenizers;  kept - the size of the one over bytes that is recorded
    limit - use only the first so many characters of the training documents; 0 for all
    dim   - width of the embedding whose parameters are counted
    """

    source: str = "wikipedia"
    sizes: tuple[int, ...] = (512, 1024, 2048, 4096, 8192, 16384)
    kept: int = 4096
    limit: int = 0
    dim: int = 192
    seeds: tuple[int, ...] = (0,)  # nothing is drawn

    def __post_init__(self):
        if self.kept not in self.sizes:
            raise ValueError(f"the size that is kept, {self.kept}, is not among {self.sizes}")


BPE_PRESETS = {
    "smoke": BpeConfig("book", limit=6_000),
    "minute": BpeConfig("at-hand", limit=150_000),
    "cpu": BpeConfig(),
}

UNKNOWN = "<unknown>"
_QUIET = {"special_tokens": [UNKNOWN], "show_progress": False}
RIVALS: dict[str, Callable[[int], tuple]] = {
    "unigram": lambda size: (
        models.Unigram(),
        trainers.UnigramTrainer(vocab_size=size, unk_token=UNKNOWN, **_QUIET),
    ),
    "wordpiece": lambda size: (
        models.WordPiece(unk_token=UNKNOWN),
        trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, **_QUIET),
    ),
}


def train_rival(name: str, texts: list[str], size: int) -> Tokenizer:
    """A unigram (Kudo 2018) or WordPiece tokenizer of Hugging Face, over characters, on the same pieces."""
    model, trainer = RIVALS[name](size)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = hugging_face.cut()
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def measure_rivals(texts: list[str], pieces: Counter[str], size: int) -> dict[str, float]:
    """Fertility of each rival, how many ids it has and how long it took to train."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, as ours
    found = {}
    for name in RIVALS:
        seconds, tokenizer = timed(train_rival, name, texts, size)
        measured = fertility.fertility(pieces, lambda piece, t=tokenizer: t.encode(piece).ids)
        measured |= {"size": tokenizer.get_vocab_size(), "train_seconds": seconds}
        found |= {f"{name}_{key}": value for key, value in measured.items()}
    return found


def measure(model: BPE, train: Counter[str], validation: Counter[str], dim: int) -> dict[str, float]:
    """All that is measured of one tokenizer, on the pieces of both parts."""
    return {
        "size": model.size,
        **fertility.fertility(validation, model.encode),
        **fertility.zwnj_shares(model, validation),
        **fertility.idle(model, train, validation),
        "embedding_parameters": model.size * dim,
    }


def of_the_text(train: list[str], validation: list[str]) -> dict[str, float]:
    """What the text is, before any tokenizer; words are counted without the space before them."""
    known, words = (
        Counter(piece.strip(" ") for text in texts for piece in pretokenize(text) if fertility.is_word(piece))
        for texts in (train, validation)
    )
    text = "".join(validation)
    return {
        "train_documents": len(train), "train_characters": sum(map(len, train)),
        "distinct_characters": len(set().union(*train)),
        "validation_documents": len(validation), "validation_characters": len(text),
        "train_words": known.total(), "train_distinct_words": len(known),
        "train_words_once": sum(count == 1 for count in known.values()) / len(known),
        "validation_words": words.total(),
        "unseen_words": sum(count for word, count in words.items() if word not in known) / words.total(),
        "bytes_per_character": len(text.encode()) / len(text),
        "characters_per_word": sum(len(word) * count for word, count in words.items()) / words.total(),
        "zwnj_words": sum(count for word, count in words.items() if fertility.ZWNJ in word) / words.total(),
    }  # fmt: skip


def run_bpe(config: BpeConfig, context: Context) -> Outcome:
    """Train the tokenizers on the training documents and measure them on the validation documents."""
    train = documents("train", source=config.source)
    train = up_to(train, config.limit) if config.limit else train
    validation = documents("validation", source=config.source)
    train_pieces, pieces = count_words(train), count_words(validation)
    metrics, rows = of_the_text(train, validation), []
    for unit in UNITS:
        seconds, largest = timed(train_bpe, train, max(config.sizes), unit)
        metrics |= {f"{unit}_train_seconds": seconds, f"{unit}_characters": len(largest.characters)}
        for size in sorted(config.sizes):
            model = fertility.prefix(largest, size)
            measured = measure(model, train_pieces, pieces, config.dim)
            rows.append({"unit": unit, "asked": size} | measured)
            metrics |= {f"{unit}_{size}_{key}": value for key, value in measured.items()}
    seconds, kept = timed(train_bpe, train, config.kept)
    metrics |= {"kept_train_seconds": seconds} | fertility.misspelled(kept, pieces)
    metrics |= fertility.forms(kept, validation)
    metrics |= measure_rivals(train, pieces, config.kept)
    context.folder.mkdir(parents=True, exist_ok=True)
    path = context.folder / "tokenizer.json"
    kept.save(path)
    return Outcome(metrics, rows, {path.name: path}, data_record(config.source))


def check_bpe(result: results.Result) -> dict[str, float]:
    """The fertility of the recorded tokenizer, measured again; DataError where its text is not at hand."""
    model = BPE.load(result.path("tokenizer.json"))
    pieces = count_words(documents("validation", source=result.config["source"]))
    found = fertility.fertility(pieces, model.encode)
    return {f"byte_{result.config['kept']}_{key}": value for key, value in found.items()}

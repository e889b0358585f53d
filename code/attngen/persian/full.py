"""The transformer on all of Kaggle's Persian Wikipedia: the same model, loop and measures, from token files.

Raw file -> cleaned shards (``streaming``) -> token files (``shards``) -> blocks, read batch by batch: the text is
never in memory.  The split is that of ``articles``, by title: what the small corpus is measured on is not trained
on here.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from pathlib import Path

import torch
from accelerate import Accelerator
from filelock import FileLock
from torch import nn

from attngen import experiments, results, weights
from attngen.data import DataError
from attngen.experiments import Context, Outcome, plain, work_folder
from attngen.nn import DecoderConfig
from attngen.persian import kaggle, streaming
from attngen.persian.bpe import BPE
from attngen.persian.evaluate import measures, sliding, summed_nats, total_nats
from attngen.persian.sharded_blocks import ShardedBlocks
from attngen.persian.shards import DONE, TOKENIZER, TokenFiles, write_tokens
from attngen.persian.train import keep, make_model, only_seed, validating
from attngen.training import TrainConfig, fit

# What decides about the token files: of this package, files whose change makes them anew.
_CODE = ("articles", "bpe", "clean", "hazm_tools", "kaggle", "marks", "markup", "paragraphs", "pretokenize",
         "shards", "steps", "streaming")  # fmt: skip


@dataclass(frozen=True)
class FullConfig:
    """One run on a big file.

    path     - the raw file, in the format of Kaggle's; "" for that file itself, wherever ``kaggle`` finds it
    size     - tokens in the vocabulary;  sample - characters of training articles that it is learned from
    length   - tokens of a block
    measured - articles of validation and of test that are measured, at most, spread evenly over the part
    """

    path: str = ""
    size: int = 16_384
    sample: int = 20_000_000
    model: DecoderConfig = field(default_factory=DecoderConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    length: int = 256
    measured: int = 2000
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Corpus:
    """Token files, and the sha256 of the raw file that they were made of."""

    folder: Path
    record: dict[str, str]


def corpus_of(config: FullConfig, raw: Path) -> Corpus:
    """Where the token files of a raw file belong, by all that decides about them; there or not."""
    with raw.open("rb") as file:
        data = hashlib.file_digest(file, "sha256").hexdigest()
    texts = [Path(__file__).with_name(f"{name}.py").read_text("utf-8") for name in _CODE]
    key = "\0".join([data, package_version("hazm"), *texts])
    folder = work_folder() / "cache" / "persian-full" / hashlib.sha256(key.encode()).hexdigest()[:16]
    return Corpus(folder / f"tokens-{config.size}-{config.sample}", {raw.name: f"sha256:{data}"})


def raw_file(config: FullConfig) -> Path:
    """The raw file; DataError with what to do where there is none."""
    if not config.path:
        return kaggle.locate()
    if not (path := Path(config.path)).is_file():
        raise DataError(f"there is no file {path}, which the configuration names")
    return path


def prepare(config: FullConfig, processes: int = 0) -> Corpus:
    """Clean and encode the raw file; what was done before, also by an interrupted run, is not done again."""
    raw = raw_file(config)
    corpus = corpus_of(config, raw)
    if not (corpus.folder / DONE).exists():
        clean = streaming.clean_file(raw, corpus.folder.parent / "clean", processes)
        write_tokens(clean, corpus.folder, config.size, config.sample, processes)
    return corpus


def prepared(config: FullConfig, accelerator: Accelerator) -> Corpus:
    """The corpus, prepared by the main process; the others wait, and find it done.

    They wait for a lock on the disk, not at a barrier of torch.distributed, which gives up after some minutes.
    On a second machine with a disk of its own the first process there does the same.
    """
    place = work_folder() / "cache" / "persian-full"
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / "lock")
    with ExitStack() as held:
        if accelerator.is_main_process:
            held.enter_context(lock)
        accelerator.wait_for_everyone()  # all are here, and the main process has the lock already
        held.enter_context(lock)
        return prepare(config)


def measured(config: FullConfig, corpus: Corpus, part: str) -> tuple[list[list[int]], int]:
    """Articles to measure, and their characters; DataError where the part has none."""
    documents, characters = TokenFiles(corpus.folder, part).some(config.measured)
    if not documents:
        raise DataError(f"{', '.join(corpus.record)} has no article for the part '{part}': it holds too few")
    return documents, characters


def run_full(config: FullConfig, context: Context) -> Outcome:
    """Train on all training articles, choose the weights by validation, round and measure them on test."""
    seed, device = only_seed(context), context.accelerator.device
    corpus = prepared(config, context.accelerator)
    tokenizer, articles = BPE.load(corpus.folder / TOKENIZER), TokenFiles(corpus.folder, "train")
    parts = {part: measured(config, corpus, part) for part in ("validation", "test")}
    torch.manual_seed(seed)
    model = make_model(config.model, tokenizer.size).to(device)
    windows = {part: sliding(model, found[0], config.length, device) for part, found in parts.items()}
    blocks = ShardedBlocks(articles, config.length, device=device)
    model, history = fit(
        model, blocks, summed_nats, validating(windows["validation"], parts["validation"][1]), config.train,
        context.accelerator, seed, context.folder / f"seed-{seed}.pt",
        plain(config) | {"seeds": seed, "path": "", "data": corpus.record}, label=f"seed {seed}",
    )  # fmt: skip
    files = keep(model, tokenizer, context.folder)
    metrics: dict[str, float] = {}
    for part, (documents, characters) in parts.items():
        metrics |= measures(*total_nats(model, windows[part]), characters, f"{part}_")
        metrics |= {f"{part}_articles": len(documents), f"{part}_characters": characters,
                    f"{part}_tokens": sum(map(len, documents))}  # fmt: skip
    metrics |= {
        "train_articles": len(articles), "train_characters": int(articles.characters.sum()) + len(articles),
        "train_tokens": int(articles.counts.sum()),
        "train_tokens_per_second": blocks.targets * config.train.epochs / history[-1]["seconds"],
        "parameters": sum(p.numel() for p in model.parameters()), "vocabulary": tokenizer.size,
        "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
    }  # fmt: skip
    history = [{"seed": seed} | row for row in history]
    return Outcome(metrics, history, files, corpus.record, history[-1]["seconds"])


def config_of(result: results.Result) -> FullConfig:
    """The configuration that a recorded run was made with."""
    stored = dict(result.config)
    stored["train"] = TrainConfig(**stored["train"] | {"betas": tuple(stored["train"]["betas"])})
    return FullConfig(**stored | {"model": DecoderConfig(**stored["model"]), "seeds": tuple(stored["seeds"])})


def load_full(name: str = "persian-transformer-full") -> tuple[nn.Module, BPE]:
    """The recorded model, ready to generate, and its tokenizer."""
    result = results.load(name)
    tokenizer = BPE.load(result.path(TOKENIZER))
    model = make_model(config_of(result).model, tokenizer.size)
    return weights.load(model, result.path("model.safetensors")).eval(), tokenizer


def check_full(result: results.Result) -> dict[str, float]:
    """The recorded weights measured again on the test articles, for ``attngen verify``."""
    config, (model, _) = config_of(result), load_full(result.name)
    documents, characters = measured(config, prepare(config), "test")
    nats, count = total_nats(model, sliding(model, documents, config.length))
    return {"test_bits_per_char": measures(nats, count, characters)["bits_per_char"]}


# "smoke" reads whatever file of this format is at hand.  "gpu" was never run for this book: its size is chosen for
# about a hundred million tokens, and its weights, 67 MB, are the reader's own.
FULL_PRESETS = {
    "smoke": FullConfig(
        size=300, sample=20_000, model=DecoderConfig(dim=16, heads=2, layers=2, context=32, dropout=0.0),
        train=TrainConfig(epochs=1, batch_size=8, evaluations=2), length=32, measured=20,
    ),
    "gpu": FullConfig(
        model=DecoderConfig(dim=512, heads=8, layers=8, dropout=0.0),
        train=TrainConfig(
            epochs=4, batch_size=128, lr=1e-3, warmup=0.02, weight_decay=0.1, betas=(0.9, 0.95), by_length=True,
            evaluations=20,
        ),
    ),
}  # fmt: skip

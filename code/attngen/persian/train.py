"""Train a neural language model on Persian articles, and measure it once on the test articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import nn

from attngen import experiments, results, weights
from attngen.experiments import Context, Outcome, plain, work_folder
from attngen.nn import Decoder, DecoderConfig
from attngen.persian import corpus
from attngen.persian.bpe import BPE
from attngen.persian.evaluate import measures, sliding, summed_nats, total_nats
from attngen.persian.models import NeuralNGram, NeuralNGramConfig, RecurrentConfig, RecurrentModel
from attngen.persian.tokens import Encoded, TextConfig, encoded
from attngen.persian.windows import Blocks, NGrams
from attngen.training import TrainConfig, fit

ModelConfig = NeuralNGramConfig | RecurrentConfig | DecoderConfig
KINDS = {"ngram": NeuralNGramConfig, "recurrent": RecurrentConfig, "transformer": DecoderConfig}
_CLASSES = {NeuralNGramConfig: NeuralNGram, RecurrentConfig: RecurrentModel, DecoderConfig: Decoder}


@dataclass(frozen=True)
class LanguageModelConfig:
    """One training run.

    kind   - "ngram", "recurrent" or "transformer": what ``model`` is the shape of; its vocabulary is made
             to fit the tokenizer
    length - tokens of a training block
    stride - how far one training block begins after the one before it
    window - tokens of the sliding windows in which the model is measured
    """

    kind: str = "transformer"
    text: TextConfig = field(default_factory=TextConfig)
    model: ModelConfig = field(default_factory=DecoderConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    length: int = 256
    stride: int = 256
    window: int = 256
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self):
        if self.kind not in KINDS or not isinstance(self.model, KINDS[self.kind]):
            known = ", ".join(KINDS)
            raise ValueError(f"the kind is one of {known}, with its own shape: not '{self.kind}', {self.model}")


def make_model(config: ModelConfig, vocabulary: int | None = None) -> nn.Module:
    """A fresh model of this shape, with another vocabulary if one is given."""
    shape = asdict(config) | ({"vocabulary": vocabulary} if vocabulary else {})
    return _CLASSES[type(config)](type(config)(**shape))


def training_windows(config: LanguageModelConfig, data: Encoded, device) -> Blocks | NGrams:
    documents = data.documents["train"]
    if config.kind == "ngram":
        return NGrams(documents, config.model.order, device)
    return Blocks(documents, config.length, config.stride, device=device)


def validating(windows: Blocks | NGrams, characters: int) -> Callable[[nn.Module], dict[str, float]]:
    """What ``training.fit`` asks for: the measures of a model on these windows."""

    def evaluate(trained: nn.Module) -> dict[str, float]:
        nats, count = total_nats(trained, windows)
        return {"val_loss": nats / count} | {
            "val_bits_per_char": measures(nats, count, characters, "val_")["val_bits_per_char"]
        }

    return evaluate


def train_model(config: LanguageModelConfig, data: Encoded, context: Context, seed: int, label: str = ""):
    """Train one model from one seed; resumes from the context's folder.  Returns it and its history."""
    device = context.accelerator.device
    torch.manual_seed(seed)
    model = make_model(config.model, data.tokenizer.size).to(device)
    validation = sliding(model, data.documents["validation"], config.window, device)

    return fit(
        model, training_windows(config, data, device), summed_nats,
        validating(validation, data.characters["validation"]), config.train,
        context.accelerator, seed, context.folder / f"seed-{seed}{label}.pt",
        plain(config) | {"seeds": seed, "data": corpus.data_record(config.text.source)},
        label=label.strip("-") or f"seed {seed}",
    )  # fmt: skip


def only_seed(context: Context) -> int:
    """The seed of a run that trains each model once; RunError if there are several."""
    if len(context.seeds) != 1:
        raise experiments.RunError("a language model run trains one seed; give a single one to --seed")
    return context.seeds[0]


def keep(model: nn.Module, tokenizer: BPE, folder: Path) -> dict[str, Path]:
    """Write the tokenizer and the weights, in half precision, and round the model's own: what is measured is kept."""
    files = {name: folder / name for name in ("model.safetensors", "tokenizer.json")}
    weights.load(model, weights.save(model, files["model.safetensors"], half=True))
    tokenizer.save(files["tokenizer.json"])
    return files


def run(config: LanguageModelConfig, context: Context) -> Outcome:
    """Train, choose the weights by validation, round them to half precision, and measure those on test."""
    seed = only_seed(context)
    source = corpus.at_hand() if config.text.source == "at-hand" else config.text.source
    if source == "book" != config.text.source:
        experiments.main_process_note(
            "Persian Wikipedia is not on this machine (attngen data list): training on this book's own pages"
        )
    data = encoded(config.text)
    model, history = train_model(config, data, context, seed)
    files = keep(model, data.tokenizer, context.folder)
    metrics: dict[str, float] = {}
    for part in ("validation", "test"):
        windows = sliding(model, data.documents[part], config.window, context.accelerator.device)
        metrics |= measures(*total_nats(model, windows), data.characters[part], f"{part}_")
    tokens = {part: sum(map(len, documents)) for part, documents in data.documents.items()}
    shown = training_windows(config, data, "cpu").targets * config.train.epochs
    metrics |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "vocabulary": data.tokenizer.size,
        "train_tokens_per_second": shown / history[-1]["seconds"],
        "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
        "on_wikipedia": float(source == "wikipedia"),
    }  # fmt: skip
    metrics |= {f"{part}_tokens": count for part, count in tokens.items()}
    metrics |= {f"{part}_characters": count for part, count in data.characters.items()}
    metrics |= {f"{part}_articles": len(documents) for part, documents in data.documents.items()}
    history = [{"seed": seed} | row for row in history]
    return Outcome(metrics, history, files, corpus.data_record(config.text.source), history[-1]["seconds"])


def config_of(result: results.Result) -> LanguageModelConfig:
    """The configuration that a recorded run was made with."""
    stored = dict(result.config)
    stored["train"] = TrainConfig(**stored["train"] | {"betas": tuple(stored["train"]["betas"])})
    stored["text"] = TextConfig(**stored["text"])
    stored["model"] = KINDS[stored["kind"]](**stored["model"])
    return LanguageModelConfig(**stored | {"seeds": tuple(stored["seeds"])})


def load_model(name: str) -> tuple[nn.Module, BPE]:
    """The recorded model of an experiment, ready to generate, and its tokenizer."""
    result = results.load(name)
    if "kind" not in result.config:
        raise ValueError(f"'{name}' did not record a neural language model")
    tokenizer = BPE.load(result.path("tokenizer.json"))
    model = make_model(config_of(result).model, tokenizer.size)
    weights.load(model, result.path("model.safetensors"))
    return model.eval(), tokenizer


def train_live(name: str) -> tuple[nn.Module, BPE, results.Result]:
    """Train the ``minute`` preset here and now, recording nothing in the book's results."""
    live = work_folder() / "live"  # a reader's own interrupted runs are left alone
    with results.stored_in(live):
        result = experiments.run(name, "minute", device="cpu", resume=False, work=live / "unfinished")
        return *load_model(name), result


def check_run(result: results.Result) -> dict[str, float]:
    """The recorded weights measured again on the test articles, for ``attngen verify``."""
    config = config_of(result)
    model, tokenizer = load_model(result.name)
    data = encoded(config.text, tokenizer)
    windows = sliding(model, data.documents["test"], config.window)
    return {"test_bits_per_char": measures(*total_nats(model, windows), data.characters["test"])["bits_per_char"]}

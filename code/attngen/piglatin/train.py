"""Train Pig-Latin transformers under several seeds and say what came out."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pooch
import torch

from attngen import experiments, results, weights
from attngen.data import locate
from attngen.experiments import Context, Outcome, plain, work_folder
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin.data import WordPairs, load_pairs, split
from attngen.piglatin.evaluation import (
    entropy_floor,
    mean_loss,
    rule_floor,
    token_loss,
    valid_targets,
    word_accuracy,
    wrong_words,
)
from attngen.training import TrainConfig, fit


@dataclass(frozen=True)
class PigLatinConfig:
    """One cell of the comparison.

    data  - "small", "large" or "offline" (see ``piglatin.data``)
    limit - use only the first so many training pairs, and an eighth as many of the other parts; 0 for all
    """

    data: str = "small"
    limit: int = 0
    model: TransformerConfig = field(default_factory=TransformerConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0, 1, 2)


def parts_of(config: PigLatinConfig) -> dict:
    """The pairs of each part that this configuration uses."""
    limits = {"train": config.limit, "validation": -(-config.limit // 8), "test": -(-config.limit // 8)}
    return {part: pairs[: limits[part] or None] for part, pairs in split(load_pairs(config.data)).items()}


def data_record(name: str) -> dict[str, str]:
    """What identifies the data of a run."""
    if name == "offline":
        return {"wordsegment": version("wordsegment")}
    filename = f"pig_latin_{name}.txt"
    return {filename: "sha256:" + pooch.file_hash(str(locate("pig-latin", filename)))}


def train_model(config: PigLatinConfig, context: Context, seed: int, label: str = "") -> tuple[EncoderDecoder, list]:
    """Train one model from one seed; resumes from the context's folder.  Returns it and its history."""
    device = context.accelerator.device
    parts = parts_of(config)
    train, validation = (WordPairs(parts[part], device) for part in ("train", "validation"))
    torch.manual_seed(seed)
    model = EncoderDecoder(config.model).to(device)
    fingerprint = plain(config) | {"seeds": seed}
    return fit(
        model, train, token_loss, lambda m: {"val_loss": mean_loss(m, validation)}, config.train,
        context.accelerator, seed, context.folder / f"seed-{seed}{label}.pt", fingerprint,
        label=f"seed {seed}{label}",
    )  # fmt: skip


def summary(values: list[float], name: str) -> dict[str, float]:
    """Mean and sample standard deviation over the seeds."""
    return {name: statistics.fmean(values), f"{name}_std": statistics.stdev(values) if len(values) > 1 else 0.0}


def train_cell(config: PigLatinConfig, context: Context) -> Outcome:
    """Train every seed of a cell, keep the best one's weights, and measure on words never seen."""
    parts = parts_of(config)
    targets = {part: valid_targets(parts[part]) for part in ("validation", "test")}
    history, losses, accuracies, seconds, files = [], [], [], [], {}
    for seed in context.seeds:
        model, rows = train_model(config, context, seed)
        lowest = min(row["val_loss"] for row in rows)
        wrong = wrong_words(model, targets["test"])
        accuracy = 1 - len(wrong) / len(targets["test"])
        if not losses or lowest < min(losses):
            files = {"model.safetensors": weights.save(model, context.folder / "model.safetensors")}
            files["mistakes.csv"] = _save_mistakes(wrong, context.folder / "mistakes.csv")
            best = {"best_seed": seed, "best_seed_val_loss": lowest, "best_seed_test_word_accuracy": accuracy}
        losses.append(lowest)
        accuracies.append(accuracy)
        seconds.append(rows[-1]["seconds"])
        history += [{"seed": seed} | row for row in rows]
    metrics = summary(losses, "val_loss") | summary(accuracies, "test_word_accuracy") | best
    metrics |= {
        "entropy_floor": entropy_floor(parts["validation"]),
        "rule_floor": rule_floor(parts["train"], parts["validation"]),
        "parameters": sum(p.numel() for p in model.parameters()),
        "train_pairs": len(parts["train"]), "validation_pairs": len(parts["validation"]),
        "test_words": len(targets["test"]), "seconds_per_seed": statistics.fmean(seconds),
        "train_words_per_second": len(parts["train"]) * config.train.epochs / statistics.fmean(seconds),
    }  # fmt: skip
    return Outcome(metrics, history, files, data_record(config.data), sum(seconds))


def _save_mistakes(wrong, path: Path) -> Path:
    """The words of the test part that the model gets wrong, for the reader to look at."""
    rows = [{"word": word, "answer": answer, "right": " / ".join(sorted(right))} for word, answer, right in wrong]
    results.write_csv(path, rows or [{"word": "", "answer": "", "right": ""}])
    return path


def config_of(result: results.Result) -> PigLatinConfig:
    """The configuration that a recorded run was made with."""
    stored = dict(result.config)
    train = stored["train"] | {"betas": tuple(stored["train"]["betas"])}
    return PigLatinConfig(
        data=stored["data"], limit=stored["limit"], model=TransformerConfig(**stored["model"]),
        train=TrainConfig(**train), seeds=tuple(stored["seeds"]),
    )  # fmt: skip


def load_weights(config: PigLatinConfig, path: Path) -> EncoderDecoder:
    """A model of this configuration with weights from a safetensors file, ready to translate."""
    return weights.load(EncoderDecoder(config.model), path).eval()


def load_model(name: str) -> EncoderDecoder:
    """The recorded model of an experiment."""
    result = results.load(name)
    return load_weights(config_of(result), result.path("model.safetensors"))


def train_live(name: str) -> tuple[EncoderDecoder, dict[str, list]]:
    """Train the ``minute`` preset here and now, recording nothing in the book's results.

    Returns the model and the history's columns.
    """
    live = work_folder() / "live"  # a reader's own interrupted runs are left alone
    with results.stored_in(live):
        result = experiments.run(name, "minute", device="cpu", resume=False, work=live / "unfinished")
        return load_model(name), result.history


def check_cell(result: results.Result) -> dict[str, float]:
    """The recorded weights measured again, for ``attngen verify``."""
    config, model = config_of(result), load_model(result.name)
    parts = parts_of(config)
    return {
        "best_seed_val_loss": mean_loss(model, WordPairs(parts["validation"])),
        "best_seed_test_word_accuracy": word_accuracy(model, valid_targets(parts["test"])),
    }

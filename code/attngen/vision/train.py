"""Train a compact vision transformer from scratch, and measure it once on the test images.

Validation chooses the weights; the test images, all 10,000 of CIFAR-10, are looked at after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen import experiments, results, weights
from attngen.data import cifar10
from attngen.experiments import Context, Outcome, plain, work_folder
from attngen.training import TrainConfig, fit
from attngen.vision import accuracy
from attngen.vision.augment import AugmentConfig
from attngen.vision.compact import CompactShape, make_model
from attngen.vision.images import TrainingImages, chosen, data_record, load_part


@dataclass(frozen=True)
class CompactConfig:
    """One training run.

    data    - "cifar10", "digits", or "at-hand": see ``vision.images``
    limit   - use only the first so many training images; 0 for all
    measure - images of validation and test that are measured; 0 for all
    """

    data: str = "cifar10"
    limit: int = 0
    measure: int = 0
    shape: CompactShape = field(default_factory=CompactShape)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0,)


def measured(config: CompactConfig, part: str) -> tuple[Tensor, Tensor]:
    """The images and labels of one part that this run is measured on."""
    images, labels = load_part(config.data, part)
    return images[: config.measure or None], labels[: config.measure or None]


def summed_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The loss of ``training.fit``: the sum of the cross-entropies, and of how many images."""
    pixels, labels = batch
    logits = model(pixels).logits.float()
    count = torch.tensor(float(len(labels)), device=labels.device)
    return F.cross_entropy(logits, labels, reduction="sum"), count


def validating(images: Tensor, labels: Tensor) -> Callable[[nn.Module], dict[str, float]]:
    """What ``training.fit`` asks for: loss and accuracy on these images."""

    def evaluate(trained: nn.Module) -> dict[str, float]:
        found = accuracy.measures(accuracy.logits_of(trained, images), labels, "val")
        return {key: found[key] for key in ("val_loss", "val_accuracy")}

    return evaluate


def train_model(config: CompactConfig, context: Context, seed: int) -> tuple[nn.Module, list[dict]]:
    """Train one model from one seed; resumes from the context's folder.  Returns it and its history."""
    device = context.accelerator.device
    images, labels = load_part(config.data, "train")
    data = TrainingImages(images, labels, config.shape.classes, config.augment, config.limit, device)
    torch.manual_seed(seed)
    model = make_model(config.shape, "sdpa").to(device)
    return fit(
        model, data, summed_loss, validating(*measured(config, "validation")), config.train,
        context.accelerator, seed, context.folder / f"seed-{seed}.pt",
        # "at-hand" names other data where CIFAR-10 is: a run begun on one is not gone on with on the other
        plain(config) | {"seeds": seed, "data": data_record(config.data)}, label=f"seed {seed}",
    )  # fmt: skip


def run(config: CompactConfig, context: Context) -> Outcome:
    """Train, choose the weights by validation, round them to half precision, and measure those on test."""
    if config.data == "at-hand" and chosen(config.data) == "digits":
        note = "CIFAR-10 is not on this machine (attngen data list): training on digits"
        experiments.main_process_note(note)
    if len(context.seeds) != 1:
        raise experiments.RunError("this run trains one model; give a single seed to --seed")
    model, history = train_model(config, context, context.seeds[0])
    path = context.folder / "model.safetensors"
    weights.load(model, weights.save(model, path, half=True))  # what is measured is what is kept
    metrics: dict[str, float] = {}
    for part in ("validation", "test"):
        images, labels = measured(config, part)
        logits = accuracy.logits_of(model, images)
        metrics |= accuracy.measures(logits, labels, part)
    # after the loop these are the test images'
    metrics["test_accuracy_first_1000"] = accuracy.correct(logits, labels)[:1000].double().mean().item()
    table = context.folder / "confusion.npy"
    np.save(table, accuracy.confusion(logits, labels))
    trained_on = len(load_part(config.data, "train")[0][: config.limit or None])
    metrics |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "weights_bytes": path.stat().st_size,
        "train_images": trained_on,
        "train_images_per_second": trained_on * config.train.epochs / history[-1]["seconds"],
        "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
        "on_cifar10": float(chosen(config.data) == "cifar10"),
    }  # fmt: skip
    history = [{"seed": context.seeds[0]} | row for row in history]
    files = {"model.safetensors": path, "confusion.npy": table}
    return Outcome(metrics, history, files, data_record(config.data), history[-1]["seconds"])


def config_of(result: results.Result) -> CompactConfig:
    """The configuration that a recorded run was made with; UnknownResult where it trained no such model."""
    stored = dict(result.config)
    if {known.name for known in fields(CompactConfig)} != set(stored):
        raise results.UnknownResult(f"'{result.name}' is not the training of a compact vision transformer")
    stored["train"] = TrainConfig(**stored["train"] | {"betas": tuple(stored["train"]["betas"])})
    stored["shape"] = CompactShape(**stored["shape"] | {"stem": tuple(stored["shape"]["stem"])})
    stored["augment"] = AugmentConfig(**stored["augment"])
    return CompactConfig(**stored | {"seeds": tuple(stored["seeds"])})


def load_model(name: str = "vit-cifar10-compact", attention: str = "eager") -> nn.Module:
    """The recorded model of an experiment, ready to use, with the names of its classes."""
    result = results.load(name)
    model = make_model(config_of(result).shape, attention)
    weights.load(model, result.path("model.safetensors"))
    if result.metrics["on_cifar10"]:
        model.config.id2label = dict(enumerate(cifar10.CLASSES))
    return model.eval()


def train_live(name: str = "vit-cifar10-compact") -> tuple[nn.Module, results.Result]:
    """Train the ``minute`` preset here and now, recording nothing in the book's results."""
    live = work_folder() / "live"  # a reader's own interrupted runs are left alone
    with results.stored_in(live):
        result = experiments.run(name, "minute", device="cpu", resume=False, work=live / "unfinished")
        return load_model(name), result


def check_run(result: results.Result) -> dict[str, float]:
    """The recorded weights measured again on the first 1,000 test images, for ``attngen verify``."""
    images, labels = (part[:1000] for part in measured(config_of(result), "test"))
    logits = accuracy.logits_of(load_model(result.name, "sdpa"), images)
    return {"test_accuracy_first_1000": accuracy.correct(logits, labels).double().mean().item()}

"""The experiment ``vit-cifar10-linear``: a frozen CLIP, and one linear map that is fit to CIFAR-10."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from attngen import results, weights
from attngen.data import find
from attngen.data.cifar10 import CLASSES, class_by_class
from attngen.experiments import Context, Outcome, RunError, work_folder
from attngen.vision import clip, images
from attngen.vision.accuracy import by_class, confusion, correct, losses, measures
from attngen.vision.features import Store, embed, features
from attngen.vision.linear import choose

AGAIN = 100  # test images that ``attngen verify`` measures again


@dataclass(frozen=True)
class LinearConfig:
    """data - "cifar10", through CLIP; or "digits", through a tiny tower of random weights
    train, validation, test - images of each class that are used; 0 for as many as all classes have
    strengths - of the fit, of which validation chooses (see ``linear.fit``)
    """

    data: str = "cifar10"
    train: int = 0
    validation: int = 0
    test: int = 0
    strengths: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
    batch_size: int = 10
    seeds: tuple[int, ...] = (0,)  # of the random weights; nothing else is drawn

    def __post_init__(self):
        if self.data not in ("cifar10", "digits"):
            raise ValueError(f"the data is cifar10 or digits, not {self.data!r}")

    @property
    def classes(self) -> tuple[str, ...]:
        return CLASSES if self.data == "cifar10" else tuple("0123456789")


def images_of(config: LinearConfig, part: str) -> tuple[Tensor, Tensor]:
    """Images (N, 3, 32, 32) and labels (N,) of a part, the classes in turns: fewer begin as more do."""
    pixels, labels = images.load_part(config.data, part)
    least = int(labels.bincount().min())
    each = getattr(config, part) or least
    if each > least:
        raise RunError(f"there are {least} images of a class in {part}, and {each} were asked for")
    order = torch.from_numpy(class_by_class(labels.numpy(), each))
    return pixels[order], labels[order]


def tower(config: LinearConfig, device) -> CLIPVisionModelWithProjection:
    """The frozen tower, with the fastest attention, whose weights nobody looks at here."""
    model, _ = clip.load() if config.data == "cifar10" else clip.fresh(config.seeds[0])
    model.set_attn_implementation("sdpa")
    return model.to(device)


def data_record(config: LinearConfig) -> dict[str, str]:
    record = images.data_record(config.data)
    if config.data == "cifar10":
        record[f"{clip.DATA}/{clip.WHEEL}"] = find(clip.DATA, clip.WHEEL)[0].fingerprint
    return record


def features_of(config: LinearConfig, part: str, context: Context) -> tuple[Tensor, Tensor, float]:
    """Features (N, D), labels (N,), and the seconds that the features took."""
    pixels, labels = images_of(config, part)
    about = data_record(config) | {"part": part}
    if config.data == "digits":
        about["seed"] = config.seeds[0]
    accelerator = context.accelerator
    rows, seconds = features(
        pixels, lambda: tower(config, accelerator.device), Store(work_folder() / "cache", about),
        accelerator, config.batch_size,
    )  # fmt: skip
    return rows, labels, seconds


def run(config: LinearConfig, context: Context) -> Outcome:
    """Fit on train, choose on validation, measure on test once."""
    parts, seconds = {}, 0.0
    for part in images.PARTS:
        rows, labels, spent = features_of(config, part, context)
        parts[part], seconds = (rows, labels), seconds + spent
    head, strength, history = choose(parts["train"], parts["validation"], config.strengths)
    metrics = {"strength": strength, "features": head.in_features}
    for part, (rows, labels) in parts.items():
        metrics |= measures(head(rows), labels, part)
    rows, labels = parts["test"]
    logits = head(rows)
    shares = by_class(correct(logits, labels), labels, len(config.classes)).tolist()
    metrics |= {f"test_accuracy_{name}": share for name, share in zip(config.classes, shares)}
    metrics["first_test_loss"] = losses(logits[:AGAIN], labels[:AGAIN]).mean().item()
    metrics["images_per_second"] = sum(len(kept) for _, kept in parts.values()) / seconds
    head_file = weights.save(head, context.folder / "head.safetensors")
    table = context.folder / "confusion.npy"
    np.save(table, confusion(logits, labels))
    files = {"head.safetensors": head_file, "confusion.npy": table}
    return Outcome(metrics, history, files, data_record(config))


def load_head(name: str = "vit-cifar10-linear") -> nn.Linear:
    """The recorded linear map, features (N, D) -> logits (N, 10)."""
    result = results.load(name)
    head = nn.Linear(int(result.metrics["features"]), images.CLASSES)
    return weights.load(head, result.path("head.safetensors")).requires_grad_(False)


def check(result: results.Result) -> dict[str, float]:
    """The first test images through tower and recorded map again, for ``attngen verify``."""
    stored = dict(result.config)
    lists = {name: tuple(stored[name]) for name in ("strengths", "seeds")}
    config = LinearConfig(**stored | lists)
    pixels, labels = (kept[:AGAIN] for kept in images_of(config, "test"))
    logits = load_head(result.name)(embed(tower(config, "cpu"), pixels, config.batch_size))
    return {"first_test_loss": losses(logits, labels).mean().item()}


LINEAR_PRESETS = {
    "smoke": LinearConfig("digits", train=20, validation=8, test=10, strengths=(1e-2, 1.0)),
    "minute": LinearConfig(train=8, validation=4, test=8),
    "cpu": LinearConfig(train=500, validation=100),
    "gpu": LinearConfig(batch_size=500),
}

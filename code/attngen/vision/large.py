"""A large pretrained vision transformer, fine-tuned on CIFAR-10.

All weights go on learning, at a small rate, from a linear classifier that was fitted to the frozen features
first: a random one would begin by pulling the features apart (Kumar et al. 2022, arXiv 2202.10054).  The
small photos are enlarged to the size that the model was pretrained on, as Dosovitskiy et al. 2021 did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection, ViTForImageClassification
from transformers.modeling_outputs import ImageClassifierOutput

from attngen import experiments
from attngen.experiments import Context, Outcome, plain
from attngen.training import TrainConfig, fit
from attngen.vision import accuracy, clip, linear, pretrained
from attngen.vision.augment import AugmentConfig
from attngen.vision.images import CLASSES, TrainingImages, chosen, data_record, load_part, normalised
from attngen.vision.train import summed_loss, validating

STRENGTH = 1e-2  # of the classifier's fit: see ``linear.fit``


@dataclass(frozen=True)
class LargeConfig:
    """One fine-tuning.

    model   - "clip" (ViT-B/16), "fresh" (a small one of random weights, for tests), or a ViT by its name on
              the Hugging Face hub or by its folder
    data    - as in ``vision.images``;  limit - training images;  measure - of validation
              and test; 0 for all
    probe   - training images to which the linear classifier is fitted first
    size    - side in pixels that the photos are enlarged to; 0 for that of the pretraining.  A smaller one
              has fewer patches, for which the position embeddings are interpolated (Dosovitskiy et al. 2021,
              section 3.2): at 64 instead of 224 pixels, 16 instead of 196
    """

    model: str = "clip"
    data: str = "cifar10"
    limit: int = 0
    measure: int = 0
    probe: int = 5000
    size: int = 0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0,)


class Enlarged(nn.Module):
    """A pretrained image model with a linear classifier, for small images.

    backbone - pixels (B, 3, size, size) -> features (B, width), as ``pooler_output`` or ``logits``;
               where ``size`` is not the one of its pretraining, its positions are interpolated
    mean, deviation - of each colour, by which the backbone's inputs are normalised
    """

    def __init__(self, backbone: nn.Module, width: int, size: int, mean, deviation):
        super().__init__()
        self.backbone, self.size = backbone, size
        self.classifier = nn.Linear(width, CLASSES)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1), persistent=False)

    def features(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) in [-1, 1] -> features (B, width)."""
        size = (self.size, self.size)
        large = F.interpolate(pixels, size=size, mode="bicubic", antialias=True)
        large = (large.clamp(-1, 1) * 0.5 + 0.5 - self.mean) / self.deviation
        answer = self.backbone(large, interpolate_pos_encoding=self.size != self.backbone.config.image_size)
        return answer.pooler_output if "pooler_output" in answer else answer.logits

    def forward(self, pixels: Tensor) -> ImageClassifierOutput:
        return ImageClassifierOutput(logits=self.classifier(self.features(pixels)))


def load_enlarged(name: str, seed: int = 0, size: int = 0) -> Enlarged:
    """The model that a configuration names, with a fresh classifier, for photos of ``size`` pixels.

    Raises DataError or ModelError where it cannot be had, ValueError where the size is not whole patches.
    """
    if name in ("clip", "fresh"):
        model, processor = clip.load() if name == "clip" else clip.fresh(seed)
    else:
        model, processor = pretrained.load(name)
    model.set_attn_implementation("sdpa")  # whose weights nobody looks at here
    config = model.config
    size = size or config.image_size
    if size < 1 or size % config.patch_size:
        raise ValueError(f"photos are whole patches of {config.patch_size} pixels; {size} pixels are not")
    if isinstance(model, CLIPVisionModelWithProjection):
        model = model.vision_model
    elif isinstance(model, ViTForImageClassification):
        model.classifier = nn.Identity()
    else:
        raise ValueError(f"CLIP or a ViT can be fine-tuned here, not a {type(model).__name__}")
    return Enlarged(model, config.hidden_size, size, processor.image_mean, processor.image_std)


@torch.no_grad()
def fit_classifier(
    model: Enlarged, images: Tensor, labels: Tensor, batch: int = 100
) -> None:
    """Set the classifier to what logistic regression makes of frozen features.

    images - (N, 3, H, W), uint8;  labels - (N,)
    """
    model.eval()
    device = model.classifier.weight.device
    features = [
        model.features(normalised(some.to(device))).float().cpu()
        for some in images.split(batch)
    ]
    fitted = linear.fit(torch.cat(features), labels, STRENGTH)
    model.classifier.load_state_dict(fitted.state_dict())


def run_large(config: LargeConfig, context: Context) -> Outcome:
    """Fine-tune, choose the weights by validation, and measure them once on the test images.

    The weights, hundreds of megabytes, are not kept; which class was taken for which is.
    """
    if len(context.seeds) != 1:
        raise experiments.RunError("this run trains one model; give a single seed to --seed")
    [seed] = context.seeds
    device = context.accelerator.device
    parts = {part: load_part(config.data, part) for part in ("train", "validation", "test")}
    few = slice(config.measure or None)
    measured = {part: [tensor[few] for tensor in parts[part]] for part in ("validation", "test")}
    data = TrainingImages(*parts["train"], CLASSES, config.augment, config.limit, device)
    identity = data_record(config.data) | (clip.data_record() if config.model == "clip" else {})
    torch.manual_seed(seed)
    model = load_enlarged(config.model, seed, config.size).to(device)
    fit_classifier(model, *(tensor[: config.probe] for tensor in parts["train"]))
    validate = validating(*measured["validation"])
    before = validate(model)
    model, history = fit(
        model, data, summed_loss, validate, config.train, context.accelerator, seed,
        context.folder / f"seed-{seed}.pt", plain(config) | {"seeds": seed, "data": identity}, f"seed {seed}",
    )  # fmt: skip
    metrics = {"probe_validation_accuracy": before["val_accuracy"]}
    for part, (images, labels) in measured.items():
        logits = accuracy.logits_of(model, images)
        metrics |= accuracy.measures(logits, labels, part)
    context.folder.mkdir(parents=True, exist_ok=True)
    table = context.folder / "confusion.npy"
    np.save(table, accuracy.confusion(logits, labels))  # of the test images, the last part
    metrics |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "train_images": len(data),
        "train_images_per_second": len(data) * config.train.epochs / history[-1]["seconds"],
        "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
        "on_cifar10": float(chosen(config.data) == "cifar10"),
    }  # fmt: skip
    history = [{"seed": seed} | row for row in history]
    return Outcome(metrics, history, {"confusion.npy": table}, identity, history[-1]["seconds"])

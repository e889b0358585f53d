"""The classes that a vision transformer finds in a photo."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor
from transformers import PreTrainedModel


@torch.no_grad()
def top_k(
    model: PreTrainedModel, processor, photo: Image.Image, k: int = 5
) -> list[tuple[str, float]]:
    """The ``k`` most probable classes of a photo: (label, probability)."""
    logits = model(**inputs(model, processor, photo)).logits[0]
    names = [model.config.id2label[i] for i in range(len(logits))]
    return ranked(logits.softmax(-1), names, k)


def inputs(model: PreTrainedModel, processor, photo: Image.Image) -> dict[str, Tensor]:
    """``pixel_values`` (1, 3, H, W): the photo resized and normalised, on the model's device.

    ValueError while the model is in training mode, in which dropout would change what it finds.
    """
    if model.training:
        raise ValueError(f"this {type(model).__name__} is in training mode; call eval() first")
    pixels = processor(photo, return_tensors="pt")["pixel_values"]
    return {"pixel_values": pixels.to(model.device)}


def ranked(
    probabilities: Tensor, labels: Sequence[str], k: int
) -> list[tuple[str, float]]:
    """The ``k`` largest of probabilities (C,), with their labels, the largest first."""
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels for {len(probabilities)} classes")
    if not 1 <= k <= len(labels):
        raise ValueError(f"k is a number from 1 to {len(labels)}, the classes; not {k}")
    best = probabilities.topk(k)
    return [(labels[i], p) for p, i in zip(best.values.tolist(), best.indices.tolist())]

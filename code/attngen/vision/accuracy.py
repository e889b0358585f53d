"""How well a classifier does: accuracy with an interval, by class, and what it takes for what."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn

from attngen.heads.intervals import Interval, mean_interval
from attngen.vision.images import normalised


@torch.no_grad()
def logits_of(model: nn.Module, images: Tensor, batch: int = 250) -> Tensor:
    """What a classifier of transformers makes of images (N, 3, H, W), uint8: (N, classes), on the CPU."""
    device = next(model.parameters()).device
    groups = images.split(batch)
    return torch.cat([model(normalised(group.to(device))).logits.float().cpu() for group in groups])


def correct(logits: Tensor, labels: Tensor) -> Tensor:
    """1 for each example whose most probable class is its label, 0 for others: (N,)"""
    return (logits.argmax(-1) == labels).float()


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy of each example, nats: (N,)"""
    return F.cross_entropy(logits, labels, reduction="none")


def wilson(right: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """Where the true accuracy lies if ``right`` of ``count`` are correct (Wilson 1927)."""
    interval = binomtest(right, count).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def confusion(logits: Tensor, labels: Tensor) -> np.ndarray:
    """How often class i (row) was taken for class j (column): (classes, classes)."""
    classes = range(logits.shape[1])
    return confusion_matrix(labels.numpy(), logits.argmax(-1).numpy(), labels=list(classes))


def by_class(values: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The mean of values (..., N) over each class's examples, (..., classes); NaN where there are none."""
    means = [values[..., labels == number].mean(-1) for number in range(classes)]
    return torch.stack(means, -1)


def interval_by_class(values: Tensor, labels: Tensor, classes: int, draws: int = 2000) -> Interval:
    """``by_class`` with its 95 % intervals by bootstrap; NaN where a class has fewer than two examples."""
    ends = np.full((3, *values.shape[:-1], classes), np.nan)
    for number in range(classes):
        if (labels == number).sum() > 1:
            found = mean_interval(values[..., labels == number], draws=draws)
            ends[..., number] = found.mean, found.low, found.high
    return Interval(*ends)


def measures(logits: Tensor, labels: Tensor, part: str) -> dict[str, float]:
    """Accuracy with its 95 % interval, and the loss in nats, of one part of the data."""
    right, count = int(correct(logits, labels).sum()), len(labels)
    low, high = wilson(right, count)
    return {
        f"{part}_accuracy": right / count,
        f"{part}_accuracy_low": low, f"{part}_accuracy_high": high,
        f"{part}_loss": losses(logits, labels).mean().item(), f"{part}_images": count,
    }  # fmt: skip

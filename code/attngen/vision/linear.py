"""A linear classifier on frozen features: multinomial logistic regression, as in Radford et al. 2021, A.3.

How strongly its weights are held small is chosen on validation images.  The test images are measured once,
with the one that was chosen.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from attngen.vision.accuracy import correct, losses

STEPS = 2000  # of L-BFGS, at most


def fit(features: Tensor, labels: Tensor, strength: float) -> nn.Linear:
    """Logits (N, C) of the classes 0 .. C - 1 from features (N, D).

    strength - how much the examples count against the squared weights (scikit-learn's C).
    Each feature is brought to mean 0 and deviation 1 for the fit, and the result is written for
    the features as they are.  ValueError where a class has no example.
    """
    classes = int(labels.max()) + 1
    if missing := sorted(set(range(classes)) - set(labels.tolist())):
        raise ValueError(f"there are no examples of the classes {missing}")
    mean, deviation = features.mean(0), features.std(0, correction=0)
    deviation = torch.where(deviation > 0, deviation, 1.0)  # a constant tells nothing, and is left alone
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model = LogisticRegression(C=strength, max_iter=STEPS)
        model.fit(((features - mean) / deviation).numpy(), labels.numpy())
    weight, bias = _of_every_class(model.coef_, model.intercept_)
    head = nn.utils.skip_init(nn.Linear, features.shape[1], classes)
    with torch.no_grad():
        head.weight.copy_(weight / deviation)
        head.bias.copy_(bias - (weight / deviation) @ mean)
    return head.requires_grad_(False)


def _of_every_class(weight: np.ndarray, bias: np.ndarray) -> tuple[Tensor, Tensor]:
    """Of two classes scikit-learn keeps the difference alone: here each has its own row."""
    if len(weight) == 1:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return torch.tensor(weight, dtype=torch.float32), torch.tensor(bias, dtype=torch.float32)


def choose(
    train: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor], strengths: Sequence[float]
) -> tuple[nn.Linear, float, list[dict]]:
    """The classifier with the smallest loss on validation, its strength, and one row for each tried."""
    rows, heads = [], []
    for strength in strengths:
        head = fit(*train, strength)
        row = {"strength": strength}
        for name, (features, labels) in (("train", train), ("validation", validation)):
            logits = head(features)
            row[f"{name}_loss"] = losses(logits, labels).mean().item()
            row[f"{name}_accuracy"] = correct(logits, labels).mean().item()
        rows.append(row)
        heads.append(head)
    best = min(range(len(rows)), key=lambda number: rows[number]["validation_loss"])
    return heads[best], strengths[best], rows

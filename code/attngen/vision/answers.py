"""How to read a model's answer, whatever its kind: the probabilities of its classes, and the score of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from attngen.vision import clip
from attngen.vision.gradients import Score, class_score, similarity


class Found(NamedTuple):
    """A class that a model finds in a photo.  ``fa`` is its Persian name, or else the English one."""

    label: str
    fa: str
    probability: float
    index: int


@dataclass(frozen=True)
class Answers:
    """The classes of a model.

    labels, persian - their names, of the same order
    probabilities   - output of the model -> (N, classes)
    score           - index of a class -> the number (of an output) whose gradient explains it
    """

    labels: Sequence[str]
    persian: Sequence[str]
    probabilities: Callable[[object], Tensor]
    score: Callable[[int], Score]

    def best(self, output, k: int = 5) -> list[Found]:
        """The ``k`` most probable classes of a single photo, or all if there are fewer."""
        found = self.probabilities(output)[0].topk(min(k, len(self.labels)))
        return [
            Found(self.labels[i], self.persian[i], p, i)
            for p, i in zip(found.values.tolist(), found.indices.tolist(), strict=True)
        ]

    def chance(self, model: nn.Module, index: int, batch: int = 16) -> Callable[[Tensor], Tensor]:
        """A function: prepared images (N, 3, H, W) -> the probability of one class, (N,)."""

        def of(pixels: Tensor) -> Tensor:
            with torch.no_grad():
                parts = [self.probabilities(model(pixel_values=part)) for part in pixels.split(batch)]
            return torch.cat(parts)[:, index].cpu()

        return of


def of_classifier(model: nn.Module) -> Answers:
    """The classes that a classifier of transformers knows by name."""
    names = [str(model.config.id2label[index]) for index in range(model.config.num_labels)]
    return Answers(names, names, lambda output: output.logits.softmax(-1), class_score)


def of_clip(texts: Tensor, labels: Sequence[str], persian: Sequence[str] | None = None) -> Answers:
    """The classes of CLIP's image tower: features of texts (classes, dim), nearest to the image's."""
    if not len(texts) == len(labels) == len(persian or labels):
        raise ValueError(f"{len(texts)} texts, {len(labels)} labels, {len(persian or labels)} Persian ones")
    return Answers(
        labels, persian or labels,
        lambda output: clip.probabilities(output.image_embeds, texts.to(output.image_embeds)),
        lambda index: similarity(texts[index]),
    )  # fmt: skip


def of_vocabulary(vocabulary: str = "coco") -> Answers:
    """CLIP's classes of a vocabulary, see ``clip.labels``.  Raises DataError."""
    texts = clip.text_features(vocabulary)
    return of_clip(texts, clip.labels(vocabulary), clip.labels(vocabulary, "fa"))

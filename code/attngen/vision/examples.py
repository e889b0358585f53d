"""A classifier, and labelled images to ask about its heads: which it gets right, at what loss, with which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from attngen.heads.by_rollout import rollout_importance
from attngen.heads.cached import outputs_without_each
from attngen.heads.gates import HeadGates
from attngen.heads.importance import gate_gradients, scored
from attngen.heads.stack import take_apart
from attngen.vision import accuracy
from attngen.vision.images import normalised

RIGHT, LOSS = 0, 1  # the two measures of an example


@dataclass(frozen=True)
class Examples:
    """images (N, 3, H, W), uint8, with labels (N,), and the model that is asked; ``batch`` at a time."""

    model: nn.Module
    images: Tensor
    labels: Tensor
    batch: int = 250

    def __getitem__(self, rows: slice) -> Examples:
        """Some of the examples."""
        return replace(self, images=self.images[rows], labels=self.labels[rows])

    def __len__(self) -> int:
        return len(self.labels)

    def _batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        device = next(self.model.parameters()).device
        for images, labels in zip(self.images.split(size), self.labels.split(size), strict=True):
            yield normalised(images.to(device)), labels.to(device)

    def measured(self, gates: Tensor) -> Tensor:
        """Each example under these gates (layers, heads): whether it is right, and its loss, (N, 2)."""

        def examples() -> Tensor:
            answers = ((self.model(pixels).logits, labels) for pixels, labels in self._batches(self.batch))
            return torch.cat([right_and_loss(*answer) for answer in answers]).cpu()

        return scored(HeadGates.of(self.model), examples)(gates)

    def without_each(self, keep: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Each example without each head, (layers, heads, N, 2), and with all in ``keep``, (N, 2)."""
        stack = take_apart(self.model)
        size = max(1, self.batch // stack.blocks[0].attention.heads)  # all of a layer's heads at once
        without, whole = [], []
        for pixels, labels in self._batches(size):
            changed, plain = outputs_without_each(stack, pixels, keep)
            without.append(right_and_loss(changed, labels.expand(changed.shape[:-1])).cpu())
            whole.append(right_and_loss(plain, labels).cpu())
        return torch.cat(without, 2), torch.cat(whole)

    def gradients(self) -> Tensor:
        """The derivative of each example's loss by each gate, (N, layers, heads)."""
        batches = ((len(labels), (pixels, labels)) for pixels, labels in self._batches(self.batch))
        return gate_gradients(
            HeadGates.of(self.model), lambda b: accuracy.losses(self.model(b[0]).logits, b[1]), batches
        )

    @torch.no_grad()
    def by_rollout(self) -> Tensor:
        """The importance of each head by attention rollout, (N, layers, heads)."""
        found, kind = [], self.model.config._attn_implementation
        self.model.set_attn_implementation("eager")  # torch's kernel is faster and shows no weights
        try:
            for pixels, _ in self._batches(self.batch):
                weights = self.model(pixels, output_attentions=True).attentions
                found.append(rollout_importance(torch.stack(weights, 1)).cpu())
        finally:
            self.model.set_attn_implementation(kind)
        return torch.cat(found)


def right_and_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Logits (..., classes) and labels (...) to (..., 2)."""
    loss = accuracy.losses(logits.flatten(0, -2), labels.flatten()).view(labels.shape)
    return torch.stack([accuracy.correct(logits, labels), loss], -1)

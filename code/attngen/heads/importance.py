"""How much depends on each head: by leaving it out, by keeping it alone, and by the gradient of its gate.

Michel, Levy and Neubig 2019 (arXiv 1905.10650): sections 3.2 (one head off), 3.3 (all but one off) and 4.1,
equation (2): the expected size of the derivative of the loss by the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from attngen.heads.gates import HeadGates

# Gates (layers, heads) -> what comes of them, example by example: (N,), or (N, K) for several measures.
Score = Callable[[Tensor], Tensor]


def scored(gates: HeadGates, examples: Callable[[], Tensor]) -> Score:
    """The score of a model, given its gates and a function that measures every example."""

    @torch.no_grad()
    def score(values: Tensor) -> Tensor:
        gates.values = values
        with gates:
            return examples()

    return score


def without_each(score: Score, layers: int, heads: int) -> Tensor:
    """Leave one out: the score without each single head, (layers, heads, N, ...)."""
    return _one_layer_changed(score, layers, 1 - torch.eye(heads))


def only_each(score: Score, layers: int, heads: int) -> Tensor:
    """The score with each head as the only one of its layer, (layers, heads, N, ...).

    The other layers keep all of theirs.
    """
    return _one_layer_changed(score, layers, torch.eye(heads))


def without_layers(score: Score, layers: int, heads: int) -> Tensor:
    """The score without any head of each layer, (layers, N, ...): its attention adds nothing but a bias."""
    return _one_layer_changed(score, layers, torch.zeros(1, heads))[:, 0]


def _one_layer_changed(score: Score, layers: int, rows: Tensor) -> Tensor:
    """The score with each of ``rows`` (K, heads) as the gates of each layer in turn: (layers, K, N, ...)."""
    answers = []
    for layer in range(layers):
        for row in rows:
            gates = torch.ones(layers, rows.shape[1])
            gates[layer] = row
            answers.append(score(gates))
    return torch.stack(answers).unflatten(0, (layers, len(rows)))


def gate_gradients[Batch](
    gates: HeadGates,
    losses: Callable[[Batch], Tensor],
    batches: Iterable[tuple[int, Batch]],
) -> Tensor:
    """The derivative of each example's loss by each gate, (N, layers, heads).

    losses  - the loss of every example of a batch, (B,); examples must not touch
              each other in the model, as batch normalisation makes them in training
    batches - how many examples each has, and the batch
    One pass back gives all: every example of the batch has gates of its own.
    """
    found = []
    for count, batch in batches:
        values = torch.ones(count, *gates.shape, requires_grad=True)
        gates.values = values
        with gates, torch.enable_grad():
            total = losses(batch).sum()
        found.append(torch.autograd.grad(total, values)[0])
    gates.values = torch.ones(gates.shape)
    return torch.cat(found)


def gradient_importance(gradients: Tensor, by_layer: bool = False) -> Tensor:
    """Equation (2): E |dL / d gate|, from gradients (N, layers, heads) to (layers, heads).

    by_layer - divide by each layer's Euclidean norm, as the paper does before it ranks
               the heads of all layers together
    """
    importance = gradients.abs().mean(0)
    return importance / importance.norm(dim=1, keepdim=True) if by_layer else importance

"""Learn which heads to keep: hard-concrete gates trained by the loss and a price for every open gate.

Voita et al. 2019 (arXiv 1905.09418), section 5: from the trained model on,
    loss + price * expected number of open gates
is made small over the gates, and over the weights as well where the model may adapt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.heads.gates import HeadGates
from attngen.heads.hard_concrete import LearnedGates


@dataclass(frozen=True)
class GateLearning:
    """How gates are learned.

    price - of one open gate, in the unit of the loss
    steps, batch_size - of Adam;  gate_lr - its learning rate for the gates
    lr    - for the model's weights, falling linearly to zero; 0 leaves them as they are
    """

    price: float = 0.02
    steps: int = 300
    batch_size: int = 128
    gate_lr: float = 0.1
    lr: float = 0.0


def learn_gates[Batch](
    model: nn.Module,
    loss: Callable[[Batch], Tensor],
    draw: Callable[[torch.Generator], Batch],
    learning: GateLearning,
    seed: int = 0,
) -> tuple[LearnedGates, list[dict[str, float]]]:
    """Gates for all attention that ``find`` knows in a model, and a row of history for each step.

    loss - the mean loss of a batch under the model as it then is
    draw - a batch by chance
    With a learning rate for the weights the model is changed in place; it is left in the
    mode it was in.
    """
    generator = torch.Generator().manual_seed(seed)
    open_gates = HeadGates.of(model)
    gates = LearnedGates(*open_gates.shape)
    groups = [{"params": gates.parameters(), "lr": learning.gate_lr}]
    if learning.lr:
        groups.append({"params": model.parameters(), "lr": learning.lr})
    asked = [parameter.requires_grad for parameter in model.parameters()]
    model.requires_grad_(bool(learning.lr))  # no work on gradients that nobody uses
    optimizer = torch.optim.Adam(groups)
    first = [group["lr"] for group in optimizer.param_groups]
    rows = []
    for step in range(learning.steps):
        batch = draw(generator)
        open_gates.values = gates.sample(generator)
        with open_gates:
            value = loss(batch)
        heads = gates.expected_open()
        optimizer.zero_grad()
        model.zero_grad(set_to_none=True)
        (value + learning.price * heads).backward()
        for group, lr in zip(optimizer.param_groups, first, strict=True):
            group["lr"] = lr * (1 - step / learning.steps)
        optimizer.step()
        rows.append({"step": step, "loss": value.item(), "open": heads.item()})
    model.zero_grad(set_to_none=True)
    for parameter, before in zip(model.parameters(), asked, strict=True):
        parameter.requires_grad_(before)
    return gates, rows


def adapt[Batch](
    model: nn.Module,
    loss: Callable[[Batch], Tensor],
    draw: Callable[[torch.Generator], Batch],
    learning: GateLearning,
    seed: int = 0,
) -> None:
    """Go on training a model's weights, in place, for as many steps: a pruned one, or a whole one to compare."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), learning.lr)
    for step in range(learning.steps):
        optimizer.zero_grad()
        loss(draw(generator)).backward()
        for group in optimizer.param_groups:
            group["lr"] = learning.lr * (1 - step / learning.steps)
        optimizer.step()

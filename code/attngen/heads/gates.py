"""A gate on every head: its output is multiplied by a number before the heads are mixed.

1 leaves a head as it is, 0 switches it off.  Michel, Levy and Neubig 2019, "Are Sixteen Heads Really
Better than One?" (arXiv 1905.10650), section 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from attngen.heads.find import find, shape


class HeadGates:
    """While it is open (``with``), every head's output is multiplied by its gate.

    projections - the output projection of each attention, whose input is its heads
                  side by side: (..., heads * width)
    heads       - how many there are in each

    The gates are ``values``, all ones at first; set others at any time.  They are
    (layers, heads), or (batch, layers, heads) for gates of each example's own, and
    may require a gradient.
    """

    def __init__(self, projections: Sequence[nn.Linear], heads: int):
        for projection in projections:
            if heads < 1 or projection.in_features % heads:
                shared = f"{projection.in_features} inputs"
                raise ValueError(f"{heads} heads do not share {shared} evenly")
        self.projections, self.heads = list(projections), heads
        self.values = torch.ones(self.shape)
        self._hooks: list = []

    @classmethod
    def of(cls, model: nn.Module) -> HeadGates:
        """Gates on all attention that ``find`` knows in a model."""
        found = find(model)
        return cls([attention.output for attention in found], shape(found)[1])

    @property
    def shape(self) -> tuple[int, int]:
        """(layers, heads)"""
        return len(self.projections), self.heads

    @property
    def values(self) -> Tensor:
        return self._values

    @values.setter
    def values(self, values: Tensor) -> None:
        if values.dim() not in (2, 3) or tuple(values.shape[-2:]) != self.shape:
            wanted = f"{self.shape} or (batch, {self.shape[0]}, {self.shape[1]})"
            raise ValueError(f"the gates are {wanted}, not {tuple(values.shape)}")
        self._values = values

    def __enter__(self) -> HeadGates:
        if self._hooks:
            raise RuntimeError("these gates are open already")
        for layer, projection in enumerate(self.projections):
            hook = projection.register_forward_pre_hook(self._gate(layer))
            self._hooks.append(hook)
        return self

    def __exit__(self, *_) -> None:
        while self._hooks:
            self._hooks.pop().remove()

    def _gate(self, layer: int):
        """What is done to the input x (B, ..., heads * width) of a projection."""

        def gate(_, inputs: tuple[Tensor]) -> Tensor:
            [x] = inputs
            gates = self.values[..., layer, :].to(x)  # (heads,) or (B, heads)
            if gates.dim() == 2:
                if len(gates) != len(x):
                    sizes = f"{len(gates)} rows of gates, {len(x)} examples"
                    raise ValueError(f"every example needs its own gates: {sizes}")
                # (B, 1, ..., 1, heads): the same at all positions
                gates = gates.view(len(x), *[1] * (x.dim() - 2), self.heads)
            by_head = x.unflatten(-1, (self.heads, -1)) * gates.unsqueeze(-1)
            return by_head.flatten(-2)

        return gate

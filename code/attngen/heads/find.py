"""The attention modules of a network, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

# The names of the four projections and of the number of heads: ours, transformers' ViT and CLIP.
NAMES = (
    ("query", "key", "value", "output", "heads"),
    ("q_proj", "k_proj", "v_proj", "o_proj", "num_attention_heads"),
    ("q_proj", "k_proj", "v_proj", "out_proj", "num_heads"),
)


@dataclass(frozen=True)
class Attention:
    """One multi-head attention inside a network, and what its parts are called there.

    name - of the module, such as "encoder.0.self_attention";  names - a row of ``NAMES``
    """

    name: str
    module: nn.Module
    names: tuple[str, ...]

    @property
    def projections(self) -> tuple[nn.Linear, ...]:
        """The linear maps to queries, keys and values, and the one after the heads."""
        return tuple(getattr(self.module, name) for name in self.names[:4])

    @property
    def output(self) -> nn.Linear:
        return self.projections[3]

    @property
    def heads(self) -> int:
        return getattr(self.module, self.names[4])

    @property
    def width(self) -> int:
        """Dimensions of one head."""
        return self.output.in_features // self.heads


def find(model: nn.Module) -> list[Attention]:
    """Every multi-head attention in the order of the network's modules: one row of gates each.

    Raises ValueError where there is none, or where one has no output projection to
    tell its heads apart by.
    """
    found = []
    for name, module in model.named_modules():
        for names in NAMES:
            if all(hasattr(module, part) for part in names):
                found.append(Attention(name, module, names))
                break
    if not found:
        known = "; ".join(", ".join(names[:4]) for names in NAMES)
        raise ValueError(f"{type(model).__name__} has no attention whose projections are called {known}")
    for attention in found:
        if not isinstance(attention.output, nn.Linear):
            kind = type(attention.output).__name__
            raise ValueError(f"the heads of '{attention.name}' go into a {kind}, not a linear map")
    return found


def shape(attentions: list[Attention]) -> tuple[int, int]:
    """(layers, heads), the shape of all gates; ValueError where layers differ in their heads."""
    counts = {attention.heads for attention in attentions}
    if len(counts) != 1:
        numbers = ", ".join(str(attention.heads) for attention in attentions)
        raise ValueError(f"all layers must have the same number of heads; these have {numbers}")
    return len(attentions), counts.pop()

"""Bytes of keys and values that a model keeps for each token, from public configurations.

Two vectors for each layer and key head: 2 * layers * kv_heads * head_dim numbers (Pope et al. 2023, section
3.3; Kwon et al. 2023, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelShape:
    """The part of a model's configuration on which its cache depends."""

    name: str
    layers: int
    heads: int
    kv_heads: int
    head_dim: int

    def __post_init__(self):
        if min(self.layers, self.heads, self.kv_heads, self.head_dim) < 1 or self.heads % self.kv_heads:
            raise ValueError(f"{self.name}: sizes are positive and kv_heads divides heads: {self}")

    def bytes_per_token(self, bytes_each: int = 2) -> int:
        """Of keys and values, at ``bytes_each`` bytes a number (2: half precision)."""
        return 2 * self.layers * self.kv_heads * self.head_dim * bytes_each

    def ungrouped(self, bytes_each: int = 2) -> int:
        """The same if every head had keys and values of its own."""
        return self.bytes_per_token(bytes_each) * self.heads // self.kv_heads


# Brown et al. 2020, table 2.1;  Zhang et al. 2022, table 1;  Touvron et al. 2023 (Llama 2);
# Jiang et al. 2023, table 1;  Gemma Team 2024, table 1;  Grattafiori et al. 2024, table 3;
# Yang et al. 2024, table 1.
PUBLIC = (
    ModelShape("GPT-3 175B", 96, 96, 96, 128),
    ModelShape("OPT-13B", 40, 40, 40, 128),
    ModelShape("Llama 2 7B", 32, 32, 32, 128),
    ModelShape("Llama 2 70B", 80, 64, 8, 128),
    ModelShape("Mistral 7B", 32, 32, 8, 128),
    ModelShape("Gemma 2B", 18, 8, 1, 256),
    ModelShape("Llama 3 8B", 32, 32, 8, 128),
    ModelShape("Llama 3 405B", 126, 128, 8, 128),
    ModelShape("Qwen2 7B", 28, 28, 4, 128),
)


def public(name: str) -> ModelShape:
    """The configuration called ``name``; KeyError with the known names otherwise."""
    known = {shape.name: shape for shape in PUBLIC}
    if name not in known:
        raise KeyError(f"no configuration of '{name}'; known: {', '.join(known)}")
    return known[name]

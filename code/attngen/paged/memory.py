"""How many bytes the keys and values of a token take.

Kwon et al. 2023 (arXiv 2309.06180), section 3: for each token, layer and key/value head
one key and one value of the head's width.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB, GIB = 2**10, 2**20, 2**30
NUMBER_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}


@dataclass(frozen=True)
class ModelShape:
    """What of a published configuration decides the size of its KV cache.

    heads    - query heads;  kv_heads - heads of keys and values: fewer with
               grouped queries, one with multi-query attention
    head_dim - width of a head;  context - longest sequence in tokens
    """

    name: str
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    context: int

    def __post_init__(self):
        if min(self.layers, self.heads, self.kv_heads, self.head_dim, self.context) < 1:
            raise ValueError(f"every part of a model's shape is at least 1: {self}")
        if self.heads % self.kv_heads:
            shared = f"{self.heads} query heads cannot share {self.kv_heads}"
            raise ValueError(f"{shared} key/value heads evenly")


def kv_bytes(shape: ModelShape, tokens: int = 1, dtype: str = "float16") -> int:
    """Bytes of the keys and values of so many tokens of one sequence.

    2 x layers x kv_heads x head_dim x tokens x bytes of a number.
    Raises ValueError for a negative number of tokens or an unknown dtype.
    """
    if tokens < 0:
        raise ValueError(f"a sequence cannot have {tokens} tokens")
    if dtype not in NUMBER_BYTES:
        known = ", ".join(NUMBER_BYTES)
        raise ValueError(f"the dtype is one of {known}, not '{dtype}'")
    numbers = 2 * shape.layers * shape.kv_heads * shape.head_dim  # keys and values
    return numbers * tokens * NUMBER_BYTES[dtype]


def slots(memory_bytes: float, shape: ModelShape, dtype: str = "float16") -> int:
    """How many tokens' keys and values fit into so many bytes."""
    if memory_bytes < 0:
        raise ValueError(f"a memory cannot have {memory_bytes} bytes")
    return int(memory_bytes // kv_bytes(shape, 1, dtype))


# Published configurations: Zhang et al. 2022 (OPT), Radford et al. 2019 (GPT-2),
# Touvron et al. 2023 (LLaMA, Llama 2), Grattafiori et al. 2024 (Llama 3), Jiang et al. 2023 (Mistral).
MODELS = {
    shape.name: shape
    for shape in (
        ModelShape("GPT-2 XL", 48, 25, 25, 64, 1024),
        ModelShape("OPT-13B", 40, 40, 40, 128, 2048),
        ModelShape("OPT-66B", 64, 72, 72, 128, 2048),
        ModelShape("OPT-175B", 96, 96, 96, 128, 2048),
        ModelShape("LLaMA-13B", 40, 40, 40, 128, 2048),
        ModelShape("Llama 2 7B", 32, 32, 32, 128, 4096),
        ModelShape("Llama 2 70B", 80, 64, 8, 128, 4096),
        ModelShape("Llama 3 8B", 32, 32, 8, 128, 8192),
        ModelShape("Llama 3.1 70B", 80, 64, 8, 128, 131_072),
        ModelShape("Mistral 7B", 32, 32, 8, 128, 8192),
    )
}


def model_shape(name: str) -> ModelShape:
    """The published shape called ``name``; ValueError with the known names otherwise."""
    if name not in MODELS:
        raise ValueError(f"no model is called '{name}'; known: {', '.join(MODELS)}")
    return MODELS[name]


def table(names: list[str] | None = None, dtype: str = "float16") -> str:
    """For each model: bytes of a token, of a full context, and of one with a key/value head a query head."""
    heads = {"layers": 6, "heads": 6, "kv": 4, "KiB/token": 10, "GiB/context": 12, "without sharing": 16}
    lines = [" ".join([f"{'model':14s}", *(f"{name:>{width}s}" for name, width in heads.items())])]
    for name in names or MODELS:
        shape = model_shape(name)
        context, ratio = kv_bytes(shape, shape.context, dtype) / GIB, shape.heads // shape.kv_heads
        lines.append(
            f"{name:14s} {shape.layers:6d} {shape.heads:6d} {shape.kv_heads:4d} "
            f"{kv_bytes(shape, 1, dtype) / KIB:10,.0f} {context:12,.2f} {context * ratio:16,.2f}"
        )
    return "\n".join(lines)

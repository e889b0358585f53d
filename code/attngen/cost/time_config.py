"""What the benchmark of attention measures, and its presets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AttentionTimeConfig:
    """dim, heads, rank - width d, heads h, Linformer's k
    lengths - sequence lengths n;  longest_dense - beyond it the n^2 scores would not fit
    new     - positions to compute with a cache, out of ``length``;  groups - heads in the grouped measure
    context - positions in the cache of the decoding measure;  kv_heads - key/value heads there
    square  - side of the product, and megabytes of the copy, that give the machine's two roofs
    half    - half precision (bfloat16)
    """

    dim: int = 512
    heads: int = 8
    rank: int = 256
    lengths: tuple[int, ...] = (256, 512, 1024, 2048, 4096)
    longest_dense: int = 4096
    length: int = 4096
    new: int = 820
    groups: int = 64
    context: int = 131072
    kv_heads: tuple[int, ...] = (8, 4, 2, 1)
    square: int = 2048
    megabytes: int = 256
    repeats: int = 3
    half: bool = False
    seeds: tuple[int, ...] = (0,)


_TINY = {"lengths": (16, 32), "length": 32, "new": 7, "groups": 16, "context": 64}
# The largest arrays of "cpu" are the scores of 64 heads: about 4 GB of memory with their copies.
TIME_PRESETS = {
    "smoke": AttentionTimeConfig(
        32, 4, 8, kv_heads=(4, 1), repeats=1, square=32, megabytes=1, **_TINY
    ),
    "minute": AttentionTimeConfig(
        lengths=(256, 512, 1024), length=1024, new=205, context=16384, square=1024, megabytes=32
    ),
    "cpu": AttentionTimeConfig(repeats=5),
    "gpu": AttentionTimeConfig(
        lengths=(256, 512, 1024, 2048, 4096, 8192, 16384, 32768), longest_dense=8192, context=1048576,
        square=8192, megabytes=4096, repeats=20, half=True,
    ),
}  # fmt: skip

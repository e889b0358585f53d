"""Where the keys and values lie: the blocks themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from attngen.paged.manager import Copy


class BlockStore:
    """Keys and values of one layer, (blocks, kv_heads, block_size, head_dim) each.

    ``fill`` is what unwritten places hold; NaN shows at once when one is read.
    """

    def __init__(
        self, blocks: int, kv_heads: int, block_size: int, head_dim: int,
        fill: float = float("nan"), dtype: torch.dtype = torch.float32,
    ):  # fmt: skip
        shape = (blocks, kv_heads, block_size, head_dim)
        if min(shape) < 1:
            raise ValueError(f"blocks, heads, places and width are at least 1: {shape}")
        self.keys, self.values = (torch.full(shape, fill, dtype=dtype) for _ in range(2))

    @property
    def block_size(self) -> int:
        return self.keys.shape[2]

    def write(self, slots: Sequence[tuple[int, int]], keys: Tensor, values: Tensor) -> None:
        """Write keys and values (N, kv_heads, head_dim) to N slots (block, place)."""
        wanted = (len(slots), *self.keys.shape[1::2])
        if keys.shape != wanted or values.shape != wanted:
            found = f"{tuple(keys.shape)} and {tuple(values.shape)}"
            raise ValueError(f"{len(slots)} slots take keys and values {wanted}, not {found}")
        if slots:
            blocks, places = torch.tensor(slots).T
            self.keys[blocks, :, places] = keys
            self.values[blocks, :, places] = values

    def copy(self, copies: Iterable[Copy], target: BlockStore | None = None) -> None:
        """Copy whole blocks, within this store or to another (swapping)."""
        target = target or self
        for source, goal in copies:
            target.keys[goal] = self.keys[source]
            target.values[goal] = self.values[source]

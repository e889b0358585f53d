"""The key/value cache of one attention layer (Pope et al. 2023, arXiv 2211.05102)."""

from __future__ import annotations

from torch import Tensor


class KVCache:
    """Keys and values of the positions that have been decoded so far.

    Room for ``length`` positions is taken once: growing by concatenation would copy the past at every step.
    """

    def __init__(self, length: int):
        self.length, self.used = length, 0
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add (B, heads, new, dim) keys and values; returns all of them, (B, heads, used, dim).

        Raises ValueError where there is no room left.
        """
        end = self.used + keys.shape[2]
        if end > self.length:
            raise ValueError(f"the cache has room for {self.length} positions, not for {end}")
        if self.keys is None:
            shape = (*keys.shape[:2], self.length, keys.shape[3])
            self.keys, self.values = keys.new_empty(shape), values.new_empty(shape)
        self.keys[:, :, self.used : end] = keys
        self.values[:, :, self.used : end] = values
        self.used = end
        return self.keys[:, :, :end], self.values[:, :, :end]

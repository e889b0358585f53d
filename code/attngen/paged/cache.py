"""A paged KV cache for the book's own decoder.

Stands where ``nn.KVCache`` stands: each layer gets its new keys and values, and gives
back all of them in order.  Behind it lie scattered blocks, shared by the sequences.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from attngen.nn import Decoder
from attngen.paged.attention import gather
from attngen.paged.manager import BlockManager, Copy, Name
from attngen.paged.store import BlockStore


class PagedLayer:
    """One layer's share of the cache, in the shape that ``nn.Decoder`` asks for."""

    def __init__(self, cache: PagedCache, store: BlockStore):
        self.cache, self.store = cache, store

    @property
    def used(self) -> int:
        """Tokens of each chosen sequence whose keys and values are there."""
        return self.cache.used

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write the new (B, heads, T, dim) to their slots; returns all."""
        manager, store, start = self.cache.manager, self.store, self.cache.used
        end = start + keys.shape[2]
        for name, key, value in zip(self.cache.names, keys, values):
            slots = [manager.slot(name, place) for place in range(start, end)]
            store.write(slots, key.transpose(0, 1), value.transpose(0, 1))
        tables = [manager.table(name) for name in self.cache.names]
        both = (store.keys, store.values)
        return tuple(torch.stack([gather(b, t, end) for t in tables]) for b in both)


class PagedCache:
    """The blocks of all layers of a decoder, under one block manager.

    blocks - how many;  block_size - tokens in each
    Sequences that are read together must have equal lengths, as in ``nn.Decoder``.
    """

    def __init__(self, model: Decoder, blocks: int, block_size: int = 16):
        shape, weight = model.config, model.embedding.weight
        self.model, self.manager = model, BlockManager(blocks, block_size)
        self.stores = [
            BlockStore(blocks, shape.heads, block_size, shape.dim // shape.heads, dtype=weight.dtype)
            for _ in range(shape.layers)
        ]
        self.names: Sequence[Name] = ()
        self.used = 0

    def _read(self, names: Sequence[Name], tokens: Tensor, used: int) -> Tensor:
        """Logits (B, vocabulary) after tokens (B, T) that follow ``used`` earlier ones."""
        self.names, self.used = names, used
        layers = [PagedLayer(self, store) for store in self.stores]
        x, _ = self.model.stream(tokens, layers)
        return self.model.logits(x[:, -1])

    def begin(self, name: Name, prompt: Sequence[int]) -> Tensor:
        """Read a prompt into blocks; logits (1, vocabulary) of the next token.

        What stands in blocks already is not read again.
        """
        known = self.manager.allocate(name, prompt)
        return self._read([name], torch.tensor([list(prompt[known:])]), known)

    def step(self, tokens: dict[Name, int]) -> Tensor:
        """One more token for each of some sequences; logits (B, vocabulary), in their order."""
        self.copy(filter(None, [self.manager.append(name, t) for name, t in tokens.items()]))
        used = self.manager.length(next(iter(tokens))) - 1
        return self._read(list(tokens), torch.tensor([[t] for t in tokens.values()]), used)

    def copy(self, copies: Sequence[Copy]) -> None:
        """Make the copies that the manager asks for, in every layer."""
        copies = list(copies)
        for store in self.stores:
            store.copy(copies)

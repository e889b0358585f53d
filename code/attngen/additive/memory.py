"""How many bytes a piece of work has allocated at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """Watches every tensor that comes into being; ``now`` and ``peak`` are the bytes alive.

    What operations were given counts only if it was made inside.  Works on every device; on ``meta``, where
    tensors have shapes and no numbers, nothing is really allocated.  Scratch memory inside one operation
    (such as a fused kernel's) is not seen.
    """

    def __init__(self):
        super().__init__()
        self.known, self.now, self.peak = {}, 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        for given in self._storages((args, kwargs)):
            self._meet(given, 0)
        out = func(*args, **(kwargs or {}))
        for made in self._storages(out):
            self._meet(made, made.nbytes())
        return out

    @staticmethod
    def _storages(tree) -> list:
        return [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]

    def _meet(self, storage, size: int) -> None:
        key = storage._cdata
        if key not in self.known:
            self.known[key] = size
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self.now -= self.known.pop(key)


def peak_bytes(function: Callable, *arguments, **options) -> int:
    """The most bytes alive at once that one call of the function has made."""
    with LiveBytes() as watch:
        function(*arguments, **options)
    return watch.peak


def kept_bytes(function: Callable, *arguments, **options) -> int:
    """The bytes still alive after the call, with its result: what a backward pass will need."""
    with LiveBytes() as watch:
        result = function(*arguments, **options)
        kept = watch.now
    del result
    return kept

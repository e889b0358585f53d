"""Physical blocks: which are free, how often each is used, and what full ones hold.

Kwon et al. 2023 (arXiv 2309.06180), sections 4.2 and 4.4: blocks have reference
counts.  A full block can be found again by the hash of its tokens and of all before
them, as long as nobody has taken it for something else.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

START = b""  # stands for what is before the first block: nothing


class OutOfBlocks(RuntimeError):
    """There are fewer free blocks than a request needs; nothing was changed."""

    def __init__(self, needed: int, free: int, where: str = ""):
        super().__init__(f"{needed} blocks are needed{where}, and {free} are free")
        self.needed, self.free = needed, free


def block_hash(before: bytes, tokens: Sequence[int]) -> bytes:
    """A full block's name: what it holds, and the name of the block before it.

    Keys and values depend on all earlier tokens, so equal tokens after different
    beginnings are different blocks.
    """
    text = ",".join(map(str, tokens))
    return hashlib.sha256(before + text.encode()).digest()


class BlockPool:
    """So many blocks, numbered from 0, with reference counts.

    A free block may still hold what it held.  Those that can be found by their
    hash are given out last, the longest unused of them first.
    """

    def __init__(self, blocks: int):
        if blocks < 1:
            raise ValueError(f"a pool has at least one block, not {blocks}")
        self.counts = [0] * blocks
        self.hashes: list[bytes | None] = [None] * blocks
        self.free: OrderedDict[int, None] = OrderedDict.fromkeys(range(blocks))
        self.found: dict[bytes, int] = {}  # hash -> block

    def __len__(self) -> int:
        return len(self.counts)

    def take(self) -> int:
        """A free block for something new, in use once; OutOfBlocks without one."""
        if not self.free:
            raise OutOfBlocks(1, 0)
        block, _ = self.free.popitem(last=False)
        if (held := self.hashes[block]) is not None:  # forgotten from now on
            self.hashes[block] = None
            del self.found[held]
        self.counts[block] = 1
        return block

    def share(self, block: int) -> None:
        """One user more; a free block that was found again is no longer free."""
        self.free.pop(block, None)
        self.counts[block] += 1

    def release(self, block: int) -> None:
        """One user less; the last one leaves the block free."""
        if self.counts[block] < 1:
            raise ValueError(f"block {block} is free already")
        self.counts[block] -= 1
        if self.counts[block] == 0:
            self.free[block] = None
            if self.hashes[block] is None:  # nobody can find it: give it out first
                self.free.move_to_end(block, last=False)

    def name(self, block: int, held: bytes) -> None:
        """The block is full and holds this; the first of equal blocks can be found."""
        if held not in self.found:
            self.found[held], self.hashes[block] = block, held

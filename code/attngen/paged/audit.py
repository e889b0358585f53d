"""What must be true of a block manager after every call."""

from __future__ import annotations

from collections import Counter

from attngen.paged.manager import BlockManager
from attngen.paged.pool import START, BlockPool, block_hash
from attngen.paged.preemption import PreemptingManager


def audit(manager: BlockManager) -> list[str]:
    """What is wrong with the books, in words; an empty list if nothing is.

    - a block is free, or used as often as tables name it, and never both
    - a table has just as many blocks as its tokens need
    - two sequences have a block in common only where all they have read is the same
    - a hash leads to a block that holds what the hash says
    """
    sequences = list(manager.sequences.values())
    wrong = _counts(manager.pool, [own.table for own in sequences])
    size = manager.block_size
    held: dict[int, tuple[int, ...]] = {}  # block -> all tokens up to its end
    for name, own in manager.sequences.items():
        if len(own.table) != manager.blocks_for(len(own.tokens)):
            wrong.append(f"{name!r} has {len(own.table)} blocks for {len(own.tokens)} tokens")
        for logical, block in enumerate(own.table):
            read = tuple(own.tokens[: (logical + 1) * size])
            if held.setdefault(block, read) != read:
                wrong.append(f"block {block} is shared by sequences that differ before its end")
    for name, block in manager.pool.found.items():
        if manager.pool.hashes[block] != name:
            wrong.append(f"block {block} is found by a hash that it has not")
        if block in held and name != _chain(held[block], size):
            wrong.append(f"block {block} is found by a hash of something else")
    if isinstance(manager, PreemptingManager):
        tables = [own.table for away in manager.swapped.values() for own in away.sequences.values()]
        wrong += [f"host: {line}" for line in _counts(manager.host, tables)]
    return wrong


def _chain(tokens: tuple[int, ...], size: int) -> bytes | None:
    """The hash of the last block of these tokens; None if it is not full."""
    if len(tokens) % size:
        return None
    name = START
    for start in range(0, len(tokens), size):
        name = block_hash(name, tokens[start : start + size])
    return name


def _counts(pool: BlockPool, tables: list[list[int]]) -> list[str]:
    """Reference counts against what the tables say, and the free list against both."""
    users = Counter(block for table in tables for block in table)
    wrong = [f"a table names block {block} twice" for table in tables
             for block, times in Counter(table).items() if times > 1]  # fmt: skip
    for block, count in enumerate(pool.counts):
        if count != users[block]:
            wrong.append(f"block {block} has count {count} and {users[block]} users")
        if (block in pool.free) != (count == 0):
            listed = "free" if block in pool.free else "taken"
            wrong.append(f"block {block} with count {count} is wrongly {listed}")
    return wrong

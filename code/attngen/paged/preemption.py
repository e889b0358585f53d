"""Making room: a whole group of sequences goes out, and comes back later.

Kwon et al. 2023 (arXiv 2309.06180), section 4.5.  All of a sequence's blocks are read in
every step, so to evict some of them is to stop it: all or nothing.  Sequences of one
request share blocks, and so go together.  They come back by swapping, their blocks
copied to the host's memory and back, or by recomputation from their tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from attngen.paged.manager import BlockManager, Copy, Name, TokenSequence, UnknownSequence
from attngen.paged.pool import BlockPool, OutOfBlocks


@dataclass(frozen=True)
class Swapped:
    """A group on the host: its sequences, whose tables now name host blocks."""

    sequences: dict[Name, TokenSequence]


class PreemptingManager(BlockManager):
    """A block manager whose groups can be preempted.

    host_blocks - blocks in the host's memory, of the same size
    """

    def __init__(
        self, blocks: int, block_size: int = 16, share_prefix: bool = True, host_blocks: int = 1
    ):  # fmt: skip
        super().__init__(blocks, block_size, share_prefix)
        self.host = BlockPool(host_blocks)
        self.swapped: dict[Name, Swapped] = {}

    def members(self, group: Name) -> dict[Name, TokenSequence]:
        """The sequences of a group that are in the cache; UnknownSequence if none."""
        found = {name: own for name, own in self.sequences.items() if own.group == group}
        if not found:
            raise UnknownSequence(f"no sequence of the group {group!r} is in the cache")
        return found

    def drop(self, group: Name) -> dict[Name, list[int]]:
        """Free a group; returns its tokens, for ``recompute`` to bring it back."""
        tokens = {name: own.tokens for name, own in self.members(group).items()}
        for name in tokens:
            self.free(name)
        return tokens

    def recompute(self, group: Name, tokens: dict[Name, list[int]]) -> dict[Name, int]:
        """Allocate a dropped group anew, all of it or nothing.

        Returns for each sequence how many of its tokens are there already.
        """
        done: dict[Name, int] = {}
        before = deepcopy(self.pool)  # to free what was allocated would not undo it all
        try:
            for name, own in tokens.items():
                done[name] = self.allocate(name, own, group)
        except (OutOfBlocks, ValueError):
            self.pool = before
            for name in done:
                del self.sequences[name]
            raise
        return done

    def swap_out(self, group: Name) -> list[Copy]:
        """Move a group to the host; returns the copies to make, device to host.

        A block that several of the group share is copied once.  OutOfBlocks if the
        host has no room for all.
        """
        going = self.members(group)
        if group in self.swapped:
            raise ValueError(f"a part of {group!r} is on the host already")
        copies = _move(going, self.pool, self.host, " on the host")
        for name in going:
            del self.sequences[name]
        self.swapped[group] = Swapped(going)
        return copies

    def swap_in(self, group: Name) -> list[Copy]:
        """Bring a group back; returns the copies to make, from host to device."""
        if group not in self.swapped:
            raise UnknownSequence(f"no group {group!r} is on the host")
        coming = self.swapped[group].sequences
        if taken := [name for name in coming if name in self.sequences]:
            raise ValueError(f"the names {taken} of the group {group!r} are in use")
        copies = _move(coming, self.host, self.pool, f" to bring {group!r} back")
        for own in coming.values():
            for block, held in zip(own.table, own.hashes):
                self.pool.name(block, held)
        self.sequences |= coming
        del self.swapped[group]
        return copies

    def _check_new(self, name: Name) -> None:
        super()._check_new(name)
        if any(name in away.sequences for away in self.swapped.values()):
            raise ValueError(f"there is a sequence {name!r} already, on the host")


def _move(
    sequences: dict[Name, TokenSequence],
    origin: BlockPool,
    goal: BlockPool,
    where: str,
) -> list[Copy]:
    """Give a group blocks of another pool, shared as before; release its own."""
    tables: Sequence[list[int]] = [own.table for own in sequences.values()]
    distinct = list(dict.fromkeys(block for t in tables for block in t))
    if len(distinct) > len(goal.free):
        raise OutOfBlocks(len(distinct), len(goal.free), where)
    place = {block: goal.take() for block in distinct}
    for own in sequences.values():
        for block in own.table:
            goal.share(place[block])
            origin.release(block)
        own.table = [place[block] for block in own.table]
    for block in place.values():  # taken once, then shared by each of its users
        goal.release(block)
    return [Copy(old, new) for old, new in place.items()]

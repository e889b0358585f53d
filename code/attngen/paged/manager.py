"""Who has which block: tables, forks, and copies on write.

Kwon et al. 2023 (arXiv 2309.06180), sections 4.2 to 4.4.  A sequence's table says, for
each of its logical blocks, which physical block holds it.  Only block numbers are
handled here; the keys and values themselves lie in ``store.BlockStore``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from attngen.paged.pool import START, BlockPool, OutOfBlocks, block_hash

Name = Hashable  # of a sequence


class UnknownSequence(KeyError):
    """A sequence that was never allocated, or is gone."""

    def __str__(self) -> str:
        return str(self.args[0])


class Copy(NamedTuple):
    """The content of one block must be copied to another before the next write."""

    source: int
    target: int


@dataclass(slots=True)
class TokenSequence:
    """tokens, the table of their blocks, and a hash for each full block."""

    group: Name
    tokens: list[int]
    table: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)


class BlockManager:
    """Hands out the blocks of a KV cache.

    blocks      - how many there are;  block_size - tokens that one holds
    share_prefix - let equal full blocks at the beginning of sequences be one

    A request that cannot be met raises OutOfBlocks, a senseless one UnknownSequence
    or ValueError.  Neither changes anything.
    """

    def __init__(self, blocks: int, block_size: int = 16, share_prefix: bool = True):
        if not isinstance(block_size, int) or block_size < 1:
            raise ValueError(f"a block holds a whole number of tokens from 1 on, not {block_size}")
        self.pool, self.block_size = BlockPool(blocks), block_size
        self.share_prefix = share_prefix
        self.sequences: dict[Name, TokenSequence] = {}

    def allocate(
        self, name: Name, tokens: Sequence[int], group: Name = None
    ) -> int:  # fmt: skip
        """Blocks for a new sequence's prompt; returns how many tokens were there.

        Those tokens stand in full blocks that others hold, or held: their keys and
        values need not be computed again.  The last token is never among them: it
        must be read, since its logits are in no cache, and a shared block is not
        written.  ``group`` - the sequences that it is preempted with.
        """
        self._check_new(name)
        if not tokens:
            raise ValueError(f"sequence {name!r} needs at least one token")
        new = TokenSequence(name if group is None else group, list(tokens))
        new.hashes = self._hashes(new.tokens)
        most = (len(tokens) - 1) // self.block_size
        known = self._known(new.hashes[:most])
        fresh = self.blocks_for(len(tokens)) - len(known)
        # A block that is found free is one that can no longer be taken.
        revived = sum(self.pool.counts[block] == 0 for block in known)
        if fresh + revived > self.free_blocks:
            raise OutOfBlocks(fresh + revived, self.free_blocks, f" for {name!r}")
        for block in known:
            self.pool.share(block)
        new.table = known + [self.pool.take() for _ in range(fresh)]
        for block, held in zip(new.table, new.hashes):
            self.pool.name(block, held)
        self.sequences[name] = new
        return len(known) * self.block_size

    def append(self, name: Name, token: int) -> Copy | None:
        """Room for one token more; returns the copy to make before it is written.

        A full last block asks for a new one.  A last block that others use too is
        not written: the sequence gets a copy of its own.
        """
        own = self._sequence(name)
        copy = None
        if len(own.tokens) % self.block_size == 0:
            own.table.append(self._take(name))
        elif self.pool.counts[own.table[-1]] > 1:
            copy = Copy(own.table[-1], self._take(name))
            self.pool.release(copy.source)
            own.table[-1] = copy.target
        own.tokens.append(token)
        if len(own.tokens) % self.block_size == 0:
            self._fill(own)
        return copy

    def fork(self, parent: Name, child: Name) -> None:
        """A second sequence with the same tokens, in the same blocks."""
        own = self._sequence(parent)
        self._check_new(child)
        for block in own.table:
            self.pool.share(block)
        twin = TokenSequence(own.group, own.tokens[:], own.table[:], own.hashes[:])
        self.sequences[child] = twin

    def free(self, name: Name) -> None:
        """The sequence is done; blocks that nobody else uses are free again."""
        own = self._sequence(name)
        for block in reversed(own.table):  # others may look for the beginning
            self.pool.release(block)
        del self.sequences[name]

    def slot(self, name: Name, position: int) -> tuple[int, int]:
        """(physical block, place in it) of a token of a sequence."""
        own = self._sequence(name)
        if not 0 <= position < len(own.tokens):
            length = len(own.tokens)
            raise ValueError(f"{name!r} has {length} tokens and none at {position}")
        logical, place = divmod(position, self.block_size)
        return own.table[logical], place

    def table(self, name: Name) -> list[int]:
        """The sequence's block table."""
        return self._sequence(name).table[:]

    def length(self, name: Name) -> int:
        return len(self._sequence(name).tokens)

    def blocks_for(self, tokens: int) -> int:
        """How many blocks so many tokens take."""
        return -(-tokens // self.block_size)

    @property
    def free_blocks(self) -> int:
        return len(self.pool.free)

    @property
    def used_blocks(self) -> int:
        return len(self.pool) - len(self.pool.free)

    def saved(self) -> float:
        """Blocks saved by sharing, as a share of what the tables would take without."""
        total = sum(len(own.table) for own in self.sequences.values())
        return 1 - self.used_blocks / total if total else 0.0

    def _take(self, name: Name) -> int:
        if not self.free_blocks:
            raise OutOfBlocks(1, 0, f" for the next token of {name!r}")
        return self.pool.take()

    def _fill(self, own: TokenSequence) -> None:
        """The last block has become full: it can be found by what it holds."""
        if not self.share_prefix:
            return
        before = own.hashes[-1] if own.hashes else START
        own.hashes.append(block_hash(before, own.tokens[-self.block_size :]))
        self.pool.name(own.table[-1], own.hashes[-1])

    def _hashes(self, tokens: Sequence[int]) -> list[bytes]:
        """One hash for each full block; none where nobody looks for them."""
        hashes, size = [], self.block_size
        if not self.share_prefix:
            return hashes
        for start in range(0, len(tokens) - size + 1, size):
            before = hashes[-1] if hashes else START
            hashes.append(block_hash(before, tokens[start : start + size]))
        return hashes

    def _known(self, hashes: Iterable[bytes]) -> list[int]:
        """The blocks that hold the beginning of a sequence, as far as there are any."""
        known = []
        for held in hashes:
            if held not in self.pool.found:
                break
            known.append(self.pool.found[held])
        return known

    def _sequence(self, name: Name) -> TokenSequence:
        if name not in self.sequences:
            raise UnknownSequence(f"there is no sequence {name!r}")
        return self.sequences[name]

    def _check_new(self, name: Name) -> None:
        if name in self.sequences:
            raise ValueError(f"there is a sequence {name!r} already")

"""Six moments in the life of two sequences: what the block manager does, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

from attngen.paged.manager import BlockManager

BLOCKS, SIZE, PROMPT = 8, 4, 7


@dataclass(frozen=True)
class Frame:
    """The books after a step.

    tables - name -> block table;  lengths - name -> tokens
    filled - block -> for each filled place the position of its token and who wrote it
    counts - users of each block;  fresh - blocks that this step took or copied to
    """

    name: str
    tables: dict[str, list[int]]
    lengths: dict[str, int]
    filled: dict[int, list[tuple[int, str]]]
    counts: list[int]
    fresh: frozenset[int]


class Storyteller:
    """A real manager, and beside it who wrote what where."""

    def __init__(self) -> None:
        self.manager = BlockManager(BLOCKS, SIZE, share_prefix=False)
        for name in ("first", "second", "third"):  # blocks are handed out as they come: mix them
            self.manager.allocate(name, [0] * SIZE)
        for name in ("second", "first", "third"):
            self.manager.free(name)
        self.places: dict[int, dict[int, tuple[int, str]]] = {}
        self.frames: list[Frame] = []

    def prompt(self, name: str, length: int) -> None:
        self.manager.allocate(name, [0] * length)
        for position in range(length):
            self._write(name, position, "prompt")

    def append(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            copy = self.manager.append(name, 0)
            if copy is not None:
                self.places[copy.target] = dict(self.places[copy.source])
            self._write(name, self.manager.length(name) - 1, name)

    def _write(self, name: str, position: int, writer: str) -> None:
        block, place = self.manager.slot(name, position)
        self.places.setdefault(block, {})[place] = (position, writer)

    def show(self, name: str) -> None:
        manager = self.manager
        counts = manager.pool.counts[:]
        self.places = {block: held for block, held in self.places.items() if counts[block]}
        before = self.frames[-1].counts if self.frames else [0] * BLOCKS
        fresh = frozenset(b for b in range(BLOCKS) if counts[b] and not before[b])
        filled = {b: [held[p] for p in sorted(held)] for b, held in self.places.items()}
        tables = {n: manager.table(n) for n in manager.sequences}
        lengths = {n: manager.length(n) for n in manager.sequences}
        self.frames.append(Frame(name, tables, lengths, filled, counts, fresh))


def tell() -> list[Frame]:
    """Fill, grow, fork, copy, go on, free."""
    story = Storyteller()
    story.prompt("A", PROMPT)
    story.show("prompt")
    story.append("A", 3)
    story.show("grow")
    story.manager.fork("A", "B")
    story.show("fork")
    story.append("B")
    story.show("copy")
    story.append("A", 2)
    story.append("B", 3)
    story.show("on")
    story.manager.free("A")
    story.show("free")
    return story.frames

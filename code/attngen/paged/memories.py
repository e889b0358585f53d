"""The two kinds of memory that a simulated server can have: one piece a request, or blocks."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attngen.paged.contiguous import Buddy, FirstFit
from attngen.paged.policies import POLICIES, Lengths


class Memory(Protocol):
    """What the server asks its memory.  Lengths are in tokens."""

    def check(self, prompts: Lengths, outputs: Lengths) -> None:
        """ValueError where a request could not even be served alone."""

    def admit(self, name, prompt, output, done, running, prompts, lengths) -> bool:
        """Take what a request needs to begin; False, and nothing taken, where it is not there."""

    def steps(self, most: int, tokens: Lengths) -> int:
        """How many steps, at most ``most``, requests with so many tokens can all make."""

    def leave(self, name: int) -> None:
        """A request is done, or thrown out."""

    def parts(self, written, prompts, outputs, done) -> NDArray[np.float64]:
        """Shares of the memory: written, to be written, reserved in vain, free."""


class Reserving:
    """One piece for each request, taken when it begins and kept until it ends."""

    def __init__(self, slots: int, policy: str, limit: int, allocator: type = FirstFit):
        if policy not in POLICIES or allocator not in (FirstFit, Buddy):
            raise ValueError(f"the policy is one of {', '.join(POLICIES)}, not '{policy}'")
        self.policy, self.limit, self.memory = POLICIES[policy], limit, allocator(slots)
        self.starts: dict[int, int] = {}
        self.held = 0

    def _needed(self, prompts: Lengths, outputs: Lengths) -> Lengths:
        return self.policy(np.atleast_1d(prompts), np.atleast_1d(outputs), self.limit)

    def check(self, prompts: Lengths, outputs: Lengths) -> None:
        largest = int(self._needed(prompts, outputs).max())
        if type(self.memory)(self.memory.slots).take(largest) is None:
            raise ValueError(f"{self.memory.slots} slots cannot hold a request that reserves {largest}")

    def admit(self, name, prompt, output, done, running, prompts, lengths) -> bool:
        start = self.memory.take(int(self._needed(prompt, output)[0]))
        if start is not None:
            self.starts[name] = start
            self.held += self.memory.held(start)
        return start is not None

    def steps(self, most: int, tokens: Lengths) -> int:
        return most  # whatever comes has its place

    def leave(self, name: int) -> None:
        start = self.starts.pop(name)
        self.held -= self.memory.held(start)
        self.memory.give(start)

    def parts(self, written, prompts, outputs, done) -> NDArray[np.float64]:
        future = (prompts + outputs).sum() - written
        wasted = self.held - written - future
        return np.array([written, future, wasted, self.memory.slots - self.held]) / self.memory.slots


class Paged:
    """Blocks, taken when a token needs one.

    watermark - share of the blocks that stays free when a request begins, so that those
                at work can go on for a while
    """

    def __init__(self, slots: int, block_size: int, watermark: float = 0.01):
        if not 1 <= block_size <= slots:
            raise ValueError(f"a block holds 1 to {slots} tokens, not {block_size}")
        self.size, self.blocks = block_size, slots // block_size
        self.slots, self.spare = slots, int(watermark * self.blocks)

    def _blocks(self, tokens) -> int:
        return int((-(-tokens // self.size)).sum())

    def check(self, prompts: Lengths, outputs: Lengths) -> None:
        if (longest := int((prompts + outputs).max())) > self.size * self.blocks:
            raise ValueError(f"{self.blocks} blocks of {self.size} cannot hold {longest} tokens")

    def admit(self, name, prompt, output, done, running, prompts, lengths) -> bool:
        taken = self._blocks(prompts[running] + lengths[running] + 1)  # the next token of each
        needed = self._blocks(np.atleast_1d(prompt + done + 1))
        return taken + needed + (self.spare if len(running) else 0) <= self.blocks

    def steps(self, most: int, tokens: Lengths) -> int:
        if self._blocks(tokens + most) <= self.blocks:
            return most
        fits, too_many = 0, most  # the largest that fits lies between them
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if self._blocks(tokens + middle) <= self.blocks:
                fits = middle
            else:
                too_many = middle
        return fits

    def leave(self, name: int) -> None:
        pass  # blocks are counted from the lengths

    def parts(self, written, prompts, outputs, done) -> NDArray[np.float64]:
        taken = self.size * self._blocks(prompts + done)
        free = self.slots - max(taken, written)
        return np.array([written, 0, self.slots - free - written, free]) / self.slots

"""How many blocks several answers to one prompt save by sharing.

Measured as Kwon et al. 2023 (arXiv 2309.06180), section 6.3, measure it: blocks saved over
blocks without sharing.  The block manager itself counts; only what is written is made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attngen.paged.manager import BlockManager
from attngen.paged.requests import Requests


@dataclass
class Blocks:
    """used - blocks in use, tables - what the tables name, both added up over the steps."""

    used: int = 0
    tables: int = 0

    def count(self, manager: BlockManager) -> None:
        self.used += manager.used_blocks
        self.tables += sum(len(own.table) for own in manager.sequences.values())

    @property
    def saved(self) -> float:
        return 1 - self.used / self.tables


def _begin(prompt: int, output: int, answers: int, block_size: int) -> BlockManager:
    """A manager with room for all answers, and one sequence 0 that has read the prompt."""
    if min(prompt, output, answers) < 1:
        raise ValueError(f"{answers} answers of {output} tokens to {prompt}: all are at least 1")
    room = -(-(prompt + output) // block_size)
    manager = BlockManager(2 * answers * room, block_size, share_prefix=False)
    manager.allocate(0, [0] * prompt)
    return manager


def parallel(blocks: Blocks, prompt: int, output: int, answers: int, block_size: int = 16) -> None:
    """Answers that are drawn independently: they share the prompt and nothing else."""
    manager = _begin(prompt, output, answers, block_size)
    for name in range(1, answers):
        manager.fork(0, name)
    for _ in range(output):
        for name in range(answers):
            manager.append(name, name)
        blocks.count(manager)


def beams(
    blocks: Blocks, prompt: int, output: int, width: int, random: np.random.Generator, block_size: int = 16
) -> None:  # fmt: skip
    """Beams that choose their parents at random, all alike.

    This is the neutral model of Wright and Fisher, who asked after the ancestors of a
    population: the fewer beams are likely to win, the sooner all have one ancestor.
    """
    manager = _begin(prompt, output, width, block_size)
    alive = [0]
    for step in range(1, output + 1):
        parents = random.choice(alive, width)
        children = [step * width + row for row in range(width)]
        for parent, child in zip(parents.tolist(), children):
            manager.fork(parent, child)
        for name in alive:
            manager.free(name)
        for child in children:
            manager.append(child, child)
        blocks.count(manager)
        alive = children


def savings(requests: Requests, widths: tuple[int, ...], seed: int, block_size: int = 16) -> dict[str, float]:
    """``parallel_k`` and ``beam_k`` for each width k: the share saved over all these requests."""
    random, found = np.random.default_rng(seed), {}
    for width in widths:
        drawn, searched = Blocks(), Blocks()
        for prompt, output in zip(requests.prompts.tolist(), requests.outputs.tolist()):
            parallel(drawn, prompt, output, width, block_size)
            beams(searched, prompt, output, width, random, block_size)
        found |= {f"parallel_{width}": drawn.saved, f"beam_{width}": searched.saved}
    return found

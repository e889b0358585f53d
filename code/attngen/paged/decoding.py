"""Several answers to one prompt, in shared blocks: parallel sampling and beam search.

Kwon et al. 2023 (arXiv 2309.06180), section 4.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from attngen.nn import Decoder
from attngen.paged.cache import PagedCache
from attngen.persian.sampling import Sampling


@dataclass
class Written:
    """What came out, and what it took.

    texts - the tokens written, one row an answer;  scores - log-probability of each, nats
    used, tables - for each step the blocks in use, and what the tables name together
    parents - for each step of a beam search, from which beam each beam went on
    """

    texts: list[list[int]]
    scores: list[float]
    used: list[int] = field(default_factory=list)
    tables: list[int] = field(default_factory=list)
    parents: list[list[int]] = field(default_factory=list)

    @property
    def saved(self) -> float:
        """Blocks saved by sharing over blocks without it, added up over the steps."""
        return 1 - sum(self.used) / sum(self.tables)

    def count(self, cache: PagedCache) -> None:
        sequences = cache.manager.sequences.values()
        self.used.append(cache.manager.used_blocks)
        self.tables.append(sum(len(own.table) for own in sequences))


def _room(model: Decoder, prompt: Sequence[int], tokens: int, answers: int, size: int) -> PagedCache:
    """A cache in which that many answers fit even if they share nothing."""
    if not prompt or tokens < 1 or answers < 1:
        sizes = f"{len(prompt)} tokens, {answers} answers of {tokens}"
        raise ValueError(f"a prompt, an answer and its length are at least 1: {sizes}")
    length = len(prompt) + tokens
    return PagedCache(model, 2 * answers * -(-length // size), size)


@torch.no_grad()
def sample_parallel(
    model: Decoder,
    prompt: Sequence[int],
    noise: Tensor,
    block_size: int = 16,
    sampling: Sampling = Sampling(),
) -> Written:
    """As many answers as ``noise`` (answers, tokens) in [0, 1) has rows, drawn independently.

    The prompt is read once and forked; each answer copies the block in which it
    begins to differ, and no other.
    """
    answers, tokens = noise.shape
    cache = _room(model, prompt, tokens, answers, block_size)
    logits = cache.begin(0, prompt).expand(answers, -1)
    for name in range(1, answers):
        cache.manager.fork(0, name)
    written = Written([[] for _ in range(answers)], [0.0] * answers)
    for step in range(tokens):
        chances, drawn = logits.log_softmax(-1), sampling.draw(logits, noise[:, step])
        for row, token in enumerate(drawn.tolist()):
            written.texts[row].append(token)
            written.scores[row] += chances[row, token].item()
        if step < tokens - 1:  # the last token is written and never read
            logits = cache.step(dict(enumerate(drawn.tolist())))
            written.count(cache)
    return written


@torch.no_grad()
def beam_search(
    model: Decoder,
    prompt: Sequence[int],
    width: int,
    tokens: int,
    block_size: int = 16,
) -> Written:
    """The ``width`` answers of so many tokens that a beam search finds, best first.

    In each step every beam proposes its tokens, and the ``width`` best proposals of
    all go on.  A beam with several children is forked, one with none is freed: no
    key and no value moves, but for the last block of a fork.
    """
    cache = _room(model, prompt, tokens, width, block_size)
    chances = cache.begin((0, 0), prompt).log_softmax(-1)  # (beams, vocabulary)
    if width > (known := chances.shape[-1]):
        raise ValueError(f"{width} beams need as many tokens: there are {known}")
    written = Written([[]], [0.0])
    for step in range(tokens):
        scores = chances.new_tensor(written.scores)[:, None] + chances
        best, place = scores.flatten().topk(width)
        parents = (place // known).tolist()
        chosen = (place % known).tolist()
        written.texts = [written.texts[p] + [t] for p, t in zip(parents, chosen)]
        written.scores = best.tolist()
        written.parents.append(parents)
        old = list(cache.manager.sequences)
        for row, parent in enumerate(parents):
            cache.manager.fork((step, parent), (step + 1, row))
        for name in old:
            cache.manager.free(name)
        if step < tokens - 1:
            names = [(step + 1, row) for row in range(width)]
            chances = cache.step(dict(zip(names, chosen))).log_softmax(-1)
            written.count(cache)
    return written

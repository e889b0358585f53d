"""Words to ask a Pig-Latin transformer, and what comes of each under gates on its heads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from attngen.heads.gates import HeadGates
from attngen.heads.importance import gate_gradients, scored
from attngen.heads.words.steps import PHASES, clear_pairs, steps
from attngen.nn import EncoderDecoder
from attngen.piglatin.data import Batch, Pair, WordPairs, load_pairs, split

RIGHT, LOSS = 0, 1  # of the columns of ``measured``; the phases come after them
COLUMNS = ("right", "loss", *PHASES)


def sample_pairs(data: str, part: str, count: int = 0, seed: int = 0) -> list[Pair]:
    """So many clear pairs (see ``clear_pairs``) of a part of the data by chance, 0 for all, short ones first.

    Words of like length share a batch, which then needs little padding.
    """
    pairs = clear_pairs(split(load_pairs(data))[part])
    if count > len(pairs):
        raise ValueError(f"the {part} part of '{data}' has {len(pairs)} clear pairs, not {count}")
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))
    chosen = [pairs[number] for number in order[: count or None].tolist()]
    return sorted(chosen, key=lambda pair: (len(pair[1]), len(pair[0]), pair))


class Words:
    """Pairs that a model is asked, ``batch`` at a time.

    phases - (N, T): what each letter of the translation is there for, -1 behind its end
    """

    def __init__(self, model: EncoderDecoder, pairs: list[Pair], batch: int = 256):
        self.model, self.batch = model, batch
        self.pairs = WordPairs(pairs)
        rows = [[step.phase for step in steps(*pair)] for pair in self.pairs.pairs]
        longest = max(map(len, rows))
        self.phases = torch.tensor([row + [-1] * (longest - len(row)) for row in rows])

    def __len__(self) -> int:
        return len(self.pairs)

    def batches(self) -> Iterator[tuple[Tensor, Batch]]:
        """The numbers of the words of each batch, and the batch."""
        for numbers in torch.arange(len(self)).split(self.batch):
            yield numbers, self.pairs.batch(numbers)

    def logits(self, batch: Batch) -> Tensor:
        """(B, T, vocabulary) with the true prefix given."""
        return self.model(batch.source, batch.source_mask, batch.inputs, batch.target_mask)

    def answers(self, gates: Tensor) -> Tensor:
        """Each word under these gates: right (1 or 0), and its loss in all and by phase, (N, 6).

        right - whether the model, left to itself, writes the whole translation.  That is
                so exactly if every letter is the likeliest one after the true letters
                before it: no need to let it write
        loss  - -log p(translation | word), in nats: a sum over its letters
        """

        return scored(HeadGates.of(self.model), self.whole)(gates)

    @torch.no_grad()
    def whole(self) -> Tensor:
        """``answers`` of the model as it is, (N, 6); of one with heads cut out, too."""
        found = [
            outcome(self.logits(batch), batch, self.phases[numbers])
            for numbers, batch in self.batches()
        ]
        return torch.cat(found)

    def gradients(self) -> Tensor:
        """The derivative of each word's loss by each gate, (N, layers, heads)."""
        batches = ((len(numbers), batch) for numbers, batch in self.batches())
        return gate_gradients(
            HeadGates.of(self.model), lambda batch: letter_losses(self.logits(batch), batch).sum(1), batches
        )


def letter_losses(logits: Tensor, batch: Batch) -> Tensor:
    """-log p of each letter, 0 behind the end: logits (..., B, T, vocabulary) -> (..., B, T)."""
    letters = batch.targets.expand(logits.shape[:-1])[..., None]
    losses = -logits.log_softmax(-1).gather(-1, letters)[..., 0]
    return losses * batch.target_mask


def right_and_loss(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Whether all letters are right (1 or 0), (..., B), and the loss of each, (..., B, T)."""
    right = (logits.argmax(-1) == batch.targets) | ~batch.target_mask
    return right.all(-1).float(), letter_losses(logits, batch)


def outcome(logits: Tensor, batch: Batch, phases: Tensor) -> Tensor:
    """The columns of ``Words.answers`` of one batch: (B, 6)."""
    right, losses = right_and_loss(logits, batch)
    phases = phases[:, : losses.shape[1]]
    by_phase = [(losses * (phases == phase)).sum(1) for phase in range(len(PHASES))]
    return torch.stack([right, losses.sum(1), *by_phase], -1)


@dataclass(frozen=True)
class Confidence:
    """How far the probability of the likeliest letter can be believed (Guo et al. 2017, arXiv 1706.04599).

    error      - expected calibration error: the mean gap between confidence and share of
                 right letters over groups of letters with like confidence
    confidence - mean probability of the likeliest letter;  right - share of right letters
    """

    error: float
    confidence: float
    right: float


@torch.no_grad()
def calibration(words: Words, gates: Tensor, groups: int = 10) -> Confidence:
    """Confidence and truth of every letter, with the true letters before it given."""
    open_gates, sure, true = HeadGates.of(words.model), [], []
    open_gates.values = gates
    with open_gates:
        for _, batch in words.batches():
            best = words.logits(batch).softmax(-1).max(-1)
            sure.append(best.values[batch.target_mask])
            true.append((best.indices == batch.targets)[batch.target_mask].float())
    sure, true = torch.cat(sure), torch.cat(true)
    group = (sure * groups).long().clamp(max=groups - 1)
    gaps = sure.new_zeros(groups).index_add(0, group, true.to(sure) - sure)
    return Confidence((gaps.abs().sum() / len(sure)).item(), sure.mean().item(), true.mean().item())

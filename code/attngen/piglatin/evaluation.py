"""How good is a Pig-Latin model: loss, whole words, and the best that anybody could do."""

from __future__ import annotations

import csv
import math
from collections import defaultdict

import torch
from torch import Tensor
from torch.nn import functional as F

from attngen import results
from attngen.nn import EncoderDecoder
from attngen.piglatin.data import Batch, WordPairs
from attngen.piglatin.decoding import translate
from attngen.piglatin.rules import pig_latin


def token_loss(model, batch: Batch) -> tuple[Tensor, Tensor]:
    """Sum of the cross-entropies (nats) of a batch's target tokens, and how many there are."""
    logits = model(batch.source, batch.source_mask, batch.inputs, batch.target_mask)
    real = batch.target_mask
    return F.cross_entropy(logits[real].float(), batch.targets[real], reduction="sum"), real.sum().float()


@torch.no_grad()
def mean_loss(model: EncoderDecoder, words: WordPairs, batch_size: int = 512) -> float:
    """Mean cross-entropy per token, in nats, with the true prefix given (teacher forcing)."""
    total = count = 0.0
    for indices in torch.arange(len(words)).split(batch_size):
        summed, tokens = token_loss(model, words.batch(indices))
        total, count = total + summed.item(), count + tokens.item()
    return total / count


def valid_targets(pairs) -> dict[str, set[str]]:
    """Every translation that the data give a word; 19 words of the large file have two."""
    targets = defaultdict(set)
    for word, target in pairs:
        targets[word].add(target)
    return dict(targets)


def wrong_words(model: EncoderDecoder, targets: dict[str, set[str]]) -> list[tuple[str, str, set[str]]]:
    """The words that the model gets wrong: (word, its answer, the right answers)."""
    answers = translate(model, targets)
    return [(w, a, targets[w]) for w, a in zip(targets, answers, strict=True) if a not in targets[w]]


def recorded_mistakes(name: str) -> list[dict[str, str]]:
    """The words that a recorded model got wrong: rows with ``word``, ``answer`` and ``right``."""
    with results.load(name).path("mistakes.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["word"]]


def word_accuracy(model: EncoderDecoder, targets: dict[str, set[str]]) -> float:
    """Share of words whose greedy translation is, as a whole, one of the right ones."""
    return 1 - len(wrong_words(model, targets)) / len(targets)


def entropy_floor(pairs) -> float:
    """The lowest mean loss per token (nats) of anybody who sees only the word, on these pairs.

    A word with one translation costs nothing.  Of a word with several no model can know which one is
    asked, so it pays at least the entropy of the choice, here ln 2 for two of equal weight.
    This bound is for a learner who knows every word; one who meets a word for the first time
    pays more where the two rules for "qu" disagree: see ``rule_floor``.
    """
    targets = valid_targets(pairs)
    tokens = sum(len(target) + 1 for _, target in pairs)
    return sum(math.log(len(targets[word])) for word, _ in pairs) / tokens


def rule_floor(train_pairs, pairs) -> float:
    """The mean loss per token (nats) of one who knows both rules, and no word by heart.

    Only words on which the rules for "qu" disagree cost anything: they are answered with the
    shares that each rule has among such words of ``train_pairs`` (with one of each added, so that
    neither share is zero).  Pairs that fit neither rule are left out of the sum: they are a handful.
    """

    def block(word: str, target: str) -> bool | None:
        as_block, plain = pig_latin(word, True), pig_latin(word, False)
        return None if as_block == plain or target not in (as_block, plain) else target == as_block

    seen = [kind for pair in train_pairs if (kind := block(*pair)) is not None]
    share = (sum(seen) + 1) / (len(seen) + 2)
    nats = sum(
        -math.log(share if kind else 1 - share) for pair in pairs if (kind := block(*pair)) is not None
    )
    return nats / sum(len(target) + 1 for _, target in pairs)

"""A second look at the recorded models: other measures, and the words behind the averages.

Nothing is trained here: the weights of the recorded runs are measured again.
"""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from dataclasses import dataclass

import torch

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.piglatin.data import Pair, WordPairs, load_pairs, split
from attngen.piglatin.decoding import translate
from attngen.piglatin.evaluation import token_loss, valid_targets, wrong_words
from attngen.piglatin.rules import pig_latin
from attngen.piglatin.train import config_of, data_record, load_model, parts_of

CELLS = [f"{size}-h{dim}" for size in ("small", "large") for dim in (32, 64)]
ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr r s sc scr sh sl sm sn sp spl spr st str t th thr tr v w".split()
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er")


@dataclass(frozen=True)
class CloserConfig:
    """invented - how many made-up words the tuned model is asked."""

    invented: int = 400
    seeds: tuple[int, ...] = (0,)


@torch.no_grad()
def batch_mean_loss(model, pairs: list[Pair], batch_size: int) -> float:
    """Validation loss as the course's code reports it: the plain mean over batches of pairs that agree in
    both lengths.  A word of a rare length weighs as much as a whole batch of a frequent one."""
    groups: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for word, target in pairs:
        groups[len(word), len(target)].append((word, target))
    losses = []
    for group in groups.values():
        words = WordPairs(group)
        for indices in torch.arange(len(words)).split(batch_size):
            summed, count = token_loss(model, words.batch(indices))
            losses.append((summed / count).item())
    return statistics.fmean(losses)


def invented_words(count: int, seed: int) -> list[str]:
    """Made-up words of one or two syllables: opening cluster, vowel, consonant."""
    draw = random.Random(seed)

    def syllable() -> str:
        return draw.choice(ONSETS) + draw.choice("aeiou") + draw.choice("bdgklmnprst")

    return ["".join(syllable() for _ in range(draw.choice((1, 2)))) for _ in range(count)]


def has_relative(word: str, known: set[str]) -> bool:
    """Whether another form of the word (by a common ending) is among ``known``."""
    longer = any(word + ending in known for ending in ENDINGS)
    return longer or any(word.endswith(e) and word[: -len(e)] in known for e in ENDINGS)


def epoch_time(name: str) -> float:
    """Seconds of a whole training at the median pace of its epochs, which pauses do not distort."""
    history, epochs = results.load(name).history, results.load(name).config["train"]["epochs"]
    rows = list(zip(history["seed"], history["seconds"], strict=True))
    steps = [b[1] - a[1] for a, b in zip(rows, rows[1:], strict=False) if a[0] == b[0]]
    return statistics.median(steps) * epochs


def look_closer(config: CloserConfig, context: Context | None = None) -> Outcome:
    """Measure the recorded cells and the tuned model again."""
    metrics: dict[str, float] = {}
    for cell in CELLS:
        course = config_of(results.load(f"pig-latin-course-{cell}"))
        validation, batch_size = parts_of(course)["validation"], course.train.batch_size
        for kind, name in (("book", f"pig-latin-{cell}"), ("course", f"pig-latin-course-{cell}")):
            metrics[f"{kind}_{cell}_batch_mean_loss"] = batch_mean_loss(load_model(name), validation, batch_size)
            metrics[f"{kind}_{cell}_seconds"] = epoch_time(name)
    parts = split(load_pairs("large"))
    targets, known = valid_targets(parts["test"]), {word for word, _ in parts["train"]}
    tuned = load_model("pig-latin-tuned")
    wrong = {word for word, _, _ in wrong_words(tuned, targets)}
    hyphened = [word for word in targets if "-" in word]
    metrics |= {
        "test_words": len(targets), "wrong": len(wrong), "hyphenated": len(hyphened),
        "hyphenated_wrong": sum(word in wrong for word in hyphened),
        "others_wrong": sum("-" not in word for word in wrong),
        "hyphenated_in_training": sum("-" in word for word in known),
        "with_relative_in_training": sum(has_relative(word, known) for word in targets) / len(targets),
    }  # fmt: skip
    invented = invented_words(config.invented, config.seeds[0])
    answers = translate(tuned, invented)
    right = [answer in (pig_latin(w, True), pig_latin(w, False)) for w, answer in zip(invented, answers, strict=True)]
    metrics["invented_right"] = sum(right) / len(right)
    return Outcome(metrics, data=data_record("small") | data_record("large"))


def check_closer(result: results.Result) -> dict[str, float]:
    """The same again, for ``attngen verify``."""
    return look_closer(CloserConfig(result.config["invented"], tuple(result.config["seeds"]))).metrics

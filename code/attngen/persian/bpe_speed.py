"""A benchmark: learning merges with kept counts, by the textbook's loop, and by ``tokenizers``.

Everything is timed in one run, in one process and one thread each.  All three learn from the same pieces of
the same text, and the run checks that they learn the same merges.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.persian import hugging_face
from attngen.persian.bpe import BPE, SMALLEST, train_bpe
from attngen.persian.corpus import data_record, documents
from attngen.persian.pretokenize import count_words, pretokenize
from attngen.persian.rescan import Words, step


@dataclass(frozen=True)
class BpeSpeedConfig:
    """text_bytes - so much text, in UTF-8, from the first training documents;  merges - learned from it
    word_steps - merges of the textbook's loop over distinct words that are timed, spread evenly; 0 for all
    text_steps - the same for the loop over the running text
    """

    source: str = "at-hand"
    text_bytes: int = 1_000_000
    merges: int = 2000
    word_steps: int = 100
    text_steps: int = 20
    repeats: int = 3
    seeds: tuple[int, ...] = (0,)


BPE_SPEED_PRESETS = {
    "smoke": BpeSpeedConfig("book", 4_000, 40, 0, 4, 1),
    "minute": BpeSpeedConfig("book", 200_000, 500, 20, 5),
    "cpu": BpeSpeedConfig("wikipedia", word_steps=0),
}


def first_bytes(texts: Sequence[str], size: int) -> list[str]:
    """The first texts, up to ``size`` bytes of UTF-8 together; the last one may be cut."""
    chosen = []
    for text in texts:
        code = text.encode()[:size]
        chosen.append(code.decode("utf-8", "ignore"))
        size -= len(code)
        if size <= 0:
            break
    return [text for text in chosen if text]


def words_at(model: BPE, pieces: Sequence[tuple[str, int]], merges: int) -> tuple[BPE, Words]:
    """Where the textbook's loop stands after its first merges: the tokenizer so far, and the words."""
    begun = BPE(model.merges[:merges])
    known = {word: begun.merged(begun.symbols(word)) for word in dict(pieces)}
    return begun, [(known[word], count) for word, count in pieces]


def rescan_seconds(model: BPE, pieces: Sequence[tuple[str, int]], steps: int) -> tuple[float, int, int]:
    """Seconds for all merges by the textbook's loop, steps timed, and how many of them chose the same pair.

    Each timed step is one turn of that loop where it stands after that many merges; their mean, times the
    merges, is the whole.  With every step timed the loop simply runs.
    """
    total = len(model.merges)
    count = min(steps, total) or total
    seconds, same = 0.0, 0
    begun, words = words_at(model, pieces, 0)
    for turn in range(count):
        if count < total:
            begun, words = words_at(model, pieces, int((turn + 0.5) * total / count))
        place = len(begun.merges)
        spent, words = timed(step, begun, words)
        seconds += spent
        same += begun.merges[place] == model.merges[place]
    return seconds * total / count, count, same


def encoding_speed(model: BPE, texts: Sequence[str], repeats: int) -> dict[str, float]:
    """Megabytes a second: ours at first sight and once its words are remembered, and theirs, ids compared."""
    theirs, size = hugging_face.exported(model), sum(len(text.encode()) for text in texts) / 1e6
    times: dict[str, list[float]] = {"cold": [], "warm": [], "tokenizers": []}
    for _ in range(repeats):
        fresh = BPE(model.merges)
        for name in ("cold", "warm"):
            spent, ours = timed(lambda fresh=fresh: [fresh.encode(text) for text in texts])
            times[name].append(spent)
        spent, found = timed(lambda: [theirs.encode(text).ids for text in texts])
        times["tokenizers"].append(spent)
    speeds = {f"encode_mb_per_second_{name}": size / median(spent) for name, spent in times.items()}
    return speeds | {"same_ids": float(ours == found)}


def run_bpe_speed(config: BpeSpeedConfig, context: Context) -> Outcome:
    """Time the three trainings and the two encoders on the same text."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, as ours
    texts = first_bytes(documents("train", source=config.source), config.text_bytes)
    size, times = SMALLEST + config.merges, []
    for _ in range(config.repeats):
        spent, model = timed(train_bpe, texts, size)
        times.append(spent)
    counting, counts = timed(count_words, texts)
    spelled, their_times = hugging_face.spelled_texts(BPE(), counts), []
    for _ in range(config.repeats):
        spent, theirs = timed(hugging_face.train_theirs, BPE(), spelled, size)
        their_times.append(spent)
    running = [(word, 1) for text in texts for word in pretokenize(text)]
    by_word, word_steps, word_same = rescan_seconds(model, list(counts.items()), config.word_steps)
    by_text, text_steps, text_same = rescan_seconds(model, running, config.text_steps)
    ours, tokenizers = median(times), median(their_times)
    rescans = {"rescan_words": counting + by_word, "rescan_text": counting + by_text}
    return Outcome(
        {
            "text_bytes": sum(len(text.encode()) for text in texts), "text_characters": sum(map(len, texts)),
            "pieces": len(running), "distinct_pieces": len(counts), "merges": len(model.merges),
            "train_seconds": ours, "counting_seconds": counting, "tokenizers_seconds": tokenizers,
            **{f"{name}_seconds": spent for name, spent in rescans.items()},
            **{f"{name}_over_ours": spent / ours for name, spent in rescans.items()},
            "rescan_words_steps": word_steps, "rescan_text_steps": text_steps,
            "ours_over_tokenizers": ours / tokenizers,
            "same_merges_rescan": (word_same + text_same) / (word_steps + text_steps),
            "same_merges_tokenizers": float(hugging_face.their_merges(theirs) == model.merges),
            **encoding_speed(model, texts, config.repeats),
        },
        data=data_record(config.source),
    )  # fmt: skip

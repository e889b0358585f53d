"""Fit n-gram models of orders one to five, measure them, and record one that fits into a few megabytes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from attngen import experiments, results
from attngen.experiments import Context, Outcome
from attngen.persian import corpus, kn_table
from attngen.persian.bpe import BPE
from attngen.persian.evaluate import measures
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.ngram_counts import NGramCounts, count_ngrams, unseen
from attngen.persian.simple_ngrams import add_one_log_probabilities
from attngen.persian.tokens import Encoded, TextConfig, encoded

TABLE, TOKENIZER = "table.safetensors", "tokenizer.json"


@dataclass(frozen=True)
class KNConfig:
    """order - the longest n-grams;  least - how often an n-gram of each order occurs that is recorded"""

    text: TextConfig = field(default_factory=TextConfig)
    order: int = 5
    least: tuple[int, ...] = (1, 1, 1, 2, 2)
    seeds: tuple[int, ...] = (0,)  # nothing is drawn


def shorter(counts: NGramCounts, order: int) -> NGramCounts:
    """The same counts up to another order."""
    return NGramCounts(counts.vocabulary, counts.keys[:order], counts.counts[:order])


def measured(model: KneserNey, data: Encoded, part: str, prefix: str) -> dict[str, float]:
    """Perplexity and bits a character of one part's articles."""
    scores = model.scores(data.documents[part])
    return measures(-float(scores.sum()), len(scores), data.characters[part], prefix)


def by_order(counts: NGramCounts, data: Encoded) -> list[dict]:
    """One row for each order: bits a character with Kneser-Ney and with one added, what was unseen, sizes."""
    rows = []
    for order, share in enumerate(unseen(counts, data.documents["test"]), start=1):
        fewer = shorter(counts, order)
        model = KneserNey.of(fewer)
        plain = add_one_log_probabilities(fewer, data.documents["test"], order)
        one = measures(-float(plain.sum()), len(plain), data.characters["test"])
        rows.append(
            {"order": order, "ngrams": int((counts.counts[order - 1] > 0).sum()), "unseen": share}
            | {key: value for part in ("validation", "test") for key, value in
               measured(model, data, part, f"{part}_").items() if "nats" not in key}
            | {"add_one_bits_per_char": one["bits_per_char"]}
        )  # fmt: skip
    return rows


def run_kn(config: KNConfig, context: Context) -> Outcome:
    """Fit on the training articles, measure on validation and test, record a pruned table of the model."""
    if config.text.source == "at-hand" and corpus.at_hand() == "book":
        experiments.main_process_note(
            "Persian Wikipedia is not on this machine (attngen data list): counting this book's own pages"
        )
    data = encoded(config.text)
    began = time.perf_counter()
    counts = count_ngrams(data.documents["train"], config.order, data.tokenizer.size)
    model = KneserNey.of(counts)
    fitted = time.perf_counter()
    metrics = measured(model, data, "test", "test_")
    scored = time.perf_counter()
    metrics |= measured(model, data, "validation", "validation_")
    context.folder.mkdir(parents=True, exist_ok=True)
    files = {name: context.folder / name for name in (TABLE, TOKENIZER)}
    kn_table.save(kn_table.prune(model, counts, config.least), files[TABLE])
    data.tokenizer.save(files[TOKENIZER])
    table = kn_table.load(files[TABLE])  # what is measured is what is kept
    metrics |= measured(table, data, "test", "table_test_")
    rows = by_order(counts, data)
    for row in rows:
        metrics |= {f"{key}_{row['order']}": value for key, value in row.items() if key != "order"}
    metrics |= {
        "ngrams": sum(row["ngrams"] for row in rows),
        "table_ngrams": sum(map(len, table.keys)),
        "table_bytes": files[TABLE].stat().st_size,
        "seconds_fit": fitted - began,
        "seconds_score": scored - fitted,
        "vocabulary": data.tokenizer.size,
        "on_wikipedia": float(any("wikipedia" in name for name in corpus.data_record(config.text.source))),
    }
    for part, documents in data.documents.items():
        metrics |= {f"{part}_tokens": sum(map(len, documents)), f"{part}_articles": len(documents),
                    f"{part}_characters": data.characters[part]}  # fmt: skip
    return Outcome(metrics, rows, files, corpus.data_record(config.text.source), fitted - began)


def load_kn(name: str = "persian-kn5") -> tuple[KneserNey, BPE]:
    """The recorded table, ready to generate, and its tokenizer."""
    result = results.load(name)
    return kn_table.load(result.path(TABLE)), BPE.load(result.path(TOKENIZER))


def check_kn(result: results.Result) -> dict[str, float]:
    """The recorded table measured again on the test articles, for ``attngen verify``."""
    data, (table, _) = encoded(TextConfig(**result.config["text"])), load_kn(result.name)
    return {"table_test_bits_per_char": measured(table, data, "test", "")["bits_per_char"]}


KN_PRESETS = {
    "smoke": KNConfig(TextConfig("book", size=600, limit=20_000), least=(1, 1, 1, 1, 1)),
    "minute": KNConfig(TextConfig("at-hand", limit=1_000_000)),
    "cpu": KNConfig(),
}

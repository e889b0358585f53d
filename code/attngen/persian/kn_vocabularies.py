"""One model, one text, several vocabularies: what happens to perplexity, and to bits a character."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.experiments import Context, Outcome
from attngen.persian import corpus
from attngen.persian.kn_run import measured
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.tokens import TextConfig, encoded


@dataclass(frozen=True)
class VocabulariesConfig:
    """sizes - tokens in the vocabularies;  order - of the Kneser-Ney models fitted on them"""

    sizes: tuple[int, ...] = (257, 512, 1024, 2048, 4096, 8192)
    text: TextConfig = field(default_factory=TextConfig)
    order: int = 5
    seeds: tuple[int, ...] = (0,)  # nothing is drawn


def run_vocabularies(config: VocabulariesConfig, context: Context) -> Outcome:
    """Train a tokenizer of each size, fit Kneser-Ney on its tokens, and measure on the same test articles."""
    rows: list[dict] = []
    for size in config.sizes:
        data = encoded(replace(config.text, size=size))
        model = KneserNey.fit(data.documents["train"], config.order, data.tokenizer.size)
        tokens = sum(len(document) + 1 for document in data.documents["test"])
        row = {"size": size, "characters_per_token": data.characters["test"] / tokens}
        rows.append(row | measured(model, data, "test", "test_"))
    metrics = {f"{key}_{row['size']}": value for row in rows for key, value in row.items() if key != "size"}
    metrics["test_characters"] = data.characters["test"]
    return Outcome(metrics, rows, data=corpus.data_record(config.text.source))


VOCABULARY_PRESETS = {
    "smoke": VocabulariesConfig((257, 400), TextConfig("book", limit=20_000)),
    "minute": VocabulariesConfig((257, 512, 1024), TextConfig("at-hand", limit=300_000)),
    "cpu": VocabulariesConfig(),
}

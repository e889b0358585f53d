"""What the files of the exercise hold, counted."""

from __future__ import annotations

from dataclasses import dataclass

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.piglatin.data import frequent_words, load_pairs, split
from attngen.piglatin.evaluation import valid_targets
from attngen.piglatin.rules import agreement, pig_latin
from attngen.piglatin.train import data_record

# The pairs of letters that reports on this exercise usually name; the sheet itself names only "sh".
USUAL_PAIRS = ("sh", "ch", "th", "wh", "ph", "qu")


@dataclass(frozen=True)
class FactsConfig:
    """data - the sizes to count: small, large or offline."""

    data: tuple[str, ...] = ("small", "large")
    seeds: tuple[int, ...] = ()


def sheet_rule(word: str) -> str:
    """The rule as the sheet words it: one consonant moves, or one of the usual pairs."""
    if word[0] in "aeiou":
        return word + "way"
    moved = 2 if word.startswith(USUAL_PAIRS) else 1
    return word[moved:] + word[:moved] + "ay"


def count_facts(config: FactsConfig, context: Context | None = None) -> Outcome:
    """Pairs, words and how many of them each rule explains, for every file."""
    metrics: dict[str, float] = {}
    frequent = set(frequent_words())
    for size in config.data:
        pairs = load_pairs(size)
        parts, targets = split(pairs), valid_targets(pairs)
        counts = {
            "pairs": len(pairs), "words": len(targets),
            "rule_qu_block": agreement(pairs, qu_block=True), "rule_qu_plain": agreement(pairs, qu_block=False),
            "either_rule": sum(t in (pig_latin(w, True), pig_latin(w, False)) for w, t in pairs),
            "sheet_rule": sum(sheet_rule(word) == target for word, target in pairs),
            "two_targets": sum(len(known) > 1 for known in targets.values()),
            "from_frequency_list": sum(pair in frequent for pair in pairs),
            "longest_word": max(map(len, targets)),
        }  # fmt: skip
        counts["sheet_rule_share"] = counts["sheet_rule"] / counts["pairs"]
        counts |= {f"{part}_pairs": len(rows) for part, rows in parts.items()}
        metrics |= {f"{size}_{key}": number for key, number in counts.items()}
    data = {key: value for size in config.data for key, value in data_record(size).items()}
    return Outcome(metrics, data=data | data_record("offline"))


def check_facts(result: results.Result) -> dict[str, float]:
    """The counts made again, for ``attngen verify``."""
    return count_facts(FactsConfig(tuple(result.config["data"]))).metrics

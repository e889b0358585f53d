"""A benchmark: what cleaning costs, step by step, hazm beside it, on one core and more, in what memory.

Sizes are bytes of UTF-8, as a file has them: of Persian text, 1.8 bytes a character.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.persian import corpus, hazm_tools
from attngen.persian.clean import STEPS, Pipeline
from attngen.persian.generated import write_file


@dataclass(frozen=True)
class TextSpeedConfig:
    """megabytes      - of raw text, at most, that the own steps clean
    hazm_megabytes - of cleaned text, at most, for hazm, which is slower
    files          - sizes, in megabytes, of generated files that are streamed; none to leave it out
    processes      - numbers of processes that clean such a file
    """

    source: str = "at-hand"
    megabytes: float = 8.0
    hazm_megabytes: float = 0.5
    files: tuple[float, ...] = (50.0, 200.0)
    processes: tuple[int, ...] = (1, 2)
    repeats: int = 3
    seeds: tuple[int, ...] = (0,)


def size(texts: list[str]) -> float:
    """Megabytes (10^6 bytes) of UTF-8."""
    return sum(len(text.encode()) for text in texts) / 1e6


def up_to(texts: list[str], megabytes: float) -> list[str]:
    """The first texts that hold no more than so many megabytes together; at least one."""
    kept, total = [], 0.0
    for text in texts:
        total += len(text.encode()) / 1e6
        if kept and total > megabytes:
            break
        kept.append(text)
    return kept


def rate(function: Callable[[str], object], texts: list[str], repeats: int) -> tuple[float, list]:
    """Megabytes a second, the best of some rounds, as others share the machine; and what came out."""
    best, answers = float("inf"), []
    for _ in range(repeats):
        seconds, answers = timed(lambda: [function(text) for text in texts])
        best = min(best, seconds)
    return size(texts) / best, answers


def own_steps(texts: list[str], repeats: int) -> tuple[dict[str, float], list[str]]:
    """Rates of every step, on what those before it left, and of the pipeline; and the cleaned texts."""
    metrics: dict[str, float] = {"own_megabytes": size(texts)}
    metrics["own_mb_per_second"], cleaned = rate(Pipeline(), texts, repeats)
    current, seconds = texts, {}
    for name, step in STEPS.items():
        speed, after = rate(step, current, repeats)
        seconds[name], current = size(current) / speed, after
        metrics[f"step_{name}_mb_per_second"] = speed
    metrics |= {f"step_{name}_share": spent / sum(seconds.values()) for name, spent in seconds.items()}
    return metrics, cleaned


def hazm(texts: list[str], repeats: int) -> dict[str, float]:
    """Rates of hazm's tools on cleaned text; the lemmatizer gets words, as many bytes of them as of text."""
    words = [word for text in texts for word in hazm_tools.words(text)]
    tools = {"normalizer": (hazm_tools.normalize, texts), "tokenizer": (hazm_tools.words, texts),
             "lemmatizer": (hazm_tools.lemma, words)}  # fmt: skip
    metrics = {"hazm_megabytes": size(texts)}
    for name, (function, items) in tools.items():
        function(items[0])  # its tables are built once, before
        metrics[f"hazm_{name}_mb_per_second"] = rate(function, items, repeats)[0]
    characters = sum(map(len, texts)) / 1e6 / size(texts)
    speed = metrics["hazm_normalizer_mb_per_second"]
    metrics["hazm_normalizer_characters_per_second"] = speed * characters * 1e6
    return metrics


def streamed(config: TextSpeedConfig, folder: Path) -> dict[str, float]:
    """Rate and greatest memory of ``streaming.clean_file``: all the way, start and hazm's tables included.

    The first file once with each number of processes, the others with the last of them.
    """
    metrics = {}
    for place, megabytes in enumerate(config.files):
        raw, out = folder / "generated.txt", folder / "cleaned"
        write_file(raw, megabytes, config.seeds[0])
        for count in config.processes if place == 0 else config.processes[-1:]:
            shutil.rmtree(out, ignore_errors=True)
            command = [sys.executable, "-m", "attngen.persian.stream_memory", str(raw), str(out), str(count)]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            name = f"stream_{megabytes:g}_{count}"
            metrics[f"{name}_mb_per_second"] = raw.stat().st_size / 1e6 / found["seconds"]
            metrics |= {f"{name}_{key}": found[key] for key in ("main_mb", "worker_mb") if key in found}
        raw.unlink()
        shutil.rmtree(out)
    return metrics


def run_text_speed(config: TextSpeedConfig, context: Context) -> Outcome:
    """Time the own steps, hazm, and the streaming of large files."""
    raw = [paragraph for article in corpus.raw(config.source) for paragraph in article.paragraphs]
    raw = up_to(raw, config.megabytes)
    metrics, cleaned = own_steps(raw, config.repeats)
    sample = up_to([text for text in cleaned if text], config.hazm_megabytes)
    metrics |= hazm(sample, config.repeats)
    context.folder.mkdir(parents=True, exist_ok=True)
    metrics |= streamed(config, context.folder)
    metrics = {name.replace(" ", "_").replace("-", "_"): value for name, value in metrics.items()}
    return Outcome(metrics, data=corpus.data_record(config.source))


TEXT_SPEED_PRESETS = {
    "smoke": TextSpeedConfig("book", 0.01, 0.01, files=(), repeats=1),
    "minute": TextSpeedConfig(megabytes=2.0, hazm_megabytes=0.2, files=(2.0, 8.0), repeats=2),
    "cpu": TextSpeedConfig(),
}

"""A benchmark: words a second in training, in the naive decoding loop and in the cached one.

Everything is timed in one run on the same words; ``cached_over_naive`` is a ratio of medians, which a
slow machine changes much less than the times themselves.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from functools import partial

import torch

from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin.data import WordPairs, load_pairs
from attngen.piglatin.decoding import greedy_cached, greedy_naive, pad_words
from attngen.piglatin.evaluation import token_loss
from attngen.piglatin.train import data_record
from attngen.training import TrainConfig, make_optimizer


@dataclass(frozen=True)
class SpeedConfig:
    """words - how many are decoded at once;  length - tokens written for each."""

    words: int = 2048
    length: int = 20
    repeats: int = 3
    train_batches: int = 20
    batch_size: int = 64
    model: TransformerConfig = field(default_factory=lambda: TransformerConfig(dim=64, heads=4))
    seeds: tuple[int, ...] = (0,)


def run_speed(config: SpeedConfig, context: Context) -> Outcome:
    """Time both loops in turn on random weights, whose words never end: every one has ``length`` tokens."""
    device = context.accelerator.device
    torch.manual_seed(config.seeds[0])
    model = EncoderDecoder(config.model).to(device).eval()
    with torch.no_grad():
        model.output.bias[-1] = -1e9  # <EOS> never comes: both loops write all the tokens
    pairs = load_pairs("offline")
    source, mask = pad_words([word for word, _ in pairs[: config.words]], device)
    # The first two share one attention, the book's own; the third lends torch's kernel to the naive loop.
    loops = {"naive": greedy_naive, "cached": greedy_cached, "naive_fused": partial(greedy_naive, fused=True)}
    answers = {name: loop(model, source, mask, config.length) for name, loop in loops.items()}  # and warm up
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(config.repeats):
        for name, loop in loops.items():
            times[name].append(timed(loop, model, source, mask, config.length)[0])
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    metrics = {f"{name}_words_per_second": config.words / seconds for name, seconds in median.items()}
    metrics["cached_over_naive"] = median["naive"] / median["cached"]
    metrics["cached_over_naive_fused"] = median["naive_fused"] / median["cached"]
    metrics["same_tokens"] = (answers["naive"] == answers["cached"]).float().mean().item()
    metrics["train_words_per_second"] = training_speed(config, pairs, device)
    return Outcome(metrics, data=data_record("offline"))


def training_speed(config: SpeedConfig, pairs, device) -> float:
    """Words a second through forward, backward and an optimizer step."""
    words = WordPairs(pairs[:4000], device)
    model = EncoderDecoder(config.model).to(device).train()
    optimizer = make_optimizer(model, TrainConfig())
    batches = torch.randperm(len(words)).split(config.batch_size)

    def step(indices) -> None:
        summed, count = token_loss(model, words.batch(indices))
        optimizer.zero_grad()
        (summed / count).backward()
        optimizer.step()

    step(batches[-1])  # warm up
    chosen = batches[: config.train_batches]
    seconds, _ = timed(lambda: [step(indices) for indices in chosen])
    return sum(map(len, chosen)) / seconds

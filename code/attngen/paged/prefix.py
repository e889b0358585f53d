"""Prompts that begin alike: how much of the reading a real service could leave out.

The trace is that of Qin et al. 2025 (Mooncake, arXiv 2407.00079).  It has for each
request, instead of text, a number for each 512 tokens of the prompt; equal numbers stand for
equal text after an equal beginning.  So each number is one block of ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from attngen.data import get, read
from attngen.experiments import Context, Outcome
from attngen.paged.manager import BlockManager
from attngen.paged.requests import DATASET

FILE, TOKENS = "conversation_trace.jsonl", 512


@dataclass(frozen=True)
class PrefixConfig:
    """source - "trace" or "synthetic";  memories - of so many blocks, largest last"""

    source: str = "trace"
    memories: tuple[int, ...] = (1000, 3000, 10_000, 30_000, 100_000, 200_000)
    requests: int = 0
    seeds: tuple[int, ...] = (0,)


PREFIX_PRESETS = {"smoke": PrefixConfig("synthetic", requests=30), "cpu": PrefixConfig()}


def load_prompts() -> list[list[int]]:
    """For each request the numbers of its blocks; DataError where the trace is not to be had."""
    lines = read(DATASET, FILE).decode().splitlines()
    return [json.loads(line)["hash_ids"] for line in lines]


def made_up_prompts(count: int, seed: int) -> list[list[int]]:
    """Conversations that grow: each prompt is new, or an earlier one with something behind it."""
    random, prompts, number = np.random.default_rng(seed), [], 0
    for _ in range(count):
        begun = prompts[random.integers(len(prompts))] if prompts and random.random() < 0.6 else [0]
        more = int(random.integers(1, 6))
        prompts.append([*begun, *range(number + 1, number + 1 + more)])
        number += more
    return prompts


def hit_rate(prompts: Sequence[Sequence[int]], blocks: int) -> float:
    """Share of the prompts' blocks that are still there from earlier requests.

    One request after another, each freed at its end; the blocks that have not been used for
    longest are given away first.  A prompt's last block always has to be read.
    """
    manager, found, total = BlockManager(blocks, 1), 0, 0
    for name, prompt in enumerate(prompts):
        total += len(prompt)
        if len(prompt) <= blocks:
            found += manager.allocate(name, prompt)
            manager.free(name)
    return found / total


def run_prefix(config: PrefixConfig, context: Context) -> Outcome:
    """The share of prompt tokens that need not be read, for memories of several sizes."""
    if config.source not in ("trace", "synthetic"):
        raise ValueError(f"the source is trace or synthetic, not '{config.source}'")
    real = config.source == "trace"
    prompts = load_prompts() if real else made_up_prompts(config.requests, config.seeds[0])
    history = []
    for blocks in tqdm(config.memories, "prefixes", disable=not context.progress):
        history.append({"blocks": blocks, "tokens": blocks * TOKENS, "hits": hit_rate(prompts, blocks)})
    lengths = [len(prompt) for prompt in prompts]
    metrics = {f"hits_{line['blocks']}": line["hits"] for line in history}
    metrics |= {"requests": len(prompts), "mean_blocks": float(np.mean(lengths)), "blocks": sum(lengths)}
    file = next(f for f in get(DATASET).files if f.name == FILE)
    return Outcome(metrics, history, data={FILE: file.fingerprint} if real else {})

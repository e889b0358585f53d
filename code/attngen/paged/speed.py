"""The experiment ``paged-speed``: what the book-keeping costs, and what scattered blocks cost.

All times are of one run on one machine; what is worth keeping are the ratios.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.paged.attention import blockwise_attention, paged_attention
from attngen.paged.azure_run import BLOCK_SIZES, PagedConfig
from attngen.paged.manager import BlockManager
from attngen.paged.store import BlockStore


@dataclass(frozen=True)
class SpeedConfig:
    """rounds - sequences that come, grow and go;  batch - as many at a time
    prompt, output - their lengths;  length - of the sequences that attention reads
    """

    rounds: int = 200
    batch: int = 31
    prompt: int = 161
    output: int = 338
    length: int = 1024
    heads: int = 8
    head_dim: int = 64
    repeats: int = 5
    seeds: tuple[int, ...] = (0,)


SPEED_PRESETS = {
    "smoke": SpeedConfig(rounds=4, batch=2, prompt=20, output=10, length=256, heads=2, head_dim=8, repeats=1),
    "minute": SpeedConfig(rounds=40, repeats=2),
    "cpu": SpeedConfig(),
}


def serve(config: SpeedConfig, share_prefix: bool) -> dict[str, int]:
    """So many sequences through a block manager, a batch at a time; counts of calls."""
    blocks = 2 * config.batch * -(-(config.prompt + config.output) // 16)
    manager = BlockManager(blocks, 16, share_prefix)
    calls = {"allocate": 0, "append": 0, "fork": 0, "free": 0}
    for start in range(0, config.rounds, config.batch):
        names = range(start, min(config.rounds, start + config.batch))
        for name in names:
            manager.allocate(name, range(name, name + config.prompt))
        for name in names:  # as for two samples of each
            manager.fork(name, (name, 1))
        every = list(manager.sequences)
        for token in range(config.output):
            for name in every:
                manager.append(name, token)
        for name in every:
            manager.free(name)
        calls["allocate"] += len(names)
        calls["fork"] += len(names)
        calls["append"] += config.output * len(every)
        calls["free"] += len(every)
    return calls


def manager_speed(config: SpeedConfig) -> dict[str, float]:
    """Calls a second, with prefixes found by hash and without; one decoding step's share."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(config.repeats):
        for share, times in seconds.items():
            spent, calls = timed(serve, config, share)
            times.append(spent)
    total = sum(calls.values())
    hashed, plain = (median(seconds[share]) for share in (True, False))
    step = PagedConfig().machine.read_seconds(config.batch)
    return {
        "operations_per_second": total / plain, "operations_per_second_hashed": total / hashed,
        "hashing_over_plain": hashed / plain, "operations": total,
        "share_of_step": config.batch * hashed / total / step,
    }  # fmt: skip


def attention_speed(config: SpeedConfig) -> dict[str, float]:
    """Seconds for one new token over contiguous keys and values, against blocks of each size."""
    torch.manual_seed(config.seeds[0])
    heads, length, width = config.heads, config.length, config.head_dim
    query = torch.randn(1, heads, 1, width)
    keys, values = torch.randn(2, heads, length, width).unbind()
    contiguous = torch.nn.functional.scaled_dot_product_attention
    calls = {"contiguous": lambda: contiguous(query, keys[None], values[None])}
    for size in BLOCK_SIZES:
        blocks = -(-length // size)
        table = np.random.default_rng(size).permutation(blocks).tolist()
        store = BlockStore(blocks, heads, size, width)
        slots = [(table[place // size], place % size) for place in range(length)]
        store.write(slots, keys.transpose(0, 1), values.transpose(0, 1))
        parts = store.keys, store.values
        calls[f"gathered_{size}"] = lambda p=parts, t=table: paged_attention(query, *p, [t], [length])
        newest = query[0, :, 0]
        calls[f"blockwise_{size}"] = lambda p=parts, t=table: blockwise_attention(newest, *p, t, length)
    answers = {name: call().flatten() for name, call in calls.items()}  # and warm up
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(config.repeats):
        for name, call in calls.items():
            times[name].append(timed(lambda c=call: [c() for _ in range(5)])[0])
    base = median(times.pop("contiguous"))
    found = {f"{name}_over_contiguous": median(spent) / base for name, spent in times.items()}
    right = answers.pop("contiguous")
    found["largest_difference"] = max(float((right - answer).abs().max()) for answer in answers.values())
    return found


def run_speed(config: SpeedConfig, context: Context) -> Outcome:
    """Time the block manager, and attention over blocks of every size."""
    return Outcome({**manager_speed(config), **attention_speed(config)})

"""The experiment ``paged-azure``: memory policies on a real trace, and on the paper's two workloads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tqdm import tqdm

from attngen.experiments import Context, Outcome
from attngen.paged.contiguous import Buddy
from attngen.paged.memories import Memory, Paged, Reserving
from attngen.paged.memory import GIB, kv_bytes, model_shape, slots
from attngen.paged.policies import POLICIES, paged_utilisation, utilisation
from attngen.paged.requests import (
    FILES, PAPER_MEANS, Requests, data_record, from_summary, load_trace, recorded_summary, save_summary,
    summary, synthetic,
)  # fmt: skip
from attngen.paged.server import simulate
from attngen.paged.serving import Machine, Report, arrivals
from attngen.paged.sharing import savings

BLOCK_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
PAGED = 16  # the block size where only one is shown


@dataclass(frozen=True)
class PagedConfig:
    """source - "trace", "recorded" (drawn from the summary of the recorded run) or "synthetic"
    requests - in each simulation;  shared - requests for each number of answers
    rates - requests a second;  widths - answers to a prompt
    model, limit - whose cache, and its longest sequence
    memory_bytes, kv_share - of the device, and what of it is for keys and values
    weight_bytes, bandwidth, flops - of the model and the device; flops as reached, not as advertised
    swap_bandwidth - to the host;  slowdown - of a kernel that reads scattered blocks
    """

    source: str = "trace"
    requests: int = 2000
    shared: int = 60
    rates: tuple[float, ...] = (0.4, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.2)
    widths: tuple[int, ...] = (2, 4, 6)
    model: str = "OPT-13B"
    limit: int = 2048
    memory_bytes: float = 40 * GIB
    kv_share: float = 0.3
    weight_bytes: float = 26e9
    bandwidth: float = 1.555e12
    flops: float = 0.5 * 312e12
    swap_bandwidth: float = 25e9
    slowdown: float = 1.26
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self):
        if self.source not in ("trace", "recorded", "synthetic"):
            raise ValueError(f"the source is trace, recorded or synthetic, not '{self.source}'")

    @property
    def slots(self) -> int:
        return slots(self.kv_share * self.memory_bytes, model_shape(self.model))

    @property
    def machine(self) -> Machine:
        token = kv_bytes(model_shape(self.model))
        return Machine(self.weight_bytes, token, self.bandwidth, self.flops, self.swap_bandwidth)


PAGED_PRESETS = {
    "smoke": PagedConfig("synthetic", 40, 2),
    "minute": PagedConfig("recorded", 300, 4, rates=()),
    "cpu": PagedConfig(),
}


def all_requests(config: PagedConfig, seed: int) -> dict[str, Requests]:
    """Conversation and code, as the source has them: real lengths, or drawn ones."""
    if config.source == "trace":
        return {name: load_trace(name) for name in FILES}
    if config.source == "recorded":
        kept = recorded_summary()
        return {name: from_summary(kept[name], 4000, config.limit, seed) for name in FILES}
    means = {"conversation": (750.0, 230.0), "code": (1000.0, 30.0)}
    return {name: synthetic(means[name], 400, config.limit, seed) for name in FILES}


def memories(config: PagedConfig) -> dict[str, Memory]:
    """The ways to hand out memory, by name; ``_fit`` for first fit where the others have buddies."""
    room, limit = config.slots, config.limit
    reserving = {name: Reserving(room, name, limit, Buddy) for name in POLICIES}
    fitting = {f"{name}_fit": Reserving(room, name, limit) for name in ("pow2", "oracle")}
    return reserving | fitting | {"paged": Paged(room, PAGED)}


def static_utilisation(requests: Requests, limit: int) -> dict[str, float]:
    """Of every policy and block size, without an end of the memory."""
    lengths = (requests.prompts, requests.outputs, limit)
    found = {f"utilisation_{name}": utilisation(name, *lengths) for name in POLICIES}
    return found | {f"utilisation_paged{size}": paged_utilisation(size, *lengths) for size in BLOCK_SIZES}


def row(workload: str, memory: str, rate: float, report: Report) -> dict:
    """One simulation as a line of the history; an endless rate is written as 0."""
    shown = {"workload": workload, "memory": memory, "rate": 0.0 if math.isinf(rate) else rate}
    measured = {"batch": report.batch, "throughput": report.throughput, "latency": report.latency}
    return shown | measured | {"preempted": report.preempted / len(report.outputs)} | report.parts


def saturated(config: PagedConfig, workloads: dict[str, Requests]) -> Iterator[dict]:
    """Everybody comes at once: how many work together, and how fast it goes."""
    times = arrivals(config.requests, math.inf, 0)
    for workload, requests in workloads.items():
        for name, memory in memories(config).items():
            yield row(workload, name, math.inf, simulate(requests, times, config.machine, memory))
    requests = workloads["sharegpt"]
    for size in BLOCK_SIZES:
        report = simulate(requests, times, config.machine, Paged(config.slots, size))
        yield row("sharegpt", f"block{size}", math.inf, report)
    slower = replace(config.machine, slowdown=config.slowdown)
    for name, machine, swap in (("swap", config.machine, True), ("kernel", slower, False)):
        report = simulate(requests, times, machine, Paged(config.slots, PAGED), swap)
        yield row("sharegpt", name, math.inf, report)


def by_rate(config: PagedConfig, requests: Requests, seed: int) -> Iterator[dict]:
    """Requests of the trace that come at random, at one rate after another."""
    for rate in config.rates:
        times = arrivals(config.requests, rate, seed)
        for name in (*POLICIES, "paged"):
            memory = memories(config)[name]
            yield row("azure", name, rate, simulate(requests, times, config.machine, memory))


def run_paged(config: PagedConfig, context: Context | None) -> Outcome:
    """Utilisation, batch and throughput of every policy; what sharing saves."""
    seed = config.seeds[0]
    found = all_requests(config, seed)
    conversation, code = (found[name].within(config.limit) for name in ("conversation", "code"))
    metrics = {"requests_all": len(found["conversation"]), "requests_within": len(conversation),
               "mean_prompt": conversation.prompts.mean(), "mean_output": conversation.outputs.mean(),
               "slots": config.slots, **static_utilisation(conversation, config.limit)}  # fmt: skip
    metrics |= {f"code_{key}": value for key, value in static_utilisation(code, config.limit).items()}
    amount = (config.requests, config.limit, seed)
    drawn = {name: synthetic(means, *amount) for name, means in PAPER_MEANS.items()}
    workloads = {"azure": conversation.shuffled(config.requests, seed), **drawn}
    history = []
    quiet = context is None or not context.progress
    for line in tqdm(saturated(config, workloads), "everybody at once", disable=quiet):
        history.append(line)
        for key in ("batch", "throughput", "preempted", "written"):
            metrics[f"{line['workload']}_{line['memory']}_{key}"] = line[key]
    for workload in workloads:
        for name in (*POLICIES, "oracle_fit"):
            paged, other = (metrics[f"{workload}_{n}_throughput"] for n in ("paged", name))
            metrics[f"{workload}_gain_over_{name}"] = paged / other
    history += tqdm(by_rate(config, workloads["azure"], seed), "by rate", disable=quiet)
    for workload, requests in workloads.items():
        few = Requests(requests.prompts[: config.shared], requests.outputs[: config.shared])
        saved = savings(few, config.widths, seed)
        metrics |= {f"{workload}_{key}": value for key, value in saved.items()}
    files = {}
    if context is not None:
        kept = {name: summary(requests.within(config.limit)) for name, requests in found.items()}
        files["lengths.json"] = save_summary(context.folder / "lengths.json", kept)
    data = data_record() if config.source == "trace" else {}
    return Outcome({k: float(v) for k, v in metrics.items()}, history, files, data)


def run_live(seed: int = 0) -> Outcome:
    """The ``minute`` preset here and now, with requests drawn from what the recorded run keeps."""
    return run_paged(replace(PAGED_PRESETS["minute"], seeds=(seed,)), None)

"""A benchmark: seconds of one head that multiplies and of one that adds, by sequence length.

All kinds are timed in one run, in turns (see ``attngen.cost.clock``): their ratios change much less from
machine to machine than their seconds.  On a CPU one thread works.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch.nn import functional as F

from attngen.additive import walks
from attngen.additive.time_config import AdditiveTimeConfig
from attngen.cost import clock
from attngen.experiments import Context, Outcome
from attngen.nn import scaled_dot_product_attention
from attngen.nn.additive import additive_attention

KINDS = ("fused", "dot", "blocks", "additive")


def heads(config: AdditiveTimeConfig, queries: int, keys: int, device: torch.device) -> dict[str, Callable]:
    """Attention of one head on random projected inputs, by kind; gradients are asked of all inputs."""

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, device=device, requires_grad=True)

    q, k, v = (random(1, 1, count, config.dim) for count in (queries, keys, keys))
    vector = random(config.dim)
    return {
        "fused": partial(F.scaled_dot_product_attention, q, k, v),
        "dot": lambda: scaled_dot_product_attention(q, k, v)[0],
        "blocks": lambda: additive_attention(q, k, v, vector, rows=config.rows)[0],
        "additive": lambda: additive_attention(q, k, v, vector)[0],
    }


def without_gradients(function: Callable) -> Callable:
    return torch.no_grad()(function)


def with_backward(function: Callable) -> Callable:
    return lambda: function().sum().backward()


def measure(config: AdditiveTimeConfig, device: torch.device) -> Outcome:
    """All measurements of a configuration, as metrics and as rows."""
    torch.manual_seed(config.seeds[0])
    rows, found = [], {}
    jobs = [("forward", n, n) for n in config.lengths] + [("training", n, n) for n in config.trained]
    with clock.threads(1):
        steps = walks.measure(config.walked, config.dim, config.repeats, device)
        for name, queries, keys in [*jobs, ("decode", 1, config.context)]:
            way = with_backward if name == "training" else without_gradients
            timed = {kind: way(job) for kind, job in heads(config, queries, keys, device).items()}
            if name == "decode":
                del timed["blocks"]  # one query is one block
            seconds = clock.best(timed, config.repeats, device)
            about = {"measure": name, "length": keys}
            rows += [about | {"kind": kind, "seconds": second} for kind, second in seconds.items()]
            found[name] = keys, seconds  # the longest is the last
            if name == "forward" and keys == config.trained[-1]:
                found["short"] = keys, seconds  # beside training at the same length
    return Outcome(metrics(found, steps), rows)


def metrics(found: dict[str, tuple[int, dict[str, float]]], steps: dict[str, float]) -> dict[str, float]:
    """Times and ratios of the longest length of each measure, and what the steps of a score take (``walks``).

    ``short`` stands for the forward pass at the longest length that was trained.
    """
    every = {name.replace(", ", "_").replace(" ", "_") + "_ns": step for name, step in steps.items()}
    for name, (length, seconds) in found.items():
        every[f"{name}_at"] = length
        every |= {f"{name}_{kind}_ms": 1e3 * second for kind, second in seconds.items()}
        for kind in ("additive", "blocks"):
            if kind in seconds:
                every[f"{name}_{kind}_over_dot"] = seconds[kind] / seconds["dot"]
                every[f"{name}_{kind}_over_fused"] = seconds[kind] / seconds["fused"]
    return every


def run_additive_time(config: AdditiveTimeConfig, context: Context) -> Outcome:
    """The measurements as a recorded experiment."""
    return measure(config, context.accelerator.device)

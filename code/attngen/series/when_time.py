"""How long the two take by length of the sequence: seconds, and steps that must wait for one another."""

from __future__ import annotations

import torch

from attngen.cost import clock
from attngen.series.when_config import WhenConfig
from attngen.series.when_models import make

BATCH = 8


def measure(config: WhenConfig, device: torch.device) -> tuple[dict[str, float], list[dict]]:
    """Forward and backward of both models, with an answer at every step: metrics, and rows for a history.

    On a CPU one thread works, so nothing runs side by side there; what could is told by the steps: an LSTM
    must take one after the other for each row, a transformer one for each layer.
    """
    metrics, rows = {}, []
    with clock.threads(1):
        for length in config.lengths:
            torch.manual_seed(config.seeds[0])
            past, ages = torch.randn(BATCH, length, 4), torch.arange(length, 0, -1).repeat(BATCH, 1) - 1
            jobs = {}
            for kind in ("lstm", "transformer"):
                model = make(kind, 4, 4, config.dim, config.heads).to(device)
                inputs = past.to(device), ages.to(device)
                jobs[kind] = lambda model=model, inputs=inputs: model(*inputs, every=True).sum().backward()
            seconds = clock.best(jobs, config.repeats, device)
            for kind, second in seconds.items():
                metrics[f"time_{kind}_ms_{length}"] = 1e3 * second
                steps = length if kind == "lstm" else 1
                about = {"measure": "time", "kind": kind, "length": length, "steps": steps}
                rows.append(about | {"value": 1e3 * second})
            metrics[f"time_lstm_over_transformer_{length}"] = seconds["lstm"] / seconds["transformer"]
    return metrics, rows

"""Requests to serve: how long their prompts and their outputs are.

The trace is that of Patel et al. 2024 (Splitwise, arXiv 2311.18677): an hour of
conversations with a service of Azure, lengths in tokens and no text.  A recorded run keeps a
summary of it by quantiles, from which anybody can draw requests that are distributed alike.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attngen.data import get, read
from attngen.paged.policies import Lengths

DATASET = "llm-traces"
FILES = {"conversation": "AzureLLMInferenceTrace_conv.csv", "code": "AzureLLMInferenceTrace_code.csv"}
# Means of the two workloads of the paper (its figure 11), (prompt, output).
PAPER_MEANS = {"alpaca": (19.31, 58.45), "sharegpt": (161.31, 337.99)}


@dataclass(frozen=True)
class Requests:
    """prompts, outputs (N,) - their lengths in tokens."""

    prompts: Lengths
    outputs: Lengths

    def __len__(self) -> int:
        return len(self.prompts)

    def within(self, limit: int) -> Requests:
        """Those that a model with so long a context can serve."""
        fits = self.prompts + self.outputs <= limit
        return Requests(self.prompts[fits], self.outputs[fits])

    def shuffled(self, count: int, seed: int) -> Requests:
        """``count`` of them in random order; all, and again from the start, where there are fewer."""
        order = np.random.default_rng(seed).permutation(len(self))
        order = np.resize(order, count)
        return Requests(self.prompts[order], self.outputs[order])


def load_trace(name: str = "conversation") -> Requests:
    """The recorded requests; DataError where the file is not to be had."""
    if name not in FILES:
        raise ValueError(f"the trace is one of {', '.join(FILES)}, not '{name}'")
    rows = csv.DictReader(io.StringIO(read(DATASET, FILES[name]).decode()))
    pairs = [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in rows]
    prompts, outputs = np.array(pairs, dtype=np.int64).T
    return Requests(prompts, outputs)


def data_record() -> dict[str, str]:
    """What names the traces in a recorded result."""
    return {f.name: f.fingerprint for f in get(DATASET).files if f.name in FILES.values()}


def synthetic(means: tuple[float, float], count: int, limit: int, seed: int = 0) -> Requests:
    """Geometric lengths with these means, cut to the limit: the prompt first, then the output."""
    random = np.random.default_rng(seed)
    prompts, outputs = (random.geometric(1 / mean, count) for mean in means)
    prompts = np.minimum(prompts, limit - 1)
    return Requests(prompts, np.minimum(outputs, limit - prompts))


def summary(requests: Requests, bins: int = 32, points: int = 17) -> dict:
    """Quantiles of the prompts, and for each bin between two of them the outputs' quantiles."""
    order = np.argsort(requests.prompts, kind="stable")
    share = np.linspace(0, 1, points)
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return {
        "requests": len(requests),
        "prompts": [np.quantile(requests.prompts[part], share).round(1).tolist() for part in parts],
        "outputs": [np.quantile(requests.outputs[part], share).round(1).tolist() for part in parts],
    }


def from_summary(kept: dict, count: int, limit: int, seed: int = 0) -> Requests:
    """Draw requests from a summary: a bin, then a prompt and an output between its quantiles."""
    random = np.random.default_rng(seed)
    drawn = []
    for part in ("prompts", "outputs"):
        table = np.array(kept[part])  # (bins, points)
        if part == "prompts":
            chosen = random.integers(len(table), size=count)
        place = random.random(count) * (table.shape[1] - 1)
        low = place.astype(int)
        below, above = table[chosen, low], table[chosen, low + 1]
        drawn.append(np.maximum(1, (below + (above - below) * (place - low)).round()).astype(np.int64))
    return Requests(*drawn).within(limit)


def save_summary(path: Path, kept: dict) -> Path:
    """Write a summary where a result can keep it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept) + "\n", "utf-8")
    return path


def recorded_summary() -> dict:
    """The summary that the recorded run of ``paged-azure`` keeps; UnknownResult without one."""
    from attngen import results

    return json.loads(results.load("paged-azure").path("lengths.json").read_text("utf-8"))

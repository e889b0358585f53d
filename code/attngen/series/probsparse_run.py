"""A benchmark: seconds and bytes of ProbSparse attention beside full attention, and what of it is kept.

The Informer of ``transformers`` is measured as well: it samples as many keys as there are, so that its
measure alone takes L x L products.  All kinds are timed in turns on one thread.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from attngen.additive.memory import peak_bytes
from attngen.cost import clock
from attngen.experiments import Context, Outcome
from attngen.nn import scaled_dot_product_attention
from attngen.series.compare_config import ProbSparseConfig
from attngen.series.probsparse import few, probsparse_attention
from attngen.series.probsparse_study import CHOICES, SEQUENCES, study

TIMED = ("full", "fused", "probsparse", "shared", "hugging_face")


def jobs(config: ProbSparseConfig, length: int, device: torch.device | str) -> dict[str, Callable]:
    """Attention of every kind on the same random sequence, without gradients."""
    shape = (1, config.heads, length, config.dim)
    query, key, value = (torch.randn(shape, device=device) for _ in range(3))
    return {
        "full": lambda: scaled_dot_product_attention(query, key, value)[0],
        "fused": lambda: F.scaled_dot_product_attention(query, key, value),
        "probsparse": lambda: probsparse_attention(query, key, value, config.factor)[0],
        "shared": lambda: probsparse_attention(query, key, value, config.factor, shared=True)[0],
        "hugging_face": hugging_face(query, config),
    }


def hugging_face(query: Tensor, config: ProbSparseConfig) -> Callable:
    """The attention of transformers' Informer on the same head, with its projections (a small part)."""
    from transformers.models.informer.modeling_informer import InformerProbSparseAttention

    factor = max(1, round(config.factor))
    heads, dim = query.shape[1], query.shape[-1]
    module = InformerProbSparseAttention(heads * dim, heads, sampling_factor=factor).to(query.device)
    hidden = query.transpose(1, 2).flatten(2)  # (1, L, heads x dim)
    return lambda: module(hidden)[0]


def measure(config: ProbSparseConfig, device: torch.device) -> Outcome:
    """Milliseconds and MiB by kind and length, and the kept share by factor.

    The MiB are watched on the CPU; what a fused kernel holds inside is not seen.
    """
    torch.manual_seed(config.seeds[0])
    rows = []
    with clock.threads(1), torch.no_grad():
        for length in config.lengths:
            seconds = clock.best(jobs(config, length, device), config.repeats, device)
            for kind, job in jobs(config, length, "cpu").items():
                row = {"measure": "cost", "kind": kind, "length": length}
                rows.append(row | {"milliseconds": 1e3 * seconds[kind], "mib": peak_bytes(job) / 2**20})
        for sequence in SEQUENCES:
            found = study(sequence, config.study_length, config.dim, config.factors, config.repeats)
            for choice in CHOICES:
                for factor, share in zip(config.factors, found[choice], strict=True):
                    about = {"measure": "kept", "kind": choice, "sequence": sequence, "factor": factor}
                    rows.append(about | {"kept": share})
    return Outcome(metrics(rows, config), rows)


def metrics(rows: list[dict], config: ProbSparseConfig) -> dict[str, float]:
    """Costs at the shortest and longest length, where they cross, and what is kept at the config's factor."""
    found = crossings(rows, config)
    for row in rows:
        if row["measure"] == "kept" and row["factor"] == config.factor:
            found[f"kept_{row['sequence']}_{row['kind'].replace(' ', '_')}"] = row["kept"]
    for name, length in (("short", min(config.lengths)), ("long", max(config.lengths))):
        found |= {f"{name}_length": length, f"{name}_chosen": few(length, config.factor)}
        at = {row["kind"]: row for row in rows if row.get("length") == length}
        for kind in TIMED:
            found |= {f"{name}_ms_{kind}": at[kind]["milliseconds"], f"{name}_mib_{kind}": at[kind]["mib"]}
            found[f"{name}_speedup_{kind}"] = at["full"]["milliseconds"] / at[kind]["milliseconds"]
    return found


def crossings(rows: list[dict], config: ProbSparseConfig) -> dict[str, float]:
    """The shortest measured length from which on ProbSparse is quicker, or smaller, than full attention.

    Twice the longest length stands for "not within what was measured".
    """
    found, lengths = {}, sorted(config.lengths, reverse=True)
    for column, other in (("milliseconds", "full"), ("milliseconds", "fused"), ("mib", "full")):
        values = {(row["kind"], row["length"]): row[column] for row in rows if row["measure"] == "cost"}
        for kind in ("probsparse", "shared", "hugging_face"):
            crossing = 2 * lengths[0]
            for length in lengths:
                if values[kind, length] >= values[other, length]:
                    break
                crossing = length
            unit = "ms" if column == "milliseconds" else column
            found[f"crossing_{unit}_{kind}_{other}"] = crossing
    return found


def run_probsparse(config: ProbSparseConfig, context: Context) -> Outcome:
    """The measurements as a recorded experiment."""
    return measure(config, context.accelerator.device)

"""A benchmark: seconds of attention and of what stands in for it, beside the operations counted in symbols.

Everything is timed in one run, in turns; ratios change much less from machine to machine than the times.  On
a CPU one thread works and its processor time counts (see ``clock``).
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from attngen.cost import clock, roofline
from attngen.cost.crossover import against_n_log_n
from attngen.cost.fourier import mix_positions
from attngen.cost.grouped import grouped_attention
from attngen.cost.linformer import LinformerAttention
from attngen.cost.time_config import AttentionTimeConfig
from attngen.experiments import Context, Outcome
from attngen.nn import MultiHeadAttention, scaled_dot_product_attention


class Bench:
    """Inputs and measurements of one configuration on one device; ``rows`` collects what was measured."""

    def __init__(self, config: AttentionTimeConfig, device: torch.device):
        self.config, self.device, self.rows = config, device, []
        self.kind = torch.bfloat16 if config.half else torch.float32
        self.size = self.kind.itemsize

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, device=self.device, dtype=self.kind)

    def measure(self, name: str, jobs: dict, **about) -> dict[str, float]:
        """Time jobs, name -> (function, its work or None), and keep a row of each."""
        seconds = clock.best({key: job[0] for key, job in jobs.items()}, self.config.repeats, self.device)
        for key, (_, work) in jobs.items():
            counted = {"flops": work.flops, "bytes": work.bytes} if work else {}
            self.rows.append({"measure": name, "kind": key, **about, **counted, "seconds": seconds[key]})
        return seconds

    def roofs(self) -> float:
        """Bytes/s of the better of a copy and a sum; a large matrix product is timed beside them."""
        side, count = self.config.square, self.config.megabytes * 10**6 // 4
        a, b = self.random(side, side), self.random(side, side)
        source = torch.ones(count, device=self.device)
        target = torch.empty_like(source)
        jobs = {
            "product": (lambda: a @ b, roofline.Work(2 * side**3, 3 * side**2 * self.size)),
            "copy": (lambda: target.copy_(source), roofline.Work(0, 8 * count)),
            "sum": (lambda: source.sum(), roofline.Work(count, 4 * count)),
        }
        seconds = self.measure("roofs", jobs)
        return max(8 * count / seconds["copy"], 4 * count / seconds["sum"])

    def peak(self) -> float:
        """FLOP/s of the fastest plain matrix product measured so far."""
        plain = [row for row in self.rows if row["kind"] in ("product", "projections")]
        return max(row["flops"] / row["seconds"] for row in plain)

    def by_length(self, length: int) -> dict[str, float]:
        """Attention (its scores written down, and fused), its parts and its rivals, on ``length`` "
        "positions."""
        c = self.config
        layer = MultiHeadAttention(c.dim, c.heads).to(self.device, self.kind)
        short = LinformerAttention(c.dim, c.heads, length, min(c.rank, length)).to(self.device, self.kind)
        x, heads = self.random(1, length, c.dim), (1, c.heads, length, c.dim // c.heads)
        q, k, v = (self.random(*heads) for _ in range(3))
        shape, attend = (length, length, c.dim, c.heads, self.size), F.scaled_dot_product_attention

        def project() -> None:
            for each in (layer.query, layer.key, layer.value, layer.output):
                each(x)

        rank = min(c.rank, length)
        jobs = {
            "projections": (project, roofline.projected(length, c.dim, self.size)),
            "fused": (lambda: attend(q, k, v), roofline.fused(*shape)),
            "linformer": (
                lambda: short.core(q, k, v),
                roofline.shortened(length, c.dim, c.heads, rank, self.size),
            ),
            "fourier": (lambda: mix_positions(x.float()), None),
        }
        if length <= c.longest_dense:
            scores = self.random(1, c.heads, length, length)
            work = roofline.softmax(length, length, c.heads, self.size)
            jobs["dense"] = (lambda: scaled_dot_product_attention(q, k, v), roofline.dense(*shape))
            jobs["softmax"] = (lambda: scores.softmax(-1), work)
        return self.measure("length", jobs, length=length)

    def with_cache(self) -> dict[str, float]:
        """All positions, only the new ones, and the new ones in many narrow heads."""
        c, jobs = self.config, {}
        kinds = (("all", c.length, c.heads), ("new", c.new, c.heads), ("groups", c.new, c.groups))
        for name, queries, heads in kinds:
            width = c.dim // heads
            q, k, v = (self.random(1, heads, count, width) for count in (queries, c.length, c.length))
            work = roofline.dense(queries, c.length, c.dim, heads, self.size)
            jobs[name] = (lambda q=q, k=k, v=v: scaled_dot_product_attention(q, k, v), work)
        return self.measure("cache", jobs, length=c.length)

    def decoding(self) -> dict[str, float]:
        """One query against a long cache, with fewer and fewer key/value heads."""
        c, jobs = self.config, {}
        width = c.dim // c.heads
        q = self.random(1, c.heads, 1, width)
        for kv in c.kv_heads:
            k, v = (self.random(1, kv, c.context, width) for _ in range(2))
            work = roofline.decode(c.context, c.dim, c.heads, kv, self.size)
            jobs[str(kv)] = (lambda k=k, v=v: grouped_attention(q, k, v), work)
        return self.measure("decode", jobs, length=c.context)


@torch.no_grad()
def measure(config: AttentionTimeConfig, device: torch.device) -> Outcome:
    """All measurements of a configuration, as metrics and as rows."""
    torch.manual_seed(config.seeds[0])
    with clock.threads(1):
        bench = Bench(config, device)
        bandwidth = bench.roofs()
        by_length = {length: bench.by_length(length) for length in config.lengths}
        cache, decode, peak = bench.with_cache(), bench.decoding(), bench.peak()
    metrics = {
        "peak_gflops": peak / 1e9,
        "bandwidth_gb": bandwidth / 1e9,
        "balance": peak / bandwidth,
        "new_over_all": cache["new"] / cache["all"],
        "groups_over_heads": cache["groups"] / cache["new"],
        "decode_fewest_over_all": decode[str(min(config.kv_heads))] / decode[str(max(config.kv_heads))],
        "decode_ms": 1e3 * decode[str(max(config.kv_heads))],
    }
    return Outcome(metrics | compare(config, by_length, peak, bench.size), bench.rows)


def compare(
    config: AttentionTimeConfig, by_length: dict[int, dict[str, float]], peak: float, size: int
) -> dict[str, float]:
    """Seconds, shares of the peak and crossovers at the longest length at which all kinds were measured."""
    at = max(length for length, seconds in by_length.items() if "dense" in seconds)
    s = by_length[at]
    work = roofline.fused(at, at, config.dim, config.heads, size).flops
    # seconds = a n^2 d = b n log2(n) d: the ratio of the constants, and where the two curves cross
    per_pair = {kind: s[kind] / at**2 for kind in ("dense", "fused")}
    per_step = s["fourier"] / (at * math.log2(at))
    found = {"at": at}
    for kind in ("projections", "dense", "fused", "softmax", "linformer", "fourier"):
        found[f"{kind}_seconds"] = s[kind]
    for kind in ("dense", "fused"):
        found[f"{kind}_utilisation"] = work / s[kind] / peak
        found[f"{kind}_over_linformer"] = s[kind] / s["linformer"]
        found[f"{kind}_over_fourier"] = s[kind] / s["fourier"]
        found[f"fourier_constant_over_{kind}"] = per_step / per_pair[kind]
        found[f"fourier_crossover_{kind}"] = against_n_log_n(per_step / per_pair[kind])
        found[f"linformer_crossover_{kind}"] = s["linformer"] / at / per_pair[kind]
    found["dense_over_fused"] = s["dense"] / s["fused"]
    found["softmax_share"] = s["softmax"] / s["dense"]
    projected = roofline.projected(at, config.dim, size).flops
    found["projections_utilisation"] = projected / s["projections"] / peak
    return found


def run_attention_time(config: AttentionTimeConfig, context: Context) -> Outcome:
    """The measurements as a recorded experiment."""
    return measure(config, context.accelerator.device)

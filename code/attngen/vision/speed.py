"""A benchmark: images a second of the compact model; what leaving out every head costs, naively and cached.

Everything is timed in one run; the ratios change much less from machine to machine than the times.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

import pooch
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen import results
from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.heads.cached import outputs_without_each
from attngen.heads.gates import HeadGates
from attngen.heads.importance import scored, without_each
from attngen.heads.prune import prune
from attngen.heads.stack import take_apart
from attngen.training import TrainConfig, make_optimizer
from attngen.vision.compact import CompactShape, make_model, untrained
from attngen.vision.train import config_of, load_model

KEPT = (100, 75, 50, 25, 0)  # per cent of every layer's heads


@dataclass(frozen=True)
class SpeedConfig:
    """One benchmark.

    images   - random ones, of which each pass takes ``batch``
    ablated  - of them lose every head in turn
    repeats  - of which the median is taken
    recorded - time the recorded model; else fresh weights of ``shape``
    train_batches - of ``train_batch_size`` images each, for the speed of training
    """

    images: int = 1000
    batch: int = 125
    ablated: int = 250
    repeats: int = 3
    recorded: bool = True
    train_batches: int = 6
    train_batch_size: int = 64
    shape: CompactShape = field(default_factory=CompactShape)
    seeds: tuple[int, ...] = (0,)


def median_seconds(functions: dict[str, Callable], repeats: int) -> tuple[dict[str, float], dict]:
    """The median time of each function, and its last answer.

    They take turns, so that a machine that slows down slows all of them.
    """
    times = {name: [] for name in functions}
    answers = {}
    for _ in range(repeats):
        for name, function in functions.items():
            spent, answers[name] = timed(function)
            times[name].append(spent)
    return {name: statistics.median(spent) for name, spent in times.items()}, answers


@torch.no_grad()
def outputs(model: nn.Module, pixels: Tensor, batch: int, **options) -> Tensor:
    return torch.cat([model(some, **options).logits for some in pixels.split(batch)])


def evaluation_speed(model: nn.Module, pixels: Tensor, config: SpeedConfig) -> dict[str, float]:
    """Images a second: with torch's attention kernel, with transformers' own, and with its maps kept."""
    seconds = {}
    for name, kind, options in (
        ("fused", "sdpa", {}), ("eager", "eager", {}), ("maps", "eager", {"output_attentions": True})
    ):  # fmt: skip
        model.set_attn_implementation(kind)
        outputs(model, pixels[: config.batch], config.batch, **options)  # warm up
        run = {name: lambda o=options: outputs(model, pixels, config.batch, **o)}
        seconds |= median_seconds(run, config.repeats)[0]
    model.set_attn_implementation("sdpa")
    return {f"images_per_second_{name}": len(pixels) / spent for name, spent in seconds.items()}


def ablation_speed(model: nn.Module, pixels: Tensor, config: SpeedConfig) -> dict[str, float]:
    """Seconds for all heads left out one by one; how far the two ways' logits differ at most, and how far a
    missing head moves a logit at most, beside which the difference must be small.
    """
    gates, stack = HeadGates.of(model), take_apart(model)
    layers, heads = gates.shape

    def naive() -> Tensor:
        score = scored(gates, lambda: outputs(model, pixels, config.batch))
        return without_each(score, layers, heads)

    def cached() -> Tensor:
        groups = pixels.split(max(1, config.batch // heads))  # all heads of a layer at once
        return torch.cat([outputs_without_each(stack, group)[0] for group in groups], 2)

    spent, logits = median_seconds({"naive": naive, "cached": cached}, config.repeats)
    return {
        "ablated_images": len(pixels), "ablated_heads": layers * heads,
        "naive_seconds": spent["naive"], "cached_seconds": spent["cached"],
        "naive_over_cached": spent["naive"] / spent["cached"],
        "largest_change": (logits["naive"] - outputs(model, pixels, config.batch)).abs().max().item(),
        "largest_difference": (logits["naive"] - logits["cached"]).abs().max().item(),
        "same_classes": (logits["naive"].argmax(-1) == logits["cached"].argmax(-1)).float().mean().item(),
    }  # fmt: skip


def pruned_speed(model: nn.Module, pixels: Tensor, config: SpeedConfig) -> dict[str, float]:
    """Images a second with all, three quarters ... none of every layer's heads, the others cut out, and with
    the attention of every other layer only.  kept_75 stands for 75 %, rounded down to whole heads.
    """
    layers, heads = HeadGates.of(model).shape
    counts = {f"kept_{share}": heads * share // 100 for share in KEPT}
    keeps = {name: (torch.arange(heads) < count).expand(layers, -1) for name, count in counts.items()}
    keeps["half_the_layers"] = (torch.arange(layers) % 2 == 0)[:, None].expand(-1, heads)
    models = {name: prune(model, keep) for name, keep in keeps.items()}
    metrics = {}
    for name, smaller in models.items():
        metrics[f"heads_{name}"] = int(keeps[name].sum())
        metrics[f"parameters_{name}"] = sum(p.numel() for p in smaller.parameters())
        outputs(smaller, pixels[: config.batch], config.batch)  # warm up
    runs = {name: lambda m=smaller: outputs(m, pixels, config.batch) for name, smaller in models.items()}
    spent, _ = median_seconds(runs, config.repeats)
    return metrics | {f"images_per_second_{name}": len(pixels) / seconds for name, seconds in spent.items()}


def training_speed(shape: CompactShape, config: SpeedConfig, device) -> float:
    """Images a second through forward, backward and an optimizer step."""
    model = make_model(shape, "sdpa").to(device).train()
    optimizer = make_optimizer(model, TrainConfig())
    pixels = torch.randn(config.train_batch_size, 3, shape.image, shape.image, device=device)
    labels = torch.randint(shape.classes, (config.train_batch_size,), device=device)

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            F.cross_entropy(model(pixels).logits, labels).backward()
            optimizer.step()

    steps(1)  # warm up
    return config.train_batches * config.train_batch_size / timed(steps, config.train_batches)[0]


def run_speed(config: SpeedConfig, context: Context) -> Outcome:
    """Time evaluation, ablation, pruned models and training."""
    torch.manual_seed(config.seeds[0])
    device = context.accelerator.device
    data, shape = {}, config.shape
    if config.recorded:
        name = "vit-cifar10-compact"
        model, recorded = load_model(name, "sdpa"), results.load(name)
        shape, path = config_of(recorded).shape, recorded.path("model.safetensors")
        data[f"{name}/{path.name}"] = "sha256:" + pooch.file_hash(str(path))
    else:
        model = untrained(shape, "sdpa", config.seeds[0])
    model.to(device)
    size = model.config.image_size
    pixels = torch.randn(config.images, 3, size, size, device=device)
    metrics = {"images": config.images, "batch": config.batch}
    metrics |= evaluation_speed(model, pixels, config)
    metrics |= ablation_speed(model, pixels[: config.ablated], config)
    metrics |= pruned_speed(model, pixels, config)
    metrics["train_images_per_second"] = training_speed(shape, config, device)
    return Outcome(metrics, data=data)

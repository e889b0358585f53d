"""A benchmark: 100 samples by the naive loop and by the cached one, and training images a second.

Everything is timed in one run; the ratios change much less from machine to machine than the times.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pooch
import torch
from torch import Tensor, nn

from attngen import results
from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.pixelcnn.likelihood import nll
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.sampling import draw, sample, uniform_noise
from attngen.pixelcnn.train import load_model
from attngen.training import TrainConfig, make_optimizer


@dataclass(frozen=True)
class SpeedConfig:
    """batch       - images drawn at once;  size - their height and width
    naive_steps - full passes of the naive loop that are timed, evenly spread over the pixels; 0 for all.  A
                  pass costs the same whatever the pixel, so the time of the whole loop follows.
    recorded    - sample from the recorded networks, whose images are digits; else from fresh weights
    """

    batch: int = 100
    size: int = 28
    naive_steps: int = 0
    recorded: bool = True
    repeats: int = 3
    train_batches: int = 6
    batch_size: int = 16
    sheet: NetworkConfig = field(default_factory=NetworkConfig)
    gated: NetworkConfig = field(default_factory=lambda: NetworkConfig("gated", channels=32, layers=10))
    seeds: tuple[int, ...] = (0,)


@torch.no_grad()
def naive_passes(model: nn.Module, noise: Tensor, images: Tensor, steps: int) -> dict[str, float]:
    """Seconds for the whole naive loop, and the share of pixels that it draws as the cached one did.

    Each timed step is one step of ``sample_naive``: a pass over images whose earlier pixels are known, and a draw.
    """
    height, width = noise.shape[2:]
    pixels = range(0, height * width, max(1, height * width // steps) if steps else 1)
    seconds = same = 0.0
    for pixel in pixels:
        row, column = divmod(pixel, width)
        begun = images.clone()
        begun.view(len(begun), -1)[:, pixel:] = 0

        def step(begun=begun, row=row, column=column):
            return draw(model(begun)[:, :, row, column], noise[:, :, row, column], 1.0)

        spent, drawn = timed(step)
        seconds += spent
        same += (drawn == images[:, :, row, column]).float().mean().item()
    return {
        "naive_seconds": seconds * height * width / len(pixels),
        "naive_steps": len(pixels), "same_pixels": same / len(pixels),
    }  # fmt: skip


def training_speed(network: NetworkConfig, config: SpeedConfig, device) -> float:
    """Images a second through forward, backward and an optimizer step."""
    model = make_network(network).to(device, memory_format=torch.channels_last).train()
    optimizer = make_optimizer(model, TrainConfig())
    images = (torch.rand(config.batch_size, 1, config.size, config.size, device=device) < 0.13).float()

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            nll(model, images).mean().backward()
            optimizer.step()

    steps(1)  # warm up
    return config.train_batches * config.batch_size / timed(steps, config.train_batches)[0]


def run_speed(config: SpeedConfig, context: Context) -> Outcome:
    """Time both samplers on the sheet's network, the cached one on the gated, and training on all three."""
    device = context.accelerator.device
    torch.manual_seed(config.seeds[0])
    networks = {"sheet": config.sheet, "gated": config.gated}
    data = {}
    if config.recorded:
        recorded = {"sheet": "pixelcnn-sheet", "gated": "pixelcnn-better"}
        models = {name: load_model(experiment) for name, experiment in recorded.items()}
        for experiment in recorded.values():
            path = results.load(experiment).path("model.safetensors")
            data[f"{experiment}/{path.name}"] = "sha256:" + pooch.file_hash(str(path))
    else:
        models = {name: make_network(network) for name, network in networks.items()}
    for model in models.values():
        model.to(device, memory_format=torch.channels_last).eval()
    noise = uniform_noise(config.batch, config.size, config.size).to(device)
    metrics: dict[str, float] = {"batch": config.batch}
    images = {}
    for name, model in models.items():
        sample(model, noise[:2])  # warm up
        times = []
        for _ in range(config.repeats):
            spent, images[name] = timed(sample, model, noise)
            times.append(spent)
        metrics[f"cached_{name}_seconds"] = sorted(times)[len(times) // 2]
    metrics |= naive_passes(models["sheet"], noise, images["sheet"], config.naive_steps)
    metrics["cached_over_naive"] = metrics["naive_seconds"] / metrics["cached_sheet_seconds"]
    whole = replace(config.sheet, cropped=False)
    for name, network in (networks | {"masked": whole}).items():
        metrics[f"train_images_per_second_{name}"] = training_speed(network, config, device)
    metrics["cropped_over_masked"] = (
        metrics["train_images_per_second_sheet"] / metrics["train_images_per_second_masked"]
    )
    return Outcome(metrics, data=data)

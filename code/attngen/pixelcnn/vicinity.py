"""Are the samples copies?  How far each is from its nearest training image, and how far test images are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.pixelcnn.data import load_fixed, spread
from attngen.pixelcnn.memory import nearest
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.pixelcnn.train import data_record, load_model

NETWORKS = ("sheet", "better")


@dataclass(frozen=True)
class VicinityConfig:
    """count - samples of each network;  among - training images searched, 0 for all"""

    count: int = 100
    among: int = 0
    seeds: tuple[int, ...] = (0,)


def vicinity(images: Tensor, among: Tensor) -> tuple[float, float]:
    """Mean Hamming distance of images to their nearest neighbour, and the number of exact copies."""
    distances, _ = nearest(images, among, 1)
    return distances.float().mean().item(), (distances == 0).sum().item()


def look_around(config: VicinityConfig, context: Context) -> Outcome:
    """metrics for the samples of each recorded network and, as the yardstick, for as many test images."""
    among = load_fixed("train")[: config.among or None].float()
    test = spread(load_fixed("test"), config.count).float()
    groups = {"test": test}
    files: dict[str, Path] = {}
    for network in NETWORKS:
        name = f"pixelcnn-{network}"
        groups[network] = sample(load_model(name), uniform_noise(config.count, seed=config.seeds[0])).cpu()
        files[f"{network}.npz"] = save_images(groups[network], context.folder / f"{network}.npz")
    metrics: dict[str, float] = {}
    for name, images in groups.items():
        distance, copies = vicinity(images, among)
        metrics |= {f"{name}_nearest": distance, f"{name}_copies": copies}
        metrics |= {f"{name}_ink": images.mean().item()}
    return Outcome(metrics, files=files, data=data_record("fixed"))


def save_images(images: Tensor, path: Path) -> Path:
    """Binary images (N, 1, H, W) as packed bits under the key ``bits``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, bits=np.packbits(images[:, 0].to(torch.uint8).numpy(), axis=-1))
    return path


def load_images(path: Path, width: int = 28) -> Tensor:
    """What ``save_images`` wrote, (N, 1, H, W) float."""
    with np.load(path, allow_pickle=False) as file:
        bits = np.unpackbits(file["bits"], axis=-1)[..., :width]
    return torch.from_numpy(bits).float().unsqueeze(-3)


def check_vicinity(result: results.Result) -> dict[str, float]:
    """Distances of the recorded samples measured again."""
    among = load_fixed("train")[: result.config["among"] or None].float()
    return {f"{n}_nearest": vicinity(load_images(result.path(f"{n}.npz")), among)[0] for n in NETWORKS}

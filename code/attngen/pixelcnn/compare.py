"""One small network trained on each preparation of MNIST and measured on all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch

from attngen.experiments import Context, Outcome
from attngen.pixelcnn.data import load_fixed, prepared, spread
from attngen.pixelcnn.likelihood import mean_nll
from attngen.pixelcnn.networks import NetworkConfig
from attngen.pixelcnn.train import PixelCNNConfig, data_record, train_model
from attngen.training import TrainConfig

MNIST = ("fixed", "dynamic", "grey")


@dataclass(frozen=True)
class CompareConfig:
    """limit    - training images of each preparation; 0 for all
    measured - test images on which each network is measured
    """

    limit: int = 0
    measured: int = 10_000
    network: NetworkConfig = field(default_factory=NetworkConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0,)


def compare_preparations(config: CompareConfig, context: Context) -> Outcome:
    """metrics ``A_on_B``: trained on A, mean cross-entropy in nats on the test images of B."""
    metrics, history, seconds = {}, [], 0.0
    tests = {name: spread(prepared(name, "test", seed=1), config.measured) for name in MNIST}
    for number, name in enumerate(MNIST):
        run = PixelCNNConfig(name, config.limit, 500, 0, config.network, config.train, config.seeds)
        inner = replace(context, folder=context.folder / name)
        torch.manual_seed(config.seeds[0])
        model, rows, _ = train_model(run, inner, config.seeds[0])
        metrics |= {f"{name}_on_{other}": mean_nll(model, images) for other, images in tests.items()}
        history += [{"preparation": number} | row for row in rows]
        seconds += rows[-1]["seconds"]
    metrics["train_images"] = len(load_fixed("train")[: config.limit or None])
    return Outcome(metrics, history, data=data_record("fixed") | data_record("grey"), seconds=seconds)

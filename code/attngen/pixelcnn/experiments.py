"""The recorded experiments of the PixelCNN chapter."""

from __future__ import annotations

from dataclasses import replace

from attngen.experiments import Experiment, register
from attngen.pixelcnn.compare import CompareConfig, compare_preparations
from attngen.pixelcnn.networks import NetworkConfig
from attngen.pixelcnn.speed import SpeedConfig, run_speed
from attngen.pixelcnn.train import PixelCNNConfig, check_run, run
from attngen.pixelcnn.vicinity import VicinityConfig, check_vicinity, look_around
from attngen.training import TrainConfig

# The sheet's network, and one with two stacks of about the same size.
SHEET = NetworkConfig()
GATED = NetworkConfig("gated", channels=48, layers=12, dropout=0.1)
# Two cores see the training images twice in the time that is theirs; what dropout is against cannot happen.
GATED_CPU = NetworkConfig("gated", channels=32, layers=10)

CPU = TrainConfig(epochs=2, batch_size=16, lr=3e-3, weight_decay=0.0, average=0.995, evaluations=6)
GPU = TrainConfig(epochs=60, batch_size=128, lr=3e-3, weight_decay=1e-4, average=0.999)

# What a page trains while it is built, and what a test trains.
MINUTE = PixelCNNConfig(
    "at-hand", limit=4000, validate=250, watched=0, network=NetworkConfig(channels=16),
    train=TrainConfig(epochs=2, batch_size=16, lr=5e-3, weight_decay=0.0, average=0.98, evaluations=4),
)  # fmt: skip
SMOKE = PixelCNNConfig(
    "digits", limit=32, validate=16, watched=2, network=NetworkConfig(channels=4, layers=2, size=3),
    train=TrainConfig(epochs=2, batch_size=8, evaluations=2),
)  # fmt: skip


def training(name: str, summary: str, cpu: PixelCNNConfig, gpu: PixelCNNConfig) -> None:
    """Register a training run under all presets."""
    kind = cpu.network.kind
    small = {
        preset: replace(base, network=replace(base.network, kind=kind)) for preset, base in
        (("smoke", SMOKE), ("minute", MINUTE))
    }  # fmt: skip
    register(Experiment(name, summary, small | {"cpu": cpu, "gpu": gpu}, run, check_run))


training(
    "pixelcnn-sheet",
    "the network of the exercise on fixed binarized MNIST",
    PixelCNNConfig(train=CPU),
    PixelCNNConfig(validate=0, train=GPU),
)
training(
    "pixelcnn-better",
    "two stacks of gated layers, no blind spot, on fixed binarized MNIST",
    PixelCNNConfig(network=GATED_CPU, train=replace(CPU, lr=4e-3)),
    PixelCNNConfig(network=GATED, validate=0, train=GPU),
)
training(
    "pixelcnn-mnist",
    "the network of the exercise on MNIST, every pixel drawn anew in each epoch",
    PixelCNNConfig("dynamic", train=replace(CPU, epochs=1, evaluations=12)),
    PixelCNNConfig("dynamic", validate=0, train=GPU),
)

_COMPARE = CompareConfig(
    network=NetworkConfig(channels=16),
    train=TrainConfig(epochs=1, batch_size=16, lr=5e-3, weight_decay=0.0, average=0.99),
)
register(
    Experiment(
        "pixelcnn-binarization",
        "a small network on fixed, drawn and grey MNIST, each measured on all three",
        {
            "smoke": replace(_COMPARE, network=SMOKE.network, limit=32, measured=16),
            "minute": replace(_COMPARE, limit=2000, measured=200),
            "cpu": replace(_COMPARE, limit=25_000),
            "gpu": replace(_COMPARE, network=SHEET, train=replace(GPU, epochs=20)),
        },
        compare_preparations,
    )
)
register(
    Experiment(
        "pixelcnn-speed",
        "seconds for 100 samples, naive and cached; images a second in training",
        {
            "smoke": SpeedConfig(
                batch=2, size=6, naive_steps=0, recorded=False, train_batches=1, batch_size=2,
                sheet=SMOKE.network, gated=replace(SMOKE.network, kind="gated"),
            ),
            "minute": SpeedConfig(naive_steps=4, recorded=False),
            "cpu": SpeedConfig(naive_steps=112),
            "gpu": SpeedConfig(train_batches=50, batch_size=128),
        },
        run_speed,
    )  # fmt: skip
)
register(
    Experiment(
        "pixelcnn-samples",
        "samples of the recorded networks: how near to training images, how much ink",
        {"smoke": VicinityConfig(count=4, among=16), "minute": VicinityConfig(among=5000), "cpu": VicinityConfig()},
        look_around,
        check_vicinity,
    )
)

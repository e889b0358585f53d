"""The recorded experiments of the vision chapter."""

from __future__ import annotations

from dataclasses import replace

from attngen.experiments import Experiment, register
from attngen.training import TrainConfig
from attngen.vision import maps_run, measurements  # noqa: F401  (registers the rest)
from attngen.vision.ablation import HeadsConfig, run_heads
from attngen.vision.augment import AugmentConfig
from attngen.vision.compact import CompactShape
from attngen.vision.large import LargeConfig, run_large
from attngen.vision.speed import SpeedConfig, run_speed
from attngen.vision.train import CompactConfig, check_run, run

# 2.9 million parameters; convolutions before the patches learn faster than one linear map does.
COMPACT = CompactShape(stem=(48, 96, 192))
# Of the shapes tried for two minutes each, the one that a processor learns fastest with: 0.9 million.
SMALL = CompactShape(dim=128, heads=4, feed_forward=2, stem=(32, 64, 128))
CPU = TrainConfig(epochs=12, batch_size=64, lr=1e-3, weight_decay=0.05, betas=(0.9, 0.99), average=0.995)
# A graphics card sees every image hundreds of times, so that it has to be another one each time.
GPU = TrainConfig(epochs=200, batch_size=512, lr=2e-3, weight_decay=0.08, betas=(0.9, 0.99), average=0.9995)
STRONG = AugmentConfig(operation=1.0, erase=0.25, mixup=0.8, cutmix=1.0, smoothing=0.1)

# What a page can train while it is built, and what a test trains.
_TINY = CompactShape(dim=12, layers=2, heads=3, feed_forward=2, patch=8)
_MINUTE = CompactShape(dim=64, layers=3, heads=4, feed_forward=2, stem=(16, 32, 64))
# The layers and heads of the recorded model: what is measured has its names.
_TINY_STACK = CompactShape(dim=8, layers=6, heads=4, feed_forward=2, patch=16)
_SMOKE_TRAIN = TrainConfig(epochs=2, batch_size=8, average=0.5)
_EVERYTHING = replace(STRONG, colour=0.2)

register(
    Experiment(
        "vit-cifar10-compact",
        "a compact vision transformer from scratch on CIFAR-10",
        {
            "smoke": CompactConfig(
                "digits", limit=32, measure=16, shape=replace(_TINY, stem=(4, 4, 8)), augment=_EVERYTHING,
                train=_SMOKE_TRAIN,
            ),
            "minute": CompactConfig(
                "at-hand", limit=8000, measure=500, shape=_MINUTE,
                train=replace(CPU, epochs=2, batch_size=32, lr=2e-3, average=0.98),
            ),
            "cpu": CompactConfig(shape=SMALL, train=CPU),
            "gpu": CompactConfig(shape=COMPACT, augment=STRONG, train=GPU),
        },
        run,
        check_run,
    )
)
register(
    Experiment(
        "vit-cifar10-large",
        "CLIP's ViT-B/16 fine-tuned on CIFAR-10, all 86 million weights",
        {
            "smoke": LargeConfig("fresh", "digits", 32, 16, probe=60, train=_SMOKE_TRAIN),
            # 16 patches instead of 196, and a quarter of the photos: what one thread can do in an hour
            "cpu": LargeConfig(
                limit=12_000, size=64,
                train=TrainConfig(
                    epochs=2, batch_size=64, lr=2e-5, warmup=0.1, weight_decay=0.05, betas=(0.9, 0.99),
                    average=0.99,
                ),
            ),
            "gpu": LargeConfig(
                augment=AugmentConfig(operation=0.5, smoothing=0.1),
                train=TrainConfig(
                    epochs=6, batch_size=128, lr=2e-5, warmup=0.1, weight_decay=0.05, betas=(0.9, 0.99),
                    average=0.997,
                ),
            ),
        },
        run_large,
    )
)
register(
    Experiment(
        "heads-vit-compact",
        "every head of the compact model left out, kept alone, and dropped in several orders",
        {
            "smoke": HeadsConfig("", 24, 8, 8, random=2, rollout=8, draws=50, shape=_TINY_STACK),
            "minute": HeadsConfig(images=200, choose=100, step=12, random=2, rollout=100, draws=500),
            "cpu": HeadsConfig(),
            "gpu": HeadsConfig(step=1, random=20, rollout=5000),
        },
        run_heads,
    )
)
register(
    Experiment(
        "vit-speed",
        "images a second of the compact model; seconds for leaving out every head, naively and cached",
        {
            "smoke": SpeedConfig(8, 4, 4, 1, False, train_batches=1, train_batch_size=2, shape=_TINY_STACK),
            "minute": SpeedConfig(250, 125, 125, 1, False, train_batches=1, shape=SMALL),
            "cpu": SpeedConfig(),
            "gpu": SpeedConfig(10_000, 2500, 2500, train_batches=50, train_batch_size=256),
        },
        run_speed,
    )
)

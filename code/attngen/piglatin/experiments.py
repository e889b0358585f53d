"""The recorded experiments of the Pig-Latin chapter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from attngen.experiments import Experiment, register
from attngen.nn import TransformerConfig
from attngen.piglatin.ablation import AblationConfig, run_ablation
from attngen.piglatin.closer import CloserConfig, check_closer, look_closer
from attngen.piglatin.facts import FactsConfig, check_facts, count_facts
from attngen.piglatin.noncausal import run_noncausal
from attngen.piglatin.speed import SpeedConfig, run_speed
from attngen.piglatin.train import PigLatinConfig, check_cell, train_cell
from attngen.training import TrainConfig

# Settings of this book: pre-norm, several heads, a wide feed-forward network, a cosine schedule and a
# running average of the weights.  Small batches on the small data, fewer passes over the large.
SMALL = TrainConfig(epochs=40, batch_size=64, lr=4e-3, average=0.99)
LARGE = TrainConfig(epochs=10, batch_size=128, lr=3e-3, average=0.995)

DROPOUT = {("small", 32): 0.05, ("small", 64): 0.1, ("large", 32): 0.0, ("large", 64): 0.05}

# Settings of the exercise's course: one head, no normalisation, Adam at 5e-4 times 0.99 an epoch.
COURSE = TrainConfig(
    epochs=100, batch_size=64, lr=5e-4, schedule="exponential", decay=0.99,
    optimizer="adam", betas=(0.9, 0.999), clip=0.0,
)  # fmt: skip
COURSE_MODEL = TransformerConfig(heads=1, norm=False, feed_forward=0)

SMOKE = PigLatinConfig(
    data="offline", limit=64, seeds=(0,),
    model=TransformerConfig(dim=16, heads=2, layers=1), train=TrainConfig(epochs=2, batch_size=32),
)  # fmt: skip


def book_config(data: str, dim: int) -> PigLatinConfig:
    """The settings of this book for one of the four cells."""
    model = TransformerConfig(dim=dim, heads=4, dropout=DROPOUT[data, dim])
    return PigLatinConfig(data, model=model, train=SMALL if data == "small" else LARGE)


def minute(config: PigLatinConfig, epochs: int = 12) -> PigLatinConfig:
    """One seed and a few epochs of a cell, on data that every reader has."""
    train = replace(config.train, epochs=epochs, batch_size=64, average=0.0)
    return replace(config, data="offline", limit=2400, seeds=(0,), train=train)


def cell(name: str, summary: str, config: PigLatinConfig, function=train_cell) -> None:
    """Register one cell: the graphics card and the processor train the same configuration."""
    smoke = replace(SMOKE, model=replace(SMOKE.model, norm=config.model.norm, causal=config.model.causal))
    presets = {"smoke": smoke, "minute": minute(config), "cpu": config, "gpu": config}
    register(Experiment(name, summary, presets, function, check_cell))


for data in ("small", "large"):
    for dim in (32, 64):
        cell(
            f"pig-latin-{data}-h{dim}",
            f"the {data} data, hidden size {dim}, settings of this book",
            book_config(data, dim),
        )
        layers = 4 if (data, dim) == ("small", 32) else 3
        course = replace(COURSE, epochs=100 if dim == 32 else 50, batch_size=64 if data == "small" else 512)
        cell(
            f"pig-latin-course-{data}-h{dim}",
            f"the {data} data, hidden size {dim}, plain architecture and settings of the course",
            PigLatinConfig(data, 0, replace(COURSE_MODEL, dim=dim, layers=layers), course, seeds=(0,)),
        )

_SMALL_32 = book_config("small", 32)

cell(
    "pig-latin-noncausal",
    "as pig-latin-small-h32, with a decoder that sees the answer",
    replace(_SMALL_32, model=replace(_SMALL_32.model, causal=False), seeds=(0,)),
    run_noncausal,
)
cell(
    "pig-latin-tuned",
    "the large data, hidden size 64, trained longer: as many words right as we could get",
    PigLatinConfig(
        "large", model=TransformerConfig(dim=64, heads=4, dropout=0.05), train=replace(LARGE, epochs=20), seeds=(0,)
    ),
)

_ABLATION = AblationConfig(
    base=replace(_SMALL_32, seeds=(0,), train=replace(SMALL, epochs=30)), course=COURSE
)
register(
    Experiment(
        "pig-latin-ablation",
        "which part of the settings makes the difference to the course's, on small data, hidden size 32",
        {
            "smoke": replace(_ABLATION, base=SMOKE, course=replace(COURSE, epochs=2)),
            "minute": replace(_ABLATION, base=minute(_SMALL_32, 1), course=replace(COURSE, epochs=1)),
            "cpu": _ABLATION,
            "gpu": _ABLATION,
        },
        run_ablation,
    )
)
register(
    Experiment(
        "pig-latin-speed",
        "words a second: training, the naive decoding loop, and the cached one on the same words",
        {
            "smoke": SpeedConfig(words=16, repeats=1, train_batches=1),
            "minute": SpeedConfig(),
            "cpu": SpeedConfig(),
            "gpu": SpeedConfig(),
        },
        run_speed,
    )
)
register(
    Experiment(
        "pig-latin-data",
        "the files of the exercise, counted: pairs, words, and what each rule explains",
        {"minute": FactsConfig(), "cpu": FactsConfig()},
        count_facts,
        check_facts,
    )
)
register(
    Experiment(
        "pig-latin-closer",
        "the recorded models measured again: the course's own measure, hyphens, invented words",
        {"minute": CloserConfig(), "cpu": CloserConfig()},
        look_closer,
        check_closer,
    )
)

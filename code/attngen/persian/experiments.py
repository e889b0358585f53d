"""The recorded experiments of the Persian chapters."""

from __future__ import annotations

from dataclasses import replace

from attngen.experiments import Experiment, register
from attngen.nn import DecoderConfig
from attngen.persian import measurements  # noqa: F401  (registers the rest)
from attngen.persian.full import FULL_PRESETS, check_full, run_full
from attngen.persian.learning_curve import LearningCurveConfig, run_learning_curve
from attngen.persian.models import NeuralNGramConfig, RecurrentConfig
from attngen.persian.tokens import TextConfig
from attngen.persian.train import LanguageModelConfig, check_run, run
from attngen.persian.versions import VersionsConfig, compare_versions
from attngen.training import TrainConfig

# Two to two and a half million parameters each: more than two for every training token (the chapter says why).
CPU = {
    "ngram": LanguageModelConfig(
        "ngram", model=NeuralNGramConfig(order=9, hidden=1024, dropout=0.25),
        train=TrainConfig(epochs=5, batch_size=256, lr=3e-3, weight_decay=0.05, average=0.998, evaluations=2),
    ),
    "recurrent": LanguageModelConfig(
        # shorter blocks, more of them at once: a recurrent network takes its steps one after the other
        "recurrent", model=RecurrentConfig(hidden=512, dropout=0.3), length=128, stride=128,
        train=TrainConfig(epochs=8, batch_size=16, lr=2e-3, weight_decay=0.02, average=0.995, by_length=True),
    ),
    "transformer": LanguageModelConfig(
        "transformer", model=DecoderConfig(dropout=0.2),
        train=TrainConfig(epochs=8, batch_size=8, lr=1.5e-3, weight_decay=0.05, average=0.995, by_length=True),
    ),
}  # fmt: skip

# A graphics card has time for overlapping blocks, more passes and a larger batch.
GPU = {
    "ngram": replace(
        CPU["ngram"], model=NeuralNGramConfig(order=9, hidden=1024, dropout=0.4),
        train=replace(CPU["ngram"].train, epochs=12, evaluations=1),
    ),
    "recurrent": replace(
        CPU["recurrent"], model=RecurrentConfig(hidden=512, dropout=0.5), stride=64,
        train=replace(CPU["recurrent"].train, epochs=15, batch_size=32),
    ),
    "transformer": replace(
        CPU["transformer"], model=DecoderConfig(dropout=0.3), stride=128,
        train=replace(CPU["transformer"].train, epochs=15, batch_size=16),
    ),
}  # fmt: skip

# What a page trains while it is built, and what a test trains.
_MINUTE_TEXT = TextConfig("at-hand", size=1024, limit=150_000)
_SMOKE_TEXT = TextConfig("book", size=300, limit=3000)
_MINUTE_MODELS = {
    "ngram": NeuralNGramConfig(dim=96, order=5, hidden=256),
    "recurrent": RecurrentConfig(dim=96, hidden=256),
    "transformer": DecoderConfig(dim=96, heads=4, layers=3, context=128),
}
_SMOKE_MODELS = {
    "ngram": NeuralNGramConfig(dim=16, order=4, hidden=16),
    "recurrent": RecurrentConfig(dim=16, hidden=16),
    "transformer": DecoderConfig(dim=16, heads=2, layers=2, context=32),
}


def small(kind: str) -> dict[str, LanguageModelConfig]:
    """The presets ``smoke`` and ``minute`` of one kind of model."""
    batch, evaluations = (64, 1) if kind == "ngram" else (8, 1)
    smoke = TrainConfig(epochs=2, batch_size=batch, evaluations=evaluations, average=0.5)
    minute = replace(CPU[kind].train, epochs=3, batch_size=256 if kind == "ngram" else 8, lr=4e-3, average=0.98)
    return {
        "smoke": LanguageModelConfig(kind, _SMOKE_TEXT, _SMOKE_MODELS[kind], smoke, 32, 32, 32),
        "minute": LanguageModelConfig(kind, _MINUTE_TEXT, _MINUTE_MODELS[kind], minute, 128, 128, 128),
    }


for _name, _kind, _summary in (
    ("persian-ngram", "ngram", "a neural 9-gram model on Persian Wikipedia"),
    ("persian-gru", "recurrent", "a GRU on Persian Wikipedia"),
    ("persian-transformer", "transformer", "a transformer from scratch on Persian Wikipedia"),
):
    _presets = small(_kind) | {"cpu": CPU[_kind], "gpu": GPU[_kind]}
    register(Experiment(_name, _summary, _presets, run, check_run))

_SMALL = DecoderConfig(dim=128, heads=4, layers=3, context=128, dropout=0.1)
_SMALL_TRAIN = replace(CPU["transformer"].train, epochs=3, batch_size=8, lr=2e-3)
_VERSIONS = VersionsConfig(text=TextConfig(limit=600_000), model=_SMALL, train=replace(_SMALL_TRAIN, epochs=4))
register(
    Experiment(
        "persian-stop-words",
        "the same small transformer on the whole text, without stop words, on lemmas, and both",
        {
            "smoke": replace(
                _VERSIONS, text=_SMOKE_TEXT, model=replace(_SMOKE_MODELS["transformer"]), length=32,
                train=replace(_SMALL_TRAIN, epochs=1), prompts=1, tokens=5,
            ),
            "minute": replace(_VERSIONS, text=_MINUTE_TEXT, train=replace(_SMALL_TRAIN, epochs=1)),
            "cpu": _VERSIONS,
            "gpu": replace(_VERSIONS, text=TextConfig(), train=replace(_SMALL_TRAIN, epochs=12)),
        },
        compare_versions,
    )  # fmt: skip
)

_TINY = DecoderConfig(dim=96, heads=4, layers=2, context=128, dropout=0.1)  # four trainings in one run
_CURVE = LearningCurveConfig((1 / 8, 1 / 4, 1 / 2, 1.0), model=_TINY, train=_SMALL_TRAIN)
register(
    Experiment(
        "persian-learning-curve",
        "bits a character of a small transformer and of Kneser-Ney, by the size of the corpus",
        {
            "smoke": replace(
                _CURVE, fractions=(0.5, 1.0), text=_SMOKE_TEXT, model=_SMOKE_MODELS["transformer"], length=32,
                train=replace(_SMALL_TRAIN, epochs=1), order=3,
            ),
            "minute": replace(_CURVE, fractions=(0.25, 1.0), text=_MINUTE_TEXT, train=replace(_SMALL_TRAIN, epochs=1)),
            "cpu": replace(_CURVE, most_epochs=12, train=replace(_SMALL_TRAIN, epochs=8)),
            "gpu": replace(_CURVE, most_epochs=40, train=replace(_SMALL_TRAIN, epochs=15), model=replace(_SMALL, dropout=0.2)),
        },
        run_learning_curve,
    )  # fmt: skip
)

_FULL = "a larger transformer on the whole Persian Wikipedia of Kaggle, read from the disk batch by batch"
register(Experiment("persian-transformer-full", _FULL, FULL_PRESETS, run_full, check_full))

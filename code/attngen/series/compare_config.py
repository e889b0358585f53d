"""What the comparison of transformers for series trains and measures, and its presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.series.hugging_face import HuggingFaceConfig
from attngen.series.informer import InformerConfig
from attngen.training import TrainConfig

_FULL = InformerConfig(attention="full", distil=False)
VARIANTS = {  # the paper's model; the same without its two savings; both with normalised windows
    "informer": InformerConfig(),
    "full": _FULL,
    "informer_normalised": InformerConfig(normalise=True),
    "full_normalised": replace(_FULL, normalise=True),
}
_ADAM = {"optimizer": "adam", "betas": (0.9, 0.999), "weight_decay": 0.0}


@dataclass(frozen=True)
class CompareConfig:
    """Informers with and without their savings, trained alike.

    data - name of the table;  base - shape of all;  names - which of ``VARIANTS``
    train_stride - take every so-many-th training window in an epoch
    limit, validation_limit, test_limit - at most so many windows, evenly spread (0: all)
    """

    data: str = "etth1"
    base: InformerConfig = field(default_factory=InformerConfig)
    names: tuple[str, ...] = tuple(VARIANTS)
    train: TrainConfig = field(
        default_factory=lambda: TrainConfig(epochs=2, batch_size=32, lr=1e-3, **_ADAM)
    )
    seeds: tuple[int, ...] = (0, 1)
    train_stride: int = 2
    limit: int = 0
    validation_limit: int = 500
    test_limit: int = 0

    def variant(self, name: str) -> InformerConfig:
        """The shape of one variant."""
        of = VARIANTS[name]
        return replace(self.base, attention=of.attention, distil=of.distil, normalise=of.normalise)


_SMALL = InformerConfig(dim=8, heads=2, label_length=12)
COMPARE_PRESETS = {
    "smoke": CompareConfig(
        base=_SMALL, train=TrainConfig(epochs=1), seeds=(0,), limit=64, validation_limit=32, test_limit=32
    ),
    "minute": CompareConfig(
        train=TrainConfig(epochs=1, lr=1e-3, **_ADAM),
        seeds=(0,), limit=800, validation_limit=64, test_limit=200,
    ),
    "cpu": CompareConfig(),
    "gpu": CompareConfig(train=TrainConfig(epochs=6, lr=1e-4, **_ADAM), seeds=(0, 1, 2), train_stride=1),
}  # fmt: skip


@dataclass(frozen=True)
class SampledConfig:
    """Forecasts as distributions: both models of ``transformers``, and our Informer with a Student-t head.

    model - the shape of both models of transformers;  own - of our Informer, which writes all steps at once
    train, own_train, point_train - how these learn, and the two models without a distribution beside them
    windows - test windows on which all are compared, evenly spread;  level - of the intervals
    """

    data: str = "etth1"
    model: HuggingFaceConfig = field(default_factory=HuggingFaceConfig)
    own: InformerConfig = field(
        default_factory=lambda: InformerConfig(horizon=24, dim=32, heads=2, normalise=True)
    )
    train: TrainConfig = field(
        default_factory=lambda: TrainConfig(epochs=3, batch_size=64, lr=2e-3, **_ADAM)
    )
    own_train: TrainConfig = field(
        default_factory=lambda: TrainConfig(epochs=3, batch_size=64, lr=1e-3, **_ADAM)
    )
    point_train: TrainConfig = field(
        default_factory=lambda: TrainConfig(epochs=3, batch_size=64, lr=1e-3, **_ADAM)
    )
    seeds: tuple[int, ...] = (0, 1)
    train_stride: int = 1
    limit: int = 0
    validation_limit: int = 500
    windows: int = 200
    level: float = 0.8

    def __post_init__(self):
        if self.model.lookback != self.own.lookback or self.model.horizon != self.own.horizon:
            seen = f"lookback {self.model.lookback} and {self.own.lookback}"
            seen += f", horizon {self.model.horizon} and {self.own.horizon}"
            raise ValueError(f"all models must see the same past and forecast the same future: {seen}")


_TINY = HuggingFaceConfig(horizon=4, context=8, lags=(1, 4), dim=8, feed_forward=8, paths=5)
_TINY_OWN = InformerConfig(lookback=12, horizon=4, label_length=4, dim=8, heads=2, normalise=True)
_ONCE = TrainConfig(epochs=1, batch_size=32)
SAMPLED_PRESETS = {
    "smoke": SampledConfig(
        model=_TINY, own=_TINY_OWN, train=_ONCE, own_train=_ONCE, point_train=_ONCE,
        seeds=(0,), limit=64, validation_limit=32, windows=6,
    ),
    "minute": SampledConfig(
        train=TrainConfig(epochs=1, lr=2e-3, **_ADAM), own_train=TrainConfig(epochs=1, lr=1e-3, **_ADAM),
        point_train=TrainConfig(epochs=1, lr=1e-3, **_ADAM),
        seeds=(0,), limit=1500, validation_limit=64, windows=40,
    ),
    "cpu": SampledConfig(),
    "gpu": SampledConfig(
        train=TrainConfig(epochs=10, batch_size=64, lr=1e-3, **_ADAM), seeds=(0, 1, 2), windows=1000,
        model=replace(HuggingFaceConfig(), paths=100),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class ProbSparseConfig:
    """Full attention beside ProbSparse.

    lengths - of the sequences;  dim - width of a head;  heads - how many side by side
    factor - the c of c ln L, one of ``factors``;  factors, study_length - of the study of what is kept
    """

    lengths: tuple[int, ...] = (96, 192, 384, 768, 1536, 3072, 6144)
    dim: int = 32
    heads: int = 1
    factor: float = 5.0
    factors: tuple[float, ...] = (1, 2, 5, 10, 20, 40)
    study_length: int = 512
    repeats: int = 3
    seeds: tuple[int, ...] = (0,)


PROBSPARSE_PRESETS = {
    "smoke": ProbSparseConfig((16, 64), 8, factors=(1, 5), study_length=32, repeats=1),
    "minute": ProbSparseConfig((96, 384, 1536), repeats=2),
    "cpu": ProbSparseConfig(),
    "gpu": ProbSparseConfig((96, 192, 384, 768, 1536, 3072, 6144, 12288), repeats=10),
}

"""What the experiments on attention between variables train and measure, and their presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.series.config import ModelConfig
from attngen.series.forecast_config import ForecastConfig, forecast
from attngen.series.ring import RingConfig
from attngen.training import TrainConfig

_SMALL = ModelConfig("itransformer", dim=32, heads=2, layers=1, dropout=0.0, normalise=False, calendar=0)
_FAST = TrainConfig(epochs=12, batch_size=64, lr=1e-2, warmup=0.1, weight_decay=0.0)


@dataclass(frozen=True)
class RingAttentionConfig:
    """ring - the series;  model, train - the iTransformer (in the ring's sizes) and how it learns
    larger - variables of a second ring, on which nothing is trained
    """

    ring: RingConfig = field(default_factory=RingConfig)
    model: ModelConfig = _SMALL
    train: TrainConfig = _FAST
    larger: int = 12
    seeds: tuple[int, ...] = (0, 1, 2)

    @property
    def shape(self) -> ModelConfig:
        """The model's configuration with the ring's sizes."""
        sizes = {"lookback": self.ring.lookback, "horizon": self.ring.horizon}
        return replace(self.model, variables=self.ring.variables, **sizes)


@dataclass(frozen=True)
class TableAttentionConfig:
    """source - the recorded result whose weights are looked at
    instead - what is trained where no such result is recorded
    windows - of the test windows, take this many, evenly spread (0: all)
    """

    source: str = "series-itransformer-etth1-96"
    instead: ForecastConfig = field(default_factory=lambda: _brief(limit=2000))
    windows: int = 0
    seeds: tuple[int, ...] = (0,)


def _brief(limit: int) -> ForecastConfig:
    """One pass over few windows: a model that has learned something, in seconds."""
    full = forecast("itransformer", "etth1", 96)
    return replace(full, train=replace(full.train, epochs=1), seeds=(0,), limit=limit)


_TINY = RingConfig(variables=3, lag=2, steps=200, lookback=4, horizon=2)
RING_PRESETS = {
    "smoke": RingAttentionConfig(_TINY, replace(_SMALL, dim=8), replace(_FAST, epochs=1), 4, seeds=(0,)),
    "minute": RingAttentionConfig(seeds=(0,)),
    "cpu": RingAttentionConfig(RingConfig(steps=8000)),
    "gpu": RingAttentionConfig(RingConfig(steps=40_000)),
}
TABLE_PRESETS = {
    "smoke": TableAttentionConfig(instead=_brief(limit=64), windows=64),
    "minute": TableAttentionConfig(windows=500),
    "cpu": TableAttentionConfig(),
    "gpu": TableAttentionConfig(),
}

"""What the experiments on preparing a series measure, and their presets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SentinelsConfig:
    """Weather as published, with -9999 in it, and cleaned: what changes.

    lookback, horizon - steps read and forecast
    limit - of the training and of the test windows take this many, evenly spread (0: all)
    """

    data: str = "weather"
    lookback: int = 96
    horizon: int = 96
    limit: int = 0
    seeds: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class NormaliseConfig:
    """The same models with and without reversible instance normalisation.

    kinds - names of the models, each with the comparison's own settings (see ``forecast_config``)
    epochs - instead of a model's own (0: its own);  small - tiny models, for tests
    limit - at most this many training windows (0: all);  test_limit - the same of validation and test
    """

    data: str = "etth1"
    horizon: int = 96
    kinds: tuple[str, ...] = ("dlinear", "lstm", "itransformer")
    epochs: int = 0
    limit: int = 0
    test_limit: int = 0
    small: bool = False
    seeds: tuple[int, ...] = (0,)


SENTINELS_PRESETS = {
    "smoke": SentinelsConfig(limit=200),
    "minute": SentinelsConfig(limit=8000),
    "cpu": SentinelsConfig(),
    "gpu": SentinelsConfig(),
}
NORMALISE_PRESETS = {
    "smoke": NormaliseConfig(epochs=1, limit=64, test_limit=64, small=True),
    "minute": NormaliseConfig(epochs=1, limit=1500, test_limit=500),
    "cpu": NormaliseConfig(),
    "gpu": NormaliseConfig(seeds=(0, 1, 2)),
}

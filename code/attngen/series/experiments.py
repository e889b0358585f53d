"""The recorded experiments of the chapter on time series."""

from __future__ import annotations

from dataclasses import replace

from attngen.experiments import Experiment, register
from attngen.series import (  # noqa: F401  (each registers its part's experiments)
    attention_experiments,
    compare_experiments,
    multistep_experiments,
    preprocessing_experiments,
    speed_experiments,
    when_experiments,
)
from attngen.series.forecast_config import COMPARED, HORIZONS, SHAPES, ForecastConfig, forecast
from attngen.series.forecast_run import check_forecast, run_forecast

TABLES = {"etth1": HORIZONS, "ettm1": (96,), "exchange": (96,), "weather": (96,)}


def presets(kind: str, data: str, horizon: int) -> dict[str, ForecastConfig]:
    """What each preset trains."""
    full = forecast(kind, data, horizon)
    small = replace(full.model, dim=8, heads=2, layers=1)
    once = replace(full.train, epochs=1, evaluations=1)
    longer = replace(full.train, epochs=2 * full.train.epochs)
    few = {"limit": 64, "validation_limit": 64, "test_limit": 64}
    return {
        "smoke": replace(full, model=small, train=once, seeds=(0,), **few),
        "minute": replace(full, train=once, seeds=(0,), limit=2000, validation_limit=500, test_limit=500),
        "cpu": full,
        "gpu": replace(full, train=longer, train_stride=1, validation_limit=0),
    }


for data, horizons in TABLES.items():
    for horizon in horizons:
        season_fits = horizon == 96 and SHAPES[data][2] <= 96  # not that of Weather, a day of 144 steps
        for kind in COMPARED + (("seasonal",) if season_fits else ()):
            register(
                Experiment(
                    f"series-{kind}-{data}-{horizon}",
                    f"Forecasts of {data}, {horizon} steps from 96, by {kind}: error on every test window.",
                    presets(kind, data, horizon),
                    run_forecast,
                    check_forecast,
                )
            )

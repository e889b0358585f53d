"""The recorded experiment of part (a) of the chapter on time series."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.when_config import WHEN_PRESETS
from attngen.series.when_run import run_when

register(
    Experiment(
        "series-when",
        "Transformer, LSTM and linear model on made-up worlds whose best forecast is known: by lag, by "
        "amount of data, with steps left out and with a delay that changes; and seconds by length.",
        WHEN_PRESETS,
        run_when,
    )
)

"""The recorded experiments of the part on preparing a series."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.preprocessing_config import NORMALISE_PRESETS, SENTINELS_PRESETS
from attngen.series.preprocessing_run import run_normalise, run_sentinels

register(
    Experiment(
        "series-sentinels",
        "Weather with its -9999 and without: scales, and errors of the last value and of a linear map.",
        SENTINELS_PRESETS,
        run_sentinels,
    )
)
register(
    Experiment(
        "series-normalise",
        "DLinear, an LSTM and an iTransformer on ETTh1 with and without reversible instance normalisation.",
        NORMALISE_PRESETS,
        run_normalise,
    )
)

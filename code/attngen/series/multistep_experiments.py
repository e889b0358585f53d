"""The recorded experiments of the part on many steps ahead."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.multistep_config import MULTISTEP_ETTH1_PRESETS, MULTISTEP_WAVES_PRESETS
from attngen.series.multistep_run import run_multistep

register(
    Experiment(
        "series-multistep-etth1",
        "Recursive, direct, multi-output and encoder-decoder forecasts of ETTh1 by one body: error by step.",
        MULTISTEP_ETTH1_PRESETS,
        run_multistep,
    )
)
register(
    Experiment(
        "series-multistep-waves",
        "The same, and scheduled sampling, on waves with noise, whose least possible error is known.",
        MULTISTEP_WAVES_PRESETS,
        run_multistep,
    )
)

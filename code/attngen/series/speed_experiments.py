"""The experiments on speed and on what a test loader leaves out."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.drop_last import DROP_LAST_PRESETS, run_drop_last
from attngen.series.speed import SPEED_PRESETS, run_speed

register(
    Experiment(
        "series-speed",
        "Windows a second of each forecaster at the shapes of ETTh1, in training, in testing and one by one.",
        SPEED_PRESETS,
        run_speed,
    )
)
register(
    Experiment(
        "series-drop-last",
        "Recorded forecasts of ETTh1 measured on every test window, and without the last, smaller batch.",
        DROP_LAST_PRESETS,
        run_drop_last,
    )
)

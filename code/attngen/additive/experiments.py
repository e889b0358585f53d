"""The recorded experiments of the chapter on additive attention."""

from __future__ import annotations

from attngen.additive.time_config import ADDITIVE_TIME_PRESETS
from attngen.additive.time_run import run_additive_time
from attngen.additive.words_config import HEADS_PRESETS
from attngen.additive.words_run import check_heads, run_heads
from attngen.experiments import Experiment, register

register(
    Experiment(
        "additive-time",
        "One head that multiplies and one that adds, by sequence length: seconds forward, in training and "
        "in decoding.",
        ADDITIVE_TIME_PRESETS,
        run_additive_time,
    )
)
register(
    Experiment(
        "additive-pig-latin",
        "The Pig-Latin transformer with heads that multiply, add, or mix both: loss, accuracy, gates.",
        HEADS_PRESETS,
        run_heads,
        check_heads,
    )
)

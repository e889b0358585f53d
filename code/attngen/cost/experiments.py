"""The recorded experiment of the chapter on the cost of attention."""

from __future__ import annotations

from attngen.cost.time_config import TIME_PRESETS
from attngen.cost.time_run import run_attention_time
from attngen.experiments import Experiment, register

register(
    Experiment(
        "attention-cost-time",
        "Attention, its parts and its rivals by length, with a cache and with shared heads: seconds "
        "and roofs.",
        TIME_PRESETS,
        run_attention_time,
    )
)

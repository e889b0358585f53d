"""The recorded experiments on transformers made for series."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.compare_config import COMPARE_PRESETS, PROBSPARSE_PRESETS, SAMPLED_PRESETS
from attngen.series.compare_run import check_compare, run_compare
from attngen.series.probsparse_run import run_probsparse
from attngen.series.sampled_run import check_sampled, run_sampled

register(
    Experiment(
        "series-informer-etth1-96",
        "Informer with and without ProbSparse attention and distilling, windows normalised or not: error on "
        "every test window of etth1.",
        COMPARE_PRESETS,
        run_compare,
        check_compare,
    )
)
register(
    Experiment(
        "series-hf-etth1-24",
        "Sampled forecasts of etth1, a day ahead, by both transformers for series of Hugging Face and by a "
        "Student-t Informer: CRPS, coverage, error.",
        SAMPLED_PRESETS,
        run_sampled,
        check_sampled,
    )
)
register(
    Experiment(
        "series-probsparse",
        "ProbSparse beside full attention: seconds and bytes by length, and how much of the output is kept.",
        PROBSPARSE_PRESETS,
        run_probsparse,
    )
)

"""The experiments on attention between variables."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.series.attention_config import RING_PRESETS, TABLE_PRESETS
from attngen.series.attention_run import check_ring, run_ring
from attngen.series.table_attention import check_table, run_table

register(
    Experiment(
        "series-attention-ring",
        "iTransformer on made-up series whose drivers are known: attention on them, and what is needed.",
        RING_PRESETS,
        run_ring,
        check_ring,
    )
)
register(
    Experiment(
        "series-attention-etth1",
        "The recorded iTransformer's attention between the variables of ETTh1, beside their correlations.",
        TABLE_PRESETS,
        run_table,
        check_table,
    )
)

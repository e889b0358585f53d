"""The recorded experiments of the chapter on PagedAttention."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.paged.azure_run import PAGED_PRESETS, run_paged
from attngen.paged.own_run import SHARING_PRESETS, run_sharing
from attngen.paged.prefix import PREFIX_PRESETS, run_prefix
from attngen.paged.speed import SPEED_PRESETS, run_speed

_RUNS = (
    ("paged-azure", "memory policies on real requests: use, throughput, sharing", PAGED_PRESETS, run_paged),
    ("paged-prefix", "blocks of real prompts that earlier ones had", PREFIX_PRESETS, run_prefix),
    ("paged-sharing", "the Persian transformer's answers in shared blocks", SHARING_PRESETS, run_sharing),
    ("paged-speed", "block manager calls a second; attention by block size", SPEED_PRESETS, run_speed),
)
for _name, _summary, _presets, _function in _RUNS:
    register(Experiment(_name, _summary, _presets, _function))

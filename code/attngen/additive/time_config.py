"""What the benchmark of scores measures, and its presets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AdditiveTimeConfig:
    """dim - width of the one head that is timed;  rows - queries in a block of additive attention
    lengths - sequence lengths n, forward;  trained - of them, those timed with a backward pass as well
    context - keys for the one query of the decoding measure
    walked  - sequence length at which the score is taken apart (see ``walks``)
    """

    dim: int = 64
    rows: int = 32
    lengths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048)
    trained: tuple[int, ...] = (64, 128, 256, 512, 1024)
    context: int = 65536
    walked: int = 512
    repeats: int = 5
    seeds: tuple[int, ...] = (0,)


ADDITIVE_TIME_PRESETS = {
    "smoke": AdditiveTimeConfig(
        8, 4, (8, 16), (8, 16), context=64, walked=8, repeats=1
    ),
    "minute": AdditiveTimeConfig(
        lengths=(64, 128, 256, 512), trained=(64, 128, 256), context=16384, walked=256, repeats=3
    ),
    "cpu": AdditiveTimeConfig(),
    "gpu": AdditiveTimeConfig(context=1_048_576, walked=2048, repeats=20),
}

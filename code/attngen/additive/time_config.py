"""What the benchmark of scores measures, and its presets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AdditiveTimeConfig:
    """dim - width of the one head that is timed;  rows - queries in a block of additive attention
    lengths - sequence lengths n, forward;  trained - of them, those timed with a backward pass as well
    context - keys for the one query of the decoding measure
    tanhs   - numbers whose tanh is timed, few enough to stay near the processor;  square - side of a product
    """

    dim: int = 64
    rows: int = 32
    lengths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048)
    trained: tuple[int, ...] = (64, 128, 256, 512, 1024)
    context: int = 65536
    tanhs: int = 16384
    square: int = 1024
    repeats: int = 5
    seeds: tuple[int, ...] = (0,)


ADDITIVE_TIME_PRESETS = {
    "smoke": AdditiveTimeConfig(
        8, 4, (8, 16), (8, 16), context=64, tanhs=256, square=32, repeats=1
    ),
    "minute": AdditiveTimeConfig(
        lengths=(64, 128, 256, 512), trained=(64, 128, 256), context=16384, square=512, repeats=3
    ),
    "cpu": AdditiveTimeConfig(),
    "gpu": AdditiveTimeConfig(context=1_048_576, tanhs=1 << 24, square=8192, repeats=20),
}

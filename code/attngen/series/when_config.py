"""The worlds on which a transformer meets an LSTM, how much data and training both get, and the presets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from attngen.series.switching import SwitchingWorld
from attngen.series.table import SeriesError
from attngen.series.world import World
from attngen.training import TrainConfig

# A slow level, badly measured: the best forecast is a weighted mean of the last steps.
LOCAL = World(lag=1, coupling=0.0, memory=0.95, blur=2.0)
SWITCHING = SwitchingWorld()


def far(lag: int) -> World:
    """The ring of four whose cause lies ``lag`` steps back, and nothing else."""
    return World(lag=lag)


@dataclass(frozen=True)
class WhenConfig:
    """lookback - rows of a window;  windows - so many to train on where data is plenty
    lags     - of the coupled worlds;  few - numbers of windows where data is scarce;  few_lag - the lag there
    aged     - lags at which the LSTM is also trained with each row's age among its inputs
    keep     - share of the steps that is seen in the irregular world, which has ``few_lag`` too
    updates, lr, batch - of every training;  longer_* - of the LSTM's second one, at the lags ``longer``;
               at the farthest also with forget gates that begin open
    looks    - how often validation data is looked at in a training; the best state is kept
    lengths  - of the sequences that are timed
    """

    dim: int = 32
    heads: int = 4
    lookback: int = 64
    windows: int = 40_000
    validation: int = 500
    test: int = 2000
    lags: tuple[int, ...] = (1, 4, 8, 24, 48)
    aged: tuple[int, ...] = (4, 8, 24)
    few: tuple[int, ...] = (250, 1000, 4000)
    few_lag: int = 8
    keep: float = 0.7
    updates: int = 1200
    batch: int = 32
    lr: float = 3e-3
    looks: int = 12
    longer: tuple[int, ...] = (4, 8, 24)
    longer_updates: int = 6000
    longer_windows: int = 100_000
    longer_lr: float = 5e-3
    lengths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    repeats: int = 5
    seeds: tuple[int, ...] = (0, 1)

    def __post_init__(self):
        causes = (*self.lags, *self.aged, *self.longer, self.few_lag, *SWITCHING.delays)
        if max(causes) > self.lookback:
            raise SeriesError(f"a window of {self.lookback} rows does not reach back {max(causes)} steps")
        if not set(self.aged) | set(self.longer) <= set(self.lags):
            raise SeriesError(f"aged and longer pick from the lags {self.lags}: {self.aged}, {self.longer}")
        if not self.seeds:
            raise SeriesError("at least one seed is needed")

    def train(self, longer: bool = False) -> TrainConfig:
        """One pass through as many windows as the updates need, with ``looks`` at the validation data."""
        lr = self.longer_lr if longer else self.lr
        return TrainConfig(1, self.batch, lr, weight_decay=0.01, evaluations=self.looks)


_SMALL = WhenConfig(  # every lag, number and length of the recorded run, so that it has all of its metrics
    dim=8, heads=2, windows=1500, validation=60, test=80, updates=4, looks=2, longer_updates=8,
    longer_windows=300, repeats=1, seeds=(0,),
)  # fmt: skip
_MINUTE = WhenConfig(
    windows=20_000, test=1000, lags=(1, 8, 24), aged=(8,), few=(250,), updates=400, looks=8,
    longer=(24,), longer_updates=1200, longer_windows=20_000, lengths=(64, 128, 256), repeats=3, seeds=(0,),
)  # fmt: skip
WHEN_PRESETS = {
    "smoke": _SMALL,
    "minute": _MINUTE,
    "cpu": WhenConfig(),
    "gpu": replace(
        WhenConfig(), updates=2400, longer_updates=24_000, longer_windows=400_000, seeds=(0, 1, 2)
    ),
}

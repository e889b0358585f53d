"""Series made up so that it is known who drives whom: the truth that a map of attention can be held against.

Each variable repeats, some steps later, what its driver did, with fresh noise.  No data set tells this about
its variables, which is why maps learned on real series cannot be marked right or wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attngen.series.table import SeriesError
from attngen.series.windows import Windows

_SETTLE = 200  # rows thrown away at the start, in which the drivers' past is still missing


def ring(variables: int) -> tuple[int, ...]:
    """Everyone is driven by the one before, the first by the last."""
    return tuple((v - 1) % variables for v in range(variables))


def alone(variables: int) -> tuple[int, ...]:
    """Everyone is driven by itself: the others are of no use."""
    return tuple(range(variables))


def truth(drivers: tuple[int, ...]) -> Tensor:
    """(V, V) of zeros and ones: row v has its one at the variable that drives v."""
    return torch.nn.functional.one_hot(torch.tensor(drivers), len(drivers)).float()


def driven(
    drivers: tuple[int, ...], steps: int, lag: int, strength: float, seed: int = 0
) -> Tensor:
    """Series (steps, V) in which each variable repeats its driver, ``lag`` steps later.

    x_v(t) = strength * x_driver(t - lag) + noise, so that every x_v has variance 1.
    Raises SeriesError for a driver that is no variable, a lag below 1, or a strength
    outside 0..1.
    """
    if not drivers or any(not 0 <= d < len(drivers) for d in drivers):
        wanted = f"0 to {len(drivers) - 1}"
        raise SeriesError(f"{len(drivers)} drivers must be {wanted}: {drivers}")
    if min(steps, lag) < 1 or not 0 <= strength <= 1:
        given = f"{steps} steps, lag {lag}, strength {strength}"
        raise SeriesError(f"steps and lag >= 1, 0 <= strength <= 1 expected: {given}")
    generator = torch.Generator().manual_seed(seed)
    fresh = torch.randn(_SETTLE + steps, len(drivers), generator=generator)
    series = fresh.clone()
    for t in range(lag, len(series)):
        heard = series[t - lag, list(drivers)]
        series[t] = strength * heard + (1 - strength**2) ** 0.5 * fresh[t]
    return series[_SETTLE:]


def floor(strength: float) -> float:
    """The mean squared error that no forecast can be below, up to ``lag`` steps ahead: the fresh noise's."""
    return 1 - strength**2


@dataclass(frozen=True)
class RingConfig:
    """variables - how many;  lag - steps from a driver to what it drives;  strength - of the driver's echo
    steps    - rows of the table, of which the first 70 % train and the last 20 % test
    lookback, horizon - of a window; the horizon is at most the lag, so that what is needed has been seen
    """

    variables: int = 6
    lag: int = 6
    strength: float = 0.9
    steps: int = 4000
    lookback: int = 24
    horizon: int = 6

    def __post_init__(self):
        if not self.horizon <= self.lag <= self.lookback:
            found = f"horizon {self.horizon}, lag {self.lag}, lookback {self.lookback}"
            raise SeriesError(f"wanted horizon <= lag <= lookback: {found}")


def windows(series: Tensor, lookback: int, horizon: int) -> Windows:
    """All windows of a table without a calendar."""
    return Windows(series, torch.zeros(len(series), 0), lookback, horizon)


def parts(config: RingConfig, drivers: tuple[int, ...], seed: int = 0) -> dict[str, Windows]:
    """Training, validation and test windows, which share no row."""
    series = driven(drivers, config.steps, config.lag, config.strength, seed)
    cuts = 0, round(0.7 * config.steps), round(0.8 * config.steps), config.steps
    names = "train", "validation", "test"
    return {
        name: windows(series[first:last], config.lookback, config.horizon)
        for name, first, last in zip(names, cuts[:-1], cuts[1:], strict=True)
    }

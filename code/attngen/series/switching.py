"""A world whose delay changes at every step and is announced: which past step matters depends on the data.

    y[t] = coupling * u[t - delay[t]] + noise * e[t],      u, e ~ N(0, 1),   noise^2 = 1 - coupling^2

A row shows u[t], y[t], and which of the delays will hold at the *next* step, as one column a delay (a river's
level downstream, say: the flow, known in advance, tells how long a flood upstream takes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from attngen.series.table import SeriesError


@dataclass(frozen=True)
class SwitchingWorld:
    """delays - the steps among which each row draws one;  coupling - weight of the cause, below 1 in size."""

    delays: tuple[int, ...] = (4, 12, 24)
    coupling: float = 0.9

    def __post_init__(self):
        if not self.delays or min(self.delays) < 1 or len(set(self.delays)) < len(self.delays):
            raise SeriesError(f"delays are different whole numbers from 1 on, not {self.delays}")
        if not 0 < abs(self.coupling) < 1:
            raise SeriesError(f"the coupling lies between 0 and 1 in size, not {self.coupling}")

    @property
    def variables(self) -> int:
        """Columns of a row: u, y, and one for each delay."""
        return 2 + len(self.delays)

    @property
    def targets(self) -> tuple[int, ...]:
        """The columns to forecast: y alone, as all others are drawn anew at every step."""
        return (1,)

    def draw(self, length: int, seed: int) -> np.ndarray:
        """(length, columns): what is seen."""
        if length < 1:
            raise SeriesError(f"a series has at least one step, not {length}")
        before, generators = max(self.delays), np.random.default_rng(seed).spawn(3)
        total = before + length + 1
        u, e = (generator.standard_normal(total) for generator in generators[:2])
        which = generators[2].integers(len(self.delays), size=total)
        steps = np.arange(before, total)
        noise = math.sqrt(1 - self.coupling**2)
        y = self.coupling * u[steps - np.array(self.delays)[which[steps]]] + noise * e[steps]
        announced = np.eye(len(self.delays))[which[before + 1 :]]
        return np.column_stack([u[before:-1], y[:-1], announced])

    def floor(self, lookback: int) -> float:
        """The least mean squared error of any forecast from a window that reaches back to every delay."""
        if lookback < max(self.delays):
            raise SeriesError(f"a window of {lookback} steps does not reach back {max(self.delays)}")
        return 1 - self.coupling**2

    @property
    def variance(self) -> float:
        """Variance of y: the error of who always says 0, the mean."""
        return 1.0

    def best_forecast(self, past: np.ndarray, ages: np.ndarray) -> np.ndarray:
        """(N, 1): the conditional mean of y at the target step, from whole windows past (N, L, columns)."""
        self.floor(past.shape[1])
        if (ages != np.arange(past.shape[1], 0, -1)).any():
            raise SeriesError("this world's best forecast is known for whole windows, without dropped steps")
        delay = np.array(self.delays)[past[:, -1, 2:].argmax(1)]
        return self.coupling * past[np.arange(len(past)), past.shape[1] - delay, 0][:, None]

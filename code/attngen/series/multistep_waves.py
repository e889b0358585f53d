"""A series whose best possible error is known, and the error of recursion on the simplest process.

Each variable is a sum of seasonal waves and of noise that follows an AR(1) process,
x_t = phi x_{t-1} + e_t with Var(e) = sigma^2.  Whoever knows the waves and phi can forecast h steps with the
error sigma^2 (1 - phi^2h) / (1 - phi^2), and nobody can do better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attngen.series.splits import Scaler
from attngen.series.table import SeriesError, SeriesTable

PERIODS = (24, 12, 8)  # steps


@dataclass(frozen=True)
class Waves:
    """rows, variables - shape of the table;  phi, sigma - of the noise;  seed - of all that is random"""

    rows: int = 3000
    variables: int = 4
    phi: float = 0.8
    sigma: float = 0.25
    seed: int = 0

    def __post_init__(self):
        if not -1 < self.phi < 1:
            raise SeriesError(f"the noise only has a finite variance for |phi| < 1, not {self.phi}")

    def table(self) -> SeriesTable:
        """Hourly rows of the waves' sum plus the noise."""
        rng = np.random.default_rng(self.seed)
        time = np.arange(self.rows)
        angles = 2 * np.pi * time[:, None, None] / np.array(PERIODS)  # (T, 1, periods)
        shape = (self.variables, len(PERIODS))
        size, phase = rng.uniform(0.3, 1.0, shape), rng.uniform(0, 2 * np.pi, shape)
        clean = (size * np.sin(angles + phase)).sum(axis=-1)  # (T, V)
        shocks = rng.normal(0, self.sigma, (self.rows, self.variables))
        noise = np.empty_like(shocks)
        noise[0] = shocks[0] / np.sqrt(1 - self.phi**2)  # stationary from the start
        for row in range(1, self.rows):
            noise[row] = self.phi * noise[row - 1] + shocks[row]
        times = np.datetime64("2001-01-01", "s") + time * np.timedelta64(3600, "s")
        names = tuple(f"wave {number + 1}" for number in range(self.variables))
        return SeriesTable("waves", times, clean + noise, names, 60)

    def floor(self, horizon: int, scaler: Scaler) -> np.ndarray:
        """(horizon,): the least mean squared error of each step on scaled data, mean over the variables."""
        unit = self.sigma**2 * np.mean(scaler.std**-2.0)
        return unit * ar1_error(self.phi, self.phi, horizon)


def ar1_error(phi: float, guess: float, horizon: int) -> np.ndarray:
    """(horizon,): expected squared error of x guess^h as forecast of x_{t+h}, for noise of variance one.

    The first part is the future's own noise, the second what the wrong guess adds:
        (1 - phi^2h) / (1 - phi^2)  +  (phi^h - guess^h)^2 / (1 - phi^2)
    """
    if not -1 < phi < 1:
        raise SeriesError(f"the process is only stationary for |phi| < 1, not {phi}")
    h = np.arange(1, horizon + 1)
    return (1 - phi ** (2 * h) + (phi**h - guess**h) ** 2) / (1 - phi**2)

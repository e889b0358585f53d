"""A made-up world of several series whose truth is known: how far back the cause lies, how strong it is, and
how well anybody can forecast.

Every variable hears its neighbour in a ring, ``lag`` steps late, and remembers a little of itself:

    z[t, v] = memory * z[t-1, v] + coupling * z[t-lag, v-1] + noise * e[t, v],     e ~ N(0, 1)
    x[t, v] = z[t, v] + blur * n[t, v],                                            n ~ N(0, 1)

and only x is seen.  All of it is Gaussian, so the best forecast from any set of observations is a
conditional mean, and its error follows from the covariances (Hamilton 1994, section 4.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from attngen.series.table import SeriesError


@dataclass(frozen=True)
class World:
    """variables - V, the size of the ring;  lag - steps from cause to effect
    coupling - weight of the neighbour's past;  memory - weight of the variable's own last value
    noise, blur - standard deviation of what nobody can know, and of the error of measuring

    Raises SeriesError where a number makes no sense or the world would not stay bounded.
    """

    variables: int = 4
    lag: int = 8
    coupling: float = 0.9
    memory: float = 0.0
    noise: float = 1.0
    blur: float = 0.0

    def __post_init__(self):
        for name in ("variables", "lag"):
            if not isinstance(value := getattr(self, name), int) or value < 1:
                raise SeriesError(f"{name} is a whole number from 1 on, not {value!r}")
        for name in ("coupling", "memory", "noise", "blur"):
            if not math.isfinite(value := getattr(self, name)):
                raise SeriesError(f"{name} must be a finite number, not {value}")
        if self.noise <= 0 or self.blur < 0:
            raise SeriesError(f"noise must be positive and blur not negative: {self.noise}, {self.blur}")
        if (radius := self.radius) >= 1 - 1e-9:
            raise SeriesError(
                f"this world is not stable: its values would grow by x {radius:.4f} a step; "
                f"take |coupling| + |memory| below 1, not {abs(self.coupling)} + {abs(self.memory)}"
            )

    @property
    def targets(self) -> tuple[int, ...]:
        """The columns to forecast: all."""
        return tuple(range(self.variables))

    @property
    def radius(self) -> float:
        """By how much a step can make the state grow in the long run; below 1 the world is stationary.

        A wave around the ring with phase w follows y[t] = memory y[t-1] + coupling w y[t-lag]: the largest
        root of r^lag = memory r^(lag-1) + coupling w over all V waves.
        """
        roots = []
        for wave in np.exp(2j * np.pi * np.arange(self.variables) / self.variables):
            polynomial = np.zeros(self.lag + 1, complex)
            polynomial[0] = 1
            polynomial[1] -= self.memory
            polynomial[-1] -= self.coupling * wave
            roots.extend(np.abs(np.roots(polynomial)))
        return float(max(roots, default=0.0))

    def settled(self, rest: float) -> int:
        """Steps after which what came before counts less than ``rest``."""
        steps = math.log(rest) / math.log(self.radius) if self.radius > 0 else 0
        return self.lag + math.ceil(steps)

    def draw(self, length: int, seed: int) -> np.ndarray:
        """(length, V): what is seen.  A longer draw with the same seed begins with the shorter one."""
        if length < 1:
            raise SeriesError(f"a series has at least one step, not {length}")
        before, (inner, outer) = self.settled(1e-6), np.random.default_rng(seed).spawn(2)
        shocks = self.noise * inner.standard_normal((before + length, self.variables))
        seen = follow(self, shocks)[before:]
        return seen + self.blur * outer.standard_normal(seen.shape)

    def floor(self, lookback: int, horizon: int = 1) -> float:
        """The least mean squared error of any forecast ``horizon`` steps after a whole window."""
        ages = np.arange(lookback + horizon - 1, horizon - 1, -1)
        return float(weights(self, ages)[1])

    @property
    def variance(self) -> float:
        """Variance of each variable: the error of who always says 0, the mean."""
        return float(covariance(self, 0)[0, 0, 0]) + self.blur**2

    def best_forecast(self, past: np.ndarray, ages: np.ndarray) -> np.ndarray:
        """(N, V): the conditional mean of the target step; no forecast has a smaller expected error.

        past - (N, L, V) what was seen;  ages - (N, L) steps from each observation to the target, all >= 1
        """
        patterns, which = np.unique(ages, axis=0, return_inverse=True)
        best = np.empty((len(past), self.variables))
        for number, pattern in enumerate(patterns):
            chosen = which.ravel() == number
            best[chosen] = past[chosen].reshape(chosen.sum(), -1) @ weights(self, pattern)[0]
        return best


def follow(world: World, shocks: np.ndarray) -> np.ndarray:
    """The equation, step by step from nothing: shocks (T, V) -> z (T, V)."""
    neighbour = np.roll(np.arange(world.variables), 1)
    z = shocks.copy()
    for t in range(1, len(z)):
        z[t] += world.memory * z[t - 1]
        if t >= world.lag:
            z[t] += world.coupling * z[t - world.lag, neighbour]
    return z


@lru_cache(maxsize=32)
def covariance(world: World, lags: int) -> np.ndarray:
    """(lags + 1, V, V): entry [k, v, w] is the covariance of z[t + k, v] and z[t, w].

    z[t] is the sum of psi[j] e[t - j], so the entry is the sum of psi[j + k] psi[j]^T over j.
    """
    steps = world.settled(1e-9) + 1
    impulse = np.zeros((steps + lags, world.variables))
    impulse[0, 0] = world.noise
    first = follow(world, impulse)  # the answer to one shock of variable 0
    psi = np.stack([np.roll(first, w, axis=1) for w in range(world.variables)], axis=2)
    flat = psi[:steps].transpose(1, 0, 2).reshape(world.variables, -1)  # psi[j, w, e] as (w, j e)
    later = (psi[k : k + steps].transpose(1, 0, 2).reshape(world.variables, -1) for k in range(lags + 1))
    return np.stack([each @ flat.T for each in later])


def weights(world: World, ages: np.ndarray) -> tuple[np.ndarray, float]:
    """The best linear forecast from observations of these ages (L,), which is the best of all.

    Returns its weights (L * V, V) and its mean squared error, the same for every variable.
    Raises SeriesError where an age is below 1 or comes twice.
    """
    ages = np.asarray(ages)
    if ages.ndim != 1 or not len(ages) or ages.min() < 1 or len(np.unique(ages)) < len(ages):
        raise SeriesError(f"ages are different whole numbers from 1 on, in one row, not {ages.tolist()}")
    # gap[i, j] = time of i minus time of j; covariance(-k) is the transpose of covariance(k)
    gap, size = ages[None, :] - ages[:, None], len(ages) * world.variables
    known = covariance(world, int(ages.max()))
    among = np.where((gap >= 0)[..., None, None], known[np.abs(gap)], known[np.abs(gap)].swapaxes(-1, -2))
    among = among.transpose(0, 2, 1, 3).reshape(size, size) + world.blur**2 * np.eye(size)
    to_target = known[ages].transpose(0, 2, 1).reshape(size, world.variables)
    solved = np.linalg.solve(among, to_target)
    error = known[0, 0, 0] + world.blur**2 - to_target[:, 0] @ solved[:, 0]
    return solved, float(error)

"""What a simulated server is made of: a model of time, when requests come, and what is reported.

Time is a model: a step reads all weights and the whole cache once, a prompt costs its arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Machine:
    """The times of a model on a device, in the simplest form that knows its limits.

    weight_bytes - of the model;  token_bytes - of a token's keys and values
    bandwidth - bytes a second from its own memory;  flops - operations a second
    swap_bandwidth - bytes a second between device and host
    slowdown - of reading the cache, by a kernel that finds it scattered
    """

    weight_bytes: float
    token_bytes: float
    bandwidth: float
    flops: float
    swap_bandwidth: float
    slowdown: float = 1.0

    def read_seconds(self, batch: int) -> float:
        """Of a step but for the cache: read the weights or compute, the longer one.

        A parameter has two bytes, and takes two operations for each token.
        """
        compute = self.weight_bytes * batch / self.flops
        return max(self.weight_bytes / self.bandwidth, compute)

    def cache_seconds(self) -> float:
        """To read one token's keys and values."""
        return self.slowdown * self.token_bytes / self.bandwidth



@dataclass
class Report:
    """What happened until the last request had been let in (or to the end, if all were at once).

    finished (N,) - when each request was done, seconds;  arrived (N,)
    closed - when the last request was let in;  preempted - how many were thrown out
    seconds_batch, seconds_held ... - integrals over that time: requests at work, slots that
    hold a token, slots that will, slots reserved in vain, free slots; while someone waits
    """

    arrived: NDArray[np.float64]
    finished: NDArray[np.float64]
    outputs: NDArray[np.int64]
    closed: float = 0.0
    preempted: int = 0
    steps: int = 0
    seconds_batch: float = 0.0
    waiting: float = 0.0
    shares: NDArray[np.float64] | None = None

    @property
    def batch(self) -> float:
        """Requests at work, on average over time."""
        return self.seconds_batch / self.closed

    @property
    def throughput(self) -> float:
        """Requests finished a second, until the last one was let in."""
        return float((self.finished <= self.closed).sum() / self.closed)

    @property
    def latency(self) -> float:
        """Normalised latency: seconds from arrival to end for each output token, mean over requests."""
        return float(((self.finished - self.arrived) / self.outputs).mean())

    @property
    def parts(self) -> dict[str, float]:
        """How the memory was divided while a request waited for it: written, future, wasted, free."""
        names = ("written", "future", "wasted", "free")
        return dict(zip(names, (self.shares / max(self.waiting, 1e-12)).tolist()))


def arrivals(count: int, rate: float, seed: int) -> NDArray[np.float64]:
    """Times of a Poisson process of ``rate`` a second; all at once where it is infinite."""
    gaps = np.random.default_rng(seed).exponential(1.0, count)
    return np.cumsum(gaps) / rate

"""A server that decodes for many requests at once, in a memory that has an end.

Batching step by step is Orca's (Yu et al. 2022); first come first served, and preemption of the
latest, are those of Kwon et al. 2023 (arXiv 2309.06180), section 4.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attngen.paged.memories import Memory
from attngen.paged.requests import Requests
from attngen.paged.serving import Machine, Report


def simulate(
    requests: Requests, times: NDArray[np.float64], machine: Machine, memory: Memory, swap: bool = False
) -> Report:  # fmt: skip
    """Serve the requests that come at these times (ascending); see ``Report``.

    swap - bring preempted requests back from the host's memory, instead of reading
           their tokens again
    Raises ValueError where a request can never fit.
    """
    memory.check(requests.prompts, requests.outputs)
    return Server(requests, times, machine, memory, swap).run()


class Server:
    """What is at work, and what waits.

    done    - tokens written of each request
    running - numbers of the requests at work, in the order of arrival
    back    - the preempted ones, the earliest first: they go before those that come
    coming  - the next one that has never been at work
    """

    def __init__(self, requests: Requests, times, machine: Machine, memory: Memory, swap: bool):
        self.prompts, self.outputs, self.count = requests.prompts, requests.outputs, len(requests)
        self.times, self.machine, self.memory, self.swap = times, machine, memory, swap
        self.done = np.zeros(self.count, dtype=np.int64)
        self.running = np.empty(0, dtype=np.int64)
        self.back: list[int] = []
        self.on_host: set[int] = set()
        self.now, self.coming = 0.0, 0
        self.report = Report(times, np.full(self.count, np.inf), self.outputs, shares=np.zeros(4))

    def run(self) -> Report:
        """Until nobody is left."""
        while self.waits or self.coming < self.count or len(self.running):
            if new := self.let_in():
                self.read(new)
            elif not len(self.running):
                self.now = max(self.now, self.times[self.coming])
            elif steps := self.steps():
                self.decode(steps)
            else:
                self.preempt()
            self.finish()
        self.report.closed = self.report.closed or self.now
        return self.report

    @property
    def waits(self) -> bool:
        """Whether somebody who is here is not at work."""
        return bool(self.back) or (self.coming < self.count and self.times[self.coming] <= self.now)

    def tokens(self, which) -> NDArray[np.int64]:
        """Tokens in the cache of some requests."""
        return self.prompts[which] + self.done[which]

    def let_in(self) -> list[int]:
        """In order, as many as fit."""
        new: list[int] = []
        while self.waits:
            head = self.back[0] if self.back else self.coming
            lengths = self.prompts[head], self.outputs[head], self.done[head]
            if not self.memory.admit(head, *lengths, self.running, self.prompts, self.done):
                break
            if self.back:
                self.back.pop(0)
            else:
                self.coming += 1
                self.report.closed = self.now
            self.running = np.append(self.running, head)
            new.append(head)
        self.running.sort()
        return new

    def read(self, new: list[int]) -> None:
        """One step for the prompts of those who came in, or their blocks back from the host."""
        swapped = [name for name in new if name in self.on_host]
        prompts = [name for name in new if name not in self.on_host]
        self.on_host.difference_update(swapped)
        seconds = self.moving(swapped)
        if prompts:
            seconds += self.machine.read_seconds(int(self.tokens(prompts).sum()))
            self.done[prompts] += 1  # reading a prompt gives the first token
        self.pass_by(seconds, float(self.tokens(self.running).sum()))

    def steps(self) -> int:
        """How many steps until one ends, or blocks run out."""
        left = int((self.outputs[self.running] - self.done[self.running]).min())
        return self.memory.steps(left, self.tokens(self.running))

    def decode(self, steps: int) -> None:
        """So many steps at once, or as many as it takes until somebody comes who could be let in."""
        batch = len(self.running)
        tokens = self.tokens(self.running).sum() + batch * np.arange(steps)
        spans = self.machine.read_seconds(batch) + tokens * self.machine.cache_seconds()
        if not self.waits and self.coming < self.count:
            ends = self.now + np.cumsum(spans)
            steps = min(steps, int(np.searchsorted(ends, self.times[self.coming])) + 1)
            tokens, spans = tokens[:steps], spans[:steps]
        seconds = float(spans.sum())
        self.pass_by(seconds, float((tokens * spans).sum()) / seconds, steps)

    def preempt(self) -> None:
        """The latest goes, with all of its blocks."""
        latest, self.running = int(self.running[-1]), self.running[:-1]
        self.memory.leave(latest)
        self.back.insert(0, latest)
        self.report.preempted += 1
        if self.swap:
            self.on_host.add(latest)
            self.now += self.moving([latest])

    def moving(self, names: list[int]) -> float:
        """Seconds to move the cache of some requests between device and host."""
        return float(self.tokens(names).sum() * self.machine.token_bytes / self.machine.swap_bandwidth)

    def pass_by(self, seconds: float, written: float, steps: int = 0) -> None:
        """Let time go by, with ``written`` slots in use on average; everyone at work makes ``steps``."""
        if self.coming < self.count or self.report.closed == 0:
            self.report.seconds_batch += seconds * len(self.running)
            if self.waits:
                lengths = (part[self.running] for part in (self.prompts, self.outputs, self.done))
                self.report.waiting += seconds
                self.report.shares += seconds * self.memory.parts(written, *lengths)
        self.done[self.running] += steps
        self.report.steps += steps
        self.now += seconds

    def finish(self) -> None:
        """Those who have written all that they were to write leave."""
        over = self.done[self.running] >= self.outputs[self.running]
        for name in self.running[over].tolist():
            self.report.finished[name] = self.now
            self.memory.leave(name)
        self.running = self.running[~over]

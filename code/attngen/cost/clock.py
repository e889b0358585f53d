"""Seconds of a piece of work, on a machine that may be doing something else as well."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import torch

from attngen.benchmark import timed


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch work with this many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def spent(function: Callable[[], object], device: torch.device) -> float:
    """Seconds of one call: of this thread's processor time on a CPU, of the clock on a graphics card.

    Processor time stands still while another program has the core, so a busy machine hardly disturbs it.  It
    counts one thread: call it with ``threads(1)``.
    """
    if device.type != "cpu":
        return timed(function)[0]
    began = time.thread_time()
    function()
    return time.thread_time() - began


def best(
    functions: dict[str, Callable[[], object]], repeats: int, device: torch.device
) -> dict[str, float]:
    """The least seconds of each function in ``repeats`` rounds in which they take turns, after one "
    "unmeasured."""
    if repeats < 1:
        raise ValueError(f"at least one round is needed, not {repeats}")
    for function in functions.values():
        function()
    rounds = [{name: spent(function, device) for name, function in functions.items()} for _ in range(repeats)]
    return {name: min(each[name] for each in rounds) for name in functions}

"""Work on many texts, spread over the cores, in order and in bounded memory."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import batched

AHEAD = 2  # chunks that wait for each process: none is idle, and memory stays bounded


def _each_line(function: Callable[[str], str], texts: tuple[str, ...]) -> list[str]:
    return ["\n".join(filter(None, map(function, text.split("\n")))) for text in texts]


def by_line(
    function: Callable[[str], str], texts: Iterable[str], processes: int = 0, chunk: int = 64
) -> Iterator[str]:
    """Every text, each of its lines through ``function``, without the lines that became empty."""
    return spread(_each_line, function, texts, processes, chunk)


def spread[Work, Done](
    chunk_function: Callable[[Callable, tuple[Work, ...]], list[Done]],
    function: Callable,
    items: Iterable[Work],
    processes: int = 0,
    chunk: int = 64,
) -> Iterator[Done]:
    """``chunk_function(function, chunk)`` for the items in chunks; what comes out, in the items' order.

    processes - 0 for one a core; 1 works in this process.  Others are spawned, as torch's threads survive
    no fork: a script that calls this needs its ``if __name__ == "__main__":``.
    """
    processes = processes or os.cpu_count() or 1
    chunks = batched(items, chunk)
    if processes == 1:
        for work in chunks:
            yield from chunk_function(function, work)
        return
    waiting: deque = deque()
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            for work in chunks:
                waiting.append(pool.submit(chunk_function, function, work))
                if len(waiting) > AHEAD * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        hint = "a script must start its work under: if __name__ == '__main__':"
        raise RuntimeError(f"a worker process ended early: out of memory, or never begun ({hint})") from error

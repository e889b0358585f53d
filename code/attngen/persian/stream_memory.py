"""Clean one file in a process of its own and print what it cost: ``python -m attngen.persian.stream_memory``.

A process of its own, as the greatest memory that a process ever had can only be asked for, not reset.  It is
read from Linux's /proc: what ``getrusage`` says of a process counts the one that started it as well.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import sys
import threading
import time
from pathlib import Path

from attngen.persian.streaming import clean_file


def greatest_memory(process: int | str = "self") -> float:
    """The greatest resident memory that a process has had, in MB (10^6 bytes); 0 if it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


class Watch(threading.Thread):
    """Looks at the worker processes now and then, as nobody can ask them once they have ended."""

    def __init__(self, every: float = 0.1):
        super().__init__(daemon=True)
        self.every, self.largest, self.over = every, 0.0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(self.every):
            workers = [greatest_memory(child.pid) for child in multiprocessing.active_children()]
            self.largest = max([self.largest, *workers])


def main(path: str, folder: str, processes: str) -> dict[str, float]:
    """Seconds, and the greatest resident memory in MB (10^6 bytes), here and of the largest worker.

    The memory is left out where there is no /proc.
    """
    watch = Watch()
    watch.start()
    began = time.perf_counter()
    clean_file(Path(path), Path(folder), int(processes), progress=False)
    found = {"seconds": time.perf_counter() - began}
    watch.over.set()
    if Path("/proc/self/status").exists():
        found |= {"main_mb": greatest_memory(), "worker_mb": watch.largest}
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

"""Clean one file in a process of its own and print what it cost: ``python -m attngen.persian.stream_memory``.

A process of its own, as the greatest memory that a process ever had can only be asked for, not reset.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from attngen.persian.streaming import clean_file


def main(path: str, folder: str, processes: str) -> dict[str, float]:
    """Seconds, and the greatest resident memory in MB (10^6 bytes), here and of the largest worker."""
    import resource  # not on Windows

    began = time.perf_counter()
    clean_file(Path(path), Path(folder), int(processes), progress=False)
    seconds = time.perf_counter() - began
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    mine, workers = (resource.getrusage(who).ru_maxrss * unit / 1e6
                     for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    return {"seconds": seconds, "main_mb": mine, "worker_mb": workers}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

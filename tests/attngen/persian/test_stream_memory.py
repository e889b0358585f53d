"""What the streaming of a file costs: the memory of this process alone, and every number that is promised."""
import subprocess
import sys
from pathlib import Path

import pytest
from attngen.persian import stream_memory
from attngen.persian.generated import write_file
from attngen.persian.text_speed import TextSpeedConfig, streamed

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
CHILD = "from attngen.persian.stream_memory import greatest_memory as g; print(g())"


def test_a_child_does_not_count_the_memory_of_its_parent():
    held = bytearray(400_000_000)
    held[::4096] = b"x" * len(held[::4096])   # touched, so that it is resident
    child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert stream_memory.greatest_memory() > 400 and 0 < float(child.stdout) < stream_memory.greatest_memory() - 100
    assert len(held) == 400_000_000


def test_of_a_process_that_has_ended_nothing_is_known():
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert stream_memory.greatest_memory(process.pid) == 0


def test_with_one_process_there_is_no_worker_to_watch(tmp_path):
    write_file(tmp_path / "raw.txt", 0.02, 0)
    found = stream_memory.main(str(tmp_path / "raw.txt"), str(tmp_path / "out"), "1")
    assert found["seconds"] > 0 and found["main_mb"] > 0 and found["worker_mb"] == 0


def test_the_first_file_is_streamed_with_every_number_of_processes(tmp_path):
    found = streamed(TextSpeedConfig(files=(0.02, 0.04), processes=(1, 2)), tmp_path)
    names = {f"stream_{name}_{key}" for name in ("0.02_1", "0.02_2", "0.04_2") for key in ("mb_per_second", "main_mb", "worker_mb")}
    assert set(found) == names and found["stream_0.02_2_worker_mb"] > 0 == found["stream_0.02_1_worker_mb"]
    assert list(tmp_path.iterdir()) == []

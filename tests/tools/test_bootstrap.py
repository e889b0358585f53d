"""tools/bootstrap: installs once, again only for changed pins or another folder, and errs in one line."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A python that answers questions but only writes down what pip is asked to do.
RECORDER = f"""#!/bin/sh
if [ "$1" = -m ] && [ "$2" = pip ]; then echo "$@" >> "$PIP_CALLS"; else exec {sys.executable} "$@"; fi
"""


@pytest.fixture
def house(tmp_path) -> Path:
    """A clone with the pins and an empty environment, and no npm."""
    clone = tmp_path / "clone"
    (clone / "tools").mkdir(parents=True)
    for name in ("tools/bootstrap", "requirements.txt", "pyproject.toml"):
        shutil.copy2(ROOT / name, clone / name)
    (tmp_path / "env" / "bin").mkdir(parents=True)
    recorder = tmp_path / "env" / "bin" / "python"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    return clone


def bootstrap(clone: Path, **variables) -> tuple[subprocess.CompletedProcess, list[str]]:
    """Run it with nothing but these tools on the PATH; also what pip was asked for."""
    tools, calls = clone.parent / "bin", clone.parent / "calls"
    tools.mkdir(exist_ok=True)
    for name in ("bash", "cat", "dirname", "grep", "sh"):
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    calls.write_text("")
    environment = {"PATH": str(tools), "HOME": str(clone), "PIP_CALLS": str(calls),
                   "VENV": str(clone.parent / "env"), **variables}
    done = subprocess.run(["bash", "tools/bootstrap"], cwd=clone, env=environment, capture_output=True, text=True)
    return done, calls.read_text().splitlines()


def test_installs_once(house):
    done, calls = bootstrap(house)
    assert done.returncode == 0, done.stderr
    assert [c.split("--quiet ")[1].split()[0] for c in calls] == ["install", "check", "install"]
    assert "--editable ." in calls[-1]
    assert bootstrap(house)[1] == []


def test_changed_pins_are_installed(house):
    bootstrap(house)
    with (house / "requirements.txt").open("a") as pins:
        pins.write("# changed\n")
    calls = bootstrap(house)[1]
    assert len(calls) == 2 and "--requirement requirements.txt" in calls[0]


def test_an_environment_kept_for_another_clone_is_pointed_to_it(house):
    bootstrap(house)
    moved = house.rename(house.with_name("another"))
    calls = bootstrap(moved)[1]
    assert len(calls) == 1 and "--editable ." in calls[0]


def test_torch_alone_comes_from_its_index(house):
    calls = bootstrap(house, TORCH_INDEX="https://example.org/cpu")[1]
    assert "--no-deps --index-url https://example.org/cpu torch==" in calls[0]
    assert all("example.org" not in call for call in calls[1:])


def test_without_python_one_line_says_what_to_do(house):
    done, calls = bootstrap(house, VENV=str(house / "none"), PYENV_ROOT=os.devnull)
    assert done.returncode != 0 and calls == []
    assert done.stderr.count("\n") == 1 and "Python 3.12" in done.stderr

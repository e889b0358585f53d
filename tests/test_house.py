"""The files round the book agree with each other."""
import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def pins() -> dict[str, str]:
    """Canonical name to version; fails on a line that does not pin exactly."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    pairs = [re.fullmatch(r"([A-Za-z0-9._-]+)==([\w.]+)", line).groups() for line in lines if line]
    assert len(pairs) == len({canonicalize_name(name) for name, _ in pairs})
    return {canonicalize_name(name): number for name, number in pairs}


def test_the_environment_holds_the_pinned_versions():
    installed = {name: version(name).partition("+")[0] for name in pins()}   # 2.13.0+cpu is 2.13.0
    assert installed == pins()


def test_cuda_is_left_to_torch():
    assert [name for name in pins() if name.startswith(("nvidia-", "cuda-")) or name == "triton"] == []


def test_what_the_package_needs_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in map(Requirement, project["dependencies"]):
        assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)]), requirement


def test_ci_calls_exactly_the_readmes_commands():
    readme = re.search(r"## Build it\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)[1]
    told = [line.partition("#")[0].strip() for line in readme.splitlines()]
    called = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make ")]
    assert called == told == ["make book", "make test"]


def test_npm_lock_names_no_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_binder_takes_the_projects_versions():
    lines = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    assert "--constraint ../requirements.txt" in lines and "-e ." in lines
    python = (ROOT / ".binder" / "runtime.txt").read_text().strip()
    assert python == "python-" + (ROOT / ".python-version").read_text().strip()

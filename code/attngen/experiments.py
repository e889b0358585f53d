"""Experiments by name: a frozen configuration, a function, and a recorded result.

``run`` trains under one of the presets and records what came out:

smoke   seconds; for tests                       minute  at most 60 s on 2 CPU cores
cpu     at most 90 minutes on 2 CPU cores        gpu     at most 8 minutes on one data-centre GPU
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch
from accelerate import Accelerator

from attngen import results

PRESETS = ("smoke", "minute", "cpu", "gpu")
# sub-packages whose module ``experiments`` registers something
CHAPTERS = ("piglatin", "pixelcnn", "persian", "vision", "paged", "cost", "additive", "heads", "series")
LARGEST_SEED = 2**32 - 1  # numpy's limit; torch's is larger


class RunError(RuntimeError):
    """A run that cannot start or go on; the message says what to do."""


@dataclass
class Context:
    """What a run may use.  ``folder`` keeps checkpoints; ``seeds`` are the seeds to train."""

    folder: Path
    seeds: tuple[int, ...]
    accelerator: Accelerator
    progress: bool = True


@dataclass
class Outcome:
    """What a run found: metrics (plain numbers), one history row an epoch, files to keep, data used."""

    metrics: dict[str, float]
    history: list[dict] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Experiment:
    """A named experiment.

    presets  - configuration (a frozen dataclass with a field ``seeds``) by preset name
    function - (config, context) -> Outcome
    check    - result -> metrics computed again from the recorded files, for ``verify``
    """

    name: str
    summary: str
    presets: dict[str, object]
    function: Callable[[object, Context], Outcome]
    check: Callable[[results.Result], dict[str, float]] | None = None


_REGISTRY: dict[str, Experiment] = {}


def register(experiment: Experiment) -> Experiment:
    """Make an experiment known by its name; ValueError if the name is taken or a preset is unknown."""
    if experiment.name in _REGISTRY:
        raise ValueError(f"there are two experiments called '{experiment.name}'")
    if unknown := set(experiment.presets) - set(PRESETS):
        raise ValueError(f"{experiment.name}: unknown presets {sorted(unknown)}; known: {', '.join(PRESETS)}")
    _REGISTRY[experiment.name] = experiment
    return experiment


def all_experiments() -> dict[str, Experiment]:
    """Every registered experiment by name."""
    for chapter in CHAPTERS:
        importlib.import_module(f"attngen.{chapter}.experiments")
    return dict(sorted(_REGISTRY.items()))


def get(name: str, preset: str | None = None) -> Experiment:
    """The experiment called ``name``; RunError with the nearest names (or its presets) otherwise."""
    known = all_experiments()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=5, cutoff=0.4)
        nearest = f"; nearest known: {', '.join(close)}" if close else ""
        raise RunError(f"there is no experiment '{name}'{nearest} (attngen list names all)")
    if preset is not None and preset not in known[name].presets:
        raise RunError(f"{name} has no preset '{preset}'; it has: {', '.join(known[name].presets)}")
    return known[name]


def plain(config) -> dict:
    """A configuration as JSON knows it."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def work_folder() -> Path:
    """Where unfinished runs and small presets are kept: ``_runs/``, or the folder in ATTNGEN_RUNS."""
    return Path(os.environ.get("ATTNGEN_RUNS") or results.ROOT / "_runs")


def make_accelerator(device: str) -> Accelerator:
    """accelerate's view of the machine: ``cpu``, ``cuda`` (bfloat16), or ``auto`` for the better one."""
    if device not in ("auto", "cpu", "cuda"):
        raise RunError(f"the device is auto, cpu or cuda, not '{device}'")
    if device == "cuda" and not torch.cuda.is_available():
        raise RunError("no CUDA device is to be seen on this machine; use --device cpu")
    gpu = device != "cpu" and torch.cuda.is_available()
    return Accelerator(cpu=not gpu, mixed_precision="bf16" if gpu else "no")


def git_commit() -> str:
    """The commit of the code, with "-dirty" where tracked files differ from it; "unknown" outside git."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(results.ROOT), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        dirty = git("status", "--porcelain", "--untracked-files=no", "--", "code")
        return git("rev-parse", "HEAD") + ("-dirty" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def describe_device(accelerator: Accelerator) -> str:
    if accelerator.device.type == "cuda":
        return torch.cuda.get_device_name(accelerator.device)
    return "cpu"


def versions() -> dict[str, str]:
    packages = ("torch", "numpy", "accelerate", "safetensors")
    return {"python": platform.python_version(), "attngen": version("attngen")} | {p: version(p) for p in packages}


def command(name: str, preset: str, seeds: tuple[int, ...] | None, device: str) -> str:
    """The exact command that does this run again."""
    parts = ["attngen", "run", name, "--preset", preset]
    parts += [] if seeds is None else ["--seed", ",".join(map(str, seeds))]
    parts += [] if device == "auto" else ["--device", device]
    return shlex.join(parts)


def destination(name: str, preset: str, force: bool) -> Path:
    """The results folder a run writes to.

    A small preset must not replace a recorded result: smoke runs, and runs whose preset is weaker than
    the recorded one, go to the work folder instead, unless ``force`` is set.
    """
    recorded = results.load(name).preset if name in results.names() else None
    weaker = recorded is not None and PRESETS.index(preset) < PRESETS.index(recorded)
    if not force and (preset == "smoke" or weaker):
        return work_folder() / "results"
    return results.folder()


def run(
    name: str,
    preset: str = "minute",
    seeds: tuple[int, ...] | None = None,
    device: str = "auto",
    resume: bool = True,
    force: bool = False,
    work: Path | None = None,
) -> results.Result:
    """Run an experiment and record its result (see ``destination`` for where).

    seeds  - instead of the preset's own;  device - auto, cpu or cuda
    resume - go on from the last finished epoch of an interrupted run with the same configuration
    work   - folder for checkpoints instead of ``work_folder()``
    Raises RunError or DataError with what was wrong and what to do.
    """
    experiment = get(name, preset)
    config = experiment.presets[preset]
    if seeds is not None:
        if strange := [seed for seed in seeds if not 0 <= seed <= LARGEST_SEED]:
            raise RunError(f"a seed is a whole number from 0 to {LARGEST_SEED}, not {strange[0]}")
        config = dataclasses.replace(config, seeds=seeds)
    target = destination(name, preset, force)  # asked first: hours of training should not end in its errors
    accelerator = make_accelerator(device)
    unfinished = (work or work_folder()) / name / preset
    if not resume and accelerator.is_main_process:
        for old in sorted(unfinished.rglob("seed-*")):
            old.unlink()
    elif resume and any(unfinished.rglob("seed-*")):
        main_process_note(f"going on with what {unfinished} holds (--no-resume begins anew)")
    accelerator.wait_for_everyone()
    context = Context(unfinished, config.seeds, accelerator)
    commit = git_commit()  # of the code that is loaded now, whatever becomes of the checkout meanwhile
    began = time.perf_counter()
    outcome = experiment.function(config, context)
    record = {
        "name": name, "preset": preset, "device": describe_device(accelerator),
        "threads": torch.get_num_threads(), "processes": accelerator.num_processes,
        "seed": list(config.seeds), "seconds": round(outcome.seconds or time.perf_counter() - began, 1),
        "command": command(name, preset, seeds, device), "commit": commit,
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "versions": versions(),
        "data": outcome.data, "config": plain(config), "metrics": outcome.metrics,
    }  # fmt: skip
    if accelerator.is_main_process:
        with results.stored_in(target):
            results.record(record, outcome.history, outcome.files)
        for checkpoint in unfinished.rglob("seed-*"):  # recorded: the next run begins anew
            checkpoint.unlink()
    accelerator.wait_for_everyone()
    with results.stored_in(target):
        return results.load(name)


def main_process_note(text: str) -> None:
    """A line for the person at the terminal, once for all processes."""
    if int(os.environ.get("RANK", "0")) == 0:
        print(text, file=sys.stderr)

"""What the runs recorded: reading and writing ``results/<experiment>/``.

A result is a folder with ``run.json`` (metrics and where they come from), ``history.csv`` (one row an
epoch) and weights as safetensors.  It is the only source of measured numbers in the book.
"""

from __future__ import annotations

import contextlib
import csv
import difflib
import json
import os
import shutil
import tempfile
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIELDS = "name preset device seed seconds command commit date versions data config metrics".split()


class UnknownResult(KeyError):
    """A result or a key that nothing recorded; the message names the nearest known ones."""

    def __str__(self) -> str:
        return str(self.args[0])


_elsewhere: ContextVar[Path | None] = ContextVar("results folder", default=None)


def folder() -> Path:
    """Where results lie: ``results/`` of the project, or the folder in ATTNGEN_RESULTS."""
    return _elsewhere.get() or Path(os.environ.get("ATTNGEN_RESULTS") or ROOT / "results")


@contextlib.contextmanager
def stored_in(path: Path):
    """Read and write results in another folder for a while (runs that must not be recorded)."""
    token = _elsewhere.set(path)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def names() -> list[str]:
    """The experiments that have a recorded result."""
    return sorted(path.parent.name for path in folder().glob("*/run.json"))


def _nearest(wanted: str, known: list[str]) -> str:
    close = difflib.get_close_matches(wanted, known, n=5, cutoff=0.4)
    return f"; nearest known: {', '.join(close)}" if close else f"; known: {', '.join(known) or 'none'}"


@dataclass(frozen=True)
class Result:
    """One recorded run.

    metrics - plain numbers by name;  seconds - the training time;  root - the results folder it lies in
    """

    name: str
    preset: str
    device: str
    seed: int | list[int]
    seconds: float
    command: str
    commit: str
    date: str
    versions: dict
    data: dict
    config: dict
    metrics: dict
    root: Path

    def path(self, filename: str) -> Path:
        """A file of this result, such as ``model.safetensors``."""
        return self.root / self.name / filename

    @property
    def history(self) -> dict[str, list]:
        """Columns of ``history.csv``; numbers where they are numbers."""
        with self.path("history.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        return {key: [_number(row[key]) for row in rows] for key in (rows[0] if rows else {})}


def _number(text: str):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def load(name: str) -> Result:
    """The recorded result called ``name``; UnknownResult otherwise."""
    path = folder() / name / "run.json"
    if not path.exists():
        raise UnknownResult(f"no recorded result '{name}'{_nearest(name, names())} (in {folder()})")
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError as error:  # broken JSON, or bytes that are no text
        raise UnknownResult(f"{path} cannot be read ({error}); get it again, or run the experiment again") from error
    missing = [field for field in FIELDS if field not in record]
    if missing:
        raise UnknownResult(f"{path} lacks the fields {', '.join(missing)}")
    return Result(**{field: record[field] for field in FIELDS}, root=folder())


def value(key: str):
    """The number behind ``experiment/metric``, for example ``pig-latin-tuned/test_word_accuracy``.

    ``seconds`` and numbers of ``config`` (as ``experiment/config.layers``) can be asked for too.
    Raises UnknownResult with the nearest known keys.
    """
    name, _, metric = key.partition("/")
    result = load(name)
    known = dict(result.metrics) | {"seconds": result.seconds} | _flat("config", result.config)
    if metric not in known:
        raise UnknownResult(f"'{name}' has no value '{metric}'{_nearest(metric, sorted(known))}")
    return known[metric]


def _flat(prefix: str, tree) -> dict:
    """Nested numbers under dotted names: {"a": {"b": 1}} -> {"prefix.a.b": 1}."""
    if isinstance(tree, dict):
        return {k: v for key, sub in tree.items() for k, v in _flat(f"{prefix}.{key}", sub).items()}
    return {prefix: tree} if isinstance(tree, (int, float)) and not isinstance(tree, bool) else {}


def write_csv(path: Path, rows: list[dict]) -> None:
    """Rows with the union of their columns, in order of first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def record(run: dict, history: list[dict], files: dict[str, Path]) -> Path:
    """Write a result: all of it, or nothing.

    The new folder is made beside the old one and then takes its place, so that a full disk or an
    interruption leaves the earlier result as it was.

    run - the fields of ``run.json``;  files - names in the result and where they lie now.
    Raises OSError (nothing changed) where the files cannot be written.
    """
    missing = [field for field in FIELDS if field not in run]
    if missing:
        raise ValueError(f"a result needs the fields {', '.join(missing)}")
    target = folder() / run["name"]
    text = json.dumps(run, indent=1, ensure_ascii=False, sort_keys=False, allow_nan=False)
    fresh = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{run['name']}-", dir=target.parent))
        fresh.chmod(0o755)
        for filename, source in files.items():
            shutil.copy(source, fresh / filename)
        if history:
            write_csv(fresh / "history.csv", history)
        (fresh / "run.json").write_text(text + "\n", "utf-8")
        _take_place(fresh, target)
    except OSError as error:
        raise OSError(
            f"the result {target} could not be written ({error}); is the disk full? "
            "What was there before is as it was: make room and run the same command again."
        ) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def _take_place(fresh: Path, target: Path) -> None:
    """Put the folder ``fresh`` where ``target`` is; if that fails, ``target`` is what it was."""
    old = fresh.with_name(fresh.name + "-old")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)

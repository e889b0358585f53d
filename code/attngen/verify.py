"""Do the recorded results still hold?  What ``attngen verify`` does.

Three checks a result, each with its own tolerance:

* the recorded weights, measured again, give the recorded numbers (where the data are at hand);
* a fresh smoke run ends and gives the same metrics by name, all of them finite;
* the record is whole: every field is there and every number is finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from attngen import experiments, results
from attngen.data import DataError

TOLERANCE = 2e-3  # of a metric measured again: other processors and batch shapes round differently


@dataclass(frozen=True)
class Finding:
    """One line of the report: ``ok`` is None where a check could not be made."""

    name: str
    check: str
    ok: bool | None
    detail: str


def whole(result: results.Result) -> Finding:
    """Every metric a finite number."""
    bad = [key for key, number in result.metrics.items() if not math.isfinite(number)]
    return Finding(result.name, "record", not bad, "not finite: " + ", ".join(bad) if bad else "every number is finite")


def missing_data(error: DataError) -> str:
    """Which file is missing, in one line."""
    where = str(error).partition(" (")[0].partition(" Tried:")[0].splitlines()[0].rstrip(".")
    return f"{where}; see: attngen data list"


def remeasured(result: results.Result, experiment: experiments.Experiment) -> Iterator[Finding]:
    """The recorded weights measured again."""
    if experiment.check is None:
        return
    try:
        again = experiment.check(result)
    except DataError as error:
        yield Finding(result.name, "measured again", None, missing_data(error))
        return
    for key, number in again.items():
        recorded = result.metrics[key]
        ok = abs(number - recorded) <= TOLERANCE
        yield Finding(result.name, "measured again", ok, f"{key}: recorded {recorded:.5f}, again {number:.5f}")


def smoke(result: results.Result) -> Finding:
    """A fresh smoke run gives the same metrics by name."""
    try:
        fresh = experiments.run(result.name, "smoke", device="cpu", resume=False)
    except DataError as error:
        return Finding(result.name, "smoke run", None, missing_data(error))
    missing = sorted(set(result.metrics) - set(fresh.metrics))
    bad = [key for key, number in fresh.metrics.items() if not math.isfinite(number)]
    detail = f"missing {missing}, not finite {bad}" if missing or bad else f"{len(fresh.metrics)} metrics, all finite"
    return Finding(result.name, "smoke run", not (missing or bad), detail)


def verify(names: list[str] | None = None) -> Iterator[Finding]:
    """Check the named results (all recorded ones by default), one finding after another."""
    known = experiments.all_experiments()
    for name in names or results.names():
        result = results.load(name)
        yield whole(result)
        if name not in known:
            yield Finding(name, "experiment", False, "recorded, but no experiment has this name")
            continue
        yield from remeasured(result, known[name])
        if "smoke" in known[name].presets:
            yield smoke(result)

"""The recorded forecasts beside the published ones.

Published figures are copied from the papers' tables, all with a lookback of 96: iTransformer, PatchTST and
DLinear as in Liu et al. 2024 (arXiv 2310.06625), Informer as in Zeng et al. 2023 (arXiv 2205.13504).  Ours
are read from ``results/``; what no run has recorded is left out, never filled in.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from attngen import results

KINDS = ("repeat", "seasonal", "dlinear", "lstm", "transformer", "patch", "itransformer")
NAMES = {
    "repeat": "repeat", "seasonal": "season", "dlinear": "DLinear", "lstm": "LSTM", "transformer": "plain",
    "patch": "PatchTST", "itransformer": "iTransformer", "informer": "Informer",
}  # fmt: skip
TABLES = {"etth1": "ETTh1", "ettm1": "ETTm1", "exchange": "Exchange", "weather": "Weather"}
SOURCES = {  # whose table a published column was copied from: keys of the book's references
    "itransformer": "liu2024itransformer",
    "patch": "liu2024itransformer",
    "dlinear": "liu2024itransformer",
    "informer": "zeng2023transformers",
}
_COLUMNS = "itransformer", "patch", "dlinear", "informer"
_PUBLISHED = """
etth1     96  .386 .405   .414 .419   .386 .400   .865 .713
etth1    192  .441 .436   .460 .445   .437 .432  1.008 .792
etth1    336  .487 .458   .501 .466   .481 .459  1.107 .809
etth1    720  .503 .491   .500 .488   .519 .516  1.181 .865
ettm1     96  .334 .368   .329 .367   .345 .372   .672 .571
ettm1    192  .377 .391   .367 .385   .380 .389   .795 .669
ettm1    336  .426 .420   .399 .410   .413 .413  1.212 .871
ettm1    720  .491 .459   .454 .439   .474 .453  1.166 .823
exchange  96  .086 .206   .088 .205   .088 .218   .847 .752
weather   96  .174 .214   .177 .218   .196 .255   - -
"""


@dataclass(frozen=True)
class Error:
    """Mean squared and absolute error on scaled data; of ours also the spread over seeds and the preset."""

    mse: float
    mae: float
    mse_std: float = 0.0
    preset: str = ""


Row = tuple[str, int]  # a table of series, and a horizon


def published() -> dict[Row, dict[str, Error]]:
    """The papers' figures by row and model."""
    found = {}
    for line in _PUBLISHED.strip().splitlines():
        data, horizon, *numbers = line.split()
        pairs = zip(_COLUMNS, numbers[::2], numbers[1::2], strict=True)
        found[data, int(horizon)] = {
            kind: Error(float(mse), float(mae)) for kind, mse, mae in pairs if mse != "-"
        }
    return found


def recorded(kinds: tuple[str, ...] = KINDS) -> dict[Row, dict[str, Error]]:
    """Our figures by row and model, as far as runs have recorded them."""
    found, known = {}, set(results.names())
    for row in published():
        for kind in kinds:
            name = f"series-{kind}-{row[0]}-{row[1]}"
            if name in known:
                result = results.load(name)
                m = result.metrics
                error = Error(m["test_mse"], m["test_mae"], m.get("test_mse_std", 0.0), result.preset)
                found.setdefault(row, {})[kind] = error
    return found


def best(errors: dict[str, Error], measure: str = "mse") -> str:
    """The model with the least error of a row."""
    return min(errors, key=lambda kind: getattr(errors[kind], measure))


def differences(
    ours: dict[Row, dict[str, Error]], kind: str, measure: str = "mse"
) -> dict[Row, float]:
    """(ours - published) / published of one model, by row; negative is better than published."""
    theirs, found = published(), {}
    for row, errors in ours.items():
        if kind in errors and kind in theirs[row]:
            wanted = getattr(theirs[row][kind], measure)
            found[row] = getattr(errors[kind], measure) / wanted - 1
    return found


def numbers(ours: dict[Row, dict[str, Error]]) -> dict[str, float]:
    """What the text quotes: rows, wins of each model, mean and largest difference to published figures."""
    found = {"rows": len(ours), "cells": sum(map(len, ours.values()))}
    winners = [best(errors) for errors in ours.values()]
    found |= {f"wins_{kind}": winners.count(kind) for kind in KINDS}
    every = []
    for kind in KINDS:
        gaps = list(differences(ours, kind).values())
        every += gaps
        if gaps:
            found |= {f"difference_{kind}": statistics.fmean(gaps), f"compared_{kind}": len(gaps)}
            found[f"largest_{kind}"] = max(gaps, key=abs)
    if every:
        found |= {"compared": len(every), "difference": statistics.fmean(every)}
        found |= {"within": sum(abs(gap) <= 0.05 for gap in every), "largest": max(every, key=abs)}
    return found


def text(ours: dict[Row, dict[str, Error]], measure: str = "mse") -> str:
    """A plain table of our errors; a star marks the least of a row, a dot what is not recorded."""
    shown = [kind for kind in KINDS if any(kind in errors for errors in ours.values())]
    widths = {kind: max(8, len(NAMES[kind])) for kind in shown}
    head = "".join(f" {NAMES[kind]:>{widths[kind]}s} " for kind in shown)
    lines = [f"{measure.upper():14s}{head}".rstrip()]
    for row, errors in ours.items():
        winner, line = best(errors, measure), f"{TABLES[row[0]]:9s}{row[1]:5d}"
        for kind in shown:
            own = errors.get(kind)
            number = f"{getattr(own, measure):.3f}" if own else "."
            line += f" {number:>{widths[kind]}s}" + ("*" if kind == winner else " ")
        lines.append(line.rstrip())
    return "\n".join(lines)


def beside(ours: dict[Row, dict[str, Error]], measure: str = "mse") -> str:
    """A plain table of what papers published: our error, theirs, and the difference in percent.

    A dot stands where nothing is recorded or published.
    """
    theirs, kinds = published(), [kind for kind in KINDS if kind in SOURCES]
    head = f"{measure.upper():14s}" + "".join(f"{NAMES[kind]:>20s}" for kind in kinds)
    triple = f"{'ours':>8s}{'paper':>7s}{'%':>5s}"
    lines = [head + f"{NAMES['informer']:>10s}", " " * 14 + triple * len(kinds) + f"{'paper':>10s}"]
    for row, errors in ours.items():
        line = f"{TABLES[row[0]]:9s}{row[1]:5d}"
        for kind in kinds:
            own, paper = errors.get(kind), theirs[row].get(kind)
            gap = differences({row: errors}, kind, measure).get(row)
            line += f"{getattr(own, measure):8.3f}" if own else f"{'.':>8s}"
            line += f"{getattr(paper, measure):7.3f}" if paper else f"{'.':>7s}"
            line += f"{'.':>5s}" if gap is None else f"{100 * gap:+5.0f}"
        informer = theirs[row].get("informer")
        lines.append(line + (f"{getattr(informer, measure):10.3f}" if informer else f"{'.':>10s}"))
    return "\n".join(lines)


def minutes(data: str = "etth1") -> float:
    """Minutes of training of all recorded models, horizons and seeds on one table."""
    names = [name for name in results.names() if name.startswith("series-") and f"-{data}-" in name]
    return sum(results.load(name).seconds for name in names if name.split("-")[1] in KINDS) / 60

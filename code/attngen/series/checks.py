"""What can be wrong with a table of series, said before a model is trained on it.

Every check names the column or the place where the trouble starts, what it found and what it expected.
A model trained on a faulty table raises no error: it learns from what it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attngen.series.table import SeriesError, SeriesTable

# Numbers that loggers write where they have no measurement.
SENTINELS = (-9999.0, -999.0, -99999.0, 9999.0, 99999.0, 999999.0)


@dataclass(frozen=True)
class Problem:
    """kind - missing, sentinel, constant, stuck, order, step or short;  row - the first row that has it"""

    kind: str
    row: int
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


def problems(
    table: SeriesTable, lookback: int = 1, horizon: int = 1, training: int | None = None, stuck: int = 0
) -> list[Problem]:
    """Everything found in the table, in the order: values, times, length.

    training - rows that the training part has (all by default): a column must change in there
    stuck    - longest run of one value that passes for a measurement; 0 does not ask
    """
    found = missing(table) + sentinels(table) + constant(table, training)
    found += stuck_runs(table, stuck) if stuck else []
    return found + time_faults(table) + too_short(table, lookback, horizon)


def require(
    table: SeriesTable, lookback: int = 1, horizon: int = 1, training: int | None = None
) -> SeriesTable:
    """The table itself if it has no problem; SeriesError with all of them, one a line, otherwise."""
    if found := problems(table, lookback, horizon, training):
        lines = "".join(f"\n  {problem}" for problem in found)
        raise SeriesError(f"{table.name} cannot be used as it is:{lines}")
    return table


def place(table: SeriesTable, row: int) -> str:
    """A row as a person looks it up: its number and its time."""
    return f"row {row} ({str(table.times[row]).replace('T', ' ')})"


def missing(table: SeriesTable) -> list[Problem]:
    """Columns that hold NaN or infinity: a single one makes the loss NaN for good."""
    found = []
    for name, values in zip(table.columns, table.values.T, strict=True):
        for what, bad in (("NaN", np.isnan(values)), ("infinite", np.isinf(values))):
            if bad.any():
                row = int(bad.argmax())
                text = f"column '{name}' is {what} in {bad.sum()} of {len(values)} rows"
                text += f", first in {place(table, row)}; fill the gaps or leave the rows out"
                found.append(Problem("missing", row, text))
    return found


def sentinel_mask(values: np.ndarray, codes: tuple[float, ...] = SENTINELS) -> np.ndarray:
    """Where a code for "not measured" stands: (T, V) numbers -> (T, V) bool.

    A code counts only where it is farther from the column's other values than those are from each other;
    9999 hPa is no pressure, but 9999 may well be a price.
    """
    values = np.asarray(values, float)
    mask = np.zeros(values.shape, bool)
    for column, marked in zip(values.T, mask.T, strict=True):
        coded = np.isin(column, codes)
        others = column[~coded & np.isfinite(column)]
        for code in np.unique(column[coded]) if len(others) else ():
            distance = max(others.min() - code, code - others.max())
            if distance > max(np.ptp(others), 1.0):
                marked |= column == code
    return mask


def sentinels(table: SeriesTable, codes: tuple[float, ...] = SENTINELS) -> list[Problem]:
    """Columns in which a code such as -9999 stands for a measurement that was not made."""
    found, mask = [], sentinel_mask(table.values, codes)
    for name, values, marked in zip(table.columns, table.values.T, mask.T, strict=True):
        for code in np.unique(values[marked]):
            rows = np.flatnonzero(marked & (values == code))
            rest = values[~marked & np.isfinite(values)]
            text = f"column '{name}' holds {code:g} in {len(rows)} of {len(values)} rows"
            text += f", first in {place(table, int(rows[0]))}, while its other values"
            text += f" lie between {rest.min():g} and {rest.max():g}"
            found.append(Problem("sentinel", int(rows[0]), f"{text}; mark them as missing"))
    return found


def constant(table: SeriesTable, training: int | None = None) -> list[Problem]:
    """Columns that never change in the first ``training`` rows: their standard deviation is no scale."""
    found, rows = [], table.values[:training]
    for name, values in zip(table.columns, rows.T, strict=True):
        known = values[np.isfinite(values)]
        if len(known) and np.ptp(known) == 0:
            text = f"column '{name}' is {known[0]:g} in all {len(rows)} training rows: nothing to scale by"
            found.append(Problem("constant", 0, f"{text}; leave the column out"))
    return found


def longest_run(values: np.ndarray) -> tuple[int, int]:
    """Length and first row of the longest run of one value in (T,) numbers."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    lengths = np.diff(np.r_[starts, len(values)])
    return int(lengths.max()), int(starts[lengths.argmax()])


def stuck_runs(table: SeriesTable, longest: int) -> list[Problem]:
    """Columns in which one value stands for more than ``longest`` rows on end, as a broken sensor's does."""
    found = []
    for name, values in zip(table.columns, table.values.T, strict=True):
        length, row = longest_run(values)
        if length > longest:
            text = f"column '{name}' is {values[row]:g} for {length} rows on end, from {place(table, row)}"
            found.append(Problem("stuck", row, f"{text}; at most {longest} were expected"))
    return found


def time_faults(table: SeriesTable) -> list[Problem]:
    """Times that repeat, run backwards, or do not follow each other every ``table.minutes``."""
    steps = np.diff(table.times).astype("timedelta64[s]").astype(int) / 60
    wanted, found = table.minutes, []
    kinds = (
        ("order", steps == 0, "the time of the row before comes again"),
        ("order", steps < 0, "time runs backwards"),
        ("step", (steps > 0) & (steps != wanted), "the step is not the table's"),
    )
    for kind, bad, what in kinds:
        if bad.any():
            row = int(bad.argmax()) + 1
            text = f"{what} in {bad.sum()} of {len(steps)} steps, first into {place(table, row)}"
            text += f": {steps[row - 1]:g} minutes after the row before, expected {wanted}"
            found.append(Problem(kind, row, text))
    return found


def too_short(table: SeriesTable, lookback: int, horizon: int) -> list[Problem]:
    """Fewer rows than one window needs."""
    have, need = len(table.values), lookback + horizon
    if have >= need:
        return []
    text = f"{have} rows are fewer than one window needs: {lookback} of the past and {horizon} to forecast"
    return [Problem("short", 0, f"{text} make {need}")]

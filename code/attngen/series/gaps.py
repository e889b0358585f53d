"""Missing values: sentinels become gaps, gaps are filled from the past only, and a mask says which.

Interpolation between the neighbours of a gap, or the column's mean, would carry the future into a window's
past; the last value seen does not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from attngen.series.checks import SENTINELS, place, sentinel_mask
from attngen.series.table import SeriesError, SeriesTable


@dataclass(frozen=True)
class Filled:
    """table    - without gaps;  observed (T, V) bool - False where a value was filled in
    counts   - filled values by column, of the columns that have any
    longest  - longest run of filled rows by column
    """

    table: SeriesTable
    observed: np.ndarray
    counts: dict[str, int]
    longest: dict[str, int]

    def __str__(self) -> str:
        rows = int((~self.observed).any(axis=1).sum())
        lines = [f"{self.table.name}: values filled in {rows:,} of {len(self.observed):,} rows"]
        for name, count in self.counts.items():
            lines.append(f"  {name:18s}{count:5d} filled, at most {self.longest[name]} on end")
        return "\n".join(lines)


def sentinels_to_missing(table: SeriesTable, codes: tuple[float, ...] = SENTINELS) -> SeriesTable:
    """The same table with NaN where a code such as -9999 stood."""
    values = np.where(sentinel_mask(table.values, codes), np.nan, table.values)
    return dataclasses.replace(table, values=values)


def on_grid(table: SeriesTable) -> SeriesTable:
    """One row every ``table.minutes`` from the first time to the last: repeats go, rows left out become NaN.

    Of rows with one time the first stays.  SeriesError where a time lies between two steps, or where most of
    the grid would be empty: then the step is not the table's.
    """
    step = np.timedelta64(table.minutes * 60, "s")
    times, first = np.unique(table.times.astype("datetime64[s]"), return_index=True)
    off = (times - times[0]) % step != np.timedelta64(0, "s")
    if off.any():
        where = place(table, int(first[off.argmax()]))
        between = f"lies between two steps of {table.minutes} minutes; expected none"
        raise SeriesError(f"{table.name}: {where} {between}")
    grid = np.arange(times[0], times[-1] + step, step)
    if len(grid) > 2 * len(times):
        usual = np.median(np.diff(times).astype(int)) / 60
        said = f"rows every {table.minutes} minutes would leave {len(grid) - len(times):,} of {len(grid):,} empty"
        raise SeriesError(f"{table.name}: {said}; most steps take {usual:g} minutes")
    values = np.full((len(grid), table.values.shape[1]), np.nan)
    values[(times - times[0]) // step] = table.values[first]
    return dataclasses.replace(table, times=grid, values=values)


def forward_fill(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The last value seen in place of each NaN or infinity: (T, V) -> filled, observed (T, V).

    Row t of the result depends on rows 0..t alone.  What is missing before the first
    value stays NaN.
    """
    observed = np.isfinite(values)
    rows = np.arange(len(values))[:, None]
    last_seen = np.maximum.accumulate(np.where(observed, rows, 0), axis=0)
    return np.take_along_axis(values, last_seen, axis=0), observed


def clean(table: SeriesTable, codes: tuple[float, ...] = SENTINELS) -> Filled:
    """Sentinels to gaps, gaps forward filled.  SeriesError where a column begins with a gap."""
    marked = sentinels_to_missing(table, codes)
    values, observed = forward_fill(marked.values)
    counts, longest = {}, {}
    for name, column, seen in zip(table.columns, values.T, observed.T, strict=True):
        if not np.isfinite(column).all():
            first = np.flatnonzero(seen)
            begins = f"begins with {first[0]} missing rows" if len(first) else "has no value at all"
            raise SeriesError(
                f"{table.name}: column '{name}' {begins}, and nothing earlier to fill them with; "
                "leave those rows or the column out"
            )
        if not seen.all():
            counts[name] = int((~seen).sum())
            longest[name] = longest_gap(seen)
    return Filled(dataclasses.replace(marked, values=values), observed, counts, longest)


def longest_gap(observed: np.ndarray) -> int:
    """The most rows on end without a measurement: (T,) bool -> rows."""
    seen = np.flatnonzero(np.r_[True, observed, True])
    return int(np.diff(seen).max()) - 1


def since_observed(observed: np.ndarray) -> np.ndarray:
    """Steps since the last measurement, 0 where there is one: a second mask that a model can be given.

    observed (T, V) bool -> (T, V) int; rows before the first measurement count from the table's start.
    """
    rows = np.arange(len(observed))[:, None]
    return rows - np.maximum.accumulate(np.where(observed, rows, 0), axis=0)

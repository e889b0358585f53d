"""Which rows train, validate and test, and a scale that only the training rows decide.

The borders are those of the field's comparison tables: ETTh 12, 4 and 4 months of 30 days, ETTm the same
times in quarters of an hour (Zhou et al. 2021), all others 70, 10 and 20 % of the rows (Wu et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attngen.series.table import SeriesError, SeriesTable

PARTS = ("train", "validation", "test")
_MONTH = 30 * 24  # hours


def rows_of_parts(name: str, length: int) -> tuple[int, int, int]:
    """How many rows of a table of ``length`` rows go to training, validation and test."""
    per_hour = {"etth1": 1, "etth2": 1, "ettm1": 4, "ettm2": 4}.get(name.lower())
    if per_hour:
        train, rest = 12 * _MONTH * per_hour, 4 * _MONTH * per_hour
        parts = train, rest, rest
        if sum(parts) > length:
            raise SeriesError(f"{name} needs {sum(parts)} rows for its standard borders, and has {length}")
        return parts
    train, test = int(0.7 * length), int(0.2 * length)
    return train, length - train - test, test


def borders(name: str, length: int, lookback: int) -> dict[str, tuple[int, int]]:
    """Rows [start, stop) of each part.

    Validation and test begin ``lookback`` rows early, so that their first *target*
    follows the last target of the part before; these rows are only read as past.
    Raises SeriesError where a part is left with no rows, or training has fewer rows
    than the lookback.
    """
    if lookback < 1:
        raise SeriesError(f"the lookback must be positive, not {lookback}")
    counts = rows_of_parts(name, length)
    if min(counts) < 1 or counts[0] < lookback:
        found = f"{length} rows make parts of {counts}"
        raise SeriesError(f"{name}: {found}; the lookback alone takes {lookback}")
    ends = np.cumsum(counts).tolist()
    starts = [0, ends[0] - lookback, ends[1] - lookback]
    return dict(zip(PARTS, zip(starts, ends, strict=True), strict=True))


@dataclass(frozen=True)
class Scaler:
    """Each variable minus its mean, over its standard deviation; both (V,), of the rows it was fitted on."""

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, columns: tuple[str, ...] = ()) -> Scaler:
        """The scale of values (T, V).  Raises SeriesError for a column that is constant or not finite."""
        names = columns or tuple(f"column {i}" for i in range(values.shape[1]))
        if broken := [names[i] for i in np.flatnonzero(~np.isfinite(values).all(axis=0))]:
            raise SeriesError(f"not a number or infinite: {', '.join(broken)}; fill or drop these values first")
        # asked of the values: the standard deviation of a constant 0.1 is rounded to something above 0
        if flat := [names[i] for i in np.flatnonzero((values == values[:1]).all(axis=0))]:
            raise SeriesError(f"constant in the training rows: {', '.join(flat)}; a scale needs some change")
        return cls(values.mean(axis=0), values.std(axis=0))

    def transform(self, values: np.ndarray) -> np.ndarray:
        """(..., V) in the data's units -> in standard deviations."""
        return (values - self.mean) / self.std

    def inverse(self, scaled: np.ndarray) -> np.ndarray:
        """(..., V) in standard deviations -> in the data's units."""
        return scaled * self.std + self.mean


def fit_scaler(table: SeriesTable) -> Scaler:
    """The scale of a table's training rows alone."""
    train = rows_of_parts(table.name, len(table))[0]
    return Scaler.fit(table.values[:train], table.columns)

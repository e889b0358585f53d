"""The tables of real series, as published: times in one column, one variable in each of the others.

ETTh1, ETTh2, ETTm1, ETTm2 (Zhou et al. 2021, arXiv 2012.07436), Exchange (Lai et al. 2018, arXiv 1703.07015)
and Weather (collected by Wu et al. 2021, arXiv 2106.13008).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from attngen.data import read

FILES = {  # name: file, minutes between rows
    "etth1": ("ETTh1.csv", 60),
    "etth2": ("ETTh2.csv", 60),
    "ettm1": ("ETTm1.csv", 15),
    "ettm2": ("ETTm2.csv", 15),
    "exchange": ("exchange_rate.csv", 24 * 60),
    "weather": ("weather.csv", 10),
}


class SeriesError(ValueError):
    """A series that cannot be used as it is; the message says where and what was expected."""


@dataclass(frozen=True)
class SeriesTable:
    """Several series measured at the same times.

    times   - (T,) datetime64[s];  values - (T, V) float64;  columns - the V variables' names
    minutes - the step between rows
    """

    name: str
    times: np.ndarray
    values: np.ndarray
    columns: tuple[str, ...]
    minutes: int

    def __post_init__(self):
        if self.values.ndim != 2 or self.values.shape != (len(self.times), len(self.columns)):
            shapes = f"{len(self.times)} times, {len(self.columns)} columns, values {self.values.shape}"
            raise SeriesError(f"{self.name}: values need a row for each time and a column for each name: {shapes}")
        if not isinstance(self.minutes, int) or self.minutes < 1:
            raise SeriesError(f"{self.name}: a step is a positive whole number of minutes, not {self.minutes}")

    def __len__(self) -> int:
        return len(self.times)

    def column(self, name: str) -> np.ndarray:
        """(T,): one variable; SeriesError with the known names otherwise."""
        if name not in self.columns:
            raise SeriesError(f"{self.name} has no column '{name}'; it has: {', '.join(self.columns)}")
        return self.values[:, self.columns.index(name)]


def parse(name: str, text: str, minutes: int) -> SeriesTable:
    """A table from csv text, fields apart by commas, whose first column is the time.

    Times are written 2016-07-01 00:00:00, 2016-07-01T00:00:00 or 1990/1/1 0:00; a field that is empty, NA,
    NaN or null becomes NaN.  Raises SeriesError with the line of what is no number, no time, or a row of
    another width.
    """
    rows = csv.reader(io.StringIO(text))
    header = next(rows, None)
    if not header or len(header) < 2:
        raise SeriesError(f"{name}: the first line must name a time column and at least one variable, not {header}")
    times, values = [], []
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) != len(header):
            raise SeriesError(f"{name}, line {line}: {len(row)} fields, expected {len(header)}")
        try:
            times.append(_time(row[0]))
            values.append([_number(field, column) for field, column in zip(row[1:], header[1:], strict=True)])
        except ValueError as error:
            raise SeriesError(f"{name}, line {line}: {error}") from error
    if not values:
        raise SeriesError(f"{name}: no rows after the first line")
    return SeriesTable(name, np.array(times), np.array(values), tuple(each.strip() for each in header[1:]), minutes)


def _number(field: str, column: str) -> float:
    if field.strip().lower() in ("", "na", "nan", "null"):
        return float("nan")
    try:
        return float(field)
    except ValueError:
        raise ValueError(f"column '{column.strip()}' holds {field.strip()!r}, which is no number") from None


_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.0*)?)?)?")


def _time(text: str) -> np.datetime64:
    found = _TIME.fullmatch(text.strip())
    try:
        parts = [int(part or 0) for part in found.groups()]
        return np.datetime64(datetime(*parts), "s")
    except (AttributeError, ValueError):
        example = "2016-07-01 00:00:00 or 1990/1/1 0:00"
        raise ValueError(f"{text.strip()!r} is no time such as {example}, which must come first") from None


def load(name: str) -> SeriesTable:
    """One of the published tables (see ``FILES``); DataError where its file cannot be had."""
    if name not in FILES:
        own = "a csv of your own is read by parse(name, text, minutes)"
        raise SeriesError(f"there is no table '{name}'; known: {', '.join(FILES)}; {own}")
    file, minutes = FILES[name]
    return parse(name, read("time-series", file).decode("latin-1"), minutes)

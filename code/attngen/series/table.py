"""The tables of real series, as published: times in one column, one variable in each of the others.

ETTh1, ETTh2, ETTm1, ETTm2 (Zhou et al. 2021, arXiv 2012.07436), Exchange (Lai et al. 2018, arXiv 1703.07015)
and Weather (collected by Wu et al. 2021, arXiv 2106.13008).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

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

    def __len__(self) -> int:
        return len(self.times)

    def column(self, name: str) -> np.ndarray:
        """(T,): one variable; SeriesError with the known names otherwise."""
        if name not in self.columns:
            raise SeriesError(f"{self.name} has no column '{name}'; it has: {', '.join(self.columns)}")
        return self.values[:, self.columns.index(name)]


def parse(name: str, text: str, minutes: int) -> SeriesTable:
    """A table from csv text whose first column is the time.

    Times are written 2016-07-01 00:00:00 or 1990/1/1 0:00.  Raises SeriesError with the line of what is no
    number, no time, or a row of another width.
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
            values.append([float(field) for field in row[1:]])
        except ValueError as error:
            raise SeriesError(f"{name}, line {line}: {error}") from error
    if not values:
        raise SeriesError(f"{name}: no rows after the first line")
    return SeriesTable(name, np.array(times), np.array(values), tuple(each.strip() for each in header[1:]), minutes)


def _time(text: str) -> np.datetime64:
    day, _, clock = text.strip().replace("/", "-").partition(" ")
    year, month, date = day.split("-")
    hour, *rest = (clock or "0:00").split(":")
    return np.datetime64(f"{year}-{month:0>2}-{date:0>2}T{hour:0>2}:{':'.join(rest) or '00'}", "s")


def load(name: str) -> SeriesTable:
    """One of the published tables (see ``FILES``); DataError where its file cannot be had."""
    if name not in FILES:
        raise SeriesError(f"there is no table '{name}'; known: {', '.join(FILES)}")
    file, minutes = FILES[name]
    return parse(name, read("time-series", file).decode("latin-1"), minutes)

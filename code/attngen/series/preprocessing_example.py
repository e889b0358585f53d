"""Made-up tables of series for the page and the tests."""

from __future__ import annotations

import dataclasses

import numpy as np

from attngen.series.table import SeriesTable

COLUMNS = ("load", "heat", "light")


def drifting(days: int = 100, seed: int = 0, drift: float = 3.0) -> SeriesTable:
    """Hourly rows of three variables (kW, degrees, W/m^2).

    drift - how far the first variable's level climbs over the table, in heights of its daily wave
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(24 * days)
    wave, slow = np.sin(2 * np.pi * hours / 24), hours / len(hours)
    load = 20 + 4 * (drift * slow**2 + (1 + slow) * wave) + rng.normal(0, 0.8, len(hours))
    heat = 12 + 6 * np.sin(2 * np.pi * hours / (24 * 30)) + 2 * wave + rng.normal(0, 0.5, len(hours))
    light = 400 * np.clip(-np.cos(2 * np.pi * hours / 24), 0, None) * rng.uniform(0.5, 1, len(hours))
    times = np.datetime64("2024-01-01T00:00:00") + hours * np.timedelta64(3600, "s")
    return SeriesTable("made-up", times, np.stack([load, heat, light], axis=1), COLUMNS, 60)


def with_faults(table: SeriesTable) -> SeriesTable:
    """The table as a logger might deliver it: a code for "not measured", a NaN, a dead column, a lost row."""
    values = np.c_[table.values, np.full(len(table), 0.1)]
    values[500:506, 0] = -9999.0
    values[700, 1] = np.nan
    kept = np.delete(np.arange(len(table)), 1000)
    return dataclasses.replace(
        table, times=table.times[kept], values=values[kept], columns=(*table.columns, "spare")
    )


def random_table(rows: int, variables: int = 2, seed: int = 0, minutes: int = 60) -> SeriesTable:
    """Random numbers at regular times over a turn of the year: nothing in it can be forecast."""
    values = np.random.default_rng(seed).normal(size=(rows, variables))
    times = np.datetime64("2023-12-30T00:00:00") + np.arange(rows) * np.timedelta64(minutes * 60, "s")
    return SeriesTable("random", times, values, tuple(f"v{i}" for i in range(variables)), minutes)


def csv_text(table: SeriesTable) -> str:
    """The table as a file would hold it: a line of names, then a line for each time; NaN is an empty field."""
    lines = [",".join(("date", *table.columns))]
    for time, row in zip(table.times, table.values, strict=True):
        fields = ("" if np.isnan(value) else f"{value:.2f}" for value in row)
        lines.append(",".join((str(time).replace("T", " "), *fields)))
    return "\n".join(lines) + "\n"

"""Windows: a past to read and a future to forecast, cut out of one long table."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attngen.series.calendar import time_features
from attngen.series.checks import missing
from attngen.series.splits import Scaler, borders, fit_scaler
from attngen.series.table import SeriesError, SeriesTable


@dataclass(frozen=True)
class Batch:
    """past (B, L, V), future (B, H, V) and the calendar of both, (B, L, C) and (B, H, C)."""

    past: Tensor
    future: Tensor
    past_calendar: Tensor
    future_calendar: Tensor


class Windows:
    """All windows of some rows, one starting at every ``stride``-th row; none is left out at the end.

    values - (T, V);  calendar - (T, C);  first, last - the rows [first, last) to cut from
    """

    def __init__(self, values: Tensor, calendar: Tensor, lookback: int, horizon: int, first=0, last=None, stride=1):
        last = len(values) if last is None else last
        if min(lookback, horizon, stride) < 1:
            raise SeriesError(f"lookback, horizon and stride must be positive: {lookback}, {horizon}, {stride}")
        if len(calendar) != len(values):
            raise SeriesError(f"every row needs its calendar: {len(values)} rows, {len(calendar)} calendar rows")
        if not 0 <= first < last <= len(values):
            raise SeriesError(f"rows {first} to {last} are not inside a table of {len(values)} rows")
        if last - first < lookback + horizon:
            wanted = f"{lookback} + {horizon} rows (lookback and horizon)"
            raise SeriesError(f"{last - first} rows are too few for one window of {wanted}")
        self.values, self.calendar = values, calendar
        self.lookback, self.horizon = lookback, horizon
        self.starts = torch.arange(first, last - lookback - horizon + 1, stride, device=values.device)
        self.lengths = torch.ones(len(self.starts), dtype=torch.long)  # all alike, for the training loop

    def __len__(self) -> int:
        return len(self.starts)

    def batch(self, indices: Tensor) -> Batch:
        """The windows with these numbers (B,)."""
        starts = self.starts[indices.to(self.starts.device)]
        steps = torch.arange(self.lookback + self.horizon, device=starts.device)
        rows = starts[:, None] + steps  # (B, L + H)
        values, calendar = self.values[rows], self.calendar[rows]
        cut = self.lookback
        return Batch(values[:, :cut], values[:, cut:], calendar[:, :cut], calendar[:, cut:])


def datasets(
    table: SeriesTable, lookback: int, horizon: int, stride: int = 1, device: torch.device | str = "cpu"
) -> tuple[dict[str, Windows], Scaler]:
    """Training, validation and test windows of a table, scaled by its training rows, and the scale.

    stride - take every so-many-th window of the training part; the other parts are always whole
    Raises SeriesError where a value is missing or infinite, whichever part it is in.
    """
    if gaps := missing(table):
        raise SeriesError(f"{table.name}: " + "; ".join(problem.message for problem in gaps))
    scaler = fit_scaler(table)
    values = torch.tensor(scaler.transform(table.values), dtype=torch.float32, device=device)
    calendar = torch.tensor(time_features(table.times, table.minutes), device=device)
    parts = {}
    for part, (start, stop) in borders(table.name, len(table), lookback).items():
        step = stride if part == "train" else 1
        parts[part] = Windows(values, calendar, lookback, horizon, start, stop, step)
    return parts, scaler

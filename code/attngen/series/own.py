"""From a table of one's own to a trained forecaster, and to the rows after the table's last."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from attngen.experiments import make_accelerator
from attngen.series.calendar import feature_count, time_features
from attngen.series.checks import missing, time_faults
from attngen.series.forecast_run import Errors, errors, forecast_of, squared_error
from attngen.series.gaps import sentinels_to_missing
from attngen.series.models import UNTRAINED, Forecaster, ModelConfig, make_model
from attngen.series.splits import Scaler
from attngen.series.table import SeriesError, SeriesTable
from attngen.series.windows import Batch, datasets
from attngen.training import TrainConfig, fit


@dataclass(frozen=True)
class Trained:
    """A model, and what it takes to use it: its scale, the columns and the step (minutes) of its table.

    test, repeat - errors on all test windows, of the model and of repeating the last value, in scaled units
    """

    model: Forecaster
    scaler: Scaler
    columns: tuple[str, ...]
    minutes: int
    test: Errors
    repeat: Errors


def whole(table: SeriesTable, rows: int) -> SeriesTable:
    """The table's last rows; SeriesError with all gaps, codes and faults of the times that are in them."""
    marked, kept = sentinels_to_missing(table), slice(len(table) - rows, None)
    last = replace(marked, times=marked.times[kept], values=marked.values[kept])
    if found := missing(last) + time_faults(last):
        lines = "".join(f"\n  {problem}" for problem in found)
        raise SeriesError(f"{table.name}: gaps.on_grid and gaps.clean first; in the last {rows} rows:{lines}")
    return last


def train_on(
    table: SeriesTable, model: ModelConfig, train: TrainConfig, seed: int = 0, device: str = "cpu"
) -> Trained:
    """Train on the table's first 70 %, keep the best epoch on the next 10 %, measure on the last 20 %.

    Raises SeriesError where the table has gaps or is too short, or the model is made for another table.
    """
    found = len(table.columns), feature_count(table.minutes)
    if (model.variables, model.calendar) != found:
        wanted = f"ModelConfig(variables={found[0]}, calendar={found[1]}) was expected"
        raise SeriesError(f"{table.name}: {wanted}, not {model.variables} and {model.calendar}")
    on = make_accelerator(device)
    parts, scaler = datasets(whole(table, len(table)), model.lookback, model.horizon, device=on.device)
    torch.manual_seed(seed)
    made = make_model(model).to(on.device)
    if model.kind not in UNTRAINED:
        made, _ = fit(
            made, parts["train"], squared_error, lambda m: {"val_loss": errors(m, parts["validation"]).mse},
            train, on, seed, label=f"{model.kind}, {table.name}",
        )  # fmt: skip
    naive = make_model(replace(model, kind="repeat", normalise=False))
    test, repeat = (errors(each, parts["test"]) for each in (made, naive))
    return Trained(made.cpu().eval(), scaler, table.columns, table.minutes, test, repeat)


@torch.no_grad()
def ahead(trained: Trained, table: SeriesTable) -> tuple[np.ndarray, np.ndarray]:
    """The H times after the table's last row, and a forecast (H, V) in its units.

    Raises SeriesError for other columns, another step, too few rows, or gaps in them.
    """
    config, step = trained.model.config, np.timedelta64(60 * table.minutes, "s")
    for what in ("columns", "minutes"):
        if (new := getattr(table, what)) != (old := getattr(trained, what)):
            raise SeriesError(f"{table.name} has {what} {new}; trained on {old}")
    if (rows := len(table)) < config.lookback:
        raise SeriesError(f"{table.name}: {rows} rows; {config.lookback} are read")
    last = whole(table, config.lookback)
    times = last.times[-1] + np.arange(1, config.horizon + 1) * step
    past = torch.tensor(trained.scaler.transform(last.values)).float()[None]
    both = [time_features(each, table.minutes) for each in (last.times, times)]
    batch = Batch(past, None, *(torch.tensor(each)[None] for each in both))
    forecast = forecast_of(trained.model, batch)[0].double().numpy()
    return times, trained.scaler.inverse(forecast)

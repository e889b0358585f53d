"""From a table of one's own to a trained forecaster, and to the rows after the table's last.

The table must have no gaps (see gaps and checks).  Forecasts are in its own units, errors in scaled ones.
"""

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
    """A model with what it needs to be used: its scale, and the columns and step of its table.

    test, repeat - errors on all test windows, of the model and of repeating the last value, in scaled units
    """

    model: Forecaster
    scaler: Scaler
    columns: tuple[str, ...]
    minutes: int
    test: Errors
    repeat: Errors


def whole(table: SeriesTable, rows: int) -> SeriesTable:
    """The table's last rows; SeriesError with all gaps, codes and faults of the times in them, if there are any."""
    marked, kept = sentinels_to_missing(table), slice(len(table) - rows, None)
    last = replace(marked, times=marked.times[kept], values=marked.values[kept])
    if found := missing(last) + time_faults(last):
        lines = "".join(f"\n  {problem}" for problem in found)
        raise SeriesError(f"{table.name}: the last {rows} rows need gaps.on_grid and gaps.clean first:{lines}")
    return last


def train_on(
    table: SeriesTable, model: ModelConfig, train: TrainConfig, seed: int = 0, device: str = "cpu"
) -> Trained:
    """Train on the table's first 70 %, keep the epoch best on the next 10 %, measure on the last 20 %.

    Raises SeriesError where the table is not whole or too short, a column does not change in the training
    rows, or the model is made for other variables or another calendar.
    """
    found = len(table.columns), feature_count(table.minutes)
    if (model.variables, model.calendar) != found:
        wanted = f"ModelConfig(variables={found[0]}, calendar={found[1]}) was expected"
        raise SeriesError(f"{table.name}: {wanted}, not {model.variables} and {model.calendar}")
    accelerator = make_accelerator(device)
    table = whole(table, len(table))
    parts, scaler = datasets(table, model.lookback, model.horizon, device=accelerator.device)
    torch.manual_seed(seed)
    made = make_model(model).to(accelerator.device)
    if model.kind not in UNTRAINED:
        made, _ = fit(
            made, parts["train"], squared_error, lambda m: {"val_loss": errors(m, parts["validation"]).mse},
            train, accelerator, seed, label=f"{model.kind}, {table.name}",
        )  # fmt: skip
    naive = make_model(replace(model, kind="repeat", normalise=False))
    measured = [errors(each, parts["test"]) for each in (made, naive)]
    return Trained(made.cpu().eval(), scaler, table.columns, table.minutes, *measured)


@torch.no_grad()
def ahead(trained: Trained, table: SeriesTable) -> tuple[np.ndarray, np.ndarray]:
    """The times (H,) after the table's last row and their forecast (H, V), in the table's own units.

    Of the table the last lookback rows are read; its scale is the training's.  Raises SeriesError where they
    are too few or not whole, or the table has other columns or another step than the model was trained on.
    """
    config = trained.model.config
    for what, given in (("columns", table.columns), ("minutes", table.minutes)):
        if given != (wanted := getattr(trained, what)):
            raise SeriesError(f"{table.name}: the model was trained on the {what} {wanted}, not {given}")
    if len(table) < config.lookback:
        raise SeriesError(f"{table.name}: the model reads {config.lookback} rows, and there are {len(table)}")
    last = whole(table, config.lookback)
    steps = np.arange(1, config.horizon + 1)
    times = last.times[-1] + steps * np.timedelta64(60 * table.minutes, "s")
    scaled = torch.tensor(trained.scaler.transform(last.values), dtype=torch.float32)
    calendars = [torch.from_numpy(time_features(each, table.minutes))[None] for each in (last.times, times)]
    forecast = forecast_of(trained.model, Batch(scaled[None], None, *calendars))[0]
    return times, trained.scaler.inverse(forecast.double().numpy())

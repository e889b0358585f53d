"""The recorded experiments on preparing a series: Weather's -9999, and reversible normalisation."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from attngen.experiments import Context, Outcome
from attngen.series import table
from attngen.series.checks import sentinel_mask
from attngen.series.forecast_config import ForecastConfig, forecast
from attngen.series.forecast_run import data_record, forecast_of, run_forecast, thin
from attngen.series.gaps import clean
from attngen.series.least_squares import least_squares
from attngen.series.linear import RepeatLast
from attngen.series.models import ModelConfig
from attngen.series.preprocessing_config import NormaliseConfig, SentinelsConfig
from attngen.series.splits import Scaler, fit_scaler, rows_of_parts
from attngen.series.table import SeriesTable
from attngen.series.windows import Windows, datasets


@torch.no_grad()
def by_variable(model: nn.Module, windows: Windows, batch_size: int = 256) -> Tensor:
    """(V,): the mean squared error of each variable over all windows and steps, float64."""
    total = torch.zeros(windows.values.shape[1], dtype=torch.float64)
    for indices in torch.arange(len(windows)).split(batch_size):
        batch = windows.batch(indices)
        total += (forecast_of(model, batch) - batch.future).double().square().mean(dim=1).sum(dim=0).cpu()
    return total / len(windows)


def forecasts(source: SeriesTable, config: SentinelsConfig) -> tuple[dict[str, Tensor], Scaler, int]:
    """Each method's error (V,) on the test part, in the table's own scale; the scale; windows counted."""
    parts, scaler = datasets(source, config.lookback, config.horizon)
    train, test = (thin(parts[part], config.limit) for part in ("train", "test"))
    repeat = RepeatLast(ModelConfig("repeat", config.lookback, config.horizon, len(source.columns)))
    found = {"repeat": by_variable(repeat, test), "linear": by_variable(least_squares(train), test)}
    return found, scaler, len(test)


def run_sentinels(config: SentinelsConfig, context: Context) -> Outcome:
    """A table as published and cleaned: scales, and errors in each one's own units and in the clean ones."""
    published = table.load(config.data)
    filled = clean(published)
    train_rows, _, test_rows = rows_of_parts(published.name, len(published))
    mask = sentinel_mask(published.values)
    (dirty, dirty_scale, windows), (tidy, tidy_scale, _) = (
        forecasts(each, config) for each in (published, filled.table)
    )
    ratio = torch.from_numpy(dirty_scale.std / tidy_scale.std)
    metrics, rows = {}, []
    for method in dirty:
        errors = {"published": dirty[method], "clean": tidy[method]}
        # the model of the published table, its errors measured with the clean table's ruler
        errors["published_in_clean_units"] = dirty[method] * ratio.square()
        metrics |= {f"{method}_{name}": error.mean().item() for name, error in errors.items()}
        for column, *values in zip(published.columns, *(e.tolist() for e in errors.values()), strict=True):
            rows.append({"method": method, "column": column} | dict(zip(errors, values, strict=True)))
    metrics |= {
        "sentinels": int(mask.sum()), "sentinel_rows": int(mask.any(axis=1).sum()),
        "sentinel_columns": int(mask.any(axis=0).sum()), "sentinels_in_test": int(mask[-test_rows:].sum()),
        "rows": len(published), "train_rows": train_rows, "columns": len(published.columns),
        "test_windows": windows,
    }  # fmt: skip
    for number in np.flatnonzero(mask.any(axis=0)):
        column = published.columns[number]
        scales = {"published": dirty_scale, "clean": tidy_scale}
        found = {f"mean_{name}": scale.mean[number] for name, scale in scales.items()}
        found |= {f"std_{name}": scale.std[number] for name, scale in scales.items()}
        stds = {name: float(scale.std[number]) for name, scale in scales.items()}
        rows.append({"method": "std", "column": column} | stds)
        found |= {"std_ratio": ratio[number].item(), "longest_gap": filled.longest[column]}
        found["sentinels"] = filled.counts[column]
        for method in dirty:
            found[f"{method}_published"] = dirty[method][number].item()
            found[f"{method}_clean"] = tidy[method][number].item()
        metrics |= {f"{short(column)}_{name}": value for name, value in found.items()}
    for method in dirty:
        metrics[f"{method}_flattered"] = 1 - metrics[f"{method}_published"] / metrics[f"{method}_clean"]
    return Outcome({k: plain_number(v) for k, v in metrics.items()}, rows, data=data_record(config.data))


def short(column: str) -> str:
    """A column's name as a part of a metric's: "max. PAR (...)" -> "max_par"."""
    return "_".join(column.partition("(")[0].lower().replace(".", "").split())


def plain_number(value) -> float | int:
    """A number as JSON knows it."""
    return value.item() if isinstance(value, np.generic) else value


def drift(name: str) -> dict[str, float]:
    """How far each part's mean lies from the training mean, in training standard deviations.

    The mean over the variables, the largest, and that of the last variable.
    """
    source = table.load(name)
    counts = rows_of_parts(name, len(source))
    scaled = fit_scaler(source).transform(source.values)
    found = {}
    for part, stop, count in (("validation", sum(counts[:2]), counts[1]), ("test", sum(counts), counts[2])):
        away = np.abs(scaled[stop - count : stop].mean(axis=0))
        found[f"{part}_drift"] = float(away.mean())
        found[f"{part}_drift_largest"] = float(away.max())
        found[f"{part}_drift_last"] = float(away[-1])
    return found


def variant(config: NormaliseConfig, kind: str, normalise: bool) -> ForecastConfig:
    """The comparison's settings for a model, with the normalisation on or off."""
    full = forecast(kind, config.data, config.horizon)
    model = replace(full.model, normalise=normalise)
    model = replace(model, dim=8, heads=2, layers=1) if config.small else model
    train = replace(full.train, epochs=config.epochs) if config.epochs else full.train
    return replace(
        full, model=model, train=train, seeds=config.seeds, limit=config.limit, test_limit=config.test_limit
    )


def run_normalise(config: NormaliseConfig, context: Context) -> Outcome:
    """Every model twice, with the normalisation and without it; errors on all test windows."""
    metrics, history, seconds = drift(config.data), [], 0.0
    for kind in config.kinds:
        for name, normalise in (("without", False), ("with", True)):
            inside = dataclasses.replace(context, folder=context.folder / f"{kind}-{name}")
            outcome = run_forecast(variant(config, kind, normalise), inside)
            for key in ("test_mse", "test_mse_std", "test_mae", "val_loss"):
                metrics[f"{key}_{kind}_{name}"] = outcome.metrics[key]
            history += [{"kind": kind, "normalise": name} | row for row in outcome.history]
            seconds += outcome.seconds
        metrics[f"gain_{kind}"] = 1 - metrics[f"test_mse_{kind}_with"] / metrics[f"test_mse_{kind}_without"]
    metrics |= {"seeds": len(context.seeds), "test_windows": outcome.metrics["test_windows"]}
    return Outcome(metrics, history, data=data_record(config.data), seconds=seconds)

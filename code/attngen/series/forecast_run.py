"""Training a forecaster on a table of real series, and its error on every test window."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from attngen import results, weights
from attngen.data import get
from attngen.experiments import Context, Outcome, plain
from attngen.series import table
from attngen.series.calendar import feature_count
from attngen.series.forecast_config import ForecastConfig
from attngen.series.models import UNTRAINED, ModelConfig, make_model
from attngen.series.table import SeriesError
from attngen.series.windows import Batch, Windows, datasets
from attngen.training import fit


@dataclass(frozen=True)
class Errors:
    """Mean squared and absolute error over all windows, steps and variables, in scaled units.

    by_step - (H,) the squared error of each step;  windows - how many were measured
    """

    mse: float
    mae: float
    by_step: Tensor
    windows: int


def forecast_of(model: nn.Module, batch: Batch) -> Tensor:
    """(B, H, V); the model is given the past and both calendars, never the future's values.

    Raises SeriesError where it forecasts other steps or variables than the windows hold.
    """
    out = model(batch.past, batch.past_calendar, batch.future_calendar)
    if batch.future is not None and out.shape != batch.future.shape:  # numbers of one step would be broadcast
        wanted, given = tuple(batch.future.shape[1:]), tuple(out.shape[1:])
        raise SeriesError(f"the windows ask for (steps, variables) = {wanted}, the model forecasts {given}")
    return out


@torch.no_grad()
def errors(model: nn.Module, windows: Windows, batch_size: int = 256) -> Errors:
    """The errors of a model on every window; the last batch may be smaller and is not dropped."""
    model.eval()
    squared, absolute = torch.zeros(windows.horizon, dtype=torch.float64), 0.0
    for indices in torch.arange(len(windows)).split(batch_size):
        batch = windows.batch(indices)
        wrong = (forecast_of(model, batch) - batch.future).double()
        squared += wrong.square().mean(dim=2).sum(dim=0).cpu()
        absolute += wrong.abs().mean(dim=(1, 2)).sum().item()
    by_step = squared / len(windows)
    return Errors(by_step.mean().item(), absolute / len(windows), by_step, len(windows))


def squared_error(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Sum of the windows' mean squared errors, and how many windows there are."""
    wrong = forecast_of(model, batch) - batch.future
    count = torch.tensor(float(len(wrong)), device=wrong.device)
    return wrong.square().mean(dim=(1, 2)).sum(), count


def thin(windows: Windows, limit: int) -> Windows:
    """At most ``limit`` of the windows, evenly spread (0: all of them); ``windows`` itself is changed."""
    if limit and limit < len(windows):
        chosen = torch.linspace(0, len(windows) - 1, limit).round().long()
        windows.starts, windows.lengths = windows.starts[chosen], windows.lengths[:limit]
    return windows


def parts_of(config: ForecastConfig, device: torch.device | str = "cpu") -> dict[str, Windows]:
    """The windows of each part, as the configuration wants them.

    Raises ValueError where the model is made for other variables or another calendar than the table's.
    """
    model = config.model
    source = table.load(config.data)
    found = len(source.columns), feature_count(source.minutes)
    if (model.variables, model.calendar) != found:
        wanted = f"the model reads {model.variables} and {model.calendar}"
        raise ValueError(f"{config.data} has {found[0]} variables and {found[1]} calendar features; {wanted}")
    parts, _ = datasets(source, model.lookback, model.horizon, config.train_stride, device)
    thin(parts["train"], config.limit)
    thin(parts["validation"], config.validation_limit)
    thin(parts["test"], config.test_limit)
    return parts


def data_record(name: str) -> dict[str, str]:
    """The table's file and the sha256 of its content."""
    file = table.FILES[name][0]
    return {file: next(each for each in get("time-series").files if each.name == file).fingerprint}


def summary(values: list[float], name: str) -> dict[str, float]:
    """Mean and standard deviation over seeds."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return {name: statistics.fmean(values), f"{name}_std": spread}


def train(config: ForecastConfig, parts: dict[str, Windows], context: Context, seed: int):
    """A model trained under one seed, with the weights of its best epoch, and its history."""
    torch.manual_seed(seed)
    model = make_model(config.model).to(context.accelerator.device)
    if config.model.kind in UNTRAINED:
        return model, []
    return fit(
        model, parts["train"], squared_error, lambda m: {"val_loss": errors(m, parts["validation"]).mse},
        config.train, context.accelerator, seed, context.folder / f"seed-{seed}.pt",
        plain(config) | {"seeds": seed}, label=f"{config.model.kind}, {config.data}, seed {seed}",
    )  # fmt: skip


def run_forecast(config: ForecastConfig, context: Context) -> Outcome:
    """Train under every seed; the test part is read once a seed, at the end."""
    parts = parts_of(config, context.accelerator.device)
    untrained = config.model.kind in UNTRAINED
    found, history, steps, seconds, best = [], [], [], 0.0, None
    for seed in context.seeds[:1] if untrained else context.seeds:
        model, rows = train(config, parts, context, seed)
        found.append(errors(model, parts["test"]))
        history += [{"seed": seed} | row for row in rows]
        steps += [{"seed": seed, "step": i + 1, "mse": mse.item()} for i, mse in enumerate(found[-1].by_step)]
        seconds += rows[-1]["seconds"] if rows else 0.0
        lowest = min((row["val_loss"] for row in rows), default=0.0)
        if best is None or lowest < best[0]:
            best = lowest, model, found[-1]
    metrics = summary([e.mse for e in found], "test_mse") | summary([e.mae for e in found], "test_mae")
    metrics |= {
        "best_mse": best[2].mse, "best_mae": best[2].mae, "test_windows": found[0].windows,
        "train_windows": len(parts["train"]), "seeds": len(found),
        "parameters": sum(p.numel() for p in best[1].parameters()),
    }  # fmt: skip
    files = {"by_step.csv": context.folder / "by_step.csv"}
    context.folder.mkdir(parents=True, exist_ok=True)
    results.write_csv(files["by_step.csv"], steps)
    if not untrained:
        metrics["val_loss"] = best[0]
        files["model.safetensors"] = weights.save(best[1], context.folder / "model.safetensors", half=True)
    return Outcome(metrics, history, files, data_record(config.data), seconds)


def recorded_config(result: results.Result) -> ForecastConfig:
    """The configuration that a recorded run was made with (its seeds and training are not needed here)."""
    about = result.config
    return ForecastConfig(
        about["data"], ModelConfig(**about["model"]), seeds=tuple(about["seeds"]),
        test_limit=about["test_limit"],
    )  # fmt: skip


def load_model(result: results.Result) -> nn.Module:
    """The recorded model of the best seed, ready to forecast."""
    model = make_model(recorded_config(result).model)
    if recorded_config(result).model.kind not in UNTRAINED:
        weights.load(model, Path(result.path("model.safetensors")))
    return model.eval()


def check_forecast(result: results.Result) -> dict[str, float]:
    """The best seed's error from the kept weights, for ``attngen verify``."""
    found = errors(load_model(result), parts_of(recorded_config(result))["test"])
    return {"best_mse": found.mse, "best_mae": found.mae}

"""What a test loader that drops its last, smaller batch does to the reported error.

A loader made for training leaves out the windows that do not fill a batch.  Used for testing, it makes the
error depend on the batch size, and the windows left out are always the latest ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.series import forecast_run
from attngen.series.forecast_config import ForecastConfig, forecast
from attngen.series.variable_attention import batches
from attngen.series.windows import Windows


@dataclass(frozen=True)
class DropLastConfig:
    """data, horizons - of the recorded forecasts to look at;  kinds - models, as far as they are recorded
    sizes   - batch sizes of the test loader
    instead - what is trained where none of them is recorded
    """

    data: str = "etth1"
    horizons: tuple[int, ...] = (96, 720)
    kinds: tuple[str, ...] = ("repeat", "dlinear", "lstm", "transformer", "patch", "itransformer")
    sizes: tuple[int, ...] = (32, 128, 512)
    instead: ForecastConfig = field(default_factory=lambda: _brief())
    seeds: tuple[int, ...] = (0,)


def _brief(limit: int = 2000) -> ForecastConfig:
    full = forecast("dlinear", "etth1", 96)
    return replace(full, train=replace(full.train, epochs=2), seeds=(0,), limit=limit)


DROP_LAST_PRESETS = {
    "smoke": DropLastConfig(instead=_brief(64)),  # as many as are recorded, for the same metrics
    "minute": DropLastConfig(horizons=(96,), kinds=("dlinear", "itransformer")),
    "cpu": DropLastConfig(),
    "gpu": DropLastConfig(),
}


@torch.no_grad()
def window_errors(model: nn.Module, windows: Windows) -> Tensor:
    """(N,): the mean squared error of every window, in the order of time."""
    model.eval()
    wrong = [forecast_run.forecast_of(model, batch) - batch.future for batch in batches(windows)]
    return torch.cat([each.double().square().mean(dim=(1, 2)) for each in wrong])


def kept(count: int, size: int) -> int:
    """How many of ``count`` windows a loader of batches of ``size`` hands out if it drops the last one."""
    if size < 1:
        raise ValueError(f"a batch has at least one window, not {size}")
    return count // size * size


def dropped(errors: Tensor, size: int) -> float:
    """The error that would be reported without the last, smaller batch; ValueError if nothing is left."""
    rest = kept(len(errors), size)
    if not rest:
        raise ValueError(f"no batch of {size} is full: there are {len(errors)} windows")
    return errors[:rest].mean().item()


def models_of(config: DropLastConfig, context: Context):
    """Name, model and test windows of every recorded forecast asked for, or of one trained now."""
    known, found = set(results.names()), False
    for horizon in config.horizons:
        for kind in config.kinds:
            name = f"series-{kind}-{config.data}-{horizon}"
            if name in known:
                result, found = results.load(name), True
                about = forecast_run.recorded_config(result)
                yield kind, about, forecast_run.load_model(result), forecast_run.parts_of(about)["test"]
    if not found:
        about = config.instead
        parts = forecast_run.parts_of(about)
        model, _ = forecast_run.train(about, parts, context, context.seeds[0])
        yield about.model.kind, about, model, parts["test"]


def run_drop_last(config: DropLastConfig, context: Context) -> Outcome:
    """The error over every window, and over the first floor(N / B) * B, for each batch size B."""
    metrics, history = {}, []
    largest = 0.0
    for kind, about, model, windows in models_of(config, context):
        errors = window_errors(model.cpu(), windows)
        key, count = f"{kind}_{about.model.horizon}", len(errors)
        metrics |= {f"windows_{about.model.horizon}": count, f"{key}_every": errors.mean().item()}
        for size in config.sizes:
            if not kept(count, size):
                continue
            error = dropped(errors, size)
            change = error / metrics[f"{key}_every"] - 1
            largest = max(largest, change, key=abs)
            out = count - kept(count, size)
            metrics |= {f"{key}_drop{size}": error, f"{key}_change{size}": change}
            metrics[f"left_out_{about.model.horizon}_{size}"] = out
            row = {"kind": kind, "horizon": about.model.horizon, "batch": size, "left_out": out}
            history.append(row | {"mse": error, "every": metrics[f"{key}_every"], "change": change})
    data = forecast_run.data_record(config.data)
    return Outcome(metrics | {"largest_change": largest}, history, data=data)

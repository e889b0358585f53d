"""Train every strategy on the same batches, and measure each step of the horizon on test windows."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from attngen.experiments import Context, Outcome, make_accelerator, plain
from attngen.series import forecast_run
from attngen.series.multistep import make_strategy, passes
from attngen.series.multistep_config import MULTISTEP_WAVES_PRESETS, MultistepConfig
from attngen.series.multistep_waves import Waves
from attngen.series.table import SeriesError, load
from attngen.series.windows import Windows, datasets
from attngen.training import fit


def parts_of(config: MultistepConfig, device="cpu"):
    """Windows by part, the scaler, and for waves the least possible error of each step (else None)."""
    table = Waves().table() if config.data == "waves" else load(config.data)
    model = config.model
    parts, scaler = datasets(table, model.lookback, model.horizon, config.train_stride, device)
    floor = Waves().floor(model.horizon, scaler) if config.data == "waves" else None
    return parts, scaler, floor


def spread(windows: Windows, count: int) -> Tensor:
    """Numbers of ``count`` evenly spread windows; of all, where ``count`` is 0 or too large."""
    if not 0 < count < len(windows):
        return torch.arange(len(windows))
    return torch.linspace(0, len(windows) - 1, count).round().long()


def squared_error(model: nn.Module, batch) -> tuple[Tensor, Tensor]:
    """Every strategy's loss: summed squared error of the steps it writes in training, and their number."""
    written = model(batch.past, batch.future)
    errors = (written - batch.future[:, : written.shape[1]]).square()
    return errors.sum(), errors.new_tensor(errors.numel())


@torch.no_grad()
def by_step(
    forecast: Callable[[object], Tensor], windows: Windows, numbers: Tensor, batch_size: int = 256
) -> dict[str, Tensor]:
    """Errors of each step, over windows and variables: "mse" and "mae", each (H,).

    forecast - batch -> (B, H, V)
    """
    if not len(numbers):
        raise SeriesError("there is no window to measure on")
    squares, absolutes = 0.0, 0.0
    for indices in numbers.split(batch_size):
        batch = windows.batch(indices)
        error = (forecast(batch) - batch.future).double()
        squares = squares + error.square().mean(dim=2).sum(dim=0)
        absolutes = absolutes + error.abs().mean(dim=2).sum(dim=0)
    return {"mse": (squares / len(numbers)).cpu(), "mae": (absolutes / len(numbers)).cpu()}


def baselines(horizon: int) -> dict[str, Callable]:
    """Repeat the last value; say the training mean, which is 0 on scaled data."""
    return {
        "repeat": lambda batch: batch.past[:, -1:].expand(-1, horizon, -1),
        "mean": lambda batch: torch.zeros_like(batch.future),
    }


def train_strategy(name: str, config: MultistepConfig, parts, context: Context, seed: int):
    """One strategy, one seed: the model, and its history.

    The weights kept are those with the least *free-running* error on validation windows, for all alike.
    """
    watched = spread(parts["validation"], config.watched)

    def evaluate(model: nn.Module) -> dict[str, float]:
        found = by_step(lambda batch: model.forecast(batch.past), parts["validation"], watched)
        return {"val_loss": found["mse"].mean().item()}

    model = make_strategy(name, config.model, seed).to(context.accelerator.device)
    return fit(
        model, parts["train"], squared_error, evaluate, config.train, context.accelerator, seed,
        context.folder / f"seed-{seed}-{name}.pt", plain(config) | {"seeds": seed, "strategy": name},
        label=f"{name.replace('_', '-')}, seed {seed}",
    )  # fmt: skip


def measured(name: str, model: nn.Module, windows: Windows, numbers: Tensor) -> dict[str, dict[str, Tensor]]:
    """Curves of a trained strategy; for the encoder-decoder also that with the truth put in at each step."""
    curves = {name: by_step(lambda batch: model.forecast(batch.past), windows, numbers)}
    if name == "encoder_decoder":
        forced = by_step(lambda batch: model(batch.past, batch.future), windows, numbers)
        curves["teacher_forced"] = forced
    return curves


def run_multistep(config: MultistepConfig, context: Context) -> Outcome:
    """Train and measure every strategy under every seed."""
    parts, _, floor = parts_of(config, context.accelerator.device)
    test, horizon = parts["test"], config.model.horizon
    numbers = spread(test, config.tested)
    kept = {name: [by_step(make, test, numbers)] for name, make in baselines(horizon).items()}
    owners = {name: [-1] for name in kept}  # no seed
    metrics, seconds = {"test_windows": len(numbers), "seeds": len(context.seeds)}, 0.0
    for name in config.strategies:
        taken, asked = [], []
        for seed in context.seeds:
            model, rows = train_strategy(name, config, parts, context, seed)
            began = time.perf_counter()
            model.forecast(test.batch(numbers[:64]).past)
            asked.append(1e3 * (time.perf_counter() - began) / len(numbers[:64]))
            for curve, found in measured(name, model, test, numbers).items():
                kept.setdefault(curve, []).append(found)
                owners.setdefault(curve, []).append(seed)
            taken.append(rows[-1]["seconds"])
        seconds += sum(taken)
        metrics[f"parameters_{name}"] = sum(weight.numel() for weight in model.parameters())
        metrics[f"train_seconds_{name}"] = statistics.fmean(taken)
        metrics[f"forecast_ms_{name}"] = statistics.median(asked)  # for one window, in batches of 64
        metrics |= {f"{what}_{name}": count for what, count in passes(name, config.model).items()}
    metrics["updates"] = -(-len(parts["train"]) // config.train.batch_size) * config.train.epochs
    for name, curves in kept.items():
        metrics |= summary(name, curves)
    history = [
        {"strategy": name, "seed": seed, "step": step + 1, "mse": mse, "mae": mae}
        for name, curves in kept.items()
        for seed, curve in zip(owners[name], curves, strict=True)
        for step, (mse, mae) in enumerate(zip(curve["mse"].tolist(), curve["mae"].tolist(), strict=True))
    ]
    if floor is not None:
        history += [{"strategy": "floor", "seed": -1, "step": h, "mse": e} for h, e in enumerate(floor, 1)]
        metrics["mse_floor"] = float(floor.mean())
    return Outcome(metrics, history, {}, data_record(config.data), seconds)


def summary(name: str, curves: list[dict[str, Tensor]]) -> dict[str, float]:
    """Mean and sample deviation over seeds of the errors of all steps, and of steps 1, 24 and the last."""
    length = len(curves[0]["mse"])
    values = {f"{kind}_{name}": [c[kind].mean().item() for c in curves] for kind in ("mse", "mae")}
    for step in sorted({1, min(24, length), length}):
        values[f"mse_{name}_step{step}"] = [curve["mse"][step - 1].item() for curve in curves]
    found = {key: statistics.fmean(many) for key, many in values.items()}
    return found | {
        f"{key}_std": statistics.stdev(many) if len(many) > 1 else 0.0 for key, many in values.items()
    }


def data_record(name: str) -> dict[str, str]:
    """What identifies the data of a run."""
    if name == "waves":
        return {"waves": f"seed {Waves().seed}"}
    return forecast_run.data_record(name)


def train_live(preset: str = "minute") -> Outcome:
    """Train the strategies on waves here and now, recording nothing; needs no file."""
    config = MULTISTEP_WAVES_PRESETS[preset]
    with tempfile.TemporaryDirectory() as folder:
        return run_multistep(config, Context(Path(folder), config.seeds, make_accelerator("cpu")))

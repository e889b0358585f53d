"""A benchmark: windows a second of every model, in training and in testing, at the shapes of ETTh1.

The numbers in the windows are random, which no model's speed depends on.  On a CPU one thread works and its
processor time counts (see ``attngen.cost.clock``); ratios change less from machine to machine than speeds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from attngen.cost import clock
from attngen.experiments import Context, Outcome
from attngen.series.forecast_config import COMPARED, MODELS
from attngen.series.forecast_run import squared_error
from attngen.series.models import UNTRAINED, make_model
from attngen.series.windows import Batch
from attngen.training import TrainConfig, make_optimizer


@dataclass(frozen=True)
class SeriesSpeedConfig:
    """kinds - models, at the sizes of the recorded comparison
    batch      - windows in a training step
    test_batch - windows tested at once;  single - windows tested one by one
    """

    kinds: tuple[str, ...] = COMPARED
    lookback: int = 96
    horizon: int = 96
    variables: int = 7
    calendar: int = 4
    batch: int = 32
    test_batch: int = 256
    single: int = 32
    repeats: int = 5
    seeds: tuple[int, ...] = (0,)


SPEED_PRESETS = {
    "smoke": SeriesSpeedConfig(batch=2, test_batch=4, single=2, repeats=1),
    "minute": SeriesSpeedConfig(repeats=2),
    "cpu": SeriesSpeedConfig(),
    "gpu": SeriesSpeedConfig(batch=256, test_batch=1024, repeats=20),
}


def random_batch(config: SeriesSpeedConfig, count: int, device: torch.device) -> Batch:
    """``count`` windows of random numbers."""

    def random(steps: int, columns: int) -> torch.Tensor:
        return torch.randn(count, steps, columns, device=device)

    columns = config.variables, config.calendar
    shapes = [(steps, width) for width in columns for steps in (config.lookback, config.horizon)]
    return Batch(*(random(*shape) for shape in shapes))


def jobs(config: SeriesSpeedConfig, kind: str, device: torch.device) -> dict[str, tuple]:
    """What is timed of one model: name -> (function, how many windows it handles)."""
    sizes = {name: getattr(config, name) for name in ("lookback", "horizon", "variables", "calendar")}
    model = make_model(replace(MODELS[kind][0], **sizes)).to(device)
    train, test, one = (random_batch(config, n, device) for n in (config.batch, config.test_batch, 1))

    def forecast(batch: Batch, times: int = 1) -> None:
        model.eval()
        with torch.no_grad():
            for _ in range(times):
                model(batch.past, batch.past_calendar, batch.future_calendar)

    found = {
        "test": (lambda: forecast(test), config.test_batch),
        "single": (lambda: forecast(one, config.single), config.single),
    }
    if kind not in UNTRAINED:
        found["train"] = (_step(model, train), config.batch)
    return found


def _step(model: nn.Module, batch: Batch):
    optimizer = make_optimizer(model, TrainConfig(optimizer="adam"))

    def step() -> None:
        model.train()
        summed, count = squared_error(model, batch)
        optimizer.zero_grad()
        (summed / count).backward()
        optimizer.step()

    return step


def run_speed(config: SeriesSpeedConfig, context: Context) -> Outcome:
    """Windows a second of every model; all models take turns."""
    device = context.accelerator.device
    torch.manual_seed(config.seeds[0])
    every = {kind: jobs(config, kind, device) for kind in config.kinds}
    metrics, rows = {}, []
    with clock.threads(1):
        for name in ("train", "test", "single"):
            timed = {kind: job[name][0] for kind, job in every.items() if name in job}
            for kind, seconds in clock.best(timed, config.repeats, device).items():
                rate = every[kind][name][1] / max(seconds, 1e-9)
                metrics[f"{kind}_{name}_windows_per_second"] = rate
                rows.append({"kind": kind, "measure": name, "windows_per_second": rate})
    for kind in config.kinds:
        together, one = (metrics[f"{kind}_{name}_windows_per_second"] for name in ("test", "single"))
        metrics[f"{kind}_batched_over_single"] = together / one
    return Outcome(metrics | _against(metrics), rows)


def _against(metrics: dict[str, float]) -> dict[str, float]:
    """How many times as long a training step of each model takes as iTransformer's."""
    base = metrics.get("itransformer_train_windows_per_second")
    found = {}
    for name, rate in metrics.items():
        kind, _, measure = name.partition("_")
        if base and measure == "train_windows_per_second":
            found[f"{kind}_train_over_itransformer"] = base / rate
    return found

"""Transformer, LSTM and linear model on worlds whose best forecast is known: who explains how much of it.

Every model sees the same windows, has about the same number of parameters and is trained for the same number
of updates; only the LSTM's second, longer training gets more.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.experiments import Context, Outcome, plain
from attngen.series import when_time
from attngen.series.switching import SwitchingWorld
from attngen.series.when_config import LOCAL, SWITCHING, WhenConfig, far
from attngen.series.when_models import Ridge, in_order, make, on_grid
from attngen.series.when_windows import Seen, WorldWindows, skill, yardstick
from attngen.series.world import World
from attngen.training import fit


@dataclass(frozen=True)
class Trial:
    """A world, who is tried on it and on how many windows.  ``place`` ends the names of its metrics."""

    place: str
    world: World | SwitchingWorld
    kinds: tuple[str, ...]
    windows: int
    keep: float = 1.0
    longer: bool = False

    @property
    def about(self) -> dict:
        """What a row of the history says about the trial."""
        lag = self.world.lag if isinstance(self.world, World) else 0
        return {"place": self.place, "lag": lag, "windows": self.windows, "longer": int(self.longer)}


def trials(config: WhenConfig) -> list[Trial]:
    """Everything that is tried under one seed."""
    both, irregular = ("transformer", "lstm", "linear"), ("transformer", "lstm_ages", "linear", "linear_grid")
    found = []
    for lag in config.lags:
        aged = ("lstm_ages",) if lag in config.aged else ()
        found.append(Trial(f"lag{lag}", far(lag), both + aged, config.windows))
    for lag in config.longer:
        tried = ("lstm", "lstm_open") if lag == max(config.longer) else ("lstm",)
        found.append(Trial(f"longer_lag{lag}", far(lag), tried, config.longer_windows, longer=True))
    for count in config.few:
        found.append(Trial(f"n{count}", far(config.few_lag), both, count))
        found.append(Trial(f"local_n{count}", LOCAL, both, count))
    found.append(Trial("local", LOCAL, both, config.windows))
    found.append(Trial("irregular", far(config.few_lag), irregular, config.windows, config.keep))
    found.append(Trial("switching", SWITCHING, (*both, "lstm_ages"), config.windows))
    return found


def squared_error(model: nn.Module, batch: Seen) -> tuple[Tensor, Tensor]:
    """Sum of the windows' mean squared errors, and how many windows there are."""
    device = next(model.parameters()).device
    wrong = model(batch.past.to(device), batch.ages.to(device)) - batch.future.to(device)
    return wrong.square().mean(dim=1).sum(), torch.tensor(float(len(wrong)), device=device)


@torch.no_grad()
def error(model: nn.Module, seen: Seen) -> float:
    """The mean squared error on all of these windows."""
    summed, count = squared_error(model.eval(), seen)
    return (summed / count).item()


def parts_of(trial: Trial, config: WhenConfig, seed: int) -> dict[str, WorldWindows]:
    """Windows to train on, to choose the best state with, and to test on: three draws of the world."""
    updates = config.longer_updates if trial.longer else config.updates
    counts = {"train": trial.windows, "validation": config.validation, "test": config.test}
    return {
        part: WorldWindows(
            trial.world, count, config.lookback, 3 * seed + number, trial.keep,
            draws=updates * config.batch if part == "train" else 0,
        )
        for number, (part, count) in enumerate(counts.items())
    }  # fmt: skip


def linear(kind: str, parts: dict[str, WorldWindows]) -> tuple[float, int]:
    """Test error and number of weights of least squares on rows in order ("linear") or in their places."""
    seen = {part: windows.all() for part, windows in parts.items()}
    longest = int(seen["train"].ages.max())
    inputs = {p: in_order(s) if kind == "linear" else on_grid(s, longest) for p, s in seen.items()}
    model = Ridge(inputs["train"], seen["train"].future, inputs["validation"], seen["validation"].future)
    wrong = model(inputs["test"]) - seen["test"].future
    return wrong.square().mean().item(), model.weights.numel()


def learned(kind: str, trial: Trial, parts, config: WhenConfig, context: Context, seed: int):
    """Test error, number of parameters and history of a network trained under one seed."""
    torch.manual_seed(seed)
    columns, targets = trial.world.variables, len(trial.world.targets)
    model = make(kind, columns, targets, config.dim, config.heads).to(context.accelerator.device)
    check = parts["validation"].all()
    model, rows = fit(
        model, parts["train"], squared_error, lambda m: {"val_loss": error(m, check)},
        config.train(trial.longer), context.accelerator, seed,
        context.folder / f"seed-{seed}-{trial.place}-{kind}.pt",
        plain(config) | {"seeds": seed, "kind": kind, "place": trial.place},
        label=f"{kind}, {trial.place}, seed {seed}",
    )  # fmt: skip
    return error(model, parts["test"].all()), sum(p.numel() for p in model.parameters()), rows


def name_of(kind: str, trial: Trial) -> str:
    """The metric's name, such as skill_transformer_lag24 or skill_lstm_longer_lag8."""
    return f"skill_{kind}_{trial.place}"


def try_all(trial: Trial, config: WhenConfig, context: Context, seed: int):
    """Skill by metric name, the best possible error's share of the mean's, sizes, and history rows."""
    parts = parts_of(trial, config, seed)
    yard, check = yardstick(parts["test"]), yardstick(parts["validation"])
    updates = config.longer_updates if trial.longer else config.updates
    skills, sizes, history = {}, {}, []
    for kind in trial.kinds:
        if kind.startswith("linear"):
            (wrong, size), rows = linear(kind, parts), []
        else:
            wrong, size, rows = learned(kind, trial, parts, config, context, seed)
        skills[name_of(kind, trial)] = skill(wrong, yard)
        sizes[f"parameters_{kind}"] = size
        about = {"measure": "skill", "kind": kind, "seed": seed} | trial.about
        for row in rows:
            reached = {"updates": round(row["epoch"] * updates), "value": skill(row["val_loss"], check)}
            history.append(about | {"measure": "learning"} | reached)
        history.append(about | {"updates": updates, "value": skills[name_of(kind, trial)]})
    return skills, yard[1] / yard[0], sizes, history


def run_when(config: WhenConfig, context: Context) -> Outcome:
    """Everything under every seed (the longer trainings under the first alone), and the clock."""
    skills, floors, sizes, history = {}, {}, {}, []
    for seed in context.seeds:
        for trial in trials(config):
            if trial.longer and seed != context.seeds[0]:
                continue
            found, floor, size, rows = try_all(trial, config, context, seed)
            for name, value in found.items():
                skills.setdefault(name, []).append(value)
            floors.setdefault(f"best_share_{trial.place}", []).append(floor)
            history += rows
            if trial.place == f"lag{config.few_lag}":
                sizes |= size
    metrics = {}
    for name, values in (skills | floors).items():
        metrics[name] = statistics.fmean(values)
        if name in skills:
            metrics[f"{name}_std"] = statistics.stdev(values) if len(values) > 1 else 0.0
    clock, rows = when_time.measure(config, context.accelerator.device)
    metrics |= sizes | clock | {"seeds": len(context.seeds)}
    data = {"synthetic": "drawn by series/world.py and series/switching.py"}
    return Outcome(metrics, history + rows, data=data)

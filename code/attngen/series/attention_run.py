"""Attention between variables where the truth is known: on a ring, and on series that need no other."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from attngen import results, weights
from attngen.experiments import Context, Outcome, plain
from attngen.series import ring
from attngen.series.attention_config import RING_PRESETS, RingAttentionConfig
from attngen.series.forecast_run import errors, squared_error, summary
from attngen.series.models import Forecaster, ModelConfig, make_model
from attngen.series.ring import RingConfig
from attngen.series.variable_attention import lag_profile, mean_attention, rises, share_on
from attngen.series.variable_correlation import correlations
from attngen.series.windows import Windows
from attngen.training import TrainConfig, fit

CASES = {"ring": ring.ring, "alone": ring.alone}


@dataclass(frozen=True)
class Learned:
    """An iTransformer, the series it was trained on, and its training's history."""

    model: Forecaster
    parts: dict[str, Windows]
    drivers: tuple[int, ...]
    history: list[dict]


def learn(config: RingAttentionConfig, case: str, context: Context, seed: int = 0) -> Learned:
    """Train on one of the ``CASES``; the series have the seed, too."""
    drivers = CASES[case](config.ring.variables)
    parts = ring.parts(config.ring, drivers, seed)
    torch.manual_seed(seed)
    model, history = fit(
        make_model(config.shape), parts["train"], squared_error,
        lambda m: {"val_loss": errors(m, parts["validation"]).mse}, config.train, context.accelerator, seed,
        context.folder / f"seed-{seed}-{case}.pt", plain(config) | {"seeds": seed}, f"{case}, seed {seed}",
    )  # fmt: skip
    return Learned(model, parts, drivers, history)


def measure(model: Forecaster, windows: Windows, drivers: tuple[int, ...]) -> tuple[dict, dict[str, Tensor]]:
    """Numbers of one model on one table, and (V, V) tables: attention, rise, truth and four correlations.

    Of several layers the last one's map is taken, the mean over its heads.
    """
    true = ring.truth(drivers)
    own = torch.eye(len(drivers))
    attention = mean_attention(model, windows)[-1].mean(dim=0)
    tables = {"attention": attention, "rise": rises(model, windows), "truth": true} | correlations(windows)
    others = (1 - own) * (1 - true)
    found = {
        "mse": errors(model, windows).mse,
        "share": share_on(attention, true),
        "self": share_on(attention, own),
        "rise_driver": _mean(tables["rise"], true),
        "rise_other": _mean(tables["rise"], others),
        "level_driver": _mean(tables["level"].abs(), true),
        "lag": best_lag(model),
    }
    return found, tables


def best_lag(model: Forecaster) -> int:
    """The shift that the first layer's scores weigh most, a mean over heads."""
    furthest = model.config.lookback // 2
    return int(lag_profile(model, furthest).mean(dim=0).argmax()) - furthest


def _mean(table: Tensor, chosen: Tensor) -> float:
    return (table * chosen).sum().item() / chosen.sum().item()


def elsewhere(
    model: Forecaster, config: RingConfig, drivers: tuple[int, ...], seed: int
) -> dict[str, float]:
    """The error and the share on the drivers for other series, without training again.

    The network has no size that depends on how many variables there are.
    """
    other = Forecaster(_for(model.config, len(drivers)), model.body)
    series = ring.driven(drivers, config.steps // 4, config.lag, config.strength, seed)
    windows = ring.windows(series, config.lookback, config.horizon)
    attention = mean_attention(other, windows)[-1].mean(dim=0)
    return {"mse": errors(other, windows).mse, "share": share_on(attention, ring.truth(drivers))}


def _for(shape: ModelConfig, variables: int) -> ModelConfig:
    return ModelConfig(**vars(shape) | {"variables": variables})


def hubs(variables: int) -> tuple[int, ...]:
    """Two halves, each driven by its own first variable."""
    half = variables // 2
    return tuple(0 if v < half else half for v in range(variables))


def run_ring(config: RingAttentionConfig, context: Context) -> Outcome:
    """Every case under every seed; the first seed's weights and tables are kept."""
    history, pairs, files, every, seconds = [], [], {}, {}, 0.0
    for case in CASES:
        for seed in context.seeds:
            learned = learn(config, case, context, seed)
            found, tables = measure(learned.model, learned.parts["test"], learned.drivers)
            if case == "ring":
                others = {"larger": ring.ring(config.larger), "hubs": hubs(config.ring.variables)}
                for name, drivers in others.items():
                    there = elsewhere(learned.model, config.ring, drivers, seed + 1000)
                    found |= {f"{name}_{key}": value for key, value in there.items()}
            for name, value in found.items():
                every.setdefault(f"{case}_{name}", []).append(value)
            history += [{"case": case, "seed": seed} | row for row in learned.history]
            seconds += learned.history[-1]["seconds"]
            if seed == context.seeds[0]:
                file = f"{case}.safetensors"
                files[file] = weights.save(learned.model, context.folder / file)
                pairs += rows_of({"case": case}, tables)
    metrics = {name: value for key, values in every.items() for name, value in summary(values, key).items()}
    for name in (f"{case}_{what}" for case in CASES for what in ("mse", "share")):
        metrics[f"first_{name}"] = every[name][0]
    metrics |= {"floor": ring.floor(config.ring.strength), "chance": 1 / config.ring.variables}
    metrics |= {"seeds": len(context.seeds)}
    return Outcome(metrics, history, files | keep_pairs(context.folder, pairs), {}, seconds)


def rows_of(about: dict, tables: dict[str, Tensor]) -> list[dict]:
    """One row for each pair of variables with its value in every table."""
    count = len(next(iter(tables.values())))
    places = [(v, u) for v in range(count) for u in range(count)]
    rows = [about | {"query": v, "key": u} for v, u in places]
    for row, (v, u) in zip(rows, places, strict=True):
        row |= {name: round(table[v, u].item(), 5) for name, table in tables.items()}
    return rows


def keep_pairs(folder: Path, pairs: list[dict]) -> dict[str, Path]:
    """Write the rows as ``pairs.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    results.write_csv(folder / "pairs.csv", pairs)
    return {"pairs.csv": folder / "pairs.csv"}


def recorded_tables(result: results.Result, **about: str) -> dict[str, Tensor]:
    """The (V, V) tables of a recorded result whose rows have these values, such as case="ring"."""
    with result.path("pairs.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if all(row[key] == value for key, value in about.items())]
    names = [name for name in rows[0] if name not in ("query", "key", *about)]
    count = 1 + max(int(row["query"]) for row in rows)
    return {name: torch.tensor([float(row[name]) for row in rows]).reshape(count, count) for name in names}


def recorded_config(result: results.Result) -> RingAttentionConfig:
    """The configuration that a recorded run was made with."""
    c = result.config
    train = TrainConfig(**c["train"] | {"betas": tuple(c["train"]["betas"])})
    parts = RingConfig(**c["ring"]), ModelConfig(**c["model"]), train
    return RingAttentionConfig(*parts, c["larger"], tuple(c["seeds"]))


def check_ring(result: results.Result) -> dict[str, float]:
    """The first seed's error and share again, from the kept weights, for ``attngen verify``."""
    config, found = recorded_config(result), {}
    for case, drivers in CASES.items():
        model = weights.load(make_model(config.shape), result.path(f"{case}.safetensors"))
        parts = ring.parts(config.ring, drivers(config.ring.variables), config.seeds[0])
        again, _ = measure(model, parts["test"], drivers(config.ring.variables))
        found |= {f"first_{case}_{name}": again[name] for name in ("mse", "share")}
    return found


def on_this_page(case: str = "ring") -> Learned:
    """The ``minute`` preset trained here and now, without a checkpoint."""
    from tempfile import TemporaryDirectory

    from attngen.experiments import make_accelerator

    config = RING_PRESETS["minute"]
    with TemporaryDirectory() as folder:
        return learn(config, case, Context(Path(folder), config.seeds, make_accelerator("cpu")))

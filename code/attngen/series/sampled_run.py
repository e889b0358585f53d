"""Forecasts as distributions: Hugging Face's two models and our own; beside them, plain ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from attngen import results, weights
from attngen.experiments import Context, Outcome, plain
from attngen.series import hugging_face, one_shot, table
from attngen.series.compare_config import SampledConfig
from attngen.series.config import ModelConfig
from attngen.series.forecast_run import data_record, errors, squared_error, summary, thin
from attngen.series.models import make_model
from attngen.series.probabilistic import coverage, scores
from attngen.series.windows import Batch, Windows, datasets
from attngen.training import fit

KINDS = ("tst", "informer", "one_shot")  # the first two are those of transformers
POINTS = ("repeat", "seasonal", "dlinear")
_SEED = 1234  # of the sampled paths


def parts_of(config: SampledConfig, device: torch.device | str = "cpu") -> dict[str, Windows]:
    """The windows of each part; of the test part, as many as the models are compared on."""
    model = config.model
    parts, _ = datasets(table.load(config.data), model.lookback, model.horizon, config.train_stride, device)
    limits = config.limit, config.validation_limit, config.windows
    return {part: thin(windows, limit) for (part, windows), limit in zip(parts.items(), limits, strict=True)}


def make(config: SampledConfig, kind: str, seed: int = 0) -> nn.Module:
    """A fresh probabilistic model."""
    torch.manual_seed(seed)
    if kind == "one_shot":
        return one_shot.OneShot(config.own)
    return hugging_face.build(replace(config.model, kind=kind))


def loss_of(kind: str) -> Callable[[nn.Module, Batch], tuple[Tensor, Tensor]]:
    """The negative log likelihood of a batch, for one kind of model."""
    return (one_shot if kind == "one_shot" else hugging_face).likelihood_loss


@torch.no_grad()
def mean_loss(model: nn.Module, windows: Windows, kind: str, batch_size: int = 256) -> float:
    """Negative log likelihood of a step over all windows, in nats; any sampled keys are always the same."""
    model.eval()
    total = count = 0.0
    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        for indices in torch.arange(len(windows)).split(batch_size):
            summed, number = loss_of(kind)(model, windows.batch(indices))
            total, count = total + summed.item(), count + number.item()
    return total / count


def draw(model: nn.Module, windows: Windows, kind: str, paths: int, batch_size=20) -> tuple[Tensor, Tensor]:
    """Sampled paths (N, paths, H, V) for every window, and the truth (N, H, V), on the CPU."""
    drawn, truth = [], []
    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        for indices in torch.arange(len(windows)).split(batch_size):
            batch = windows.batch(indices)
            alone = kind == "one_shot"
            one = one_shot.sampled(model, batch, paths) if alone else hugging_face.sampled(model, batch)
            drawn.append(one.cpu())
            truth.append(batch.future.cpu())
    return torch.cat(drawn), torch.cat(truth)


def measured(paths: Tensor, truth: Tensor, level: float) -> dict[str, float]:
    """Scores of every step, and the coverage of the mean over the horizon, whose error is joint."""
    of_mean = coverage(paths.mean(dim=2), truth.mean(dim=1), level)
    return scores(paths, truth, level) | {"coverage_of_mean": of_mean}


def run_sampled(config: SampledConfig, context: Context) -> Outcome:
    """Train every kind under every seed, score its sampled paths; then forecasts without a distribution."""
    device = context.accelerator.device
    parts = parts_of(config, device)
    metrics, history, files, seconds = {}, [], {}, 0.0
    context.folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        found, best, spent = [], None, 0.0
        for seed in context.seeds:
            model, rows = fit(
                make(config, kind, seed).to(device), parts["train"], loss_of(kind),
                lambda m, kind=kind: {"val_loss": mean_loss(m, parts["validation"], kind)},
                config.own_train if kind == "one_shot" else config.train, context.accelerator, seed,
                context.folder / f"seed-{seed}-{kind}.pt", plain(config) | {"seeds": seed, "kind": kind},
                label=f"{kind}, seed {seed}",
            )  # fmt: skip
            paths, truth = draw(model, parts["test"], kind, config.model.paths)
            found.append(measured(paths, truth, config.level))
            history += [{"kind": kind, "seed": seed} | row for row in rows]
            spent += rows[-1]["seconds"]
            lowest = min(row["val_loss"] for row in rows)
            if best is None or lowest < best[0]:
                best = lowest, fan(paths, truth, config.level)
                path = context.folder / f"{kind}.safetensors"
                files[path.name] = weights.save(model, path, half=True)
        for name in found[0]:
            metrics |= summary([each[name] for each in found], f"{name}_{kind}")
        metrics |= {
            f"val_loss_{kind}": best[0], f"train_seconds_{kind}": spent / len(found),
            f"parameters_{kind}": sum(p.numel() for p in model.parameters()),
        }  # fmt: skip
        files[f"fan_{kind}.csv"] = context.folder / f"fan_{kind}.csv"
        results.write_csv(files[f"fan_{kind}.csv"], best[1])
        seconds += spent
    metrics |= points(config, parts, context)
    metrics |= {
        "windows": len(parts["test"]), "train_windows": len(parts["train"]), "seeds": len(context.seeds),
        "paths": config.model.paths, "level": config.level,
    }  # fmt: skip
    return Outcome(metrics, history, files, data_record(config.data), seconds)


def fan(paths: Tensor, truth: Tensor, level: float, window: int | None = None) -> list[dict]:
    """One window's forecast for a chart, a row a step of the last variable: truth, interval, some paths."""
    window = len(paths) // 2 if window is None else window
    drawn, actual = paths[window, :, :, -1], truth[window, :, -1]
    ends = torch.tensor([(1 - level) / 2, 0.5, (1 + level) / 2], dtype=drawn.dtype)
    lower, median, upper = torch.quantile(drawn, ends, dim=0)
    columns = {"truth": actual, "lower": lower, "median": median, "upper": upper}
    columns |= {f"path{number}": drawn[number] for number in range(min(3, len(drawn)))}
    return [
        {"step": step + 1} | {name: round(values[step].item(), 5) for name, values in columns.items()}
        for step in range(len(actual))
    ]


def points(config: SampledConfig, parts: dict[str, Windows], context: Context) -> dict[str, float]:
    """Errors of forecasts without a distribution on the same test windows: two repeats and DLinear."""
    own, found = config.own, {}
    for kind in POINTS:
        period = min(24, own.lookback)
        shape = ModelConfig(kind, own.lookback, own.horizon, own.variables, normalise=False, period=period)
        torch.manual_seed(context.seeds[0])
        model = make_model(shape).to(context.accelerator.device)
        if kind == "dlinear":
            model, _ = fit(
                model, parts["train"], squared_error,
                lambda m: {"val_loss": errors(m, parts["validation"]).mse},
                config.point_train, context.accelerator, context.seeds[0], label=kind,
            )  # fmt: skip
        error = errors(model, parts["test"])
        found |= {f"mse_{kind}": error.mse, f"mae_{kind}": error.mae}
    return found


def load_model(kind: str, result: results.Result) -> nn.Module:
    """The recorded model of its best seed, ready to draw paths."""
    return weights.load(make(recorded_config(result), kind), result.path(f"{kind}.safetensors")).eval()


def recorded_config(result: results.Result) -> SampledConfig:
    """The configuration that a recorded run was made with (its training is not needed here)."""
    about = result.config
    model = hugging_face.HuggingFaceConfig(**about["model"] | {"lags": tuple(about["model"]["lags"])})
    kept = {k: about[k] for k in ("data", "train_stride", "limit", "validation_limit", "windows", "level")}
    return SampledConfig(
        model=model, own=one_shot.InformerConfig(**about["own"]), seeds=tuple(about["seeds"]), **kept
    )


def check_sampled(result: results.Result) -> dict[str, float]:
    """The likelihood under the kept weights measured again, for ``attngen verify``."""
    config = recorded_config(result)
    validation = parts_of(config)["validation"]
    return {f"val_loss_{kind}": mean_loss(load_model(kind, result), validation, kind) for kind in KINDS}

"""Informers with and without their savings, trained alike on one table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from attngen import results, weights
from attngen.experiments import Context, Outcome, plain
from attngen.series import table
from attngen.series.compare_config import CompareConfig
from attngen.series.forecast_run import data_record, errors, squared_error, summary, thin
from attngen.series.informer import InformerConfig, make_informer
from attngen.series.linear import RepeatLast
from attngen.series.windows import Windows, datasets
from attngen.training import fit


def parts_of(config: CompareConfig, device: torch.device | str = "cpu") -> dict[str, Windows]:
    """The windows of each part, as the configuration wants them."""
    base = config.base
    parts, _ = datasets(table.load(config.data), base.lookback, base.horizon, config.train_stride, device)
    limits = config.limit, config.validation_limit, config.test_limit
    return {part: thin(windows, limit) for (part, windows), limit in zip(parts.items(), limits, strict=True)}


def fresh(config: InformerConfig, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return make_informer(config)


def train(config: CompareConfig, name: str, parts: dict[str, Windows], context: Context, seed: int):
    """One variant trained under one seed, with the weights of its best epoch, and its history."""
    model = fresh(config.variant(name), seed).to(context.accelerator.device)
    return fit(
        model, parts["train"], squared_error, lambda m: {"val_loss": errors(m, parts["validation"]).mse},
        config.train, context.accelerator, seed, context.folder / f"seed-{seed}-{name}.pt",
        plain(config) | {"seeds": seed, "variant": name}, label=f"{name}, seed {seed}",
    )  # fmt: skip


def with_attention(model: nn.Module, attention: str) -> nn.Module:
    """A copy of a trained Informer whose self-attention is another one, with the same weights."""
    other = make_informer(replace(model.config, attention=attention))
    other.load_state_dict(model.state_dict())
    return other.eval()


def run_compare(config: CompareConfig, context: Context) -> Outcome:
    """Train every variant under every seed, and measure it on every test window.

    A model trained with one attention is also measured with the other put in its place.
    """
    parts = parts_of(config, context.accelerator.device)
    metrics, history, files, seconds = {}, [], {}, 0.0
    context.folder.mkdir(parents=True, exist_ok=True)
    for name in config.names:
        found, swapped, spent, best = [], [], [], None
        other = "full" if config.variant(name).attention == "probsparse" else "probsparse"
        for seed in context.seeds:
            model, rows = train(config, name, parts, context, seed)
            found.append(errors(model, parts["test"]))
            exchanged = with_attention(model, other).to(context.accelerator.device)
            swapped.append(errors(exchanged, parts["test"]).mse)
            spent.append(rows[-1]["seconds"] / len(rows))
            history += [{"variant": name, "seed": seed} | row for row in rows]
            lowest = min(row["val_loss"] for row in rows)
            if best is None or lowest < best[0]:
                best = lowest, found[-1]
                path = context.folder / f"{name}.safetensors"
                files[path.name] = weights.save(model, path, half=True)
        metrics |= summary([e.mse for e in found], f"test_mse_{name}")
        metrics |= summary([e.mae for e in found], f"test_mae_{name}")
        metrics |= summary(swapped, f"swapped_mse_{name}")
        metrics |= {
            f"best_mse_{name}": best[1].mse, f"val_loss_{name}": best[0],
            f"epoch_seconds_{name}": sum(spent) / len(spent),
            f"parameters_{name}": sum(p.numel() for p in model.parameters()),
        }  # fmt: skip
        seconds += sum(spent) * config.train.epochs
    first = config.names[0]
    repeated = errors(RepeatLast(config.base), parts["test"])
    metrics |= {
        "test_mse": metrics[f"test_mse_{first}"], "test_mae": metrics[f"test_mae_{first}"],
        "repeat_mse": repeated.mse, "repeat_mae": repeated.mae, "seeds": len(context.seeds),
        "train_windows": len(parts["train"]), "test_windows": len(parts["test"]),
    }  # fmt: skip
    return Outcome(metrics, history, files, data_record(config.data), seconds)


def recorded_config(result: results.Result) -> CompareConfig:
    """The configuration that a recorded run was made with (its training is not needed here)."""
    about = result.config
    kept = {key: about[key] for key in ("data", "train_stride", "limit", "validation_limit", "test_limit")}
    shape = InformerConfig(**about["base"])
    return CompareConfig(base=shape, names=tuple(about["names"]), seeds=tuple(about["seeds"]), **kept)


def load_model(name: str, result: results.Result) -> nn.Module:
    """The recorded variant of its best seed, ready to forecast."""
    model = make_informer(recorded_config(result).variant(name))
    return weights.load(model, Path(result.path(f"{name}.safetensors"))).eval()


def check_compare(result: results.Result) -> dict[str, float]:
    """The kept weights measured again, for ``attngen verify``."""
    config = recorded_config(result)
    test = parts_of(config)["test"]
    return {f"best_mse_{name}": errors(load_model(name, result), test).mse for name in config.names}

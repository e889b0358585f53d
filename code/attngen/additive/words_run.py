"""The Pig-Latin transformer with heads that multiply, add, or do both, under several seeds each."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from attngen import results, weights
from attngen.additive.words_config import HeadsConfig
from attngen.experiments import Context, Outcome, plain
from attngen.nn import EncoderDecoder
from attngen.nn.mixed import GatedHeads, with_heads
from attngen.piglatin.data import WordPairs
from attngen.piglatin.evaluation import mean_loss, token_loss, valid_targets, word_accuracy
from attngen.piglatin.train import PigLatinConfig, config_of, data_record, parts_of, summary
from attngen.training import fit

PLACES = {  # where attention stands in the model: name, and the end of its module's name
    "encoder": lambda name: name.startswith("encoder"),
    "decoder": lambda name: name.startswith("decoder") and name.endswith("self_attention"),
    "cross": lambda name: name.endswith("cross_attention"),
}


def make(base: PigLatinConfig, kind: str, seed: int = 0) -> EncoderDecoder:
    """A fresh model with heads of this kind."""
    torch.manual_seed(seed)
    return with_heads(EncoderDecoder(base.model), kind)


def gates(model: nn.Module) -> dict[str, list[list[float]]]:
    """The share of addition in each head of gated attention: place -> layers -> heads."""
    found = {place: [] for place in PLACES}
    for name, module in model.named_modules():
        if isinstance(module, GatedHeads):
            place = next(place for place, holds in PLACES.items() if holds(name))
            found[place].append(module.gate.detach().sigmoid().tolist())
    return found


@torch.no_grad()
def force(model: nn.Module, additive: bool) -> nn.Module:
    """Open every gate for one of the two ways of scoring alone, for good."""
    for module in model.modules():
        if isinstance(module, GatedHeads):
            module.gate.fill_(torch.inf if additive else -torch.inf)
    return model


def run_heads(config: HeadsConfig, context: Context) -> Outcome:
    """Train every kind under every seed; keep the best seed's weights of each kind that is new here."""
    base, parts = config.base, parts_of(config.base)
    train, validation = (WordPairs(parts[p], context.accelerator.device) for p in ("train", "validation"))
    targets = valid_targets(parts["test"])
    metrics, history, files, seconds = {}, [], {}, 0.0
    for kind in config.kinds:
        losses, accuracies, shares = [], [], []
        for seed in context.seeds:
            model, rows = fit(
                make(base, kind, seed).to(context.accelerator.device), train, token_loss,
                lambda m: {"val_loss": mean_loss(m, validation)}, base.train, context.accelerator, seed,
                context.folder / f"seed-{seed}-{kind}.pt", plain(base) | {"seeds": seed, "kind": kind},
                label=f"{kind} heads, seed {seed}",
            )  # fmt: skip
            lowest, accuracy = min(row["val_loss"] for row in rows), word_accuracy(model, targets)
            if kind != "dot" and (not losses or lowest < min(losses)):
                files[f"{kind}.safetensors"] = weights.save(model, context.folder / f"{kind}.safetensors")
                metrics |= {f"best_val_loss_{kind}": lowest, f"best_accuracy_{kind}": accuracy}
            losses.append(lowest)
            accuracies.append(accuracy)
            seconds += rows[-1]["seconds"]
            history += [{"kind": kind, "seed": seed} | row for row in rows]
            if kind == "gated":
                shares.append(gate_metrics(model) | one_sided(model, validation, targets))
        metrics |= summary(losses, f"val_loss_{kind}") | summary(accuracies, f"test_word_accuracy_{kind}")
        metrics[f"parameters_{kind}"] = sum(p.numel() for p in model.parameters())
        for name in shares[0] if shares else ():
            metrics |= summary([share[name] for share in shares], name)
    metrics |= {"seeds": len(context.seeds), "test_words": len(targets)}
    return Outcome(metrics, history, files, data_record(base.data), seconds)


def gate_metrics(model: nn.Module) -> dict[str, float]:
    """The mean share of addition by place, and how far from one half the gates have moved."""
    found = gates(model)
    every = [share for layers in found.values() for heads in layers for share in heads]
    means = {f"gate_{place}": statistics.fmean(sum(layers, [])) for place, layers in found.items()}
    return means | {
        "gate_mean": statistics.fmean(every),
        "gate_lowest": min(every),
        "gate_highest": max(every),
    }


def one_sided(model: nn.Module, validation: WordPairs, targets) -> dict[str, float]:
    """What a trained mixture can do when all its gates are turned to one side; it is as before afterwards."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    found = {}
    for name, additive in (("adding", True), ("multiplying", False)):
        force(model, additive)
        found[f"only_{name}_val_loss"] = mean_loss(model, validation)
        found[f"only_{name}_accuracy"] = word_accuracy(model, targets)
    model.load_state_dict(kept)
    return found


def recorded_config(result: results.Result) -> HeadsConfig:
    """The configuration that a recorded run was made with."""
    inner = replace(result, config=result.config["base"])
    return HeadsConfig(config_of(inner), tuple(result.config["kinds"]), tuple(result.config["seeds"]))


def load_model(kind: str, result: results.Result) -> EncoderDecoder:
    """The recorded model with heads of this kind, ready to translate."""
    model = make(recorded_config(result).base, kind)
    return weights.load(model, Path(result.path(f"{kind}.safetensors"))).eval()


def check_heads(result: results.Result) -> dict[str, float]:
    """The kept weights measured again, for ``attngen verify``."""
    config, found = recorded_config(result), {}
    parts = parts_of(config.base)
    validation, targets = WordPairs(parts["validation"]), valid_targets(parts["test"])
    for kind in config.kinds:
        if kind != "dot":
            model = load_model(kind, result)
            found[f"best_val_loss_{kind}"] = mean_loss(model, validation)
            found[f"best_accuracy_{kind}"] = word_accuracy(model, targets)
    return found

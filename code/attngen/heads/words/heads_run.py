"""The experiment ``heads-pig-latin``: which heads does a trained translator need?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pooch
import torch
from torch import Tensor

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.heads import orders
from attngen.heads.find import find, shape
from attngen.heads.learn_gates import GateLearning, learn_gates
from attngen.heads.words.curves import drop_heads, greedy_order
from attngen.heads.words.examples import Words, letter_losses, sample_pairs
from attngen.heads.words.measure import MEASURES, head_rows, measure, rank_metrics, single_metrics
from attngen.heads.words.removal import attention_alone, removal
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin.data import Batch, WordPairs
from attngen.piglatin.train import data_record, load_model


@dataclass(frozen=True)
class HeadsConfig:
    """What is measured of a translator's heads.

    model  - the recorded run; "" for fresh weights of ``shape``
    other  - a second one, of which only every head off alone is measured; "" as above
    data   - whose words are asked: large, or offline
    words  - validation words, on which heads are measured; 0 for all
    choose - validation words that the greedy order is chosen on
    judge  - test words that the curves are measured on; 0 for all
    random - orders by chance;  draws - of the bootstrap
    gates  - how gates are learned, on training words, from several ``seeds``
    repeats - rounds in which what takes time takes turns
    alone  - width, heads and length of the single attention whose speed is measured
    """

    model: str = "pig-latin-large-h32"
    other: str = "pig-latin-large-h64"
    data: str = "large"
    words: int = 1500
    choose: int = 250
    judge: int = 800
    random: int = 8
    draws: int = 2000
    gates: GateLearning = field(default_factory=lambda: GateLearning(steps=200))
    repeats: int = 7
    alone: tuple[int, int, int] = (512, 8, 512)
    shape: TransformerConfig = field(default_factory=lambda: TransformerConfig(dim=16, heads=2))
    seeds: tuple[int, ...] = (0, 1, 2)


def model_of(name: str, shape: TransformerConfig) -> EncoderDecoder:
    """A recorded translator, or, for "", one with fresh weights that do something: larger than at a start."""
    if name:
        return load_model(name)
    torch.manual_seed(0)
    model = EncoderDecoder(shape).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    return model


def identity(names: tuple[str, ...], data: str) -> dict[str, str]:
    """What identifies the models and the words."""
    found = data_record(data) | data_record("offline")
    for name in filter(None, names):
        path = results.load(name).path("model.safetensors")
        found[f"{name}/{path.name}"] = "sha256:" + pooch.file_hash(str(path))
    return found


class TrainingWords:
    """Batches by chance of pairs that a model was trained on, and its mean loss on them in nats a word."""

    def __init__(self, model: EncoderDecoder, pairs: WordPairs, batch_size: int):
        self.model, self.pairs, self.batch_size = model, pairs, batch_size

    def draw(self, generator: torch.Generator) -> Batch:
        return self.pairs.batch(torch.randint(len(self.pairs), (self.batch_size,), generator=generator))

    def loss(self, batch: Batch) -> Tensor:
        logits = self.model(batch.source, batch.source_mask, batch.inputs, batch.target_mask)
        return letter_losses(logits, batch).sum(1).mean()


def learned(model: EncoderDecoder, pairs: WordPairs, learning: GateLearning, seeds) -> Tensor:
    """The mean over seeds of log_alpha of gates learned with the weights left alone, (layers, heads)."""
    training = TrainingWords(model, pairs, learning.batch_size)
    found = [learn_gates(model, training.loss, training.draw, learning, seed)[0] for seed in seeds]
    return torch.stack([gates.log_alpha.detach() for gates in found]).mean(0)


def run_heads(config: HeadsConfig, context: Context) -> Outcome:
    """Measure, drop and cut out heads; see ``HeadsConfig``.

    A row of the history is a head or an attention (``what``: head, attention; ``other``:
    of the second model), a model with heads cut out (cut), or one attention with fewer
    heads (alone).
    """
    model, other = (model_of(name, config.shape) for name in (config.model, config.other))
    layers, heads = shape(find(model))
    training = WordPairs(sample_pairs(config.data, "train"))
    gates = learned(model, training, config.gates, context.seeds)
    words = Words(model, sample_pairs(config.data, "validation", config.words))
    found = measure(words, layers, heads, gates)
    means = {name: values.mean(1).view(layers, heads) for name, values in found.importance().items()}
    choosing = Words(model, sample_pairs(config.data, "validation", config.choose, seed=1))
    chosen = {"greedy": greedy_order(choosing, layers, heads)}
    chosen |= {name: orders.one_shot(means[name]) for name in MEASURES if name != "accuracy"}
    by_chance = orders.random_orders(layers, heads, config.random)
    judging = Words(model, sample_pairs(config.data, "test", config.judge))
    curves = drop_heads(judging, chosen, by_chance, config.draws)
    rows = head_rows(found, words, config.draws)
    second = Words(other, words.pairs.pairs)
    second_found = measure(second, *shape(find(other)), torch.zeros(shape(find(other))))
    rows += [row | {"what": f"other {row['what']}"} for row in head_rows(second_found, second, config.draws)]
    keeps = {}
    for size in (1.0, 0.75, 0.5, 0.25):
        left = round(layers * heads * size)
        mask = orders.after(chosen["greedy"], layers * heads - left, layers, heads)
        keeps[str(left)] = mask.bool()
    cut = removal(judging, keeps, config.repeats)
    alone = attention_alone(*config.alone, config.repeats)
    metrics = single_metrics(found, config.draws) | rank_metrics(found, config.draws) | curves.metrics()
    metrics |= {f"other_{name}": value for name, value in single_metrics(second_found, config.draws).items()}
    metrics |= cut_metrics(cut, alone)
    path = context.folder / "curves.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **curves.arrays())
    names = (config.model, config.other)
    return Outcome(metrics, rows + cut + alone, {"curves.npz": path}, identity(names, config.data))


def cut_metrics(cut: list[dict], alone: list[dict]) -> dict[str, float]:
    """Ratios to the whole model, for half of the heads; and of one attention alone, for half and the fewest."""
    whole, half = cut[0], cut[2]
    metrics = {f"half_{key}": half[key] / whole[key] for key in ("parameters", "flops", "pass", "write")}
    metrics |= {
        "half_pass_gated": half["pass_gated"] / whole["pass"],
        "off_by": max(row["off_by"] for row in cut), "whole_parameters": whole["parameters"],
        "alone_heads": alone[0]["heads"],
    }  # fmt: skip
    for key in ("flops", "pass"):
        metrics[f"alone_half_{key}"] = alone[1][key] / alone[0][key]
        metrics[f"alone_one_{key}"] = alone[-1][key] / alone[0][key]
    return metrics


def check_heads(result: results.Result) -> dict[str, float]:
    """The whole model measured again, for ``attngen verify``."""
    config = result.config
    model = load_model(config["model"])
    words = Words(model, sample_pairs(config["data"], "validation", config["words"]))
    found = words.whole().mean(0)
    return {"accuracy": found[0].item(), "loss": found[1].item()}

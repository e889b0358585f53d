"""Which heads does a trained vision transformer need?  Everything here is measured on validation images.

Every head off alone, every head alone in its layer, whole layers without attention; importance by the
gradient of the gate and by rollout; and accuracy as more and more heads are dropped (``dropping``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pooch
import torch
from torch import Tensor, nn

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.heads.agreement import agreement
from attngen.heads.importance import gradient_importance, only_each, without_layers
from attngen.heads.intervals import Interval, mean_interval
from attngen.heads.orders import random_orders
from attngen.vision import accuracy
from attngen.vision.compact import CompactShape, untrained
from attngen.vision.dropping import choose_orders, drop_heads
from attngen.vision.examples import LOSS, RIGHT, Examples
from attngen.vision.images import CLASSES, data_record, load_part
from attngen.vision.train import config_of, load_model


@dataclass(frozen=True)
class HeadsConfig:
    """What is measured of a model's heads.

    model   - the recorded run; "" for fresh weights of ``shape``, on digits
    images  - validation images; 0 for all
    choose  - the first so many of them choose in which order heads are dropped; the
              curves are measured on the others
    step    - a curve has a point at every so many dropped heads
    random  - orders by chance
    rollout - images whose attention weights are looked at
    draws   - of the bootstrap
    """

    model: str = "vit-cifar10-compact"
    images: int = 0
    choose: int = 1000
    step: int = 2
    random: int = 5
    rollout: int = 1000
    draws: int = 2000
    shape: CompactShape = field(default_factory=CompactShape)
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self):
        if min(self.step, self.random, self.rollout, self.draws) < 1:
            numbers = f"{self.step}, {self.random}, {self.rollout}, {self.draws}"
            raise ValueError(f"step, random, rollout and draws must be positive: {numbers}")


@dataclass(frozen=True)
class Measured:
    """What was measured of every example; (layers, heads) are called L, H.

    whole   - right or not, and the loss, of the model as it is, (N, 2)
    without - the same without each head, (L, H, N, 2);  alone - with each as the only
              one of its layer, (L, H, N, 2);  bare - without any of each layer, (L, N, 2)
    gradients - of the loss by each gate, (N, L, H);  rollout - (some of N, L, H)
    """

    whole: Tensor
    without: Tensor
    alone: Tensor
    bare: Tensor
    gradients: Tensor
    rollout: Tensor

    def drops(self, variant: Tensor) -> Tensor:
        """How much less often examples are right, (..., N): 1, 0 or -1 each."""
        return self.whole[:, RIGHT] - variant[..., RIGHT]

    @property
    def loss_rises(self) -> Tensor:
        """(L, H, N)"""
        return self.without[..., LOSS] - self.whole[:, LOSS]

    @property
    def importance(self) -> dict[str, Tensor]:
        """Three measures of importance, (L, H) each."""
        return {
            "leave_one_out": self.loss_rises.mean(-1),
            "gradient": gradient_importance(self.gradients),
            "rollout": self.rollout.mean(0),
        }


def model_and_data(config: HeadsConfig) -> tuple[nn.Module, str, dict[str, str]]:
    """The model, its data set, and what identifies both."""
    if not config.model:
        return untrained(config.shape, "sdpa", config.seeds[0]), "digits", data_record("digits")
    result = results.load(config.model)
    data, path = config_of(result).data, result.path("model.safetensors")
    identity = {f"{config.model}/{path.name}": "sha256:" + pooch.file_hash(str(path))}
    return load_model(config.model, "sdpa"), data, data_record(data) | identity


def measure(examples: Examples, rollout: int) -> Measured:
    """Measure every head of the examples' model, in every way."""
    without, whole = examples.without_each()
    layers, heads = without.shape[:2]
    return Measured(
        whole, without,
        alone=only_each(examples.measured, layers, heads),
        bare=without_layers(examples.measured, layers, heads),
        gradients=examples.gradients().cpu(),
        rollout=examples[:rollout].by_rollout(),
    )  # fmt: skip


def head_rows(found: Measured, draws: int) -> list[dict[str, float]]:
    """One row a head, with 95 % intervals; the "joint" ones hold for all heads at once."""
    intervals = {
        "accuracy_drop": mean_interval(found.drops(found.without), draws=draws),
        "loss_rise": mean_interval(found.loss_rises, draws=draws),
        "alone_accuracy_drop": mean_interval(found.drops(found.alone), draws=draws),
    }
    columns: dict[str, np.ndarray] = {}
    for name, interval in intervals.items():
        columns |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
    for name, variant in (("accuracy_drop", found.without), ("alone_accuracy_drop", found.alone)):
        joint = mean_interval(found.drops(variant), draws=draws, together=True)
        columns |= {f"{name}_joint_low": joint.low, f"{name}_joint_high": joint.high}
    columns |= {name: found.importance[name].numpy() for name in ("gradient", "rollout")}
    # to first order the loss rises by minus the derivative, as a gate goes from 1 to 0
    columns["loss_rise_first_order"] = -found.gradients.mean(0).numpy()
    rows = []
    for layer, head in np.ndindex(*found.without.shape[:2]):
        row = {name: values[layer, head].item() for name, values in columns.items()}
        rows.append({"layer": layer, "head": head} | row)
    return rows


def single_metrics(found: Measured, labels: Tensor, choose: int, draws: int) -> dict[str, float]:
    """What the heads one by one come to, in plain numbers.

    choose - the first so many images say which class pays most for the most needed head; how much it pays
             is measured on the others
    """
    layers, heads = found.without.shape[:2]
    drops = found.drops(found.without)
    together = mean_interval(drops, draws=draws, together=True)
    layer, head = divmod(int(drops.mean(-1).argmax()), heads)
    worst = drops[layer, head]
    of_class = accuracy.interval_by_class(worst[choose:], labels[choose:], CLASSES, draws)
    price = accuracy.by_class(worst[:choose], labels[:choose], CLASSES).nan_to_num(-1)
    pays = int(price.where(torch.from_numpy(np.isfinite(of_class.mean)), price.new_tensor(-2)).argmax())
    bare = mean_interval(found.drops(found.bare), draws=draws)
    metrics = {
        "images": len(labels), "layers": layers, "heads": heads,
        "accuracy": found.whole[:, RIGHT].mean().item(), "loss": found.whole[:, LOSS].mean().item(),
        "heads_needed": int((together.low > 0).sum()), "heads_in_the_way": int((together.high < 0).sum()),
        "worst_layer": layer, "worst_head": head, "worst_accuracy_drop": drops[layer, head].mean().item(),
        "worst_accuracy_drop_low": together.low[layer, head].item(),
        "worst_accuracy_drop_high": together.high[layer, head].item(),
        "worst_class": pays, "worst_class_images": int((labels[choose:] == pays).sum()),
        "median_accuracy_drop": drops.mean(-1).median().item(),
    }  # fmt: skip
    metrics |= _with_interval("worst_class_drop", of_class, pays)
    for number in range(layers):
        metrics |= _with_interval(f"layer_{number}_accuracy_drop", bare, number)
    for one, other in combinations(found.importance, 2):
        same = agreement(found.importance[one], found.importance[other], top=max(1, layers * heads // 4))
        metrics |= {f"rank_{one}_{other}": same.rank, f"shared_{one}_{other}": same.shared}
        metrics["shared_by_chance"] = same.chance
    first_order = agreement(found.importance["leave_one_out"], -found.gradients.mean(0), top=1)
    return metrics | {"rank_leave_one_out_first_order": first_order.rank}


def _with_interval(name: str, interval: Interval, place) -> dict[str, float]:
    parts = {"": interval.mean, "_low": interval.low, "_high": interval.high}
    return {name + suffix: values[place].item() for suffix, values in parts.items()}


def run_heads(config: HeadsConfig, context: Context) -> Outcome:
    """Measure a model's heads; see ``HeadsConfig``.  A row of the history is a head."""
    model, data, identity = model_and_data(config)
    model.to(context.accelerator.device)
    images, labels = (part[: config.images or None] for part in load_part(data, "validation"))
    if not 2 <= config.choose <= len(labels) - 2:
        most = len(labels) - 2
        raise ValueError(f"of {len(labels)} images, 2 to {most} can choose the orders, not {config.choose}")
    examples = Examples(model, images, labels)
    found = measure(examples, config.rollout)
    layers, heads = found.without.shape[:2]
    first = slice(config.choose)
    chosen = choose_orders(
        examples[first],
        found.loss_rises[..., first].mean(-1),
        found.gradients[first],
        found.rollout[first].mean(0),
    )
    by_chance = random_orders(layers, heads, config.random, config.seeds[0])
    curves = drop_heads(examples[config.choose :], chosen, by_chance, config.step, config.draws)
    of_class = accuracy.interval_by_class(found.drops(found.without), labels, CLASSES, config.draws)
    arrays = {"class_drop": of_class.mean, "class_drop_low": of_class.low, "class_drop_high": of_class.high}
    arrays = {name: values.astype(np.float32) for name, values in arrays.items()}
    path = context.folder / "heads.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays, **curves.arrays())
    metrics = single_metrics(found, labels, config.choose, config.draws) | curves.metrics()
    return Outcome(metrics, head_rows(found, config.draws), {"heads.npz": path}, identity)

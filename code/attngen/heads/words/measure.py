"""Every head of a Pig-Latin transformer, measured in every way on words that it has not learned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from attngen.heads.importance import gradient_importance, only_each, without_each, without_layers
from attngen.heads.intervals import mean_interval
from attngen.heads.rank_intervals import rank_interval
from attngen.heads.words.examples import LOSS, RIGHT, Words
from attngen.heads.words.looks import ROLES, entropies, kinds, looks
from attngen.heads.words.steps import PHASES

# Measures of importance, as the book names them; the larger, the more important.
MEASURES = ("loss", "accuracy", "alone", "gradient", "gates", "sharp")


@dataclass(frozen=True)
class Measured:
    """What N words come to; L attentions with H heads each.

    whole     - (N, 6), the columns of ``Words.answers``
    without   - (L, H, N, 6): without each head;  alone - with it as the only one of its attention
    bare      - (L, N, 6): without any head of each attention
    gradients - (N, L, H);  entropies - (N, L, H)
    gates     - (L, H), learned: the larger, the more surely open
    """

    whole: Tensor
    without: Tensor
    alone: Tensor
    bare: Tensor
    gradients: Tensor
    entropies: Tensor
    gates: Tensor

    @property
    def drops(self) -> Tensor:
        """How much less often each word is right without each head, (L, H, N): 1, 0 or -1."""
        return self.whole[:, RIGHT] - self.without[..., RIGHT]

    @property
    def rises(self) -> Tensor:
        """By how many nats its loss rises, in all and by phase, (L, H, N, 5)."""
        return self.without[..., LOSS:] - self.whole[:, LOSS:]

    def importance(self) -> dict[str, Tensor]:
        """Each of ``MEASURES``, word by word: (L * H, N), or (L * H, 1) for the gates.

        alone - minus the loss with the head as the only one;  sharp - minus the entropy
        """
        found = {
            "loss": self.rises[..., 0], "accuracy": self.drops, "alone": -self.alone[..., LOSS],
            "gradient": self.gradients.abs().permute(1, 2, 0), "gates": self.gates[..., None],
            "sharp": -self.entropies.permute(1, 2, 0),
        }  # fmt: skip
        return {name: found[name].flatten(0, 1) for name in MEASURES}


def measure(words: Words, layers: int, heads: int, gates: Tensor) -> Measured:
    """Measure everything; ``gates`` were learned elsewhere."""
    return Measured(
        words.answers(torch.ones(layers, heads)),
        without_each(words.answers, layers, heads),
        only_each(words.answers, layers, heads),
        without_layers(words.answers, layers, heads),
        words.gradients(), entropies(words), gates,
    )  # fmt: skip


def head_rows(found: Measured, words: Words, draws: int) -> list[dict]:
    """One row a head, and one for each whole attention (``what`` says which), with 95 % intervals.

    Those called "joint" hold for all heads at once.
    """
    intervals = {
        "accuracy_drop": mean_interval(found.drops, draws=draws),
        "accuracy_drop_joint": mean_interval(found.drops, draws=draws, together=True),
        "loss_rise": mean_interval(found.rises[..., 0], draws=draws),
        "loss_rise_joint": mean_interval(found.rises[..., 0], draws=draws, together=True),
    }
    columns: dict[str, np.ndarray] = {}
    for name, interval in intervals.items():
        columns |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
    columns |= {f"rise_{phase}": found.rises[..., 1 + number].mean(-1).numpy() for number, phase in enumerate(PHASES)}
    columns |= {
        "alone_accuracy": found.alone[..., RIGHT].mean(-1).numpy(),
        "alone_loss": found.alone[..., LOSS].mean(-1).numpy(),
        "gradient": gradient_importance(found.gradients).numpy(),
        # to first order the loss rises by minus the derivative, as a gate goes from 1 to 0
        "first_order": -found.gradients.mean(0).numpy(),
        "entropy": found.entropies.mean(0).numpy(), "gate": found.gates.numpy(),
    }  # fmt: skip
    looked, rows = looks(words), []
    for number, (kind, layer) in enumerate(kinds(len(words.model.encoder))):
        for head in range(found.without.shape[1]):
            row = {"what": "head", "kind": kind, "layer": layer, "head": head}
            row |= {name: values[number, head].item() for name, values in columns.items()}
            for role in ROLES[kind]:
                weight, even = looked[kind][role]
                row |= {f"looks_{role}": weight[layer, head].item(), f"even_{role}": even}
            rows.append(row)
        lost = (found.whole[:, RIGHT] - found.bare[number, :, RIGHT]).mean().item()
        risen = (found.bare[number, :, LOSS] - found.whole[:, LOSS]).mean().item()
        rows.append({"what": "attention", "kind": kind, "layer": layer, "accuracy_drop": lost, "loss_rise": risen})
    return rows


def single_metrics(found: Measured, draws: int, tolerance: float = 0.01) -> dict[str, float]:
    """What the heads one by one come to, in plain numbers."""
    drops, rises = found.drops, found.rises[..., 0]
    together = mean_interval(drops, draws=draws, together=True)
    loss = mean_interval(rises, draws=draws, together=True)
    means = drops.mean(-1)
    best_alone = found.alone[..., RIGHT].mean(-1).amax(1)
    accuracy = found.whole[:, RIGHT].mean().item()
    return {
        "words": len(found.whole), "attentions": drops.shape[0], "heads": means.numel(),
        "accuracy": accuracy, "loss": found.whole[:, LOSS].mean().item(),
        "heads_needed": int((together.low > 0).sum()), "heads_in_the_way": int((together.high < 0).sum()),
        "heads_needed_loss": int((loss.low > 0).sum()), "heads_in_the_way_loss": int((loss.high < 0).sum()),
        "heads_below_tolerance": int((means < tolerance).sum()),
        "worst_accuracy_drop": means.max().item(),
        "worst_accuracy_drop_low": together.low.flat[int(means.argmax())].item(),
        "worst_accuracy_drop_high": together.high.flat[int(means.argmax())].item(),
        "median_accuracy_drop": means.median().item(),
        "one_is_enough": int((best_alone >= accuracy - tolerance).sum()),
        "all_at_once": int((found.bare[..., RIGHT].mean(-1) >= accuracy - tolerance).sum()),
    }  # fmt: skip


def rank_metrics(found: Measured, draws: int) -> dict[str, float]:
    """Spearman's correlation of every two measures, ``rank_ONE_OTHER``, with its interval."""
    metrics = {}
    measures = found.importance()
    for one, other in combinations(MEASURES, 2):
        interval = rank_interval(measures[one], measures[other], draws=draws)
        for suffix, value in (("", interval.mean), ("_low", interval.low), ("_high", interval.high)):
            metrics[f"rank_{one}_{other}{suffix}"] = float(value)
    return metrics

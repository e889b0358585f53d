"""Two models together: a weighted mean of the probabilities that each gives to the next token.

Linear interpolation (Jelinek and Mercer 1980).  A model that counts and one that generalises fail at
different tokens, and the mixture pays for neither failure in full; what it gains says how different they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.persian import corpus
from attngen.persian.evaluate import measures, sliding, target_nats
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.tokens import TextConfig, encoded
from attngen.persian.train import config_of, load_model


@dataclass(frozen=True)
class MixtureConfig:
    """recorded - the neural models that are mixed with an n-gram model of ``order``, one at a time"""

    recorded: tuple[str, ...] = ("persian-ngram", "persian-gru", "persian-transformer")
    order: int = 5
    steps: int = 30
    seeds: tuple[int, ...] = (0,)  # nothing is drawn


def mixed(first: Tensor, second: Tensor, weight: float) -> Tensor:
    """Nats (N,) of weight x first + (1 - weight) x second, given the nats (N,) of each."""
    if not 0 < weight < 1:
        raise ValueError(f"the weight of the first model lies between 0 and 1, not at {weight}")
    log = torch.log(torch.tensor([weight, 1 - weight], dtype=torch.float64))
    return -torch.logaddexp(log[0] - first, log[1] - second)


def best_weight(first: Tensor, second: Tensor, steps: int = 30) -> float:
    """The weight of the first model under which both together predict best.

    By expectation-maximisation (Dempster et al. 1977): the new weight is the mean share that the first has
    in the probability of a token.  Each step lowers the nats, and there is one minimum.
    """
    if first.shape != second.shape or not len(first):
        raise ValueError(f"both models have to score the same tokens: {tuple(first.shape)}, {tuple(second.shape)}")
    weight = 0.5
    for _ in range(steps):
        share = weight * torch.exp(mixed(first, second, weight) - first)
        weight = min(max(share.mean().item(), 1e-6), 1 - 1e-6)
    return weight


def run_mixture(config: MixtureConfig, context: Context) -> Outcome:
    """Mix each recorded model with Kneser-Ney: the weight from validation, the result on test."""
    metrics: dict[str, float] = {}
    for name in config.recorded:
        result = results.load(name)
        run, (model, tokenizer) = config_of(result), load_model(name)
        data = encoded(run.text, tokenizer)
        counted = KneserNey.fit(data.documents["train"], config.order, tokenizer.size)
        nats = {}
        for part in ("validation", "test"):
            documents = data.documents[part]
            neural = target_nats(model, sliding(model, documents, run.window))
            nats[part] = neural, -torch.as_tensor(counted.scores(documents)).double()
        weight = best_weight(*nats["validation"], config.steps)
        both = mixed(*nats["test"], weight)
        key = name.removeprefix("persian-")
        metrics[f"{key}_weight"] = weight
        found = measures(both.sum().item(), len(both), data.characters["test"])
        metrics |= {f"{key}_test_{measure}": value for measure, value in found.items()}
    return Outcome(metrics, data=corpus.data_record(TextConfig().source))

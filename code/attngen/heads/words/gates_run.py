"""The experiment ``heads-gates``: heads that close by themselves, and what a little more training mends."""

from __future__ import annotations

import copy
import statistics
from dataclasses import dataclass, field, replace

from torch import Tensor

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.heads import orders
from attngen.heads.find import find, shape
from attngen.heads.hard_concrete import typical
from attngen.heads.learn_gates import GateLearning, adapt, learn_gates
from attngen.heads.prune import prune
from attngen.heads.words.curves import greedy_order
from attngen.heads.words.examples import LOSS, RIGHT, Words, sample_pairs
from attngen.heads.words.heads_run import TrainingWords, identity, model_of
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin.data import WordPairs


@dataclass(frozen=True)
class GatesConfig:
    """What is tried.

    prices   - of one open gate, in nats a word; gates are learned from the first seed alone
    learning - of the gates; ``lr`` is used where the weights may adapt
    sizes    - heads left by the greedy order, and by chance, another order for
               each seed, with and without adapting
    choose   - validation words for that order;  judge - test words
    """

    model: str = "pig-latin-large-h32"
    data: str = "large"
    prices: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)
    learning: GateLearning = field(default_factory=lambda: GateLearning(steps=150, batch_size=64, lr=1e-3))
    sizes: tuple[int, ...] = (24, 18, 12, 8)
    choose: int = 200
    judge: int = 800
    shape: TransformerConfig = field(default_factory=lambda: TransformerConfig(dim=16, heads=2))
    seeds: tuple[int, ...] = (0, 1, 2)


def run_gates(config: GatesConfig, context: Context) -> Outcome:
    """Learn gates at every price, frozen weights and adapting ones; adapt models with heads cut out.

    A row of the history is a model: ``method`` (frozen, adapted: learned gates; greedy,
    random: cut by an order; whole), ``adapted`` (0 or 1), heads left, and how it does.
    """
    model = model_of(config.model, config.shape)
    layers, heads = shape(find(model))
    training = WordPairs(sample_pairs(config.data, "train"))
    pairs = sample_pairs(config.data, "test", config.judge)
    order = greedy_order(Words(model, sample_pairs(config.data, "validation", config.choose, seed=1)), layers, heads)
    rows: list[dict] = []

    def judge(method: str, adapted: bool, judged: EncoderDecoder, left: int, **about) -> None:
        found = Words(judged, pairs).whole().mean(0)
        row = {"method": method, "adapted": int(adapted), "heads": left, **about}
        rows.append(row | {"right": found[RIGHT].item(), "loss": found[LOSS].item()})

    judge("whole", False, model, layers * heads)
    for seed in context.seeds:
        judge("whole", True, adapted(model, training, config.learning, seed), layers * heads, seed=seed)
        for price in config.prices if seed == context.seeds[0] else ():
            for method, lr in (("frozen", 0.0), ("adapted", config.learning.lr)):
                learning = replace(config.learning, price=price, lr=lr)
                mine, gates = with_gates(model, training, learning, seed)
                keep, undecided = gates >= 0.5, ((gates > 0) & (gates < 1)).sum().item()
                about = {"price": price, "seed": seed, "undecided": undecided}
                judge(method, bool(lr), prune(mine, keep), int(keep.sum()), **about)
        [by_chance] = orders.random_orders(layers, heads, 1, seed)
        for size in config.sizes:
            for method, path in (("greedy", order), ("random", by_chance)):
                keep = orders.after(path, layers * heads - size, layers, heads).bool()
                cut = prune(model, keep)
                judge(method, False, cut, size, seed=seed)
                judge(method, True, adapted(cut, training, config.learning, seed), size, seed=seed)
    return Outcome(gates_metrics(rows, config), rows, {}, identity((config.model,), config.data))


def with_gates(
    model: EncoderDecoder, training: WordPairs, learning: GateLearning, seed: int
) -> tuple[EncoderDecoder, Tensor]:
    """A copy of the model as gates and weights were learned, and the typical gates (layers, heads)."""
    mine = copy.deepcopy(model)
    words = TrainingWords(mine, training, learning.batch_size)
    gates, _ = learn_gates(mine, words.loss, words.draw, learning, seed)
    return mine, typical(gates.log_alpha.detach())


def adapted(model: EncoderDecoder, training: WordPairs, learning: GateLearning, seed: int) -> EncoderDecoder:
    """A copy of the model, trained on for as many steps, without gates."""
    mine = copy.deepcopy(model)
    words = TrainingWords(mine, training, learning.batch_size)
    adapt(mine, words.loss, words.draw, learning, seed)
    return mine


def gates_metrics(rows: list[dict], config: GatesConfig) -> dict[str, float]:
    """Means over seeds, and their spread; prices and sizes are counted from 1.

    KEY_METHOD_NUMBER, KEY one of heads, right, loss (and undecided, for learned gates);
    greedy and random have ``_adapted`` in their names where they were trained on.
    """
    found: dict[str, list[dict]] = {}
    for row in rows:
        name, learned = row["method"], row["method"] in ("frozen", "adapted")
        if row["adapted"] and not learned:
            name += "_adapted"
        if learned:
            name += f"_{config.prices.index(row['price']) + 1}"
        elif row["method"] != "whole":
            name += f"_{config.sizes.index(row['heads']) + 1}"
        found.setdefault(name, []).append(row)
    metrics = {}
    for name, mine in found.items():
        for key in ("heads", "right", "loss", "undecided"):
            values = [row[key] for row in mine if key in row]
            if values:
                metrics[f"{key}_{name}"] = statistics.fmean(values)
            if len(values) > 1:
                metrics[f"{key}_{name}_std"] = statistics.stdev(values)
    return metrics


def check_gates(result: results.Result) -> dict[str, float]:
    """The whole model on the judging words again, for ``attngen verify``."""
    config = result.config
    found = Words(model_of(config["model"], None), sample_pairs(config["data"], "test", config["judge"])).whole().mean(0)
    return {"right_whole": found[RIGHT].item(), "loss_whole": found[LOSS].item()}

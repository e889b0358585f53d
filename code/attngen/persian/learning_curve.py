"""Bits a character by the size of the corpus: what more text brings, and to whom.

The test error of a model falls with the data about as a power of their amount (Hestness et al. 2017, arXiv
1712.00409; Kaplan et al. 2020, arXiv 2001.08361, equation 1.2) until the model's size becomes the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from attngen.experiments import Context, Outcome
from attngen.nn import DecoderConfig
from attngen.persian import corpus
from attngen.persian.evaluate import measures, sliding, total_nats
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.tokens import TextConfig, encoded
from attngen.persian.train import LanguageModelConfig, only_seed, train_model
from attngen.training import TrainConfig


@dataclass(frozen=True)
class LearningCurveConfig:
    """fractions - shares of the training articles, each with a fresh model from the same seed
    most_epochs - a smaller share is read more often, for as many steps as the whole, up to this often; a small
                  text that was read as seldom as a large one would measure the lack of steps
    """

    fractions: tuple[float, ...] = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
    text: TextConfig = field(default_factory=TextConfig)
    model: DecoderConfig = field(default_factory=DecoderConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    length: int = 128
    order: int = 5
    most_epochs: int = 1
    seeds: tuple[int, ...] = (0,)

    def epochs(self, fraction: float) -> int:
        """Epochs over this share of the training articles; never fewer than over all of them."""
        return max(self.train.epochs, min(self.most_epochs, round(self.train.epochs / fraction)))


def slope(characters: list[float], bits: list[float]) -> tuple[float, float]:
    """Intercept and slope of bits against log2(characters): bits saved whenever the corpus doubles.

    A straight line in log2 is a local description, not a law: entropy has a floor and the line has none.
    """
    if len(characters) < 2:
        raise ValueError("a line needs two sizes of the corpus")
    falling, intercept = np.polyfit(np.log2(characters), bits, 1)
    return float(intercept), float(falling)


def run_learning_curve(config: LearningCurveConfig, context: Context) -> Outcome:
    """Train a transformer and fit Kneser-Ney at every size; one history row a model and size."""
    seed = only_seed(context)
    rows = []
    for fraction in config.fractions:
        text = replace(config.text, fraction=fraction)
        data = encoded(text)
        common = {"fraction": fraction, "characters": data.characters["train"], "tokens": sum(map(len, data.documents["train"]))}
        lengths = (config.length,) * 3
        train = replace(config.train, epochs=config.epochs(fraction))
        run = LanguageModelConfig("transformer", text, config.model, train, *lengths)
        model, history = train_model(run, data, context, seed, f"-{fraction:.4f}")
        test = data.documents["test"]
        nats, count = total_nats(model, sliding(model, test, config.length, context.accelerator.device))
        found = measures(nats, count, data.characters["test"], "test_")
        best = min(history, key=lambda row: row["val_loss"])
        rows.append({"model": "transformer"} | common | found | {"epochs": train.epochs, "best_epoch": best["epoch"]})
        kn = KneserNey.fit(data.documents["train"], config.order, data.tokenizer.size)
        nats = -sum(float(kn.log_probabilities(document).sum()) for document in test)
        rows.append({"model": f"kn{config.order}"} | common | measures(nats, count, data.characters["test"], "test_"))
    metrics: dict[str, float] = {}
    for model in dict.fromkeys(row["model"] for row in rows):
        mine = [row for row in rows if row["model"] == model]
        sizes, bits = [r["characters"] for r in mine], [r["test_bits_per_char"] for r in mine]
        metrics[f"{model}_test_bits_per_char"] = bits[-1]
        if len(mine) > 1:
            metrics[f"{model}_bits_per_doubling"] = slope(sizes, bits)[1]
            metrics[f"{model}_bits_last_doubling"] = slope(sizes[-2:], bits[-2:])[1]
    return Outcome(metrics, rows, data=corpus.data_record(config.text.source))

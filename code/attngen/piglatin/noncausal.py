"""The decoder without its causal mask: a low loss and useless words (part c of the exercise)."""

from __future__ import annotations

import torch

from attngen.experiments import Context, Outcome
from attngen.piglatin.data import WordPairs
from attngen.piglatin.evaluation import valid_targets
from attngen.piglatin.train import PigLatinConfig, load_weights, parts_of, train_cell


def run_noncausal(config: PigLatinConfig, context: Context) -> Outcome:
    """As ``train_cell``, and two numbers that show the leak.

    copied_from_future     - share of validation tokens that the model still predicts when the word it
                             translates is replaced by another one: they come from the decoder's input
    first_letter_accuracy  - share of validation words whose first letter is right when nothing but the
                             start token is given, as in real use
    first_letter_majority  - the same share for one who always says the most frequent first letter
    """
    outcome = train_cell(config, context)
    model = load_weights(config, outcome.files["model.safetensors"]).to(context.accelerator.device)
    validation = parts_of(config)["validation"]
    outcome.metrics |= leak(model, validation) | {"validation_words": len(valid_targets(validation))}
    return outcome


def leak(model, pairs) -> dict[str, float]:
    """How much of its answer a model takes from the decoder's own input."""
    words = WordPairs(pairs, model.output.weight.device)
    batch = words.batch(torch.arange(len(words)))
    with torch.no_grad():
        shuffled = batch.source.roll(1, 0), batch.source_mask.roll(1, 0)
        guesses = model(*shuffled, batch.inputs, batch.target_mask).argmax(-1)
        copied = (guesses == batch.targets)[batch.target_mask].float().mean().item()
        start = model(batch.source, batch.source_mask, batch.inputs[:, :1]).argmax(-1)
        first = (start[:, 0] == batch.targets[:, 0]).float().mean().item()
    majority = batch.targets[:, 0].bincount().max().item() / len(words)
    return {"copied_from_future": copied, "first_letter_accuracy": first, "first_letter_majority": majority}

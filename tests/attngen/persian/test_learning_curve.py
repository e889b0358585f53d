"""The learning curve: more text at every step, one test set, and the slope of a known line."""
import math
from dataclasses import replace

import numpy as np
import pytest
from attngen import experiments
from attngen.experiments import Context, make_accelerator
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.learning_curve import run_learning_curve, slope
from attngen.persian.tokens import encoded
from hypothesis import given
from hypothesis import strategies as st

SMOKE = experiments.get("persian-learning-curve").presets["smoke"]
CONFIG = replace(SMOKE, text=replace(SMOKE.text, size=270), fractions=(0.25, 0.5, 1.0))


@given(st.floats(-2, 2), st.floats(0, 20), st.lists(st.integers(1, 10**7), min_size=2, max_size=6, unique=True))
def test_a_known_line_is_found(falling, intercept, sizes):
    found = slope(sizes, [intercept + falling * math.log2(size) for size in sizes])
    assert [found[0] + found[1] * math.log2(size) for size in sizes] == pytest.approx(
        [intercept + falling * math.log2(size) for size in sizes], abs=1e-6
    )


def test_twice_the_corpus_costs_the_slope():
    assert slope([100, 200, 400], [3.0, 2.5, 2.0])[1] == pytest.approx(-0.5)
    with pytest.raises(ValueError, match="a line needs two sizes of the corpus"):
        slope([100], [3.0])


def test_every_size_is_a_fresh_model_on_the_same_test_articles(small_corpus, tmp_path):
    context = Context(tmp_path / "run", (0,), make_accelerator("cpu"), progress=False)
    outcome = run_learning_curve(CONFIG, context)
    rows, data = outcome.history, encoded(CONFIG.text)
    assert [(row["model"], row["fraction"]) for row in rows] == [
        (model, fraction) for fraction in CONFIG.fractions for model in ("transformer", "kn3")
    ]
    sizes = [row["characters"] for row in rows if row["model"] == "kn3"]
    assert sizes == sorted(set(sizes)) and sizes[-1] == data.characters["train"]
    kn = KneserNey.fit(data.documents["train"], 3, data.tokenizer.size)
    nats = -sum(kn.log_probabilities(document).sum() for document in data.documents["test"])
    last = {row["model"]: row for row in rows[-2:]}
    assert last["kn3"]["test_bits_per_char"] == pytest.approx(nats / math.log(2) / data.characters["test"])
    for model in ("transformer", "kn3"):
        mine = [row["test_bits_per_char"] for row in rows if row["model"] == model]
        assert outcome.metrics[f"{model}_test_bits_per_char"] == mine[-1]
        assert outcome.metrics[f"{model}_bits_per_doubling"] == pytest.approx(np.polyfit(np.log2(sizes), mine, 1)[0])
        assert outcome.metrics[f"{model}_bits_last_doubling"] == pytest.approx(
            (mine[-1] - mine[-2]) / math.log2(sizes[-1] / sizes[-2]), abs=1e-6
        )
    assert set(outcome.data) == {"book/fa"}
    assert len(list(context.folder.glob("seed-0-*.pt"))) == 3   # each size goes on by itself


def test_the_recorded_sizes_double():
    fractions = experiments.get("persian-learning-curve").presets["cpu"].fractions
    assert {after / before for before, after in zip(fractions, fractions[1:])} == {2} and fractions[-1] == 1


@given(st.floats(0.01, 1), st.integers(1, 40))
def test_a_smaller_share_is_read_more_often_and_never_too_often(fraction, most):
    config = replace(SMOKE, most_epochs=most, train=replace(SMOKE.train, epochs=3))
    epochs = config.epochs(fraction)
    assert 3 <= epochs <= max(3, most) and config.epochs(1.0) == 3
    assert epochs == max(3, most) or abs(epochs * fraction - 3) <= fraction   # as many steps as the whole

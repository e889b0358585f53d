"""The study of heads: what is measured of each example, the orders, the curves, and what a run records."""
import math

import numpy as np
import pytest
import torch
from attngen import experiments, results
from attngen.heads.gates import HeadGates
from attngen.heads.importance import without_each
from attngen.heads.intervals import Interval
from attngen.vision import ablation, accuracy, rollout
from attngen.vision.ablation import Measured, head_rows, measure, single_metrics
from attngen.vision.compact import CompactShape, make_model
from attngen.vision.dropping import Curves, choose_orders, drop_heads
from attngen.vision.examples import LOSS, RIGHT, Examples
from attngen.vision.images import load_part, normalised

SHAPE = CompactShape(dim=12, layers=2, heads=3, feed_forward=2, patch=8)


@pytest.fixture(scope="module")
def examples():
    """A model whose random weights are large enough for every head to matter, and ten digits."""
    torch.manual_seed(0)
    model = make_model(SHAPE).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.3)
    pixels, labels = load_part("digits", "validation")
    return Examples(model, pixels[:10], labels[:10], batch=4)


@pytest.fixture(scope="module")
def found(examples):
    return measure(examples, 6)


def test_measures_of_examples_are_those_of_the_model(examples):
    logits = accuracy.logits_of(examples.model, examples.images)
    right, loss = (f(logits, examples.labels) for f in (accuracy.correct, accuracy.losses))
    expected = torch.stack([right, loss], 1)
    assert torch.allclose(examples.measured(torch.ones(2, 3)), expected, atol=1e-5)
    assert torch.allclose(examples[3:5].measured(torch.ones(2, 3)), expected[3:5], atol=1e-5)
    assert len(examples) == 10 and len(examples[:4]) == 4


@pytest.mark.parametrize("keep", [None, torch.tensor([[1.0, 0, 1], [0, 1, 1]])])
def test_cached_and_naive_measures_agree(examples, keep):
    base = torch.ones(2, 3) if keep is None else keep
    found, whole = examples.without_each(keep)
    assert torch.allclose(whole, examples.measured(base), atol=1e-4)
    naive = without_each(lambda gates: examples.measured(base * gates), 2, 3)
    assert found.shape == (2, 3, 10, 2) and torch.allclose(found, naive, atol=1e-4)


def test_gradients_are_the_slope_at_full_strength(examples):
    step = torch.ones(2, 3)
    step[1, 2] += 1e-2
    up, down = examples.measured(step)[:, LOSS], examples.measured(2 - step)[:, LOSS]
    assert torch.allclose(examples.gradients()[:, 1, 2], (up - down) / 2e-2, atol=5e-3)


def test_rollout_without_a_head_is_rollout_of_the_other_heads(examples):
    """The oracle: the chapter's own rollout, on the weights with a head taken out."""
    found = examples.by_rollout()
    with torch.no_grad():
        weights = examples.model(normalised(examples.images), output_attentions=True).attentions
    one = torch.stack([layer[0] for layer in weights])   # (layers, heads, T, T)
    whole = rollout.rollout(one)[-1, 0]
    for layer in range(2):
        # a layer whose missing head is replaced by the mean of the others has the mean of the others
        kept = one.clone()
        kept[layer, 1] = one[layer, [0, 2]].mean(0)
        change = (rollout.rollout(kept)[-1, 0] - whole).abs().sum() / 2
        assert found[0, layer, 1].item() == pytest.approx(change.item(), abs=1e-5)


def test_rollout_of_a_model_whose_kernel_shows_no_weights(examples):
    shown = examples.by_rollout()
    examples.model.set_attn_implementation("sdpa")
    try:
        assert torch.allclose(examples.by_rollout(), shown, atol=1e-6)
        assert examples.model.config._attn_implementation == "sdpa"   # as it was
    finally:
        examples.model.set_attn_implementation("eager")


def test_a_row_for_every_head(found):
    rows = head_rows(found, 50)
    assert [(row["layer"], row["head"]) for row in rows] == list(np.ndindex(2, 3))
    for row in rows:
        place = row["layer"], row["head"]
        drop = (found.whole[:, RIGHT] - found.without[place][:, RIGHT]).mean().item()
        assert row["accuracy_drop"] == pytest.approx(drop, abs=1e-6)
        assert row["accuracy_drop_low"] <= row["accuracy_drop"] + 1e-9 <= row["accuracy_drop_high"] + 2e-9
        # of many heads together, chance has more room
        assert row["accuracy_drop_joint_low"] <= row["accuracy_drop"] <= row["accuracy_drop_joint_high"]
        assert row["loss_rise"] == pytest.approx(found.importance["leave_one_out"][place].item(), abs=1e-5)
        slope = found.gradients[:, *place].mean().item()
        assert row["loss_rise_first_order"] == pytest.approx(-slope, abs=1e-6)


def known(drops: list[list[float]]) -> Measured:
    """Ten examples, all right with every head; without a head a known number of them is wrong."""
    whole = torch.tensor([[1.0, 0.1]]).repeat(10, 1)
    without = whole.repeat(2, 2, 1, 1)
    for layer, row in enumerate(drops):
        for head, wrong in enumerate(row):
            without[layer, head, : int(wrong)] = torch.tensor([0.0, 2.0])
    gradients = -torch.tensor(drops).repeat(10, 1, 1)
    return Measured(whole, without, without, without[:, 0], gradients, gradients.abs())


def test_the_most_needed_head_is_named():
    labels = torch.tensor([1, 0, 1, 1, 3, 2, 1, 0, 0, 0])
    metrics = single_metrics(known([[0.0, 1.0], [9.0, 2.0]]), labels, choose=5, draws=50)
    assert (metrics["worst_layer"], metrics["worst_head"]) == (1, 0)
    assert metrics["worst_accuracy_drop"] == pytest.approx(0.9) and metrics["heads_needed"] == 1
    assert metrics["layer_1_accuracy_drop"] == pytest.approx(0.9)
    # of the classes that the first five images choose from; measured on the others, two of whose three are wrong
    assert metrics["worst_class"] == 0 and metrics["worst_class_images"] == 3
    assert metrics["worst_class_drop"] == pytest.approx(2 / 3)
    for pair in ("leave_one_out_gradient", "leave_one_out_rollout", "gradient_rollout"):
        assert metrics[f"rank_{pair}"] == pytest.approx(1) and metrics[f"shared_{pair}"] == 1
    assert metrics["rank_leave_one_out_first_order"] == pytest.approx(1)
    assert metrics["heads_in_the_way"] == 0
    assert all(math.isfinite(number) for number in metrics.values())


def test_orders_and_curves(examples, found):
    chosen = choose_orders(examples, found.loss_rises.mean(-1), found.gradients, found.rollout.mean(0))
    assert all(sorted(order) == sorted(np.ndindex(2, 3)) for order in chosen.values())
    assert chosen["greedy"][0] == chosen["leave_one_out"][0]   # the first step asks the same
    curves = drop_heads(examples, chosen, [chosen["top_down"], chosen["gradient"]], step=4, draws=20)
    assert curves.at == [0, 4, 6] and curves.random.shape == (2, 3)
    gates = HeadGates.of(examples.model)
    gates.values = torch.ones(2, 3)
    for layer, head in chosen["gradient"][:4]:
        gates.values[layer, head] = 0
    with gates:
        logits = accuracy.logits_of(examples.model, examples.images)
    right = accuracy.correct(logits, examples.labels).mean().item()
    assert curves.chosen["gradient"].mean[1] == pytest.approx(right)
    assert curves.random[1, 1].item() == pytest.approx(right)
    arrays = curves.arrays()
    assert arrays["order_greedy"].shape == (6, 2) and arrays["greedy_low"].shape == (3,)


def test_what_the_curves_come_to():
    mean = np.array([0.9, 0.895, 0.85, 0.2])
    by_chance = np.array([[0.9, 0.8, 0.7, 0.1]] * 2)
    lost = Interval(0.9 - mean, 0.9 - mean - [0, 0.01, 0.05, 0.1], 0.9 - mean + [0, 0.01, 0.05, 0.1])
    accuracy_left = Interval(mean, mean, mean)
    curves = Curves([0, 2, 4, 8], {"greedy": accuracy_left}, {"greedy": lost}, by_chance, {"greedy": []})
    metrics = curves.metrics(tolerance=0.01)
    assert metrics["dispensable_greedy"] == 2 and metrics["half_heads_gone"] == 4
    assert metrics["dispensable_greedy_low"] == 0 and metrics["dispensable_greedy_high"] == 4
    assert metrics["half_accuracy_greedy"] == 0.85 and metrics["half_accuracy_random_worst"] == 0.7


def test_a_run_under_smoke(places, monkeypatch):
    parts = []
    monkeypatch.setattr(ablation, "load_part", lambda *which: parts.append(which) or load_part(*which))
    result = experiments.run("heads-vit-compact", "smoke", device="cpu", force=True)
    assert all(math.isfinite(number) for number in result.metrics.values())
    assert len(result.history["layer"]) == result.metrics["layers"] * result.metrics["heads"]
    with np.load(result.path("heads.npz")) as arrays:
        assert {"at", "random", "class_drop", "greedy", "order_greedy"} <= set(arrays)
        assert np.nanstd(arrays["class_drop"]) > 0   # an untrained model, but its heads change what it says
        assert arrays["class_drop"].shape == arrays["class_drop_high"].shape == (6, 4, 10)
    assert parts == [("digits", "validation")]   # never the test images
    assert set(result.data) == {"scikit-learn digits"}


def test_a_run_needs_its_model(places):
    with pytest.raises(results.UnknownResult, match="no recorded result 'vit-cifar10-compact'"):
        experiments.run("heads-vit-compact", "cpu", device="cpu")


def test_settings_that_make_no_sense(places):
    with pytest.raises(ValueError, match="must be positive: 2, 0, 1000, 2000"):
        ablation.HeadsConfig(random=0)
    context = experiments.Context(places, (0,), experiments.make_accelerator("cpu"))
    for choose in (1, 23):
        with pytest.raises(ValueError, match=f"of 24 images, 2 to 22 can choose the orders, not {choose}"):
            ablation.run_heads(ablation.HeadsConfig("", images=24, choose=choose, shape=SHAPE), context)

"""A linear map on frozen features, and the experiments that record what it and CLIP's texts find."""
import numpy as np
import pytest
import torch
from attngen import experiments, results
from attngen.data import cifar10
from attngen.experiments import Context, RunError, make_accelerator
from attngen.vision import clip, linear_run, measurements, zero_shot_run
from attngen.vision.linear import choose, fit
from attngen.vision.linear_run import LinearConfig
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import logsumexp

few = settings(max_examples=20, deadline=None)
assert measurements  # imported, it registers the experiments


@few
@given(st.integers(2, 4), st.sampled_from([0.05, 1.0, 20.0]), st.integers(0, 2**31))
def test_the_fit_is_at_the_minimum_of_its_objective(classes, strength, seed):
    """Against scipy: C * summed cross-entropy + half the squared weights, of features brought to deviation 1."""
    draw = np.random.default_rng(seed)
    labels = np.arange(10 * classes) % classes
    rows = draw.standard_normal((len(labels), 3)) * [1, 10, 0.1] + labels[:, None] + 5
    scaled = (rows - rows.mean(0)) / rows.std(0)

    def objective(flat):
        weight, bias = flat[: 3 * classes].reshape(classes, 3), flat[3 * classes :]
        logits = scaled @ weight.T + bias
        losses = logsumexp(logits, axis=1) - logits[range(len(labels)), labels]
        # of two classes scikit-learn has one row, the difference, and holds that small
        squares = ((weight[1] - weight[0]) ** 2).sum() if classes == 2 else (weight**2).sum()
        return strength * losses.sum() + squares / 2

    head = fit(torch.tensor(rows, dtype=torch.float32), torch.tensor(labels), strength)
    weight = head.weight.double().numpy() * rows.std(0)
    bias = head.bias.double().numpy() + head.weight.double().numpy() @ rows.mean(0)
    ours = objective(np.concatenate([weight.ravel(), bias]))
    best = minimize(objective, np.zeros(4 * classes), method="BFGS").fun
    assert ours <= best * (1 + 2e-3) + 1e-3


def test_a_constant_feature_changes_nothing():
    rows, labels = torch.randn(30, 2, generator=torch.Generator().manual_seed(0)), torch.arange(30) % 3
    head, more = fit(rows, labels, 1.0), fit(torch.cat([rows, torch.full((30, 1), 7.0)], 1), labels, 1.0)
    logits = more(torch.cat([rows, torch.full((30, 1), 7.0)], 1))
    assert torch.allclose(head(rows).softmax(1), logits.softmax(1), atol=1e-3)


def test_a_class_without_examples_is_refused():
    with pytest.raises(ValueError, match=r"no examples of the classes \[1\]"):
        fit(torch.randn(4, 2), torch.tensor([0, 2, 0, 2]), 1.0)


def test_validation_chooses_the_strength():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 3
    rows = torch.randn(60, 20, generator=generator) + torch.nn.functional.one_hot(labels, 20)
    head, strength, tried = choose((rows[:30], labels[:30]), (rows[30:], labels[30:]), (1e-4, 1e-2, 1.0, 100.0))
    losses = [row["validation_loss"] for row in tried]
    assert strength == tried[losses.index(min(losses))]["strength"] and strength not in (1e-4, 100.0)
    assert torch.equal(head(rows), fit(rows[:30], labels[:30], strength)(rows))
    assert [row["train_loss"] for row in tried] == sorted((row["train_loss"] for row in tried), reverse=True)


@pytest.fixture
def context(places):
    return Context(places / "work", (0,), make_accelerator("cpu"))


@pytest.mark.parametrize("each", [1, 3, 8])
def test_a_run_on_fewer_images_begins_as_one_on_more_does(each):
    few_images, few_labels = linear_run.images_of(LinearConfig("digits", train=each), "train")
    images, labels = linear_run.images_of(LinearConfig("digits"), "train")
    assert few_labels.bincount().tolist() == [each] * 10
    assert torch.equal(images[: 10 * each], few_images) and torch.equal(labels[: 10 * each], few_labels)


def test_asking_for_more_images_than_there_are_is_an_error(context):
    with pytest.raises(RunError, match="images of a class in validation, and 5000 were asked for"):
        linear_run.run(LinearConfig("digits", train=2, validation=5000), context)
    with pytest.raises(ValueError, match="the data is cifar10 or digits, not 'mnist'"):
        LinearConfig("mnist")


def test_the_smoke_run_records_what_can_be_measured_again(places):
    result = experiments.run("vit-cifar10-linear", "smoke", device="cpu")
    metrics = result.metrics
    assert metrics["test_images"] == 100 and metrics["train_images"] == 200 and metrics["features"] == 32
    assert metrics["test_accuracy_low"] < metrics["test_accuracy"] < metrics["test_accuracy_high"]
    shares = [metrics[f"test_accuracy_{digit}"] for digit in range(10)]
    assert np.mean(shares) == pytest.approx(metrics["test_accuracy"])
    assert metrics["train_accuracy"] > 0.5                          # the features of random weights tell digits apart
    with results.stored_in(experiments.work_folder() / "results"):
        again = linear_run.check(result)
        assert again == {"first_test_loss": pytest.approx(metrics["first_test_loss"], abs=1e-4)}
        table = np.load(result.path("confusion.npy"))
        assert table.sum() == 100 and table.trace() == round(100 * metrics["test_accuracy"])
        assert linear_run.load_head().weight.shape == (10, 32)
        assert result.path("head.safetensors").stat().st_size < 20_000
        assert result.history["strength"] == [0.01, 1.0]
    assert result.data.keys() == {"scikit-learn digits"}


def test_the_smoke_run_of_the_photos_can_be_measured_again(places):
    result = experiments.run("vit-photos", "smoke", device="cpu")
    with results.stored_in(experiments.work_folder() / "results"):
        recorded = {name: value for name, value in result.metrics.items() if name != "classes"}
        assert zero_shot_run.check_photos(result) == pytest.approx(recorded)
        for name in ("chelsea", "flower"):
            found = zero_shot_run.recorded(name)
            assert [share for _, share in found] == [result.metrics[f"{name}_{rank}"] for rank in range(1, 6)]
            assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
            assert {label for label, _ in found} <= set(clip.labels())
    assert len([name for name in result.data if name.startswith("photo ")]) == 7


def test_eight_classes_of_cifar10_have_a_text():
    assert list(zero_shot_run.SPOKEN) == [name for name in cifar10.CLASSES if name not in ("deer", "frog")]
    assert set(zero_shot_run.SPOKEN.values()) <= set(clip.labels())


def test_zero_shot_takes_each_image_for_the_text_that_lies_on_it(context, monkeypatch):
    """Features that are the texts themselves, of a tower whose projection changes nothing."""
    texts = torch.eye(171)
    labels = torch.arange(10).repeat(3)
    places = [clip.labels().index(zero_shot_run.SPOKEN.get(name, "wood")) for name in LinearConfig().classes]
    rows = texts[places].repeat(3, 1)
    rows[0] = texts[places[9]]                                      # one airplane that is taken for a truck
    model = type("Tower", (), {"visual_projection": torch.nn.Identity()})
    monkeypatch.setattr(zero_shot_run, "features_of", lambda *_: (rows, labels, 1.0))
    monkeypatch.setattr(zero_shot_run.clip, "load", lambda: (model, None))
    monkeypatch.setattr(zero_shot_run.clip, "text_features", lambda: texts)
    metrics = zero_shot_run.run_cifar10(LinearConfig(), context).metrics
    assert metrics["test_images"] == 24 and metrics["test_accuracy"] == pytest.approx(23 / 24)
    assert metrics["test_accuracy_airplane"] == pytest.approx(2 / 3) and metrics["test_accuracy_truck"] == 1

"""Training the compact model: what a run records, how it goes on after an interruption, what comes back."""
from dataclasses import replace

import numpy as np
import pytest
import torch
from attngen import experiments, results, training
from attngen.experiments import Context, RunError, make_accelerator, plain
from attngen.training import TrainConfig
from attngen.vision import accuracy, images, train
from attngen.vision.augment import AugmentConfig
from attngen.vision.compact import CompactShape, make_model
from attngen.vision.train import CompactConfig, config_of

TINY = CompactConfig(
    "digits", limit=24, measure=20, shape=CompactShape(dim=12, layers=1, heads=3, patch=8, stem=(4, 4, 6)),
    augment=AugmentConfig(operation=0.5, cutmix=1.0),
    train=TrainConfig(epochs=2, batch_size=8, lr=0.01, average=0.5, evaluations=2),
)  # fmt: skip


def context(folder, *seeds: int) -> Context:
    return Context(folder, seeds or (0,), make_accelerator("cpu"), progress=False)


def losses(history) -> list:
    return [(row["epoch"], row["lr"], row["train_loss"], row["val_loss"]) for row in history]


def test_a_run_records_what_the_book_needs(tmp_path):
    outcome = train.run(TINY, context(tmp_path))
    metrics = outcome.metrics
    for part in ("validation", "test"):
        low, right, high = (metrics[f"{part}_accuracy{end}"] for end in ("_low", "", "_high"))
        assert low <= right <= high
        assert metrics[f"{part}_images"] == 20
    assert (metrics["train_images"], metrics["on_cifar10"]) == (24, 0)
    assert metrics["parameters"] == sum(p.numel() for p in make_model(TINY.shape).parameters())
    assert metrics["test_accuracy_first_1000"] == metrics["test_accuracy"]
    assert [row["epoch"] for row in outcome.history] == [0.5, 1.0, 1.5, 2.0]
    assert {"seed", "train_loss", "val_loss", "val_accuracy", "seconds"} <= set(outcome.history[0])
    assert set(outcome.files) == {"model.safetensors", "confusion.npy"}
    assert outcome.files["model.safetensors"].stat().st_size == metrics["weights_bytes"]
    table = np.load(outcome.files["confusion.npy"])
    assert table.sum() == 20 and np.trace(table) / 20 == metrics["test_accuracy"]
    assert set(outcome.data) == {"scikit-learn digits"}


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_an_interrupted_run_ends_as_one_that_was_not(tmp_path, monkeypatch, stop):
    """Random changes of the images, the order and the running average: all go on where they were."""
    whole, expected = train.train_model(TINY, context(tmp_path / "whole"), 0)
    saves = []

    def fail(self, state, save=training.Checkpoint.save):
        save(self, state)
        saves.append(1)
        if len(saves) == stop:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Checkpoint, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        train.train_model(TINY, context(tmp_path / "broken"), 0)
    resumed, found = train.train_model(TINY, context(tmp_path / "broken"), 0)
    assert losses(found) == losses(expected)
    for name, ours in resumed.state_dict().items():
        assert torch.equal(ours, whole.state_dict()[name]), name


def test_seeds_differ_and_repeat(tmp_path):
    outcomes = [train.run(TINY, context(tmp_path / str(n), seed)) for n, seed in enumerate((1, 1, 2))]
    one, again, other = (losses(outcome.history) for outcome in outcomes)
    assert one == again != other


def test_training_teaches(tmp_path):
    config = replace(TINY, limit=600, measure=0, shape=replace(TINY.shape, dim=24, stem=(8, 8, 12)),
                     augment=AugmentConfig(crop=0, flip=0),
                     train=TrainConfig(epochs=8, batch_size=20, lr=1e-2, average=0.9))  # fmt: skip
    outcome = train.run(config, context(tmp_path))
    assert outcome.metrics["test_accuracy"] > 0.5   # of ten digits; chance is 0.1


def test_recorded_weights_give_the_recorded_number(places, monkeypatch):
    known = experiments.get("vit-cifar10-compact")
    small = replace(known, presets=known.presets | {"smoke": TINY})
    monkeypatch.setitem(experiments._REGISTRY, known.name, small)
    result = experiments.run("vit-cifar10-compact", "smoke", device="cpu", force=True)
    assert config_of(result) == TINY
    model = train.load_model()
    assert not model.training and model.config._attn_implementation == "eager"
    pixels, labels = train.measured(TINY, "test")
    again = accuracy.measures(accuracy.logits_of(model, pixels), labels, "test")
    assert again["test_loss"] == pytest.approx(result.metrics["test_loss"], rel=1e-4)
    assert train.check_run(result) == {"test_accuracy_first_1000": result.metrics["test_accuracy"]}
    assert list((places / "runs").rglob("seed-*")) == []


def test_several_seeds_are_refused_in_words(places):
    with pytest.raises(RunError, match="trains one model; give a single seed to --seed"):
        experiments.run("vit-cifar10-compact", "smoke", seeds=(0, 1), device="cpu")


def test_a_fallback_is_announced(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(images.cifar10, "at_hand", lambda: False)
    outcome = train.run(replace(TINY, data="at-hand"), context(tmp_path))
    assert "CIFAR-10 is not on this machine" in capsys.readouterr().err
    assert outcome.metrics["on_cifar10"] == 0


@pytest.mark.parametrize("preset", ["smoke", "minute", "cpu", "gpu"])
def test_every_configuration_comes_back_from_its_record(preset):
    config = experiments.get("vit-cifar10-compact").presets[preset]
    assert config_of(type("Result", (), {"config": plain(config)})) == config


def test_a_result_of_another_kind_is_named_as_such(places):
    results.record(dict.fromkeys(results.FIELDS, "") | {"name": "other", "config": {"layers": 3}}, [], {})
    with pytest.raises(results.UnknownResult, match="'other' is not the training of a compact vision"):
        train.load_model("other")


def test_the_page_trains_beside_the_book(places, monkeypatch):
    known = experiments.get("vit-cifar10-compact")
    small = replace(known, presets=known.presets | {"minute": TINY})
    monkeypatch.setitem(experiments._REGISTRY, known.name, small)
    model, result = train.train_live()
    assert results.names() == [] and not model.training and result.preset == "minute"

"""A training run: what it records, how it goes on after an interruption, and samples along the way."""
from dataclasses import replace

import numpy as np
import pytest
import torch
from attngen import experiments, results
from attngen.experiments import Context, RunError, make_accelerator, plain
from attngen.pixelcnn import data, train
from attngen.pixelcnn.likelihood import bits_per_dim, nll
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.pixelcnn.train import PixelCNNConfig, config_of, train_model
from attngen.training import TrainConfig

TINY = PixelCNNConfig(
    "digits", limit=16, validate=8, watched=2, network=NetworkConfig(channels=2, layers=1, size=3),
    train=TrainConfig(epochs=2, batch_size=4, lr=0.01, average=0.5, evaluations=2),
)  # fmt: skip
GATED = replace(TINY, network=NetworkConfig("gated", channels=2, layers=1, size=3, dropout=0.3))


def context(folder, seed: int = 0) -> Context:
    return Context(folder, (seed,), make_accelerator("cpu"), progress=False)


def losses(history) -> list:
    return [(row["epoch"], row["lr"], row["train_loss"], row["val_loss"]) for row in history]


@pytest.fixture
def drawn(monkeypatch):
    """Grey images to draw from, on a machine without MNIST too: smooth, so that most pixels are a matter of chance."""
    images = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0)).mul(255).to(torch.uint8)
    monkeypatch.setattr(data, "load_grey", lambda part: (images, torch.zeros(40, dtype=torch.int64)))


@pytest.mark.parametrize("config", [TINY, GATED], ids=["sheet", "gated"])
def test_a_run_records_what_the_book_needs(tmp_path, config):
    outcome = train.run(config, context(tmp_path))
    metrics = outcome.metrics
    for part in ("train", "validation", "test"):
        assert metrics[f"{part}_bits_per_dim"] == bits_per_dim(metrics[f"{part}_nll_nats"])
    assert metrics["test_nll_nats_first_1000"] == metrics["test_nll_nats"]   # of 8 images
    assert metrics["validation_nll_nats"] == pytest.approx(min(row["val_loss"] for row in outcome.history), rel=1e-5)
    assert (metrics["train_images"], metrics["test_images"], metrics["on_mnist"]) == (16, 8, 0)
    assert metrics["parameters"] == sum(p.numel() for p in make_network(config.network).parameters())
    assert [row["epoch"] for row in outcome.history] == [0.5, 1.0, 1.5, 2.0]
    assert metrics["best_epoch"] in (0.5, 1.0, 1.5, 2.0)
    assert set(outcome.files) == {"model.safetensors", "watched.npz"}
    assert set(outcome.data) == {"scikit-learn digits"}


def test_samples_along_the_training_come_from_the_same_numbers(tmp_path):
    outcome = train.run(TINY, context(tmp_path, seed=3))
    with np.load(outcome.files["watched.npz"], allow_pickle=False) as file:
        bits = file["bits"]
    images = np.unpackbits(bits, axis=-1)[..., :28]
    assert images.shape == (5, 2, 28, 28)   # before the first step, and after each half epoch
    torch.manual_seed(3)
    fresh = make_network(TINY.network)
    assert torch.equal(torch.from_numpy(images[0]).float(), sample(fresh, uniform_noise(2, seed=3))[:, 0])
    assert (images[0] != images[-1]).any()


def test_nothing_is_watched_where_nobody_looks(tmp_path):
    outcome = train.run(replace(TINY, watched=0), context(tmp_path))
    assert set(outcome.files) == {"model.safetensors"}
    assert not list(tmp_path.glob("*watched*"))


def interrupted(config, folder, monkeypatch, stop: int, at: str) -> None:
    """Train until the call number ``stop`` of a function of ``train`` and break off in it.

    "mean_nll" is called once an evaluation, when its samples are drawn; "sample" once before.
    """
    calls, original = [], getattr(train, at)

    def breaking(*arguments):
        calls.append(1)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(train, at, breaking)
        with pytest.raises(KeyboardInterrupt):
            train_model(config, context(folder), 0)


@pytest.mark.parametrize(("kind", "stop", "at"), [
    ("sheet", 2, "mean_nll"), ("sheet", 4, "sample"), ("gated", 3, "mean_nll"), ("dynamic", 3, "mean_nll"),
])  # fmt: skip
def test_an_interrupted_run_ends_as_if_it_had_not_been(tmp_path, monkeypatch, drawn, kind, stop, at):
    """In the middle of an epoch too; with dropout, and with pixels drawn anew, which both need random numbers."""
    config = {"sheet": TINY, "gated": GATED, "dynamic": replace(TINY, data="dynamic")}[kind]
    whole, expected, watch = train_model(config, context(tmp_path / "whole"), 0)
    interrupted(config, tmp_path / "broken", monkeypatch, stop, at)
    resumed, found, watched = train_model(config, context(tmp_path / "broken"), 0)
    assert losses(found) == losses(expected)
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert np.array_equal(watched.all(4), watch.all(4))


def test_what_another_run_left_behind_is_not_taken_for_its_own(tmp_path):
    other = replace(TINY, watched=3, network=replace(TINY.network, channels=3))
    train_model(other, context(tmp_path), 0)
    outcome = train.run(TINY, context(tmp_path))
    clean = train.run(TINY, context(tmp_path / "clean"))
    assert losses(outcome.history) == losses(clean.history)
    with np.load(outcome.files["watched.npz"]) as found, np.load(clean.files["watched.npz"]) as expected:
        assert np.array_equal(found["bits"], expected["bits"])


def test_seeds_differ_and_repeat(tmp_path):
    config = replace(TINY, watched=0)
    runs = [losses(train.run(config, context(tmp_path / str(n), seed)).history) for n, seed in enumerate((1, 1, 2))]
    assert runs[0] == runs[1] != runs[2]


def test_several_seeds_are_refused_in_words(places):
    with pytest.raises(RunError, match="trains one seed; give a single one to --seed"):
        experiments.run("pixelcnn-sheet", "smoke", seeds=(0, 1), device="cpu")
    assert results.names() == []


@pytest.mark.parametrize("preset", ["smoke", "minute", "cpu", "gpu"])
@pytest.mark.parametrize("name", ["pixelcnn-sheet", "pixelcnn-better", "pixelcnn-mnist"])
def test_every_configuration_comes_back_from_its_record(name, preset):
    config = experiments.get(name).presets[preset]
    assert config_of(type("Result", (), {"config": plain(config)})) == config


def test_the_page_trains_beside_the_book(places, monkeypatch):
    known = experiments.get("pixelcnn-sheet")
    small = replace(known, presets=known.presets | {"minute": TINY})
    monkeypatch.setitem(experiments._REGISTRY, known.name, small)
    (model, result), (again, repeated) = (train.train_live("pixelcnn-sheet") for _ in range(2))
    assert results.names() == []   # nothing in the book's own results
    assert not model.training
    assert losses_of(result) == losses_of(repeated)   # not resumed: trained again, to the same end
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def losses_of(result) -> list:
    return list(zip(result.history["epoch"], result.history["val_loss"], strict=True))


def test_a_limited_run_is_measured_on_a_few_images_of_each_part_and_a_whole_one_on_all():
    for part in data.PARTS:
        everything = data.prepared("digits", part)
        few = train.measured(TINY, part)
        assert few.shape == (8, 1, 28, 28)
        assert all((everything == image).flatten(1).all(1).any() for image in few)
        assert len(train.measured(replace(TINY, limit=0), part)) == len(everything)


def test_a_limit_above_what_there_is_counts_the_images_there_are(tmp_path, monkeypatch):
    images = data.load_digits_28("train")
    monkeypatch.setattr(data, "load_digits_28", lambda part: images[:20])
    outcome = train.run(replace(TINY, limit=4000), context(tmp_path))
    epochs, seconds = TINY.train.epochs, outcome.history[-1]["seconds"]
    assert outcome.metrics["train_images"] == 20
    assert outcome.metrics["train_images_per_second"] == pytest.approx(20 * epochs / seconds)


@pytest.mark.parametrize(("limit", "trained"), [(0, 1400), (1, 1), (16, 16), (1400, 1400), (4000, 1400)])
def test_the_training_images_measured_are_spread_over_those_trained_on(limit, trained):
    config = replace(TINY, limit=limit)
    used = data.Images("digits", "train", limit).images
    assert train.images_trained_on(config) == len(used) == trained
    found = train.measured(config, "train")
    assert len(found) == (min(8, trained) if limit else trained)
    assert torch.equal(found[0], used[0]) and torch.equal(found[-1], used[-1])
    assert all((used == image).flatten(1).all(1).any() for image in found[:8])


def record(name: str, config: dict) -> None:
    results.record(dict.fromkeys(results.FIELDS, "") | {"name": name, "config": config}, [], {})


def test_a_result_without_a_network_is_named_as_such(places):
    for name, config in (("samples", {"count": 4, "among": 0, "seeds": [0]}),
                         ("compared", plain(TINY) | {"measured": 10}),
                         ("pig-latin", {"data": "small", "limit": 0, "model": {}, "train": {}, "seeds": [0]})):
        record(name, config)
        with pytest.raises(results.UnknownResult, match=f"^'{name}' is not the training of a PixelCNN: it keeps no"):
            train.load_model(name)
    record("lost", plain(TINY))
    with pytest.raises(OSError, match="there are no weights .*lost.model.safetensors"):
        train.load_model("lost")


def test_the_loss_is_a_sum_with_its_count():
    model, images = make_network(TINY.network), (torch.rand(5, 1, 6, 6) < 0.5).float()
    summed, count = train.summed_nll(model, images)
    assert summed.item() == pytest.approx(nll(model, images).sum().item()) and count.item() == 5
    summed.backward()
    assert all(p.grad is not None for p in model.parameters())


def test_training_makes_the_digits_more_probable(tmp_path):
    config = replace(TINY, limit=200, validate=100, watched=0, network=NetworkConfig(channels=6, layers=2, size=5),
                     train=TrainConfig(epochs=3, batch_size=10, lr=0.02))  # fmt: skip
    outcome = train.run(config, context(tmp_path))
    coin = 784 * np.log(2)
    assert outcome.metrics["test_nll_nats"] < 0.5 * coin
    assert outcome.history[-1]["val_loss"] < outcome.history[0]["val_loss"]


def test_a_run_begun_on_other_data_is_not_gone_on_with(tmp_path, drawn, monkeypatch, capsys):
    """The data at hand may change between two runs: MNIST fetched, or another folder named."""
    config = replace(TINY, data="at-hand")
    monkeypatch.setattr(train, "at_hand", lambda: "digits")
    train.run(config, context(tmp_path))
    assert "MNIST is not on this machine" in capsys.readouterr().err
    monkeypatch.setattr(train, "at_hand", lambda: "dynamic")
    alone = train_model(config, context(tmp_path / "alone"), 0)[1]
    assert losses(train_model(config, context(tmp_path), 0)[1]) == losses(alone)

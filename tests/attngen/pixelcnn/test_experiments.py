"""Every experiment of the chapter runs under its smoke preset and records what the book needs."""
import math

import pytest
import torch
from attngen import experiments, results, verify
from attngen.data import DataError, registry
from attngen.pixelcnn import data, speed, vicinity
from attngen.pixelcnn.likelihood import mean_nll
from attngen.pixelcnn.networks import GatedPixelCNN, NetworkConfig, PixelCNN, make_network
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.pixelcnn.train import PixelCNNConfig, config_of, load_model, measured
from safetensors import safe_open

CHAPTER = {name: e for name, e in experiments.all_experiments().items() if name.startswith("pixelcnn")}
RUNS = ("pixelcnn-sheet", "pixelcnn-better", "pixelcnn-mnist")
NATS = {f"{part}_nll_nats" for part in ("train", "validation", "test")} | {"test_nll_nats_first_1000"}
BITS = {f"{part}_bits_per_dim" for part in ("train", "validation", "test")}


def finite(result) -> bool:
    return all(math.isfinite(number) for number in result.metrics.values())


def test_the_experiments_are_those_of_the_chapter():
    assert sorted(CHAPTER) == sorted([*RUNS, "pixelcnn-binarization", "pixelcnn-speed", "pixelcnn-samples"])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A results folder with the smoke runs of the three trainings, made once for all tests of this file."""
    folder = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        for name in RUNS:
            experiments.run(name, "smoke", device="cpu", force=True)
        yield folder


@pytest.mark.parametrize("name", RUNS)
def test_a_training_run_under_smoke(recorded, name):
    result = results.load(name)
    assert NATS | BITS | {"parameters", "train_images_per_second", "best_epoch"} <= set(result.metrics)
    assert finite(result)
    assert set(result.history) == {"seed", "epoch", "lr", "train_loss", "val_loss", "seconds"}
    assert result.path("watched.npz").exists()
    assert list((recorded / "runs" / name / "smoke").glob("seed-*")) == []   # recorded: the next run begins anew


@pytest.mark.parametrize(("name", "network"), [("pixelcnn-sheet", PixelCNN), ("pixelcnn-better", GatedPixelCNN)])
def test_recorded_weights_give_the_recorded_number(recorded, name, network):
    result, preset = results.load(name), experiments.get(name).presets["smoke"]
    assert config_of(result) == preset
    model = load_model(name)
    assert isinstance(model, network) and not model.training
    assert mean_nll(model, measured(preset, "test")) == pytest.approx(result.metrics["test_nll_nats"], rel=1e-5)
    with safe_open(result.path("model.safetensors"), "pt") as file:
        stored = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118
    assert stored == result.metrics["parameters"]


def test_a_record_is_verified(recorded):
    findings = list(verify.verify(["pixelcnn-sheet"]))
    assert {finding.check for finding in findings} == {"record", "measured again", "smoke run"}
    assert all(finding.ok for finding in findings), findings


def test_the_networks_are_of_similar_size_and_the_first_is_the_exercises():
    assert CHAPTER["pixelcnn-sheet"].presets["gpu"].network == NetworkConfig("sheet", 64, 6, 7)
    assert CHAPTER["pixelcnn-sheet"].presets["cpu"].network == CHAPTER["pixelcnn-mnist"].presets["cpu"].network
    sheet, better = (
        sum(p.numel() for p in make_network(CHAPTER[name].presets["gpu"].network).parameters()) for name in RUNS[:2]
    )
    assert 0.5 < better / sheet < 2


@pytest.mark.parametrize("name", CHAPTER)
def test_presets_are_what_they_are_called(name):
    presets = CHAPTER[name].presets
    assert {"smoke", "minute", "cpu"} <= set(presets)
    for preset, config in presets.items():
        assert len(config.seeds) == 1
        if isinstance(config, PixelCNNConfig) and preset in ("cpu", "gpu"):
            assert config.limit == 0
            assert config.data == ("dynamic" if name == "pixelcnn-mnist" else "fixed")
        elif isinstance(config, PixelCNNConfig):
            assert config.data in ("at-hand", "digits")   # what every reader has
            assert config.network.kind == presets["cpu"].network.kind


def test_the_binarizations_are_each_measured_on_all(places, mnist):
    result = experiments.run("pixelcnn-binarization", "smoke", device="cpu", force=True)
    names = ("fixed", "dynamic", "grey")
    assert {f"{a}_on_{b}" for a in names for b in names} <= set(result.metrics) and finite(result)
    assert len(set(result.history["preparation"])) == 3
    assert not list((places / "runs").rglob("seed-*"))   # also those of its three trainings


def test_the_benchmark_draws_the_same_pixels(places):
    result = experiments.run("pixelcnn-speed", "smoke", device="cpu", force=True)
    metrics = result.metrics
    assert finite(result) and min(metrics.values()) > 0
    assert metrics["same_pixels"] == 1
    assert metrics["cached_over_naive"] == metrics["naive_seconds"] / metrics["cached_sheet_seconds"]
    assert metrics["naive_steps"] == 36   # every pixel of 6x6
    images = [metrics[f"train_images_per_second_{name}"] for name in ("sheet", "masked", "gated")]
    assert metrics["cropped_over_masked"] == images[0] / images[1]


@pytest.mark.parametrize("config", [NetworkConfig(channels=3, layers=2, size=3), NetworkConfig("gated", 3, 1, 3)])
@pytest.mark.parametrize("steps", [0, 1, 5, 12])
def test_timed_passes_are_steps_of_the_naive_loop_and_find_a_wrong_pixel(lively, config, steps):
    model, noise = lively(config).float(), uniform_noise(3, 4, 5, seed=2)
    images = sample(model, noise)
    found = speed.naive_passes(model, noise, images, steps)
    assert found["same_pixels"] == 1 and found["naive_seconds"] > 0
    assert found["naive_steps"] == len(range(0, 20, max(1, 20 // steps) if steps else 1))
    images[:, :, 0, 0] = 1 - images[:, :, 0, 0]   # the first pixel is always among those looked at
    assert speed.naive_passes(model, noise, images, steps)["same_pixels"] < 1


def test_samples_are_compared_with_training_images(recorded, mnist):
    result = experiments.run("pixelcnn-samples", "smoke", device="cpu", force=True)
    assert finite(result)
    again = vicinity.check_vicinity(result)
    assert again == {key: result.metrics[key] for key in again} and len(again) == 2
    for name in RUNS[:2]:
        network = name.removeprefix("pixelcnn-")
        kept = vicinity.load_images(result.path(f"{network}.npz"))
        assert torch.equal(kept, sample(load_model(name), uniform_noise(4)))
        assert result.metrics[f"{network}_ink"] == pytest.approx(kept.mean().item())


def test_samples_need_recorded_networks(places, mnist):
    with pytest.raises(results.UnknownResult, match="no recorded result 'pixelcnn-sheet'"):
        experiments.run("pixelcnn-samples", "smoke", device="cpu", force=True)


def test_images_are_kept_as_bits_and_come_back(tmp_path):
    for width in (28, 8, 13):
        images = (torch.rand(5, 1, 7, width) < 0.4).float()
        path = vicinity.save_images(images, tmp_path / "new" / f"{width}.npz")
        assert torch.equal(vicinity.load_images(path, width), images)


def test_a_copy_in_the_vicinity_is_counted():
    among = (torch.rand(6, 1, 5, 5, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    images = among[[2, 4, 4]].clone()
    images[2, 0, 0, 0] = 1 - images[2, 0, 0, 0]
    assert vicinity.vicinity(images, among) == (pytest.approx(1 / 3), 2)


def test_without_mnist_a_run_on_it_says_what_is_missing(places, monkeypatch):
    for loader in (data.load_fixed, data.load_grey):
        loader.cache_clear()
    monkeypatch.setenv("ATTNGEN_DATA", str(places))
    monkeypatch.setenv("ATTNGEN_CACHE", str(places))
    monkeypatch.setattr(registry, "ROOT", places / "a" / "b")

    def offline(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(registry.pooch, "retrieve", offline)
    for name in ("pixelcnn-sheet", "pixelcnn-mnist"):
        with pytest.raises(DataError, match="(?s)mnist.*could not be fetched .no network.*Tried"):
            experiments.run(name, "cpu", device="cpu")
    assert data.at_hand() == "digits"   # which is what the page's own training then takes, and says

"""The registered experiments: names and presets, similar sizes, weights within limits, smoke without any data."""
import pytest
import torch
from attngen import data as data_sets
from attngen import experiments, results, verify
from attngen.experiments import PRESETS, plain
from attngen.persian.experiments import CPU, GPU
from attngen.persian.train import make_model

MODELS = ("persian-ngram", "persian-gru", "persian-transformer")
LARGEST = 12_000_000   # bytes of weights, an experiment
NAMES = (*MODELS, "persian-stop-words", "persian-learning-curve")


def parameters(config) -> int:
    with torch.device("meta"):   # shapes alone
        return sum(p.numel() for p in make_model(config.model, config.text.size).parameters())


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_there_and_says_what_it_is(name):
    experiment = experiments.get(name)
    assert tuple(experiment.presets) == PRESETS
    assert all(plain(config)["seeds"] == [0] for config in experiment.presets.values())
    assert (experiment.check is not None) == (name in MODELS)


@pytest.mark.parametrize("preset", ["cpu", "gpu"])
def test_the_models_have_similar_sizes_and_small_files(preset):
    sizes = {name: parameters(experiments.get(name).presets[preset]) for name in MODELS}
    assert max(sizes.values()) / min(sizes.values()) < 1.4
    assert all(2 * size < LARGEST for size in sizes.values())


def test_the_models_read_the_same_tokens_of_the_same_split():
    for configs in (CPU, GPU):
        assert len({config.text for config in configs.values()}) == 1
        assert {config.window for config in configs.values()} == {256}


@pytest.mark.parametrize("name", NAMES)
def test_a_test_and_a_page_need_no_data(name):
    presets = experiments.get(name).presets
    assert presets["smoke"].text.source == "book" and presets["minute"].text.source == "at-hand"
    assert presets["cpu"].text.source == presets["gpu"].text.source == "wikipedia"


@pytest.mark.parametrize("name", NAMES)
def test_neither_blocks_nor_windows_are_longer_than_a_transformer_sees(name):
    for config in experiments.get(name).presets.values():
        longest = max(config.length, getattr(config, "window", 0))
        assert longest <= getattr(config.model, "context", longest)


def test_a_smoke_run_on_the_books_own_pages_is_recorded_and_verified(places, monkeypatch):
    """The whole way, on the real text of a machine without the data."""
    monkeypatch.setattr(data_sets.registry, "local_folders", lambda: [])
    result = experiments.run("persian-transformer", "smoke", device="cpu", force=True)
    assert {"test_bits_per_char", "test_perplexity"} <= set(result.metrics)
    assert result.metrics["on_wikipedia"] == 0 and list(result.data) == ["book/fa"]
    findings = list(verify.verify(["persian-transformer"]))
    assert [finding.check for finding in findings] == ["record", "measured again", "smoke run"]
    assert all(finding.ok for finding in findings), findings
    assert results.names() == ["persian-transformer"]

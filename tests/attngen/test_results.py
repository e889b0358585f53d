"""Recording and reading results; and the results that the project itself has recorded."""
import json
import math
from pathlib import Path

import pytest
from attngen import results
from attngen.piglatin.train import config_of, load_model
from safetensors import safe_open

RUN = {
    "name": "toy", "preset": "cpu", "device": "cpu", "seed": [0], "seconds": 1.5, "command": "attngen run toy",
    "commit": "abc", "date": "2025-01-01T00:00:00+00:00", "versions": {}, "data": {},
    "config": {"layers": 2, "train": {"lr": 0.5, "average": True}}, "metrics": {"val_loss": 0.25, "test_accuracy": 1},
}  # fmt: skip
HISTORY = [{"epoch": 1, "val_loss": 0.5}, {"epoch": 2, "val_loss": 0.25, "note": "best"}]


def snapshot(folder) -> dict:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_is_recorded_is_read_back(places):
    kept = places / "weights"
    kept.write_bytes(b"w")
    results.record(RUN, HISTORY, {"model.bin": kept})
    found = results.load("toy")
    assert results.names() == ["toy"]
    assert {field: getattr(found, field) for field in results.FIELDS} == RUN
    assert found.history == {"epoch": [1, 2], "val_loss": [0.5, 0.25], "note": ["", "best"]}
    assert found.path("model.bin").read_bytes() == b"w"


def test_recording_again_replaces_the_whole_folder(places):
    results.record(RUN, HISTORY, {"old.bin": Path(__file__)})
    results.record(RUN | {"seconds": 2.0}, [], {})
    assert results.load("toy").seconds == 2.0
    assert list(snapshot(places / "results")) == ["toy/run.json"]


def test_values_by_key(places):
    results.record(RUN, [], {})
    assert results.value("toy/val_loss") == 0.25
    assert results.value("toy/seconds") == 1.5
    assert results.value("toy/config.layers") == 2
    assert results.value("toy/config.train.lr") == 0.5


@pytest.mark.parametrize(("key", "near"), [
    ("toy/vall_loss", "'toy' has no value 'vall_loss'; nearest known: val_loss"),
    ("toy/config.layer", "nearest known: config.layers"),
    ("toy/config.train.average", "has no value"),   # a truth value is no number to print
    ("toy", "has no value ''"),
    ("toi/val_loss", "no recorded result 'toi'; nearest known: toy"),
    ("zzzz/val_loss", "no recorded result 'zzzz'; known: toy"),
])
def test_unknown_keys_name_the_nearest(places, key, near):
    results.record(RUN, [], {})
    with pytest.raises(results.UnknownResult) as caught:
        results.value(key)
    assert near in str(caught.value)


@pytest.mark.parametrize("field", results.FIELDS)
def test_a_record_without_a_field_is_refused_both_ways(places, field):
    short = {key: value for key, value in RUN.items() if key != field}
    with pytest.raises(ValueError, match=f"needs the fields {field}"):
        results.record(short, [], {})
    folder = places / "results" / "toy"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(short))
    with pytest.raises(results.UnknownResult, match=f"run.json lacks the fields {field}"):
        results.load("toy")


def test_a_broken_run_json_is_named(places):
    folder = places / "results" / "toy"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"name": "toy", ')
    with pytest.raises(results.UnknownResult, match="toy/run.json cannot be read"):
        results.load("toy")


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_not_recorded(places, bad):
    results.record(RUN, [], {})
    before = snapshot(places / "results")
    with pytest.raises(ValueError):
        results.record(RUN | {"metrics": {"val_loss": bad}}, [], {})
    assert snapshot(places / "results") == before


def test_a_full_disk_leaves_the_earlier_result_and_says_so(places, small_disk):
    large = places / "large"
    large.write_bytes(b"x" * 10_000)
    results.record(RUN, HISTORY, {})
    before = snapshot(places / "results")
    with small_disk(1_000), pytest.raises(OSError, match="is the disk full. What was there before is as it was"):
        results.record(RUN | {"seconds": 9.0}, HISTORY, {"model.bin": large})
    assert snapshot(places / "results") == before
    assert [path.name for path in (places / "results").iterdir()] == ["toy"]


def test_a_failure_at_the_last_moment_puts_the_earlier_result_back(places, monkeypatch):
    results.record(RUN, HISTORY, {})
    before = snapshot(places / "results")
    kind, rename = type(places), type(places).rename

    def failing(self, target):
        if target == places / "results" / "toy" and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(kind, "rename", failing)
    with pytest.raises(OSError, match="No space left"):
        results.record(RUN | {"seconds": 9.0}, [], {})
    assert snapshot(places / "results") == before


def test_results_elsewhere_for_a_while(places):
    with results.stored_in(places / "other"):
        results.record(RUN, [], {})
        assert results.names() == ["toy"]
    assert results.names() == []
    assert results.folder() == places / "results"


# What the project has recorded.

RECORDED = sorted(path.parent for path in (results.ROOT / "results").glob("*/run.json"))
CELLS = [f"pig-latin-{data}-h{dim}" for data in ("small", "large") for dim in (32, 64)]
MEGABYTE = 1_000_000
WITHOUT_DATA = (  # benchmarks of random numbers, and series that the run itself draws
    "additive-time", "attention-cost-time", "paged-speed", "series-attention-ring", "series-probsparse", "series-speed",
)


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.delenv("ATTNGEN_RESULTS", raising=False)


@pytest.mark.parametrize("name", [folder.name for folder in RECORDED])
def test_a_recorded_result_is_whole(recorded, name):
    result = results.load(name)
    assert result.name == name
    assert result.preset in ("cpu", "gpu")
    assert result.command.startswith(f"attngen run {name} ")
    assert result.versions and result.metrics
    assert result.data or name in WITHOUT_DATA
    for key, number in result.metrics.items():
        assert isinstance(number, (int, float)) and math.isfinite(number), key
    if result.path("history.csv").exists():
        for column, values in result.history.items():
            assert all(isinstance(v, str) or math.isfinite(v) for v in values), column


@pytest.mark.parametrize("name", [folder.name for folder in RECORDED])
def test_recorded_weights_are_finite_and_fit_their_configuration(recorded, name):
    result = results.load(name)
    for path in (results.ROOT / "results" / name).glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            assert all(file.get_tensor(key).isfinite().all() for key in file.keys())  # noqa: SIM118
    if name.startswith("pig-latin") and result.path("model.safetensors").exists():
        size = sum(p.numel() for p in load_model(name).parameters())
        assert size == result.metrics["parameters"]
        assert list(config_of(result).seeds) == result.seed


def test_the_recorded_results_keep_to_their_size():
    sizes = {folder.name: sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) for folder in RECORDED}
    assert {name: size for name, size in sizes.items() if size > 12 * MEGABYTE} == {}
    assert sum(sizes.values()) <= 60 * MEGABYTE


@pytest.mark.parametrize("name", [*CELLS, "pig-latin-noncausal", "pig-latin-tuned"])
def test_the_names_and_keys_that_the_design_asks_for(recorded, name):
    metrics = results.load(name).metrics
    assert {"val_loss", "val_loss_std", "test_word_accuracy"} <= set(metrics)
    assert 0 <= metrics["test_word_accuracy"] <= 1
    assert metrics["val_loss"] > 0


@pytest.mark.parametrize("name", [folder.name for folder in RECORDED if folder.name in CELLS])
def test_the_recorded_means_are_those_of_the_history(recorded, name):
    result = results.load(name)
    history, lowest = result.history, {}
    for seed, loss in zip(history["seed"], history["val_loss"], strict=True):
        lowest[seed] = min(loss, lowest.get(seed, math.inf))
    assert sorted(lowest) == result.seed == [0, 1, 2]
    mean = sum(lowest.values()) / 3
    assert result.metrics["val_loss"] == pytest.approx(mean, rel=1e-9)
    spread = math.sqrt(sum((loss - mean) ** 2 for loss in lowest.values()) / 2)
    assert result.metrics["val_loss_std"] == pytest.approx(spread, rel=1e-6)

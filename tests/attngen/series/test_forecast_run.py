"""Training on a small table: what a run records, what it reads when, and a run that is done again."""
import csv
from dataclasses import replace

import numpy as np
import pytest
from accelerate import Accelerator
from attngen import experiments, results
from attngen.experiments import Experiment
from attngen.series import forecast_run, table
from attngen.series.forecast_config import ForecastConfig
from attngen.series.forecast_run import check_forecast, errors, load_model
from attngen.series.models import KINDS, UNTRAINED, ModelConfig
from attngen.series.table import SeriesError
from attngen.training import TrainConfig

SHAPE = ModelConfig(lookback=12, horizon=6, variables=3, calendar=3, dim=8, heads=2, layers=1,
                    patch=4, stride=2, kernel=5, period=7)  # fmt: skip
TRAIN = TrainConfig(epochs=2, batch_size=32, lr=1e-2, optimizer="adam", average=0.9)
CONFIG = ForecastConfig("exchange", SHAPE, TRAIN, seeds=(0, 1))
NAME = "series-small"
LEARNED = [kind for kind in KINDS if kind not in UNTRAINED]


def of_kind(kind: str, **changes) -> ForecastConfig:
    return replace(CONFIG, **{"model": replace(SHAPE, kind=kind)} | changes)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """400 days of three weekly waves with noise, in the place of the real tables."""
    days = np.arange(400)
    wave = np.sin(2 * np.pi * days[:, None] / 7 + np.arange(3))
    values = 5 + wave + np.random.default_rng(0).normal(0, 0.2, (400, 3))
    times = np.datetime64("2020-01-01T00:00:00") + days * np.timedelta64(24 * 3600, "s")
    made = table.SeriesTable("exchange", times, values, ("a", "b", "c"), 24 * 60)
    monkeypatch.setattr(table, "load", lambda name: made)
    return made


@pytest.fixture
def run(places, monkeypatch):
    """A function: configuration -> its recorded result, by the way that ``attngen run`` goes."""

    def go(config: ForecastConfig) -> results.Result:
        known = Experiment(NAME, "small", {"cpu": config}, forecast_run.run_forecast, check_forecast)
        monkeypatch.setattr(experiments, "CHAPTERS", ())
        monkeypatch.setattr(experiments, "_REGISTRY", {NAME: known})
        return experiments.run(NAME, "cpu", device="cpu")

    return go


def rows_of(result: results.Result, name: str = "by_step.csv") -> list[dict]:
    with result.path(name).open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def test_limits_and_stride_go_to_their_parts():
    whole = {part: len(windows) for part, windows in forecast_run.parts_of(CONFIG).items()}
    assert whole == {"train": 280 - 17, "validation": 40 - 5, "test": 80 - 5}
    config = replace(CONFIG, train_stride=2, validation_limit=9, test_limit=11)
    few = {part: len(windows) for part, windows in forecast_run.parts_of(config).items()}
    assert few == {"train": (280 - 17 + 1) // 2, "validation": 9, "test": 11}
    assert len(forecast_run.parts_of(replace(config, limit=20))["train"]) == 20


@pytest.mark.parametrize("kind", LEARNED)
def test_a_run_records_its_errors_and_its_weights(kind, run):
    result = run(of_kind(kind, limit=64, seeds=(3, 4)))
    found, steps = result.metrics, rows_of(result)
    assert set(found) == {
        "test_mse", "test_mse_std", "test_mae", "test_mae_std", "best_mse", "best_mae", "val_loss",
        "test_windows", "train_windows", "seeds", "parameters",
    }  # fmt: skip
    assert found["test_windows"] == 75 and found["train_windows"] == 64 and found["seeds"] == 2
    # by_step.csv is the same error, taken apart
    of_seed = {seed: [row["mse"] for row in steps if row["seed"] == seed] for seed in (3, 4)}
    assert [row["step"] for row in steps] == [*range(1, 7)] * 2
    means = [np.mean(values) for values in of_seed.values()]
    assert found["test_mse"] == pytest.approx(np.mean(means))
    assert found["test_mse"] == pytest.approx(np.mean([row["mse"] for row in steps]))
    assert found["test_mse_std"] == pytest.approx(np.std(means, ddof=1))
    # the best seed is the one that validates best, whatever its test error
    history = result.history
    lowest = min(range(4), key=lambda i: history["val_loss"][i])
    assert history["seed"] == [3, 3, 4, 4] and history["epoch"] == [1, 2, 1, 2]
    assert found["val_loss"] == history["val_loss"][lowest]
    assert found["best_mse"] == pytest.approx(np.mean(of_seed[history["seed"][lowest]]))
    # the weights that are kept are those of this seed
    model = load_model(result)
    assert not model.training and sum(p.numel() for p in model.parameters()) == found["parameters"]
    again = check_forecast(result)
    assert again == {key: pytest.approx(found[key], abs=1e-3) for key in ("best_mse", "best_mae")}
    assert again["best_mse"] != found["best_mse"]   # half precision
    assert list(result.data) == ["exchange_rate.csv"]
    assert result.data["exchange_rate.csv"].startswith("sha256:")


@pytest.mark.parametrize("kind", UNTRAINED)
def test_what_learns_nothing_is_measured_once(kind, run, small):
    result = run(of_kind(kind))
    assert result.metrics["seeds"] == 1 and result.metrics["parameters"] == 0
    assert result.metrics["test_mse_std"] == 0 and "val_loss" not in result.metrics
    assert {path.name for path in result.path("").iterdir()} == {"run.json", "by_step.csv"}
    found = {"best_mse": result.metrics["test_mse"], "best_mae": result.metrics["test_mae"]}
    assert check_forecast(result) == found
    # the error by numpy: the last 80 rows are targets, the scale is that of the first 280
    scaled = (small.values - small.values[:280].mean(0)) / small.values[:280].std(0)
    back = [1 + step if kind == "repeat" else 7 for step in range(6)]   # to what each step repeats
    rows = np.arange(320, 395)[:, None] + np.arange(6)
    wrong = scaled[rows] - scaled[rows - back]
    assert found["best_mse"] == pytest.approx(np.square(wrong).mean(), rel=1e-5)
    assert found["best_mae"] == pytest.approx(np.abs(wrong).mean(), rel=1e-5)


@pytest.mark.parametrize(("kind", "measured"), [
    ("lstm", 1), ("itransformer", 2), ("itransformer", 3), ("patch", 5),
])  # fmt: skip
def test_a_run_that_is_interrupted_goes_on_to_the_same_end(kind, measured, run, monkeypatch):
    """Stopped at the so-many-th measuring: in a seed's first or second epoch, or on the test part."""
    config = of_kind(kind, limit=64, model=replace(SHAPE, kind=kind, layers=2, dropout=0.2))
    whole = run(config)
    times = []

    def stop(*arguments):
        times.append(1)
        if len(times) == measured:
            raise KeyboardInterrupt
        return errors(*arguments)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(forecast_run, "errors", stop)
        run(config)
    again = run(config)
    assert again.metrics == whole.metrics
    assert {k: v for k, v in again.history.items() if k != "seconds"} == {
        k: v for k, v in whole.history.items() if k != "seconds"
    }
    assert again.path("by_step.csv").read_bytes() == whole.path("by_step.csv").read_bytes()


def test_the_test_part_is_read_once_a_seed_and_only_at_the_end(run, monkeypatch):
    read, parts = [], {}
    real = forecast_run.parts_of
    monkeypatch.setattr(forecast_run, "parts_of", lambda *given: parts.update(real(*given)) or parts)

    def spy(model, windows):
        read.extend(part for part in parts if parts[part] is windows)
        return errors(model, windows)

    monkeypatch.setattr(forecast_run, "errors", spy)
    run(of_kind("dlinear"))
    assert read == ["validation", "validation", "test"] * 2


@pytest.mark.parametrize("kind", LEARNED)
def test_every_model_learns_a_wave(kind, run):
    """A few epochs, and each is far better than the mean of the data (error 1) and than the last value."""
    wave = run(of_kind(kind, seeds=(0,), train=replace(TRAIN, epochs=8 if kind == "lstm" else 5)))
    assert wave.metrics["test_mse"] < 0.5
    assert wave.history["train_loss"][-1] < wave.history["train_loss"][0]


def test_the_history_is_kept_apart_by_seed_and_seeds_differ(run):
    history = run(of_kind("dlinear", limit=64)).history
    assert history["train_loss"][0] != history["train_loss"][2]


def test_a_run_writes_to_its_contexts_folder(tmp_path):
    """run_forecast by itself, without the registry."""
    context = experiments.Context(tmp_path / "deep" / "er", (0,), Accelerator(cpu=True))
    outcome = forecast_run.run_forecast(of_kind("repeat"), context)
    assert outcome.files["by_step.csv"].parent == context.folder and outcome.seconds == 0


@pytest.mark.parametrize(("changes", "error", "words"), [
    ({"model": replace(SHAPE, variables=4)}, ValueError,
     "exchange has 3 variables and 3 calendar features; the model reads 4 and 3"),
    ({"model": replace(SHAPE, calendar=4)}, ValueError, "the model reads 3 and 4"),
    ({"model": replace(SHAPE, horizon=41)}, SeriesError, "too few for one window of 12 \\+ 41"),
    ({"model": replace(SHAPE, lookback=300)}, SeriesError, "the lookback alone takes 300"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_before_training(changes, error, words, run):
    with pytest.raises(error, match=words):
        run(replace(CONFIG, **changes))
    assert results.names() == []


def test_an_unknown_table_is_named(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(SeriesError, match="there is no table 'etth3'; known: etth1, "):
        forecast_run.parts_of(replace(CONFIG, data="etth3"))

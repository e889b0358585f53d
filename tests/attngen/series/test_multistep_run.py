"""The recorded comparison of strategies: smoke runs, what they keep, and their pictures."""
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import attngen.series.multistep_experiments  # noqa: F401  (registers)
import matplotlib as mpl
import numpy as np
import pytest
import torch
from attngen import experiments
from attngen.experiments import Context, make_accelerator
from attngen.plotting import bilingual
from attngen.series import multistep_diagrams, multistep_run
from attngen.series import multistep_pictures as pictures
from attngen.series.multistep_config import FOUR, MULTISTEP_ETTH1_PRESETS, MULTISTEP_WAVES_PRESETS
from attngen.series.multistep_run import parts_of, run_multistep, spread, summary, train_live

mpl.use("Agg")      # no windows
CONFIG = MULTISTEP_WAVES_PRESETS["smoke"]
LAST = CONFIG.model.horizon


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Two seeds of the smoke preset."""
    folder = tmp_path_factory.mktemp("multistep")
    return run_multistep(replace(CONFIG, seeds=(0, 1)), Context(folder, (0, 1), make_accelerator("cpu")))


def test_a_run_keeps_a_row_for_each_strategy_seed_and_step(outcome):
    rows = {(row["strategy"], row["seed"], row["step"]) for row in outcome.history}
    steps = range(1, CONFIG.model.horizon + 1)
    trained = (*CONFIG.strategies, "teacher_forced")
    expected = {(name, seed, step) for name in trained for seed in (0, 1) for step in steps}
    expected |= {(name, -1, step) for name in ("repeat", "mean", "floor") for step in steps}
    assert rows == expected and len(outcome.history) == len(rows)


def test_metrics_follow_from_the_rows(outcome):
    for name in (*CONFIG.strategies, "teacher_forced", "repeat", "mean"):
        mine = [row for row in outcome.history if row["strategy"] == name]
        for kind in ("mse", "mae"):
            assert outcome.metrics[f"{kind}_{name}"] == pytest.approx(np.mean([row[kind] for row in mine]))
        last = [row["mse"] for row in mine if row["step"] == CONFIG.model.horizon]
        assert outcome.metrics[f"mse_{name}_step{LAST}"] == pytest.approx(np.mean(last))
        deviation = np.std(last, ddof=1) if len(last) > 1 else 0
        assert outcome.metrics[f"mse_{name}_step{LAST}_std"] == pytest.approx(deviation)
    for key in ("body_forecast_recursive", "decoder_forecast_encoder_decoder"):
        assert outcome.metrics[key] == CONFIG.model.horizon
    assert outcome.metrics["test_windows"] == 8 and outcome.metrics["mse_floor"] > 0


def test_the_baselines_are_what_they_say():
    parts, _, _ = parts_of(CONFIG)
    batch = parts["test"].batch(torch.arange(3))
    made = multistep_run.baselines(4)
    assert torch.equal(made["repeat"](batch)[:, 3], batch.past[:, -1])
    training = parts["train"].values[: parts["train"].starts[-1]]
    assert made["mean"](batch).eq(0).all() and training.mean().abs() < 0.05  # scaled by these rows


def test_free_and_forced_forecasts_begin_alike_and_part_later(outcome):
    found = pictures.means(outcome.history)
    assert found["encoder_decoder"][0] == pytest.approx(found["teacher_forced"][0], rel=1e-4)
    assert found["encoder_decoder"][3] != pytest.approx(found["teacher_forced"][3], rel=1e-3)


def test_a_finished_strategy_is_not_trained_again(tmp_path, monkeypatch):
    config = replace(CONFIG, strategies=("multi_output",))
    context = Context(tmp_path, (0,), make_accelerator("cpu"))
    first = run_multistep(config, context)
    monkeypatch.setattr(multistep_run, "squared_error", None)
    assert run_multistep(config, context).history == first.history


def test_all_strategies_train_on_the_same_batches(tmp_path, monkeypatch):
    seen, plain = {}, multistep_run.squared_error

    def watching(model, batch):
        seen.setdefault(type(model).__name__, []).append(batch.past.sum().item())
        return plain(model, batch)

    monkeypatch.setattr(multistep_run, "squared_error", watching)
    run_multistep(replace(CONFIG, strategies=FOUR), Context(tmp_path, (0,), make_accelerator("cpu")))
    (first, *others) = seen.values()
    assert len(seen) == len(FOUR) and all(other == first for other in others)


def test_windows_are_evenly_spread():
    windows = parts_of(CONFIG)[0]["test"]
    assert spread(windows, 0).tolist() == list(range(len(windows))) == spread(windows, 10**6).tolist()
    few = spread(windows, 5)
    assert few[0] == 0 and few[-1] == len(windows) - 1 and few.diff().max() - few.diff().min() <= 1


def test_one_seed_has_no_deviation():
    curve = {"mse": torch.arange(30.0), "mae": torch.ones(30)}
    found = summary("direct", [curve])
    assert found["mse_direct_step24"] == 23 and found["mse_direct_step30"] == 29
    assert found["mse_direct_std"] == 0


@pytest.mark.parametrize("presets", [MULTISTEP_ETTH1_PRESETS, MULTISTEP_WAVES_PRESETS])
def test_presets_are_known_and_never_clip(presets):
    assert set(presets) <= set(experiments.PRESETS) and {"smoke", "minute", "cpu"} <= set(presets)
    assert all(config.train.clip == 0 for config in presets.values())  # a common norm ties models together
    assert len(presets["cpu"].seeds) == 2 and presets["cpu"].tested == 0


def test_etth1_runs(real, tmp_path):
    real("etth1")
    config = MULTISTEP_ETTH1_PRESETS["smoke"]
    found = run_multistep(config, Context(tmp_path, (0,), make_accelerator("cpu")))
    assert found.data["ETTh1.csv"].startswith("sha256:") and "mse_floor" not in found.metrics


def test_a_live_run_needs_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path))
    assert train_live("smoke").metrics["seeds"] == 1


PICTURES = {
    "strategies": lambda outcome: multistep_diagrams.strategies(),
    "recursion": lambda outcome: pictures.recursion(0.8, {"gold": 0.7, "vermilion": 0.9}, 12),
    "waves_live": lambda outcome: pictures.waves_live(outcome.history),
    "waves": lambda outcome: pictures.waves(outcome.history),
    "etth1": lambda outcome: pictures.etth1(outcome.history),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, outcome, monkeypatch):
    published = []
    monkeypatch.setattr(bilingual, "display", lambda data, raw, metadata: published.append((data, metadata)))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    PICTURES[name](outcome)
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("(?<![a-z])[0-9]", alt), "Latin digits"


def test_curves_come_alike_from_rows_and_from_a_recorded_history(outcome):
    columns = {key: [row[key] for row in outcome.history] for key in ("strategy", "seed", "step", "mse")}
    assert pictures.means(columns) == pictures.means(outcome.history)

"""The experiments on preparation, the linear map by least squares, and the pictures."""
import dataclasses
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from attngen import experiments
from attngen.results import load
from attngen.series import preprocessing_diagrams, preprocessing_experiments, preprocessing_pictures  # noqa: F401
from attngen.series.forecast_run import errors
from attngen.series.gaps import clean
from attngen.series.least_squares import least_squares
from attngen.series.linear import DLinear, RepeatLast
from attngen.series.models import ModelConfig
from attngen.series.preprocessing_config import NORMALISE_PRESETS, SENTINELS_PRESETS
from attngen.series.preprocessing_example import drifting, random_table, with_faults
from attngen.series.preprocessing_run import by_variable, forecasts, short, variant
from attngen.series.splits import Scaler, rows_of_parts
from attngen.series.windows import datasets

TABLE = drifting(days=20)


@pytest.fixture(scope="module")
def parts():
    return datasets(TABLE, 24, 6)[0]


def test_least_squares_is_numpys(parts):
    batch = parts["train"].batch(torch.arange(len(parts["train"])))
    past = batch.past.transpose(1, 2).reshape(-1, 24).double().numpy()
    future = batch.future.transpose(1, 2).reshape(-1, 6).double().numpy()
    expected, *_ = np.linalg.lstsq(np.c_[past, np.ones(len(past))], future, rcond=None)
    found = least_squares(parts["train"], ridge=0.0, batch_size=100)
    np.testing.assert_allclose(found.weight, expected[:-1], atol=1e-4)
    np.testing.assert_allclose(found.bias, expected[-1], atol=1e-4)


def test_no_linear_map_is_better_on_the_windows_it_was_fitted_to(parts):
    best = least_squares(parts["train"], ridge=0.0)
    lowest = errors(best, parts["train"]).mse
    assert lowest < errors(RepeatLast(ModelConfig("repeat", 24, 6, 3)), parts["train"]).mse
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        nudge = 0.01 * torch.randn(best.weight.shape, generator=generator)
        other = type(best)(best.weight + nudge, best.bias)
        assert errors(other, parts["train"]).mse > lowest


def test_dlinear_is_one_linear_map():
    """Its moving average and two maps together are the matrix that they make of the unit vectors."""
    torch.manual_seed(0)
    model = DLinear(ModelConfig("dlinear", 12, 5, 1, kernel=5)).double()
    for layer in (model.trend, model.rest):
        torch.nn.init.normal_(layer.weight)
    past = torch.randn(7, 12, 1, dtype=torch.double)
    with torch.no_grad():
        bias = model(torch.zeros(1, 12, 1).double())
        matrix = model(torch.eye(12).double()[:, :, None]) - bias   # (12, 5, 1)
        torch.testing.assert_close(model(past)[..., 0], past[..., 0] @ matrix[..., 0] + bias[..., 0])


def test_errors_by_variable_have_the_whole_error_as_their_mean(parts):
    model = RepeatLast(ModelConfig("repeat", 24, 6, 3))
    assert by_variable(model, parts["test"], 7).mean().item() == pytest.approx(errors(model, parts["test"]).mse)


def test_a_code_in_training_rows_makes_errors_look_small():
    """The forecasts of repeating are the same; only the ruler grew."""
    faulty = random_table(400)
    faulty.values[100, 0] = -9999.0
    config = SENTINELS_PRESETS["smoke"]
    config = dataclasses.replace(config, lookback=8, horizon=4, limit=0)
    (dirty, scale, _), (tidy, clean_scale, _) = (forecasts(t, config) for t in (faulty, clean(faulty).table))
    ratio = float((scale.std[0] / clean_scale.std[0]) ** 2)
    assert ratio > 1000 and dirty["repeat"][1] == tidy["repeat"][1]
    assert (dirty["repeat"][0] * ratio).item() == pytest.approx(tidy["repeat"][0].item(), rel=1e-3)


@pytest.mark.parametrize(("column", "name"), [
    ("wv (m/s)", "wv"), ("max. PAR (x/y)", "max_par"), ("OT", "ot"),
])  # fmt: skip
def test_short_names(column, name):
    assert short(column) == name


def test_variants_differ_in_the_normalisation_alone():
    for kind in NORMALISE_PRESETS["cpu"].kinds:
        on, off = (variant(NORMALISE_PRESETS["cpu"], kind, each) for each in (True, False))
        assert on.model.normalise and not off.model.normalise
        assert dataclasses.replace(off, model=dataclasses.replace(off.model, normalise=True)) == on
    assert set(NORMALISE_PRESETS) == set(SENTINELS_PRESETS) == set(experiments.PRESETS)


def test_smoke_of_the_sentinels(real, places):
    real("weather")
    found = experiments.run("series-sentinels", "smoke", device="cpu")
    told = found.metrics
    assert (told["sentinels"], told["sentinel_rows"], told["sentinel_columns"]) == (81, 80, 3)
    assert told["sentinels_in_test"] == 0 and told["wv_sentinels"] == 1 and told["ot_sentinels"] == 50
    assert told["repeat_published_in_clean_units"] == pytest.approx(told["repeat_clean"], rel=1e-5)
    assert told["linear_flattered"] == pytest.approx(1 - told["linear_published"] / told["linear_clean"])
    assert found.history["method"].count("linear") == 21


def test_smoke_of_the_normalisation(real, places):
    real("etth1")
    told = experiments.run("series-normalise", "smoke", device="cpu").metrics
    for kind in NORMALISE_PRESETS["smoke"].kinds:
        ratio = told[f"test_mse_{kind}_with"] / told[f"test_mse_{kind}_without"]
        assert told[f"gain_{kind}"] == pytest.approx(1 - ratio)
    assert 0 < told["test_drift"] < told["test_drift_largest"]


class Recorded:
    """As much of a recorded result as the picture needs."""

    history = {"method": ["repeat", "linear", "linear", "std"], "column": ["a (x)", "a (x)", "OT", "OT"],
               "published": [0.1, 0.2, 0.001, 380.0], "clean": [0.1, 0.25, 0.4, 18.0]}  # fmt: skip


def leakage():
    stop = rows_of_parts(TABLE.name, len(TABLE))[0]
    preprocessing_pictures.leakage(TABLE, Scaler.fit(TABLE.values[:stop]), Scaler.fit(TABLE.values))


PICTURES = {
    "splits": preprocessing_diagrams.splits, "patches": preprocessing_diagrams.patches, "leakage": leakage,
    "calendar": preprocessing_pictures.calendar, "reversible": lambda: preprocessing_pictures.reversible(TABLE),
    "sentinels": lambda: preprocessing_pictures.sentinel_errors(Recorded),
    "coming day": lambda: preprocessing_pictures.coming_day(TABLE, TABLE.values[-24:], TABLE.values[:24]),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published):
    PICTURES[name]()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt and len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("(?<![a-z])[0-9]", alt), "Latin digits in Persian"


def test_the_made_up_table_is_sound_until_faults_are_put_in():
    assert len(with_faults(drifting())) == len(drifting()) - 1
    np.testing.assert_array_equal(drifting(5, seed=3).values, drifting(5, seed=3).values)
    assert (drifting(5, seed=3).values != drifting(5, seed=4).values).any()


def test_recorded_sentinels_are_of_the_whole_test_part():
    try:
        told = load("series-sentinels").metrics
    except KeyError:
        pytest.skip("not recorded yet")
    assert told["test_windows"] == 10_444 and told["linear_published"] < told["linear_clean"]

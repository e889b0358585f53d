"""What the comparison trains: names, presets, and that models differ in what is meant to differ only."""
from dataclasses import replace

import pytest
import torch
from attngen import experiments
from attngen.data import DataError, locate, read
from attngen.experiments import PRESETS, plain
from attngen.results import FIELDS, Result
from attngen.series import experiments as series
from attngen.series import table
from attngen.series.calendar import feature_count
from attngen.series.forecast_config import COMPARED as KINDS
from attngen.series.forecast_config import HORIZONS, MODELS, SHAPES, THINNED, ForecastConfig, forecast
from attngen.series.forecast_run import check_forecast, recorded_config, run_forecast
from attngen.series.models import make_model

ROWS = [(data, horizon) for data, horizons in series.TABLES.items() for horizon in horizons]
SEASONAL = [("seasonal", data, 96) for data in ("etth1", "ettm1", "exchange")]   # a season fits in 96 steps
CELLS = [(kind, *row) for row in ROWS for kind in KINDS] + SEASONAL
LEFT_OUT = "left out: "   # see tests/conftest.py
LARGEST = 12 * 2**20   # bytes of weights that one experiment may keep


def presets_of(kind: str, data: str, horizon: int) -> dict[str, ForecastConfig]:
    return experiments._REGISTRY[f"series-{kind}-{data}-{horizon}"].presets


def test_every_cell_of_the_comparison_is_an_experiment():
    assert set(KINDS) == {"itransformer", "transformer", "lstm", "dlinear", "patch", "repeat"}
    assert HORIZONS == (96, 192, 336, 720)
    assert series.TABLES == {"etth1": HORIZONS, "ettm1": (96,), "exchange": (96,), "weather": (96,)}
    assert len(CELLS) == len(set(CELLS)) == 6 * 7 + 3
    names = {"series-{}-{}-{}".format(*cell) for cell in CELLS}
    assert names == {name for name, each in experiments._REGISTRY.items() if each.function is run_forecast}
    for cell in CELLS:
        each = experiments._REGISTRY["series-{}-{}-{}".format(*cell)]
        assert tuple(each.presets) == PRESETS
        assert each.function is run_forecast and each.check is check_forecast
        assert all(str(part) in each.summary for part in cell)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_trains_what_its_name_says(preset):
    for kind, data, horizon in CELLS:
        config = presets_of(kind, data, horizon)[preset]
        found = config.model.kind, config.data, config.model.horizon
        assert found == (kind, data, horizon)
        assert config.model.lookback == 96   # as in the tables of the papers
        assert (config.model.variables, config.model.calendar, config.model.period) == SHAPES[data]


def test_the_recorded_presets_measure_every_test_window_and_three_seeds():
    for cell in CELLS:
        presets = presets_of(*cell)
        for preset in ("cpu", "gpu"):
            assert presets[preset].test_limit == presets[preset].limit == 0
            assert presets[preset].seeds == (0, 1, 2)
        assert presets["cpu"] == forecast(*cell)
        stride, validated = THINNED.get(cell[1], (1, 0))
        assert (presets["cpu"].train_stride, presets["cpu"].validation_limit) == (stride, validated)
        assert (presets["gpu"].train_stride, presets["gpu"].validation_limit) == (1, 0)
        assert presets["gpu"].train.epochs == 2 * presets["cpu"].train.epochs


def test_small_presets_are_small():
    for cell in CELLS:
        presets = presets_of(*cell)
        for preset, most in (("smoke", 64), ("minute", 2000)):
            config = presets[preset]
            limits = config.limit, config.validation_limit, config.test_limit
            assert all(0 < limit <= most for limit in limits)
            assert config.seeds == (0,) and config.train.epochs == 1
        assert (presets["smoke"].model.dim, presets["smoke"].model.layers) == (8, 1)
        assert presets["minute"].model == presets["cpu"].model


def test_models_differ_in_their_shape_and_their_pace_alone():
    """Data, horizon, windows and seeds of a row are the same for every model, and so is the optimiser."""
    pace = {"epochs": 1, "batch_size": 1, "lr": 1.0}
    for row in ROWS:
        configs = [forecast(kind, *row) for kind in KINDS]
        shape = configs[0].model
        alike = [replace(each, model=shape, train=replace(each.train, **pace)) for each in configs]
        assert all(each == alike[0] for each in alike)
    plain_ones = {kind for kind, (model, _) in MODELS.items() if not model.normalise}
    assert plain_ones == {"repeat", "seasonal", "dlinear"}


@pytest.mark.parametrize("data", SHAPES)
def test_shapes_are_those_of_the_tables(data):
    file, minutes = table.FILES[data]
    assert feature_count(minutes) == SHAPES[data][1]
    try:
        locate("time-series", file, download=False)
    except DataError:
        pytest.skip(LEFT_OUT + "the tables of time series are not on this machine")
    header = read("time-series", file).partition(b"\n")[0]   # parsing all rows would take seconds
    assert header.count(b",") == SHAPES[data][0]


@pytest.mark.parametrize("data", ["etth1", "ettm1", "weather"])
def test_a_season_is_a_day(data):
    assert SHAPES[data][2] * table.FILES[data][1] == 24 * 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_small_enough_to_keep(kind):
    for row in ROWS:
        with torch.device("meta"):
            model = make_model(forecast(kind, *row).model)
        assert 2 * sum(p.numel() for p in model.parameters()) < LARGEST   # half precision


def test_a_season_longer_than_the_past_is_refused():
    """Weather's day has 144 steps, and the past 96."""
    with pytest.raises(ValueError, match="a season of 144 steps is longer than the lookback of 96"):
        forecast("seasonal", "weather", 96)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_recorded_configuration_comes_back(preset):
    for cell in CELLS:
        config = presets_of(*cell)[preset]
        record = dict.fromkeys(FIELDS) | {"config": plain(config)}
        again = recorded_config(Result(**record, root=None))
        assert (again.data, again.model, again.seeds) == (config.data, config.model, config.seeds)
        assert again.test_limit == config.test_limit


@pytest.mark.parametrize(("kind", "data", "words"), [
    ("arima", "etth1", "no 'arima'; it has: repeat, seasonal, dlinear, lstm, transformer, patch, itr"),
    ("lstm", "etth2", "no 'etth2'; it has: etth1, ettm1, exchange, weather"),
])  # fmt: skip
def test_what_is_not_compared_is_named(kind, data, words):
    with pytest.raises(ValueError, match=f"the comparison has {words}"):
        forecast(kind, data, 96)


@pytest.mark.parametrize(("changes", "words"), [
    ({"seeds": ()}, "at least one seed"), ({"train_stride": 0}, "train_stride 0"),
    ({"limit": -1}, r"\(-1, 0, 0\)"), ({"validation_limit": -1}, r"\(0, -1, 0\)"),
    ({"test_limit": -5}, r"\(0, 0, -5\)"),
])  # fmt: skip
def test_settings_that_cannot_be_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        ForecastConfig(**changes)

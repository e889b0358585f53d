"""A table of one's own: training, and the rows after the last, in the table's units."""
from dataclasses import replace

import numpy as np
import pytest
import torch
from attngen.series import checks, gaps
from attngen.series.calendar import feature_count, time_features
from attngen.series.forecast_run import errors
from attngen.series.models import ModelConfig
from attngen.series.own import ahead, train_on
from attngen.series.preprocessing_example import csv_text, drifting, random_table, with_faults
from attngen.series.table import SeriesError, parse
from attngen.series.windows import datasets
from attngen.training import TrainConfig

SHORT = TrainConfig(epochs=2, batch_size=32, lr=3e-3)
MADE = drifting(days=20)
SHAPE = ModelConfig("itransformer", 24, 12, variables=3, dim=16, heads=2, layers=1)


def sine(days: int = 20):
    hours = np.arange(24 * days)
    values = np.stack([5 + 3 * np.sin(2 * np.pi * hours / 24), 100 * np.cos(2 * np.pi * hours / 12)], axis=1)
    return replace(random_table(len(hours)), values=values)


def untrained(table, **shape):
    config = ModelConfig(
        **{"kind": "repeat", "normalise": False, "lookback": 24, "horizon": 12,
           "variables": len(table.columns), "calendar": feature_count(table.minutes)} | shape
    )  # fmt: skip
    return train_on(table, config, SHORT)


@pytest.fixture(scope="module")
def learned():
    return train_on(MADE, SHAPE, SHORT)


def test_ahead_is_what_a_hand_computes(learned):
    times, values = ahead(learned, MADE)
    rows = MADE.values[:336]  # 70 % of 480
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    past = torch.tensor((MADE.values[-24:] - mean) / std, dtype=torch.float32)[None]
    coming = MADE.times[-1] + np.arange(1, 13) * np.timedelta64(1, "h")
    calendars = [torch.tensor(time_features(each, 60))[None] for each in (MADE.times[-24:], coming)]
    with torch.no_grad():
        expected = learned.model(past, *calendars)[0].numpy() * std + mean
    np.testing.assert_array_equal(times, coming)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert values.shape == (12, 3)


def test_calendar_of_the_coming_times_reaches_the_model():
    trained, seen = untrained(MADE), []
    trained.model.body.register_forward_pre_hook(lambda module, given: seen.extend(given))
    times, _ = ahead(trained, MADE)
    np.testing.assert_array_equal(seen[1][0].numpy(), time_features(MADE.times[-24:], 60))
    np.testing.assert_array_equal(seen[2][0].numpy(), time_features(times, 60))


@pytest.mark.parametrize("shift, stretch", [(0, 1), (1000, 1), (-7, 1e4), (3, -0.01)])
def test_repeat_is_the_last_row_in_any_units(shift, stretch):
    table = replace(MADE, values=shift + stretch * MADE.values)
    trained = untrained(table)
    _, values = ahead(trained, table)
    np.testing.assert_allclose(values, np.tile(table.values[-1], (12, 1)), rtol=1e-5, atol=1e-5 * abs(stretch))
    assert trained.test.mse == pytest.approx(trained.repeat.mse)
    assert trained.test.mse == pytest.approx(untrained(MADE).test.mse, rel=1e-4)  # errors have no unit


@pytest.mark.parametrize("minutes", [10, 60, 24 * 60])
def test_coming_times_continue_the_grid(minutes):
    table = random_table(300, minutes=minutes)
    times, _ = ahead(untrained(table), table)
    np.testing.assert_array_equal(np.diff(np.r_[table.times[-1:], times]), np.timedelta64(minutes, "m"))


def test_rows_before_the_lookback_change_nothing(learned):
    newer = replace(MADE, values=MADE.values.copy())
    newer.values[:-24] = np.nan
    np.testing.assert_array_equal(ahead(learned, newer)[1], ahead(learned, MADE)[1])
    short = replace(MADE, values=MADE.values[-24:], times=MADE.times[-24:])
    np.testing.assert_array_equal(ahead(learned, short)[1], ahead(learned, MADE)[1])


def test_a_sine_is_learned():
    table = sine()
    known = replace(table, values=table.values[:-12], times=table.times[:-12])
    trained = train_on(known, replace(SHAPE, variables=2, dropout=0.0), replace(SHORT, epochs=6))
    assert trained.test.mse < 0.1 * trained.repeat.mse
    times, values = ahead(trained, known)
    np.testing.assert_array_equal(times, table.times[-12:])
    repeat = np.abs(table.values[-12:] - known.values[-1]).mean(axis=0)
    assert (np.abs(values - table.values[-12:]).mean(axis=0) < 0.3 * repeat).all()


def test_errors_are_those_of_all_test_windows(learned):
    windows = datasets(MADE, 24, 12)[0]["test"]
    assert errors(learned.model, windows).mse == pytest.approx(learned.test.mse)
    assert learned.test.windows == len(windows) == learned.repeat.windows


def test_the_same_seed_gives_the_same_forecast(learned):
    np.testing.assert_array_equal(ahead(train_on(MADE, SHAPE, SHORT), MADE)[1], ahead(learned, MADE)[1])
    assert not np.array_equal(ahead(train_on(MADE, SHAPE, SHORT, seed=1), MADE)[1], ahead(learned, MADE)[1])


def test_from_csv_text_to_a_clean_table():
    faulty = with_faults(drifting(days=50))
    text = csv_text(faulty)
    read = parse("own", text, 60)
    assert text.splitlines()[0] == "date,load,heat,light,spare"
    assert ",," in text.splitlines()[701] and "nan" not in text
    np.testing.assert_array_equal(read.times, faulty.times)
    np.testing.assert_allclose(read.values, faulty.values, atol=0.0051)
    table = gaps.clean(gaps.on_grid(read)).table
    with pytest.raises(SeriesError, match="^[^\n]*\n  constant: column 'spare'[^\n]*$"):  # the only one left
        checks.require(table, 24, 12, training=840)


def holed(row: int, value: float):
    values = MADE.values.copy()
    values[row, 0] = value
    return replace(MADE, values=values)


@pytest.mark.parametrize("table, message", [
    (holed(-3, np.nan), "last 24 rows.*\n.*'load' is NaN in 1 of 24 rows, first in row 21"),
    (holed(-3, -9999.0), "'load' is NaN in 1 of 24"),
    (replace(MADE, values=MADE.values[:20], times=MADE.times[:20]), "20 rows; 24 are read"),
    (replace(MADE, columns=("load", "light", "heat")), "has columns .*'light', 'heat'.*trained on"),
    (replace(MADE, values=MADE.values[:, :2], columns=MADE.columns[:2]), "has columns"),
    (replace(MADE, minutes=30), "has minutes 30; trained on 60"),
    (replace(MADE, times=np.r_[MADE.times[:-5], MADE.times[-5:] + np.timedelta64(1, "h")]), "step: "),
])  # fmt: skip
def test_ahead_says_what_is_wrong(learned, table, message):
    with pytest.raises(SeriesError, match=message):
        ahead(learned, table)


@pytest.mark.parametrize("table, shape, message", [
    (MADE, {"variables": 7}, r"variables=3, calendar=4\) was expected, not 7 and 4"),
    (MADE, {"calendar": 5}, "was expected, not 3 and 5"),
    (holed(470, np.nan), {}, "gaps.clean first.*\n.*'load' is NaN in 1 of 480"),
    (holed(5, -9999.0), {}, "'load' is NaN in 1 of 480"),
    (with_faults(drifting(days=50)), {"variables": 4}, "missing: .*\n.*missing: .*\n.*step: "),
    (replace(MADE, values=MADE.values * [1, 0, 1]), {}, "constant in the training rows: heat"),
    (MADE, {"lookback": 400}, "the lookback alone takes 400"),
    (MADE, {"horizon": 60}, "72 rows are too few for one window"),  # 48 rows validate, and 24 before them
])  # fmt: skip
def test_train_on_says_what_is_wrong(table, shape, message):
    with pytest.raises(SeriesError, match=message):
        train_on(table, replace(SHAPE, **shape), SHORT)

"""Windows: every one is there, none crosses its part's borders, and no future leaks into a past."""
import dataclasses

import numpy as np
import pytest
import torch
from attngen.series.calendar import time_features
from attngen.series.preprocessing_example import random_table
from attngen.series.splits import PARTS, borders, rows_of_parts
from attngen.series.table import SeriesError
from attngen.series.windows import Batch, Windows, datasets
from hypothesis import given
from hypothesis import strategies as st

SIZES = st.tuples(st.integers(60, 120), st.integers(1, 6), st.integers(1, 6))   # rows, lookback, horizon


def all_of(windows: Windows) -> Batch:
    return windows.batch(torch.arange(len(windows)))


def numbered(rows: int, lookback: int, horizon: int, **cut) -> Windows:
    """Windows of a table whose values and calendar are the numbers of their rows."""
    values = torch.arange(rows, dtype=torch.float32)[:, None].expand(-1, 2).clone()
    return Windows(values, values[:, :1].clone(), lookback, horizon, **cut)


@given(SIZES, st.integers(1, 9), st.data())
def test_windows_are_slices_of_the_table(sizes, stride, data):
    rows, lookback, horizon = sizes
    first = data.draw(st.integers(0, rows - lookback - horizon))
    last = data.draw(st.integers(first + lookback + horizon, rows))
    windows = numbered(rows, lookback, horizon, first=first, last=last, stride=stride)
    batch = all_of(windows)
    assert len(windows) == len(windows.lengths) == (last - first - lookback - horizon) // stride + 1
    for number, start in enumerate(range(first, last - lookback - horizon + 1, stride)):
        expected = torch.arange(start, start + lookback + horizon).float()
        for values, calendar, part in (
            (batch.past, batch.past_calendar, expected[:lookback]),
            (batch.future, batch.future_calendar, expected[lookback:]),
        ):
            assert torch.equal(values[number], part[:, None].expand(-1, 2))
            assert torch.equal(calendar[number, :, 0], part)


@given(SIZES)
def test_windows_of_a_part_lie_inside_it_and_targets_do_not_overlap(sizes):
    rows, lookback, horizon = sizes
    table = dataclasses.replace(random_table(rows), values=np.arange(2.0 * rows).reshape(rows, 2))
    parts, scaler = datasets(table, lookback, horizon)
    limits, targets = borders(table.name, rows, lookback), {}
    for part in PARTS:
        batch = all_of(parts[part])
        start, stop = limits[part]
        past, future = (np.rint(scaler.inverse(x.numpy())[..., 0] / 2) for x in (batch.past, batch.future))
        assert past.min() == start and future.max() == stop - 1
        targets[part] = set(future.ravel().astype(int).tolist())
    for one, other in (("train", "validation"), ("validation", "test"), ("train", "test")):
        assert not targets[one] & targets[other]
    assert targets["test"] | targets["validation"] == set(range(rows_of_parts("random", rows)[0], rows))


@given(SIZES, st.integers(0, 10**6), st.floats(-1e3, 1e3))
def test_the_future_never_changes_a_windows_past(sizes, pick, value):
    """Change anything from the forecast's start on: past, both calendars and scale are bit for bit the same."""
    rows, lookback, horizon = sizes
    table = random_table(rows)
    test = datasets(table, lookback, horizon)[0]["test"]
    number = pick % len(test)
    start = int(test.starts[number]) + lookback
    values = table.values.copy()
    values[start + pick % (rows - start) :] = value
    again, scaler = datasets(dataclasses.replace(table, values=values), lookback, horizon)
    one, other = (w.batch(torch.tensor([number])) for w in (test, again["test"]))
    for name in ("past", "past_calendar", "future_calendar"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name
    assert not torch.equal(one.future, other.future) or pick % (rows - start) >= horizon
    np.testing.assert_array_equal(scaler.mean, datasets(table, lookback, horizon)[1].mean)


def test_the_future_calendar_is_what_a_clock_knows():
    table = random_table(200)
    parts, _ = datasets(table, 5, 3)
    expected = torch.tensor(time_features(table.times, table.minutes))
    batch = all_of(parts["test"])
    rows = parts["test"].starts[:, None] + torch.arange(8)
    assert torch.equal(torch.cat([batch.past_calendar, batch.future_calendar], dim=1), expected[rows])


def test_only_training_windows_are_thinned():
    parts, _ = datasets(random_table(200), 5, 3, stride=4)
    assert len(parts["train"]) == (140 - 8) // 4 + 1
    assert len(parts["validation"]) == 20 - 3 + 1 and len(parts["test"]) == 40 - 3 + 1


def test_every_window_once_whatever_the_size_of_a_batch():
    """No drop_last: the last, smaller batch is there."""
    windows = numbered(50, 4, 3)
    seen = [int(windows.batch(i).past[j, 0, 0]) for i in torch.arange(len(windows)).split(16) for j in range(len(i))]
    assert seen == list(range(44)) and len(windows) == 44


@pytest.mark.parametrize(("cut", "words"), [
    ({"lookback": 0}, "must be positive"), ({"horizon": 0}, "must be positive"), ({"stride": 0}, "must be positive"),
    ({"first": 5, "last": 11}, "6 rows are too few for one window of 4 \\+ 3"), ({"first": -1}, "not inside"),
    ({"first": 9, "last": 9}, "not inside"), ({"last": 51}, "not inside a table of 50"), ({"first": 50}, "not inside"),
])  # fmt: skip
def test_windows_that_cannot_be_cut_are_refused(cut, words):
    with pytest.raises(SeriesError, match=words):
        numbered(50, **{"lookback": 4, "horizon": 3} | cut)


def test_every_row_needs_its_calendar():
    with pytest.raises(SeriesError, match="3 rows, 2 calendar rows"):
        Windows(torch.zeros(3, 1), torch.zeros(2, 1), 1, 1)


@pytest.mark.parametrize(("name", "horizon", "counts"), [
    ("etth1", 96, (8_449, 2_785, 2_785)), ("etth1", 720, (7_825, 2_161, 2_161)),
    ("exchange", 96, (5_120, 665, 1_422)), ("weather", 96, (36_696, 5_175, 10_444)),
])  # fmt: skip
def test_the_standard_numbers_of_windows(name, horizon, counts, real):
    parts, _ = datasets(real(name), 96, horizon)
    assert tuple(len(parts[part]) for part in PARTS) == counts
    last = parts["test"].batch(torch.tensor([len(parts["test"]) - 1]))
    assert torch.isfinite(last.future).all() and last.future.shape[1] == horizon


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("row", [3, 900])
def test_a_value_that_is_missing_is_named_wherever_it_is(wrong, row):
    table = random_table(1000, 2)
    table.values[row, 1] = wrong
    with pytest.raises(SeriesError, match=rf"column '{table.columns[1]}' is .* first in row {row} "):
        datasets(table, 96, 24)

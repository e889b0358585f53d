"""Missing values: found, filled from the past alone, and counted."""
import dataclasses

import numpy as np
import pytest
from attngen.series import gaps
from attngen.series.preprocessing_example import drifting, random_table, with_faults
from attngen.series.table import SeriesError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

HOLEY = arrays.arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 3)),
                      elements=st.floats(-100, 100) | st.just(np.nan))  # fmt: skip


def by_hand(column: np.ndarray) -> np.ndarray:
    """Forward filling, one row after the other."""
    filled, last = [], np.nan
    for value in column:
        last = last if np.isnan(value) else value
        filled.append(last)
    return np.array(filled)


@given(HOLEY)
def test_filling_is_what_the_loop_does(values):
    filled, observed = gaps.forward_fill(values)
    np.testing.assert_array_equal(filled, np.stack([by_hand(c) for c in values.T], axis=1))
    np.testing.assert_array_equal(filled[observed], values[observed])
    np.testing.assert_array_equal(observed, ~np.isnan(values))


@given(HOLEY, st.data())
def test_filling_never_looks_ahead(values, data):
    cut = data.draw(st.integers(0, len(values)))
    later = values.copy()
    later[cut:] = data.draw(arrays.arrays(float, later[cut:].shape, elements=st.floats(-1, 1) | st.just(np.nan)))
    np.testing.assert_array_equal(gaps.forward_fill(values)[0][:cut], gaps.forward_fill(later)[0][:cut])


@given(HOLEY)
def test_filling_twice_changes_nothing_more(values):
    once, _ = gaps.forward_fill(values)
    np.testing.assert_array_equal(gaps.forward_fill(once)[0], once)


@given(arrays.arrays(bool, st.integers(1, 30)))
def test_steps_since_the_last_measurement(observed):
    steps, last = [], 0
    for row, seen in enumerate(observed):
        last = row if seen else last
        steps.append(row - last)
    assert gaps.since_observed(observed[:, None])[:, 0].tolist() == steps


def test_the_longest_gap():
    assert gaps.longest_gap(np.array([True, False, False, True, False])) == 2
    assert gaps.longest_gap(np.array([True])) == 0 and gaps.longest_gap(np.array([False])) == 1


def test_cleaning_says_what_it_filled():
    table = with_faults(drifting())
    found = gaps.clean(table)
    assert found.counts == {"load": 6, "heat": 1} and found.longest == {"load": 6, "heat": 1}
    assert (found.table.values[500:506, 0] == table.values[499, 0]).all()
    assert not found.observed[500:506, 0].any() and found.observed.sum() == table.values.size - 7
    assert str(found).splitlines()[0] == "made-up: values filled in 7 of 2,399 rows"
    assert np.isnan(table.values[700, 1]) and table.values[500, 0] == -9999   # the table given is not changed


def test_nothing_to_fill_leaves_the_values_alone():
    table = drifting(days=5)
    found = gaps.clean(table)
    np.testing.assert_array_equal(found.table.values, table.values)
    assert found.observed.all() and found.counts == {}


@pytest.mark.parametrize(("rows", "words"), [(3, "begins with 3 missing rows"), (10, "has no value at all")])
def test_a_gap_at_the_beginning_has_nothing_to_be_filled_with(rows, words):
    table = random_table(10)
    table.values[:rows, 1] = np.nan
    with pytest.raises(SeriesError, match=f"'v1' {words}"):
        gaps.clean(table)


def test_a_grid_has_one_row_a_step():
    table = random_table(10)
    order = [0, 1, 2, 2, 3, 6, 7, 8, 9]   # one row twice, two rows lost
    broken = dataclasses.replace(table, times=table.times[order], values=table.values[order])
    found = gaps.on_grid(broken)
    np.testing.assert_array_equal(found.times, table.times)
    kept = [0, 1, 2, 3, 6, 7, 8, 9]
    np.testing.assert_array_equal(found.values[kept], table.values[kept])
    assert np.isnan(found.values[4:6]).all()
    np.testing.assert_array_equal(gaps.on_grid(table).values, table.values)


def test_a_time_between_two_steps_has_no_place_on_the_grid():
    table = random_table(10)
    table.times[4] += np.timedelta64(60, "s")
    with pytest.raises(SeriesError, match="row 4 .* lies between two steps of 60 minutes"):
        gaps.on_grid(table)


def test_weather_is_one_year_with_three_broken_columns(real):
    table = real("weather")
    found = gaps.clean(table)
    assert [*found.counts.values()] == [1, 30, 50] and found.longest["OT"] == 34
    assert found.table.values.min() > -20 and (~found.observed).any(axis=1).sum() == 80
    grid = gaps.on_grid(table)
    assert len(grid) == 366 * 24 * 6 and np.isnan(grid.values[:, 0]).sum() == 9   # 2020 was a leap year


def test_infinity_is_a_gap_too():
    table = drifting()
    table.values[10, 0] = np.inf
    filled = gaps.clean(table)
    assert filled.table.values[10, 0] == table.values[9, 0] and not filled.observed[10, 0]
    assert np.isfinite(filled.table.values).all()


def test_a_grid_that_would_be_mostly_empty_is_of_another_step():
    table = dataclasses.replace(drifting(), minutes=15)
    with pytest.raises(SeriesError, match="rows every 15 minutes would leave .* empty; most steps take 60 minutes"):
        gaps.on_grid(table)

"""Checks of a table: each fault is found, named by column and first row, and a sound table passes."""
import dataclasses

import numpy as np
import pytest
from attngen.series import checks
from attngen.series.preprocessing_example import drifting, with_faults
from attngen.series.table import SeriesError, SeriesTable, load
from hypothesis import given
from hypothesis import strategies as st

TABLE = drifting(days=20)


def changed(row: int, column: int, value: float, table: SeriesTable = TABLE) -> SeriesTable:
    values = table.values.copy()
    values[row, column] = value
    return dataclasses.replace(table, values=values)


def only(found: list[checks.Problem], kind: str) -> checks.Problem:
    assert [problem.kind for problem in found] == [kind]
    return found[0]


def test_a_sound_table_has_no_problem_and_comes_back():
    assert checks.problems(TABLE, 96, 96, training=200, stuck=30) == []
    assert checks.require(TABLE, 96, 96) is TABLE


@given(st.integers(0, len(TABLE) - 1), st.integers(0, 2), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_what_is_no_number_is_named_with_its_column_and_first_row(row, column, value):
    problem = only(checks.problems(changed(row, column, value)), "missing")
    assert problem.row == row and TABLE.columns[column] in problem.message
    assert f"row {row} ({str(TABLE.times[row]).replace('T', ' ')})" in problem.message
    assert ("NaN" if np.isnan(value) else "infinite") in problem.message


@given(st.integers(0, len(TABLE) - 1), st.integers(0, 1), st.sampled_from(checks.SENTINELS))
def test_a_code_for_not_measured_is_named_with_its_column_and_first_row(row, column, code):
    problem = only(checks.problems(changed(row, column, code)), "sentinel")
    assert problem.row == row and f"{code:g}" in problem.message and TABLE.columns[column] in problem.message


def test_a_code_among_numbers_of_its_size_is_a_measurement():
    prices = TABLE.values * 1000
    prices[7, 0] = 9999.0
    assert checks.sentinels(dataclasses.replace(TABLE, values=prices)) == []


def test_the_code_counts_in_a_column_that_holds_nothing_else_than_one_value():
    values = np.array([[1.0], [1.0], [-9999.0], [1.0]])
    assert checks.sentinel_mask(values)[:, 0].tolist() == [False, False, True, False]
    assert not checks.sentinel_mask(np.full((3, 1), -9999.0)).any()   # nothing to compare with


def test_a_column_must_change_in_the_training_rows():
    values = TABLE.values.copy()
    values[:300, 1] = 0.1   # not 0 to the last bit after a mean is taken off
    table = dataclasses.replace(TABLE, values=values)
    assert "'heat' is 0.1" in only(checks.problems(table, training=300), "constant").message
    assert checks.problems(table, training=301) == []


def test_a_sensor_that_stands_still_is_found():
    values = TABLE.values.copy()
    values[100:150, 0] = 21.0
    problem = only(checks.problems(dataclasses.replace(TABLE, values=values), stuck=49), "stuck")
    assert problem.row == 100 and "for 50 rows on end" in problem.message
    assert checks.longest_run(np.array([1.0, 1, 2, 2, 2, 1])) == (3, 2)
    assert checks.longest_run(np.array([5.0])) == (1, 0)


def with_times(times: np.ndarray) -> SeriesTable:
    return dataclasses.replace(TABLE, times=times)


@pytest.mark.parametrize(("shift", "kind", "words"), [
    (-60, "order", "comes again"), (-61, "order", "backwards"), (1, "step", "61 minutes"), (-1, "step", "59 minutes"),
])  # fmt: skip
def test_faults_of_time_are_named_with_the_first_place(shift, kind, words):
    times = TABLE.times.copy()
    times[50:] += np.timedelta64(shift * 60, "s")
    problem = only(checks.problems(with_times(times)), kind)
    assert problem.row == 50 and words in problem.message and "expected 60" in problem.message


def test_a_wrong_frequency_is_found_at_the_first_step():
    problem = only(checks.problems(dataclasses.replace(TABLE, minutes=15)), "step")
    assert problem.row == 1 and f"in {len(TABLE) - 1} of {len(TABLE) - 1} steps" in problem.message


def test_a_series_shorter_than_a_window_is_refused():
    assert checks.too_short(TABLE, 400, 80) == []
    assert "480 rows are fewer" in only(checks.too_short(TABLE, 400, 81), "short").message


def test_all_problems_are_in_one_error():
    with pytest.raises(SeriesError) as error:
        checks.require(with_faults(drifting()), 96, 96)
    lines = str(error.value).splitlines()
    assert lines[0] == "made-up cannot be used as it is:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["missing", "sentinel", "constant", "step"]


def test_the_tables_of_the_benchmarks(real):
    for name in ("etth1", "exchange"):
        assert checks.problems(real(name), 96, 720) == []
    found = checks.problems(real("weather"), 96, 720)
    assert [(p.kind, p.row) for p in found] == [
        ("sentinel", 7245), ("sentinel", 17345), ("sentinel", 7244), ("order", 19044), ("step", 21514),
    ]  # fmt: skip
    assert "100 minutes after" in found[-1].message


def test_an_unknown_table_is_refused():
    with pytest.raises(SeriesError, match="known: etth1"):
        load("etth3")

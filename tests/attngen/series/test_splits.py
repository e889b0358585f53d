"""Borders as in the field's comparison tables, and a scale that only the training rows decide."""
import dataclasses

import numpy as np
import pytest
from attngen.series.preprocessing_example import random_table
from attngen.series.splits import PARTS, Scaler, borders, fit_scaler, rows_of_parts
from attngen.series.table import SeriesError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

FINITE = arrays.arrays(float, st.tuples(st.integers(2, 20), st.integers(1, 3)), elements=st.floats(-1e3, 1e3))


@pytest.mark.parametrize(("name", "length", "parts"), [
    ("etth1", 17_420, (8_640, 2_880, 2_880)), ("etth2", 17_420, (8_640, 2_880, 2_880)),
    ("ettm1", 69_680, (34_560, 11_520, 11_520)), ("ettm2", 69_680, (34_560, 11_520, 11_520)),
    ("exchange", 7_588, (5_311, 760, 1_517)), ("weather", 52_696, (36_887, 5_270, 10_539)),
])  # fmt: skip
def test_the_standard_parts(name, length, parts):
    assert rows_of_parts(name, length) == parts
    found = borders(name, length, 96)
    first, second = parts[0], parts[0] + parts[1]
    assert found == {"train": (0, first), "validation": (first - 96, second), "test": (second - 96, sum(parts))}


@given(st.integers(100, 10_000), st.integers(1, 60))
def test_targets_of_the_parts_follow_each_other(length, lookback):
    found = borders("any", length, lookback)
    targets = [(start + lookback if part != "train" else start, stop) for part, (start, stop) in found.items()]
    assert list(found) == list(PARTS) and targets[0][0] == 0 and targets[-1][1] == length
    assert all(one[1] == other[0] for one, other in zip(targets, targets[1:], strict=False))


@pytest.mark.parametrize(("name", "length", "lookback", "words"), [
    ("etth1", 14_399, 96, "needs 14400 rows"), ("any", 2, 1, "make parts of"), ("any", 100, 71, "lookback"),
    ("any", 100, 0, "must be positive"), ("any", 100, -3, "must be positive"),
])  # fmt: skip
def test_a_table_that_cannot_be_split_is_refused(name, length, lookback, words):
    with pytest.raises(SeriesError, match=words):
        borders(name, length, lookback)


@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.integers(20, 200))
def test_rows_after_training_never_change_the_scale(row, value, rows):
    table = random_table(rows)
    train = rows_of_parts(table.name, rows)[0]
    before = fit_scaler(table)
    changed = table.values.copy()
    changed[train + row % (rows - train)] = value
    after = fit_scaler(dataclasses.replace(table, values=changed))
    np.testing.assert_array_equal(before.mean, after.mean)
    np.testing.assert_array_equal(before.std, after.std)


def test_rows_of_training_do_change_the_scale():
    table = random_table(50)
    before = fit_scaler(table)
    table.values[34] += 1
    assert (fit_scaler(table).mean != before.mean).all()   # the last training row
    table = random_table(50)
    table.values[35] += 1
    assert (fit_scaler(table).mean == before.mean).all()   # the first of validation


def varied(values: np.ndarray) -> np.ndarray:
    """The values with every column made to change."""
    values[0] = values[1] + 1
    return values


@given(FINITE)
def test_scaling_is_undone(values):
    values = varied(values)
    scaler = Scaler.fit(values)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(values)), values, rtol=1e-9, atol=1e-9)


@given(FINITE)
def test_scaled_values_have_mean_zero_and_variance_one(values):
    scaled = Scaler.fit(varied(values)).transform(values)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3, 1e6 + 0.1])
def test_a_constant_column_has_no_scale(constant):
    values = random_table(1000).values
    values[:, 1] = constant   # the computed deviation of 0.1, 0.1, ... is not exactly 0
    with pytest.raises(SeriesError, match="constant in the training rows: b;"):
        Scaler.fit(values, ("a", "b"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_has_no_scale(bad):
    values = random_table(50).values
    values[3, 0] = bad
    with pytest.raises(SeriesError, match="not a number or infinite: column 0;"):
        Scaler.fit(values)


def test_a_published_table_in_training_units(real):
    table = real("etth1")
    scaled = fit_scaler(table).transform(table.values)[:8640]
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-9)

"""Correlations of variables and their agreement with a map, against NumPy and SciPy."""
import itertools

import numpy as np
import pytest
import torch
from attngen.series.table import SeriesError
from attngen.series.variable_correlation import agreement, correlation, correlations, rank_correlation, ranks
from attngen.series.windows import Windows
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats


def test_correlations_are_numpys():
    values = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    rows = Windows(values.cumsum(0), torch.zeros(40, 0), 6, 3)
    found = correlations(rows)
    np.testing.assert_allclose(found["level"], np.corrcoef(rows.values.double().numpy().T), atol=1e-6)
    np.testing.assert_allclose(found["change"], np.corrcoef(np.diff(rows.values.double().numpy(), axis=0).T), atol=1e-6)
    batch = rows.batch(torch.arange(len(rows)))
    for name in ("past", "future"):
        each = [np.corrcoef(window.double().numpy().T) for window in getattr(batch, name)]
        np.testing.assert_allclose(found[name], np.mean(each, axis=0), atol=1e-6)


def test_a_constant_column_goes_with_nothing():
    rows = torch.randn(9, 3)
    rows[:, 1] = 4
    found = correlation(rows)
    assert torch.isfinite(found).all() and (found[1] == 0).all()


NUMBERS = arrays.arrays(float, st.integers(3, 20), elements=st.integers(-5, 5))


@given(NUMBERS)
def test_ranks_are_scipys(values):
    np.testing.assert_allclose(ranks(values) + 1, stats.rankdata(values))


@given(st.integers(4, 20), st.integers(0, 10**6))
def test_the_rank_correlation_is_scipys(count, seed):
    one, other = np.random.default_rng(seed).integers(0, 9, (2, count)).astype(float)
    if np.ptp(one) and np.ptp(other):
        assert rank_correlation(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    assert np.isnan(rank_correlation(np.ones(count), other))


def test_the_chance_of_an_agreement_comes_from_all_renamings():
    rng = np.random.default_rng(1)
    attention, alike = torch.tensor(rng.random((4, 4))), torch.tensor(rng.uniform(-1, 1, (4, 4)))
    found, off = agreement(attention, alike), ~np.eye(4, dtype=bool)
    values = []
    for order in itertools.permutations(range(4)):
        renamed = attention.numpy()[np.ix_(order, order)]
        values.append(stats.spearmanr(renamed[off], np.abs(alike.numpy())[off]).statistic)
    assert found.value == pytest.approx(values[0])
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, (0.025, 0.975))))
    assert found.share == pytest.approx(np.mean(np.array(values) >= values[0] - 1e-9))


def test_perfect_agreement_is_one_and_rare_whatever_the_diagonal():
    for count in (6, 9):
        alike = torch.rand(count, count, generator=torch.Generator().manual_seed(0))
        found = agreement(alike.clone().fill_diagonal_(0.5) ** 2, -alike)
        assert found.value == pytest.approx(1) and found.share < 0.01 and found.low < 0 < found.high < 0.9


def test_tables_of_another_shape_are_refused():
    for one, other in (((3, 3), (4, 4)), ((2, 2), (2, 2)), ((3, 4), (3, 4))):
        with pytest.raises(SeriesError, match="square"):
            agreement(torch.rand(*one), torch.rand(*other))

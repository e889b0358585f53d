"""Differences in standard errors against scipy's own test."""
import pytest
from attngen.additive.differences import differences, needed
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind, ttest_ind_from_stats

numbers = st.floats(0.01, 10)


@settings(max_examples=30)
@given(numbers, numbers, numbers, numbers, st.integers(2, 9))
def test_it_is_students_t(mean, spread, other, other_spread, seeds):
    metrics = {"loss_dot": mean, "loss_dot_std": spread, "loss_new": other, "loss_new_std": other_spread, "seeds": seeds}
    [(difference, errors)] = differences(metrics, "loss", kinds=("new",)).values()
    expected = ttest_ind_from_stats(other, other_spread, seeds, mean, spread, seeds)
    assert difference == pytest.approx(other - mean) and errors == pytest.approx(expected.statistic)
    assert (abs(errors) > needed(seeds, 1)) == (expected.pvalue < 0.05)


def test_more_comparisons_need_more():
    assert needed(3, 1) == pytest.approx(2.776, abs=1e-3)
    assert needed(3, 3) > needed(3, 1) > needed(9, 1)
    assert abs(ttest_ind([1, 2, 3], [1, 2, 3]).statistic) < needed(3, 1)


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="at least two are needed"):
        differences({"seeds": 1}, kinds=("gated",))

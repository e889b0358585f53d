"""Comparing at equal budgets: lines between whole numbers of heads, and what a policy gains."""
import pytest
from attngen.heads.words.equal_budget import between, budget_metrics, known_budgets
from hypothesis import given
from hypothesis import strategies as st

LINE = {0: 0.0, 1: 0.25, 2: 0.75, 3: 1.0}


@given(heads=st.floats(0, 3))
def test_a_line_between_whole_numbers(heads):
    right = between(LINE.__getitem__, heads)
    low = min(int(heads), 2)
    assert LINE[low] - 1e-12 <= right <= LINE[low + 1] + 1e-12
    assert between(lambda size: 2.0 * size, heads) == pytest.approx(2 * heads)   # a straight line is met exactly


def test_whole_budgets_ask_for_no_larger_mask():
    assert [between(LINE.__getitem__, heads) for heads in (0, 2, 3)] == [0.0, 0.75, 1.0]
    with pytest.raises(ValueError, match="0 heads or more, not -1"):
        between(LINE.__getitem__, -1)


def test_a_gain_is_over_others_with_as_many_heads():
    frontier = [{"method": "greedy", "heads": size, "right": right} for size, right in LINE.items()]
    priced = [
        {"method": "known", "price": 0.2, "seed": seed, "heads": heads, "right": 0.8, "reward": 0.0}
        for seed, heads in ((0, 1.5), (1, 2.0))
    ] + [{"method": "all", "price": 0.2, "seed": "", "heads": 3, "right": 1.0}]
    rows = known_budgets(frontier, priced)
    assert [row["by_greedy"] for row in rows] == [0.5, 0.75]
    found = budget_metrics(rows, "known", "", "_1")
    assert found["equal_known_greedy_1"] == pytest.approx(0.625)
    assert found["gain_known_greedy_1"] == pytest.approx(0.175)
    assert found["gain_known_greedy_1_std"] == pytest.approx(0.125 * 2**0.5)

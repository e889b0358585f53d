"""Rank correlations and their intervals."""
import numpy as np
import pytest
import torch
from attngen.heads.rank_intervals import correlations, rank_interval
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

rows = st.lists(st.integers(0, 6), min_size=5, max_size=5)


@given(rows, rows)
def test_correlations_are_scipys(one, other):
    found = correlations(np.array([one, one]), np.array([other, one]))
    wanted = spearmanr(one, other).statistic if len(set(one)) > 1 and len(set(other)) > 1 else 0
    assert found[0] == pytest.approx(wanted)
    assert found[1] == pytest.approx(1 if len(set(one)) > 1 else 0)


def test_an_interval_narrows_with_examples():
    generator = torch.Generator().manual_seed(0)
    worth = torch.arange(20.0)[:, None]
    widths = []
    for count in (20, 2000):
        noisy = [worth + 20 * torch.randn(20, count, generator=generator) for _ in range(2)]
        found = rank_interval(*noisy, draws=300)
        assert -1 <= found.low <= found.high <= 1
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 3 and found.low > 0.95


def test_both_measures_see_the_same_draws():
    measure = torch.randn(6, 50, generator=torch.Generator().manual_seed(0))
    found = rank_interval(measure, measure.exp() * 0 + measure, draws=50)
    assert found.low == found.high == pytest.approx(1)
    fixed = rank_interval(measure, torch.arange(6.0)[:, None], draws=50)
    assert fixed.low < fixed.high


def test_measures_of_different_heads_or_examples_are_refused():
    with pytest.raises(ValueError, match="the same heads: 3 and 4"):
        rank_interval(torch.zeros(3, 5), torch.zeros(4, 5))
    with pytest.raises(ValueError, match="the same examples: 5 and 6"):
        rank_interval(torch.zeros(3, 5), torch.zeros(3, 6))

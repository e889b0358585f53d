"""Ways to choose heads, on games small enough to know everything about."""
from itertools import permutations

import pytest
import torch
from attngen.heads import choose
from attngen.heads.policy import all_masks, number_of
from hypothesis import given, settings
from hypothesis import strategies as st

games = st.integers(1, 5).flatmap(
    lambda heads: st.lists(st.integers(0, 50), min_size=2**heads, max_size=2**heads)
).map(lambda values: torch.tensor(values, dtype=torch.float32))


@given(games)
def test_the_best_of_every_size_is_the_best(values):
    heads = choose.heads_of(values)
    found = choose.exhaustive(values)
    assert found.sum(1).tolist() == list(range(heads + 1))
    masks = all_masks(heads)
    for size, mask in enumerate(found):
        assert values[number_of(mask)] == values[masks.sum(1) == size].max()


@given(games)
def test_no_other_way_is_better_and_all_have_the_right_size(values):
    heads = choose.heads_of(values)
    best = values[number_of(choose.exhaustive(values))]
    for way in (choose.greedy, choose.one_shot):
        masks = way(values)
        assert masks.sum(1).tolist() == list(range(heads + 1))
        assert (masks[1:] >= masks[:-1]).all()   # one head more each time
        assert (values[number_of(masks)] <= best).all()
    # with one head missing, greedy has looked at all there is
    assert values[number_of(choose.greedy(values)[heads - 1])] == best[heads - 1]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_where_heads_do_not_depend_on_each_other_all_ways_agree(worth):
    worth = torch.tensor(worth, dtype=torch.float32)
    values = all_masks(len(worth)) @ worth
    best = values[number_of(choose.exhaustive(values))]
    for way in (choose.greedy, choose.one_shot):
        assert torch.equal(values[number_of(way(values))], best)
    assert torch.allclose(choose.shapley(values), worth, atol=1e-4)


@settings(max_examples=30)
@given(games)
def test_shapley_values_are_means_over_orders(values):
    """The oracle: every order of adding the heads."""
    heads = choose.heads_of(values)
    shares, orders = torch.zeros(heads), list(permutations(range(heads)))
    for order in orders:
        mask, before = torch.zeros(heads), values[0]
        for head in order:
            mask[head] = 1
            after = values[number_of(mask)]
            shares[head] += (after - before) / len(orders)
            before = after
    assert torch.allclose(choose.shapley(values), shares, atol=1e-3)
    assert choose.shapley(values).sum().item() == pytest.approx((values[-1] - values[0]).item(), abs=1e-3)


def test_two_heads_that_stand_in_for_each_other_share_the_credit():
    masks = all_masks(3)
    values = torch.maximum(masks[:, 0], masks[:, 1]) * 10 + masks[:, 2]
    assert choose.shapley(values).tolist() == pytest.approx([5, 5, 1])
    # left out alone, neither costs anything: one-shot drops both
    assert choose.one_shot(values)[1].tolist() == [0, 0, 1]
    assert choose.greedy(values)[1].sum() == 1 and choose.greedy(values)[1][2] == 0


@pytest.mark.parametrize("shape", [(3,), (1,), (4, 2)])
def test_values_of_no_set_of_masks_are_refused(shape):
    with pytest.raises(ValueError, match=r"a value for each mask of some heads is \(2\^heads,\), not"):
        choose.heads_of(torch.zeros(shape))

"""Orders in which heads are dropped, on scores whose best order is known."""
import numpy as np
import pytest
import torch
from attngen.heads import orders
from attngen.heads.importance import without_each
from attngen.heads.intervals import mean_interval, resampled_means
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

LAYERS, HEADS = 2, 3
ALL = {(layer, head) for layer in range(LAYERS) for head in range(HEADS)}
measures = st.lists(st.integers(0, 20), min_size=6, max_size=6).map(
    lambda numbers: torch.tensor(numbers, dtype=torch.float32).view(LAYERS, HEADS)
)


@given(measures)
def test_one_shot_goes_from_the_least_important(importance):
    order = orders.one_shot(importance)
    assert set(order) == ALL and len(order) == len(ALL)
    values = [importance[place].item() for place in order]
    assert values == sorted(values)


@given(measures)
def test_greedy_is_one_shot_where_heads_do_not_depend_on_each_other(worth):
    order = orders.greedy(lambda gates: worth, LAYERS, HEADS)
    assert order == orders.one_shot(worth)


def test_greedy_sees_that_one_of_two_alike_heads_is_needed():
    """Heads 0 and 1 of layer 0 do the same: either is enough.  One measurement takes both for idle."""

    def score(gates):
        either = torch.maximum(gates[0, 0], gates[0, 1])
        return (10 * either + gates[0, 2] + gates[1] @ torch.tensor([2.0, 3, 4])).view(1)

    def costs(gates):
        return score(gates)[0] - without_each(lambda one_off: score(gates * one_off), LAYERS, HEADS)[..., 0]

    greedy = orders.greedy(costs, LAYERS, HEADS)
    once = orders.one_shot(costs(torch.ones(LAYERS, HEADS)))
    assert once[:2] == [(0, 0), (0, 1)]
    assert greedy == [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2), (0, 1)]
    kept = [orders.curve(score, order, LAYERS, HEADS).flatten().tolist() for order in (greedy, once)]
    assert all(g >= o for g, o in zip(*kept, strict=True)) and kept[0][2] > kept[1][2] + 5


def test_greedy_stops_where_it_is_told():
    worth = torch.arange(6.0).view(LAYERS, HEADS)
    assert orders.greedy(lambda gates: worth, LAYERS, HEADS, stop=4) == [(0, 0), (0, 1)]


def test_chance_and_layers():
    found = orders.random_orders(LAYERS, HEADS, 5, seed=3)
    assert all(set(order) == ALL for order in found) and len({tuple(order) for order in found}) > 1
    again, other = (orders.random_orders(LAYERS, HEADS, 5, seed) for seed in (3, 4))
    assert found == again != other
    up, down = orders.layer_by_layer(2, 3), orders.layer_by_layer(2, 3, from_top=True)
    assert up == sorted(ALL) and down == up[3:] + up[:3]


@given(st.permutations(sorted(ALL)), st.integers(0, 6))
def test_what_is_left_after_some_are_gone(order, gone):
    gates = orders.after(order, gone, LAYERS, HEADS)
    assert gates.sum() == 6 - gone
    assert {place for place in ALL if gates[place] == 0} == set(order[:gone])


def test_an_order_cannot_drop_more_than_it_has():
    with pytest.raises(ValueError, match="drops 0 to 2 heads, not 3"):
        orders.after([(0, 0), (0, 1)], 3, LAYERS, HEADS)


def test_a_curve_is_the_score_after_each():
    order = orders.layer_by_layer(LAYERS, HEADS)

    def left(gates):
        return gates.sum().view(1)

    assert orders.curve(left, order, LAYERS, HEADS).flatten().tolist() == [6, 5, 4, 3, 2, 1, 0]
    assert orders.curve(left, order, LAYERS, HEADS, at=[0, 4]).flatten().tolist() == [6, 2]


@pytest.mark.parametrize(
    ("means", "tolerance", "most"),
    [([0.9, 0.9, 0.89, 0.5], 0.02, 4), ([0.9, 0.8, 0.9, 0.9], 0.02, 0), ([0.9, 0.91, 0.9, 0.95], 0, 6)],
)
def test_how_many_heads_can_go(means, tolerance, most):
    assert orders.dispensable(means, [0, 2, 4, 6], tolerance) == most


def test_an_interval_is_that_of_the_normal_distribution_for_many_examples():
    noise = torch.randn(3, 2000, generator=torch.Generator().manual_seed(0))
    differences = noise + torch.tensor([[0.0], [0.1], [1.0]])
    found = mean_interval(differences, draws=2000)
    error = 1.96 * differences.std(1).numpy() / np.sqrt(2000)
    assert np.allclose(found.mean, differences.mean(1), atol=1e-6)
    assert np.allclose(found.low, found.mean - error, atol=0.006)
    assert np.allclose(found.high, found.mean + error, atol=0.006)
    assert found.excludes_zero.tolist() == [False, True, True]


@settings(max_examples=15)
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=2, max_size=30), st.integers(0, 5))
def test_an_interval_holds_the_mean_and_follows_the_seed(numbers, seed):
    differences = torch.tensor([numbers, numbers])
    found = mean_interval(differences, draws=99, seed=seed)
    assert (found.low <= found.mean + 1e-12).all() and (found.mean <= found.high + 1e-12).all()
    # the same examples are drawn for all
    assert found.low[0] == found.low[1] and found.high[0] == found.high[1]
    again = mean_interval(differences, draws=99, seed=seed)
    assert (again.low == found.low).all() and (again.high == found.high).all()


def test_draws_with_replacement_are_scipys():
    """The oracle: scipy's bootstrap of the same numbers, up to chance."""
    numbers = torch.rand(2, 60, generator=torch.Generator().manual_seed(0)) ** 3
    ours = mean_interval(numbers, level=0.9, draws=8000)
    theirs = bootstrap(
        (numbers.numpy(),), np.mean, axis=-1, n_resamples=8000, confidence_level=0.9, method="percentile",
        batch=500, rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    width = ours.high - ours.low
    assert np.allclose(ours.low, theirs.low, atol=0.05 * width.min())
    assert np.allclose(ours.high, theirs.high, atol=0.05 * width.min())
    means = resampled_means(np.array([[1.0, 2, 4]]), 5000)
    assert {round(3 * mean) for mean in means[:, 0]} == {3, 4, 5, 6, 7, 8, 9, 10, 12}   # sums of 3 of 1, 2, 4


def test_intervals_that_hold_together_are_wider():
    """20 means that are 0: of the single intervals some miss it, of the joint ones none nearly always."""
    noise = torch.randn(30, 20, 200, generator=torch.Generator().manual_seed(0))
    single = [mean_interval(one, draws=500).excludes_zero.any() for one in noise]
    joint = [mean_interval(one, draws=500, together=True).excludes_zero.any() for one in noise]
    assert sum(single) > 10 and sum(joint) <= 5   # expected: 19 and 1.5 of 30
    same = torch.zeros(3, 10)
    flat = mean_interval(same, draws=50, together=True)
    assert not flat.low.any() and not flat.high.any()
    with pytest.raises(ValueError, match="at least two examples, not 1"):
        mean_interval(torch.ones(3, 1))

"""Policies over masks: probabilities that add up, and a policy gradient that is exact."""
import pytest
import torch
from attngen.heads.policy import HeadPolicy, all_masks, entropy, expected, log_probability, number_of, toss
from hypothesis import given
from hypothesis import strategies as st

logits = st.lists(st.floats(-4, 4), min_size=1, max_size=6).map(lambda row: torch.tensor(row, dtype=torch.double))


@given(st.integers(1, 9))
def test_every_mask_is_listed_once_and_found_again(heads):
    masks = all_masks(heads)
    assert masks.shape == (2**heads, heads) and len({tuple(row) for row in masks.tolist()}) == 2**heads
    assert number_of(masks).tolist() == list(range(2**heads))
    assert not masks[0].any() and masks[-1].all()


@given(logits)
def test_probabilities_of_all_masks_add_up_to_one(row):
    masks = all_masks(len(row)).double()
    probabilities = log_probability(row, masks).exp()
    assert probabilities.sum().item() == pytest.approx(1)
    # each head's marginal is its own coin's
    assert torch.allclose(probabilities @ masks, row.sigmoid())
    assert entropy(row).item() == pytest.approx(-(probabilities @ probabilities.log()).item())


@given(logits, st.integers(0, 99))
def test_the_exact_gradient_is_the_slope_of_the_mean(row, seed):
    """The oracle: central differences."""
    values = torch.rand(2 ** len(row), dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    free = row.clone().requires_grad_()
    [slope] = torch.autograd.grad(expected(free, values), free)
    step = 1e-5
    for head in range(len(row)):
        change = step * torch.eye(len(row), dtype=torch.double)[head]
        sides = expected(row + change, values) - expected(row - change, values)
        assert slope[head].item() == pytest.approx(sides.item() / (2 * step), abs=1e-8)


def test_an_additive_reward_has_the_mean_of_its_coins():
    worth = torch.tensor([1.0, 2, 4])
    coins = torch.tensor([0.0, 2.0, -1.0])
    assert expected(coins, all_masks(3) @ worth).item() == pytest.approx((coins.sigmoid() @ worth).item())


def test_tosses_come_as_often_as_they_should():
    rows = torch.tensor([-1.0, 0.0, 3.0]).expand(20_000, -1)
    mean = toss(rows, torch.Generator().manual_seed(0)).mean(0)
    assert torch.allclose(mean, rows[0].sigmoid(), atol=0.02)


def test_a_policy_that_knows_nothing_treats_all_alike_and_so_does_a_fresh_one_that_knows():
    blind, seeing = HeadPolicy(5), HeadPolicy(5, features=3)
    assert torch.equal(blind(torch.empty(4, 0)), torch.full((4, 5), 2.0))
    state = torch.randn(4, 3)
    assert torch.equal(seeing(state), torch.full((4, 5), 2.0))
    with torch.no_grad():
        seeing.network[-1].weight.normal_()
    assert not torch.allclose(seeing(state)[0], seeing(state)[1])
    with pytest.raises(ValueError, match="the policy knows 3 features, not 2"):
        seeing(torch.randn(4, 2))


@pytest.mark.parametrize("heads", [0, 21])
def test_too_many_masks_are_refused(heads):
    with pytest.raises(ValueError, match=f"the masks of 1 to 20 heads can be listed, not of {heads}"):
        all_masks(heads)

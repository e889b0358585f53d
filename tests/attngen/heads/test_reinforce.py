"""REINFORCE against the exact policy gradient, with no chance left in it: all draws are listed."""
from itertools import product

import pytest
import torch
from attngen.heads.policy import HeadPolicy, all_masks, expected, log_probability, number_of
from attngen.heads.reinforce import BASELINES, Learning, advantages, gradient_samples, learn, surrogate
from hypothesis import given, settings
from hypothesis import strategies as st

two_logits = st.lists(st.floats(-2, 2), min_size=2, max_size=2).map(lambda r: torch.tensor(r, dtype=torch.double))


@settings(max_examples=4)
@pytest.mark.parametrize("baseline", BASELINES)
@given(logits=two_logits, seed=st.integers(0, 99), price=st.floats(0, 1))
def test_its_expectation_is_the_exact_gradient(baseline, logits, seed, price):
    """Two masks for each of two inputs: all 4^4 draws, each with its probability."""
    masks = all_masks(2).double()
    table = torch.rand(4, 2, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    free = logits.clone().requires_grad_()
    reward = table.mean(1) - price * masks.mean(1)
    [exact] = torch.autograd.grad(expected(free, reward), free)
    rows, mean, total = free.expand(2, -1), 0.0, 0.0
    for numbers in product(range(4), repeat=4):
        drawn = masks[torch.tensor(numbers)].view(2, 2, 2)   # (K, B, heads)
        quality = table[number_of(drawn), torch.arange(2)]
        probability = log_probability(logits, drawn).sum().exp().item()
        mean = mean + probability * surrogate(rows, drawn, quality, price, baseline)
        total += probability
    assert total == pytest.approx(1)
    assert torch.allclose(torch.autograd.grad(mean, free)[0], exact, atol=1e-9)


def test_advantages_by_hand():
    rewards = torch.tensor([[1.0, 0.0], [0.0, 4.0]])
    assert torch.equal(advantages(rewards, "none"), rewards)
    assert torch.equal(advantages(rewards, "input"), torch.tensor([[1.0, -4.0], [-1.0, 4.0]]))
    expected_ = rewards - (5 - rewards) / 3
    assert torch.allclose(advantages(rewards, "batch"), expected_)


@given(st.integers(2, 4), st.integers(2, 4), st.floats(-5, 5), st.integers(0, 99))
def test_a_constant_on_all_rewards_changes_nothing_but_without_a_baseline(masks, inputs, constant, seed):
    rewards = torch.rand(masks, inputs, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    for baseline in ("batch", "input"):
        assert torch.allclose(advantages(rewards, baseline), advantages(rewards + constant, baseline))
        assert advantages(rewards, baseline).sum().item() == pytest.approx(0, abs=1e-9)


def test_baselines_take_noise_away():
    """Rewards near one: without a baseline nearly all of the estimate is noise."""
    generator = torch.Generator().manual_seed(0)
    right = 0.9 + 0.1 * torch.rand(2**4, 30, generator=generator)

    def quality(masks, inputs):
        return right[number_of(masks), inputs]

    spread = {}
    for baseline in BASELINES:
        learning = Learning(inputs=8, masks=2, baseline=baseline)
        samples = gradient_samples(torch.zeros(4), quality, 300, learning, 30)
        assert samples.shape == (300, 4)
        spread[baseline] = samples.var(0).sum().item()
    assert spread["none"] > 20 * spread["batch"]


def test_a_policy_learns_which_heads_pay():
    """Heads 0 and 1 do the same, either is enough; head 2 is idle; head 3 is always needed."""

    def quality(masks, inputs):
        return torch.maximum(masks[..., 0], masks[..., 1]) * masks[..., 3]

    policy = HeadPolicy(4)
    learning = Learning(price=0.8, steps=500, inputs=16)
    rows = learn(policy, torch.empty(30, 0), quality, learning, seed=1)
    kept = (policy.bias > 0).tolist()
    assert kept[3] and not kept[2] and kept[0] != kept[1]
    assert rows[-1]["reward"] > rows[0]["reward"] and rows[-1]["reward"] == pytest.approx(1 - 0.8 / 2, abs=0.03)
    assert learning.evaluations == 500 * 16 * 2 and len(rows) == 500


def test_a_policy_that_knows_the_input_chooses_for_each():
    """Half of the inputs need head 0, half need head 1: no mask of one head is right for all."""
    state = torch.eye(2).repeat(20, 1)

    def quality(masks, inputs):
        return (masks * state[inputs]).sum(-1)

    torch.manual_seed(0)
    policy = HeadPolicy(2, features=2)
    learn(policy, state, quality, Learning(price=0.5, steps=300, inputs=16, lr=0.03))
    assert ((policy(torch.eye(2)) > 0) == torch.eye(2).bool()).all()


def test_what_cannot_be_done_says_why():
    with pytest.raises(ValueError, match="the baseline is none, batch, input, not 'critic'"):
        advantages(torch.ones(2, 2), "critic")
    for rewards, baseline in ((torch.ones(1, 3), "input"), (torch.ones(1, 1), "batch")):
        with pytest.raises(ValueError, match=f"'{baseline}' needs another reward"):
            advantages(rewards, baseline)

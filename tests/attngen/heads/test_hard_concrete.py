"""Hard-concrete gates: their probabilities against chance, and their derivatives."""
import math

import pytest
import torch
from attngen.heads import hard_concrete as hc
from hypothesis import given, settings
from hypothesis import strategies as st

log_alphas = st.floats(-6, 6)


@settings(max_examples=15)
@given(log_alphas, st.integers(0, 5))
def test_probabilities_are_those_of_chance(log_alpha, seed):
    """The oracle: so many gates drawn."""
    uniform = torch.rand(40_000, generator=torch.Generator().manual_seed(seed), dtype=torch.double)
    gates = hc.hard_concrete(torch.tensor(log_alpha, dtype=torch.double), uniform)
    value = torch.tensor(log_alpha, dtype=torch.double)
    assert (gates != 0).double().mean().item() == pytest.approx(hc.open_probability(value).item(), abs=0.012)
    for z in (0, 0.1, 0.5, 0.9, 1):
        assert (gates <= z).double().mean().item() == pytest.approx(hc.below(value, z).item(), abs=0.012)


@given(log_alphas, st.floats(1e-6, 1 - 1e-6))
def test_a_gate_lies_between_zero_and_one_and_knows_its_quantile(log_alpha, uniform):
    value, drawn = torch.tensor([log_alpha, uniform], dtype=torch.double)
    gate = hc.hard_concrete(value, drawn).item()
    assert 0 <= gate <= 1
    if 0 < gate < 1:   # there the distribution function undoes the drawing
        assert hc.below(value, gate).item() == pytest.approx(uniform, abs=1e-6)


@given(log_alphas, log_alphas)
def test_a_larger_log_alpha_is_more_open(one, other):
    low, high = torch.tensor(sorted((one, other)))
    assert hc.open_probability(low) <= hc.open_probability(high)
    assert hc.typical(low) <= hc.typical(high)
    assert hc.below(low, 0.5) >= hc.below(high, 0.5)


def test_the_two_numbers_that_the_class_promises():
    start = hc.LearnedGates(1, 1).log_alpha.detach()
    assert hc.open_probability(start).item() == pytest.approx(0.97, abs=0.005)
    assert 1 - hc.below(start, 1 - 1e-9).item() == pytest.approx(0.60, abs=0.005)
    # P(z = 1), by hand: 1 - sigmoid(beta log((1 - gamma) / (zeta - 1)) - log_alpha)
    wanted = 1 - 1 / (1 + math.exp(2 - 2 / 3 * math.log(1.1 / 0.1)))
    assert 1 - hc.below(start, 1 - 1e-12).item() == pytest.approx(wanted, abs=1e-4)


def test_gates_that_are_neither_open_nor_shut_have_a_slope():
    gates = hc.LearnedGates(4, 250, start=0.0)
    drawn = gates.sample(torch.Generator().manual_seed(0))
    drawn.sum().backward()
    between = (drawn > 0) & (drawn < 1)
    assert between.any() and (drawn == 0).any() and (drawn == 1).any()
    assert (gates.log_alpha.grad[between] > 0).all() and not gates.log_alpha.grad[~between].any()
    gates.zero_grad()
    gates.expected_open().backward()
    assert (gates.log_alpha.grad > 0).all()
    assert gates.expected_open().item() == pytest.approx((drawn != 0).sum().item(), abs=40)


def test_what_is_kept_and_what_is_refused():
    gates = hc.LearnedGates(1, 3)
    with torch.no_grad():
        gates.log_alpha.copy_(torch.tensor([[-3.0, 0.1, 3.0]]))
    assert gates.keep().tolist() == [[False, True, True]]
    for z in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="a gate lies between 0 and 1, not at"):
            hc.below(torch.zeros(1), z)

"""Measures of a head's importance, on models and on scores whose answer is known."""
import pytest
import torch
from attngen.heads.agreement import agreement
from attngen.heads.gates import HeadGates
from attngen.heads.importance import (
    gate_gradients,
    gradient_importance,
    only_each,
    scored,
    without_each,
    without_layers,
)
from hypothesis import given
from hypothesis import strategies as st

from .conftest import KINDS

WEIGHTS = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])   # what each head of an additive model is worth


def additive(gates):
    """A score in which heads do not depend on each other: the sum of the open ones, for two examples."""
    total = (gates * WEIGHTS).sum()
    return torch.stack([total, 2 * total])


def test_leave_one_out_and_keep_one_on_a_sum():
    whole = WEIGHTS.sum()
    left = without_each(additive, 2, 3)
    assert torch.equal(left[..., 0], whole - WEIGHTS) and torch.equal(left[..., 1], 2 * (whole - WEIGHTS))
    alone = only_each(additive, 2, 3)
    others = WEIGHTS.sum(1).flip(0)[:, None]   # of the other layer
    assert torch.equal(alone[..., 0], WEIGHTS + others)
    assert torch.equal(without_layers(additive, 2, 3)[:, 0], others[:, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_of_a_model_is_that_of_its_open_gates(models, kind):
    model, outputs = models[kind]
    gates = HeadGates.of(model)
    score = scored(gates, lambda: outputs(model).flatten(1).sum(1))
    found = without_each(score, *gates.shape)
    for layer, head in ((0, 0), (1, 2), (2, 3)):
        gates.values = torch.ones(gates.shape)
        gates.values[layer, head] = 0
        with gates, torch.no_grad():
            assert torch.equal(found[layer, head], outputs(model).flatten(1).sum(1))
    assert not found.requires_grad
    assert not torch.allclose(found[0, 0], found[0, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_a_gate_is_the_slope_of_each_examples_loss(models, kind):
    """The oracle: central differences, one gate at a time."""
    model, outputs = models[kind]
    gates = HeadGates.of(model)

    def losses(_=None):
        return outputs(model).flatten(1).square().mean(1)

    found = gate_gradients(gates, losses, [(5, None), (5, None)])
    assert found.shape == (10, *gates.shape) and torch.equal(found[:5], found[5:])
    assert torch.equal(gates.values, torch.ones(gates.shape))
    step = 1e-5
    for layer, head in ((0, 1), (gates.shape[0] - 1, 3)):
        sides = []
        for sign in (1, -1):
            gates.values = torch.ones(gates.shape, dtype=torch.float64)
            gates.values[layer, head] += sign * step
            with gates, torch.no_grad():
                sides.append(losses())
        slope = (sides[0] - sides[1]) / (2 * step)
        assert torch.allclose(found[:5, layer, head].double(), slope, rtol=1e-4, atol=1e-6)


def test_the_expected_size_of_a_gradient():
    gradients = torch.tensor([[[3.0, -1.0]], [[-5.0, 1.0]]])
    assert torch.equal(gradient_importance(gradients), torch.tensor([[4.0, 1.0]]))
    assert gradient_importance(gradients, by_layer=True).norm(dim=1).item() == pytest.approx(1)


def test_measures_that_agree_and_that_do_not():
    ranks = torch.arange(12.0).view(3, 4)
    assert agreement(ranks, ranks.exp(), 3) == agreement(ranks, ranks, 3)
    same, opposite = agreement(ranks, ranks, 3), agreement(ranks, -ranks, 3)
    assert (same.rank, same.shared, same.chance) == (pytest.approx(1), 1, 0.25)
    assert (opposite.rank, opposite.shared) == (pytest.approx(-1), 0)
    assert agreement(ranks, torch.zeros(3, 4), 12).rank == 0
    with pytest.raises(ValueError, match=r"same heads: \(3, 4\) and \(4, 3\)"):
        agreement(ranks, ranks.T, 3)
    with pytest.raises(ValueError, match="1 to 12 heads, not 13"):
        agreement(ranks, ranks, 13)


@given(st.permutations(range(8)), st.permutations(range(8)), st.integers(1, 8))
def test_agreement_does_not_depend_on_which_comes_first(one, other, top):
    one, other = (torch.tensor(numbers, dtype=torch.float32).view(2, 4) for numbers in (one, other))
    found, back = agreement(one, other, top), agreement(other, one, top)
    assert found.rank == pytest.approx(back.rank) and found.shared == back.shared
    assert -1 - 1e-9 <= found.rank <= 1 + 1e-9 and 0 <= found.shared <= 1

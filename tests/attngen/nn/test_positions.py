"""Sinusoidal positions: the paper's formula, and the shift that makes them useful."""
import math

import pytest
import torch
from attngen.nn import sinusoidal_positions
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=20, deadline=None)


@few
@given(st.integers(1, 40), st.integers(1, 8))
def test_the_formula_number_by_number(length, pairs):
    dim = 2 * pairs
    table = sinusoidal_positions(length, dim)
    assert table.shape == (length, dim)
    for t in range(length):
        for i in range(pairs):
            angle = t / 10_000 ** (2 * i / dim)
            assert table[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


@few
@given(st.integers(0, 10), st.integers(1, 6))
def test_a_shift_is_one_linear_map_for_all_positions(shift, pairs):
    dim, length = 2 * pairs, 30
    table = sinusoidal_positions(length + shift, dim).double()
    turns = []
    for i in range(pairs):
        angle = shift / 10_000 ** (2 * i / dim)
        turns.append(torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]))
    turn = torch.block_diag(*turns).double()
    torch.testing.assert_close(table[shift:], table[:length] @ turn.T, atol=2e-5, rtol=0)


@few
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 9))
def test_how_alike_two_positions_are_depends_on_their_distance_alone(a, b, distance):
    table = sinusoidal_positions(30, 16)
    assert torch.dot(table[a], table[a + distance]).item() == pytest.approx(
        torch.dot(table[b], table[b + distance]).item(), abs=1e-4
    )


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="even .* not 7"):
        sinusoidal_positions(4, 7)

"""Rotary positions: complex numbers as the oracle, lengths kept, and only differences count."""
import pytest
import torch
from attngen.nn import rotary_angles, rotate
from hypothesis import given
from hypothesis import strategies as st

widths = st.integers(1, 8).map(lambda half: 2 * half)
seeds = st.integers(0, 2**31)


def vectors(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


@given(seeds, st.lists(st.integers(1, 3), max_size=2), st.integers(1, 9), widths)
def test_to_turn_is_to_multiply_by_a_complex_number(seed, batch, length, width):
    x, angles = vectors(seed, *batch, length, width), rotary_angles(length, width).double()
    numbers = torch.complex(x[..., : width // 2], x[..., width // 2 :]) * torch.polar(torch.ones_like(angles), angles)
    torch.testing.assert_close(rotate(x, angles), torch.cat([numbers.real, numbers.imag], dim=-1))


@given(seeds, st.integers(1, 9), widths)
def test_lengths_are_kept_and_the_first_position_does_not_turn(seed, length, width):
    x = vectors(seed, 2, length, width)
    turned = rotate(x, rotary_angles(length, width).double())
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(turned[:, 0], x[:, 0])


@given(seeds, widths, st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_a_score_depends_on_the_distance_only(seed, width, query_place, key_place, shift):
    query, key = vectors(seed, 2, 1, width)
    angles = rotary_angles(1001, width).double()

    def score(s: int, t: int) -> torch.Tensor:
        return rotate(query, angles[s : s + 1]) @ rotate(key, angles[t : t + 1]).T

    torch.testing.assert_close(
        score(query_place + shift, key_place + shift), score(query_place, key_place), atol=1e-3, rtol=1e-3
    )   # the angles are in single precision


@given(seeds, st.integers(2, 8).map(lambda half: 2 * half))
def test_another_distance_gives_another_score(seed, width):
    query, key = vectors(seed, 2, 1, width)
    turned = rotate(key.expand(50, width), rotary_angles(50, width).double())
    assert len({round(score, 9) for score in (query @ turned.T)[0].tolist()}) > 40


def test_the_first_pair_turns_by_one_radian_a_step_and_each_later_one_slower():
    angles = rotary_angles(100, 16)
    assert angles.shape == (100, 8)
    torch.testing.assert_close(angles[:, 0], torch.arange(100.0))
    assert (angles[1].diff() < 0).all() and angles[1, -1] > 1 / 10_000
    torch.testing.assert_close(angles[1:] / angles[1], torch.arange(1.0, 100)[:, None].expand(99, 8))


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="must be even .* not 5"):
        rotary_angles(4, 5)

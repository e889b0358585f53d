"""Linformer: full attention as a special case, its equation by einsum, what it mixes; and the Fourier layer."""
import math

import pytest
import torch
from attngen.cost.fourier import BUTTERFLY, fft_operations, mix_positions
from attngen.cost.linformer import LinformerAttention
from attngen.nn import MultiHeadAttention
from hypothesis import given
from hypothesis import strategies as st


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def layer(heads, length, rank) -> LinformerAttention:
    torch.manual_seed(0)
    return LinformerAttention(heads * 3, heads, length, rank).double()


sizes = st.integers(1, 9).flatmap(lambda length: st.tuples(st.just(length), st.integers(1, length)))


@given(st.sampled_from([1, 2, 4]), st.integers(1, 9))
@torch.no_grad()
def test_with_as_many_mixtures_as_positions_it_can_be_full_attention(heads, length):
    ours, theirs = layer(heads, length, length), MultiHeadAttention(heads * 3, heads).double()
    for mixing in (ours.mix_keys, ours.mix_values):
        mixing.weight.copy_(torch.eye(length))
    theirs.load_state_dict({k: v for k, v in ours.state_dict().items() if not k.startswith("mix")})
    x = random(2, length, heads * 3)
    torch.testing.assert_close(ours(x), theirs(x)[0])


@given(st.sampled_from([1, 2, 4]), sizes)
@torch.no_grad()
def test_it_is_the_papers_equation(heads, shape):
    length, rank = shape
    ours = layer(heads, length, rank)
    q, k, v = (random(2, heads, length, 3, seed=seed) for seed in range(3))
    short_keys = torch.einsum("rn,bhne->bhre", ours.mix_keys.weight, k)
    short_values = torch.einsum("rn,bhne->bhre", ours.mix_values.weight, v)
    weights = (torch.einsum("bhne,bhre->bhnr", q, short_keys) / math.sqrt(3)).softmax(-1)
    torch.testing.assert_close(ours.core(q, k, v), weights @ short_values)


@given(sizes.filter(lambda shape: shape[0] > 1))
def test_every_output_depends_on_every_position_so_there_is_no_causal_form(shape):
    model, x = layer(2, *shape), random(1, shape[0], 6).requires_grad_()
    out = model(x)
    [slope] = torch.autograd.grad(out[:, 0].square().sum(), x)
    assert (slope.abs().sum((0, 2)) > 0).all()


def test_the_cost_in_parameters():
    extra = sum(p.numel() for p in layer(2, 9, 4).parameters()) - sum(p.numel() for p in MultiHeadAttention(6, 2).parameters())
    assert extra == 2 * 4 * 9


@pytest.mark.parametrize("rank", [0, 10])
def test_a_rank_outside_the_length_is_refused(rank):
    with pytest.raises(ValueError, match=f"rank={rank}, length=9"):
        LinformerAttention(6, 2, 9, rank)


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="made for 9 positions, not 8"):
        layer(2, 9, 4)(random(1, 8, 6))


@given(st.integers(1, 3), st.integers(1, 12), st.integers(1, 4))
def test_the_fourier_layer_is_the_matrix_of_cosines(batch, length, dim):
    x = random(batch, length, dim)
    places = torch.arange(length, dtype=torch.double)
    cosines = torch.cos(2 * math.pi * places[:, None] * places / length)
    torch.testing.assert_close(mix_positions(x), cosines @ x)


def transform(values: list[complex]) -> tuple[list[complex], int]:
    """Cooley and Tukey by hand: the transform, and the floating-point operations of its butterflies."""
    if len(values) == 1:
        return values, 0
    (even, first), (odd, second) = transform(values[::2]), transform(values[1::2])
    half, count = len(even), first + second
    out = [0j] * len(values)
    for place in range(half):
        turned = complex(math.cos(2 * math.pi * place / len(values)), -math.sin(2 * math.pi * place / len(values))) * odd[place]
        out[place], out[place + half] = even[place] + turned, even[place] - turned
        count += BUTTERFLY
    return out, count


@given(st.integers(0, 7))
def test_the_solved_count_is_that_of_the_butterflies(power):
    values = random(2**power).tolist()
    found, count = transform([complex(value) for value in values])
    torch.testing.assert_close(torch.tensor(found), torch.fft.fft(torch.tensor(values, dtype=torch.double)), check_dtype=False)
    formula = fft_operations()
    [n] = formula.free_symbols
    assert round(float(formula.subs(n, 2**power))) == count

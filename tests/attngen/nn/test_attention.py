"""Attention against torch's own, and what must hold of any attention."""
import pytest
import torch
from attngen.nn import MultiHeadAttention, causal_mask, scaled_dot_product_attention
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

few = settings(max_examples=25, deadline=None)
sizes = st.integers(1, 5)


@st.composite
def inputs(draw, value_width=sizes):
    """Query, key, value and a mask (or none) of fitting random shapes; some rows may see nothing."""
    batch, heads, queries, keys, width = (draw(sizes) for _ in range(5))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    query = torch.randn(batch, heads, queries, width, dtype=torch.double)
    key = torch.randn(batch, heads, keys, width, dtype=torch.double)
    value = torch.randn(batch, heads, keys, draw(value_width), dtype=torch.double)
    share = draw(st.sampled_from([None, 0.0, 0.3, 0.7, 1.0]))
    shape = draw(st.sampled_from([(batch, heads, queries, keys), (batch, 1, 1, keys), (queries, keys)]))
    return query, key, value, None if share is None else torch.rand(shape) < share


@few
@given(inputs())
def test_output_and_gradients_are_torchs(case):
    *tensors, mask = case
    results = []
    for attention in (lambda *a: scaled_dot_product_attention(*a)[0], F.scaled_dot_product_attention):
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        out = attention(*leaves, mask)
        out.sin().sum().backward()
        results.append([out, *(leaf.grad for leaf in leaves)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


@few
@given(inputs())
def test_rows_sum_to_one_and_blocked_keys_weigh_nothing(case):
    *tensors, mask = case
    out, weights = scaled_dot_product_attention(*tensors, mask)
    mask = torch.ones_like(weights).bool() if mask is None else mask.expand_as(weights)
    sees = mask.any(-1)
    torch.testing.assert_close(weights.sum(-1), sees.double())
    assert (weights >= 0).all()
    assert (weights[~mask] == 0).all()
    assert (out[~sees] == 0).all()


def test_huge_scores_stay_finite():
    query = torch.full((1, 2, 4), 1e18)
    out, weights = scaled_dot_product_attention(query, query, query, causal_mask(2))
    assert torch.isfinite(out).all()
    torch.testing.assert_close(weights[0, 1], torch.tensor([0.5, 0.5]))


@pytest.mark.parametrize(("shapes", "words"), [
    (((2, 3), (2, 4), (2, 3)), "same width: 3 and 4"),
    (((2, 3), (5, 3), (4, 3)), "5 keys, 4 values"),
])
def test_shapes_that_do_not_fit_are_named(shapes, words):
    with pytest.raises(ValueError, match=words):
        scaled_dot_product_attention(*(torch.zeros(shape) for shape in shapes))


def test_a_mask_of_numbers_is_refused():
    x = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="must be boolean .* torch.float32"):
        scaled_dot_product_attention(x, x, x, torch.zeros(2, 2))


def test_the_causal_mask_looks_back_only():
    mask = causal_mask(4)
    assert [[bool(mask[t, s]) for s in range(4)] for t in range(4)] == [[s <= t for s in range(4)] for t in range(4)]


def twin(dim: int, heads: int, seed: int = 0) -> tuple[MultiHeadAttention, torch.nn.MultiheadAttention]:
    """Our module and torch's with the same weights."""
    torch.manual_seed(seed)
    ours = MultiHeadAttention(dim, heads).double()
    theirs = torch.nn.MultiheadAttention(dim, heads, batch_first=True, dtype=torch.double)
    projections = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in projections]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in projections]))
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    return ours, theirs


@few
@given(st.sampled_from([1, 2, 4]), sizes, sizes, sizes, st.sampled_from(["none", "causal", "padding"]), st.booleans())
def test_multi_head_attention_is_torchs(heads, batch, queries, keys, kind, cross):
    ours, theirs = twin(8, heads, seed=batch)
    x = torch.randn(batch, queries, 8, dtype=torch.double)
    memory = torch.randn(batch, keys, 8, dtype=torch.double) if cross else x
    keys = memory.shape[1]
    mask, blocked, padding = None, None, None
    if kind == "causal" and not cross:
        mask = causal_mask(queries)
        blocked = ~mask
    elif kind == "padding":
        real = torch.arange(keys) < torch.randint(1, keys + 1, (batch, 1))
        mask, padding = real[:, None, None, :], ~real
    expected = theirs(x, memory, memory, attn_mask=blocked, key_padding_mask=padding, average_attn_weights=False)
    for found, wanted in zip(ours(x, memory if cross else None, mask), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@few
@given(st.sampled_from([1, 2, 4]), inputs(), st.booleans())
def test_the_fused_path_gives_the_same(heads, case, output_projection):
    mask = case[3]
    if mask is not None and mask.ndim == 4:
        mask = mask[:, :1]
    batch, _, queries, _ = case[0].shape
    layer = MultiHeadAttention(8, heads, output_projection).double()
    x, memory = (torch.randn(batch, length, 8, dtype=torch.double) for length in (queries, case[1].shape[2]))
    out, weights = layer(x, memory, mask)
    fused, none = layer(x, memory, mask, fused=True)
    torch.testing.assert_close(fused, out)
    assert none is None
    assert weights.shape == (batch, heads, queries, memory.shape[1])


def test_splitting_into_heads_keeps_every_number_in_its_place():
    x = torch.arange(2 * 3 * 8).view(2, 3, 8)
    split = MultiHeadAttention(8, 4).split(x)
    assert split.shape == (2, 4, 3, 2)
    assert torch.equal(split.transpose(1, 2).flatten(2), x)
    assert torch.equal(split[:, 1], x[..., 2:4])


@pytest.mark.parametrize("heads", [0, 3])
def test_heads_that_do_not_divide_the_width_are_refused(heads):
    with pytest.raises(ValueError, match=f"multiple of heads: dim=8, heads={heads}"):
        MultiHeadAttention(8, heads)

"""Grouped-query attention: torch's own, multi-head attention as a special case, causality, and its cache."""
import pytest
import torch
from attngen.cost.grouped import GroupedQueryAttention, grouped_attention
from attngen.nn import KVCache, MultiHeadAttention, causal_mask
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

groupings = st.sampled_from([(1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (6, 2), (6, 3)])


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def layer(dim, heads, kv_heads) -> GroupedQueryAttention:
    torch.manual_seed(0)
    return GroupedQueryAttention(dim, heads, kv_heads).double()


@given(groupings, st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(1, 5), st.booleans())
def test_it_is_torchs_own(heads, batch, queries, keys, width, masked):
    heads, kv_heads = heads
    q = random(batch, heads, queries, width)
    k, v = random(batch, kv_heads, keys, width, seed=1), random(batch, kv_heads, keys, width, seed=2)
    mask = causal_mask(max(queries, keys))[-queries:, :keys] if masked else None
    if masked and not mask.any(-1).all():
        return   # a query that may look nowhere: zeros here, nan there
    theirs = scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
    torch.testing.assert_close(grouped_attention(q, k, v, mask), theirs)


@given(st.sampled_from([1, 2, 4]), st.integers(1, 9))
@torch.no_grad()
def test_one_group_for_each_head_is_multi_head_attention(heads, length):
    ours, theirs = layer(8, heads, heads), MultiHeadAttention(8, heads).double()
    theirs.load_state_dict(ours.state_dict())
    x = random(2, length, 8)
    torch.testing.assert_close(ours(x), theirs(x, mask=causal_mask(length))[0])


@given(groupings, st.integers(1, 9))
@torch.no_grad()
def test_sharing_is_multi_head_attention_with_copied_key_heads(heads, length):
    heads, kv_heads = heads
    ours = layer(heads * 2, heads, kv_heads)
    whole = layer(heads * 2, heads, heads)
    copied = dict(ours.state_dict())
    for name in ("key.weight", "key.bias", "value.weight", "value.bias"):
        parts = copied[name].unflatten(0, (kv_heads, 2))
        copied[name] = parts.repeat_interleave(heads // kv_heads, dim=0).flatten(0, 1)
    whole.load_state_dict(copied)
    x = random(2, length, heads * 2)
    torch.testing.assert_close(ours(x), whole(x))


@given(groupings, st.integers(1, 9), st.data())
@torch.no_grad()
def test_cached_is_uncached_and_the_cache_holds_the_key_heads_alone(heads, length, data):
    heads, kv_heads = heads
    model, x = layer(heads * 2, heads, kv_heads), random(2, length, heads * 2)
    cache, cuts = KVCache(length), sorted(data.draw(st.sets(st.integers(1, length))) | {length})
    pieces = [model(x[:, start:end], cache) for start, end in zip([0, *cuts], cuts, strict=False)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), model(x))
    assert cache.keys.shape == cache.values.shape == (2, kv_heads, length, 2)


@given(groupings, st.integers(1, 6))
def test_no_position_sees_a_later_one(heads, length):
    heads, kv_heads = heads
    model = layer(heads * 2, heads, kv_heads)
    x = random(1, length, heads * 2).requires_grad_()
    out = model(x)
    for place in range(length):
        [slope] = torch.autograd.grad(out[:, place].square().sum(), x, retain_graph=True)
        seen = slope.abs().sum((0, 2)) > 0
        assert seen.tolist() == [other <= place for other in range(length)]


@pytest.mark.parametrize(("sizes", "message"), [
    ((10, 3, 1), "dim must be a multiple of heads"), ((12, 6, 4), "heads must be a multiple of kv_heads"),
    ((12, 6, 0), "heads must be a multiple of kv_heads"), ((12, 0, 1), "dim must be a multiple of heads"),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        GroupedQueryAttention(*sizes)
    with pytest.raises(ValueError, match="kv_heads must divide heads: 4 and 6"):
        grouped_attention(random(1, 6, 2, 3), random(1, 4, 2, 3), random(1, 4, 2, 3))

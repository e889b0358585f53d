"""What a cache saves: the solved sums against torch's counter on a decoder that writes, and against brute force."""
import pytest
import torch
from attngen.cost import diagrams, reuse
from attngen.cost.counter import counted_flops
from attngen.cost.grouped import GroupedQueryAttention
from attngen.cost.products import d, n
from attngen.nn import KVCache
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=15)
@given(st.integers(1, 12), st.sampled_from([(1, 4), (2, 3), (4, 2)]))
def test_writing_costs_what_torch_counts(length, shape):
    heads, width = shape
    dim = heads * width
    layer, cache = GroupedQueryAttention(dim, heads, heads), KVCache(length)
    cached = sum(counted_flops(layer, torch.rand(1, 1, dim), cache) for _ in range(length))
    uncached = sum(counted_flops(layer, torch.rand(1, t, dim)) for t in range(1, length + 1))
    sizes = {n: length, d: dim}
    assert reuse.writing(True).subs(sizes) == cached
    assert reuse.writing(False).subs(sizes) == uncached


@given(st.integers(1, 200), st.data())
def test_pairs_of_the_last_rows(length, data):
    new = data.draw(st.integers(0, length))
    brute = sum(1 for row in range(length - new, length) for column in range(length) if column <= row)
    assert reuse.pairs_seen(length, new) == brute


def test_a_fifth_of_the_rows_is_more_than_a_third_of_the_triangle():
    share = reuse.share_of_triangle(0.2)
    assert abs(share - 0.36) < 1e-12
    assert abs(reuse.pairs_seen(10**6, 2 * 10**5) / reuse.pairs_seen(10**6, 10**6) - share) < 1e-5


@given(st.integers(1, 30), st.data(), st.booleans())
def test_the_drawing_shows_the_same_pairs(size, data, causal):
    new = data.draw(st.integers(0, size))
    expected = reuse.pairs_seen(size, new) / reuse.pairs_seen(size, size) if causal else new / size
    assert diagrams.share_of_new(size, new, causal) == pytest.approx(expected)


@pytest.mark.parametrize("new", [-1, 6])
def test_more_new_positions_than_positions_are_refused(new):
    with pytest.raises(ValueError, match=f"{new} of 5"):
        reuse.pairs_seen(5, new)

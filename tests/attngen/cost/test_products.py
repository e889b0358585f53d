"""Formulas against torch's own counter on the real modules, for random shapes."""
import pytest
import torch
from attngen.cost import products
from attngen.cost.counter import counted_flops
from attngen.cost.grouped import GroupedQueryAttention
from attngen.cost.linformer import LinformerAttention
from attngen.cost.products import attention, feed_forward, flops, linformer, projections, self_attention
from attngen.nn import Decoder, DecoderConfig, KVCache, MultiHeadAttention
from attngen.nn.decoder import CausalSelfAttention, DecoderLayer
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25)
heads_and_width = st.tuples(st.sampled_from([1, 2, 3, 4, 8]), st.integers(1, 9))
lengths = st.integers(1, 40)


def on_meta(module, *arguments, **options):
    """Modules and tensors with shapes and no numbers: counting them takes no time."""
    with torch.device("meta"):
        return module(*arguments, **options)


@few
@given(heads_and_width, lengths, st.integers(1, 3), st.booleans(), st.sampled_from(["meta", "cpu"]))
def test_self_attention(shape, length, batch, fused, device):
    heads, width = shape
    dim = heads * width
    with torch.device(device):
        layer, x = MultiHeadAttention(dim, heads).eval(), torch.empty(batch, length, dim)
    assert counted_flops(layer, x, fused=fused) == batch * flops(self_attention(length, dim, heads))


@few
@given(heads_and_width, lengths, lengths)
def test_cross_attention(shape, queries, keys):
    heads, dim = shape[0], shape[0] * shape[1]
    layer, x, memory = (on_meta(MultiHeadAttention, dim, heads), *(on_meta(torch.empty, 1, t, dim) for t in (queries, keys)))
    expected = flops(projections(queries, keys, dim) + attention(queries, keys, dim, heads))
    assert counted_flops(layer, x, memory) == expected


@few
@given(st.sampled_from([(1, 1), (2, 1), (4, 1), (4, 2), (4, 4), (6, 3)]), st.integers(1, 9), lengths, st.data())
def test_grouped_and_cached_attention(heads, width, length, data):
    (heads, kv_heads), new = heads, data.draw(st.integers(1, length))
    dim = heads * width
    layer, cache = on_meta(GroupedQueryAttention, dim, heads, kv_heads), KVCache(length)
    if length > new:
        layer(on_meta(torch.empty, 1, length - new, dim), cache)
    counted = counted_flops(layer, on_meta(torch.empty, 1, new, dim), cache)
    assert counted == flops(self_attention(length, dim, heads, kv_heads, new))


@few
@given(heads_and_width, lengths, st.data())
def test_linformer(shape, length, data):
    heads, dim, rank = shape[0], shape[0] * shape[1], data.draw(st.integers(1, length))
    layer, x = on_meta(LinformerAttention, dim, heads, length, rank), on_meta(torch.empty, 1, length, dim)
    expected = flops(projections(length, length, dim) + linformer(length, dim, heads, rank))
    assert counted_flops(layer, x) == expected


@few
@given(st.sampled_from([1, 2, 4]), st.sampled_from([2, 4, 6]), lengths, st.integers(1, 5), st.integers(1, 3))
def test_a_whole_decoder(heads, width, length, multiple, layers):
    dim, vocabulary = heads * width, 11
    config = DecoderConfig(vocabulary, dim, heads, layers, multiple, context=length, positions="none")
    model = on_meta(Decoder, config).eval()
    per_layer = self_attention(length, dim, heads) + feed_forward(length, dim, multiple)
    expected = layers * flops(per_layer) + 2 * length * dim * vocabulary
    assert counted_flops(model, on_meta(torch.zeros, 1, length, dtype=torch.long)) == expected


@few
@given(heads_and_width, st.integers(2, 30), st.data())
def test_new_positions_with_a_cache(shape, length, data):
    heads, dim, new = shape[0], shape[0] * shape[1], data.draw(st.integers(1, length - 1))
    layer, cache = CausalSelfAttention(dim, heads), KVCache(length)
    with torch.no_grad():
        layer(torch.rand(1, length - new, dim), None, cache)
    counted = counted_flops(layer, torch.rand(1, new, dim), None, cache)
    assert counted == flops(self_attention(length, dim, heads, new=new))


def test_the_exercises_layer_costs_five_times_its_unit():
    layer, x = on_meta(MultiHeadAttention, 512, 8), on_meta(torch.empty, 1, 4096, 512)
    assert counted_flops(layer, x) == 5 * 4096**2 * 512 == flops(self_attention(4096, 512, 8))
    block = on_meta(DecoderLayer, DecoderConfig(dim=512, heads=8, context=4096)).eval()
    assert counted_flops(block, x) == flops(self_attention(4096, 512, 8) + feed_forward(4096, 512))


@few
@given(st.integers(1, 500), heads_and_width, st.data())
def test_symbols_and_numbers_agree(length, shape, data):
    heads, dim = shape[0], shape[0] * shape[1]
    kv_heads = data.draw(st.sampled_from([one for one in range(1, heads + 1) if heads % one == 0]))
    new, rank = data.draw(st.integers(1, length)), data.draw(st.integers(1, length))
    n, d, h, g, m, k = products.n, products.d, products.h, products.g, products.m, products.k
    numbers = {n: length, d: dim, h: heads, g: kv_heads, m: new, k: rank}
    for in_symbols, in_numbers in (
        (self_attention(n, d, h, g, m), self_attention(length, dim, heads, kv_heads, new)),
        (linformer(n, d, h, k), linformer(length, dim, heads, rank)),
        (feed_forward(n, d), feed_forward(length, dim)),
    ):
        assert flops(in_symbols).subs(numbers) == flops(in_numbers)


def test_heads_leave_no_trace_in_the_sum_and_groups_touch_two_products_only():
    n, d, h, g = products.n, products.d, products.h, products.g
    assert h not in flops(self_attention(n, d, h)).free_symbols
    grouped, plain = self_attention(n, d, h, g), self_attention(n, d, h)
    changed = {a.name for a, b in zip(grouped, plain, strict=True) if (a.flops - b.flops).simplify() != 0}
    assert changed == {"X W^K", "X W^V"}


def test_a_derivation_shows_each_product_and_the_sum():
    lines = products.derivation(attention(products.n, products.n, products.d, products.h)).split("\n")
    assert [line.split("=")[-1].strip() for line in lines] == ["d*n^2", "d*n^2", "2*d*n^2"]
    assert lines[0].startswith("Q K^T  h x (n x d/h)(d/h x n)")


def test_softmax_is_counted_beside_the_products():
    assert products.softmax_operations(3, 5, 2) == products.SOFTMAX_STEPS * 30


def test_sizes_that_are_no_whole_numbers_are_refused():
    with pytest.raises(ValueError, match="whole numbers >= 0, not"):
        attention(-1, 10, 10, 2)


@pytest.mark.parametrize("sizes, message", [
    (dict(length=10, dim=10, heads=3), "heads of equal width: 3 does not divide 10"),
    (dict(length=10, dim=16, heads=8, kv_heads=3), "query heads that share a key head: 3 does not divide 8"),
    (dict(length=10, dim=16, heads=8, new=20), "of 10 positions 20 cannot be new"),
])
def test_layers_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        self_attention(**sizes)

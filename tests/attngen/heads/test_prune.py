"""Cutting heads out is the same as switching them off, and makes the model smaller."""
import pytest
import torch
from attngen.heads.gates import HeadGates
from attngen.heads.prune import columns_kept, prune, rows_kept
from attngen.nn import KVCache, MultiHeadAttention
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import KINDS, SHAPES


def masks(layers: int, heads: int):
    row = st.lists(st.booleans(), min_size=heads, max_size=heads)
    return st.lists(row, min_size=layers, max_size=layers).map(torch.tensor)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_cut_out_is_switched_off(models, kind, data):
    model, outputs = models[kind]
    keep = data.draw(masks(*SHAPES[kind]))
    gates = HeadGates.of(model)
    gates.values = keep.double()
    with gates:
        expected = outputs(model)
    before = sum(p.numel() for p in model.parameters())
    smaller = prune(model, keep)
    assert torch.allclose(outputs(smaller), expected, rtol=1e-9, atol=1e-9)
    assert sum(p.numel() for p in model.parameters()) == before   # the model itself is as it was
    # each head: 3 maps from 16 to 4 with biases, and 4 columns of the last map
    gone = (~keep).sum().item()
    rest = sum(p.numel() for p in smaller.parameters())
    assert before - rest == gone * (3 * (16 * 4 + 4) + 4 * 16)


@pytest.mark.parametrize("keep", [[[1, 1, 0, 1]] * 3, [[0, 0, 0, 0], [1, 0, 0, 1], [0] * 4], [[0] * 4] * 3])
def test_a_pruned_language_model_still_writes_with_its_cache(models, keep):
    smaller = prune(models["decoder"][0], torch.tensor(keep, dtype=torch.bool))
    tokens = torch.randint(0, 11, (3, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits, past = smaller.begin(tokens[:, :5], room=3)
        steps = [logits] + [smaller.step(tokens[:, place], past) for place in (5, 6, 7)]
        assert torch.allclose(torch.stack(steps, 1), smaller(tokens)[:, 4:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("keep", [[1, 0, 1, 0], [0, 0, 0, 0]])
def test_a_pruned_layer_still_decodes_step_by_step(models, keep):
    """Self-attention with a cache and attention to a memory projected before."""
    model = models["encoder-decoder"][0]
    smaller = prune(model, torch.tensor([keep] * 6, dtype=torch.bool))
    x = torch.randn(2, 4, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    memory = torch.randn(2, 5, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    layer, past = smaller.decoder[0], KVCache(4)
    whole, _ = layer(x, mask, memory)
    projected = layer.cross_attention.keys_values(memory)
    steps = [layer.step(x[:, [place]], past, projected, None) for place in range(4)]
    assert torch.allclose(torch.cat(steps, 1), whole, rtol=1e-9, atol=1e-9)


def test_an_attention_alone_can_lose_all_its_heads():
    attention = MultiHeadAttention(8, 2).double()
    x = torch.randn(2, 3, 8, dtype=torch.float64)
    nothing = prune(attention, torch.zeros(1, 2, dtype=torch.bool))
    assert torch.equal(nothing(x)[0], attention.output.bias.expand(2, 3, 8))


@pytest.mark.parametrize(
    "keep", [torch.ones(3, 4), *(torch.ones(shape, dtype=torch.bool) for shape in ((2, 4), (3, 3), 3))]
)
def test_what_to_keep_has_a_shape(models, keep):
    with pytest.raises(ValueError, match=r"a row for each of 3 layers of \[4, 4, 4\] heads; not"):
        prune(models["vit"][0], keep)


def test_what_to_keep_may_be_a_list(models):
    keep = [[True, False, True, True]] * 3
    a, b = (prune(models["vit"][0], which) for which in (keep, torch.tensor(keep)))
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize("bias", [True, False])
def test_linear_maps_are_cut_by_rows_and_columns(bias):
    layer, kept = torch.nn.Linear(5, 4, bias=bias), torch.tensor([0, 2])
    x = torch.randn(3, 5)
    assert torch.allclose(rows_kept(layer, kept)(x), layer(x)[:, kept], atol=1e-6)
    masked = torch.zeros_like(x)
    masked[:, kept] = x[:, kept]
    assert torch.allclose(columns_kept(layer, kept)(x[:, kept]), layer(masked), atol=1e-6)

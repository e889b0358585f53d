"""Gates on heads: what they multiply, and that nothing of them stays behind."""
import pytest
import torch
from attngen.heads.find import find, shape
from attngen.heads.gates import HeadGates
from attngen.nn import MultiHeadAttention
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import KINDS, SHAPES


@pytest.mark.parametrize("kind", KINDS)
def test_every_attention_is_found(models, kind):
    model, _ = models[kind]
    attentions = find(model)
    assert shape(attentions) == SHAPES[kind] == HeadGates.of(model).shape
    for attention in attentions:
        assert model.get_submodule(attention.name) is attention.module
        assert attention.heads * attention.width == 16 == attention.output.in_features


def test_the_layers_of_an_encoder_decoder_come_in_its_order(models):
    names = [attention.name for attention in find(models["encoder-decoder"][0])]
    assert names == [
        "encoder.0.self_attention", "encoder.1.self_attention", "decoder.0.self_attention",
        "decoder.0.cross_attention", "decoder.1.self_attention", "decoder.1.cross_attention",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_gates_of_one_change_nothing_and_leave_nothing_behind(models, kind):
    model, outputs = models[kind]
    plain = outputs(model)
    gates = HeadGates.of(model)
    with gates:
        assert torch.allclose(outputs(model), plain, rtol=1e-12, atol=0)
        gates.values = torch.zeros(gates.shape)
        assert not torch.allclose(outputs(model), plain)
    assert torch.equal(outputs(model), plain)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_gate_is_a_factor_of_its_heads_columns(models, kind, data):
    """The oracle: the output projection's weights of a head times its gate."""
    model, outputs = models[kind]
    attentions, gates = find(model), HeadGates.of(model)
    numbers = st.floats(-2, 2, allow_subnormal=False)
    layers, heads = gates.shape
    row = st.lists(numbers, min_size=heads, max_size=heads)
    values = data.draw(st.lists(row, min_size=layers, max_size=layers))
    gates.values = torch.tensor(values, dtype=torch.float64)
    with gates:
        found = outputs(model)
    before = [attention.output.weight.detach().clone() for attention in attentions]
    with torch.no_grad():
        for attention, row in zip(attentions, gates.values, strict=True):
            attention.output.weight *= row.repeat_interleave(attention.width)
        expected = outputs(model)
        for attention, weight in zip(attentions, before, strict=True):
            attention.output.weight.copy_(weight)
    assert torch.allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_gates_of_each_examples_own(models, kind):
    model, outputs = models[kind]
    gates = HeadGates.of(model)
    own = torch.rand(5, *gates.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gates.values = own
    with gates:
        together = outputs(model)
        for number, mine in enumerate(own):
            gates.values = mine
            assert torch.allclose(outputs(model)[number], together[number], rtol=1e-9, atol=1e-9)


def test_gates_of_the_wrong_shape_are_refused(models):
    model, outputs = models["vit"]
    gates = HeadGates.of(model)
    for shape_ in ((4, 3), (3,), (2, 3, 5), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match=r"the gates are \(3, 4\) or \(batch, 3, 4\), not"):
            gates.values = torch.ones(shape_)
    gates.values = torch.ones(4, 3, 4)
    with gates, pytest.raises(ValueError, match="its own gates: 4 rows of gates, 5 examples"):
        outputs(model)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_gates_open_once(models):
    gates = HeadGates.of(models["vit"][0])
    with gates, pytest.raises(RuntimeError, match="open already"):
        gates.__enter__()


def test_what_cannot_have_gates_says_why():
    with pytest.raises(ValueError, match="Linear has no attention whose projections are called query, key"):
        find(torch.nn.Linear(2, 2))
    single = torch.nn.ModuleDict({"one": MultiHeadAttention(4, 1, output_projection=False)})
    with pytest.raises(ValueError, match="the heads of 'one' go into a Identity, not a linear map"):
        find(single)
    with pytest.raises(ValueError, match="3 heads do not share 4 inputs evenly"):
        HeadGates([torch.nn.Linear(4, 4)], 3)
    uneven = torch.nn.ModuleList([MultiHeadAttention(4, 2), MultiHeadAttention(4, 4)])
    with pytest.raises(ValueError, match="same number of heads; these have 2, 4"):
        HeadGates.of(uneven)

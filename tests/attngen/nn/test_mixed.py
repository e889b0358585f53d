"""Heads that add, or do both: drop-in relatives of multi-head attention."""
import pytest
import torch
from attngen.nn import EncoderDecoder, MultiHeadAttention, TransformerConfig, causal_mask
from attngen.nn.additive import additive_attention
from attngen.nn.mixed import KINDS, AdditiveHeads, GatedHeads, SplitHeads, with_heads
from attngen.piglatin.decoding import greedy_cached, greedy_naive
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=20, deadline=None)


def layer(kind: str, heads: int = 4, seed: int = 0) -> MultiHeadAttention:
    torch.manual_seed(seed)
    return KINDS[kind](8, heads).double()


def dot_twin(mixed: MultiHeadAttention) -> MultiHeadAttention:
    """Plain attention with the same projections."""
    twin = MultiHeadAttention(8, mixed.heads).double()
    kept = {name: value for name, value in mixed.state_dict().items() if name in twin.state_dict()}
    twin.load_state_dict(kept)
    return twin


@few
@given(st.sampled_from(list(KINDS)), st.sampled_from([2, 4]), st.integers(1, 5), st.integers(1, 5),
       st.sampled_from(["none", "all", "heads", "causal"]), st.integers(0, 99))
def test_weights_are_distributions_and_closed_keys_weigh_nothing(kind, heads, queries, keys, masked, seed):
    module = layer(kind, heads, seed)
    x, memory = (torch.randn(2, length, 8, dtype=torch.double) for length in (queries, keys))
    masks = {"none": None, "all": torch.rand(2, 1, 1, keys) < 0.6, "heads": torch.rand(2, heads, queries, keys) < 0.6,
             "causal": torch.ones(queries, keys).tril().bool()}
    mask = masks[masked]
    out, weights = module(x, memory, mask)
    opened = torch.ones_like(weights).bool() if mask is None else mask.expand_as(weights)
    assert out.shape == x.shape and weights.shape == (2, heads, queries, keys)
    assert (weights >= 0).all() and (weights[~opened] == 0).all()
    torch.testing.assert_close(weights.sum(-1), opened.any(-1).double())


def test_additive_heads_are_additive_attention_on_the_same_projections():
    module, x = layer("additive"), torch.randn(2, 5, 8, dtype=torch.double)
    keys, values = module.keys_values(x)
    expected, weights = additive_attention(module.split(module.query(x)), keys, values, module.vector, causal_mask(5))
    out, shown = module(x, mask=causal_mask(5))
    torch.testing.assert_close(shown, weights)
    torch.testing.assert_close(out, module.output(expected.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("mask", [None, causal_mask(5)])
def test_a_gate_at_either_end_is_one_of_the_two(mask):
    module, x = layer("gated"), torch.randn(2, 5, 8, dtype=torch.double)
    added = AdditiveHeads(8, 4).double()
    added.load_state_dict({name: value for name, value in module.state_dict().items() if name != "gate"})
    for gate, twin in ((torch.inf, added), (-torch.inf, dot_twin(module))):
        with torch.no_grad():
            module.gate.fill_(gate)
        for found, wanted in zip(module(x, mask=mask), twin(x, mask=mask), strict=True):
            torch.testing.assert_close(found, wanted)


def test_the_gate_has_a_gradient_and_begins_in_the_middle():
    module, x = layer("gated"), torch.randn(2, 5, 8, dtype=torch.double)
    assert (module.gate.sigmoid() == 0.5).all()
    module(x)[0].square().sum().backward()
    assert (module.gate.grad != 0).all()


@few
@given(st.integers(2, 4).map(lambda power: 2 ** (power - 1)), st.integers(0, 99))
def test_split_heads_are_of_both_kinds(heads, seed):
    module, x = layer("split", heads, seed), torch.randn(1, 5, 8, dtype=torch.double)
    first = heads // 2
    _, weights = module(x)
    torch.testing.assert_close(weights[:, :first], dot_twin(module)(x)[1][:, :first])
    query, (keys, values) = module.split(module.query(x))[:, first:], module.keys_values(x)
    _, added = additive_attention(query, keys[:, first:], values[:, first:], module.vector)
    torch.testing.assert_close(weights[:, first:], added)


def test_what_each_kind_learns_beside_the_projections():
    counts = {kind: sum(p.numel() for p in layer(kind).parameters()) for kind in KINDS}
    plain = 4 * (8 * 8 + 8)
    assert counts == {"dot": plain, "additive": plain + 8, "split": plain + 4, "gated": plain + 8 + 4}


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_model_takes_the_heads_and_caches_as_before(kind):
    torch.manual_seed(0)
    model = with_heads(EncoderDecoder(TransformerConfig(dim=16, heads=2, layers=1)), kind).eval()
    found = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    assert len(found) == 3 and all(type(module) is KINDS[kind] for module in found)
    source = torch.randint(0, 26, (3, 6))
    mask = torch.arange(6) < torch.tensor([[6], [4], [2]])
    assert torch.equal(greedy_cached(model, source, mask, 8), greedy_naive(model, source, mask, 8))


def test_wrong_kinds_and_too_few_heads_are_refused():
    with pytest.raises(ValueError, match="dot, additive, gated, split, not as 'both'"):
        with_heads(torch.nn.Linear(1, 1), "both")
    with pytest.raises(ValueError, match="at least two heads, not 1"):
        SplitHeads(8, 1)
    with pytest.raises(ValueError, match="multiple of heads"):
        GatedHeads(8, 3)

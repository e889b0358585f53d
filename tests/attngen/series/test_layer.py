"""The encoder layer against torch's own."""
import pytest
import torch
from attngen.series.config import ModelConfig
from attngen.series.layer import EncoderLayer
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn


def a_layer(seed: int = 0, **changes) -> EncoderLayer:
    torch.manual_seed(seed)
    shape = {"dim": 12, "heads": 3, "feed_forward": 2, "dropout": 0.0} | changes
    layer = EncoderLayer(ModelConfig(**shape)).double()
    for norm in (layer.first_norm, layer.second_norm):   # not the identity, so that a mix-up shows
        nn.init.normal_(norm.weight, 1, 0.3)
        nn.init.normal_(norm.bias)
    return layer


def torchs(layer: EncoderLayer) -> nn.TransformerEncoderLayer:
    """torch's encoder layer with the same weights."""
    attention, (wide, narrow) = layer.attention, (layer.ff[0], layer.ff[3])
    other = nn.TransformerEncoderLayer(
        wide.in_features, attention.heads, wide.out_features, 0.0, "gelu", batch_first=True, norm_first=False
    ).double()
    projections = attention.query, attention.key, attention.value
    weights = {
        "self_attn.in_proj_weight": torch.cat([each.weight for each in projections]),
        "self_attn.in_proj_bias": torch.cat([each.bias for each in projections]),
    }
    pairs = {"self_attn.out_proj": attention.output, "linear1": wide, "linear2": narrow}
    pairs |= {"norm1": layer.first_norm, "norm2": layer.second_norm}
    for name, mine in pairs.items():
        weights |= {f"{name}.weight": mine.weight, f"{name}.bias": mine.bias}
    other.load_state_dict(weights)
    return other


def tokens(count: int, width: int = 12, seed: int = 1) -> torch.Tensor:
    return torch.randn(2, count, width, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("fused", [True, False])
@settings(max_examples=15)
@given(st.integers(1, 9), st.sampled_from([1, 2, 3, 4]), st.integers(1, 3), st.integers(0, 999))
def test_the_layer_is_torchs(fused, count, heads, feed_forward, seed):
    layer = a_layer(seed, heads=heads, feed_forward=feed_forward).eval()
    x = tokens(count, seed=seed)
    torch.testing.assert_close(layer(x, fused)[0], torchs(layer).eval()(x))


def test_it_learns_as_torchs_does():
    """The same gradients, too, of the input and of every weight."""
    layer = a_layer()
    other, x = torchs(layer), tokens(5)
    slopes = []
    for model, parameters in (
        (lambda x: layer(x)[0], (layer.ff[0].weight, layer.attention.output.weight, layer.first_norm.weight)),
        (other, (other.linear1.weight, other.self_attn.out_proj.weight, other.norm1.weight)),
    ):
        given_x = x.clone().requires_grad_()
        slopes.append(torch.autograd.grad(model(given_x).pow(3).sum(), (given_x, *parameters)))
    for mine, theirs in zip(*slopes, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_weights_are_shares_and_only_there_when_asked_for():
    layer, x = a_layer().eval(), tokens(6)
    assert layer(x)[1] is None
    weights = layer(x, fused=False)[1]
    assert weights.shape == (2, 3, 6, 6) and (weights >= 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 6, dtype=torch.double))


def test_tokens_are_a_set():
    """Without positions the layer does to a permutation what it does to the order it had."""
    layer, x = a_layer().eval(), tokens(6)
    order = torch.randperm(6)
    torch.testing.assert_close(layer(x[:, order])[0], layer(x)[0][:, order])


def test_what_comes_out_is_normalised():
    out = EncoderLayer(ModelConfig(dim=16, heads=2)).eval()(torch.randn(3, 4, 16))[0]
    torch.testing.assert_close(out.mean(-1), torch.zeros(3, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.var(-1, unbiased=False), torch.ones(3, 4), atol=1e-3, rtol=0)


def test_dropout_is_on_both_branches_and_in_the_network():
    layer = a_layer(dropout=0.25)
    assert [part.p for part in layer.modules() if isinstance(part, nn.Dropout)] == [0.25, 0.25]
    torch.manual_seed(0)
    x = tokens(5)
    assert not torch.equal(layer.train()(x)[0], layer(x)[0])
    everything = a_layer(dropout=1.0).train()   # both branches dropped: what is left is normalised twice
    expected = everything.second_norm(everything.first_norm(x))
    torch.testing.assert_close(everything(x)[0], expected)


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="dim must be a multiple of heads"):
        a_layer(heads=5)

"""iTransformer: its attention is torch's own, variables have no order, and nothing of the future enters."""
import pytest
import torch
from attngen.series.config import ModelConfig
from attngen.series.itransformer import ITransformer
from attngen.series.models import Forecaster, make_model
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

BATCH, LOOKBACK, HORIZON, VARIABLES, CALENDAR = 3, 12, 5, 4, 2


def build(seed: int = 0, **changes) -> ITransformer:
    """A small body in double precision, ready to use."""
    torch.manual_seed(seed)
    shape = {"lookback": LOOKBACK, "horizon": HORIZON, "variables": VARIABLES, "dim": 16, "heads": 4, "layers": 2}
    return ITransformer(ModelConfig("itransformer", **shape | changes)).double().eval()


def window(seed: int = 1, variables: int = VARIABLES, calendar: int = CALENDAR):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(BATCH, LOOKBACK, n, generator=generator, dtype=torch.double) for n in (variables, calendar))


@given(st.integers(1, 9), st.integers(0, 5), st.integers(0, 99))
def test_forecasts_have_the_asked_shape_for_any_number_of_variables(variables, calendar, seed):
    past, about = window(seed, variables, calendar)
    forecast, maps = build().forward_with_weights(past, about)
    assert forecast.shape == (BATCH, HORIZON, variables) and len(maps) == 2
    for weights in maps:
        assert weights.shape == (BATCH, 4, variables + calendar, variables + calendar)
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))


def test_the_fused_forecast_is_the_one_that_shows_its_weights():
    past, calendar = window()
    model = build()
    torch.testing.assert_close(model(past, calendar), model.forward_with_weights(past, calendar)[0])
    torch.testing.assert_close(model(past), model.forward_with_weights(past)[0])


@given(st.permutations(range(VARIABLES)), st.integers(0, 99))
def test_permuted_variables_get_permuted_forecasts_and_maps(order, seed):
    """Nothing in a token says which variable it is: f(x P) = f(x) P, and the maps are P^T A P."""
    past, calendar = window(seed)
    model, order = build(), list(order)
    plain, maps = model.forward_with_weights(past, calendar)
    moved, moved_maps = model.forward_with_weights(past[..., order], calendar)
    torch.testing.assert_close(moved, plain[..., order])
    places = order + list(range(VARIABLES, VARIABLES + CALENDAR))
    for one, other in zip(maps, moved_maps, strict=True):
        torch.testing.assert_close(other, one[:, :, places][..., places])


def test_it_would_notice_an_order_of_variables():
    """The test above is not empty: with a vector for each place it fails."""
    past, calendar = window()
    model, order = build(), [1, 0, 2, 3]
    place = torch.randn(VARIABLES + CALENDAR, 16, dtype=torch.double)
    model.embed.register_forward_hook(lambda _, __, out: out + place)
    assert not torch.allclose(model(past[..., order], calendar), model(past, calendar)[..., order])


def test_times_are_not_exchangeable():
    past, calendar = window()
    assert not torch.allclose(build()(past.flip(1), calendar.flip(1)), build()(past, calendar))


def test_each_layers_attention_is_torchs_own():
    """The same weights in nn.MultiheadAttention and nn.LayerNorm give the same stream and the same maps."""
    past, calendar = window()
    model = build()
    _, maps = model.forward_with_weights(past, calendar)
    x = model.embed(torch.cat([past, calendar], dim=-1).transpose(1, 2))
    for layer, weights in zip(model.layers, maps, strict=True):
        ours = layer.attention
        torchs = nn.MultiheadAttention(16, 4, batch_first=True).double().eval()
        with torch.no_grad():
            torchs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
            torchs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
            torchs.out_proj.load_state_dict(ours.output.state_dict())
        out, expected = torchs(x, x, x, average_attn_weights=False)
        torch.testing.assert_close(weights, expected)
        x = layer.first_norm(x + out)
        x = layer.second_norm(x + layer.ff(x))
    forecast = model.head(model.norm(x[:, :VARIABLES])).transpose(1, 2)
    torch.testing.assert_close(forecast, model(past, calendar))


def test_the_whole_body_is_torchs_encoder():
    """With weights copied, nn.TransformerEncoder over tokens of variables forecasts the same."""
    past, calendar = window()
    model = build()
    kwargs = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": False}
    layers = [nn.TransformerEncoderLayer(16, 4, 16, **kwargs).double().eval() for _ in model.layers]
    x = model.embed(torch.cat([past, calendar], dim=-1).transpose(1, 2))
    for ours, theirs in zip(model.layers, layers, strict=True):
        a, b = ours.attention, theirs.self_attn
        with torch.no_grad():
            b.in_proj_weight.copy_(torch.cat([a.query.weight, a.key.weight, a.value.weight]))
            b.in_proj_bias.copy_(torch.cat([a.query.bias, a.key.bias, a.value.bias]))
        b.out_proj.load_state_dict(a.output.state_dict())
        theirs.linear1.load_state_dict(ours.ff[0].state_dict())
        theirs.linear2.load_state_dict(ours.ff[3].state_dict())
        theirs.norm1.load_state_dict(ours.first_norm.state_dict())
        theirs.norm2.load_state_dict(ours.second_norm.state_dict())
        x = theirs(x)
    forecast = model.head(model.norm(x[:, :VARIABLES])).transpose(1, 2)
    torch.testing.assert_close(forecast, model(past, calendar))


def test_variables_hear_each_other_through_attention_only():
    """Every variable's forecast depends on every other; with attention's output off, on its own past alone."""
    past, calendar = window()
    for deaf in (False, True):
        model = build()
        if deaf:
            for layer in model.layers:
                nn.init.zeros_(layer.attention.output.weight)
        x = past.clone().requires_grad_()
        model(x, calendar)[..., 0].sum().backward()
        reached = x.grad.abs().amax(dim=(0, 1)) > 0
        assert reached.tolist() == [True] + [not deaf] * (VARIABLES - 1)


def test_nothing_of_the_future_enters():
    """The forecaster is not handed the future's values, and its calendar does not move the forecast."""
    shape = ModelConfig("itransformer", LOOKBACK, HORIZON, VARIABLES, CALENDAR, dim=16, heads=4)
    model = make_model(shape).eval()
    past, calendar = (x.float() for x in window())
    futures = torch.randn(2, BATCH, HORIZON, CALENDAR)
    assert torch.equal(model(past, calendar, futures[0]), model(past, calendar, futures[1]))


@given(st.floats(-50, 50), st.floats(0.1, 20))
def test_level_and_scale_of_a_window_come_back(level, scale):
    """Reversible instance normalisation: f(a x + b) = a f(x) + b."""
    shape = ModelConfig("itransformer", LOOKBACK, HORIZON, VARIABLES, CALENDAR, dim=16, heads=4)
    torch.manual_seed(0)
    model = make_model(shape).double().eval()
    past, calendar = window()
    expected = model(past, calendar, None) * scale + level
    torch.testing.assert_close(model(past * scale + level, calendar, None), expected, rtol=1e-3, atol=1e-3 * scale)


def test_parameters_do_not_depend_on_the_number_of_variables():
    counts = {sum(p.numel() for p in build(variables=v).parameters()) for v in (1, 7, 862)}
    dim = 16
    layer = 4 * (dim * dim + dim) + 2 * (dim * dim + dim) + 4 * dim
    assert counts == {LOOKBACK * dim + dim + 2 * layer + 2 * dim + dim * HORIZON + HORIZON}


def test_a_past_of_another_shape_is_refused():
    model = Forecaster(ModelConfig("itransformer", LOOKBACK, HORIZON, VARIABLES))
    with pytest.raises(ValueError, match=r"\(12, 4\) was expected, not \(11, 4\)"):
        model(torch.zeros(1, 11, 4), None, None)


def test_dropout_works_in_training_only():
    past, calendar = window()
    model = build(dropout=0.5)
    assert torch.equal(model(past, calendar), model(past, calendar))
    model.train()
    assert not torch.allclose(model(past, calendar), model(past, calendar))

"""What every forecaster must do: its shape, what it may look at, and what it refuses."""
from dataclasses import replace

import pytest
import torch
from attngen.series import config as shapes
from attngen.series.models import BODIES, KINDS, UNTRAINED, Forecaster, ModelConfig, make_model
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = ModelConfig(lookback=12, horizon=5, variables=3, dim=8, heads=2, layers=2, patch=4, stride=2,
                    kernel=5, period=3)  # fmt: skip
LEARNED = [kind for kind in KINDS if kind not in UNTRAINED]
ALONE = ("repeat", "seasonal", "dlinear", "patch")   # each variable is forecast from itself
few = settings(max_examples=12)
SEEDS = st.integers(0, 2**20)


def model_of(config: ModelConfig, seed: int = 0) -> Forecaster:
    torch.manual_seed(seed)
    return make_model(config).double().eval()


def a_batch(config: ModelConfig, windows: int = 4, seed: int = 1):
    """Past and both calendars, at random."""
    make, c = torch.Generator().manual_seed(seed), config
    sizes = (c.lookback, c.variables), (c.lookback, c.calendar), (c.horizon, c.calendar)
    return [torch.randn(windows, *size, dtype=torch.double, generator=make) for size in sizes]


def test_every_kind_has_a_body():
    assert set(BODIES) == set(KINDS) and set(UNTRAINED) < set(KINDS)


@st.composite
def configs(draw, kind: str) -> ModelConfig:
    """Any shape that a kind allows."""
    lookback = draw(st.integers(1, 40))
    heads = draw(st.integers(1, 3))
    return ModelConfig(
        kind, lookback, draw(st.integers(1, 30)), draw(st.integers(1, 6)), draw(st.integers(1, 5)),
        dim=2 * heads * draw(st.integers(1, 3)), heads=heads, layers=draw(st.integers(1, 2)),
        feed_forward=draw(st.integers(1, 2)), patch=draw(st.integers(1, lookback)),
        stride=draw(st.integers(1, 9)), kernel=2 * draw(st.integers(0, 14)) + 1,
        period=draw(st.integers(1, lookback)), normalise=draw(st.booleans()),
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@few
@given(data=st.data(), windows=st.integers(1, 3))
def test_a_forecast_has_the_horizons_steps_for_every_variable(kind, data, windows):
    config = data.draw(configs(kind))
    found = model_of(config)(*a_batch(config, windows))
    assert found.shape == (windows, config.horizon, config.variables) and found.isfinite().all()


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_windows_of_a_batch_do_not_meet(kind, normalise):
    config = replace(SMALL, kind=kind, normalise=normalise)
    model, batch = model_of(config), a_batch(config)
    together = model(*batch)
    for i in range(len(together)):
        torch.testing.assert_close(model(*(each[i : i + 1] for each in batch))[0], together[i])


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_which_variables_a_forecast_is_made_from(kind, normalise):
    """By gradient: of the channel-independent models only from itself, of the others from all."""
    config = replace(SMALL, kind=kind, normalise=normalise)
    past, *calendars = a_batch(config)
    past.requires_grad_()
    forecast = model_of(config)(past, *calendars)
    for variable in range(config.variables):
        slope = torch.autograd.grad(forecast[..., variable].square().sum(), past, retain_graph=True)[0]
        reached = slope.abs().amax(dim=(0, 1)) > 1e-12
        assert reached.tolist() == [kind not in ALONE or other == variable for other in range(3)]


@pytest.mark.parametrize("kind", ["repeat", "seasonal", "dlinear", "patch", "itransformer"])
def test_the_order_of_variables_changes_nothing_else(kind):
    config = replace(SMALL, kind=kind)
    model, (past, *calendars) = model_of(config), a_batch(config)
    order = [2, 0, 1]
    torch.testing.assert_close(model(past[..., order], *calendars), model(past, *calendars)[..., order])


@pytest.mark.parametrize("kind", ["dlinear", "lstm", "transformer", "patch", "itransformer"])
def test_the_order_of_time_matters(kind):
    config = replace(SMALL, kind=kind)
    model, (past, *calendars) = model_of(config), a_batch(config)
    if kind == "dlinear":   # begins as the mean of the past, which has no order
        torch.nn.init.normal_(model.body.rest.weight)
    assert not torch.allclose(model(past.flip(1), *calendars), model(past, *calendars), atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@few
@given(SEEDS, st.floats(-1e3, 1e3), st.floats(1, 1e3))
def test_a_normalised_forecast_moves_with_its_window(kind, seed, level, scale):
    """Past -> scale * past + level moves the forecast alike (in windows so wide that eps is nothing)."""
    config = replace(SMALL, kind=kind)
    model, (past, *calendars) = model_of(config, seed), a_batch(config, seed=seed)
    past = 1e3 * past
    moved, plain = model(scale * past + level, *calendars), model(past, *calendars)
    torch.testing.assert_close(moved, scale * plain + level, rtol=1e-7, atol=1e-5 * scale)


@pytest.mark.parametrize("kind", LEARNED)
def test_every_parameter_has_a_part_in_the_forecast(kind):
    """Otherwise training on several processes would wait for a gradient that never comes."""
    config = replace(SMALL, kind=kind)
    model = model_of(config).train()
    model(*a_batch(config)).square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("kind", LEARNED)
def test_dropout_is_for_training_alone(kind):
    config = replace(SMALL, kind=kind, dropout=0.5)
    model, batch = model_of(config), a_batch(config)
    assert torch.equal(model(*batch), model(*batch))
    model.train()
    assert torch.equal(model(*batch), model(*batch)) == (kind == "dlinear")   # has none


@pytest.mark.parametrize("kind", LEARNED)
def test_a_seed_decides_the_weights(kind):
    config = replace(SMALL, kind=kind)
    one, same, other = (model_of(config, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("shape", "given_shape"), [
    ((2, 11, 3), "(11, 3)"), ((2, 13, 3), "(13, 3)"), ((2, 12, 4), "(12, 4)"), ((12, 3), "(3,)"),
    ((2, 3, 12), "(3, 12)"), ((2, 12, 3, 1), "(12, 3, 1)"),
])  # fmt: skip
def test_a_past_of_another_shape_is_refused(kind, shape, given_shape):
    model = make_model(replace(SMALL, kind=kind))
    with pytest.raises(ValueError) as error:
        model(torch.zeros(shape), torch.zeros(2, 12, 4), torch.zeros(2, 5, 4))
    assert str(error.value) == f"a past of (steps, variables) = (12, 3) was expected, not {given_shape}"


@pytest.mark.parametrize(("changes", "words"), [
    ({"kind": "arima"}, "no model 'arima'; known: repeat, seasonal, dlinear, lstm, transformer, patch, itr"),
    ({"kind": ""}, "no model ''"),
    ({"kind": "patch", "lookback": 8, "patch": 9}, "a patch of 9 steps does not fit into a lookback of 8"),
    ({"kind": "seasonal", "period": 97}, "a season of 97 steps is longer than the lookback of 96"),
    ({"kind": "dlinear", "kernel": 24}, "needs an odd number of steps, not 24"),
    ({"calendar": -1}, "cannot be -1 features of the calendar"),
    ({"horizon": 0, "dim": -8}, "sizes of a model must be positive: horizon=0, dim=-8"),
])  # fmt: skip
def test_a_shape_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        ModelConfig(**changes)


@pytest.mark.parametrize("name", shapes.POSITIVE)
@pytest.mark.parametrize("number", [0, -3])
def test_sizes_are_positive(name, number):
    with pytest.raises(ValueError, match=f"must be positive: {name}={number}$"):
        ModelConfig(**{name: number})


@pytest.mark.parametrize("kind", ["transformer", "patch", "itransformer"])
def test_heads_must_divide_the_width(kind):
    with pytest.raises(ValueError, match="dim must be a multiple of heads: dim=8, heads=3"):
        make_model(replace(SMALL, kind=kind, heads=3))


def test_a_kind_ignores_what_it_does_not_have():
    """A patch, a season or an even kernel that would not fit another kind."""
    config = ModelConfig("lstm", lookback=4, patch=16, period=24, kernel=4, heads=3, dim=8)
    assert model_of(config)(*a_batch(config)).shape == (4, 96, 7)

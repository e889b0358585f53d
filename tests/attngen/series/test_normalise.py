"""Reversible instance normalisation: undone exactly, blind to level and scale, and to the future."""
import pytest
import torch
from attngen.series.models import Forecaster, ModelConfig, make_model
from attngen.series.normalise import normalise
from hypothesis import given
from hypothesis import strategies as st

SHAPE = {"lookback": 12, "horizon": 5, "variables": 3, "calendar": 4, "dim": 8, "heads": 2, "layers": 1,
         "patch": 4, "stride": 2, "kernel": 5, "period": 3}  # fmt: skip
SEEDS = st.integers(0, 2**20)


def a_past(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 50 * torch.randn(4, 12, 3, dtype=torch.double, generator=generator) + 7


@given(SEEDS)
def test_what_is_normalised_has_mean_zero_and_variance_one(seed):
    scaled, _ = normalise(a_past(seed))
    torch.testing.assert_close(scaled.mean(1), torch.zeros(4, 3, dtype=torch.double), atol=1e-9, rtol=0)
    torch.testing.assert_close(scaled.var(1, unbiased=False), torch.ones(4, 3, dtype=torch.double), atol=1e-5, rtol=0)


@given(SEEDS)
def test_restoring_is_the_way_back(seed):
    past = a_past(seed)
    scaled, scale = normalise(past)
    torch.testing.assert_close(scale.restore(scaled), past)


@given(SEEDS, st.floats(-1e3, 1e3), st.floats(0.1, 1e3))
def test_level_and_scale_of_a_window_do_not_reach_the_model(seed, level, factor):
    past = a_past(seed)
    torch.testing.assert_close(normalise(past * factor + level)[0], normalise(past)[0], atol=1e-4, rtol=1e-4)


def test_a_flat_window_becomes_zero_and_comes_back():
    past = torch.full((2, 12, 3), 4.25)
    scaled, scale = normalise(past)
    assert torch.equal(scaled, torch.zeros_like(past)) and torch.equal(scale.restore(scaled), past)


def test_each_window_and_variable_has_its_own_scale():
    past = a_past(0)
    whole = normalise(past)[0]
    for window in range(4):
        for variable in range(3):
            alone = normalise(past[window : window + 1, :, variable : variable + 1])[0]
            torch.testing.assert_close(whole[window, :, variable], alone[0, :, 0])


@pytest.mark.parametrize("kind", ["dlinear", "lstm", "transformer", "patch", "itransformer"])
def test_a_normalised_model_moves_with_its_window(kind):
    """Shift and stretch the past: the forecast is shifted and stretched with it."""
    torch.manual_seed(0)
    model = make_model(ModelConfig(kind, **SHAPE)).double().eval()
    past, clock = a_past(1), torch.zeros(4, 12, 4).double()
    ahead = torch.zeros(4, 5, 4).double()
    with torch.no_grad():
        plain, moved = model(past, clock, ahead), model(past * 3 + 100, clock, ahead)
    torch.testing.assert_close(moved, plain * 3 + 100, atol=1e-2, rtol=1e-4)


class Still(torch.nn.Module):
    """Forecasts zero, whatever it is given."""

    def forward(self, past, past_calendar, future_calendar):
        return past.new_zeros(len(past), 5, past.shape[2])


def test_a_forecast_of_zero_is_the_windows_mean():
    model, past = Forecaster(ModelConfig("dlinear", **SHAPE), Still()), a_past(2)
    torch.testing.assert_close(model(past, None, None), past.mean(1, keepdim=True).expand(-1, 5, -1))


def test_gradients_reach_the_body_and_not_the_scale():
    past = a_past(3).requires_grad_()
    scaled, scale = normalise(past)
    assert scaled.requires_grad and not scale.mean.requires_grad and not scale.std.requires_grad

"""The models without attention against numpy: repeats, the moving average and DLinear's formula."""
import numpy as np
import pytest
import torch
from attngen.series.config import ModelConfig
from attngen.series.linear import DLinear, RepeatLast, SeasonalRepeat, moving_average
from hypothesis import given, settings
from hypothesis import strategies as st

some = settings(max_examples=40)
SIZES = st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(1, 4))   # windows, lookback, variables
SEEDS = st.integers(0, 2**20)
HALF = st.integers(0, 15)   # of a moving average's steps; also longer than the series


def a_past(sizes, seed) -> np.ndarray:
    return np.random.default_rng(seed).normal(5, 3, sizes)


def averaged(series: np.ndarray, kernel: int) -> np.ndarray:
    """numpy's own moving average of (B, L, V), ends repeated."""
    half = kernel // 2
    wide = np.pad(series, ((0, 0), (half, half), (0, 0)), mode="edge")
    return np.apply_along_axis(np.convolve, 1, wide, np.full(kernel, 1 / kernel), mode="valid")


@some
@given(SIZES, st.integers(1, 40), SEEDS)
def test_repeat_is_the_last_value(sizes, horizon, seed):
    past = a_past(sizes, seed)
    model = RepeatLast(ModelConfig("repeat", sizes[1], horizon, sizes[2]))
    np.testing.assert_array_equal(model(torch.tensor(past)), np.repeat(past[:, -1:], horizon, axis=1))


@some
@given(SIZES, st.integers(1, 40), SEEDS, st.data())
def test_the_seasonal_repeat_is_the_last_season_over_and_over(sizes, horizon, seed, data):
    past, period = a_past(sizes, seed), data.draw(st.integers(1, sizes[1]))
    model = SeasonalRepeat(ModelConfig("seasonal", sizes[1], horizon, sizes[2], period=period))
    expected = np.tile(past[:, sizes[1] - period :], (1, horizon // period + 1, 1))[:, :horizon]
    np.testing.assert_array_equal(model(torch.tensor(past)), expected)
    if period == 1:
        repeat = RepeatLast(ModelConfig("repeat", sizes[1], horizon, sizes[2]))
        np.testing.assert_array_equal(model(torch.tensor(past)), repeat(torch.tensor(past)))


@pytest.mark.parametrize(("lookback", "horizon"), [(24, 24), (30, 7), (96, 100), (25, 240)])
def test_a_series_that_repeats_itself_is_forecast_without_error(lookback, horizon):
    series = np.random.default_rng(0).normal(size=(24, 3))[np.arange(lookback + horizon) % 24]
    past, future = torch.tensor(series[None, :lookback]), series[None, lookback:]
    model = SeasonalRepeat(ModelConfig("seasonal", lookback, horizon, 3, period=24))
    np.testing.assert_array_equal(model(past), future)


@some
@given(SIZES, HALF, SEEDS)
def test_the_moving_average_is_numpys(sizes, half, seed):
    series, kernel = a_past(sizes, seed), 2 * half + 1
    found = moving_average(torch.tensor(series), kernel)
    np.testing.assert_allclose(found, averaged(series, kernel), rtol=0, atol=1e-12)


def test_the_moving_average_of_a_line_is_the_line_but_at_the_ends():
    line = torch.arange(20.0)[None, :, None]
    found = moving_average(line, 5)
    torch.testing.assert_close(found[:, 2:-2], line[:, 2:-2])
    assert found[0, 0, 0] == pytest.approx((0 + 0 + 0 + 1 + 2) / 5)
    assert torch.equal(moving_average(line, 1), line)


@pytest.mark.parametrize("kernel", [0, -1, 2, 24])
def test_a_moving_average_without_a_middle_is_refused(kernel):
    with pytest.raises(ValueError, match=f"an odd, positive number of steps, not {kernel}$"):
        moving_average(torch.zeros(1, 5, 1), kernel)


@some
@given(SIZES, st.integers(1, 20), HALF, SEEDS)
def test_dlinear_is_its_formula(sizes, horizon, half, seed):
    """W_trend trend + b_trend + W_rest (past - trend) + b_rest, for every variable with the same W."""
    torch.manual_seed(seed)
    model = DLinear(ModelConfig("dlinear", sizes[1], horizon, sizes[2], kernel=2 * half + 1)).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    past = a_past(sizes, seed)
    trend = averaged(past, 2 * half + 1)
    of_trend, trend_bias, of_rest, rest_bias = (
        p.detach().numpy() for layer in (model.trend, model.rest) for p in (layer.weight, layer.bias)
    )
    expected = np.einsum("hl,blv->bhv", of_trend, trend) + np.einsum("hl,blv->bhv", of_rest, past - trend)
    expected += (trend_bias + rest_bias)[None, :, None]
    np.testing.assert_allclose(model(torch.tensor(past)).detach(), expected, rtol=1e-9, atol=1e-9)


def test_dlinear_begins_as_the_mean_of_the_past():
    model = DLinear(ModelConfig("dlinear", 30, 7, 3)).double()
    for layer in (model.trend, model.rest):
        torch.nn.init.zeros_(layer.bias)
    past = torch.tensor(a_past((2, 30, 3), 0))
    torch.testing.assert_close(model(past), past.mean(1, keepdim=True).expand(-1, 7, -1))


def test_dlinear_is_as_large_as_two_maps_over_time_whatever_the_variables():
    models = [DLinear(ModelConfig("dlinear", 96, 96, variables)) for variables in (1, 7, 21)]
    counts = [sum(p.numel() for p in model.parameters()) for model in models]
    assert counts == [2 * (96 * 96 + 96)] * 3

"""The errors of a forecaster: every window counted once, and nothing of the future given away."""
from dataclasses import replace

import numpy as np
import pytest
import torch
from attngen.series.forecast_run import errors, forecast_of, squared_error, thin
from attngen.series.models import KINDS, ModelConfig, make_model
from attngen.series.windows import Windows
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPE = ModelConfig(lookback=12, horizon=6, variables=3, calendar=3, dim=8, heads=2, layers=1,
                    patch=4, stride=2, kernel=5, period=7)  # fmt: skip


def some_windows(count: int = 37, seed: int = 0) -> Windows:
    make = torch.Generator().manual_seed(seed)
    values, calendar = (torch.randn(count + 17, 3, dtype=torch.double, generator=make) for _ in range(2))
    return Windows(values, calendar, SHAPE.lookback, SHAPE.horizon)


def some_model(kind: str = "itransformer"):
    torch.manual_seed(0)
    return make_model(replace(SHAPE, kind=kind)).double()


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 60))
def test_errors_are_a_plain_loop_whatever_the_batch(count, batch_size):
    """Window by window, with nothing dropped at the end."""
    model, windows = some_model("dlinear"), some_windows(count)
    found = errors(model, windows, batch_size)
    wrong = []
    for start in range(count):
        values = windows.values[start : start + 18]
        past, future = values[:12], values[12:]
        forecast = model(past[None], windows.calendar[None, start : start + 12], None)[0]
        wrong.append((forecast - future).detach().numpy())
    wrong = np.stack(wrong)   # (count, H, V)
    assert found.windows == len(windows) == count
    assert found.mse == pytest.approx((wrong**2).mean(), rel=1e-9)
    assert found.mae == pytest.approx(np.abs(wrong).mean(), rel=1e-9)
    np.testing.assert_allclose(found.by_step, (wrong**2).mean(axis=(0, 2)), rtol=1e-9)


def test_errors_are_measured_without_dropout_or_gradients():
    model = make_model(replace(SHAPE, dropout=0.5)).double().train()
    one, other = errors(model, some_windows()), errors(model.train(), some_windows())
    assert one.mse == other.mse and not one.by_step.requires_grad


@pytest.mark.parametrize("kind", KINDS)
def test_a_forecast_is_made_without_the_future(kind):
    """There is nothing to look at where the future's values would be."""
    model, windows = some_model(kind).eval(), some_windows()
    batch = windows.batch(torch.arange(5))
    assert torch.equal(forecast_of(model, replace(batch, future=None)), forecast_of(model, batch))


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_after_a_window_changes_no_forecast(kind):
    """The last window of the test part: with every later value unknown, its forecast is the same."""
    model, windows = some_model(kind).eval(), some_windows()
    last = torch.tensor([len(windows) - 1])
    before = forecast_of(model, windows.batch(last))
    windows.values[len(windows) - 1 + SHAPE.lookback :] = torch.nan
    assert torch.equal(forecast_of(model, windows.batch(last)), before)


def test_the_loss_of_training_is_the_error_of_measuring():
    model, windows = some_model().eval(), some_windows()
    summed, count = squared_error(model, windows.batch(torch.arange(len(windows))))
    assert count == len(windows)
    assert (summed / count).item() == pytest.approx(errors(model, windows).mse)


@settings(max_examples=60)
@given(st.integers(1, 300), st.integers(0, 320))
def test_thinned_windows_are_spread_over_all(count, limit):
    windows = thin(some_windows(count), limit)
    starts = windows.starts.tolist()
    assert len(starts) == len(windows) == len(windows.lengths) == (min(limit, count) if limit else count)
    assert starts == sorted(set(starts)) and starts[0] == 0
    steps = np.diff(starts)
    assert len(starts) == 1 or (starts[-1] == count - 1 and steps.max() - steps.min() <= 1)


@pytest.mark.parametrize(("horizon", "variables"), [(1, 2), (48, 2), (23, 2)])
def test_a_model_of_another_horizon_is_not_scored(horizon, variables):
    """One forecast step would be broadcast over all targets, and give a number."""
    windows = Windows(torch.randn(200, variables), torch.zeros(200, 0), 96, 24)
    model = make_model(ModelConfig("repeat", 96, horizon, variables, 0, normalise=False))
    with pytest.raises(ValueError, match=rf"ask for .* \(24, 2\), the model forecasts \({horizon}, 2\)|calendar of"):
        errors(model, windows)
    with pytest.raises(ValueError, match="the model forecasts|calendar of"):
        squared_error(model, windows.batch(torch.arange(3)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_calendar_of_other_features_is_refused(kind):
    model = make_model(ModelConfig(kind, 30, 5, 2, 4, dim=8, heads=2, normalise=False))
    for past, future in ((3, 4), (4, 5)):
        with pytest.raises(ValueError, match=r"a calendar of \(steps, features\)"):
            model(torch.zeros(1, 30, 2), torch.zeros(1, 30, past), torch.zeros(1, 5, future))

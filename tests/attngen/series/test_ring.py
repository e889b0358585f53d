"""Series with known drivers: variance, drivers, the floor of the error, and separate parts."""
import pytest
import torch
from attngen.series import ring
from attngen.series.ring import RingConfig, driven, floor, truth, windows
from attngen.series.table import SeriesError
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 9))
def test_everyone_on_a_ring_has_one_driver_and_drives_one(variables):
    true = truth(ring.ring(variables))
    assert true.shape == (variables, variables)
    assert (true.sum(0) == 1).all() and (true.sum(1) == 1).all()
    assert (true.diagonal().sum() == 0) == (variables > 1)
    assert torch.equal(truth(ring.alone(variables)), torch.eye(variables))


@given(st.integers(2, 5), st.integers(1, 4), st.integers(0, 99))
def test_a_perfect_echo_repeats_its_driver(variables, lag, seed):
    series = driven(ring.ring(variables), 50, lag, 1.0, seed)
    assert torch.equal(series[lag:], series[:-lag].roll(1, dims=1))


def test_without_strength_series_are_noise():
    series = driven(ring.ring(4), 5000, 2, 0.0)
    later = torch.corrcoef(torch.cat([series[2:], series[:-2]], dim=1).T)
    assert (later - torch.eye(8)).abs().max() < 0.06


@pytest.mark.parametrize("strength", [0.3, 0.9])
def test_every_series_has_variance_one_and_echoes_its_driver_only(strength):
    lag, count = 3, 4
    series = driven(ring.ring(count), 20_000, lag, strength, seed=1)
    assert torch.allclose(series.var(0), torch.ones(count), atol=0.12)
    together = torch.corrcoef(torch.cat([series[lag:], series[:-lag]], dim=1).T)[:count, count:]
    assert torch.allclose(together, strength * truth(ring.ring(count)), atol=0.06)
    at_once = torch.corrcoef(series.T) - torch.eye(count)
    assert at_once.abs().max() < 0.08      # values at the same time tell nothing


def test_the_true_rule_reaches_the_floor_and_nothing_linear_is_below_it():
    config = RingConfig(steps=20_000)
    drivers = ring.ring(config.variables)
    test = ring.parts(config, drivers, 3)["test"]
    batch = test.batch(torch.arange(len(test)))
    start = config.lookback - config.lag
    rule = config.strength * batch.past[:, start : start + config.horizon, list(drivers)]
    error = (rule - batch.future).square().mean().item()
    assert error == pytest.approx(floor(config.strength), rel=0.05)
    inputs = torch.cat([batch.past.flatten(1), torch.ones(len(test), 1)], dim=1)
    fitted = inputs @ torch.linalg.lstsq(inputs, batch.future.flatten(1)).solution
    assert (fitted - batch.future.flatten(1)).square().mean() > 0.9 * floor(config.strength)


def test_the_same_seed_gives_the_same_series_and_another_seed_others():
    one, same, other = (driven(ring.ring(3), 20, 2, 0.5, seed) for seed in (4, 4, 5))
    assert torch.equal(one, same) and not torch.allclose(one, other)


def test_parts_share_no_row():
    config = RingConfig(variables=3, lag=2, steps=200, lookback=4, horizon=2)
    parts = ring.parts(config, ring.ring(3))
    rows = {name: {tuple(row.tolist()) for row in part.values} for name, part in parts.items()}
    assert sum(map(len, rows.values())) == 200 == len(set().union(*rows.values()))
    assert {name: len(part) for name, part in parts.items()} == {"train": 135, "validation": 15, "test": 35}


def test_windows_have_an_empty_calendar():
    batch = windows(torch.randn(20, 3), 4, 2).batch(torch.arange(2))
    assert batch.past.shape == (2, 4, 3) and batch.past_calendar.shape == (2, 4, 0)


@pytest.mark.parametrize("bad", [((0, 3), 10, 1, 0.5), ((), 10, 1, 0.5), ((-1,), 10, 1, 0.5)])
def test_drivers_must_be_variables(bad):
    with pytest.raises(SeriesError, match="drivers must be"):
        driven(*bad)


@pytest.mark.parametrize("steps, lag, strength", [(0, 1, 0.5), (10, 0, 0.5), (10, 1, 1.5), (10, 1, -0.1)])
def test_steps_lag_and_strength_are_checked(steps, lag, strength):
    with pytest.raises(SeriesError, match=f"lag {lag}, strength {strength}"):
        driven((0,), steps, lag, strength)


def test_what_is_needed_must_have_been_seen():
    with pytest.raises(SeriesError, match="horizon 7, lag 6"):
        RingConfig(horizon=7)
    with pytest.raises(SeriesError, match="lookback 5"):
        RingConfig(lookback=5)

"""Errors by step: what is averaged, what recursion does to an AR(1) process, and a floor nobody can beat."""
from dataclasses import replace

import numpy as np
import pytest
import torch
from attngen.series.multistep import make_strategy
from attngen.series.multistep_config import StrategyConfig
from attngen.series.multistep_run import by_step, squared_error
from attngen.series.multistep_waves import Waves, ar1_error
from attngen.series.splits import fit_scaler
from attngen.series.windows import Windows

SMALL = StrategyConfig(lookback=16, horizon=6, patch=4, dim=8, heads=2, chunks=3)


def test_errors_by_step_are_means_over_windows_and_variables():
    values = torch.randn(60, 2)
    windows = Windows(values, torch.zeros(60, 1), 16, 6)
    every = windows.batch(torch.arange(len(windows)))
    found = by_step(lambda batch: torch.zeros_like(batch.future), windows, torch.arange(len(windows)), 7)
    torch.testing.assert_close(found["mse"], every.future.double().square().mean(dim=(0, 2)))
    torch.testing.assert_close(found["mae"], every.future.double().abs().mean(dim=(0, 2)))


def test_the_loss_of_recursion_is_that_of_the_first_step():
    values = torch.randn(60, 2)
    batch = Windows(values, torch.zeros(60, 1), 16, 6).batch(torch.arange(5))
    model = make_strategy("recursive", SMALL).eval()
    summed, count = squared_error(model, batch)
    assert count == 10
    torch.testing.assert_close(summed, (model(batch.past)[:, 0] - batch.future[:, 0]).square().sum())


@pytest.mark.parametrize(("phi", "guess"), [(0.8, 0.8), (0.8, 0.9), (-0.5, 0.3)])
def test_the_error_of_recursion_on_ar1_is_as_simulated(phi, guess):
    rng, paths, horizon = np.random.default_rng(0), 200_000, 5
    now = rng.normal(0, (1 - phi**2) ** -0.5, paths)
    later, expected = now, ar1_error(phi, guess, horizon)
    for step in range(1, horizon + 1):
        later = phi * later + rng.normal(size=paths)
        assert np.mean((later - guess**step * now) ** 2) == pytest.approx(expected[step - 1], rel=0.03)


def test_nobody_beats_the_floor_and_who_knows_all_reaches_it():
    waves = Waves(rows=20_000, seed=3)
    noise = waves.table().values - replace(waves, sigma=0.0).table().values  # the same draws without noise
    scaler = fit_scaler(waves.table())
    floor = waves.floor(4, scaler)
    for step in range(1, 5):
        error = (noise[step:] - waves.phi**step * noise[:-step]) / scaler.std
        assert np.mean(error**2) == pytest.approx(floor[step - 1], rel=0.05)
    assert (np.diff(floor) > 0).all()

"""The process that shows what paths hold."""
import pytest
import torch
from attngen.series.probabilistic import coverage, sample_paths
from attngen.series.sampling_example import Autoregression, shuffle_steps


def test_its_variance_is_that_of_the_formula():
    process, generator = Autoregression(0.8, 6.0), torch.Generator().manual_seed(0)
    past, future = process.simulate(3000, 2, 3, generator)
    assert past.shape == (3000, 2, 1) and future.shape == (3000, 3, 1)
    noise = 6 / 4  # variance of a Student-t with six degrees
    assert future.var().item() == pytest.approx(noise / (1 - 0.64), rel=0.1)


def test_shuffled_steps_keep_each_step_and_lose_the_whole():
    process, generator = Autoregression(), torch.Generator().manual_seed(0)
    past, future = process.simulate(200, 2, 12, generator)
    paths = sample_paths(process.next_step, past, 12, 100, generator)
    alone = shuffle_steps(paths, generator)
    assert torch.equal(alone.sort(1).values, paths.sort(1).values)
    assert coverage(alone, future) == coverage(paths, future)
    assert coverage(alone.mean(2), future.mean(1)) + 0.2 < coverage(paths.mean(2), future.mean(1))

"""Distributions and their scores, against torch, scipy and numbers that are known."""
import math

import pytest
import torch
from attngen.series.informer import InformerConfig
from attngen.series.one_shot import OneShot, likelihood_loss
from attngen.series.one_shot import sampled as one_shot_sampled
from attngen.series.probabilistic import (
    StudentT,
    StudentTHead,
    coverage,
    crps,
    interval,
    pinball,
    sample_paths,
    scores,
)
from attngen.series.windows import Batch
from scipy import integrate, stats


def some(df=5.0, loc=1.0, scale=2.0, shape=(1,)):
    return StudentT(*(torch.full(shape, each, dtype=torch.double) for each in (df, loc, scale)))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_likelihood_is_torchs():
    df, loc, scale = 2 + torch.rand(50).double() * 30, torch.randn(50).double(), torch.rand(50).double() + 0.1
    value = torch.randn(50).double() * 5
    expected = -torch.distributions.StudentT(df, loc, scale).log_prob(value)
    torch.testing.assert_close(StudentT(df, loc, scale).nll(value), expected)


def test_the_likelihood_is_scipys():
    value = torch.tensor([-3.0, 0.0, 8.0], dtype=torch.double)
    expected = -stats.t.logpdf(value.numpy(), 5, 1, 2)
    torch.testing.assert_close(some().nll(value), torch.from_numpy(expected))


def test_draws_have_the_distributions_quantiles():
    drawn = some(df=3.0, shape=(100_000,)).sample(seeded())
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert drawn.quantile(level).item() == pytest.approx(stats.t.ppf(level, 3, 1, 2), abs=0.08)
    assert stats.kstest(drawn[:5000].numpy(), "t", args=(3, 1, 2)).pvalue > 1e-3


def test_the_head_gives_a_proper_distribution_and_learns_one():
    torch.manual_seed(0)
    head = StudentTHead(2, 1)
    found = head(100 * torch.randn(500, 2))
    assert (found.df > 2).all() and (found.scale > 0).all() and found.loc.shape == (500, 1)
    values = torch.from_numpy(stats.t.rvs(4, 3, 0.5, 4000, random_state=0)).float()[:, None]
    optimizer = torch.optim.Adam(head.parameters(), 0.05)
    for _ in range(300):
        loss = head(torch.ones(4000, 2)).nll(values).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    learned = head(torch.ones(1, 2))
    assert learned.loc.item() == pytest.approx(3, abs=0.05)
    assert learned.scale.item() == pytest.approx(0.5, abs=0.05)
    assert learned.df.item() == pytest.approx(4, abs=1.5)


def test_the_crps_of_samples_is_that_of_their_distribution():
    """Against the integral of (F(x) - 1[x >= y])^2."""
    truth = 2.5

    def squared(x):
        return (stats.t.cdf(x, 5, 1, 2) - (x >= truth)) ** 2

    exact = integrate.quad(squared, -60, 60, points=[truth], limit=200)[0]
    paths = some(shape=(40_000,)).sample(seeded())
    assert crps(paths, torch.tensor(truth).double(), dim=0).item() == pytest.approx(exact, rel=0.02)


def test_the_crps_against_all_pairs():
    paths, truth = torch.randn(3, 7, 2).double(), torch.randn(3, 2).double()
    pairs = (paths[:, :, None] - paths[:, None]).abs().sum(dim=(1, 2)) / (7 * 6)
    expected = (paths - truth[:, None]).abs().mean(1) - pairs / 2
    torch.testing.assert_close(crps(paths, truth), expected)


def test_the_crps_of_one_path_is_its_absolute_error():
    paths, truth = torch.randn(4, 1, 3), torch.randn(4, 3)
    torch.testing.assert_close(crps(paths, truth), (paths[:, 0] - truth).abs())


def test_the_crps_does_not_favour_few_paths():
    """Unbiased: the mean over many small samples is that of a large one."""
    truth = torch.zeros(20_000)
    few_paths = crps(torch.randn(20_000, 3, generator=seeded()), truth).mean()
    assert few_paths.item() == pytest.approx(2 / math.sqrt(2 * math.pi) - 1 / math.sqrt(math.pi), abs=0.02)


def test_the_pinball_loss_is_least_at_its_quantile():
    values = torch.randn(20_000, generator=seeded())
    grid = torch.linspace(-2, 2, 81)
    losses = torch.stack([pinball(point, values, 0.9).mean() for point in grid])
    assert grid[losses.argmin()].item() == pytest.approx(stats.norm.ppf(0.9), abs=0.1)
    assert pinball(torch.tensor(1.0), torch.tensor(3.0), 0.9).item() == pytest.approx(1.8)
    assert pinball(torch.tensor(3.0), torch.tensor(1.0), 0.9).item() == pytest.approx(0.2)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_an_honest_forecast_covers_its_level(level):
    paths = torch.randn(2000, 200, 1, 1, generator=seeded())
    truth = torch.randn(2000, 1, 1, generator=seeded(1))
    assert coverage(paths, truth, level) == pytest.approx(level, abs=0.03)
    lower, upper = interval(paths, level)
    assert (lower < upper).all() and upper.mean().item() == pytest.approx(stats.norm.ppf((1 + level) / 2), abs=0.05)


def test_paths_are_drawn_step_by_step_each_from_the_ones_before():
    """A walk that adds one: with no noise every path continues the past."""

    def add_one(values):
        last = values[:, -1]
        return StudentT(torch.full_like(last, 1e6), last + 1, torch.full_like(last, 1e-9))

    past = torch.tensor([[[0.0], [1.0]], [[5.0], [7.0]]]).double()
    paths = sample_paths(add_one, past, horizon=3, paths=4, generator=seeded())
    assert paths.shape == (2, 4, 3, 1)
    expected = torch.tensor([[2.0, 3.0, 4.0], [8.0, 9.0, 10.0]]).double()[:, None, :, None].expand(2, 4, 3, 1)
    torch.testing.assert_close(paths, expected, atol=1e-6, rtol=0)


def test_the_paths_of_an_autoregression_widen_as_theory_says():
    """x' = a x + noise: the variance after h steps is the sum of a^2k."""

    def step(values):
        last = values[:, -1]
        return StudentT(torch.full_like(last, 1e6), 0.9 * last, torch.ones_like(last))

    paths = sample_paths(step, torch.zeros(1, 1, 1).double(), 5, 20_000, seeded())
    for h in range(5):
        expected = sum(0.81**k for k in range(h + 1))
        assert paths[0, :, h].var().item() == pytest.approx(expected, rel=0.05)


def test_scores_of_a_forecast():
    truth = torch.randn(400, 2, 3, generator=seeded())
    good = scores(torch.randn(400, 100, 2, 3, generator=seeded(1)), truth)
    narrow = scores(0.1 * torch.randn(400, 100, 2, 3, generator=seeded(1)), truth)
    assert good["mse"] == pytest.approx(1, abs=0.1) and good["coverage"] == pytest.approx(0.8, abs=0.03)
    assert good["crps"] == pytest.approx(1 / math.sqrt(math.pi), abs=0.03)
    assert narrow["coverage"] < 0.2 and narrow["crps"] > good["crps"] and narrow["pinball"] > good["pinball"]
    assert narrow["width"] < good["width"]


def test_bad_requests_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(torch.randn(1, 5), 1.0)
    with pytest.raises(ValueError, match="at least one step"):
        sample_paths(lambda x: some(), torch.zeros(1, 1, 1), 0, 1)


SHAPE = InformerConfig(lookback=12, horizon=4, variables=2, calendar=1, label_length=4, dim=8, heads=2, normalise=True)


def batch(size=3, seed=0):
    def random(steps, columns):
        return torch.randn(size, steps, columns, generator=seeded(seed))

    return Batch(random(12, 2), random(4, 2), random(12, 1), random(4, 1))


def test_one_pass_gives_a_distribution_for_every_step():
    torch.manual_seed(0)
    model = OneShot(SHAPE).eval()
    given = batch()
    found = model(given.past, given.past_calendar, given.future_calendar)
    assert found.loc.shape == found.df.shape == found.scale.shape == (3, 4, 2)
    far = model(100 * given.past + 7, given.past_calendar, given.future_calendar)
    torch.testing.assert_close(far.loc, 100 * found.loc + 7, rtol=1e-2, atol=1e-1)
    torch.testing.assert_close(far.scale, 100 * found.scale, rtol=1e-2, atol=1e-2)
    loss, count = likelihood_loss(model, given)
    expected = -torch.distributions.StudentT(found.df, found.loc, found.scale).log_prob(given.future)
    assert count == 3 and loss.item() == pytest.approx(expected.sum(2).mean(1).sum().item(), rel=1e-4)
    paths = one_shot_sampled(model, given, 2000, seeded())
    assert paths.shape == (3, 2000, 4, 2)
    torch.testing.assert_close(paths.median(1).values, found.loc, atol=0.25, rtol=0.1)

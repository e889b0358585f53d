"""Likelihoods: torch's Bernoulli, probabilities that sum to one, and numbers that stay finite."""
import math

import pytest
import torch
from attngen.pixelcnn.likelihood import bits_per_dim, every_image, mean_nll, nll, total_probability
from attngen.pixelcnn.networks import NetworkConfig, make_network
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Bernoulli

few = settings(max_examples=20, deadline=None)
SHEET = NetworkConfig(channels=3, layers=2, size=3)
GATED = NetworkConfig("gated", channels=3, layers=2, size=3)


class Fixed(torch.nn.Module):
    """A stand-in for a network: the same logits for every image."""

    def __init__(self, logits: torch.Tensor):
        super().__init__()
        self.logits = torch.nn.Parameter(logits)

    def forward(self, images):
        return self.logits.expand_as(images)


@few
@given(st.data(), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_the_likelihood_is_that_of_torchs_bernoulli(lively, uniform, configs, data, batch, height, width, seed):
    model = lively(data.draw(configs), seed)
    images = uniform(batch, 1, height, width, seed=seed).round()
    expected = -Bernoulli(logits=model(images)).log_prob(images).sum((1, 2, 3))
    torch.testing.assert_close(nll(model, images), expected)
    assert nll(model, images).shape == (batch,)


@few
@given(st.integers(1, 4), st.integers(0, 99))
def test_grey_levels_are_a_cross_entropy(lively, uniform, batch, seed):
    model, images = lively(SHEET), uniform(batch, 1, 3, 4, seed=seed)
    probability = torch.sigmoid(model(images))
    expected = -(images * probability.log() + (1 - images) * (1 - probability).log()).sum((1, 2, 3))
    torch.testing.assert_close(nll(model, images), expected)


@settings(max_examples=8, deadline=None)
@given(st.data(), st.sampled_from([(3, 3), (2, 4), (1, 5), (4, 1), (1, 1)]), st.integers(0, 99))
def test_the_probabilities_of_all_images_sum_to_one(lively, configs, data, size, seed):
    model = lively(data.draw(configs), seed)
    assert total_probability(model, *size) == pytest.approx(1, abs=1e-9)


def test_it_does_so_in_single_precision_too(lively):
    for config in (SHEET, GATED):
        assert total_probability(lively(config).float()) == pytest.approx(1, abs=1e-5)


def test_it_is_not_one_where_a_pixel_sees_itself(lively):
    """What that costs grows with training (see test_mistakes); it can be told from the first step on."""
    for seed in range(4):
        model = lively(SHEET, seed)
        model.masked[0].mask[-1, 1] = 1   # the pixel itself
        assert abs(total_probability(model) - 1) > 1e-6


def test_every_image_is_there_once():
    images = every_image(2, 3)
    assert images.shape == (64, 1, 2, 3)
    assert len(images.flatten(1).unique(dim=0)) == 64
    assert set(images.unique().tolist()) == {0.0, 1.0}
    with pytest.raises(ValueError, match=r"2\*\*20 images of 4x5: too many"):
        every_image(4, 5)


@given(st.floats(0, 1e4), st.integers(1, 2000))
def test_bits_per_dim_is_the_logarithm_of_another_base(nats, pixels):
    assert bits_per_dim(nats, pixels) == pytest.approx(nats * math.log2(math.e) / pixels)


def test_one_bit_a_pixel_is_what_a_coin_costs():
    model = Fixed(torch.zeros(1, 1, 28, 28))
    images = (torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    assert bits_per_dim(mean_nll(model, images)) == pytest.approx(1)


@pytest.mark.parametrize("size", [100.0, 1e4, 1e30])
def test_extreme_logits_stay_finite_and_keep_their_gradient(size):
    """sigmoid and log would give log(0) from a logit of 100 on."""
    model = Fixed(torch.tensor([[[[size, -size]]]]))
    right, wrong = torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([[[[0.0, 1.0]]]])
    assert 0 <= nll(model, right).item() < 1e-40
    loss = nll(model, wrong)
    assert loss.item() == pytest.approx(2 * size)
    loss.backward()
    assert model.logits.grad.flatten().tolist() == [1, -1]


def test_a_double_network_is_measured_in_double():
    model = Fixed(torch.full((1, 1, 1, 1), 1e-12, dtype=torch.float64))
    white = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    assert nll(model, white).item() - math.log(2) == pytest.approx(5e-13, rel=1e-3)


def test_under_bfloat16_the_pixels_are_summed_in_single_precision():
    model = Fixed(torch.zeros(1, 1, 28, 28, dtype=torch.bfloat16))
    total = nll(model, torch.zeros(1, 1, 28, 28))
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(784 * math.log(2), rel=1e-6)   # bfloat16 would stop at 256


@few
@given(st.integers(1, 12), st.integers(1, 13))
def test_the_mean_does_not_depend_on_the_batches(lively, uniform, count, batch_size):
    model, images = lively(GATED), uniform(count, 1, 3, 3).round()
    assert mean_nll(model, images, batch_size) == pytest.approx(nll(model, images).mean().item())


@pytest.mark.parametrize(("images", "message"), [
    (torch.zeros(0, 1, 28, 28), "the mean over no images"),
    (torch.zeros(2, 28, 28), r"not \(2, 28, 28\)"),
    (torch.zeros(2, 3, 8, 8), r"not \(2, 3, 8, 8\)"),
    (torch.full((2, 1, 8, 8), 255.0), "divide grey levels by 255"),
    (torch.full((2, 1, 8, 8), -1.0), r"pixels lie in \[0, 1\], not in \[-1, -1\]"),
    (torch.full((2, 1, 8, 8), math.nan), "pixels lie in"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(lively, images, message):
    with pytest.raises(ValueError, match=message):
        mean_nll(lively(SHEET).float(), images)


def test_a_leak_from_further_away_than_the_image_is_wide_needs_a_wider_one():
    """Why the chapter sums over a strip as well: in 3x3 no weight three columns away is ever used."""
    torch.manual_seed(0)
    model = make_network(NetworkConfig(channels=6, layers=2, cropped=False)).double()
    for p in model.parameters():
        p.data *= 3
    for conv in model.masked:
        conv.mask[3, 6] = 1  # three columns to the right, in the pixel's own row
    assert total_probability(model, 3, 3) == pytest.approx(1)
    assert abs(total_probability(model, 2, 5) - 1) > 1e-3

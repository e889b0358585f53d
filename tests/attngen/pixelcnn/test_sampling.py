"""Both samplers draw the same pixels, from the right distribution, and leave known pixels alone."""
import math

import pytest
import torch
from attngen.pixelcnn.likelihood import every_image, nll
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.sampling import draw, sample, sample_naive, uniform_noise
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

few = settings(max_examples=25, deadline=None)
SHEET = NetworkConfig(channels=4, layers=2, size=3)
GATED = NetworkConfig("gated", channels=4, layers=2, size=3)
temperatures = st.sampled_from([1e-6, 0.3, 1.0, 1.7, 50.0])
sides = st.integers(1, 6)


@few
@given(st.data(), st.integers(0, 3), sides, sides, temperatures, st.integers(0, 99))
def test_the_cached_loop_draws_what_the_naive_one_draws(
    lively, uniform, configs, data, batch, height, width, temperature, seed
):
    model = lively(data.draw(configs), seed)
    noise = uniform(batch, 1, height, width, seed=seed)
    naive = sample_naive(model, noise, temperature)
    assert naive.shape == noise.shape and naive.dtype == noise.dtype
    assert ((naive == 0) | (naive == 1)).all()
    assert torch.equal(sample(model, noise, temperature), naive)


@few
@given(st.data(), st.integers(1, 3), sides, sides, temperatures, st.integers(0, 99))
def test_so_it_does_in_completions_and_known_pixels_stay(
    lively, uniform, configs, data, batch, height, width, temperature, seed
):
    model = lively(data.draw(configs), seed)
    noise, given_ = (uniform(batch, 1, height, width, seed=seed + s) for s in (0, 1))   # grey levels may be given
    known = uniform(height, width, seed=seed + 2) < 0.5
    naive = sample_naive(model, noise, temperature, given_, known)
    found = sample(model, noise, temperature, given_, known)
    assert torch.equal(found, naive)
    assert torch.equal(found[..., known], given_[..., known])
    assert ((found[..., ~known] == 0) | (found[..., ~known] == 1)).all()


@pytest.mark.parametrize("config", [
    NetworkConfig(channels=4, layers=3, size=1),
    NetworkConfig(channels=4, layers=3, size=1, cropped=False),
    NetworkConfig(channels=4, layers=1, size=9),   # a kernel larger than the image
    NetworkConfig("gated", channels=4, layers=2, size=9),
])  # fmt: skip
@pytest.mark.parametrize("size", [(1, 1), (7, 1), (1, 7), (3, 8)])
def test_kernels_and_images_at_the_edge(lively, uniform, config, size):
    model, noise = lively(config), uniform(3, 1, *size)
    assert torch.equal(sample(model, noise), sample_naive(model, noise))


@pytest.mark.parametrize("config", [NetworkConfig(channels=16, layers=6, size=7), NetworkConfig("gated", 16, 4)])
def test_the_books_networks_in_single_precision_on_whole_images(lively, config):
    model = lively(config).float().to(memory_format=torch.channels_last)
    noise = uniform_noise(2, 14, 14, seed=1)
    assert torch.equal(sample(model, noise), sample_naive(model, noise))


class Tempered(torch.nn.Module):
    """A network whose logits are divided: its probabilities are what sampling at a temperature draws from."""

    def __init__(self, model, temperature):
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, images):
        return self.model(images) / self.temperature


@pytest.mark.parametrize("config", [SHEET, GATED])
@pytest.mark.parametrize("temperature", [1.0, 0.5, 2.0])
def test_images_come_as_often_as_they_are_probable(lively, uniform, config, temperature):
    model, count = lively(config, seed=4), 20_000
    images = every_image(2, 2).double()
    with torch.no_grad():
        expected = count * torch.exp(-nll(Tempered(model, temperature), images))
    drawn = sample(model, uniform(count, 1, 2, 2, seed=8), temperature).flatten(1)
    numbers = (drawn @ torch.tensor([8.0, 4, 2, 1], dtype=torch.float64)).long()
    assert torch.equal(images.flatten(1)[numbers], drawn)
    assert expected.max() / expected.min() > 1.2   # not all equally probable: there is something to get wrong
    assert chisquare(numbers.bincount(minlength=16).numpy(), expected.numpy()).pvalue > 1e-3


@few
@given(st.data(), sides, sides, st.integers(0, 99))
def test_towards_temperature_zero_each_pixel_is_the_likelier_one(lively, uniform, configs, data, height, width, seed):
    model = lively(data.draw(configs), seed)
    drawn = sample(model, uniform(2, 1, height, width, seed=seed) * 0.98 + 0.01, 1e-9)
    logits = model(drawn)
    clear = logits.abs() > 1e-6
    assert torch.equal(drawn[clear], (logits > 0).double()[clear])


def test_a_pixel_is_one_where_its_number_is_below_the_probability():
    logit = torch.tensor([0.0, 0.0, math.log(3), math.log(3), -200.0, 200.0])
    noise = torch.tensor([0.49, 0.51, 0.74, 0.76, 0.0, 0.999])
    assert draw(logit, noise, 1.0).tolist() == [1, 0, 1, 0, 0, 1]
    assert draw(logit / 5, noise, 0.2).tolist() == [1, 0, 1, 0, 0, 1]


@few
@given(st.integers(1, 5), sides, sides, st.integers(0, 99))
def test_images_do_not_depend_on_those_drawn_with_them(lively, uniform, batch, height, width, seed):
    model, noise = lively(GATED), uniform(batch, 1, height, width, seed=seed)
    together = sample(model, noise)
    for image, numbers in zip(together, noise, strict=True):
        assert torch.equal(sample(model, numbers[None])[0], image)


def test_what_is_known_further_down_has_no_influence(lively, uniform):
    model, noise = lively(SHEET), uniform(5, 1, 6, 6)
    known = torch.zeros(6, 6, dtype=torch.bool)
    known[3:] = True
    for given_ in (torch.zeros_like(noise), torch.ones_like(noise)):
        assert torch.equal(sample(model, noise, 1.0, given_, known)[:, :, :3], sample(model, noise)[:, :, :3])


def test_what_is_known_above_has(lively, uniform):
    model, noise = lively(SHEET), uniform(20, 1, 6, 6)
    known = torch.zeros(6, 6, dtype=torch.bool)
    known[:3] = True
    dark, light = (sample(model, noise, 1.0, make(noise), known) for make in (torch.zeros_like, torch.ones_like))
    assert (dark[:, :, 3:] != light[:, :, 3:]).any()


def test_random_numbers_belong_to_their_seed():
    noise = uniform_noise(4, 5, 6, seed=3)
    assert noise.shape == (4, 1, 5, 6)
    assert torch.equal(noise, uniform_noise(4, 5, 6, seed=3))
    assert not torch.equal(noise, uniform_noise(4, 5, 6, seed=4))
    assert torch.equal(noise[:2], uniform_noise(2, 5, 6, seed=3))   # more samples leave the first ones as they are
    assert (noise >= 0).all() and (noise < 1).all()


def test_sampling_keeps_no_gradients(lively, uniform):
    assert not sample(lively(GATED), uniform(1, 1, 2, 2)).requires_grad


IMAGE, NUMBERS, KNOWN = torch.zeros(2, 1, 4, 5), torch.rand(2, 1, 4, 5), torch.ones(4, 5, dtype=torch.bool)


@pytest.mark.parametrize("sampler", [sample, sample_naive])
@pytest.mark.parametrize(("arguments", "message"), [
    ((NUMBERS, 0.0), "temperature must be positive and finite, not 0.0"),
    ((NUMBERS, -1.0), "temperature must be positive and finite, not -1.0"),
    ((NUMBERS, math.nan), "temperature must be positive and finite, not nan"),
    ((NUMBERS, math.inf), "temperature must be positive and finite, not inf"),
    ((NUMBERS.round().long(), 1.0), r"fractions in \[0, 1\), of a floating type, not torch.int64"),
    ((NUMBERS < 0.5, 1.0), "not torch.bool"),
    ((NUMBERS[0], 1.0), r"not \(1, 4, 5\)"),
    ((NUMBERS + 1, 1.0), "lie in"),
    ((NUMBERS, 1.0, IMAGE), "a completion needs both"),
    ((NUMBERS, 1.0, None, KNOWN), "a completion needs both"),
    ((NUMBERS, 1.0, IMAGE[:1], KNOWN), r"one random number for each given pixel: \(2, 1, 4, 5\), not \(1, 1, 4, 5\)"),
    ((NUMBERS, 1.0, IMAGE, KNOWN[:3]), r"known is a boolean \(4, 5\), not torch.bool \(3, 5\)"),
    ((NUMBERS, 1.0, IMAGE, KNOWN.float()), r"known is a boolean \(4, 5\), not torch.float32"),
    ((NUMBERS, 1.0, IMAGE + 2, KNOWN), "divide grey levels by 255"),
    ((NUMBERS, 1.0, IMAGE / 0, KNOWN), "lie in"),
])  # fmt: skip
def test_arguments_that_make_no_sense_are_refused(lively, sampler, arguments, message):
    with pytest.raises(ValueError, match=message):
        sampler(lively(SHEET).float(), *arguments)


@pytest.mark.parametrize("draw_with", [sample, sample_naive])
def test_dropout_at_work_is_refused(draw_with):
    model = make_network(NetworkConfig("gated", channels=4, layers=2, size=3, dropout=0.5)).train()
    with pytest.raises(ValueError, match=r"call model.eval\(\) first"):
        draw_with(model, uniform_noise(1, 4, 4))
    assert draw_with(model.eval(), uniform_noise(1, 4, 4)).shape == (1, 1, 4, 4)

"""The caches: the whole network's logits, pixel by pixel, for the work of one pass over the image."""
import pytest
import torch
from attngen.pixelcnn import mistakes
from attngen.pixelcnn.caches import GatedCache, SheetCache, make_cache
from attngen.pixelcnn.networks import NetworkConfig
from attngen.pixelcnn.sampling import sample
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

few = settings(max_examples=30, deadline=None)
SHEET = NetworkConfig(channels=4, layers=3, size=5)
GATED = NetworkConfig("gated", channels=4, layers=3, size=5)


@few
@given(st.data(), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(0, 99))
def test_the_logits_are_those_of_the_whole_network(lively, uniform, configs, data, batch, height, width, seed):
    """For images of any grey levels, so that each feature counts with all its digits."""
    model = lively(data.draw(configs), seed)
    images = uniform(batch, 1, height, width, seed=seed)
    cache, found = make_cache(model, batch, height, width), torch.empty_like(images)
    with torch.no_grad():
        for row in range(height):
            cache.start_row(row)
            for column in range(width):
                found[:, :, row, column] = cache.logit(column)
                cache.put(column, images[:, :, row, column])
        torch.testing.assert_close(found, model(images), rtol=1e-10, atol=1e-12)


def flops(function, *arguments) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function(*arguments)
    return counter.get_total_flops()


@pytest.mark.parametrize("config", [SHEET, GATED, NetworkConfig(channels=4, layers=3, size=5, cropped=False)])
@pytest.mark.parametrize("size", [(1, 9), (9, 1), (6, 8)])
def test_a_whole_image_costs_no_more_than_one_pass_over_it(lively, uniform, config, size):
    """The naive loop makes as many passes as there are pixels."""
    model, images = lively(config), uniform(2, 1, *size)
    assert 0 < flops(sample, model, images) <= flops(model, images)


def test_each_network_has_its_cache(lively):
    assert isinstance(make_cache(lively(SHEET), 1, 3, 3), SheetCache)
    assert isinstance(make_cache(lively(GATED), 1, 3, 3), GatedCache)
    with pytest.raises(TypeError, match="for PixelCNN and GatedPixelCNN, not for Linear"):
        make_cache(torch.nn.Linear(1, 1), 1, 3, 3)


def test_a_cache_leaves_the_network_as_it_was(lively, uniform):
    for config in (SHEET, GATED, NetworkConfig(channels=4, layers=2, size=3, cropped=False)):
        model = lively(config)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        sample(model, uniform(2, 1, 4, 4))
        assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_a_network_trained_on_gives_a_new_cache_its_new_weights(lively, uniform):
    """Nothing of an earlier cache stays with the network."""
    model, noise = lively(SHEET), uniform(2, 1, 4, 4)
    sample(model, noise)
    with torch.no_grad():
        model.out.bias.fill_(100.0)
    assert (sample(model, noise) == 1).all()


def test_a_subclass_that_does_something_else_has_no_cache():
    with pytest.raises(TypeError, match="not for DoubledResidual"):
        make_cache(mistakes.make("DoubledResidual"), 1, 4, 4)

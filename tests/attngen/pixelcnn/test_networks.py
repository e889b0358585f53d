"""Whole networks: no logit knows its own pixel or a later one, whatever the network and the image."""
import itertools
from dataclasses import replace

import pytest
import torch
from attngen.pixelcnn.masks import CroppedConv2d, MaskedConv2d
from attngen.pixelcnn.networks import (
    GatedPixelCNN,
    NetworkConfig,
    PixelCNN,
    check_images,
    gate,
    make_network,
)
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30, deadline=None)
GATED = NetworkConfig("gated", channels=3, layers=2, size=5)


def jacobian(function, image: torch.Tensor) -> torch.Tensor:
    """Derivatives of every output pixel (summed over channels) by every input pixel, (H*W, H*W)."""
    image = image.detach().clone().requires_grad_()
    outputs = function(image).sum(1).flatten()
    rows = [torch.autograd.grad(o, image, retain_graph=True, materialize_grads=True)[0].flatten() for o in outputs]
    return torch.stack(rows)


@few
@given(st.data(), st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_no_logit_depends_on_its_own_pixel_or_a_later_one(lively, uniform, configs, data, height, width, seed):
    model = lively(data.draw(configs), seed)
    by_pixel = jacobian(model, uniform(1, 1, height, width, seed=seed))
    assert (by_pixel.triu() == 0).all()   # exactly: there is no path at all


@few
@given(st.sampled_from([1, 3, 5, 7]), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_a_layer_with_mask_b_may_depend_on_its_own_pixel_but_on_no_later_one(
    uniform, size, channels, height, width, cropped
):
    torch.manual_seed(size)
    conv = (CroppedConv2d if cropped else MaskedConv2d)("B", 1, channels, size).double()
    by_pixel = jacobian(conv, uniform(1, 1, height, width))
    assert (by_pixel.triu(1) == 0).all()
    assert (by_pixel.diagonal() != 0).all()


def test_dropout_opens_no_way_either(lively, uniform):
    model = lively(replace(GATED, dropout=0.3)).train()

    def dropped(image):
        torch.manual_seed(5)
        return model(image)

    by_pixel = jacobian(dropped, uniform(1, 1, 4, 4))
    assert (by_pixel.triu() == 0).all() and (by_pixel != 0).any()


@few
@given(st.integers(1, 3), st.integers(1, 4), st.sampled_from([1, 3, 5, 7]), st.integers(1, 8), st.integers(1, 8))
def test_the_cropped_network_is_the_masked_one(lively, uniform, channels, layers, size, height, width):
    masked = lively(NetworkConfig("sheet", channels, layers, size, cropped=False))
    cropped = lively(NetworkConfig("sheet", channels, layers, size), seed=1)
    cropped.masked = torch.nn.ModuleList(CroppedConv2d.of(conv) for conv in masked.masked)
    cropped.mix, cropped.out = masked.mix, masked.out
    images = uniform(2, 1, height, width)
    torch.testing.assert_close(cropped(images), masked(images))


def test_cropped_and_masked_networks_begin_alike():
    images = torch.rand(2, 1, 9, 9)
    outputs = []
    for cropped in (True, False):
        torch.manual_seed(3)
        outputs.append(make_network(NetworkConfig("sheet", 4, 3, 7, cropped))(images))
    torch.testing.assert_close(*outputs)


@few
@given(st.data(), st.integers(0, 3), st.integers(1, 7), st.integers(1, 7))
def test_a_logit_for_every_pixel_and_images_do_not_mix(lively, uniform, configs, data, batch, height, width):
    model = lively(data.draw(configs))
    images = uniform(batch, 1, height, width)
    logits = model(images)
    assert logits.shape == images.shape
    for image, logit in zip(images, logits, strict=True):
        torch.testing.assert_close(model(image[None])[0], logit)


def test_looking_changes_no_weight(lively, uniform):
    masked = NetworkConfig(channels=3, layers=3, size=5, cropped=False)
    for config in (masked, NetworkConfig(channels=3, size=3), GATED):
        model = lively(config)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        model(uniform(2, 1, 6, 6)).sum().backward()
        assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_the_network_of_the_exercise():
    """8 convolutions: six of 7x7, of which the first has mask A, and two of 1x1; 64 channels."""
    model = make_network(NetworkConfig(cropped=False))
    convolutions = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [c.kernel_size for c in convolutions] == [(7, 7)] * 6 + [(1, 1)] * 2
    assert [c.out_channels for c in convolutions] == [64] * 7 + [1]
    assert [c.mask[3, 3].item() for c in convolutions[:6]] == [0, 1, 1, 1, 1, 1]
    cropped = sum(p.numel() for p in make_network(NetworkConfig()).parameters())
    assert cropped == 64 * (28 + 1) + 5 * 64 * (64 * 28 + 1) + 64 * 65 + 65


def test_the_gate_is_the_papers(uniform):
    x = uniform(2, 6, 3, 3) * 8 - 4
    torch.testing.assert_close(gate(x), torch.tanh(x[:, :3]) / (1 + torch.exp(-x[:, 3:])))


def test_a_later_layer_of_zeros_passes_both_stacks_on(lively, uniform):
    """What a residual layer is; it is added once."""
    layer = lively(GATED).gated[1]
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
    v, h = uniform(2, 3, 5, 5), uniform(2, 3, 5, 5, seed=1)
    for given_, got in zip((v, h), layer(v, h), strict=True):
        assert torch.equal(got, given_)


def test_the_vertical_stack_knows_no_pixel_of_its_row_and_the_horizontal_one_all_before(lively, uniform):
    model = lively(GATED)

    def stacks(image):
        v = h = image
        for layer in model.gated:
            v, h = layer(v, h)
        return v, h

    image, size = uniform(1, 1, 4, 4), 4
    row = torch.arange(size * size) // size
    down, across = (jacobian(lambda x, which=which: stacks(x)[which], image) for which in (0, 1))
    assert (down[row[:, None] <= row] == 0).all() and (down[row[:, None] > row] != 0).all()
    assert (across.triu() == 0).all()
    for later, before in itertools.combinations(reversed(range(size * size)), 2):
        assert across[later, before] != 0


@pytest.mark.parametrize(("wrong", "message"), [
    ({"kind": "row-lstm"}, "'sheet' or 'gated', not 'row-lstm'"),
    ({"channels": 0}, "must be positive: 0, 6"),
    ({"layers": -1}, "must be positive: 64, -1"),
    ({"size": 4}, "odd size, so that it has a centre; got 4"),
    ({"size": 4, "cropped": False}, "odd size, .* got 4"),
    ({"kind": "gated", "size": 6}, "odd size, .* got 6"),
    ({"kind": "gated", "size": 1}, "two stacks need 3x3 or more"),
])  # fmt: skip
def test_networks_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        make_network(NetworkConfig(**wrong))


def test_the_kind_decides_the_class():
    assert isinstance(make_network(NetworkConfig(channels=2)), PixelCNN)
    assert isinstance(make_network(GATED), GatedPixelCNN)


@pytest.mark.parametrize(("images", "message"), [
    (torch.zeros(1, 28, 28), r"the shape \(batch, 1, height, width\), not \(1, 28, 28\)"),
    (torch.zeros(1, 3, 28, 28), r"not \(1, 3, 28, 28\)"),
    (torch.zeros(784), r"not \(784,\)"),
    (torch.full((1, 1, 2, 2), 255.0), "not in .255, 255.; divide grey levels by 255"),
    (torch.full((1, 1, 2, 2), -0.01), r"pixels lie in \[0, 1\]"),
    (torch.full((1, 1, 2, 2), torch.nan), r"pixels lie in \[0, 1\], not in \[nan, nan\]"),
    (torch.tensor([[[[0.5, torch.inf]]]]), "not in .0.5, inf."),
])  # fmt: skip
def test_what_is_no_image_is_refused(images, message):
    with pytest.raises(ValueError, match=message):
        check_images(images)


@pytest.mark.parametrize("images", [torch.zeros(0, 1, 28, 28), torch.ones(2, 1, 1, 1), torch.full((1, 1, 3, 5), 0.5)])
def test_images_are_given_back_as_they_are(images):
    assert check_images(images) is images

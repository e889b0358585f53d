"""The single operations: nothing at strength 0, images at every strength, and what each is known to do."""
import pytest
import torch
from attngen.vision import operations as ops
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

EVERY = pytest.mark.parametrize("operation", ops.OPERATIONS, ids=lambda operation: operation.__name__)


def photos(count: int = 5, side: int = 9, seed: int = 0):
    """Images whose values are whole 255ths, as photos have them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, 3, side, side), generator=generator) / 255


@EVERY
def test_nothing_at_strength_zero(operation):
    images = photos()
    assert torch.allclose(operation(images, torch.zeros(5)), images, atol=1e-5)


@EVERY
@settings(max_examples=15)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.integers(0, 50))
def test_images_stay_images_each_with_its_own_strength(operation, strengths, seed):
    images, strengths = photos(len(strengths), seed=seed), torch.tensor(strengths)
    together = operation(images, strengths)
    assert together.shape == images.shape and together.min() >= 0 and together.max() <= 1
    for number in range(len(images)):
        alone = operation(images[number : number + 1], strengths[number : number + 1])
        assert torch.allclose(alone[0], together[number], atol=1e-6)


@EVERY
def test_every_operation_but_the_first_does_something(operation):
    changed = not torch.allclose(operation(photos(), torch.full((5,), 0.7)), photos(), atol=1e-3)
    assert changed == (operation is not ops.identity)


def as_pil(image) -> Image.Image:
    return Image.fromarray((image * 255).round().byte().permute(1, 2, 0).numpy())


def from_pil(image) -> torch.Tensor:
    import numpy as np

    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1) / 255


@pytest.mark.parametrize("strength", [-1.0, -0.5, 0.5, 1.0])
def test_brightness_is_that_of_pillow(strength):
    [image] = photos(1)
    expected = from_pil(ImageEnhance.Brightness(as_pil(image)).enhance(1 + 0.9 * strength))
    assert torch.allclose(ops.brightness(image[None], torch.tensor([strength]))[0], expected, atol=1.5 / 255)


def test_full_solarizing_is_the_negative_and_pillows_in_between():
    [image] = photos(1)
    assert torch.allclose(ops.solarize(image[None], torch.ones(1))[0], 1 - image) or (image == 0).any()
    expected = from_pil(ImageOps.solarize(as_pil(image), threshold=128))
    found = ops.solarize(image[None], torch.tensor([1 - 127.5 / 255]))[0]
    assert torch.allclose(found, expected, atol=1e-6)


def test_autocontrast_is_that_of_pillow():
    image = photos(1)[0] * 0.4 + 0.2
    image = (image * 255).round() / 255
    expected = from_pil(ImageOps.autocontrast(as_pil(image)))
    assert torch.allclose(ops.autocontrast(image[None], torch.ones(1))[0], expected, atol=1.5 / 255)


def test_posterizing_leaves_few_levels():
    ramp = (torch.arange(256).view(1, 1, 16, 16) / 255).expand(3, 3, -1, -1)
    found = ops.posterize(ramp, torch.tensor([1.0, 0.5, 0.0]))
    assert [len(image.unique()) for image in found] == [4, 32, 256]


def test_no_colour_is_grey():
    found = ops.saturation(photos(), torch.full((5,), -1 / 0.9))
    assert torch.allclose(found, photos().mean(1, keepdim=True).expand_as(found), atol=1e-6)


def test_shifts_by_whole_pixels():
    images = photos(2, 8)
    right = ops.shift_x(images, torch.tensor([-1.0, 0.5]))   # 2 pixels of 8, and 1 to the other side
    assert torch.allclose(right[0, :, :, 2:], images[0, :, :, :6], atol=1e-5)
    assert right[0, :, :, :2].max() < 1e-5   # black comes in
    assert torch.allclose(right[1, :, :, :7], images[1, :, :, 1:], atol=1e-5)
    down = ops.shift_y(images, torch.tensor([-1.0, 0.0]))
    assert torch.allclose(down[0, :, 2:], images[0, :, :6], atol=1e-5)


def test_two_eighths_of_a_turn_are_a_quarter():
    images = torch.zeros(1, 3, 33, 33)
    images[:, :, 14:19, 20:28] = 1   # a bar on the right
    quarter = ops.moved(images, torch.tensor([[[0.0, -1, 0], [1, 0, 0]]]))
    assert torch.allclose(quarter, images.rot90(1, (2, 3)), atol=1e-5)
    twice = ops.rotate(ops.rotate(images, torch.ones(1)), torch.ones(1))
    assert (twice - quarter).abs().mean() < 0.02


@settings(max_examples=25)
@given(st.integers(1, 40), st.floats(0.01, 1), st.integers(0, 100))
def test_every_image_gets_one_operation(count, largest, seed):
    generator = torch.Generator().manual_seed(seed)
    images = photos(count)
    found = ops.one_operation_each(images, largest, generator)
    assert found.shape == images.shape and found.min() >= 0 and found.max() <= 1
    assert torch.equal(images, photos(count))


def test_operations_are_dealt_evenly(monkeypatch):
    dealt = []

    def noting(number):
        return lambda images, strengths: dealt.append((number, len(images))) or images

    monkeypatch.setattr(ops, "OPERATIONS", tuple(map(noting, range(4))))
    ops.one_operation_each(photos(10), 1.0, torch.Generator().manual_seed(0))
    numbers, counts = zip(*dealt, strict=True)
    assert sorted(counts) == [2, 2, 3, 3] and set(numbers) == {0, 1, 2, 3}
    firsts = set()
    for seed in range(40):   # which one a lone image gets is left to chance
        dealt.clear()
        ops.one_operation_each(photos(1), 1.0, torch.Generator().manual_seed(seed))
        firsts |= {number for number, _ in dealt}
    assert firsts == {0, 1, 2, 3}

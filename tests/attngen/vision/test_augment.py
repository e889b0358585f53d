"""Augmented images: their shapes and range, labels that stay probabilities, and a seed that decides all."""
import sys

import pytest
import torch
import torch.nn.functional as F
from attngen.vision import augment as module
from attngen.vision.augment import AugmentConfig, augment, beta, erase, flip, mix, pad_crop, rectangles
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

ALL = AugmentConfig(crop=3, colour=0.4, operation=1.0, erase=0.5, mixup=0.8, cutmix=1.0, smoothing=0.1)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(count: int = 6, side: int = 8, seed: int = 0):
    """Images in [0, 1] and the labels 0, 1, 2, 0, ... of three classes."""
    images = torch.rand(count, 3, side, side, generator=seeded(seed))
    return images, F.one_hot(torch.arange(count) % 3, 3).float()


share = st.floats(0, 1)
configs = st.builds(
    AugmentConfig, st.integers(0, 5), share, share, share, share, st.floats(0, 3), st.floats(0, 3), share
)


@settings(max_examples=40)
@given(configs, st.integers(1, 30), st.integers(4, 12), st.integers(0, 1000))
def test_images_stay_images_and_labels_probabilities(config, count, side, seed):
    images, labels = some(count, side, seed)
    before = images.clone()
    found, targets = augment(images, labels, config, seeded(seed))
    assert found.shape == images.shape and targets.shape == labels.shape
    assert found.isfinite().all() and found.min() >= 0 and found.max() <= 1
    assert (targets >= 0).all() and torch.allclose(targets.sum(1), torch.ones(count), atol=1e-5)
    assert torch.equal(images, before)


@given(configs, st.integers(1, 20), st.integers(0, 1000))
@settings(max_examples=25)
def test_the_seed_decides(config, count, seed):
    images, labels = some(count)
    one, other = (augment(images, labels, config, seeded(seed)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_another_seed_gives_other_images():
    images, labels = some()
    (one, _), (other, _) = (augment(images, labels, ALL, seeded(seed)) for seed in (1, 2))
    assert not torch.equal(one, other)


def test_nothing_is_done_where_all_is_off():
    images, labels = some()
    found = augment(images, labels, AugmentConfig(crop=0, flip=0), seeded())
    assert torch.equal(found[0], images) and torch.equal(found[1], labels)


@given(st.integers(1, 4), st.integers(0, 200))
def test_a_crop_is_a_part_of_the_bordered_image(border, seed):
    images, _ = some(4, 6, seed)
    padded = F.pad(images, (border,) * 4)
    for image, whole in zip(pad_crop(images, border, seeded(seed)), padded, strict=True):
        parts = whole.unfold(1, 6, 1).unfold(2, 6, 1).flatten(1, 2).transpose(0, 1)   # every window of 6x6
        assert (parts == image).flatten(1).all(1).any()


def test_every_place_of_a_crop_comes_up():
    images = torch.zeros(400, 3, 3, 3)
    images[:, :, 1, 1] = 1
    found = {tuple(place) for place in pad_crop(images, 1, seeded()).nonzero()[:, 2:].tolist()}
    assert found == {(row, column) for row in range(3) for column in range(3)}


def test_mirror_images():
    images, _ = some(200)
    assert torch.equal(flip(images, 1.0, seeded()), images.flip(-1))
    assert torch.equal(flip(images, 0.0, seeded()), images)
    turned = (flip(images, 0.3, seeded()) != images).flatten(1).any(1)
    assert 0.2 < turned.float().mean() < 0.4


def test_erased_is_a_grey_rectangle():
    images = torch.ones(300, 3, 20, 20)
    grey = erase(images, 1.0, seeded())[:, 0] != 1
    assert (erase(images, 1.0, seeded()).unique() == torch.tensor([0.5, 1.0])).all()
    for mask in grey:
        rows, columns = mask.any(1), mask.any(0)
        assert torch.equal(mask, rows[:, None] & columns[None, :])
        for line in (rows, columns):   # in one piece
            assert (line[1:] & ~line[:-1]).sum() + line[0] <= 1
    share_of_area = grey.float().mean((1, 2))
    assert share_of_area.max() < 0.4 and 0.05 < share_of_area.mean() < 0.2


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 100))
def test_rectangles_of_nothing_and_of_everything(height, width, seed):
    for side, expected in ((0.0, 0.0), (2.0, 1.0)):
        inside = rectangles((height, width), torch.full((5,), side), torch.full((5,), side), seeded(seed))
        assert inside.shape == (5, 1, height, width)
        if expected == 0:
            assert not inside.any()
        else:   # as large as the image, and its middle inside: at least a quarter
            assert (inside.float().mean((1, 2, 3)) >= 0.25 - 1e-6).all() or min(height, width) < 3


def test_mixed_labels_are_the_shares_of_the_pixels():
    """Every image has a colour of its own, so that the shares can be read off the pixels."""
    count = 40
    images = torch.zeros(count, 3, 10, 10) + torch.arange(count)[:, None, None, None] / count
    labels = torch.eye(count)
    for mixup, cutmix in ((0.7, 0.0), (0.0, 0.7), (1.0, 1.0)):
        found, targets = mix(images, labels, mixup, cutmix, seeded(3))
        levels = torch.arange(count) / count
        assert torch.allclose(found.mean((1, 2, 3)), targets @ levels, atol=1e-5)
        kinds = found[:, 0].flatten(1).unique(dim=1)   # of a pasted one both colours stand side by side
        assert kinds.shape[0] == count
        values = [len(image.unique()) for image in found]
        assert max(values) <= 2 and (max(values) == 2) == (cutmix > 0)


@pytest.mark.parametrize("alpha", [0.2, 0.8, 1.0, 3.0])
def test_shares_follow_the_beta_distribution(alpha):
    assert kstest(beta(alpha, 2000, seeded()).double().numpy(), "beta", args=(alpha, alpha)).pvalue > 0.01


def test_no_share_of_another_image_without_alpha():
    images, labels = some()
    assert torch.equal(beta(0.0, 4, seeded()), torch.ones(4))
    mixed = mix(images, labels, 0.0, 0.0, seeded())
    assert torch.equal(mixed[0], images) and torch.equal(mixed[1], labels)


@pytest.mark.parametrize("alpha", [sys.float_info.min, 1e-300, 1e-100, 1e-20])
def test_the_smallest_alphas_toss_a_coin(alpha):
    found = beta(alpha, 400, seeded())
    assert ((found < 1e-6) | (found > 1 - 1e-6)).all() and 150 < (found > 0.5).sum() < 250


def test_smooth_labels():
    _, labels = some(3)
    config = AugmentConfig(crop=0, flip=0, smoothing=0.3)
    _, found = augment(torch.zeros(3, 3, 4, 4), labels, config, seeded())
    assert torch.allclose(found, labels * 0.7 + 0.1)


def test_colours_keep_grey_grey_and_touch_every_image():
    images, _ = some(20)
    changed = module.colours(images, 0.5, seeded())
    assert (changed != images).flatten(1).any(1).all()
    grey = images.mean(1, keepdim=True).expand_as(images)
    found = module.colours(grey, 0.5, seeded())
    assert torch.allclose(found[:, :1].expand_as(found), found, atol=1e-6)


@pytest.mark.parametrize(("changes", "message"), [
    ({"flip": 1.5}, "flip is from 0 to 1, not 1.5"), ({"operation": -0.1}, "operation is from 0 to 1"),
    ({"mixup": -1}, "not negative"), ({"crop": -1}, "not negative"),
])  # fmt: skip
def test_settings_that_make_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        AugmentConfig(**changes)

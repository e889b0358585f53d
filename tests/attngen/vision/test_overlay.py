"""Maps over photos: each patch glows where it is, as strongly as it should."""
import numpy as np
import pytest
import torch
from attngen.vision import clip, overlay
from attngen.vision.overlay import board, over, strength
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

reliefs = arrays.arrays(np.float64, (4, 5), elements=st.floats(0, 100))


@given(reliefs, st.floats(0.1, 10), st.floats(0, 5))
def test_strength_keeps_the_order_and_does_not_know_the_scale(relevance, times, plus):
    found = strength(relevance)
    assert found.min() == 0 and found.max() <= 1
    assert (np.diff(found.ravel()[relevance.ravel().argsort()]) >= -1e-9).all()
    if np.ptp(relevance) > 1e-3:
        assert found.max() == 1
        np.testing.assert_allclose(strength(times * relevance + plus), found, atol=1e-6)


def test_an_even_map_glows_nowhere():
    assert (strength(np.full((3, 3), 7.0)) == 0).all()


def test_a_single_patch_glows_in_full_and_the_rest_is_grey():
    relevance = np.zeros((14, 14))
    relevance[3, 5] = 0.25
    assert strength(relevance)[3, 5] == 1
    photo = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    glowing = over(photo, relevance)
    assert glowing.shape == photo.shape and glowing.dtype == np.uint8
    coloured = np.ptp(glowing, axis=-1) > 30
    assert coloured[48:64, 80:96].all() and coloured.sum() == 16 * 16


@pytest.mark.parametrize(("side", "shape"), [(None, (112, 112, 3)), (56, (56, 56, 3)), (50, (56, 56, 3))])
def test_patches_are_whole_pixels(side, shape):
    assert over(np.zeros((100, 100, 3), np.uint8), np.eye(14), side).shape == shape


@pytest.mark.parametrize("wrong", [np.zeros(3), np.array([[np.nan, 1]]), np.zeros((2, 2, 2))])
def test_what_is_no_map_is_refused(wrong):
    with pytest.raises(ValueError, match="finite numbers, not"):
        strength(wrong)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 4))
def test_a_board_holds_every_picture_at_its_place(rows, columns, gap):
    tiles = [[np.full((4, 6, 3), 10 * r + c, np.uint8) for c in range(columns)] for r in range(rows)]
    whole = board(tiles, gap)
    assert whole.shape == (rows * (4 + gap) - gap, columns * (6 + gap) - gap, 4)
    for r in range(rows):
        for c in range(columns):
            tile = whole[r * (4 + gap) :, c * (6 + gap) :][:4, :6]
            assert (tile[..., :3] == 10 * r + c).all() and (tile[..., 3] == 255).all()
    assert (whole[..., 3] == 255).sum() == rows * columns * 24


@pytest.mark.parametrize("wrong", [[[np.zeros((2, 2, 3))], [np.zeros((2, 3, 3))]],
                                   [[np.zeros((2, 2, 3))] * 2, [np.zeros((2, 2, 3))]]])  # fmt: skip
def test_pictures_of_several_sizes_make_no_board(wrong):
    with pytest.raises(ValueError, match="one size and its rows one length"):
        board(wrong, 1)


def test_the_photo_comes_back_as_the_processor_cut_it():
    levels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    _, processor = clip.fresh()
    pixels = processor(Image.fromarray(levels), return_tensors="pt")["pixel_values"]
    np.testing.assert_array_equal(overlay.as_seen(pixels, processor), levels[:, 8:40])  # the middle, 32 wide
    assert torch.is_tensor(pixels)

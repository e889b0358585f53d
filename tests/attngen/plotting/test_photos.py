"""Photos in figures: embedded as WebP, near to what was given; other pictures stay as they were."""
import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from attngen import plotting
from attngen.plotting.photos import photo
from PIL import Image

_DATA = re.compile(r"data:image/(\w+);base64,([^\"]*)")


def soft(height: int, width: int, channels: int = 3) -> np.ndarray:
    """A picture without edges, as photos mostly are."""
    y, x = np.mgrid[:height, :width]
    waves = [127 + 100 * np.sin(x / (9 + c) + c) * np.cos(y / (13 - c)) for c in range(3)]
    whole = np.stack([*waves, np.where(x < width / 2, 255, 0)], axis=-1)
    return whole[..., :channels].astype(np.uint8)


def embedded(svg: str) -> list[tuple[str, np.ndarray]]:
    found = [(kind, base64.b64decode(data)) for kind, data in _DATA.findall(svg)]
    return [(kind, np.asarray(Image.open(io.BytesIO(data)))) for kind, data in found]


def drawn(*pictures, follow_scheme: bool = True) -> str:
    def draw(T):
        for ax, picture in zip(plt.subplots(1, len(pictures), squeeze=False)[1].flat, pictures):
            photo(ax, picture)

    return plotting.render(draw, "en", "x", follow_scheme=follow_scheme)


@pytest.mark.parametrize("follow_scheme", [True, False])
def test_a_photo_is_embedded_as_webp_and_looks_the_same(follow_scheme):
    given = soft(120, 160)
    [(kind, found)] = embedded(drawn(given, follow_scheme=follow_scheme))
    assert kind == "webp" and found.shape == given.shape
    assert np.abs(found.astype(int) - given).mean() < 4


def test_what_is_transparent_stays_so():
    [(_, found)] = embedded(drawn(soft(80, 90, 4)))
    assert found.shape == (80, 90, 4) and (found[:, :45, 3] == 255).all() and (found[:, 45:, 3] == 0).all()


def test_a_small_picture_is_kept_pixel_by_pixel():
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(embedded(drawn(noise))[0][1], noise)


def test_several_photos_of_a_figure_are_several():
    shapes = [found.shape for kind, found in embedded(drawn(soft(70, 80), soft(90, 80))) if kind == "webp"]
    assert shapes == [(70, 80, 3), (90, 80, 3)]


def test_a_photo_takes_a_fraction_of_its_png():
    noise = np.random.default_rng(0).normal(0, 6, (224, 224, 3))
    given = (soft(224, 224) + noise).clip(0, 255).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(given).save(png, "PNG")
    assert len(drawn(given)) < len(png.getvalue()) / 3


def test_maps_stay_lossless():
    heat = np.random.default_rng(0).random((20, 20))

    def draw(T):
        plt.subplots()[1].imshow(heat, cmap=plotting.HEAT, interpolation="none")

    [(kind, found)] = embedded(plotting.render(draw, "en", "x"))
    assert kind == "png" and found.shape[:2] == (20, 20)


@pytest.mark.parametrize("wrong", [
    np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8)])  # fmt: skip
def test_what_is_no_photo_is_refused(wrong):
    with pytest.raises(ValueError, match="of uint8, not"):
        photo(plt.figure().add_subplot(), wrong)
    plt.close("all")

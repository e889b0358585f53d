"""Many small images as one picture: each at its place, in ink that reads on a light and on a dark page."""
import matplotlib as mpl
import numpy as np
import pytest
from attngen.pixelcnn import tiles
from attngen.plotting import DARK, PALETTE
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 6), st.integers(0, 4), st.integers(0, 99))
def test_every_tile_stands_at_its_place(rows, columns, side, gap, seed):
    random = np.random.default_rng(seed)
    images = random.choice([0.0, 1.0, np.nan], size=(rows, columns, side, side))
    whole = tiles.compose(images, tiles.DATA, gap)
    step = side + gap
    assert whole.shape == (rows * step - gap, columns * step - gap, 4)
    assert (0 <= whole).all() and (whole <= 1).all()
    for row in range(rows):
        for column in range(columns):
            tile = whole[row * step : row * step + side, column * step : column * step + side]
            ink = images[row, column] == 1
            np.testing.assert_array_equal(tile[..., 3] == 1, ink)
            np.testing.assert_array_equal(tile[..., 3] == 0, np.isnan(images[row, column]))
            np.testing.assert_allclose(tile[ink][:, :3], np.broadcast_to(tiles.DATA, (ink.sum(), 3)))
            whole[row * step : row * step + side, column * step : column * step + side, 3] = 0
    assert not whole[..., 3].any(), "something is drawn between the tiles"


def test_tiles_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"rows, columns, height, width.*\(3, 28, 28\)"):
        tiles.compose(np.zeros((3, 28, 28)))


@pytest.mark.parametrize("tone", [tiles.DRAWN, tiles.DATA])
def test_ink_reads_on_both_grounds(tone):
    def luminance(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722] + 0.05

    for ground in (PALETTE["paper"], DARK["paper"]):
        ratio = luminance(tone) / luminance(ground)
        assert max(ratio, 1 / ratio) >= 3

"""Pictures of a look: both languages, small, in the book's colours, and every map at its place."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
import torch
from attngen.vision import head_pictures, pictures
from attngen.vision.answers import Found
from attngen.vision.look import DISCARDS, Look
from attngen.vision.overlay import over

mpl.use("Agg")  # no windows


def looked(layers: int = 12, heads: int = 12, side: int = 224, grid: int = 14) -> Look:
    """Random maps over a photo with smooth colours; the worst that a picture must carry in bytes."""
    generator = torch.Generator().manual_seed(0)
    y, x = np.mgrid[:side, :side]
    seen = np.stack([127 + 120 * np.sin(x / 30 + c) * np.cos(y / 20) for c in range(3)], -1).astype(np.uint8)

    def maps(*shape):
        return torch.rand(*shape, grid, grid, generator=generator)

    found = [Found(name, "گربه", 1 / (n + 2), n) for n, name in enumerate(("cat", "dog"))]
    every = maps(layers, heads), maps(layers), maps(3, len(DISCARDS)), maps(2), maps(layers + 1)
    return Look(seen, found, *every)


@pytest.fixture
def photos(monkeypatch):
    """What is put on axes as photos."""
    seen, show = [], pictures.photo
    monkeypatch.setattr(pictures, "photo", lambda ax, pixels: (seen.append(pixels), show(ax, pixels)))
    return seen


HEADS, CURVES = (np.random.default_rng(0).random(shape) for shape in ((12, 12), (3, 5, 2, 11)))
PICTURES = {
    "wall": lambda: pictures.wall(looked()),
    "wall of a compact model": lambda: pictures.wall(looked(6, 6, 32, 8)),
    "single_heads": lambda: pictures.single_heads(looked(), [(1, 3), (12, 12)]),
    "flow": lambda: pictures.flow(looked()), "fusions": lambda: pictures.fusions(looked()),
    "explained": lambda: pictures.explained(looked()),
    "scratch_paper": lambda: pictures.scratch_paper(looked()),
    "by_head": lambda: head_pictures.by_head(100 * HEADS, 5 * HEADS, 197, 116.8),
    "on_outliers": lambda: head_pictures.on_outliers(HEADS, HEADS[0]),
    "deletion": lambda: head_pictures.deletion(CURVES, [*head_pictures.METHODS]),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published):
    PICTURES[name]()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 200_000 and "image/png" not in svg
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


def test_the_wall_has_layers_downwards_and_heads_to_the_right(published, photos):
    look = looked(2, 3, 28, 14)
    pictures.wall(look, side=28)
    whole, again = photos
    np.testing.assert_array_equal(whole, again)
    assert whole.shape == (2 * 32 - 4, 3 * 32 - 4, 4)
    for layer in range(2):
        for head in range(3):
            cut = whole[32 * layer :][:28, 32 * head :][:, :28, :3]
            np.testing.assert_array_equal(cut, over(look.seen, look.attention[layer, head]))


def test_heads_are_counted_from_1(published, photos):
    look = looked(2, 3, 28, 14)
    pictures.single_heads(look, [(2, 1)])
    np.testing.assert_array_equal(photos[1], over(look.seen, look.attention[1, 0]))


def test_rows_of_pictures_begin_where_their_language_begins(published, monkeypatch):
    places = []

    def column_of(ax) -> int:
        return ax.get_subplotspec().colspan.start

    monkeypatch.setattr(pictures, "photo", lambda ax, pixels: places.append((pixels, column_of(ax))))
    look = looked(2, 2, 28, 14)
    pictures.single_heads(look, [(1, 1), (2, 2)])
    first = [column for pixels, column in places if pixels is look.seen]
    assert first == [2, 0]  # Persian, then English

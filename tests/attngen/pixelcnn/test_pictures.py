"""The chapter's pictures: both languages, readable on both grounds, small, and true to what they show."""
import re
import shutil
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
import torch
from attngen import experiments, results
from attngen.pixelcnn import diagrams, pictures, receptive, sample_pictures, tiles
from attngen.pixelcnn.data import binarize, prepared
from attngen.pixelcnn.drawing import mask_letters
from attngen.pixelcnn.masks import causal_mask_2d
from attngen.pixelcnn.networks import NetworkConfig, make_network
from hypothesis import given
from hypothesis import strategies as st

mpl.use("Agg")      # no windows
SHEET = NetworkConfig(channels=2, layers=2, size=3)
RUNS = ("pixelcnn-sheet", "pixelcnn-better", "pixelcnn-mnist")


@pytest.fixture
def without_mnist(monkeypatch):
    for module in (pictures, sample_pictures):
        monkeypatch.setattr(module, "at_hand", lambda: "digits")


@pytest.fixture
def shown_tiles(monkeypatch):
    """What is put on axes as tiles: (images, tones), once a language."""
    seen, show = [], tiles.show

    def keep(ax, images, tones=tiles.DRAWN, *rest, **names):
        seen.append((np.asarray(images, dtype=float), tones))
        show(ax, images, tones, *rest, **names)

    monkeypatch.setattr(tiles, "show", keep)
    return seen


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A folder with the three runs of ``curves``; one is trained, the others are its copies."""
    root = tmp_path_factory.mktemp("recorded")
    with results.stored_in(root / "results"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(root / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(root / "results"))
        experiments.run(RUNS[0], "smoke", device="cpu", force=True)
        for name in RUNS[1:]:
            shutil.copytree(root / "results" / RUNS[0], root / "results" / name)
    return root / "results"


@pytest.fixture(scope="session")
def network():
    torch.manual_seed(0)
    return make_network(SHEET).eval()


def pixels(count: int, seed: int = 0) -> torch.Tensor:
    return (torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed)) < 0.2).float()


PICTURES = {
    "masks": lambda _: diagrams.masks(5), "reading_order": lambda _: diagrams.reading_order(3),
    "network": lambda _: diagrams.network(), "two_stacks": lambda _: diagrams.two_stacks(),
    "cropped_kernel": lambda _: diagrams.cropped_kernel(), "cached_sampler": lambda _: diagrams.cached_sampler(),
    "preparations": lambda _: pictures.preparations(), "blind_spot": lambda _: pictures.blind_spot(3),
    "curves": lambda _: pictures.curves(), "watched": lambda _: pictures.watched(RUNS[0]),
    "live_curve": lambda _: pictures.live_curve(results.load(RUNS[0]).history),
    "samples": lambda _: pictures.samples(pixels(100)),
    "completions": lambda network: pictures.completions(network, digits=3, each=2),
    "temperatures": lambda network: pictures.temperatures(network, (0.5, 2.0), count=3),
    "neighbours": lambda _: pictures.neighbours(pixels(5), shown=3),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(
    name, published, without_mnist, recorded, network
):
    with results.stored_in(recorded):
        PICTURES[name](network)
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


@given(st.sampled_from("AB"), st.integers(0, 6).map(lambda half: 2 * half + 1))
def test_a_drawn_mask_is_the_mask(kind, size):
    drawn = torch.tensor([[letter == "o" for letter in row] for row in mask_letters(kind, size)])
    assert torch.equal(drawn, causal_mask_2d(kind, size).bool())


@given(st.integers(1, 6).flatmap(lambda side: st.tuples(st.just(side), st.integers(0, side * side - 1))))
def test_the_order_is_that_of_reading(case):
    side, position = case
    letters = diagrams.order_letters(position, side)
    assert [len(row) for row in letters] == [side] * side
    known = torch.tensor([[letter == "k" for letter in row] for row in letters])
    assert torch.equal(known, receptive.earlier(*divmod(position, side), side, side))
    assert "".join(letters)[position] == "x"


@given(st.integers(1, 4))
def test_the_blind_spot_is_the_triangle_that_masks_leave_out(layers):
    """With 3x3 masks a path climbs at least one row for each step to the right."""
    row = column = layers
    field = receptive.receptive_field(make_network(NetworkConfig(channels=1, layers=layers, size=3)), row, column,
                                      layers + 2, 2 * layers + 1, depth=layers)  # fmt: skip
    letters = pictures.seen_letters(field, row, column, layers)
    blind = {(r, c) for r, line in enumerate(letters) for c, letter in enumerate(line) if letter == "x"}
    assert blind == {(row - up, column + right) for up in range(1, layers + 1) for right in range(up + 1, layers + 1)}


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5), st.floats(0.1, 10))
def test_labels_keep_apart_and_in_order(values, gap):
    heights = pictures.spread(values, gap)
    order = np.argsort(values, kind="stable")
    assert all(height >= value for height, value in zip(heights, values, strict=True))
    assert (np.diff(np.array(heights)[order]) >= gap - 1e-9).all()


@given(st.integers(1, 300), st.integers(2, 10))
def test_stations_go_from_the_first_to_the_last(count, wanted):
    stations = sample_pictures.stations(count, wanted)
    assert stations == sorted(set(stations)) and len(stations) <= wanted
    assert stations[0] == 0 and stations[-1] == count - 1


def test_completions_keep_the_given_half_and_show_it_as_data(published, without_mnist, shown_tiles, network):
    pictures.completions(network, digits=2, each=3)
    (table, tones), again = shown_tiles
    assert table.shape == (2, 5, 28, 28)
    np.testing.assert_array_equal(table, again[0])  # one execution for both languages
    originals = table[:, :1]
    np.testing.assert_array_equal(np.broadcast_to(originals[:, :, :14], (2, 5, 14, 28)), table[:, :, :14])
    assert np.isnan(table[:, 1, 14:]).all()
    np.testing.assert_array_equal(tones[2, 0, 0], tiles.DATA)
    np.testing.assert_array_equal(tones[2, 27, 0], tiles.DRAWN)
    assert "scikit-learn" in published[0][1]["alt"] and "scikit-learn" in published[1][1]["alt"]


def test_a_training_image_is_its_own_neighbour(published, without_mnist, shown_tiles):
    train = prepared("digits", "train")[[3, 1, 4]]
    pictures.neighbours(train, shown=3)
    table, _ = shown_tiles[0]
    np.testing.assert_array_equal(table[0], table[1])
    np.testing.assert_array_equal(table[0], train[:, 0])


@pytest.mark.parametrize("index", [0, 4, 49_999])
def test_the_grey_digit_can_have_become_the_fixed_one(mnist, index):
    grey, fixed, of_mnist = pictures.one_digit(index)
    assert of_mnist and fixed.shape == grey.shape == (28, 28)
    impossible = ((grey == 0) & (fixed == 1)) | ((grey == 255) & (fixed == 0))
    drawn = binarize(grey, torch.Generator().manual_seed(0))
    assert impossible.sum() == 0
    assert (drawn != fixed).float().mean() < 0.1

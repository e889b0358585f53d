"""Pictures of the anatomy, of training and of dropped heads, drawn from small results of their own."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from attngen import experiments, results
from attngen.data.cifar10 import CLASSES, PERSIAN
from attngen.vision import anatomy_pictures, drop_pictures, training_pictures

mpl.use("Agg")  # no windows

ROWS = [("cat", 0.7), ("dog", 0.2), ("tree", 0.05)]
TABLE = np.arange(100).reshape(10, 10) + 1
NAMES = "heads-vit-compact", "vit-cifar10-compact"
PICTURES = {
    "anatomy": anatomy_pictures.anatomy,
    "top_classes": lambda: anatomy_pictures.top_classes({"chelsea": ROWS, "coffee": ROWS}),
    "augmentations": training_pictures.augmentations,
    "learning": training_pictures.learning,
    "confusion": lambda: training_pictures.confusion(TABLE, CLASSES, PERSIAN),
    "every_head": drop_pictures.every_head,
    "by_class": lambda: drop_pictures.by_class(CLASSES, PERSIAN),
    "three_measures": drop_pictures.three_measures,
    "dropping": drop_pictures.dropping,
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Results of the smoke preset."""
    place = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch, results.stored_in(place / "results"):
        patch.setenv("ATTNGEN_RUNS", str(place / "runs"))
        for name in NAMES:
            experiments.run(name, "smoke", device="cpu", force=True)
    return place / "results"


@pytest.fixture
def recorded(runs):
    with results.stored_in(runs):
        yield runs


@pytest.fixture
def tables(monkeypatch):
    """The numbers and frames of every table that is drawn."""
    drawn, draw = [], drop_pictures._table

    def keep(ax, T, values, framed):
        drawn.append((values, framed))
        draw(ax, T, values, framed)

    monkeypatch.setattr(drop_pictures, "_table", keep)
    return drawn


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published, recorded):
    PICTURES[name]()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 300_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


def test_a_frame_is_an_interval_that_holds_for_all_heads(published, recorded, tables):
    drop_pictures.every_head()
    rows = results.load("heads-vit-compact").history
    for drawn, kind in zip(tables[:2], ("accuracy_drop", "alone_accuracy_drop"), strict=True):
        values, framed = drawn
        assert values.shape == framed.shape == (6, 4)
        for layer, head, mean, low, high in zip(
            rows["layer"], rows["head"], rows[kind], rows[f"{kind}_joint_low"], rows[f"{kind}_joint_high"],
            strict=True,
        ):  # fmt: skip
            place = int(layer), int(head)
            assert values[place] == pytest.approx(100 * mean)
            assert framed[place] == (low > 0 or high < 0)


def test_the_heads_that_cost_most_come_first(published, recorded, tables):
    drop_pictures.by_class(CLASSES, PERSIAN, most=3)
    result = results.load("heads-vit-compact")
    of_class = drop_pictures.arrays(result)["class_drop"].reshape(24, -1)
    most = np.argsort(-np.asarray(result.history["accuracy_drop"]), kind="stable")[:3]
    np.testing.assert_allclose(tables[0][0], 100 * np.nan_to_num(of_class[most]))


def test_the_most_frequent_mistake_is_told(published):
    table = np.eye(10, dtype=int) * 50
    table[3, 5] = 7
    training_pictures.confusion(table, CLASSES, PERSIAN)
    alts = [metadata["alt"] for _, metadata in published]
    assert f"«{PERSIAN[3]}» را «{PERSIAN[5]}»" in alts[0]
    assert f"{CLASSES[3]} taken for {CLASSES[5]}" in alts[1]


def test_a_picture_of_a_run_that_was_not_recorded_says_so(places):
    with pytest.raises(results.UnknownResult, match="no recorded result 'heads-vit-compact'"):
        drop_pictures.every_head()

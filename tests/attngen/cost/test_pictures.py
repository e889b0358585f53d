"""The pictures of the chapter on cost: both languages, small, in the book's colours."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
import torch
from attngen.cost import diagrams, pictures, time_pictures
from attngen.cost.time_config import TIME_PRESETS
from attngen.cost.time_run import measure
from attngen.plotting import bilingual

mpl.use("Agg")      # no windows


@pytest.fixture(scope="module")
def outcome():
    return measure(TIME_PRESETS["smoke"], torch.device("cpu"))


@pytest.fixture
def published(monkeypatch):
    """What ``figure`` hands to IPython, as (data, metadata)."""
    shown = []
    monkeypatch.setattr(bilingual, "display", lambda data, raw, metadata: shown.append((data, metadata)))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return shown


PICTURES = {
    "new_pairs": lambda _: diagrams.new_pairs(), "sharing": lambda _: diagrams.sharing(), "shares": lambda _: pictures.shares(),
    "chain": lambda _: pictures.chain(), "caches": lambda _: pictures.caches(), "times": time_pictures.times,
    "roofs": time_pictures.roofs, "crossings": lambda _: time_pictures.crossings({"dense": 4.0, "fused": 1.0}),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published, outcome):
    PICTURES[name](outcome)
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("(?<![a-z])[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]

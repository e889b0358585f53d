"""The chapter's pictures: both languages, true to the block manager and to what was recorded."""
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from attngen import results
from attngen.paged import block_pictures, pictures, sharing_pictures
from attngen.paged.azure_run import BLOCK_SIZES
from attngen.paged.story import SIZE, tell
from attngen.plotting import bilingual

mpl.use("Agg")      # no windows
PARTS = {"written": 0.5, "future": 0.2, "wasted": 0.2, "free": 0.1}


@pytest.fixture
def published(monkeypatch):
    """What ``figure`` hands to IPython, as (data, metadata)."""
    shown = []
    monkeypatch.setattr(bilingual, "display", lambda data, raw, metadata: shown.append((data, metadata)))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return shown


@pytest.fixture
def recorded(places):
    """Made-up results of the experiments that the charts read."""
    fields = {field: {} for field in results.FIELDS}
    saved = {f"{load}{kind}_{k}": 0.1 * k for load in ("alpaca_", "sharegpt_", "") for kind in ("parallel", "beam") for k in (2, 4, 6)}
    azure = saved | {f"utilisation_paged{size}": 1 - size / 1000 for size in BLOCK_SIZES}
    rows = [{"workload": load, "memory": memory, "rate": rate, "batch": 3 + rate, "throughput": 1.0 + rate, "latency": 0.1, **PARTS}
            for load in ("azure", "sharegpt") for memory, *_ in pictures.POLICIES for rate in (0.0, 0.5, 1.5)]
    speed = {f"blockwise_{size}_over_contiguous": 300 / size for size in BLOCK_SIZES}
    hits = [{"blocks": n, "tokens": 512 * n, "hits": n / 10_000} for n in (10, 100, 1000)]
    for name, metrics, history in (("paged-azure", azure, rows), ("paged-sharing", saved, []), ("paged-speed", speed, []),
                                   ("paged-prefix", {}, hits)):
        results.record(fields | {"name": name, "metrics": metrics}, history, {})


DRAWN = [block_pictures.steps, block_pictures.wastes, pictures.parts, pictures.rates, pictures.block_sizes,
         sharing_pictures.sharing, sharing_pictures.prefixes]


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_every_picture_is_there_in_both_languages(published, recorded, draw):
    draw()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg = data["image/svg+xml"]
        root = ET.fromstring(svg)
        assert len(svg) < 200_000 and len(metadata["alt"]) > 60
        assert float(root.get("width").removesuffix("pt")) < 6.3 * 72     # a page is six inches wide


def test_the_story_is_what_the_manager_does():
    frames = {frame.name: frame for frame in tell()}
    assert [len(frames["prompt"].tables["A"]), len(frames["grow"].tables["A"])] == [2, 3]
    assert frames["fork"].tables["A"] == frames["fork"].tables["B"] and not frames["fork"].fresh
    copied, = frames["copy"].fresh
    assert frames["copy"].tables["B"][-1] == copied and frames["copy"].tables["A"] == frames["grow"].tables["A"]
    assert set(frames["free"].tables) == {"B"}
    for frame in frames.values():       # what a table leads to are the tokens in their order
        for name, blocks in frame.tables.items():
            held = [place for block in blocks for place, _ in frame.filled[block]]
            assert held[: frame.lengths[name]] == list(range(frame.lengths[name]))
        assert all(len(held) <= SIZE for held in frame.filled.values())


def test_the_strips_have_sixty_four_slots():
    assert {sum(count for _, count in strip) for strip in block_pictures._STRIPS.values()} == {64}

"""The pictures of the chapter on additive attention: both languages, small, in the book's colours."""
import math
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
import torch
from attngen.additive import diagrams, pictures, result_pictures, saturation
from attngen.additive.lookup import KINDS, LookupConfig, train
from attngen.additive.time_config import ADDITIVE_TIME_PRESETS
from attngen.additive.time_run import measure
from attngen.additive.words_config import HEADS_PRESETS
from attngen.additive.words_run import make
from attngen.nn.mixed import KINDS as HEADS
from attngen.plotting import bilingual

mpl.use("Agg")      # no windows


class Recorded:
    """As much of a result as the picture of losses reads."""

    history = {"kind": [kind for kind in HEADS for _ in range(4)], "seed": [0, 0, 1, 1] * 4,
               "val_loss": [0.3, 0.1, 0.2, 0.15] * 4}  # fmt: skip


def curves():
    tiny = LookupConfig(keys=3, hidden=4, steps=3, batch=4)
    pictures.score_curves({kind: train(1, kind, tiny) for kind in ("dot", "additive")})


PICTURES = {
    "two_scores": diagrams.two_scores, "score_curves": curves,
    "lookup": lambda: pictures.lookup_accuracy({kind: [math.nan, 0.5] for kind in KINDS}, (1, 2), 8),
    "saturated": lambda: pictures.saturated({width: saturation.measure(width, 4, 8) for width in (2, 4)}),
    "times": lambda: result_pictures.times(measure(ADDITIVE_TIME_PRESETS["smoke"], torch.device("cpu"))),
    "losses": lambda: result_pictures.losses(Recorded),
    "gates": lambda: result_pictures.gate_map(make(HEADS_PRESETS["smoke"].base, "gated")),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, monkeypatch):
    published = []
    monkeypatch.setattr(bilingual, "display", lambda data, raw, metadata: published.append((data, metadata)))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    PICTURES[name]()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("(?<![a-z])[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


def test_each_curve_has_its_largest_score_at_zero():
    keys, scores = pictures.curves(*train(1, "additive", LookupConfig(keys=3, hidden=4, steps=2, batch=4)))
    assert len(keys) == scores.shape[1] and torch.equal(scores.max(-1).values, torch.zeros(3))

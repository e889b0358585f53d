"""The pictures of the chapter on text: both languages, small, in the book's colours, and true to their numbers."""
import json
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from attngen import results
from attngen.persian import half_space_diagram, text_pictures
from attngen.persian.clean import STEPS

mpl.use("Agg")      # no windows
KEYS = [name.replace(" ", "_").replace("-", "_") for name in STEPS]
PICTURES = {name: getattr(text_pictures, name) for name in ("changes", "characters", "costs", "zipf")}
PICTURES["half_space"] = half_space_diagram.half_space


@pytest.fixture
def recorded(places, tmp_path):
    """Made-up results of the experiments that the charts read."""
    fields = {field: {} for field in results.FIELDS}
    text = {f"removed_{key}": -7 if key == "letters" else 10**place for place, key in enumerate(KEYS)}
    text |= {f"written_{key}": 5 if key == "digits" else 0 for key in KEYS} | {"stop_word_share": 0.43, "removed_tatweel": 0}
    inventory = {"before": [[chr(1570 + i), 10_000 // (i + 1)] for i in range(300)], "after": [["ا", 9000], ["ب", 90]]}
    zipf = [{"rank": r, "count": 1000 // r, "word": f"و{r}", "stop": r < 40} for r in range(1, 100)]
    files = {}
    for name, content in (("inventory.json", inventory), ("zipf.json", zipf)):
        files[name] = tmp_path / name
        files[name].write_text(json.dumps(content))
    results.record(fields | {"name": "persian-text", "metrics": text}, [], files)
    rates = [*(f"step_{key}" for key in KEYS), "own", *(f"hazm_{tool}" for tool in ("normalizer", "tokenizer", "lemmatizer"))]
    speed = {f"{name}_mb_per_second": 2.0 + place for place, name in enumerate(rates)}
    results.record(fields | {"name": "persian-text-speed", "metrics": speed}, [], {})


def test_every_step_has_a_name_in_both_languages():
    assert text_pictures.STEP_NAMES.keys() == STEPS.keys()
    assert all(fa and en and fa != en for fa, en in text_pictures.STEP_NAMES.values())


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published, recorded):
    PICTURES[name]()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 100_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


@pytest.mark.parametrize(("name", "words"), [
    ("changes", "most: spaces"), ("characters", "300 different ones, 200 of them fewer"), ("zipf", "43% of the text"),
    ("costs", "own steps together take 50, hazm's normaliser alone 48"),
])  # fmt: skip
def test_the_alternative_text_says_what_was_recorded(name, words, published, recorded):
    PICTURES[name]()
    assert words in published[1][1]["alt"]

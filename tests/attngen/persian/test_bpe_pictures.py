"""The pictures of the tokenizer's chapter: both languages, the book's colours, and true to what they show."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from attngen import results
from attngen.persian import bpe_pictures, bpe_stages
from attngen.persian.bpe import SMALLEST, train_bpe
from attngen.persian.bpe_stages import Box, boxes, lines
from hypothesis import given
from hypothesis import strategies as st

mpl.use("Agg")      # no windows
TEXT = "کتاب‌ها را می‌خوانیم و می‌نویسیم؛ کتاب‌خانه‌ها کتاب‌های بسیار دارند. در سال ۱۳۹۵ می‌خواندند."


@pytest.fixture(scope="session")
def tokenizer():
    return train_bpe([TEXT] * 5, 400)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """A results folder with both records, as small as can be."""
    folder = tmp_path_factory.mktemp("recorded")
    fields = {"preset": "smoke", "device": "cpu", "seed": [0], "seconds": 1.0, "command": "", "commit": "", "date": "",
              "versions": {}, "data": {}, "config": {}}
    shares = {"zwnj_inside": 0.5, "zwnj_after": 0.25, "zwnj_before": 0.15, "zwnj_alone": 0.1, "zwnj_cut": 0.0}
    rows = [{"unit": unit, "asked": size, "size": size, "tokens_per_word": 3000 / size, "rare": size / 2048} | shares
            for unit in ("byte", "character") for size in (512, 1024, 2048)]
    speed = {"rescan_text_seconds": 1234.5, "rescan_words_seconds": 200.25, "train_seconds": 1.5, "tokenizers_seconds": 0.4}
    with results.stored_in(folder):
        results.record(fields | {"name": "persian-bpe", "metrics": {}}, rows, {})
        results.record(fields | {"name": "persian-bpe-speed", "metrics": speed}, [], {})
    return folder


PICTURES = {
    "stages": lambda model: bpe_stages.stages(model, (0, 20)), "lengths": bpe_pictures.token_lengths,
    "curves": lambda _: bpe_pictures.fertility_curves(), "half-spaces": lambda _: bpe_pictures.half_spaces(),
    "speeds": lambda _: bpe_pictures.speeds(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_in_both_languages_small_and_in_the_books_colours(name, published, recorded, tokenizer):
    with results.stored_in(recorded):
        PICTURES[name](tokenizer)
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for data, metadata in published:
        svg, alt = data["image/svg+xml"], metadata["alt"]
        assert ET.fromstring(svg).find("{*}title").text == alt
        assert len(svg) < 150_000
        drawn = re.sub("<style>.*?</style>", "", svg)
        assert not re.search(r'(?:fill|stroke)(?:: |=")#[0-9a-f]{6}', drawn), "a colour outside the variables"
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"


def test_the_pictures_tell_the_recorded_numbers(published, recorded):
    with results.stored_in(recorded):
        bpe_pictures.speeds()
        bpe_pictures.fertility_curves()
    alts = [metadata["alt"] for _, metadata in published]
    assert "1,234" in alts[1] and "1.50" in alts[1] and "0.40" in alts[1]
    assert "512 to 2,048" in alts[3] and "100%" in alts[3]


def test_boxes_are_the_tokens(tokenizer):
    """Without the marks that pictures add, the boxes are the text again."""
    shown = boxes(tokenizer, TEXT)
    assert len(shown) == len(tokenizer.encode(TEXT))
    code = b"".join(
        bytes.fromhex(box.text) if box.kind == "partial"
        else box.text.replace("\u200d", "").replace("␣", " ").replace("¦", "\u200c").encode() for box in shown
    )
    assert code.decode() == TEXT


def test_letters_keep_the_form_they_have_in_the_word():
    letters = train_bpe([TEXT], SMALLEST + 60, "character")
    few = type(letters)((), "character", letters.characters)   # no merges
    joined = [box.text for box in boxes(few, "کتاب‌ها را")]
    j = "\u200d"
    assert joined == [f"ک{j}", f"{j}ت{j}", f"{j}ا", "ب", "¦", f"ه{j}", f"{j}ا", "␣", "ر", "ا"]
    assert [box.kind for box in boxes(few, "کت.")] == ["begins", "goes on", "begins"]
    assert boxes(few, "ab") == [Box("a", "begins"), Box("b", "goes on")]   # Latin letters do not join


def test_bytes_of_a_character_are_shown_as_such(tokenizer):
    assert [box for box in boxes(tokenizer, "😀")] == [Box(byte, "partial") for byte in ("F0", "9F", "98", "80")]


@given(st.lists(st.floats(0.1, 3), max_size=30), st.floats(3, 6))
def test_lines_hold_every_box_once_and_fit(widths, room):
    rows = lines(widths, room)
    assert [i for row in rows for i in row] == list(range(len(widths)))
    assert all(sum(widths[i] for i in row) <= room + 1e-9 for row in rows)


def test_lengths_count_every_learned_token(tokenizer):
    counts = bpe_pictures.lengths(tokenizer)
    assert sum(map(lambda counter: counter.total(), counts.values())) == tokenizer.size - SMALLEST
    assert counts["begins"] and counts["goes on"]

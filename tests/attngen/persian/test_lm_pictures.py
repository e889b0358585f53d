"""The pictures of the chapter on the transformer: both languages, small, in the book's colours, true to their numbers."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
import torch
from attngen import results
from attngen.nn import Decoder, DecoderConfig, causal_mask
from attngen.persian import extrapolate, lm_attention, lm_diagrams, lm_pictures, sample_display
from attngen.persian.bpe import train_bpe
from attngen.persian.windows import END
from attngen.plotting import Label
from hypothesis import given
from hypothesis import strategies as st

mpl.use("Agg")      # no windows
TEXT = "شهر تهران پایتخت ایران است.\nکتاب‌ها"
TOKENIZER = train_bpe([TEXT] * 3, 300)
EPOCHS = [{"epoch": epoch, "train_loss": 6 - 0.2 * epoch, "val_loss": 6.1 - 0.15 * epoch} for epoch in (1, 2, 3)]
SIZES = [{"model": model, "characters": 1e6 * 2**power, "test_bits_per_char": 3 - 0.2 * power}
         for power in (0, 1, 2) for model in ("transformer", "kn5")]
SWEEP = [{"model": model, "distinct_2": 0.7, "repeated_4grams": 0.1} for model in ("real", "gru")]
SWEEP += [{"model": "transformer", "distinct_2": 0.3 + 0.2 * t, "repeated_4grams": 0.4 - 0.2 * t, "temperature": t, "top_p": p}
          for p, t in ((0.95, 0.8), (1.0, 0.0), (1.0, 0.8), (1.0, 1.2), (0.9, 0.8), (0.9, 1.2))]  # fmt: skip


@pytest.fixture
def published(published, monkeypatch):
    """What ``figure`` and ``show`` hand to IPython, as (data, metadata)."""
    monkeypatch.setattr(sample_display, "display", lambda data, raw, metadata: published.append((data, metadata)))
    return published


@pytest.fixture
def recorded(places):
    """Made-up results of the experiments that the charts read."""
    fields = {field: {} for field in results.FIELDS}
    bits = {f"test_bits_per_char_{name}": 2.5 for name in ("zstd", "xz", "bz2", "ppmd")}
    metrics = {"test_nats_per_token": 5.0, "test_bits_per_char": 2.0, "real_distinct_2": 0.8, "real_repeated_4grams": 0.0}
    runs = {name: EPOCHS for name in ("persian-ngram", "persian-gru", "persian-transformer")}
    runs |= {"persian-learning-curve": SIZES, "persian-generation": SWEEP, "persian-kn5": [], "persian-compressors": []}
    for name, history in runs.items():
        results.record(fields | {"name": name, "metrics": metrics | bits}, history, {})


def model() -> Decoder:
    torch.manual_seed(0)
    return Decoder(DecoderConfig(TOKENIZER.size, 16, 2, 2)).eval()


PICTURES = {
    "decoder": lm_diagrams.decoder, "seen": lm_diagrams.seen, "cache": lm_diagrams.cache, "rotary": lm_diagrams.rotary,
    "comparison": lm_pictures.comparison, "curves": lm_pictures.curves, "learning_curve": lm_pictures.learning_curve,
    "sweep": lm_pictures.sweep, "all_heads": lambda: lm_attention.all_heads(model(), TOKENIZER, TEXT),
    "two_heads": lambda: lm_attention.two_heads(model(), TOKENIZER, TEXT),
}  # fmt: skip


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
        assert metadata["lang"] == "en" or not re.search("(?<![a-z])[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


def test_the_sweep_leaves_out_the_models_at_one_setting(recorded):
    rows = lm_pictures.swept_rows(results.load("persian-generation"))
    assert [(row["top_p"], row["temperature"]) for row in rows] == [(1.0, 0.0), (1.0, 0.8), (1.0, 1.2), (0.9, 0.8), (0.9, 1.2)]
    assert [row["distinct_2"] for row in rows[:2]] == pytest.approx([0.3, 0.46])


@given(st.lists(st.text("شهر تهران\n aé😀\u200c.", min_size=1, max_size=12), min_size=1, max_size=3))
def test_every_token_has_a_label(texts):
    ids = [END, *TOKENIZER.encode("".join(texts))]
    names = lm_attention.labels(TOKENIZER, ids)
    assert len(names) == len(ids) and names[0] == "END"
    assert all(name.strip() or "\u200c" in TOKENIZER.decode([token]) for name, token in zip(names, ids, strict=True))


def test_a_token_that_goes_on_with_a_word_is_marked():
    ids = [END, *(TOKENIZER.encode(" تهران") + TOKENIZER.encode("ان") + TOKENIZER.encode("\n") + TOKENIZER.encode("."))]
    assert lm_attention.labels(TOKENIZER, ids) == ["END", "تهران", "\u200f…ان", "⏎", "."]
    assert lm_attention.labels(TOKENIZER, [END, *TOKENIZER.encode("ان"), END]) == ["END", "ان", "END"]


def test_maps_are_the_models_and_closed_where_it_may_not_look():
    maps, names = lm_attention.maps_of(model(), TOKENIZER, TEXT)
    assert maps.shape == (2, 2, len(names), len(names))
    open_ = causal_mask(len(names))
    assert maps[..., ~open_].isnan().all() and not maps[..., open_].isnan().any()
    torch.testing.assert_close(maps.nan_to_num().sum(-1), torch.ones(2, 2, len(names)))


def test_the_near_and_the_far_head_are_found():
    length = 8
    near, rest, far = (torch.zeros(length, length) for _ in range(3))
    near[range(1, length), range(length - 1)] = 1.0
    near[0, 0] = 1.0
    rest[:, 0] = 1.0   # on the first position: no look back
    far[:, 1] = 1.0
    far[0] = 0.0
    far[0, 0] = 1.0
    maps = torch.stack([torch.stack([rest, far]), torch.stack([near, rest])])
    closed = maps.masked_fill(~causal_mask(length), float("nan"))
    assert lm_attention.near_and_far(closed) == [(1, 0), (0, 1)]


@given(st.floats(0.05, 0.4), st.floats(2, 4), st.integers(2, 6))
def test_what_is_carried_on_goes_through_points_that_lie_on_it(falling, first, count):
    sizes = [1e5 * 2**n for n in range(count)]
    line = [first - falling * n for n in range(count)]
    assert extrapolate.straight(sizes, line, 1e5 * 2.0**9) == pytest.approx(first - 9 * falling, abs=1e-6)
    power = [first * 2 ** (-falling * n) for n in range(count)]
    assert extrapolate.power_law(sizes, power, 1e5 * 2.0**9) == pytest.approx(first * 2 ** (-9 * falling), rel=1e-6)
    # a power law is bent: further on, it lies above the line through the same points
    assert extrapolate.power_law(sizes, line, 1e5 * 2.0**20) > extrapolate.straight(sizes, line, 1e5 * 2.0**20)


def test_curves_come_by_model_and_size(recorded):
    curves = extrapolate.curves_of()
    assert set(curves) == {"transformer", "kn5"}
    for sizes, bits in curves.values():
        assert sizes == [1e6, 2e6, 4e6] and bits == pytest.approx([3, 2.8, 2.6])


def test_samples_are_shown_in_both_languages_and_nothing_in_them_is_markup(published):
    sample = {"title": "عنوان <b>", "prompt": "آغاز & ادامه", "real": " متن <script>", "transformer": "متن دیگر"}
    sample_display.show([sample, {"prompt": "بی عنوان", "gru": "متن"}])
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"]
    for (data, _), names in zip(published, (("مقالهٔ واقعی", "ترنسفورمر"), ("the real article", "transformer")), strict=True):
        page = ET.fromstring(f"<div>{data['text/html']}</div>")
        assert len(page.findall("table")) == 2 and len(page.findall(".//tr")) == 5
        words = "".join(page.itertext())
        assert all(name in words for name in names) and "متن <script>" in words and "آغاز & ادامه" in words
        for cell in page.iter("td"):
            assert cell.get("dir") == "rtl" and cell.get("lang") == "fa"


def test_a_table_names_the_article_and_strangers_by_their_names():
    found = sample_display.table(Label("en"), "آغاز", {"my model": "متن"}, "عنوان")
    assert "my model" in found and "«عنوان»" in found and np.char.count(found, "<tr>") == 2

"""The chapter's pictures of n-grams: both languages, small, the book's colours, true to their numbers."""
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
import torch
from attngen import results
from attngen.persian import ngram_diagrams, ngram_pictures
from attngen.persian.windows import NGrams

mpl.use("Agg")      # no windows
ORDERS = [
    {"order": n, "unseen": n / 5 - 0.1, "test_bits_per_char": 3 - n / 5, "add_one_bits_per_char": 2.8 + n / 9}
    for n in range(1, 6)
]
SIZES = [{"size": 2**n, "test_perplexity": 2.0**n / 30, "test_bits_per_char": 2.2} for n in range(9, 14)]
EPOCHS = [{"epoch": n, "train_loss": 6 - n / 5, "val_loss": 6.1 - n / 6, "seconds": n} for n in (1, 2, 3)]
RULES = {("همه", "all"): np.array([0.6, 0.4]), ("آزمند", "greedy"): np.array([1.0, 0.0])}


@pytest.fixture
def recorded(places):
    """Made-up results of the experiments that the charts read."""
    fields = {field: {} for field in results.FIELDS} | {"metrics": {"test_nats_per_token": 5.0}}
    histories = dict.fromkeys(("persian-ngram", "persian-gru"), EPOCHS)
    histories |= {"persian-kn5": ORDERS, "persian-vocabularies": SIZES}
    for name, history in histories.items():
        results.record(fields | {"name": name}, history, {})


PICTURES = {
    "windows": ngram_diagrams.windows, "neural_ngram": ngram_diagrams.neural_ngram,
    "unrolled": ngram_diagrams.unrolled, "unseen": ngram_pictures.unseen, "orders": ngram_pictures.orders,
    "vocabularies": ngram_pictures.vocabularies, "curves": ngram_pictures.curves,
    "live_curve": lambda: ngram_pictures.live_curve(results.load("persian-gru").history),
    "next_tokens": lambda: ngram_pictures.next_tokens([" کتاب", " "], RULES, "این یک"),
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
        assert metadata["lang"] == "en" or not re.search("[0-9]", alt), "Latin digits in a Persian sentence"
    assert published[0][0]["image/svg+xml"] != published[1][0]["image/svg+xml"]


@pytest.fixture
def bars(monkeypatch):
    """The heights of all bars that are drawn, one list for each call and language."""
    heights = []
    draw = mpl.axes.Axes.bar

    def keep(ax, x, height, **style):
        heights.append([float(h) for h in height])
        return draw(ax, x, height, **style)

    monkeypatch.setattr(mpl.axes.Axes, "bar", keep)
    return heights


def test_the_bars_are_the_recorded_shares_in_per_cent(published, recorded, bars):
    ngram_pictures.unseen()
    assert bars == [pytest.approx([100 * row["unseen"] for row in ORDERS])] * 2


def test_every_rule_has_its_row_of_bars(published, recorded, bars):
    ngram_pictures.next_tokens(["a", "b"], RULES, "این یک")
    assert bars == [list(p) for p in RULES.values()] * 2


@pytest.mark.parametrize("order", [2, 3, 5, 9])
def test_the_windows_are_those_of_the_data_set(published, monkeypatch, order):
    """Cells seen in each row, beside the contexts of ``windows.NGrams``: those that are not repeated END."""
    cells = []
    keep = lambda ax, x, y, w, h, *tone: cells.append((round(y, 3), *tone))  # noqa: E731
    monkeypatch.setattr(ngram_diagrams, "_cell", keep)
    tokens = ["a", "b", "c", "d", "e"]
    ngram_diagrams.windows(tokens, order)
    rows = sorted({y for y, _, _ in cells}, reverse=True)
    half = cells[: len(cells) // 2]   # of one language
    seen = [sum(y == row and colour == "blue" for y, colour, _ in half) for row in rows]
    contexts, _ = NGrams([[1, 2, 3, 4, 5]], order).batch(torch.arange(len(tokens) + 1))
    expected = [len(set(context.tolist())) for context in contexts]   # all tokens differ, END repeated is one
    assert seen == expected
    assert sum(colour == "vermilion" for _, colour, _ in half) == len(tokens) + 1



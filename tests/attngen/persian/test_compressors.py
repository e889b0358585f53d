"""Compressors: nothing is lost, the costs add up, and what was seen before is cheaper."""
import bz2
import lzma

import pyppmd
import pytest
import zstandard
from attngen.persian import compressors
from attngen.persian.compressors import COMPRESSORS, cost, joined, ppmd, window, xz, zstd
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30, deadline=None)
letters = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
texts_ = st.lists(st.text(letters, max_size=60), min_size=1, max_size=5)
ALPHABET = [chr(code) for code in range(ord("ا"), ord("ی"))]


@few
@given(st.binary(max_size=3000), st.integers(2, 16))
def test_what_was_compressed_comes_back(data, order):
    dictionary = [{"id": lzma.FILTER_LZMA2, "dict_size": window(data)}]
    assert lzma.decompress(xz(data), lzma.FORMAT_RAW, filters=dictionary) == data
    assert zstandard.ZstdDecompressor(max_window_size=window(data)).decompress(zstd(data), 4000) == data
    assert bz2.decompress(COMPRESSORS["bz2"](data)) == data
    decoder = pyppmd.Ppmd7Decoder(order, max(1 << 20, 64 * len(data)))
    assert decoder.decode(ppmd(data, order), len(data)) == data


@pytest.mark.parametrize("length", [1, 1 << 16, (1 << 16) + 1, 7_000_000])
def test_the_window_looks_back_over_everything(length):
    data = bytes(length)
    assert window(data) >= length and window(data) & (window(data) - 1) == 0


@few
@given(texts_, texts_)
def test_costs_are_bits_of_bytes_over_characters_and_ends(texts, before):
    def copy(data):
        return data

    size = sum(len(text.encode()) + 1 for text in texts)
    expected = 8 * size / sum(len(text) + 1 for text in texts)
    assert cost(copy, texts) == pytest.approx(expected)
    assert cost(copy, texts, before) == pytest.approx(expected)
    assert cost(copy, texts, before, known=len(joined(before))) == pytest.approx(expected)
    assert joined(texts).split(b"\0")[:-1] == [text.encode() for text in texts]


@pytest.mark.parametrize("name", ["xz", "zstd", "ppmd"])
def test_a_text_that_was_seen_before_costs_next_to_nothing(name):
    """bz2 is left out: it sorts what it sees, and has no text to copy from."""
    import random

    draw = random.Random(0)
    texts = ["".join(draw.choices(ALPHABET, k=2000)) for _ in range(3)]
    assert cost(COMPRESSORS[name], texts, texts) < 0.35 * cost(COMPRESSORS[name], texts)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="no documents"):
        cost(xz, [])
    with pytest.raises(ValueError, match="zero byte"):
        joined(["a", "b\0c"])


def test_a_short_window_is_not_taken_by_mistake():
    """The far copy of a text lies more than the default window back; all three must still find it."""
    import random

    draw = random.Random(1)
    far = "".join(draw.choices(ALPHABET, k=20_000))
    between = "".join(draw.choices(ALPHABET, k=1_000_000))
    for compress in (xz, zstd):
        assert cost(compress, [far], [far, between]) < 0.1
    assert compressors.COMPRESSORS.keys() == {"xz", "zstd", "bz2", "ppmd"}

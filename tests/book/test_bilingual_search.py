"""Every way to type a Persian word leads to the same words of the index."""
import bilingual_search
import pytest
from hypothesis import given, strategies as st

ZWNJ = "\u200c"


@pytest.mark.parametrize("typed", ["مدل‌های", "مدل‌هاي", "مدل های", "مَدل‌های"])
def test_ways_to_type_a_word_share_their_parts(typed):
    assert {"مدل", "های"} <= set(bilingual_search.split(typed))


def test_a_half_spaced_word_is_also_found_in_one_piece():
    assert "پیشبینی" in bilingual_search.split("پیش‌بینی")
    assert bilingual_search.split("پیشبيني") == ["پیشبینی"]


@pytest.mark.parametrize("arabic, persian", [("كتاب", "کتاب"), ("على", "علی"), ("٤٢", "42"), ("۴۲", "42"),
                                             ("لایهٔ", "لایه"), ("لایۀ", "لایه"), ("آب", "اب")])
def test_letters_digits_and_marks_fold(arabic, persian):
    assert bilingual_search.fold(arabic) == bilingual_search.fold(persian)


def test_english_words_stay():
    assert bilingual_search.split("Scaled dot-product attention") == ["Scaled", "dot", "product", "attention"]


@given(st.text(alphabet="ابیيكکآ‌ۀهٔ۱٣a1 ", max_size=30))
def test_folding_twice_is_folding_once(text):
    once = bilingual_search.fold(text)
    assert bilingual_search.fold(once) == once
    assert ZWNJ not in once


def test_the_query_is_folded_by_the_same_table():
    for letter, folded in bilingual_search.FOLD.items():
        assert f"\\u{ord(letter):04x}" in bilingual_search.SearchBoth.js_splitter_code
        assert folded in ("", " ") or folded == bilingual_search.fold(letter)

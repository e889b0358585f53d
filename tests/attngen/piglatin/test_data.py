"""Words as tokens, their parts, and batches."""
import pytest
import torch
from attngen.data import DataError
from attngen.piglatin.data import (
    EOS,
    LETTERS,
    SOS,
    VOCABULARY,
    WordPairs,
    decode,
    encode,
    frequent_words,
    load_pairs,
    part_of,
    read_pairs,
    split,
)
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30, deadline=None)
words = st.text(LETTERS, min_size=1, max_size=20)


@few
@given(words, st.lists(st.integers(0, VOCABULARY - 1), max_size=5))
def test_decoding_undoes_encoding_whatever_follows_the_end(word, rest):
    assert decode(encode(word)) == word
    assert decode([SOS, *encode(word), EOS, *rest]) == word


def test_there_are_29_tokens():
    assert VOCABULARY == 29
    assert sorted({*encode(LETTERS), SOS, EOS}) == list(range(29))


@pytest.mark.parametrize("word", ["", "Ice", "naïve", "a b", "ice.", "۱"])
def test_unknown_letters_and_the_empty_word_are_refused(word):
    with pytest.raises(ValueError, match="letters a-z and hyphens") as caught:
        encode(word)
    assert repr(word) in str(caught.value)


def test_reading_a_file_as_the_course_does():
    text = "Street eetstray\nmy ymay\nstreet eetstray\nit's it'sway\none two three\n\nlonely\nx-ray xay-ayray\n"
    assert read_pairs(text) == [("street", "eetstray"), ("my", "ymay"), ("x-ray", "xay-ayray")]


@few
@given(st.lists(st.tuples(words, words), unique=True, max_size=30), st.integers(0, 30))
def test_a_word_is_in_one_part_whatever_else_the_file_holds(pairs, cut):
    whole, some = split(pairs), split(pairs[:cut])
    assert sorted(sum(whole.values(), [])) == sorted(pairs)
    for part, rows in some.items():
        assert set(rows) <= set(whole[part])
        assert all(part_of(word) == part for word, _ in rows)


def test_parts_are_8_1_and_1_of_ten():
    counts = {part: len(rows) for part, rows in split(load_pairs("offline")).items()}
    assert sum(counts.values()) == 20_000
    assert counts["train"] == pytest.approx(16_000, rel=0.02)
    assert counts["validation"] == pytest.approx(2_000, rel=0.06)
    assert counts["test"] == pytest.approx(2_000, rel=0.06)


def test_no_word_is_learned_and_asked_in_any_of_the_files(course_files):
    files = [split(pairs) for pairs in (*course_files.values(), load_pairs("offline"))]
    words_of = {p: {w for f in files for w, _ in f[p]} for p in ("train", "validation", "test")}
    assert not words_of["train"] & (words_of["validation"] | words_of["test"])
    assert not words_of["validation"] & words_of["test"]


def test_the_offline_words_are_the_frequency_part_of_the_large_file(course_files):
    offline, large = frequent_words(), course_files["large"]
    assert len(set(offline)) == 20_000
    assert set(offline) <= set(large)
    assert len(set(large) - set(offline)) == 2402


def test_another_size_is_refused_with_those_there_are():
    with pytest.raises(DataError, match="small, large or offline, not as 'medium'"):
        load_pairs("medium")


@few
@given(st.lists(st.tuples(words, words), min_size=1, max_size=6), st.data())
def test_a_batch_holds_its_words_shifted_and_masked(pairs, data):
    words_ = WordPairs(pairs)
    chosen = data.draw(st.lists(st.integers(0, len(pairs) - 1), min_size=1, max_size=6))
    batch = words_.batch(torch.tensor(chosen))
    assert len(words_) == len(pairs)
    assert (batch.inputs[:, 0] == SOS).all()
    assert torch.equal(batch.inputs[:, 1:], batch.targets[:, :-1])
    for row, number in enumerate(chosen):
        word, target = pairs[number]
        assert batch.source[row][batch.source_mask[row]].tolist() == [*encode(word), EOS]
        assert batch.targets[row][batch.target_mask[row]].tolist() == [*encode(target), EOS]
        assert (batch.targets[row][~batch.target_mask[row]] == EOS).all()
    assert batch.source_mask.any(0).all()
    assert batch.target_mask.any(0).all()


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match="at least one pair"):
        WordPairs([])

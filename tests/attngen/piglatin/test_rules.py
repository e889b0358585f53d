"""The rules of Pig Latin: known words, a second implementation, and what must hold of every word."""
import pytest
from attngen.piglatin.rules import agreement, pig_latin
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30, deadline=None)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
parts = st.text(LETTERS, min_size=1, max_size=9)
words = st.text(LETTERS + "-", min_size=1, max_size=14)


@pytest.mark.parametrize(("word", "translation"), [
    ("street", "eetstray"), ("three", "eethray"), ("impress", "impressway"), ("my", "ymay"), ("yes", "yesay"),
    ("bbc", "bbcay"), ("quick", "ickquay"), ("square", "aresquay"), ("well-known", "ellway-ownknay"), ("a", "away"),
    ("-", "-"), ("qu", "quay"),
])
def test_words_of_the_chapter(word, translation):
    assert pig_latin(word) == translation


def test_without_the_block_u_is_a_vowel_after_q():
    assert pig_latin("quick", qu_block=False) == "uickqay"


def letter_by_letter(part: str, qu_block: bool) -> str:
    """The same rule, written as a walk over the letters."""
    if part[0] in "aeiou":
        return part + "way"
    t = 0
    while t < len(part) and part[t] not in "aeiouy":
        t += 2 if qu_block and part[t : t + 2] == "qu" else 1
    return part[t:] + part[:t] + "ay"


@few
@given(parts, st.booleans())
def test_a_second_implementation_agrees(part, qu_block):
    assert pig_latin(part, qu_block) == letter_by_letter(part, qu_block)


@few
@given(parts, st.booleans())
def test_the_letters_of_a_part_are_only_turned_round(part, qu_block):
    body = pig_latin(part, qu_block)
    assert body.endswith("ay")
    body = body[: -3 if part[0] in "aeiou" else -2]
    assert len(body) == len(part)
    assert body in part + part


@few
@given(words)
def test_hyphens_stay_and_parts_are_translated_alone(word):
    assert pig_latin(word).split("-") == [pig_latin(part) if part else "" for part in word.split("-")]


@few
@given(words)
def test_the_two_rules_differ_only_where_a_word_has_qu(word):
    if "qu" not in word:
        assert pig_latin(word, True) == pig_latin(word, False)
    else:
        assert pig_latin("qu" + word, True) != pig_latin("qu" + word, False)


@pytest.mark.parametrize("word", ["", "Street", "naïve", "two words", "a1", "a\n"])
def test_what_is_no_word_is_refused_and_shown(word):
    with pytest.raises(ValueError, match="letters a-z and hyphens") as caught:
        pig_latin(word)
    assert repr(word) in str(caught.value)


def test_agreement_counts_pairs():
    pairs = [("quick", "ickquay"), ("quick", "uickqay"), ("street", "eetstray"), ("md", "dmay")]
    assert (agreement(pairs, True), agreement(pairs, False)) == (2, 2)


def test_the_files_follow_the_rules_as_the_chapter_says(course_files):
    small, large = course_files["small"], course_files["large"]
    assert agreement(small, True) == len(small) == 3198
    assert agreement(large, False) == 22_371
    assert len(large) == 22_402
    neither = {word for word, target in large if target not in (pig_latin(word, True), pig_latin(word, False))}
    assert neither == {"md", "mp"}

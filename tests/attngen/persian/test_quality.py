"""Measures of generated text: known answers, and what must hold for any text."""
import pytest
from attngen.persian import quality as q
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=100, deadline=None)
tokens_ = st.lists(st.integers(0, 4), max_size=15)
text_ = st.text("اب‌ی .", max_size=30)


@pytest.mark.parametrize(("text", "found"), [
    ("کتاب‌های خوب، ۱۲ تا!", ["کتاب‌های", "خوب", "تا"]),
    ("می‌شود می‌ شود", ["می‌شود", "می‌", "شود"]),
    ("مُدَرِّس BERT x2_y", ["مُدَرِّس", "BERT", "x", "y"]),
    ("‌آغاز", ["آغاز"]),
    ("۱۲۳ … «»", []),
])  # fmt: skip
def test_words(text, found):
    assert q.words(text) == found


@few
@given(st.lists(text_, max_size=4))
def test_every_text_is_made_of_its_own_words(texts):
    known = q.known_words(texts)
    right, all_ = q.half_spaces(texts, known)
    assert right == all_
    if known:
        assert q.valid_words(texts, known) == 1
        assert q.valid_words(texts, frozenset()) == 0


def test_half_spaces_by_hand():
    known = frozenset(["می‌شود", "کتاب‌ها"])
    assert q.half_spaces(["می‌شود می‌کتاب و کتاب‌ها کتابها شود‌"], known) == (2, 4)


def test_variety_by_hand():
    texts = [[1, 2, 1, 2], [1, 2, 3]]
    assert q.distinct(texts, 1) == 3 / 7
    assert q.distinct(texts, 2) == 3 / 5
    assert q.distinct(texts, 3) == 1
    assert q.repeated_ngrams(texts, 2) == pytest.approx((1 - 2 / 3 + 0) / 2)
    assert q.repeated_tokens(texts, 1) == 0
    assert q.repeated_tokens(texts, 2) == 2 / 5


@few
@given(st.lists(tokens_, min_size=1, max_size=4), st.integers(1, 5))
def test_what_holds_for_any_tokens(texts, n):
    if any(len(text) >= n for text in texts):
        assert 0 < q.distinct(texts, n) <= 1
        assert 0 <= q.repeated_ngrams(texts, n) < 1
        assert q.distinct([*texts, *texts], n) == pytest.approx(q.distinct(texts, n) / 2)
        assert q.repeated_ngrams([*texts, *texts], n) == pytest.approx(q.repeated_ngrams(texts, n))
    if any(len(text) > 1 for text in texts):
        shares = [q.repeated_tokens(texts, window) for window in range(1, 17)]
        assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1


def test_constant_text_repeats_and_a_text_without_repeats_does_not():
    assert q.repeated_ngrams([[7] * 104], 4) == 1 - 1 / 101
    assert q.repeated_tokens([[7] * 104], 1) == 1
    assert q.repeated_tokens([list(range(50))], 40) == 0
    assert q.distinct([list(range(50))], 1) == 1


def longest(text, training):
    runs = {text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)}
    return max(len(run) for run in runs if run in training)


@few
@given(text_, text_)
def test_the_longest_copied_run_is_that_of_trying_all(text, training):
    copy = q.longest_copy(text, training)
    assert copy in text and copy in training and len(copy) == longest(text, training)
    assert q.longest_copy(text, text) == text


def test_all_measures_together():
    training = "این یک کتاب است و می‌شود آن را خواند."
    texts = ["این یک کتاب بود", "می‌شود می‌خواند"]
    tokens = [text.split() * 3 for text in texts]
    found = q.quality(texts, tokens, q.known_words([training]), training)
    assert found["valid_words"] == pytest.approx(4 / 6)
    assert found["valid_half_spaces"] == 0.5
    assert found["longest_copy_words"] == 3 and found["longest_copy_words_mean"] == 2
    assert found["half_spaces_per_100_words"] == pytest.approx(100 / 3)
    assert all(isinstance(value, (int, float)) for value in found.values())
    assert "valid_half_spaces" not in q.quality(["این کتاب"], [[1, 2, 3, 4, 5]], frozenset())


def test_what_makes_no_sense_is_refused():
    for measure in (
        lambda: q.distinct([[1]], 2), lambda: q.repeated_ngrams([[1, 2]], 4),
        lambda: q.repeated_tokens([[1]], 3), lambda: q.valid_words(["۱۲"], frozenset()),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="no share can be told"):
            measure()
    with pytest.raises(ValueError, match="one token or more"):
        q.ngrams([1], 0)
    with pytest.raises(ValueError, match="one token or more"):
        q.repeated_tokens([[1, 2]], 0)

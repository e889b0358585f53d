"""What hazm does with a paragraph, and what we mend after it."""
import socket

import pytest
from attngen.persian import hazm_tools, marks
from attngen.persian.clean import Pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=40, deadline=None)
WORDS = "می رود کتاب ها بزرگ ترین خانۀ حتماً است شده است ۱۳۹۸ ۱٫۵ ۲٬۰۰۰ ۵٪ ۱۳۹۱/۲/۳۱ کووید-۱۹ CO2 IL-6 ، . : « » ( ) گفت".split()


def test_half_spaces_are_put_where_a_word_was_pulled_apart():
    assert hazm_tools.normalize("او می رود و کتاب های بزرگ تر را نمی خواند.") == "او می‌رود و کتاب‌های بزرگ‌تر را نمی‌خواند."
    assert hazm_tools.normalize('گفت "برو" و رفت.') == "گفت «برو» و رفت."
    assert hazm_tools.normalize("حتماً خانۀ ماست") == "حتماً خانۀ ماست"


@pytest.mark.parametrize("text", [
    "در ۱۳۹۱/۲/۳۱ با ۱٫۵ متر و ۱۱٬۱۰۷٬۸۲۲ نفر، ۵٪ کمتر.", "کووید-۱۹ و CO2 و IL-6 و 2C19.", "از ۱۹۸۸–۱۹۹۲ و ۲۰۱۹-۲۰۲۰.",
])  # fmt: skip
def test_numbers_survive_hazm(text):
    assert hazm_tools.normalize(text) == text


def test_numbers_do_not_survive_hazm_alone():
    from hazm import Normalizer

    assert Normalizer().normalize("۱٫۵") != "۱٫۵"   # where this no longer holds, join_numbers can go


@few
@given(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
def test_what_comes_out_is_in_the_alphabet_and_has_its_spaces_right(text):
    out = hazm_tools.normalize(Pipeline()(text))
    assert set(out) <= set(marks.ALPHABET) | set("COIL2619")
    assert marks.spaces(out) == out and '"' not in out
    letters = [c for c in out if c.isalnum()]
    assert letters == [c for c in Pipeline()(text) if c.isalnum()]   # spaces and marks may change, letters not


def test_lemmas_of_nouns_and_verbs():
    assert hazm_tools.both_stems("می‌روم") == "رفت#رو" and hazm_tools.lemma("می‌روم") == "رفت"
    assert hazm_tools.lemma("کتاب‌هایشان") == "کتاب"
    assert hazm_tools.lemma("هستند") == "هست"            # a verb without a past stem
    assert hazm_tools.lemma("ندارد") == hazm_tools.lemma("دارد") == "داشت"


def test_versions_of_a_paragraph():
    text = "این کتاب‌ها را خوانده است، ولی ۱٫۵ متر نیست."
    assert "خوانده_است" in hazm_tools.words(text)
    assert hazm_tools.lemmas(text) == "این کتاب را خواند، ولی ۱٫۵ متر نیست."
    assert hazm_tools.without_stop_words(text) == "کتاب‌ها خوانده است، ۱٫۵."
    assert hazm_tools.lemmas_without_stop_words(text) == "کتاب خواند، ۱٫۵."


def test_every_stop_word_alone_is_left_out():
    assert {"و", "در", "از", "است"} <= hazm_tools.stop_words()
    assert hazm_tools.without_stop_words("و در از است") == ""


def test_nothing_is_downloaded(monkeypatch):
    def refused(*_):
        raise AssertionError("hazm asks for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    for tool in (hazm_tools._normalizer, hazm_tools._tokenizer, hazm_tools._lemmatizer, hazm_tools.stop_words):
        tool.cache_clear()
    assert hazm_tools.lemma("می‌روم") == "رفت" and hazm_tools.normalize("می روم") == "می‌روم"

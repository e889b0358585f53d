"""The two glossaries hold the same terms, each in the order of its own alphabet."""
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
LANGS = ("fa", "en")
OTHER = {"fa": "en", "en": "fa"}
PERSIAN = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
FOLD = str.maketrans("أإؤئۀ", "ااویه", "ًَُِّٔ\u200c")    # half-space and marks do not count in sorting


def page(lang: str) -> str:
    return (BOOK / lang / "appendix/glossary.md").read_text("utf-8")


def entries(lang: str) -> list[tuple[str, str]]:
    """(term, its word in the other language), in the page's order."""
    block = re.search(r"```\{glossary\}\n(.*?)\n```", page(lang), re.S)[1]
    return re.findall(rf"^(\S.*)\n  \[(.+?)\]\{{\.term-{OTHER[lang]}\}}: \S", block, re.M)


def index(lang: str) -> list[tuple[str, str]]:
    """(word in the other language, term) of the list by the other alphabet."""
    return re.findall(rf"^- \[(.+?)\]\{{\.term-{OTHER[lang]}\}} \{{term\}}`(.+?)`$", page(lang), re.M)


def persian_order(term: str) -> list[int]:
    """Sorting key of a Persian dictionary: by letters, a space before all of them."""
    return [0 if c == " " else 1 + PERSIAN.index(c) if c in PERSIAN else 100 + ord(c) for c in term.translate(FOLD)]


ORDER = {"fa": persian_order, "en": str.lower}


def test_persian_order():
    words = ["آزمون", "ابر", "پرس", "پرس‌وجو", "ترجمه", "چند", "زیان", "ژرف", "کلید", "گرادیان", "واژه", "هرس", "یاد"]
    assert sorted(reversed(words), key=persian_order) == words
    assert persian_order("تأخیر") == persian_order("تاخیر")
    assert persian_order("توجه جمعی") < persian_order("توجهی")


@pytest.mark.parametrize("lang", LANGS)
def test_every_term_has_its_word_in_the_other_language(lang):
    block = re.search(r"```\{glossary\}\n(.*?)\n```", page(lang), re.S)[1]
    terms = [line for line in block.splitlines() if line and not line.startswith(" ")]
    assert [term for term, _ in entries(lang)] == terms


@pytest.mark.parametrize("lang", LANGS)
def test_terms_stand_in_alphabetical_order(lang):
    terms = [term for term, _ in entries(lang)]
    assert terms == sorted(terms, key=ORDER[lang])
    assert len(terms) == len(set(terms))


def test_both_glossaries_hold_the_same_terms():
    assert {(en, fa) for fa, en in entries("fa")} == set(entries("en"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_list_by_the_other_alphabet_is_whole(lang):
    expected = sorted(((word, term) for term, word in entries(lang)), key=lambda pair: ORDER[OTHER[lang]](pair[0]))
    assert index(lang) == expected

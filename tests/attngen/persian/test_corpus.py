"""From raw articles to documents: sifted, without leaks, kept on disk, the same however many processes."""
import json

import pytest
from attngen.persian import corpus, cores, hazm_tools
from attngen.persian.articles import Article
from attngen.persian.prepare import as_trained, prepare

TEXTS = [" ".join(f"{word}{letter}" for word in "شهر کوه رود دشت باغ خانه راه پل".split()) for letter in "ابپتثجچح"]
LONG = [" ".join(f"{word}{end}" for word in text.split() for end in ("ان", "ین", "وار", "گاه", "زار")) + "." for text in TEXTS]


def article(title: str, *paragraphs: str) -> Article:
    return Article(title, paragraphs, "test")


def test_what_is_kept_and_what_is_counted():
    almost = LONG[0].replace("شهران", "دیگر", 1) + " پایان"
    parts = {
        "train": [article("یک", LONG[1] + "[۱]", "منابع", LONG[0]), article("", LONG[1], almost), article("", "کوتاه")],
        "validation": [article("دو", LONG[2], LONG[2].replace("شهرپان", "این"))],
        "test": [article("سه", LONG[0], LONG[3])],
    }
    made = prepare(parts, processes=1)
    assert made.documents == {"train": [LONG[1]], "validation": [LONG[2]], "test": [LONG[0] + "\n" + LONG[3]]}
    assert made.titles == {"train": ["یک"], "validation": ["دو"], "test": ["سه"]}
    assert made.paragraphs == {"notice": 1, "short": 1, "duplicate": 2, "near-duplicate": 1, "leak": 1}
    assert made.steps.touched["references"] == 1 and made.steps.removed["references"] == 2
    assert made.characters["duplicate"] == len(LONG[0]) + len(LONG[1])


def test_training_text_that_stands_in_held_out_text_is_dropped():
    whole = LONG[0] + " " + LONG[1]
    parts = {"train": [article("", LONG[1]), article("", LONG[4])], "validation": [], "test": [article("a", whole)]}
    made = prepare(parts, processes=1)
    assert made.documents["train"] == [LONG[4]] and made.paragraphs["leak"] == 1


@pytest.fixture
def three_pages(places, monkeypatch):
    """The book has three pages; what is made is counted."""
    pages = [article(f"{i}.md", LONG[i], LONG[i + 3] + " می روند و کتاب ها را می خوانند.") for i in range(3)]
    made = []
    monkeypatch.setattr(corpus, "own_text", lambda: pages)
    monkeypatch.setattr(corpus, "prepare", lambda parts: made.append(parts) or prepare(parts, processes=1))
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 1)
    corpus._made.cache_clear()
    yield made
    corpus._made.cache_clear()


def test_documents_are_made_once_and_read_again(three_pages, places):
    first = corpus.documents("test", source="book")
    assert first == [LONG[2] + "\n" + LONG[5] + " می‌روند و کتاب‌ها را می‌خوانند."]
    assert corpus.documents("train", source="book")[0].startswith(LONG[0])
    corpus._made.cache_clear()                                    # as another process would
    assert corpus.documents("test", source="book") == first and len(three_pages) == 1
    (path,) = (places / "runs").rglob("book-full-*.json")
    assert json.loads(path.read_text())["titles"]["test"] == ["2.md"] == corpus.titles("test", "book")
    first.append("mine")                                          # the caller's list is the caller's
    assert len(corpus.documents("test", source="book")) == 1


def test_versions_are_made_from_the_full_text(three_pages):
    lemmas = corpus.documents("test", "lemmas", "book")
    assert lemmas == ["\n".join(map(hazm_tools.lemmas, corpus.documents("test", source="book")[0].split("\n")))]
    assert "کتاب" in corpus.documents("test", "both", "book")[0]
    assert "می‌روند" not in corpus.documents("test", "lemmas", "book")[0]


def test_other_text_or_code_makes_the_documents_anew(three_pages, monkeypatch):
    key = corpus._key("book")
    monkeypatch.setattr(corpus, "package_version", lambda name: "another")
    assert corpus._key("book") != key
    monkeypatch.setattr(corpus, "own_text", lambda: [])
    assert corpus.data_record("book")["book/fa"] != corpus.data_record("wikipedia").popitem()[1]


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="parts are train, validation, test; there is no 'tests'"):
        corpus.documents("tests", source="book")
    with pytest.raises(ValueError, match="no 'stems'"):
        corpus.documents("test", "stems", "book")
    with pytest.raises(ValueError, match="no 'web'"):
        corpus.documents("test", source="web")


def upper(text: str) -> str:
    return text.upper()


def lengths(function, texts):
    return [len(function(text)) for text in texts]


def test_processes_answer_in_order_and_as_one_does():
    texts = [f"a{i}\nb{i}\n\n" for i in range(23)]
    expected = [f"A{i}\nB{i}" for i in range(23)]
    assert list(cores.by_line(upper, texts, 1, chunk=4)) == expected
    assert list(cores.by_line(upper, iter(texts), 2, chunk=4)) == expected
    assert list(cores.spread(lengths, upper, texts, 1, chunk=5)) == [len(text) for text in texts]


def test_work_is_not_read_far_ahead_of_the_answers():
    read = []

    def items():
        for i in range(1000):
            read.append(i)
            yield "x"

    answers = cores.by_line(upper, items(), 2, chunk=1)
    next(answers)
    assert len(read) <= 2 * cores.AHEAD + 3
    answers.close()


def test_a_readers_own_text_is_cleaned_as_an_article_is():
    raw = "اين  شهر در شمال كشور است[۱] و مردم آن به كشاورزي و باغداري مي پردازند و كتاب هاي زيادي دارند."
    parts = {"train": [], "validation": [], "test": [article("شهر", raw, LONG[0])]}
    assert as_trained(raw + "\n\n" + LONG[0]) == prepare(parts, processes=1).documents["test"][0]
    assert as_trained("") == as_trained(" \n ") == "" and as_trained(as_trained(raw)) == as_trained(raw)


def test_a_text_of_which_nothing_is_left_is_refused():
    with pytest.raises(ValueError, match="nothing is left of 'hello world'.*Persian prose is expected"):
        as_trained("hello world")

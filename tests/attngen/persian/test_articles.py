"""Raw articles, their split, and the book's own pages."""
import json
import lzma

import pytest
from attngen.data import DataError, registry
from attngen.persian import articles, corpus, own_pages
from attngen.persian.articles import Article, part_of, split, title_key
from hypothesis import given, settings
from hypothesis import strategies as st

TITLES = [f"عنوان {number}" for number in range(3000)]


@pytest.fixture
def small_file(tmp_path, monkeypatch):
    """Seven paragraphs in the format of the real file, which this machine seems to have."""
    import dataclasses
    import hashlib

    rows = [("الف", "بتن", "یک"), ("الف", "بتن", "دو"), ("الف", "بِتن", "سه"), ("ب", "", "چهار"), ("ب", "", "پنج"),
            ("پ", "شهر", "شش"), ("پ", "بتن", "هفت")]  # fmt: skip
    lines = "".join(json.dumps({"src": s, "title": t, "text": x}, ensure_ascii=False) + "\n" for s, t, x in rows)
    content = lzma.compress(lines.encode())
    (tmp_path / "persian-wikipedia").mkdir()
    (tmp_path / "persian-wikipedia" / articles.FILE[1]).write_bytes(content)
    entry = registry.DATASETS["persian-wikipedia"]
    file = dataclasses.replace(entry.files[0], sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(registry.DATASETS, entry.name, dataclasses.replace(entry, files=(file,)))
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path))


def test_paragraphs_of_one_title_are_one_article_and_of_none_each_its_own(small_file):
    found = articles.wikipedia(download=False)
    assert [(a.title, a.paragraphs, a.source) for a in found] == [
        ("بتن", ("یک", "دو", "سه", "هفت"), "الف"), ("", ("چهار",), "ب"), ("", ("پنج",), "ب"), ("شهر", ("شش",), "پ"),
    ]  # fmt: skip
    assert found[0].text == "یک\nدو\nسه\nهفت"
    assert [a.title for a in corpus.raw("wikipedia")] == ["بتن", "", "", "شهر"]


def test_without_the_file_the_error_says_where_its_parts_are(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DataError, match="(?s)fawiki.*not on this machine.*PQuAD.*kaggle"):
        articles.wikipedia()
    assert corpus.at_hand() == "book"


def test_titles_are_compared_as_they_are_meant():
    assert title_key("بَردَس\u06ebکَن ") == title_key("بردسکن")
    assert title_key("كتاب‌هاي \u200f(فارسی)") == title_key("کتاب های فارسی")
    assert title_key("؟!") == title_key("") == ""
    assert title_key("C++") == "c"


def test_the_split_has_the_shares_that_were_asked_for():
    counts = {part: len(found) for part, found in split([Article(t, (t,), "x") for t in TITLES]).items()}
    assert counts["train"] + counts["validation"] + counts["test"] == len(TITLES)
    assert abs(counts["test"] / len(TITLES) - articles.TEST) < 0.02
    assert abs(counts["validation"] / len(TITLES) - articles.VALIDATION) < 0.02


@settings(max_examples=40, deadline=None)
@given(titles=st.lists(st.sampled_from(TITLES), max_size=30), more=st.lists(st.text(max_size=5), max_size=5))
def test_more_articles_move_no_other_and_equal_titles_stay_together(titles, more):
    before, after = (split([Article(t, ("x",), "") for t in found]) for found in (titles, more + titles))
    for part in articles.PARTS:
        assert {a.title for a in before[part]} <= {a.title for a in after[part]}
    places = {}
    for part, found in after.items():
        for article in found:
            assert places.setdefault(title_key(article.title), part) == part
    assert part_of("") == "train"


PAGE = """---
title: x
---
(label)=
# سرصفحه

بند نخست با {term}`توجه <attention>`، یک `کد` و **تأکید** و [پیوند](x.md)،
که ادامه دارد {cite:p}`who2020` تا اینجا.

```{code-cell} python
print("سلام")
```

::::{grid}
:::{card}
بند درون جدول
:::
::::

$$
x = 1
$$

| الف | ب |
|---|---|

بند دوم {result}`a/b:.2f` و $x$.
"""


def test_of_a_page_only_the_prose_is_taken():
    found = [" ".join(paragraph.split()) for paragraph in own_pages.prose(PAGE)]
    assert found == ["بند نخست با توجه، یک و تأکید و پیوند، که ادامه دارد تا اینجا.", "بند دوم و ."]


def test_the_books_own_pages_are_split_by_page():
    pages = own_pages.own_text()
    parts = own_pages.split_pages(pages)
    assert [a.title for part in ("train", "validation", "test") for a in parts[part]] == [a.title for a in pages]
    assert all(article.paragraphs for article in pages)
    assert not any(mark in article.text for article in pages for mark in ("```", ":::", "{term}", "$$"))


def test_too_few_pages_are_refused(tmp_path):
    with pytest.raises(DataError, match="there are none"):
        own_pages.own_text(tmp_path)
    with pytest.raises(DataError, match="three pages"):
        own_pages.split_pages([Article("a", ("b",), "book")])

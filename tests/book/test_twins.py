"""What the language switch relies on: both languages have the same sections under twin labels."""
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
PAGES = sorted(path.relative_to(BOOK / "fa").as_posix() for path in (BOOK / "fa").rglob("*.md"))
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$", re.S | re.M)


def prose(lang: str, page: str) -> str:
    return FENCED.sub("", (BOOK / lang / page).read_text("utf-8"))


def headings(text: str) -> list[tuple[str, str | None]]:
    """(level, label) of each heading."""
    return [(level, label) for label, level in re.findall(r"^(?:\(([\w-]+)\)=\n+)?(#{1,6}) ", text, re.M)]


def test_both_languages_have_the_same_pages():
    assert PAGES == sorted(path.relative_to(BOOK / "en").as_posix() for path in (BOOK / "en").rglob("*.md"))
    assert PAGES


@pytest.mark.parametrize("page", PAGES)
def test_sections_are_twins(page):
    fa, en = (headings(prose(lang, page)) for lang in ("fa", "en"))
    assert [(level, re.sub(r"(?<![a-z0-9])fa(?=-)", "en", label, count=1)) for level, label in fa] == en


@pytest.mark.parametrize("lang", ["fa", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_labels_carry_their_language(lang, page):
    labels = re.findall(r"^\(([\w-]+)\)=$", prose(lang, page), re.M)
    assert [label for label in labels if lang not in label.split("-")] == []

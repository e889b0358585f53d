"""What the chapters' tests share: a corpus of a few sentences, for what needs no real text; a file as Kaggle's."""
import pytest
from attngen.persian import corpus, kaggle, tokens

WORDS = "ما در این کتاب از زبان می‌نویسیم و هر واژه‌ای که آن را می‌خوانیم بارها می‌آید تا مدل بیاموزد".split()
COUNTS = {"train": 8, "validation": 2, "test": 3}


def words(number: int, count: int) -> str:
    """So many words in an order of this number."""
    return " ".join(WORDS[(number * 7 + place * (number % 5 + 1)) % len(WORDS)] for place in range(count))


def sentence(number: int) -> str:
    """One of many different sentences, of 6 to 10 words."""
    return words(number, 6 + number % 5) + "."


def few_documents(part: str, version: str = "full", source: str = "book") -> list[str]:
    """As ``corpus.documents``: two paragraphs a document; a version other than "full" has shorter ones."""
    begin = list(COUNTS).index(part) * 1000 + (0 if version == "full" else 100)
    pairs = ((sentence(begin + 2 * n), sentence(begin + 2 * n + 1)) for n in range(COUNTS[part]))
    return ["\n".join(pair if version == "full" else pair[:1]) for pair in pairs]


@pytest.fixture
def small_corpus(places, monkeypatch):
    """Every source is a few made-up documents; returns the function that gives them."""
    monkeypatch.setattr(corpus, "documents", few_documents)
    tokens.encoded.cache_clear()
    yield few_documents
    tokens.encoded.cache_clear()


@pytest.fixture(scope="session")
def generated():
    """A function: path and titles -> a file as Kaggle's, each title's line and paragraphs, with empty lines between."""

    def write(path, titles):
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for number, title in enumerate(titles):
            paragraphs = (f"{words(n, 12)} {n + 1000}." for n in range(3 * number, 3 * number + 1 + number % 3))
            lines += [f"{kaggle.TITLE} {title}", *paragraphs]
        path.write_text("\n\n".join(lines) + "\n", "utf-8")
        return path

    return write

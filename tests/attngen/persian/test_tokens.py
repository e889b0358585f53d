"""One tokenizer and one split: what a share or a limit takes, and that the tokenizer does not depend on the share."""
from dataclasses import replace
from itertools import pairwise

import pytest
from attngen.experiments import work_folder
from attngen.persian import corpus, tokens
from attngen.persian.bpe import END, train_bpe
from attngen.persian.tokens import PARTS, TextConfig, encoded, texts_of, tokenizer_of, up_to
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = TextConfig("book", size=300)


def test_every_article_is_its_text_in_tokens_and_parts_keep_their_order(small_corpus):
    data = encoded(SMALL)
    for part in PARTS:
        assert data.texts[part] == small_corpus(part)
        assert [data.tokenizer.decode(document) for document in data.documents[part]] == data.texts[part]
        assert not any(END in document for document in data.documents[part])
        assert data.characters[part] == sum(map(len, data.texts[part])) + len(data.texts[part])
    assert data.tokenizer.size == 300
    assert encoded(TextConfig("book", size=300)) is data   # not made twice


def test_a_recorded_tokenizer_takes_the_place_of_the_texts_own(small_corpus):
    recorded = train_bpe(["ما و شما"] * 3, 262)
    data, own = encoded(SMALL, recorded), encoded(SMALL)
    assert data.tokenizer is recorded and data.texts == own.texts and data.characters == own.characters
    assert data.documents["test"] == [recorded.encode(text) for text in small_corpus("test")] != own.documents["test"]


@settings(max_examples=50)
@given(st.integers(1, 60), st.floats(0.001, 1))
def test_a_share_takes_articles_spread_evenly(count, fraction):
    texts = [f"{number}" for number in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "documents", lambda part, *which: texts)
        parts = texts_of(replace(SMALL, fraction=fraction))
    places = [int(text) for text in parts["train"]]
    assert len(places) == round(count * fraction)
    assert parts["validation"] == parts["test"] == texts   # a share is one of the training articles
    gaps = {after - before for before, after in pairwise(places)}
    assert not gaps or (min(gaps) >= 1 and max(gaps) - min(gaps) <= 1)
    assert not places or (places[0] == 0 and count - places[-1] <= count / len(places) + 1)


def test_a_share_keeps_the_tokenizer_and_a_version_has_its_own(small_corpus):
    whole, half = encoded(SMALL), encoded(replace(SMALL, fraction=0.5))
    assert half.tokenizer.merges == whole.tokenizer.merges
    assert half.documents["train"] == whole.documents["train"][::2]
    assert half.documents["test"] == whole.documents["test"]
    other = encoded(replace(SMALL, version="lemmas"))
    assert other.tokenizer.merges != whole.tokenizer.merges


@settings(max_examples=50)
@given(st.lists(st.text("اب ", max_size=8)), st.integers(1, 40))
def test_a_limit_takes_the_first_texts_until_it_is_reached(texts, limit):
    kept = up_to(texts, limit)
    assert kept == texts[: len(kept)]
    assert sum(map(len, kept[:-1])) < limit
    assert len(kept) == len(texts) or sum(map(len, kept)) >= limit


def test_a_limit_holds_for_every_part_and_for_the_tokenizer(small_corpus):
    config = replace(SMALL, limit=100)
    parts = texts_of(config)
    assert {part: parts[part] for part in PARTS} == {part: up_to(small_corpus(part), 100) for part in PARTS}
    assert 0 < len(parts["train"]) < len(small_corpus("train"))
    assert tokenizer_of(config).merges != tokenizer_of(SMALL).merges


def test_a_tokenizer_is_trained_once_and_kept(small_corpus, monkeypatch):
    first = tokenizer_of(SMALL)
    [kept] = (work_folder() / "cache" / "tokenizers").iterdir()
    monkeypatch.setattr(tokens, "train_bpe", lambda *arguments: pytest.fail("trained again"))
    assert tokenizer_of(SMALL).merges == first.merges
    assert kept.suffix == ".json"   # and nothing unfinished beside it


def test_the_size_and_the_text_decide_which_tokenizer_it_is(small_corpus):
    for config in (SMALL, replace(SMALL, size=290), replace(SMALL, limit=50), replace(SMALL, version="lemmas")):
        tokenizer_of(config)
    assert len(list((work_folder() / "cache" / "tokenizers").iterdir())) == 4


@pytest.mark.parametrize("fraction", [0, -0.5, 1.01])
def test_a_share_beyond_the_whole_is_refused(fraction):
    with pytest.raises(ValueError, match=r"fraction of the training articles is in \(0, 1\], not"):
        TextConfig(fraction=fraction)


def test_what_is_not_known_is_named(places):
    with pytest.raises(ValueError, match="there is no 'short'"):
        texts_of(replace(SMALL, version="short"))
    with pytest.raises(ValueError, match="there is no 'library'"):
        texts_of(replace(SMALL, source="library"))

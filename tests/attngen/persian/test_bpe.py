"""The tokenizer against Hugging Face's and the textbook's, and what must hold for any text at all."""
import json
import os
import re

import numpy as np
import pytest
from attngen.persian.bpe import BPE, END, SMALLEST, train_bpe
from attngen.persian.pretokenize import count_words, frequent_characters, pretokenize
from attngen.persian.rescan import rescan_bpe
from hypothesis import example, given, settings
from hypothesis import strategies as st

os.environ["TOKENIZERS_PARALLELISM"] = "false"   # no threads of another library in a test
from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

PERSIAN = [   # written for this test; words repeat, as they do in a language
    "زبان فارسی از زبان‌های هندواروپایی است و در ایران، افغانستان و تاجیکستان به آن سخن می‌گویند.\n"
    "کتاب‌ها را می‌خوانیم و می‌نویسیم؛ کتاب‌خانه‌ها کتاب‌های بسیار دارند و خوانندگان کتاب می‌خوانند.",
    "در سال ۱۳۹۵ بازی‌های تابستانی برگزار شد. بازیکنان می‌آمدند، بازی می‌کردند و می‌رفتند.\n"
    "نویسنده می‌نویسد، خواننده می‌خواند، و آن‌چه نوشته می‌شود خوانده می‌شود.",
    "The tokens of DNA and RNA stand among the words: «ویروس RNA» یا «ژن‌های DNA» در ۲۰۱۶ و ۲۰۱۷.",
] * 2
UNITS = ("byte", "character")
anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
few = st.text(st.sampled_from("ab کی\u200c\n۱."), max_size=80)   # few characters make many merges
texts_of_few = st.lists(few, min_size=1, max_size=4).filter(any)


def as_letter(symbol: int) -> str:
    """One character for every id before the merges, in the order of the ids."""
    return chr(0x4E00 + symbol)


def hugging_face(texts, size, unit, least=2):
    """Their BpeTrainer on our pieces, and a function from a word to their ids.

    Their ids follow the order of characters, and ``as_letter`` keeps the order of ours: ids can be compared as they are.
    """
    words = count_words(texts)
    start = BPE((), unit, frequent_characters(words, size - SMALLEST if unit == "character" else 0))
    spelled = {word: "".join(map(as_letter, start.symbols(word))) for word in words}
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    letters = [as_letter(symbol) for symbol in range(1, start.size)]
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=least, special_tokens=["END"], show_progress=False,
                                  initial_alphabet=letters)
    tokenizer.train_from_iterator((spelled[word] for word, count in words.items() for _ in range(count)), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [(model["vocab"][first], model["vocab"][second]) for first, second in model["merges"]]
    return merges, lambda word: tokenizer.encode("".join(map(as_letter, start.symbols(word)))).ids


@pytest.mark.parametrize("unit", UNITS)
@given(texts=texts_of_few, size=st.integers(SMALLEST + 8, 400), least=st.integers(1, 3), word=few)
@settings(max_examples=40, deadline=None)
@example(texts=["aaaaa aaaa aaa baaa"], size=280, least=1, word="aaaaaaa")
def test_merges_and_ids_are_those_of_hugging_face(unit, texts, size, least, word):
    ours = train_bpe(texts, size, unit, least)
    theirs, encode = hugging_face(texts, size, unit, least)
    assert ours.merges == theirs
    for piece in pretokenize(" ".join([*texts, word])):
        assert ours.encode(piece) == encode(piece)


@pytest.mark.parametrize("unit", UNITS)
def test_persian_text_gives_the_merges_of_hugging_face(unit):
    ours = train_bpe(PERSIAN, 700, unit)
    theirs, encode = hugging_face(PERSIAN, 700, unit)
    assert len(theirs) > 150 and ours.merges == theirs
    for piece in pretokenize("نویسندگان می‌نویسند و 😀 نمی‌خوانند؛ DNA را ببین!"):
        assert ours.encode(piece) == encode(piece)


@pytest.mark.parametrize("unit", UNITS)
@given(texts=texts_of_few, size=st.integers(SMALLEST, 330))
@settings(max_examples=40, deadline=None)
def test_merges_are_those_of_the_textbook(unit, texts, size):
    fast, slow = train_bpe(texts, size, unit), rescan_bpe(texts, size, unit)
    assert (fast.merges, fast.characters, fast.vocabulary) == (slow.merges, slow.characters, slow.vocabulary)


def test_persian_text_gives_the_merges_of_the_textbook():
    assert train_bpe(PERSIAN, 500).merges == rescan_bpe(PERSIAN, 500).merges


@pytest.fixture(scope="module", params=UNITS)
def trained(request):
    return train_bpe(PERSIAN, 600, request.param)


@given(text=anything)
@example(text="")
@example(text="می‌شود\r\n\t  \u0651ّ\u200c_۱۲½²\u2028\x1c\x00\ufeff 😀👨‍👩‍👧 \U0010ffff ")
@settings(max_examples=300)
def test_what_is_encoded_can_be_decoded(trained, text):
    ids = trained.encode(text)
    assert trained.decode(ids) == text
    assert all(END < i < trained.size for i in ids)


@given(text=anything)
def test_the_pieces_make_the_text(text):
    assert "".join(pretokenize(text)) == text


@pytest.mark.parametrize(("text", "pieces"), [
    ("کتاب‌ها را می‌خوانم.", ["کتاب‌ها", " را", " می‌خوانم", "."]),
    ("سال ۱۳۹۵، ۱۲٫۵", ["سال", " ۱", "۳", "۹", "۵", "،", " ۱", "۲", "٫", "۵"]),
    ("مُعَلِّم «خوب»", ["مُعَلِّم", " «", "خوب", "»"]),
    ("الف\n\nب", ["الف", "\n", "\n", "ب"]),
    ("a_b  c", ["a", "_", "b", " ", " c"]),
    ("ب  \n", ["ب", "  ", "\n"]),
    ("", []),
])
def test_pieces(text, pieces):
    assert pretokenize(text) == pieces


def test_ids_are_laid_out_as_told():
    model = train_bpe(["سلام سلام é"], 300, "character")
    assert model.vocabulary[END] == b"" and model.vocabulary[1:SMALLEST] == [bytes([byte]) for byte in range(256)]
    assert model.characters == "".join(sorted("سلامé"))
    assert [token.decode() for token in model.vocabulary[SMALLEST : SMALLEST + 5]] == list(model.characters)
    assert model.size == SMALLEST + 5 + len(model.merges) < 300   # pairs ran out
    assert train_bpe(["سلام سلام"], SMALLEST).merges == []


def test_rare_characters_are_bytes():
    text = "ا" * 9998 + "ب" + "ے"
    assert frequent_characters(count_words([text]), 10) == "ا"
    model = train_bpe([text], 300, "character")
    assert model.symbols("بـ") == [byte + 1 for byte in "بـ".encode()]
    assert frequent_characters(count_words(["ااببپ"]), 2) == "اب"
    assert frequent_characters(count_words(["abc اب"]), 9) == "اب"   # ASCII has its bytes


def test_a_token_never_crosses_a_piece(trained):
    ends = {piece.encode() for piece in pretokenize("\n".join(PERSIAN))}
    for token in trained.vocabulary[SMALLEST + len(trained.characters) :]:
        assert any(token in end for end in ends)


def test_end_is_decoded_as_nothing_and_broken_characters_are_shown(trained):
    ids = trained.encode("سلام")
    assert trained.decode([END, *ids, END]) == "سلام"
    assert trained.decode(np.array(ids)) == "سلام"
    assert trained.decode([0xD8 + 1]) == "\ufffd"
    assert "".join(trained.tokens("کتاب‌ها را")) == "کتاب‌ها را"
    assert "\\xf0" in trained.tokens("😀")


def test_no_word_is_too_long():
    """A word of 40,000 characters: with n log n steps a moment, with a step for each pair of places minutes."""
    word = "ab" * 20_000 + "ا" * 20_000
    model = train_bpe([word, "ab ab"], 300)
    assert model.decode(model.encode(word)) == word
    assert len(model._cache) <= 2   # what is that long is not remembered


@given(texts=texts_of_few, unit=st.sampled_from(UNITS))
@settings(max_examples=20)
def test_saved_and_loaded_is_the_same(tmp_path_factory, texts, unit):
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    model = train_bpe(texts, 300, unit)
    model.save(path)
    again = BPE.load(path)
    assert (again.merges, again.unit, again.vocabulary) == (model.merges, model.unit, model.vocabulary)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_is_written_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    train_bpe(PERSIAN, 300).save(path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        train_bpe(PERSIAN, 310).save(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


GOOD = {"format": "attngen bpe 1", "unit": "byte", "characters": "", "merges": [[217, 134]]}


@pytest.mark.parametrize(("content", "wrong"), [
    ("", "Expecting value"),
    ("{", "Expecting property name"),
    ("[1]", "list indices"),
    ("null", "NoneType"),
    (b"\xff\xfe\x00", "can't decode"),
    ({}, "format"),
    (GOOD | {"format": "other"}, "its format is 'other'"),
    (GOOD | {"unit": "word"}, "unit is byte, or character"),
    (GOOD | {"characters": "اب"}, "unit is byte, or character"),
    (GOOD | {"unit": "character", "characters": "بب"}, "come once"),
    (GOOD | {"unit": "character", "characters": "aب"}, "beyond ASCII"),
    (GOOD | {"unit": "character", "characters": ["ب"]}, "beyond ASCII"),
    (GOOD | {"merges": [[1, 2], [1, 2]]}, "no pair comes twice"),
    (GOOD | {"merges": [[1, 258]]}, "merge 0 cannot be (1, 258)"),
    (GOOD | {"merges": [[0, 1]]}, "ids from 1 to 256"),
    (GOOD | {"merges": [[1, 2, 3]]}, "too many values"),
    (GOOD | {"merges": [["a", "b"]]}, "not supported"),
    (GOOD | {"merges": [[1.5, 2]]}, "indices must be integers"),
    (GOOD | {"merges": 3}, "not iterable"),
])
def test_a_corrupt_file_is_told(tmp_path, content, wrong):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content if isinstance(content, bytes) else
                     (content if isinstance(content, str) else json.dumps(content)).encode())
    with pytest.raises(ValueError, match=re.escape(wrong)) as told:
        BPE.load(path)
    assert str(path) in str(told.value)


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        BPE.load(tmp_path / "nothing.json")


@pytest.mark.parametrize(("call", "error", "wrong"), [
    (lambda: train_bpe(PERSIAN, 256), ValueError, "at least 257"),
    (lambda: train_bpe([]), ValueError, "no text"),
    (lambda: train_bpe(["", ""]), ValueError, "no text"),
    (lambda: train_bpe("سلام"), TypeError, "a list of documents"),
    (lambda: train_bpe(["سلام", None]), TypeError, "text is a str, not NoneType"),
    (lambda: train_bpe([b"bytes"]), TypeError, "not bytes"),
    (lambda: train_bpe(PERSIAN, unit="word"), ValueError, "unit is byte, or character"),
    (lambda: train_bpe(["\ud800"]), ValueError, "U+D800 in '\\ud800' is half a surrogate pair"),
    (lambda: BPE().encode("سلام \udcff"), ValueError, "U+DCFF"),
    (lambda: BPE().encode(None), TypeError, "text is a str, not NoneType"),
    (lambda: BPE().decode([1, 257]), ValueError, "no token 257; ids go from 0 to 256"),
    (lambda: BPE().decode([-1]), ValueError, "no token -1"),
])
def test_errors_say_what_was_wrong(call, error, wrong):
    with pytest.raises(error, match=re.escape(wrong)):
        call()


def test_budget_of_the_recorded_size():
    """4,096 ids: the file stays small enough to lie beside every model that uses it."""
    model = train_bpe(PERSIAN, 700)
    assert len(json.dumps(model.merges)) / len(model.merges) < 16   # bytes a merge, so 4,096 of them under 64 kB

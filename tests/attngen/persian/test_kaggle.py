"""The exercise's file: found, fetched, read, and refused with a reason."""
import sys
import types
import zipfile

import pytest
from attngen.data import DataError, registry
from attngen.persian import kaggle
from attngen.persian.generated import write_file
from attngen.persian.kaggle import NAME, TITLE, Reader

PROSE = "این شهر در شمال کشور است و گروهی از مردم آن به پرورش گل و کشاورزی می‌پردازند."


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Places of this test alone, and a Kaggle that answers with what the test puts into ``answer``."""
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    hub = types.ModuleType("kagglehub")
    hub.asked, hub.answer = [], OSError("no network")

    def dataset_download(handle, path=None):
        hub.asked.append((handle, path))
        if isinstance(hub.answer, Exception):
            raise hub.answer
        return str(hub.answer)

    hub.dataset_download = dataset_download
    monkeypatch.setitem(sys.modules, "kagglehub", hub)
    return tmp_path, hub


def test_a_file_placed_by_hand_is_taken_and_nothing_is_asked_for(machine):
    folder, hub = machine
    for place, name in (("cache", NAME), ("mine", NAME + ".zip"), ("mine", NAME)):   # each nearer than the one before
        path = folder / place / "persian-wikipedia" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROSE)
        assert kaggle.locate() == path
    assert hub.asked == []


def test_what_is_not_there_is_fetched_from_kaggle(machine):
    folder, hub = machine
    hub.answer = folder / NAME
    assert kaggle.locate() == folder / NAME
    assert hub.asked == [("miladfa7/persian-wikipedia-dataset", "Persian-WikiText-1.txt")]


@pytest.mark.parametrize("download", [True, False])
def test_neither_there_nor_to_be_had_says_all_that_can_be_done(machine, download):
    folder, hub = machine
    with pytest.raises(DataError) as caught:
        kaggle.locate(download)
    message = str(caught.value)
    for word in (str(folder / "mine" / "persian-wikipedia" / NAME), "ATTNGEN_DATA", "kaggle.json", "chmod 600",
                 "https://www.kaggle.com/datasets/miladfa7/persian-wikipedia-dataset", "persian-wikipedia"):  # fmt: skip
        assert word in message
    assert ("no network" in message) == download == bool(hub.asked)


def written(path, text: str | bytes):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_articles_begin_with_their_titles(tmp_path):
    text = f"\ufeffبند بی‌عنوان\n\nبند دیگر\r\n{TITLE} شهر\n\nنخست\n\n\nدوم {TITLE} نه\n{TITLE}تهران\n{TITLE} خالی\n{TITLE}\nسوم\nچهارم"
    reader = Reader(written(tmp_path / "a.txt", text))
    assert [(a.title, a.paragraphs) for a in reader] == [
        ("", ("بند بی‌عنوان",)), ("", ("بند دیگر",)), ("شهر", ("نخست", f"دوم {TITLE} نه")), ("", ("سوم",)), ("", ("چهارم",)),
    ]  # fmt: skip
    assert reader.position == reader.size == len(text.encode())
    assert len(list(reader)) == 5                                  # it can be read again


def test_the_archive_is_read_without_unpacking_it(tmp_path):
    written(tmp_path / "a.txt", f"{TITLE} شهر\n\n{PROSE}\n")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.txt", NAME)
    assert list(Reader(tmp_path / "a.zip")) == list(Reader(tmp_path / "a.txt"))
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.write(tmp_path / "a.txt", "a.txt")
        archive.write(tmp_path / "a.txt", "b.txt")
    with pytest.raises(DataError, match="one .txt was expected, and this one has 2"):
        Reader(tmp_path / "two.zip")


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"),
    (b" \n\n ", "holds no text"),
    (PROSE.encode() + b"\n" + PROSE.encode("cp1256", "replace") + b"\n", "is not UTF-8: byte .*WINDOWS-1256"),
    (PROSE.encode("utf-16"), "not UTF-8|does not look Persian|no text"),
    (b"The city lies in the north of the country.\n", "does not look Persian: of the first 33 letters 0 are"),
    ("تقع المدينة في شمال البلاد وسكانها يعملون في الزراعة.\n".encode() * 60, "0 are one of"),
    ("12 34\n".encode(), "does not look Persian"),
])  # fmt: skip
def test_a_file_that_is_not_persian_text_is_refused(tmp_path, content, words):
    with pytest.raises(DataError, match=f"(?s){words}") as caught:
        list(Reader(written(tmp_path / "a.txt", content)))
    assert str(tmp_path / "a.txt") in str(caught.value)


def test_a_wrong_byte_far_inside_is_told_by_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle, "_BEGINNING", 100)
    good = f"{PROSE}\n".encode() * 5
    with pytest.raises(DataError, match=f"byte {len(good) + 3:,} is 0xff"):
        list(Reader(written(tmp_path / "a.txt", good + b"abc\xff\n")))


def test_neither_a_line_nor_an_article_without_end_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle, "LONGEST", 500)
    with pytest.raises(DataError, match="a line of more than 500 bytes from byte"):
        list(Reader(written(tmp_path / "a.txt", f"{PROSE}\n{PROSE * 9}\n")))
    monkeypatch.setattr(kaggle, "MOST", 3)
    pieces = list(Reader(written(tmp_path / "b.txt", f"{TITLE} شهر\n" + f"{PROSE}\n" * 7)))
    assert [(a.title, len(a.paragraphs)) for a in pieces] == [("شهر", 3), ("شهر", 3), ("شهر", 1)]


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        Reader(tmp_path / "a.txt")


def test_a_generated_file_has_the_format(tmp_path):
    one, two = write_file(tmp_path / "a.txt", 0.05), write_file(tmp_path / "b.txt", 0.05)
    assert one.read_bytes() == two.read_bytes() != write_file(tmp_path / "c.txt", 0.05, seed=1).read_bytes()
    found = list(Reader(one))
    assert 0.05e6 <= one.stat().st_size < 0.3e6
    assert all(a.title and a.paragraphs for a in found) and len({a.title for a in found}) == len(found)
    lengths = [len(p) for a in found for p in a.paragraphs]
    assert max(lengths) > 4 * min(lengths)

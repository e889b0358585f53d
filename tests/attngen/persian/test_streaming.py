"""A big file, cleaned into shards: the same however many processes, whole or not at all, in bounded memory."""
import json
from collections import Counter

import pytest
from attngen.data import DataError
from attngen.persian import streaming
from attngen.persian.articles import Article
from attngen.persian.generated import write_file
from attngen.persian.kaggle import TITLE, Reader
from attngen.persian.marks import ALPHABET
from attngen.persian.streaming import DONE, Seen, clean_article, clean_file

PROSE = "این شهر در شمال کشور است[۱] و گروهی از مردم آن به پرورش گل و کشاورزی می پردازند."
CLEAN = "این شهر در شمال کشور است و گروهی از مردم آن به پرورش گل و کشاورزی می‌پردازند."


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A file of some hundred articles, and its shards by one process."""
    folder = tmp_path_factory.mktemp("streaming")
    raw = write_file(folder / "raw.txt", 0.3)
    return raw, clean_file(raw, folder / "one", 1, shard=60_000, progress=False)


def test_shards_hold_cleaned_articles_in_the_files_order(generated):
    raw, shards = generated
    rows = [json.loads(line) for path in shards for line in path.read_text().splitlines()]
    titles = [row["title"] for row in rows]
    order = [article.title for article in Reader(raw)]
    assert titles == [title for title in order if title in set(titles)]
    assert all(row["text"] and set(row["text"]) - set(ALPHABET) <= set("DNA") for row in rows)
    assert [path.name for path in shards] == [f"{i:05d}.jsonl" for i in range(len(shards))] and len(shards) > 2
    assert all(path.stat().st_size >= 60_000 for path in shards[:-1])


def test_counts_add_up(generated):
    raw, shards = generated
    record = json.loads((shards[0].parent / DONE).read_text())
    counts, found = record["counts"], list(Reader(raw))
    rows = [json.loads(line) for path in shards for line in path.read_text().splitlines()]
    kept = [p for row in rows for p in row["text"].split("\n")]
    assert counts["paragraphs"] == sum(len(a.paragraphs) for a in found)
    left_out = sum(counts.get(name, 0) for name in ("links", "notice", "foreign", "short", "duplicate"))
    assert counts["paragraphs"] - left_out == len(kept)
    assert counts["duplicate"] > 0 and len(set(kept)) == len(kept)
    assert counts["documents"] == len(rows) and counts["characters_kept"] == sum(len(r["text"]) for r in rows)
    assert record["bytes"] == raw.stat().st_size and record["source"] == "raw.txt"


def test_two_processes_write_the_same_bytes(generated, tmp_path):
    raw, shards = generated
    again = clean_file(raw, tmp_path / "two", 2, shard=60_000, progress=False)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in shards]


def test_what_is_there_is_not_made_again(generated, monkeypatch):
    raw, shards = generated
    monkeypatch.setattr(streaming, "_write", None)
    assert clean_file(raw, shards[0].parent, 1) == shards


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    raw = tmp_path / "raw.txt"
    raw.write_text(f"{TITLE} یک\n{PROSE}\n" * 3)

    def broken(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(streaming.hazm_tools, "normalize", broken)
        with pytest.raises(KeyboardInterrupt):
            clean_file(raw, tmp_path / "out", 1, progress=False)
    assert list(tmp_path.iterdir()) == [raw]
    (tmp_path / "out.unfinished").mkdir()                          # of a run that was killed
    (tmp_path / "out.unfinished" / "00007.jsonl").write_text("x")
    (path,) = clean_file(raw, tmp_path / "out", 1, progress=False)
    assert path.read_text() == json.dumps({"title": "یک", "text": CLEAN}, ensure_ascii=False) + "\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "raw.txt"]


def test_files_of_others_are_never_removed(tmp_path):
    raw, mine = tmp_path / "raw.txt", tmp_path / "out" / "mine.txt"
    raw.write_text(PROSE)
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(DataError, match="holds other files"):
        clean_file(raw, mine.parent, 1, progress=False)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"\xff\xfe\x00", "not UTF-8: byte 0 is 0xff"), (b"English text only.\n", "does not look Persian"),
    ("گل و پرنده\n".encode(), "no paragraph of prose is left of 1"),
])  # fmt: skip
def test_a_file_without_persian_prose_is_refused(tmp_path, content, words):
    (tmp_path / "raw.txt").write_bytes(content)
    with pytest.raises(DataError, match=words):
        clean_file(tmp_path / "raw.txt", tmp_path / "out", 1, progress=False)
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.unfinished").exists()


def test_an_article_is_cleaned_and_what_is_dropped_is_counted():
    counts = Counter()
    title, kept = clean_article(Article("شهر", (PROSE, "منابع", "کوتاه"), ""), counts)
    assert (title, [text for _, text in kept]) == ("شهر", [CLEAN])
    assert counts == {"paragraphs": 3, "characters": len(PROSE) + 10, "notice": 1, "short": 1}


def test_the_table_remembers_in_bounded_memory():
    seen = Seen(slots=1000)
    names = [i.to_bytes(8) + b"rest" for i in range(1, 901)]
    assert all(seen.add(name) for name in names) and not any(seen.add(name) for name in names)
    assert seen.add((1001).to_bytes(8))                            # takes the place of 1
    assert seen.add(names[0]) and not seen.add(names[1])
    assert seen.table.buffer_info()[1] == 1000
    assert Seen().table.itemsize * len(Seen(8).table) == 64        # budget: 8 bytes a slot


def test_the_bar_counts_every_byte(generated, tmp_path, capsys):
    raw, _ = generated
    clean_file(raw, tmp_path / "out", 1, shard=10**9)
    assert "100%" in capsys.readouterr().err

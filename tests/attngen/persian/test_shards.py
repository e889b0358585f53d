"""Token files: the articles come back, each in its part; memory stays bounded; an interrupted work goes on."""
import json
import tracemalloc

import numpy as np
import pytest
from attngen.data import DataError
from attngen.persian import shards
from attngen.persian.articles import PARTS, part_of
from attngen.persian.bpe import BPE, END, train_bpe
from attngen.persian.shards import TokenFiles, encode_shard, id_type, read_shard, training_sample, write_tokens
from hypothesis import given, settings
from hypothesis import strategies as st

LETTERS = "ابپتثجچ خدر ن.\n"
few = settings(max_examples=20)


def write_shard(path, articles: list[tuple[str, str]]):
    lines = [json.dumps({"title": title, "text": text}, ensure_ascii=False) for title, text in articles]
    path.write_text("".join(line + "\n" for line in lines), "utf-8")
    return path


def corpus(folder, shards: int = 3, articles: int = 20):
    """Cleaned shards with articles of every part, and what they hold."""
    held = [
        [(f"عنوان {shard} {n}", " ".join(LETTERS[(shard + n + i) % 7 : n % 7 + 5] for i in range(n % 9 + 1)))
         for n in range(articles)]
        for shard in range(shards)
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    return [write_shard(folder / f"{n:05d}.jsonl", part) for n, part in enumerate(held)], sum(held, [])


def test_every_article_comes_back_in_its_part(tmp_path):
    paths, articles = corpus(tmp_path / "clean")
    folder = write_tokens(paths, tmp_path / "tokens", 280, 10_000, processes=1)
    tokenizer = BPE.load(folder / "tokenizer.json")
    for part in PARTS:
        files = TokenFiles(folder, part)
        expected = [text for title, text in articles if part_of(title) == part]
        assert expected   # each part has some
        documents = [files.document(n) for n in range(len(files))]
        assert [tokenizer.decode(document) for document in documents] == expected
        assert files.counts.tolist() == list(map(len, documents))
        assert files.characters.tolist() == list(map(len, expected))
        for start, file, document in zip(files.starts, files.file, documents, strict=True):
            around = files.files[file][start : start + len(document) + 2]
            assert around.tolist() == [END, *document, END]


def test_several_processes_write_the_same_bytes(tmp_path):
    paths, _ = corpus(tmp_path / "clean", articles=8)
    one, two = (write_tokens(paths, tmp_path / str(n), 270, 1000, processes=n) for n in (1, 2))
    names = sorted(path.name for path in one.iterdir())
    assert sorted(path.name for path in two.iterdir()) == names
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


@few
@given(st.lists(st.tuples(st.sampled_from(["", "تهران", "شیراز"]), st.text(LETTERS, max_size=12)), max_size=8))
def test_any_articles_come_back(tmp_path_factory, articles):
    folder = tmp_path_factory.mktemp("any")
    path = write_shard(folder / "clean.jsonl", articles)
    train_bpe(["ابابابا اب"], 259).save(folder / "tokenizer.json")
    assert encode_shard((0, path), folder) == path.stat().st_size
    (folder / "done.json").write_text('{"shards": 1}')
    found = {part: TokenFiles(folder, part) for part in PARTS}
    assert sum(map(len, found.values())) == sum(bool(text) for _, text in articles)
    tokenizer = BPE.load(folder / "tokenizer.json")
    expected = {part: [text for p, text in read_shard(path) if p == part] for part in PARTS}
    for part, files in found.items():
        assert [tokenizer.decode(files.document(n)) for n in range(len(files))] == expected[part]


def test_an_article_without_a_title_is_split_by_its_beginning(tmp_path):
    text = "آغاز یک مقاله " * 40
    for end in ("", "و پایانی دیگر"):   # two copies of an article, one of them longer, are in one part
        [(part, _)] = read_shard(write_shard(tmp_path / "clean.jsonl", [("", text + end)]))
        assert part == part_of(text[: shards.BEGINNING])
    many = [("", f"مقالهٔ شمارهٔ {number} از هزار") for number in range(300)]
    found = [part for part, _ in read_shard(write_shard(tmp_path / "clean.jsonl", many))]
    assert 0.02 < found.count("test") / 300 < 0.2 and found.count("train") > 200


@few
@given(st.integers(1, 400), st.integers(1, 3))
def test_the_sample_is_bounded_and_holds_training_articles_alone(tmp_path_factory, characters, count):
    paths, articles = corpus(tmp_path_factory.mktemp("clean"), count)
    texts = list(training_sample(paths, characters))
    train = [text for title, text in articles if part_of(title) == "train"]
    assert all(any(whole.startswith(text) for whole in train) for text in texts)
    assert min(characters, sum(map(len, train))) <= sum(map(len, texts)) + count * 400
    assert sum(map(len, texts)) <= characters + count


def test_the_sample_takes_its_share_of_every_shard(tmp_path):
    paths = [write_shard(tmp_path / f"{n}.jsonl", [(f"{n} {i}", f"{n}" * 50) for i in range(9)]) for n in range(3)]
    sample = "".join(training_sample(paths, 180))
    assert [sample.count(str(n)) for n in range(3)] == [60, 60, 60]


def test_an_interrupted_work_goes_on_with_what_is_missing(tmp_path, monkeypatch):
    paths, _ = corpus(tmp_path / "clean")
    whole = write_tokens(paths, tmp_path / "whole", 280, 10_000, processes=1)
    encoded, original = [], shards.read_shard

    def breaking(path):
        encoded.append(path)
        if len(encoded) == 5:   # three for the tokenizer, then the second shard's encoding
            raise KeyboardInterrupt
        return original(path)

    monkeypatch.setattr(shards, "read_shard", breaking)
    with pytest.raises(KeyboardInterrupt):
        write_tokens(paths, tmp_path / "broken", 280, 10_000, processes=1)
    write_tokens(paths, tmp_path / "broken", 280, 10_000, processes=1)
    assert encoded[5:] == paths[1:]   # neither the tokenizer nor the first shard is made again
    for path in whole.iterdir():
        assert path.read_bytes() == (tmp_path / "broken" / path.name).read_bytes()
    write_tokens(paths, tmp_path / "broken", 280, 10_000, processes=1)
    assert len(encoded) == 7


def test_memory_does_not_grow_with_the_shard(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "BUFFER", 1000)
    train_bpe(["ا ب"], 257).save(tmp_path / "tokenizer.json")
    peaks = []
    for number, articles in enumerate((20, 200)):   # of 1,200 tokens each
        path = write_shard(tmp_path / "clean.jsonl", [(f"{n}", "ا ب " * 200) for n in range(articles)])
        encode_shard((9, path), tmp_path)   # what is remembered of words is remembered by now
        tracemalloc.start()
        encode_shard((number, path), tmp_path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_the_tokens_are_not_read_into_memory(tmp_path):
    paths, _ = corpus(tmp_path / "clean")
    files = TokenFiles(write_tokens(paths, tmp_path / "tokens", 280, 10_000, processes=1), "train")
    assert all(isinstance(file, np.memmap) and not file.flags.owndata for file in files.files)
    assert all(file.dtype == np.uint16 for file in files.files)


def test_ids_take_two_bytes_where_they_can():
    assert [id_type(size) for size in (300, 1 << 16, (1 << 16) + 1)] == [np.uint16, np.uint16, np.uint32]


def test_some_articles_are_spread_over_all(tmp_path):
    paths, articles = corpus(tmp_path / "clean")
    files = TokenFiles(write_tokens(paths, tmp_path / "tokens", 280, 10_000, processes=1), "train")
    everything, characters = files.some(10**6)
    assert everything == [files.document(n) for n in range(len(files))]
    assert characters == sum(len(text) + 1 for title, text in articles if part_of(title) == "train")
    few_of_them, fewer = files.some(4)
    places = [everything.index(document) for document in few_of_them]
    assert len(places) == 4 and places[0] == 0 and places[-1] >= len(files) // 2 and 0 < fewer < characters
    assert files.some(0) == ([], 0)


@pytest.mark.parametrize("content", [b"text", b'{"title": "a"}', b'{"title": "\xff", "text": "a"}', b"[1]", b"3"])
def test_a_shard_that_holds_something_else_is_named(tmp_path, content):
    path = tmp_path / "clean.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"clean.jsonl is no shard of cleaned articles \(.* line \d\): remove it"):
        list(read_shard(path))


def test_without_text_for_training_there_is_no_tokenizer(tmp_path):
    path = write_shard(tmp_path / "clean.jsonl", [("", "")])
    for paths in ([path], []):
        with pytest.raises(DataError, match=f"no tokenizer can be learned from the {len(paths)} cleaned shards"):
            write_tokens(paths, tmp_path / "tokens", 280, 1000, processes=1)


def test_a_truncated_token_file_is_named(tmp_path):
    paths, _ = corpus(tmp_path / "clean", 1)
    folder = write_tokens(paths, tmp_path / "tokens", 280, 10_000, processes=1)
    path = folder / "train-00000.tokens"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="train-00000.tokens holds .* tokens, and its index speaks of .*: remove"):
        TokenFiles(folder, "train")

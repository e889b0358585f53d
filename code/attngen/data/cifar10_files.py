"""The files in which CIFAR-10 goes about, and how each is made into the same bytes.

archive   ``cifar-10-binary.tar.gz``: six files of records, a byte of label and 3 x 32 x 32 bytes, red first
unpacked  those six files in a folder
mosaics   lossless WebP pictures of 25 x 25 images each, with their labels in an .npy

They do not have the images in one order.  So the records of a part are put into the order of their own
sha256, which is as good as any shuffle: what is drawn, split and counted along it is the same for everybody.

Krizhevsky 2009, Learning multiple layers of features from tiny images.
"""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import numpy as np

SIDE = 32
RECORD = 1 + 3 * SIDE * SIDE
BATCH = 10_000  # records in one file, at most
BATCHES = {"train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "test": ("test_batch.bin",)}
ROWS = 25  # rows and columns of a mosaic


def records(path: Path, part: str) -> bytes:
    """The records of one part ("train" or "test") in their order, from any of its files."""
    with path.open("rb") as file:
        beginning = file.read(6)
    if beginning == b"\x93NUMPY":
        found = from_mosaics(path, part)
    elif beginning.startswith(b"\x1f\x8b"):
        found = from_archive(path, part)
    else:
        found = np.concatenate([_records(path.with_name(name).read_bytes(), name) for name in BATCHES[part]])
    return in_order(found).tobytes()


def _records(content: bytes, name: str) -> np.ndarray:
    if not content or len(content) % RECORD or len(content) > BATCH * RECORD:
        raise ValueError(f"{name} has {len(content)} bytes, expected 1 to {BATCH} records of {RECORD}")
    return np.frombuffer(content, np.uint8).reshape(-1, RECORD)


def from_archive(path: Path, part: str) -> np.ndarray:
    """Records (N, 3073), uint8, as they stand in the archive; nothing is unpacked to disk."""
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = Path(member.name).name
            if name in BATCHES[part] and (file := archive.extractfile(member)):
                found[name] = _records(file.read(BATCH * RECORD + 1), name)
    if missing := [name for name in BATCHES[part] if name not in found]:
        raise ValueError(f"there is no {', '.join(missing)} in it")
    return np.concatenate([found[name] for name in BATCHES[part]])


def from_mosaics(path: Path, part: str) -> np.ndarray:
    """Records (N, 3073), uint8, from the labels' file and the pictures beside it."""
    from PIL import Image  # only here

    labels = np.load(path, allow_pickle=False)
    tiles = []
    for file in sorted(path.parent.glob(f"{part}_[0-9]*.webp")):
        with Image.open(file, formats=("WEBP",)) as picture:
            mosaic = np.asarray(picture.convert("RGB")).reshape(ROWS, SIDE, ROWS, SIDE, 3)
        tiles.append(mosaic.transpose(0, 2, 1, 3, 4).reshape(-1, SIDE, SIDE, 3))
    count = sum(map(len, tiles))
    if not len(labels) <= count < len(labels) + ROWS * ROWS:
        raise ValueError(f"the mosaics beside it have {count} images, and there are {len(labels)} labels")
    return as_records(np.concatenate(tiles)[: len(labels)], labels)


def as_records(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Images (N, 32, 32, 3), uint8, and labels (N,) as records (N, 3073)."""
    pixels = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.concatenate([labels.astype(np.uint8)[:, None], pixels], axis=1)


def from_records(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 32, 32, 3), uint8, and labels (N,), int64."""
    rows = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    images = rows[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), rows[:, 0].astype(np.int64)


def in_order(rows: np.ndarray) -> np.ndarray:
    """Records by their sha256, whatever order they came in."""
    keys = [hashlib.sha256(row).digest() for row in np.ascontiguousarray(rows)]
    return rows[sorted(range(len(keys)), key=keys.__getitem__)]

"""CIFAR-10: 60,000 photos of 32 x 32 pixels in ten classes (Krizhevsky 2009), 10,000 of them for testing.

The images of each part stand in an order of their own (see ``cifar10_files``), whichever file they were
read from.  Validation is cut from the public training images: every tenth of each class.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from attngen.data.cifar10_files import from_records
from attngen.data.registry import find, read

PARTS = ("train", "validation", "test")
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
PERSIAN = ("هواپیما", "خودرو", "پرنده", "گربه", "گوزن", "سگ", "قورباغه", "اسب", "کشتی", "کامیون")
FILES = {"train": "data_batch_1.bin", "test": "test_batch.bin"}


def load(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 32, 32, 3), uint8, and labels (N,), int64, as numbers of ``CLASSES``.

    part - "train" (45,000), "validation" (5,000) or "test" (10,000)
    The arrays are kept for the next call: do not write into them.  Raises DataError where the data
    cannot be had.
    """
    if part not in PARTS:
        raise ValueError(f"the parts are {', '.join(PARTS)}; there is no '{part}'")
    return _parts_of("test" if part == "test" else "train")[part]


@cache
def _parts_of(published: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What is cut from the public training images, or from the public test images; each is read once."""
    images, labels = from_records(read("cifar10", FILES[published]))
    if published == "test":
        return {"test": (images, labels)}
    held_out = every_tenth(labels)
    rows = {"train": ~held_out, "validation": held_out}
    return {part: (images[chosen], labels[chosen]) for part, chosen in rows.items()}


def every_tenth(labels: np.ndarray) -> np.ndarray:
    """Which examples (N,), bool, are the tenth, twentieth ... of their class.

    Not the first or the last so many: then one end of what is left would lack the classes that came late.
    """
    return _place_in_class(labels) % 10 == 9


def class_by_class(labels: np.ndarray, each: int) -> np.ndarray:
    """The first ``each`` examples of every class, the classes in turns, (C * each,): fewer begin as more do.

    ValueError where a class has not so many.
    """
    least = np.unique(labels, return_counts=True)[1].min()
    if not 1 <= each <= least:
        raise ValueError(f"{each} examples of each class were asked for, and there are 1 to {least}")
    place = _place_in_class(labels)
    order = np.lexsort((labels, place))
    return order[place[order] < each]


def _place_in_class(labels: np.ndarray) -> np.ndarray:
    """How many examples of the same class stand before each one, (N,)."""
    places = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = labels == label
        places[of_class] = np.arange(of_class.sum())
    return places


def at_hand() -> bool:
    """Whether the data is on this machine; downloads nothing."""
    return all(find("cifar10", name)[1] is not None for name in FILES.values())


def data_record() -> dict[str, str]:
    """What identifies the data in a recorded run, whichever files it was read from."""
    return {f"cifar10/{name}": find("cifar10", name)[0].fingerprint for name in FILES.values()}

"""The data sets of the book, and the order in which a file is looked for.

1. the folder in the environment variable ATTNGEN_DATA;
2. ``../shared/data`` beside the project, if it is there;
3. the cache of earlier downloads (ATTNGEN_CACHE, or the user's cache folder);
4. the public source, with a progress bar and a sha256 check.

Each place holds one folder a data set.  Nothing is ever replaced by something else: what cannot be had
is a ``DataError`` that names the data set, the places tried and what to do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pooch

ROOT = Path(__file__).parents[3]


class DataError(RuntimeError):
    """A data set that is missing, unknown or not what it should be."""


@dataclass(frozen=True)
class RemoteFile:
    """One file: its public address and the sha256 of its bytes."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """What a reader must know of a data set, and its files."""

    name: str
    title: str
    origin: str
    licence: str
    files: tuple[RemoteFile, ...]


_LAROCHELLE = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"
_TORONTO = "https://www.cs.toronto.edu/~jba/"

DATASETS = {
    d.name: d
    for d in [
        Dataset(
            name="pig-latin",
            title="English words and their Pig Latin, small and large",
            origin="University of Toronto, CSC 421/2516 course files",
            licence="none stated; not redistributed here",
            files=(
                RemoteFile(
                    "pig_latin_small.txt",
                    _TORONTO + "pig_latin_small.txt",
                    "33c40cb5415693c77af008075eac2f51a8c319b941d2bdd44ae64b17d23ded32",
                ),
                RemoteFile(
                    "pig_latin_large.txt",
                    _TORONTO + "pig_latin_large.txt",
                    "fd7f94d0022a63d711420844aee7e05e391546d8b61048708b6cc7fffdf7879e",
                ),
            ),
        ),
        Dataset(
            name="mnist",
            title="Handwritten digits, 28x28: grey levels, and binarized once for all",
            origin="LeCun, Cortes and Burges; binarized by Salakhutdinov and Murray, and Larochelle",
            licence="commonly given as CC BY-SA 3.0",
            files=(
                RemoteFile(
                    "binarized_mnist_train.amat", _LAROCHELLE + "binarized_mnist_train.amat",
                    "79a0312c7389d855cfc97e3812de3998417c5829d8a51543b56a90a91252ae7e",
                ),
                RemoteFile(
                    "binarized_mnist_valid.amat", _LAROCHELLE + "binarized_mnist_valid.amat",
                    "7436afc856959075c7787025bb8a4ba2b520b9230ee39667c66aa7dd2819dd68",
                ),
                RemoteFile(
                    "binarized_mnist_test.amat", _LAROCHELLE + "binarized_mnist_test.amat",
                    "5bc30222e1e7896cbccd1e1db6b28540cc1230f4d2d5473841a5f6cc54be8d38",
                ),
                RemoteFile(
                    "mnist_full_uint8.npz", "",
                    "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
                ),
            ),
        ),
    ]
}


def get(name: str) -> Dataset:
    """The data set called ``name``; DataError with the known names otherwise."""
    if name not in DATASETS:
        raise DataError(f"there is no data set '{name}'; known: {', '.join(sorted(DATASETS))}")
    return DATASETS[name]


def cache_folder() -> Path:
    return Path(os.environ.get("ATTNGEN_CACHE") or pooch.os_cache("attngen"))


def local_folders() -> list[Path]:
    """Folders that may already hold data, in the order in which they are asked."""
    given = os.environ.get("ATTNGEN_DATA")
    return ([Path(given)] if given else []) + [ROOT.parent / "shared" / "data", cache_folder()]


def check(path: Path, file: RemoteFile) -> Path:
    """``path`` if its bytes are the expected ones; DataError otherwise.  Never deletes anything."""
    found = pooch.file_hash(str(path), alg="sha256")
    if found != file.sha256:
        raise DataError(
            f"{path} is not the expected file: its sha256 is {found[:12]}…, expected {file.sha256[:12]}…\n"
            f"It may be a broken download: remove it, or get it again from {file.url}"
        )
    return path


def find(dataset: str, filename: str) -> tuple[RemoteFile, Path | None]:
    """The file's entry, and where it lies on this machine (None if nowhere)."""
    entry = get(dataset)
    file = next((f for f in entry.files if f.name == filename), None)
    if file is None:
        raise DataError(f"{dataset} has no file '{filename}'; it has: {', '.join(f.name for f in entry.files)}")
    places = [folder / dataset / filename for folder in local_folders()]
    return file, next((p for p in places if p.exists()), None)


def locate(dataset: str, filename: str, download: bool = True) -> Path:
    """The path of a data file whose bytes have been checked, fetched first if need be.

    Raises DataError where the file cannot be had or is not the expected one.
    """
    file, path = find(dataset, filename)
    if path is not None:
        return check(path, file)
    tried = "".join(f"\n  {folder / dataset / filename}" for folder in local_folders())
    advice = f"\nPut the file into one of these places (ATTNGEN_DATA names the first), or fetch it from\n  {file.url}"
    if not download:
        raise DataError(f"{dataset}: '{filename}' is not on this machine. Tried:{tried}{advice}")
    try:
        return Path(
            pooch.retrieve(
                file.url, f"sha256:{file.sha256}", filename, cache_folder() / dataset, progressbar=True
            )
        )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong hash is a ValueError
        raise DataError(
            f"{dataset}: '{filename}' is not on this machine and could not be fetched ({error}). Tried:{tried}{advice}"
        ) from error

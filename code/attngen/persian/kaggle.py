"""The exercise's data set on Kaggle, ``miladfa7/persian-wikipedia-dataset``: where it is, and how it is read.

``Persian-WikiText-1.txt`` is plain text, UTF-8.  Its author's page
(github.com/miladfa7/Persian-Wikipedia-Dataset) shows an article as a line «عنوان مقاله: …» with its title
and then its paragraphs, with empty lines between, and counts 739,870 articles, of August 2020, in 800 MB.
The reader takes what is like that: paragraphs before any such line are of unknown articles.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attngen.data import DataError
from attngen.data.registry import local_folders
from attngen.persian.articles import FILE as PLACE
from attngen.persian.articles import Article

HANDLE = "miladfa7/persian-wikipedia-dataset"
NAME = "Persian-WikiText-1.txt"
TITLE = "عنوان مقاله:"
LONGEST = 1 << 22  # bytes of one line; a file without line ends must not fill the memory
MOST = 10_000  # paragraphs; a longer article is handed over in pieces
_BEGINNING = 1 << 20  # bytes by which the language is told
_LETTER, _ARABIC, _PERSIAN = (re.compile(p) for p in (r"[^\W\d_]", "[\u0620-\u064a\u066e-\u06d3]", "[پچژگ]"))


def locate(download: bool = True) -> Path:
    """The file, or the archive with it, in the data folders; else fetched by ``kagglehub``.

    DataError, with all that can be done, where it is in none of them and cannot be fetched.
    """
    places = [folder / PLACE[0] / name for folder in local_folders() for name in (NAME, NAME + ".zip")]
    for place in places:
        if place.is_file():
            return place
    problem = "is not on this machine"
    if download:
        try:
            import kagglehub  # here, as nothing else needs it, and it is slow to import

            return Path(kagglehub.dataset_download(HANDLE, path=NAME))
        except Exception as error:  # no network, no such version, no right, a broken download
            problem += f" and could not be fetched ({type(error).__name__}: {error})"
    raise DataError(
        f"{HANDLE}: {NAME} {problem}.\n"
        "Put it, or the archive in which Kaggle gives it, into one of these places (ATTNGEN_DATA names the "
        "first):\n"
        + "".join(f"  {place}\n" for place in places)
        + f"By hand: https://www.kaggle.com/datasets/{HANDLE}\n"
        "Or: on kaggle.com, Settings, API, create a token, kaggle.json; then\n"
        "  mkdir ~/.kaggle; cp kaggle.json ~/.kaggle; chmod 600 ~/.kaggle/kaggle.json\n"
        "and give the same command again: it fetches the file with that key.\n"
        "Without it, the chapters run on the smaller corpus of the data set persian-wikipedia."
    )


def _opened(path: Path) -> tuple[BinaryIO, int]:
    """The text as a stream of bytes, unpacked if need be, and its size."""
    if not zipfile.is_zipfile(path):
        return path.open("rb"), path.stat().st_size
    archive = zipfile.ZipFile(path)
    texts = [entry for entry in archive.infolist() if entry.filename.endswith(".txt")]
    if len(texts) != 1:
        raise DataError(f"{path}: an archive with one .txt was expected, and this one has {len(texts)}")
    return archive.open(texts[0]), texts[0].file_size


class Reader:
    """The articles of a file, one at a time; never more of it in memory than an article.

    size - bytes of the text;  position - how many of them were read so far
    Raises DataError for a file that is empty, not UTF-8 (with the byte), or not Persian.
    """

    def __init__(self, path: Path):
        if not path.is_file():
            raise DataError(f"there is no file {path}")
        self.path, self.position = path, 0
        file, self.size = _opened(path)
        with file:
            self._check(file.read(_BEGINNING))

    def _check(self, beginning: bytes) -> None:
        text = beginning.decode("utf-8", "ignore")
        if not text.strip():
            kind = "is empty" if not self.size else "holds no text in UTF-8"
            raise DataError(f"{self.path} {kind}; Persian text was expected")
        whole_lines = len(beginning) if len(beginning) >= self.size else beginning.rfind(b"\n") + 1
        self._decode(beginning[:whole_lines])  # a wrong encoding is told first
        letters, arabic, own = (len(kind.findall(text)) for kind in (_LETTER, _ARABIC, _PERSIAN))
        # Persian has one of «پچژگ» in thirty letters, Arabic none
        if arabic * 2 <= letters or arabic > 1000 and own * 200 < arabic:
            raise DataError(
                f"{self.path} does not look Persian: of the first {letters:,} letters {arabic:,} are of the "
                f"Arabic script, and {own:,} are one of پ چ ژ گ"
            )

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode("utf-8-sig" if not self.position else "utf-8")
        except UnicodeDecodeError as error:
            byte = self.position + error.start
            raise DataError(
                f"{self.path} is not UTF-8: byte {byte:,} is 0x{line[error.start]:02x}. If it is Windows':\n"
                f"  iconv -f WINDOWS-1256 -t UTF-8 {self.path} > {NAME}"
            ) from error

    def _lines(self) -> Iterator[str]:
        file, _ = _opened(self.path)
        self.position = 0
        with file:
            while line := file.readline(LONGEST):
                if len(line) == LONGEST:
                    raise DataError(
                        f"{self.path}: a line of more than {LONGEST:,} bytes from byte {self.position:,}; "
                        "a paragraph a line was expected"
                    )
                yield self._decode(line).strip()
                self.position += len(line)

    def __iter__(self) -> Iterator[Article]:
        title, paragraphs = "", []
        for line in filter(None, self._lines()):
            begins = line.startswith(TITLE)
            if paragraphs and (begins or not title or len(paragraphs) == MOST):
                yield Article(title, tuple(paragraphs), HANDLE)
                paragraphs = []
            if begins:
                title = line.removeprefix(TITLE).strip()
            else:
                paragraphs.append(line)
        if paragraphs:
            yield Article(title, tuple(paragraphs), HANDLE)

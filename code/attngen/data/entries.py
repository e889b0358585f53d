"""What the registry keeps of a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class DataError(RuntimeError):
    """A data set that is missing, unknown or not what it should be."""


@dataclass(frozen=True)
class RemoteFile:
    """One file: its public address and the sha256 of its bytes there.

    A collection that was made of public parts has no address: ``url`` is "", and its data set's advice says
    where the parts are.
    Where the same data also goes about in files of other bytes, ``original`` makes any of them (a path) into
    the bytes first published, ``content`` is the sha256 of those, and ``also`` has the other files' names.
    A file of an archive has the archive's address and sha256, and the archive is among ``also``.
    """

    name: str
    url: str
    sha256: str
    content: str = ""
    original: Callable[[Path], bytes] = Path.read_bytes
    also: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What names the data in a recorded result, whichever of the files it was read from."""
        return "sha256:" + (self.content or self.sha256)


@dataclass(frozen=True)
class Dataset:
    """What a reader must know of a data set, and its files."""

    name: str
    title: str
    origin: str
    licence: str
    files: tuple[RemoteFile, ...]
    advice: str = ""

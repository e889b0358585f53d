"""The documents of the chapters: the cleaned text of each article, kept on disk once it was made.

Two sources: paragraphs of the Persian Wikipedia ("wikipedia"), and the book's own Persian pages
("book"), for a machine without that file.  "at-hand" is the first that is on this machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from functools import cache
from importlib.metadata import version as package_version
from pathlib import Path

from attngen.data import find
from attngen.experiments import work_folder
from attngen.persian import cores, hazm_tools
from attngen.persian.articles import FILE, PARTS, Article, split, wikipedia
from attngen.persian.own_pages import own_text, split_pages
from attngen.persian.prepare import prepare

__all__ = ["Article", "SOURCES", "VERSIONS", "at_hand", "data_record", "documents", "own_text", "parts",
           "raw", "split", "titles", "wikipedia"]  # fmt: skip

SOURCES = ("wikipedia", "book", "at-hand")
_ALTER = {
    "no-stop-words": hazm_tools.without_stop_words,
    "lemmas": hazm_tools.lemmas,
    "both": hazm_tools.lemmas_without_stop_words,
}
VERSIONS = ("full", *_ALTER)
# What decides about the text: files of this package whose change makes the text anew.
_CODE = ("articles", "clean", "duplicates", "hazm_tools", "marks", "markup", "own_pages", "paragraphs",
         "prepare", "steps")  # fmt: skip


def _known(what: str, name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise ValueError(f"the {what}s are {', '.join(names)}; there is no '{name}'")
    return name


def at_hand() -> str:
    """"wikipedia" where its file is on this machine, else "book".  Downloads nothing."""
    return "book" if find(*FILE)[1] is None else "wikipedia"


def data_record(source: str = "wikipedia") -> dict[str, str]:
    """What identifies the data of a recorded run: the sha256 of the file, or of the book's prose."""
    if _source(source) == "wikipedia":
        return {"/".join(FILE): find(*FILE)[0].fingerprint}
    text = "\0".join(f"{page.title}\0{page.text}" for page in own_text())
    return {"book/fa": "sha256:" + hashlib.sha256(text.encode()).hexdigest()}


def raw(source: str = "wikipedia") -> list[Article]:
    """The articles of a source as they are found, before anything is cleaned."""
    return wikipedia() if _source(source) == "wikipedia" else own_text()


def parts(source: str = "wikipedia") -> dict[str, list[Article]]:
    """The raw articles of a source by part of the split."""
    return split(wikipedia()) if _source(source) == "wikipedia" else split_pages(own_text())


def documents(part: str, version: str = "full", source: str = "wikipedia") -> list[str]:
    """The documents of "train", "validation" or "test": of each article its paragraphs, one a line.

    version - "full", or without hazm's stop words, or each word as its lemma, or both
    Made once, in a minute, and read from the work folder afterwards.  DataError without the data.
    """
    _known("part", part, PARTS)
    return list(_made(_known("version", version, VERSIONS), _source(source), _key(source))["documents"][part])


def titles(part: str, source: str = "wikipedia") -> list[str]:
    """The title of each document of a part, "" where it is not known."""
    return list(_made("full", _source(source), _key(source))["titles"][_known("part", part, PARTS)])


def _source(name: str) -> str:
    return at_hand() if _known("source", name, SOURCES) == "at-hand" else name


def _key(source: str) -> str:
    """A hash of all that decides about the text: data, code, hazm and Python's Unicode tables."""
    folder = Path(__file__).parent
    decisive = [*data_record(source).values(), package_version("hazm"), unicodedata.unidata_version]
    decisive += [(folder / f"{name}.py").read_text(encoding="utf-8") for name in _CODE]
    return hashlib.sha256("\0".join(decisive).encode()).hexdigest()[:16]


@cache
def _made(version: str, source: str, key: str) -> dict:
    """{"documents": {part: texts}, "titles": {part: titles}}, from the work folder or made and put there."""
    path = work_folder() / "cache" / "persian-text" / f"{source}-{version}-{key}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    if version == "full":
        made = prepare(parts(source))
        found = {"documents": made.documents, "titles": made.titles}
    else:
        full, alter = _made("full", source, key), _ALTER[version]
        texts = {part: list(cores.by_line(alter, full["documents"][part])) for part in PARTS}
        found = {"documents": texts, "titles": full["titles"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")  # whole or not at all, also if two make it at once
    unfinished.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(path)
    return found

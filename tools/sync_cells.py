"""Keep the code cells of a page the same in both languages.

    python tools/sync_cells.py                   report where they differ; exit status 1 if anywhere
    python tools/sync_cells.py --write           copy the Persian pages' cells into the English ones
    python tools/sync_cells.py --write --from en PAGE...    the other way, only these pages

Code and tags count; captions and all other cell options are each page's own.
"""
from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

BOOK = Path(__file__).parents[1] / "book"
LANGUAGES = ("fa", "en")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,}|:{3,})(?P<info>.*)$")
_OPTION = re.compile(r"^:[\w-]+:")
_TAGS = re.compile(r"^(?P<sign>:?)tags:")
_CONTINUED = re.compile(r"^(- |\s+\S)")


@dataclass(frozen=True)
class Cell:
    """A code cell.  ``opening``: the line of its fence, from 0; header and code are line ranges."""

    opening: int
    header: range
    body: range
    code: str
    tags: list[str]

    @property
    def line(self) -> int:
        return self.opening + 1


def _closing(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fence opened before ``start``: as long or longer, of the same sign."""
    closes = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    return next((at for at in range(start, len(lines)) if closes.match(lines[at])), len(lines))


def _header_end(lines: list[str], start: int, end: int) -> int:
    """Where a cell's options end: a block of YAML between ``---``, or lines of ``:name: value``."""
    if start < end and lines[start].strip() == "---":
        return next((at + 1 for at in range(start + 1, end) if lines[at].strip() == "---"), start)
    return next((at for at in range(start, end) if not _OPTION.match(lines[at])), end)


def _tags(header: list[str]) -> list[str]:
    options = yaml.safe_load("\n".join(line.removeprefix(":") for line in header if line.strip() != "---"))
    value = (options or {}).get("tags") or []
    return value.replace(",", " ").split() if isinstance(value, str) else list(map(str, value))


def cells(text: str) -> list[Cell]:
    """The code cells of a page, in order; what stands quoted inside another fence is none."""
    lines, found, at = text.split("\n"), [], 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if not fence or fence["fence"][0] == "`" and "`" in fence["info"]:
            at += 1
            continue
        end = _closing(lines, at + 1, fence["fence"])
        if fence["info"].strip().startswith("{code-cell}") and fence["fence"][0] != ":":
            header = range(at + 1, _header_end(lines, at + 1, end))
            body = range(header.stop, end)
            code = "\n".join(lines[line].rstrip() for line in body).strip("\n")
            found.append(Cell(at, header, body, code, _tags([lines[line] for line in header])))
        at = end + 1
    return found


def _with_tags(header: list[str], tags: list[str]) -> list[str]:
    """A cell's option lines with other tags in them."""
    kept, in_tags = [], False
    for line in header:
        in_tags = bool(_TAGS.match(line)) or in_tags and bool(_CONTINUED.match(line))
        if not in_tags:
            kept.append(line)
    if not kept:
        return [f":tags: [{', '.join(tags)}]"] if tags else []
    block = kept[0].strip() == "---"
    if tags:
        kept.insert(1 if block else 0, f"{'' if block else ':'}tags: [{', '.join(tags)}]")
    return [] if block and len(kept) == 2 else kept


def with_cells(text: str, source: list[Cell]) -> str:
    """``text`` with the code and the tags of ``source`` put into its cells, one for one."""
    lines = text.split("\n")
    for own, other in reversed(list(zip(cells(text), source, strict=True))):
        if own.code != other.code:
            lines[own.body.start:own.body.stop] = other.code.split("\n") if other.code else []
        if sorted(own.tags) != sorted(other.tags):
            header = slice(own.header.start, own.header.stop)
            lines[header] = _with_tags(lines[header], other.tags)
    return "\n".join(lines)


def differences(fa: Path, en: Path) -> list[str]:
    """``file:line`` and what differs there, for the two pages of a chapter."""
    for page, sibling in ((fa, en), (en, fa)):
        if not page.exists():
            return [f"{sibling}:1: there is no page in the other language, {page}"]
    ours, theirs = (cells(page.read_text("utf-8")) for page in (fa, en))
    found = []
    for count, (a, b) in enumerate(zip(ours, theirs), start=1):
        if sorted(a.tags) != sorted(b.tags):
            found.append(f"{en}:{b.line}: cell {count} has other tags than {fa}:{a.line}")
        if a.code != b.code:
            line = b.body.start + 1 + _first_difference(a.code, b.code)
            found.append(f"{en}:{line}: cell {count} has other code than {fa}:{a.line}")
    if len(ours) != len(theirs):
        shorter = min(len(ours), len(theirs))
        longer, page = (ours, fa) if len(ours) > shorter else (theirs, en)
        found.append(f"{page}:{longer[shorter].line}: cell {shorter + 1} has no counterpart: "
                     f"{len(ours)} cells in fa, {len(theirs)} in en")
    return found


def _first_difference(ours: str, theirs: str) -> int:
    """How many lines of code agree before the first that does not."""
    pairs = zip(ours.split("\n"), theirs.split("\n"))
    agree = next((at for at, (a, b) in enumerate(pairs) if a != b), None)
    return agree if agree is not None else min(ours.count("\n"), theirs.count("\n"))


def page_pairs(book: Path, only: list[str] = ()) -> list[tuple[Path, Path]]:
    """The pages of a book as (fa, en); ``only`` names some, by path inside either language."""
    names = {path.relative_to(book / language) for language in LANGUAGES
             for path in (book / language).rglob("*.md")}
    wanted = {Path(name) for name in only}
    return [(book / "fa" / name, book / "en" / name) for name in sorted(names)
            if not wanted or any(str(each).endswith(str(name)) for each in wanted)]


def copy_cells(source: Path, target: Path) -> bool:
    """Put ``source``'s code and tags into ``target``'s cells; False where cells do not match one for one."""
    if not (source.exists() and target.exists()):
        return False
    text, given = target.read_text("utf-8"), cells(source.read_text("utf-8"))
    if len(cells(text)) != len(given):
        return False
    target.write_text(with_cells(text, given), "utf-8")
    return True


def main(arguments: list[str] | None = None, book: Path = BOOK) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="copy the cells of one language into the other")
    parser.add_argument("--from", dest="source", choices=LANGUAGES, default="fa", help="whose cells to copy")
    parser.add_argument("page", nargs="*", help="such as translation/pig-latin.md; all pages if left out")
    options = parser.parse_args(arguments)
    found = []
    for pair in page_pairs(book, options.page):
        if options.write:
            copy_cells(*(pair if options.source == "fa" else reversed(pair)))
        found += differences(*pair)
    print("\n".join(found) if found else "the code cells are the same in both languages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

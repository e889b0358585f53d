"""The book's own Persian pages as a small corpus, for a machine without the Wikipedia file.

Prose only: no code, no directives, no roles, no tables and formulas.  The pages change with the book,
so what is measured on them is never recorded.
"""

from __future__ import annotations

import re
from pathlib import Path

from attngen import results
from attngen.data import DataError
from attngen.persian.articles import Article

PAGES = results.ROOT / "book" / "fa"
_BLOCKS = re.compile(r"\A---\n.*?\n---\n|^(`{3,}|:{3,}).*?^\1[ \t]*$|^\$\$.*?\$\$", re.DOTALL | re.MULTILINE)
_INLINE = (
    (re.compile(r"\{(?:term|doc|ref)\}`([^`<]*?)(?: *<[^`]*>)?`"), r"\1"),
    (re.compile(r"(?:\{[\w:-]+\})?`[^`]*`|\$[^$\n]*\$|!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"[*_]{1,3}"), ""),
)
_OTHER = re.compile(r"\s*(?:#|\||:|<|%|\(|[-*] |\d+\. |\$)")


def prose(page: str) -> list[str]:
    """The paragraphs of a page in MyST Markdown, each in one line, without anything but running text."""
    while (plain := _BLOCKS.sub("\n", page)) != page:
        page = plain
    for pattern, instead in _INLINE:
        page = pattern.sub(instead, page)
    blocks = (block for block in re.split(r"\n\s*\n", page) if block.strip() and not _OTHER.match(block))
    return [" ".join(block.split()) for block in blocks]


def own_text(folder: Path = PAGES) -> list[Article]:
    """The book's Persian pages, by path; DataError where there are none."""
    pages = sorted(folder.rglob("*.md"))
    if not pages:
        raise DataError(f"the book's own Persian pages were looked for in {folder}, and there are none")
    texts = ((page, prose(page.read_text(encoding="utf-8"))) for page in pages)
    return [Article(str(page.relative_to(folder)), tuple(found), "book") for page, found in texts if found]


def split_pages(pages: list[Article]) -> dict[str, list[Article]]:
    """The last page is the test, the one before it the validation, all others are for training."""
    if len(pages) < 3:
        raise DataError(f"a split needs three pages with prose, and the book has {len(pages)}")
    return {"train": pages[:-2], "validation": pages[-2:-1], "test": pages[-1:]}

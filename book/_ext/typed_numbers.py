"""Finds decimal numbers and percentages that somebody typed into the prose.

A measured number comes from ``{result}``; the number of a paper stands in a sentence (or a
table) with a citation; one that the exercise gives is marked: {given}`0.5`.  What is left over
is listed as ``file:line: number``, in the log and in ``_build/typed-numbers.txt``.  It is a
list to read, not a failure: "Python 3.12" is in order.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attngen.digits import persian_number
from docutils import nodes
from languages import language_of
from results_role import number
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)
_BLOCKS = (nodes.paragraph, nodes.title, nodes.caption, nodes.term, nodes.line)
_NOT_PROSE = (nodes.literal, nodes.math, nodes.raw, nodes.problematic, nodes.image, number)
_CITED, _GAP = "\x01", "\x00"        # what stands for a citation, and for what is not prose
_SENTENCE_END = re.compile(r"(?<=[.!?؟؛])\s+")
_TYPED = re.compile(r"(?<![\w.٫/])[\d۰-۹]+(?:[.٫][\d۰-۹]+(?![.٫]?[\d۰-۹])(?:\s?[%٪])?|\s?[%٪])(?!\w)")


class GivenRole(SphinxRole):
    """A number that the exercise or a paper gives: written in the page's digits."""

    def run(self):
        fa = language_of(self.env.docname) == "fa"
        text = persian_number(self.text) if fa else self.text.replace("-", "−")
        return [number("", nodes.Text(text), classes=["given"], unit="")], []


def _is_citation(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.citation_reference, nodes.footnote_reference)) or (
        isinstance(node, addnodes.pending_xref) and node.get("refdomain") == "cite")


def _flat(node: nodes.Node) -> str:
    """The words of a block, with marks for citations and for what is not prose."""
    if _is_citation(node):
        return _CITED
    if isinstance(node, _NOT_PROSE):
        return _GAP
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(map(_flat, node.children))


def _excused(block: nodes.Node) -> bool:
    """Whether a block is an output of a cell, or stands in a table with a citation."""
    while block := block.parent:
        if isinstance(block, nodes.table) and _CITED in _flat(block):
            return True
        if isinstance(block, nodes.container) and "nb_element" in block:
            return True
    return False


def typed_in(text: str) -> list[str]:
    """The typed numbers of a flattened block, but for those in sentences with a citation."""
    return [match[0] for sentence in _SENTENCE_END.split(text) if _CITED not in sentence
            for match in _TYPED.finditer(sentence)]


def typed_numbers(document: nodes.document, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each typed number of a page with the given source lines."""
    for block in document.findall(lambda node: isinstance(node, _BLOCKS)):
        found = typed_in(_flat(block))
        if not found or _excused(block):
            continue
        line = next((node.line for node in _upwards(block) if node.line), 1)
        for typed in found:
            near = (at for at in range(line, min(line + 40, len(lines)) + 1) if typed in lines[at - 1])
            yield next(near, line), typed


def _upwards(node: nodes.Node) -> Iterator[nodes.Node]:
    while node:
        yield node
        node = node.parent


def _store(env) -> dict[str, list[tuple[int, str]]]:
    if not hasattr(env, "attngen_typed_numbers"):
        env.attngen_typed_numbers = {}
    return env.attngen_typed_numbers


def collect(app, document):
    source = Path(app.env.doc2path(app.env.docname)).read_text(encoding="utf-8")
    _store(app.env)[app.env.docname] = list(typed_numbers(document, source.splitlines()))


def forget(app, env, docname):
    _store(env).pop(docname, None)


def merge(app, env, docnames, other):
    _store(env).update({docname: _store(other)[docname] for docname in docnames if docname in _store(other)})


def report(app, env):
    lines = [f"{env.doc2path(docname, base=False)}:{line}: {typed}"
             for docname, found in sorted(_store(env).items()) for line, typed in found]
    if lines:
        logger.info("numbers typed into the prose:\n%s", "\n".join(lines))
    path = Path(app.outdir).parent / "typed-numbers.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def setup(app):
    app.setup_extension("results_role")
    app.add_role("given", GivenRole())
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", report)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}

"""The role ``{result}``: a measured number, read where it was recorded.

    {result}`pig-latin-small-h32/val_loss:.3f`       of results/pig-latin-small-h32/run.json
    {result}`pig-latin-small-h32/val_loss:.2f nats`  with a unit
    {result}`cell/loss_after:.3f`                    glued by a cell of this page

The number comes in the page's digits; hovering or focusing it tells what it was measured with.
A name or key that nothing recorded is a warning, so a strict build fails on it.
"""
from __future__ import annotations

import difflib
import re

from attngen import results
from attngen.digits import persian_number
from docutils import nodes
from languages import language_of
from provenance import COMPUTED_HERE, provenance
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

logger = logging.getLogger(__name__)
CELL = "cell"
_CALL = re.compile(r"(?P<key>[^\s:]+)(?::(?P<spec>\S+))?(?: (?P<unit>\S.*))?")
_GLUED = re.compile(r"(?:(?:np|numpy)\.\w+\()?(?P<number>[^()]+?)\)?")     # np.float64(0.5), 0.5
_EXPONENT = re.compile(r"e([-+]?)0*(\d+)$")
_NO_BREAK = "\N{NO-BREAK SPACE}"


class number(nodes.inline):
    """A number in the text, kept apart from the direction of the words around it."""


def visit_number(translator, node):
    told = node.get("told")
    attributes = {"tabindex": "0", "title": told} if told else {}
    translator.body.append(translator.starttag(node, "span", "", **attributes) + "<bdi>")


def depart_number(translator, node):
    translator.body.append(f"</bdi>{translator.encode(node['unit'])}</span>")


def written(value, spec: str, language: str) -> list[nodes.Node]:
    """``value`` as a reader writes it: own digits, and ×10⁻⁵ in place of e-05."""
    text = format(value, spec or ("" if isinstance(value, int) else ".3g"))
    exponent = _EXPONENT.search(text)
    pieces = [text] if not exponent else [text[:exponent.start()] + "×10", exponent[1].strip("+") + exponent[2]]
    pieces = [persian_number(piece) if language == "fa" else piece.replace("-", "−") for piece in pieces]
    return [nodes.Text(pieces[0]), *(nodes.superscript("", piece) for piece in pieces[1:])]


def glued(document: nodes.document, key: str):
    """The number that a cell of this page has glued under ``key``."""
    renderer = document.attributes.get("nb_renderer")
    cells = renderer.renderer.nb_client.glue_data if renderer else {}
    if key not in cells:
        known = difflib.get_close_matches(key, cells, n=5, cutoff=0.4) or sorted(cells) or ["none"]
        raise results.UnknownResult(f"no cell of this page glues '{key}'; nearest known: {', '.join(known)}")
    text = cells[key]["data"].get("text/plain", "")
    for kind in (int, float):
        try:
            return kind(_GLUED.fullmatch(text)["number"])
        except (TypeError, ValueError):
            pass
    raise ValueError(f"the cell glues {text or 'a picture'} under '{key}', not a number: glue float(...)")


class ResultRole(SphinxRole):
    def run(self):
        try:
            return [self.number()], []
        except (results.UnknownResult, ValueError, TypeError) as problem:
            logger.warning("{result}`%s`: %s", self.text, problem, location=self.get_location(),
                           type="attngen", subtype="result")
            return [nodes.problematic(self.rawtext, self.rawtext)], []

    def number(self) -> number:
        call = _CALL.fullmatch(self.text)
        if not call:
            raise ValueError("write it as name/key, name/key:.3f or name/key:.3f unit")
        language = language_of(self.env.docname)
        name, _, key = call["key"].partition("/")
        if name == CELL:
            value, told = glued(self.inliner.document, key), COMPUTED_HERE[language]
        else:
            self.env.note_dependency(str(results.folder() / name / "run.json"))
            value, told = results.value(call["key"]), provenance(results.load(name), language)
        node = number(classes=["result"], told=told, unit=_NO_BREAK + call["unit"] if call["unit"] else "")
        node += written(value, call["spec"], language)
        return node


def setup(app):
    app.add_node(number, html=(visit_number, depart_number))
    app.add_role("result", ResultRole())
    app.add_css_file("tips.css", priority=901)
    app.add_js_file("tips.js", loading_method="defer")
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}

"""Two glossaries in one build, and definitions where a term is used.

Sphinx knows one list of terms.  Here each language has its own: a name that both glossaries
hold, such as PagedAttention, leads to the entry in the page's language, and a term that is
missing there is reported though the other language has it.  A link made by ``{term}`` carries
the first sentence of the definition as its title.
"""
from __future__ import annotations

import re

from docutils import nodes
from languages import in_language, language_of
from sphinx import addnodes
from sphinx.domains.std import StandardDomain
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)
_FIRST_SENTENCE = re.compile(r".*?[.!?؟](?=\s+[^\sa-z]|$)", re.S)     # "e.g. this" goes on


def _plain(node: nodes.Node) -> str:
    """A paragraph's words; a formula as one would type it, kept in one piece in Persian."""
    if isinstance(node, nodes.math):
        bare = re.sub(r"\\(?:math\w+|text)?|[{}]", "", node.astext()).replace("sqrt", "√")
        return f"\u2068{bare}\u2069"
    return node.astext() if isinstance(node, nodes.Text) else "".join(map(_plain, node.children))


def first_sentence(definition: nodes.Element) -> str:
    """The first sentence of an entry's first paragraph, as plain text."""
    paragraph = next(definition.findall(nodes.paragraph), None)
    text = " ".join(_plain(paragraph).split()) if paragraph else ""
    match = _FIRST_SENTENCE.match(text)
    return match[0] if match else text


class BilingualTerms(StandardDomain):
    """The standard domain, with the terms of each language kept apart."""

    @property
    def own_terms(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(language, term in lower case) -> (page, label)"""
        return self.data.setdefault("attngen_terms", {})

    @property
    def definitions(self) -> dict[tuple[str, str], str]:
        """(page, label) -> first sentence"""
        return self.data.setdefault("attngen_definitions", {})

    def _note_term(self, term, labelid, location=None):
        docname = self.env.docname
        key = language_of(docname), term.lower()
        if key in self.own_terms:
            logger.warning("the term %r is defined twice, also in %s", term, self.own_terms[key][0],
                           location=location, type="attngen", subtype="term")
        self.own_terms[key] = docname, labelid
        self.objects["term", term] = docname, labelid        # for the search and the inventory
        self._terms[term.lower()] = docname, labelid

    def process_doc(self, env, docname, document):
        super().process_doc(env, docname, document)
        for glossary in document.findall(addnodes.glossary):
            for entry in glossary.findall(nodes.definition_list_item):
                sentence = first_sentence(entry.children[-1])
                for term in (child for child in entry.children if isinstance(child, nodes.term)):
                    self.definitions.update({(docname, label): sentence for label in term["ids"]})

    def clear_doc(self, docname):
        super().clear_doc(docname)
        for key in [key for key, (page, _) in self.own_terms.items() if page == docname]:
            del self.own_terms[key]
        for key in [key for key in self.definitions if key[0] == docname]:
            del self.definitions[key]

    def merge_domaindata(self, docnames, otherdata):
        super().merge_domaindata(docnames, otherdata)
        self.own_terms.update({key: place for key, place in otherdata.get("attngen_terms", {}).items()
                               if place[0] in docnames})
        self.definitions.update({key: text for key, text in otherdata.get("attngen_definitions", {}).items()
                                 if key[0] in docnames})

    def _resolve_term_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        if not in_language(fromdocname):
            return super()._resolve_term_xref(env, fromdocname, builder, typ, target, node, contnode)
        place = self.own_terms.get((language_of(fromdocname), target.lower()))
        return place and make_refnode(builder, fromdocname, *place, contnode, self.definitions.get(place))


def setup(app):
    app.add_domain(BilingualTerms, override=True)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}

"""Numbers start anew in each language, in its digits, and a label makes a section's address.

Sphinx counts figures, tables, equations and listings over the whole book; counted once
under each language's own first page, chapter 1 is chapter 1 in both.
"""
from __future__ import annotations

from docutils import nodes
from languages import LANGUAGES, home, language_of, persian_digits, twin
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms import SphinxTransform
from sphinxcontrib.bibtex.domain import BibtexDomain


def number_per_language():
    assign = TocTreeCollector.assign_figure_numbers

    def assign_figure_numbers(self, env):
        root, before, numbers, changed = env.config.root_doc, env.toc_fignumbers, {}, []
        for language in LANGUAGES:
            env.config.root_doc, env.toc_fignumbers = home(language), before
            changed += assign(self, env)
            numbers.update(env.toc_fignumbers)
        env.config.root_doc, env.toc_fignumbers = root, numbers
        return changed
    TocTreeCollector.assign_figure_numbers = assign_figure_numbers


class PersianInt(int):
    """A number that Sphinx and its extensions, which all write ``str(number)``, write in Persian."""

    def __str__(self):
        return persian_digits(int.__str__(self))


def _in_persian(numbers):
    return numbers and tuple(map(PersianInt, numbers))


def write_persian_numbers(app, env):
    """Everywhere the numbers are kept: sections, figures, titles, tables of contents."""
    for docname in env.found_docs:
        if language_of(docname) != "fa":
            continue
        sections, figures = env.toc_secnumbers.get(docname, {}), env.toc_fignumbers.get(docname, {})
        sections.update({anchor: _in_persian(numbers) for anchor, numbers in sections.items()})
        for kind, numbered in figures.items():
            figures[kind] = {name: _in_persian(numbers) for name, numbers in numbered.items()}
        for numbered in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
            if numbered.get("secnumber"):
                numbered["secnumber"] = _in_persian(numbered["secnumber"])
    return []                 # no page needs writing again for this


def cite_within_language():
    """A citation leads to its own page's list, or else to a list in the page's language."""
    resolve = BibtexDomain.resolve_xref

    def resolve_xref(self, env, fromdocname, *args, **kwargs):
        everywhere = self.data["citations"]
        self.data["citations"] = [c for c in everywhere
                                  if language_of(c.bibliography_key.docname) == language_of(fromdocname)]
        try:
            return resolve(self, env, fromdocname, *args, **kwargs)
        finally:
            self.data["citations"] = everywhere
    BibtexDomain.resolve_xref = resolve_xref


class LabelFirst(SphinxTransform):
    """Put a section's bilingual label before the identifier made from its title.

    A Persian title leaves nothing behind but ``id7``, which changes with every edit; the
    label is a lasting address, and its twin is known by name.
    """

    default_priority = 700

    def apply(self, **kwargs):
        language = language_of(self.env.docname)
        for section in self.document.findall(nodes.section):
            section["ids"].sort(key=lambda name: twin(name, language) is None)


def setup(app):
    number_per_language()
    cite_within_language()
    app.add_transform(LabelFirst)
    app.connect("env-get-updated", write_persian_numbers, priority=900)   # after Sphinx has counted
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Make Sphinx, its theme and its extensions speak the language of the page.

Sphinx chooses one interface language for a whole build.  Here every message catalogue
is replaced by one that asks which language is spoken now, and the reading and the
writing of each page begin by saying it.
"""
from __future__ import annotations

import gettext
from importlib.util import find_spec
from pathlib import Path

import sphinx.locale
from docutils import nodes
from languages import NEUTRAL, language_of, persian_digits, speak, spoken
from interface_strings import CELL_PROMPTS, NUMBERED, PERSIAN
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform

_CATALOGUE_PACKAGES = {       # message catalogue: (package, folder) of its own Persian, where it has one
    "sphinx": ("sphinx", "locale"),
    "proof": ("sphinx_proof", "translations/locales"),
    "togglebutton": ("sphinx_togglebutton", "translations/locales"),
}


class PageTranslations(gettext.NullTranslations):
    """Answers in Persian while a Persian page is made, in English otherwise."""

    def __init__(self, neutral: gettext.NullTranslations, persian: gettext.NullTranslations):
        super().__init__()
        self.neutral, self.persian = neutral, persian

    def gettext(self, message):
        if spoken() == "fa":
            return PERSIAN.get(message) or self.persian.gettext(message)
        return self.neutral.gettext(message)

    def ngettext(self, one, many, count):
        if spoken() == "fa":
            return PERSIAN.get(one if count == 1 else many) or self.persian.ngettext(one, many, count)
        return self.neutral.ngettext(one, many, count)


def _own_persian(catalogue: str) -> gettext.NullTranslations:
    if catalogue not in _CATALOGUE_PACKAGES:
        return gettext.NullTranslations()
    package, folder = _CATALOGUE_PACKAGES[catalogue]
    locales = Path(find_spec(package).origin).parent / folder
    return gettext.translation(catalogue, locales, languages=["fa"], fallback=True)


def install_translations(app, config):
    for key, translator in list(sphinx.locale.translators.items()):
        namespace, catalogue = key
        if namespace == "general" and not isinstance(translator, PageTranslations):
            sphinx.locale.translators[key] = PageTranslations(translator, _own_persian(catalogue))
    app.translator = sphinx.locale.translators["general", "sphinx"]


def _start_page(app, docname):
    language = language_of(docname)
    speak(language)
    app.config.numfig_format.update(NUMBERED[language])


class StartPage(SphinxPostTransform):
    """Before a page's references are resolved: say its language."""

    default_priority = 1

    def run(self, **kwargs):
        _start_page(self.app, self.env.docname)


class OwnWords(SphinxPostTransform):
    """Words that extensions write into the page in English whatever the catalogue says."""

    default_priority = 210        # after myst-nb has wrapped its hidden cells
    formats = ("html",)

    def run(self, **kwargs):
        prompts = CELL_PROMPTS[spoken()]
        for cell in self.document.findall(HideCodeCellNode):
            for prompt in ("prompt_show", "prompt_hide"):
                cell[prompt] = prompts.get(cell[prompt], cell[prompt])
        if spoken() == "fa":
            for text in list(self.document.findall(nodes.Text)):
                if text.startswith("Proof. ") and "proof" in text.parent.parent.get("classes", ()):
                    text.parent.replace(text, nodes.Text(text.replace("Proof.", f"{PERSIAN['Proof']}.", 1)))
            for mark in self.document.findall(
                    lambda n: isinstance(n, nodes.footnote_reference)
                    or isinstance(n, nodes.label) and isinstance(n.parent, nodes.footnote)):
                mark.children = [nodes.Text(persian_digits(mark.astext()))]


def speak_while_writing(app):
    """Pages without a doctree (search, lists) never meet the post-transforms."""
    builder = app.builder
    if builder.format != "html":
        return
    write_doc, handle_page = builder.write_doc, builder.handle_page

    def write_doc_in_language(docname, doctree):
        _start_page(app, docname)
        write_doc(docname, doctree)

    def handle_page_in_language(pagename, *args, **kwargs):
        _start_page(app, pagename)
        handle_page(pagename, *args, **kwargs)

    builder.write_doc, builder.handle_page = write_doc_in_language, handle_page_in_language


def setup(app):
    app.connect("config-inited", install_translations, priority=999)
    app.connect("builder-inited", speak_while_writing, priority=999)
    app.connect("source-read", lambda app, docname, source: speak(language_of(docname)))
    app.connect("env-updated", lambda app, env: speak(NEUTRAL), priority=999)
    app.add_post_transform(StartPage)
    app.add_post_transform(OwnWords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

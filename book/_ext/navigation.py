"""Everything round a page stays in the page's language, and leads to its sibling.

Sidebar, previous and next, home, search: within the language.  The switch goes to the
same section of the sibling page; a plain link without JavaScript goes to the page.
"""
from __future__ import annotations

import json

from docutils import nodes
from interface_strings import AUTHOR, COPY_BUTTON, PERSIAN, SITE
from languages import DIRECTIONS, LANGUAGES, home, in_language, language_of, other, search, sibling, twin
from pydata_sphinx_theme import toctree


def sections(app, docname) -> list[str]:
    """Addresses of a page's sections in reading order, its title first.

    Without those that sphinx-exercise puts into each exercise and solution, all under one address.
    """
    found = app.env.get_doctree(docname).findall(nodes.section)
    return [section["ids"][0] for section in found if isinstance(section.parent, (nodes.document, nodes.section))]


def twins(app, docname) -> dict[str, str]:
    """``{section here: the same section in the sibling page}``.

    Sections are paired by their labels (``fa-sec-x`` and ``en-sec-x``); one without a label
    by its place, where both pages have as many sections.
    """
    target = sibling(docname, other(language_of(docname)))
    here, there = sections(app, docname), sections(app, target)
    by_place = dict(zip(here, there)) if len(here) == len(there) else {}
    pairs = {}
    for name in here:
        by_label = twin(name, language_of(docname))
        match = by_label if by_label in there else by_place.get(name)
        if match:
            pairs[name] = match
    return pairs


def before_the_theme(app, pagename, templatename, context, doctree):
    """What the theme reads: names, home, search, previous and next of this language."""
    language = language_of(pagename)
    context.update(language=language, page_lang=language, page_dir=DIRECTIONS[language],
                   docstitle=SITE[language], book_names=SITE, in_language=in_language(pagename),
                   theme_search_bar_text=PERSIAN["Search this book..."] if language == "fa" else "Search this book...",
                   copy_button_words=json.dumps(COPY_BUTTON, ensure_ascii=False))
    relations = app.builder.relations.get(pagename) or (None, None, None)
    for side, target in (("prev", relations[1]), ("next", relations[2])):
        inside = target and in_language(target) and language_of(target) == language
        if not inside or not in_language(pagename):
            context[side] = None
    if in_language(pagename):
        pathto = context["pathto"]
        context["pathto"] = lambda uri, *a, **k: pathto(search(language) if uri == "search" else uri, *a, **k)
        context["root_doc"] = context["master_doc"] = home(language)
        add_siblings(app, pagename, context, doctree)


def add_siblings(app, pagename, context, doctree):
    language, base, pathto = language_of(pagename), app.config.html_baseurl, context["pathto"]
    pages = {each: sibling(pagename, each) for each in LANGUAGES}
    pages = {each: page for each, page in pages.items() if page in app.env.all_docs or page == search(each)}
    context["alternates"] = {each: base + app.builder.get_target_uri(page) if base else pathto(page)
                             for each, page in pages.items()}
    if other(language) in pages:
        context["switch"] = {"lang": other(language), "url": pathto(pages[other(language)])}
        if doctree is not None:
            context["switch"]["twins"] = json.dumps(twins(app, pagename), ensure_ascii=False)


def read_siblings(app, env, added, changed, removed):
    """A page knows its sibling's sections, so a change of one is a change of both."""
    pairs = {sibling(docname, other(language_of(docname))) for docname in added | changed if in_language(docname)}
    return sorted(pairs & env.found_docs)


def after_the_theme(app, pagename, templatename, context, doctree):
    context["author"] = AUTHOR[language_of(pagename)]


def sidebar_of_search():
    """A search page has no place in the book's tree; its sidebar is that of the language's home."""
    ancestor = toctree._get_ancestor_pagename

    def _get_ancestor_pagename(app, pagename, startdepth):
        if pagename == search(language_of(pagename)):
            pagename = home(language_of(pagename))
        return ancestor(app=app, pagename=pagename, startdepth=startdepth)
    toctree._get_ancestor_pagename = _get_ancestor_pagename


def setup(app):
    sidebar_of_search()
    app.connect("env-get-outdated", read_siblings)
    app.connect("html-page-context", before_the_theme, priority=100)
    app.connect("html-page-context", after_the_theme, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

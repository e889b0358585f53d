"""The last hand on a page's HTML, for what the theme's templates leave no other way to say.

``amend(app, function)`` passes every rendered page through ``function(html, template)``.
Here: direction, Persian words in attributes, and roles that say what is not so.
"""
from __future__ import annotations

import re

from interface_strings import PERSIAN
from languages import DIRECTIONS, spoken

_ATTRIBUTE = re.compile(r'\b(title|aria-label|alt|placeholder|data-bs-title|data-tooltip)="([^"]+)"')
_FOLD_NAME = re.compile(r'<summary aria-label="[^"]*">')


def amend(app, function):
    if app.builder.format == "html":
        render = app.builder.templates.render
        app.builder.templates.render = lambda template, context: function(render(template, context), template)


def direct(html: str, template: str) -> str:
    """The theme writes ``lang`` but no ``dir``."""
    language = spoken()
    html = html.replace(f'<html lang="{language}"', f'<html lang="{language}" dir="{DIRECTIONS[language]}"', 1)
    return html.replace(' data-theme="auto"', "", 1)      # without JavaScript: the light colours, not none


def translate(html: str, template: str) -> str:
    """Words that templates and extensions hold in English whatever the catalogue says."""
    if spoken() != "fa":
        return html
    return _ATTRIBUTE.sub(lambda match: f'{match[1]}="{PERSIAN.get(match[2], match[2])}"', html)


def correct_roles(html: str, template: str) -> str:
    """docutils calls a bibliography a list, of entries that are no list items; MyST-NB gives a
    folded cell a name for screen readers that is not the one it shows."""
    html = html.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    return _FOLD_NAME.sub("<summary>", html)


def amend_pages(app):
    for function in (direct, translate, correct_roles):
        amend(app, function)


def setup(app):
    app.connect("builder-inited", amend_pages, priority=998)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

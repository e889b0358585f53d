"""Leave out of the site what no page of it uses.

The theme loads a 1.5 MB icon script beside the icon fonts it really shows, and ships those
twice, and source maps; Jupyter Book loads the scripts of Thebe and of toggle buttons on every page; the theme
loads the search index on every page for a search-as-you-type that is off.
"""
from __future__ import annotations

import re
import shutil
from pathlib import Path

from page_html import amend

UNUSED_SCRIPTS = ("sphinx-thebe.js", "togglebutton.js", "thebelab-helper.js")
UNUSED_STYLES = ("sphinx-thebe.css", "thebelab.css", "togglebutton.css")
_UNUSED_INLINE = ("THEBE", "thebe", "toggleHint", "toggleOpenOnPrint", "togglebuttonSelector")
_ICON_SCRIPT = re.compile(r'\s*<!-- So that users can add custom icons -->'
                          r'|\s*<script defer src="[^"]*/fontawesome\.js[^"]*"></script>')
_SEARCH_SCRIPT = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')
_UNUSED_FILES = ("**/*.map", "**/fontawesome.js*", *(f"_static/{name}" for name in UNUSED_SCRIPTS + UNUSED_STYLES),
                 "_static/images/logo_*.png", "_static/locales", "_static/vendor/**/*.ttf", "_static/*webpack-macros.html")


def _name(asset) -> str:
    return str(getattr(asset, "filename", asset) or "").partition("?")[0]


def lighten_context(app, pagename, templatename, context, doctree):
    context["script_files"] = [
        script for script in context["script_files"]
        if not _name(script).endswith(UNUSED_SCRIPTS)
        and not any(word in ((getattr(script, "attributes", {}) or {}).get("body") or "") for word in _UNUSED_INLINE)]
    context["css_files"] = [style for style in context["css_files"] if not _name(style).endswith(UNUSED_STYLES)]


def lighten_html(html: str, template: str) -> str:
    html = _ICON_SCRIPT.sub("", html)
    return html if "search" in template else _SEARCH_SCRIPT.sub("", html)


def lighten_output(app, exception):
    if exception is None and app.builder.format == "html":
        for pattern in _UNUSED_FILES:
            for path in Path(app.outdir).glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app):
    app.connect("builder-inited", lambda app: amend(app, lighten_html), priority=997)
    app.connect("html-page-context", lighten_context, priority=950)
    app.connect("build-finished", lighten_output, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

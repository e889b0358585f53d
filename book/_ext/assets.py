"""Third-party assets are made ready before the pages are, by whoever starts the build.

``tools/vendor.py`` does the work; this extension calls it, loads what it made, and chooses
how formulas are set: by KaTeX at build time where there is Node, in the browser without it.
"""
from __future__ import annotations

import shutil
import sys
from pathlib import Path

import sphinxcontrib.katex as katex
from docutils import nodes
from languages import DIRECTIONS, language_of
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)


def prepare(app, config):
    sys.path.append(str(Path(app.srcdir) / "tools"))
    import vendor
    folder = Path(app.srcdir) / vendor.FOLDER
    missing = vendor.ensure(Path(app.srcdir), folder)
    if missing:
        logger.info("assets left out (npm ci has not run, or no Node): %s", ", ".join(missing))
    _choose_katex(config, has_styles=(folder / "katex" / "katex.min.css").is_file())


def _choose_katex(config, has_styles: bool):
    config.katex_prerender = shutil.which("node") is not None
    # On a busy machine the package may knock before KaTeX's server listens, and gives up at once;
    # its other way to start it, made for Windows, knocks again until the time is over.
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    if has_styles:
        config.katex_css_path = "katex/katex.min.css"
    else:                     # browsers set MathML without a style sheet
        config.katex_css_path = katex.filename_css
        katex.KATEX_DEFAULT_OPTIONS["output"] = "mathml"
        config.katex_options = '{output: "mathml"}'


class SayLessThan(SphinxPostTransform):
    """Formulas set in the browser go into the page unescaped: there ``x_{<i}`` would open a tag."""

    default_priority = 300
    formats = ("html",)

    def run(self, **kwargs):
        if not self.config.katex_prerender:
            for formula in self.document.findall(nodes.math_block):
                formula.children = [nodes.Text(formula.astext().replace("<", r"\lt ").replace(">", r"\gt "))]


def load_styles(app, pagename, templatename, context, doctree):
    """The mirrored sheets go right after what they mirror: the theme's, then the extensions'."""
    folder = Path(app.srcdir) / "_build" / "vendor"
    if (folder / "fonts.css").is_file():
        app.add_css_file("fonts.css", priority=100)
    if DIRECTIONS[language_of(pagename)] == "rtl" and (folder / "rtl-theme.css").is_file():
        app.add_css_file("rtl-theme.css", priority=150)
        app.add_css_file("rtl-extensions.css", priority=700)


def setup(app):
    app.connect("config-inited", prepare, priority=200)
    app.add_post_transform(SayLessThan)
    app.connect("html-page-context", load_styles, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

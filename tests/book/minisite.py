"""A site of a few pages, built by Sphinx in this process: what the extensions' tests stand on."""
from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

SETTINGS = {
    "extensions": ["myst_nb"], "root_doc": "book/index", "html_theme": "basic", "html_copy_source": False,
    "exclude_patterns": ["_build"], "myst_enable_extensions": ["dollarmath"], "nb_execution_mode": "cache",
}
nocolor()


@dataclass(frozen=True)
class Built:
    """What a build left: its pages, what it said, what it warned of."""

    folder: Path
    status: str
    warnings: list[str]
    read: list[str]

    def page(self, name: str) -> Tag:
        html = (self.folder / "_build/html" / f"{name}.html").read_text("utf-8")
        return BeautifulSoup(html, "html.parser").find(class_="body")


def build(folder: Path, pages: dict[str, str], *extensions: str, fresh: bool = False) -> Built:
    """Write ``pages`` (name: Markdown) into ``folder``, which must stay for a second build, and build."""
    toctree = "\n".join(name.removeprefix("book/") for name in pages)
    for name, text in {**pages, "book/index": f"# Site\n\n```{{toctree}}\n{toctree}\n```\n"}.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    settings = {**SETTINGS, "extensions": [*SETTINGS["extensions"], *extensions],
                "nb_execution_cache_path": str(folder / "_build/.jupyter_cache")}
    status, warnings, read = io.StringIO(), io.StringIO(), []
    with patch_docutils(), docutils_namespace():
        app = Sphinx(folder, None, folder / "_build/html", folder / "_build/.doctrees", "html",
                     confoverrides=settings, status=status, warning=warnings, freshenv=fresh)
        app.connect("source-read", lambda app, docname, source: read.append(docname))
        app.build()
    said = warnings.getvalue().replace(f"{folder}/", "")
    return Built(folder, status.getvalue(), [line for line in said.splitlines() if line.strip()], read)


def notebook(body: str) -> str:
    """A page that MyST-NB takes for a notebook."""
    return ("---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
            "# Page\n\n") + body

"""A page's outputs are only as fresh as the code and the results they came from.

jupyter-cache knows a page by its cells alone, and Sphinx by its text.  The cells of this book
call the package: so the cache's key takes in every module of it that they import, directly or
through others, and the recorded results where they read them; and Sphinx reads the page again
when one of these changes.
"""
from __future__ import annotations

import ast
import hashlib
import os
import re
from pathlib import Path

from jupyter_cache.cache.main import JupyterCacheBase

PACKAGE = "attngen"
_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)
_MAGIC = re.compile(r"^\s*[%!].*$", re.M)         # a cell's magics are not Python


def _imports(source: str, module: str = "") -> set[str]:
    """Dotted names in the package that code imports; ``module`` is the code's own name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = module.split(".")[:-node.level] if node.level else []
            base = ".".join([*parent, *filter(None, [node.module])])
            names.update([base, *(f"{base}.{alias.name}" for alias in node.names)])
    return {name for name in names if name.split(".")[0] == PACKAGE}


def modules_behind(source: str, code: Path) -> list[Path]:
    """Files of the package that code runs, sorted; names that are no modules drop out."""
    found, seen, waiting = set(), set(), _imports(source)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting |= {name.rpartition(".")[0]} - {""}          # importing a module runs its packages too
        base = code.joinpath(*name.split("."))
        for path, module in ((base.with_suffix(".py"), name), (base / "__init__.py", f"{name}.__init__")):
            if path.is_file():
                found.add(path)
                waiting |= _imports(path.read_text(encoding="utf-8"), module)
    return sorted(found)


def inputs_of(cells: list[str], root: Path) -> list[Path]:
    """Every file of the project that a page's cells depend on."""
    source = _MAGIC.sub("", "\n".join(cells))
    results = sorted((root / "results").glob("*/*.*")) if "results" in source else []
    return modules_behind(source, root / "code") + results


def fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key_by_inputs(app):
    make_hash, root = JupyterCacheBase.create_hashed_notebook, Path(app.srcdir)

    def create_hashed_notebook(self, nb, *args, **kwargs):
        notebook, key = make_hash(self, nb, *args, **kwargs)
        inputs = inputs_of([cell.source for cell in nb.cells if cell.cell_type == "code"], root)
        return notebook, hashlib.md5((key + fingerprint(inputs)).encode()).hexdigest()
    JupyterCacheBase.create_hashed_notebook = create_hashed_notebook


def depend_on_inputs(app, docname, source):
    for path in inputs_of(_CELL.findall(source[0]), Path(app.srcdir)):
        app.env.note_dependency(os.path.relpath(path, app.srcdir))


def setup(app):
    app.connect("builder-inited", key_by_inputs)
    app.connect("source-read", depend_on_inputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""One execution serves both languages; each page keeps the outputs meant for it.

A cell that draws a figure publishes it once for each language and marks every output
with ``lang`` in its metadata.  A page shows the unmarked outputs and its own, and an
image takes its alternative text from the output's ``alt``.
"""
from __future__ import annotations

from jupyter_cache.cache.main import JupyterCacheBase
from languages import spoken
from myst_nb.core.execute.base import NotebookClientBase
from myst_nb.core.render import NbElementRenderer


def keep_own_outputs():
    every = NotebookClientBase.code_cell_outputs

    def code_cell_outputs(self, cell_index):
        count, outputs = every(self, cell_index)
        return count, [output for output in outputs
                       if (output.get("metadata") or {}).get("lang", spoken()) == spoken()]
    NotebookClientBase.code_cell_outputs = code_cell_outputs


def alt_from_metadata():
    """Alternative text written where the figure is drawn, not once more in the page."""
    render = NbElementRenderer.render_image

    def render_image(self, data):
        images = render(self, data)
        alt = data.output_metadata.get("alt")
        for image in images:
            if alt and "alt" not in image:
                image["alt"] = alt
        return images
    NbElementRenderer.render_image = render_image


def execute_once():
    """Let the two pages of a chapter share one cached execution.

    jupyter-cache hashes the metadata of cells as well and hands back the first page's: with
    captions in the metadata each language would run for itself.  Only tags count here.
    """
    make_hash = JupyterCacheBase.create_hashed_notebook
    merge = JupyterCacheBase.merge_match_into_notebook

    def create_hashed_notebook(self, nb, nb_metadata=("kernelspec",), cell_metadata=("tags",)):
        return make_hash(self, nb, nb_metadata, cell_metadata)

    def merge_match_into_notebook(self, nb, nb_meta=("kernelspec", "language_info", "widgets"), cell_meta=()):
        return merge(self, nb, nb_meta, cell_meta)
    JupyterCacheBase.create_hashed_notebook = create_hashed_notebook
    JupyterCacheBase.merge_match_into_notebook = merge_match_into_notebook


def setup(app):
    keep_own_outputs()
    alt_from_metadata()
    execute_once()
    return {"parallel_read_safe": True, "parallel_write_safe": True}

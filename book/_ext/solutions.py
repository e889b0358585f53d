"""What a reader unfolds is a ``<details>``: solutions and other blocks with class ``dropdown``.

The browser's own element works without JavaScript, is announced by screen readers and can be
opened for printing, none of which holds for a block hidden by a script.
"""
from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class details(nodes.General, nodes.Element):
    """A folded block; its first child is its summary."""


class summary(nodes.General, nodes.TextElement):
    pass


class FoldDropdowns(SphinxPostTransform):
    default_priority = 205        # after extensions have written their titles
    formats = ("html",)

    def run(self, **kwargs):
        for block in list(self.document.findall(lambda n: "dropdown" in getattr(n, "attributes", {}).get("classes", ())
                                                and isinstance(n, nodes.Admonition))):
            title, *body = block.children
            for link in list(title.findall(nodes.reference)):     # a button may hold no link
                link.replace_self(nodes.inline("", "", *link.children))
            head = summary("", "", *title.children, classes=["admonition-title"])
            folded = details("", head, *body, ids=block["ids"], names=block["names"],
                             classes=["admonition", *(c for c in block["classes"] if c != "admonition")])
            block.replace_self(folded)


def visit_details(self, node):
    self.body.append(self.starttag(node, "details"))


def depart_details(self, node):
    self.body.append("</details>\n")


def visit_summary(self, node):
    self.body.append(self.starttag(node, "summary", ""))


def depart_summary(self, node):
    self.body.append("</summary>\n")


def setup(app):
    app.add_node(details, html=(visit_details, depart_details))
    app.add_node(summary, html=(visit_summary, depart_summary))
    app.add_post_transform(FoldDropdowns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

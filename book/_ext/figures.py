"""Say on each page how large its figures are, so that the text stays in place while they load.

The notebook's sizes arrive as a style, which would keep a figure's height where the page is narrow.
As attributes they give a shape, and the style sheet may make the figure smaller.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx


def size_figures(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    size = r'(<img [^>]*) style="width: (\d+)px; height: (\d+)px;"'
    context["body"] = re.sub(size, r'\1 width="\2" height="\3"', context.get("body", ""))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", size_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

r"""An equation stands in few rows on a wide screen and on paper, in more on a phone: both from one source.

A row that ends with ``\\ % narrow`` ends there on a narrow screen only. The comment is TeX's own, so a notebook
shows the narrow form wherever it is opened.
"""

from __future__ import annotations

import re
from html import escape, unescape

from docutils import nodes
from sphinx.application import Sphinx

NARROW = re.compile(r"([,;]?)\s*\\\\(?:\[\w+\])? *% narrow\n(?:([^&\n]*)&(?:\s*\\q?quad)?)?")
DISPLAYED = re.compile(r'(<div class="math[^>]*>(?:(?!</div>).)*?)\\\[(.*?)\\\]', re.DOTALL)


def wide(tex: str) -> str:
    """Join the rows that a narrow screen alone needs; after a comma or a semicolon they stand apart."""

    def joined(found: re.Match) -> str:
        apart = r"\quad " if found[1] else ""
        return f"{found[1]} {apart}{found[2] or ''}"

    return NARROW.sub(joined, tex)


def both_forms(found: re.Match) -> str:
    """The displayed equation of a page, two times where its forms differ."""
    tex = unescape(found[2])
    if (other := wide(tex)) == tex:
        return found[0]
    forms = [("narrow", tex), ("wide", other)]
    shown = "".join(f'<span class="math-{name}">\\[{escape(text, quote=False)}\\]</span>' for name, text in forms)
    return found[1] + shown


def show_both(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    context["body"] = DISPLAYED.sub(both_forms, context.get("body", ""))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", show_both)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

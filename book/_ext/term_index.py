"""The index leads from each term of the glossary to the sections that speak of it."""

from __future__ import annotations

import re

import lecture_ids
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

ENOUGH = 2  # a section that says a term so often speaks of it
# Where a term is not explained.
NOT_INDEXED = {"Take-aways", "Exercises", "Further reading"}


def terms() -> list[str]:
    text = (lecture_ids.ROOT / "book/glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^(\S.*)\n  ", text.partition("```{glossary}\n")[2], re.MULTILINE)


def plain(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("–", "-").lower().split())


def words(section: nodes.section) -> str:
    """What a section says, without its formulas and code."""
    other = nodes.math | nodes.math_block | nodes.literal_block
    return plain("".join(t for t in section.findall(nodes.Text) if not isinstance(t.parent, other)))


def spoken_of(section: nodes.section) -> list[str]:
    def often(term: str) -> bool:
        stem = re.escape(plain(term).removesuffix(" method"))
        return len(re.findall(rf"\b{stem}s?\b", said)) >= ENOUGH

    said = words(section)
    return list(filter(often, terms()))


class IndexTerms(SphinxTransform):
    default_priority = 800  # before Sphinx collects the entries of a page

    def apply(self, **options: object) -> None:
        if not self.env.docname.startswith("book/notebooks/"):
            return
        self.env.note_dependency(str(lecture_ids.ROOT / "book/glossary.md"))
        for section in self.document.findall(nodes.section):
            title, target = section.next_node(nodes.title).astext(), section["ids"][0]
            if isinstance(section.parent, nodes.section) and title not in NOT_INDEXED:
                entries = [("single", f"{term}; {title}", target, "", None) for term in spoken_of(section)]
                section.insert(1, addnodes.index(entries=entries))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(IndexTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What a search answers first: terms, numbered sections and the lecture's equations, before mere words.

The page of the search loads the table that is written here, and book/_static/search.js ranks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "book/glossary"
TABLE = "search_first.js"


def terms(env: BuildEnvironment) -> Iterator[dict[str, str]]:
    """Each term with the section of its chapter that speaks of it first, and with what the glossary says."""
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        term, said = item[0].astext(), item[-1].astext()
        labels = {reference["reftarget"] for reference in item.findall(addnodes.pending_xref)}
        [chapter] = (label for label in labels if label.startswith("ch-"))
        page, _, title = env.domains["std"].labels[chapter]
        entries = env.domains["index"].entries.get(page, [])
        spoken = [f"#{target}" for _, entry, target, *_ in entries if entry.startswith(f"{term}; ")]
        entry = dict(name=term, also=said, title=term)
        yield dict(entry, page=page, anchor=[*spoken, ""][0], kind=f"in {title}")
        yield dict(entry, page=GLOSSARY, anchor=f"#{item[0]['ids'][0]}", kind="glossary")


def equations(env: BuildEnvironment) -> Iterator[dict[str, str]]:
    """Each equation of the lecture by its number."""
    for label, (page, number) in env.domains["math"].equations.items():
        if label.startswith("eq-"):
            title, anchor = f"Equation ({number})", f"#equation-{label.lower()}"
            yield dict(name=number, title=title, page=page, anchor=anchor, kind=f"in {env.titles[page].astext()}")


def sections(env: BuildEnvironment) -> Iterator[dict[str, str]]:
    """Each chapter and each of its sections, by its number and by its title."""
    for page, numbers in env.toc_secnumbers.items():
        named = {f"#{s['ids'][0]}": s[0].astext() for s in env.get_doctree(page).findall(nodes.section)}
        for anchor, number in ((anchor, number) for anchor, number in numbers.items() if number):
            title, said = named.get(anchor, env.titles[page].astext()), ".".join(map(str, number))
            kind = "chapter" if len(number) == 1 else "section"
            for name in (said, title):
                yield dict(name=name, title=title, page=page, anchor=anchor, kind=f"{kind} {said}")


def write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        found = [*terms(app.env), *equations(app.env), *sections(app.env)]
        table = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        (Path(app.outdir) / "_static" / TABLE).write_text(f"const SEARCH_FIRST = {table};\n", encoding="utf-8")


def load(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    if page == "search":
        for name in (TABLE, "search.js"):
            app.add_js_file(name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", load)
    app.connect("build-finished", write, priority=400)  # before the archives, which hold what it writes
    return {"parallel_read_safe": True, "parallel_write_safe": True}

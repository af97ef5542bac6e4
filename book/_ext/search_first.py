"""What a search answers first: terms, numbered sections, exercises and the lecture's equations, before mere words.

The page of the search loads the table that is written here, and book/_static/search.js ranks it. A second table has
what the glossary says; book/_static/previews.js shows it beside a link to a term.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import exercise_links
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "book/glossary"
TABLE, TERMS = "search_first.js", "terms.js"


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


def exercises(env: BuildEnvironment) -> Iterator[dict[str, str]]:
    """Each exercise, by its number and by its title."""
    for page in sorted(env.all_docs):
        if page.startswith(exercise_links.EXERCISES):
            for one in exercise_links.links(page.rpartition("/")[2]):
                entry = dict(title=f"{one.label} {one.title}", page=page, anchor=f"#{one.anchor}", kind="exercise")
                yield from (dict(entry, name=name) for name in (one.label, one.title))


def previews(env: BuildEnvironment) -> dict[str, str]:
    """What the glossary says of each term, by its anchor; formulas between the signs of TeX, no link to the chapter."""
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        [paragraph] = item[-1].findall(nodes.paragraph)
        reference = addnodes.pending_xref
        kept = [child for child in paragraph if not isinstance(child, reference) or child["reftype"] == "term"]
        parts = [rf"\({child.astext()}\)" if isinstance(child, nodes.math) else child.astext() for child in kept]
        found[item[0]["ids"][0]] = "".join(parts).strip()
    return found


def write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html" and GLOSSARY in app.env.all_docs:
        found = [*terms(app.env), *equations(app.env), *sections(app.env), *exercises(app.env)]
        for name, constant, data in ((TABLE, "SEARCH_FIRST", found), (TERMS, "TERMS", previews(app.env))):
            text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
            (Path(app.outdir) / "_static" / name).write_text(f"const {constant} = {text};\n", encoding="utf-8")


def load(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    if page == "search":
        for name in (TABLE, "search.js"):
            app.add_js_file(name, loading_method="defer")
    if doctree and page != GLOSSARY and any(node.get("reftype") == "term" or "#term-" in node.get("refuri", "")
                                            for node in doctree.findall(nodes.reference)):  # fmt: skip
        for name in (TERMS, "previews.js"):
            app.add_js_file(name, loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", load)
    app.connect("build-finished", write, priority=400)  # before the archives, which hold what it writes
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What the book adds to Sphinx: lecture equation numbers, tables made from the chapters, links.

The lecture map, the list of slips, the table of exercises and the archive of the
exercises are written when the book is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from posixpath import dirname, relpath

import exercise_sets
import lecture_ids
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain
from sphinx.util.docutils import SphinxDirective


class LectureMathDomain(MathDomain):
    """Number the equation labelled eq-B4 as (B4), and the other labelled ones 1, 2, … by page."""

    def note_equation(self, docname: str, labelid: str, location: object = None) -> None:
        super().note_equation(docname, labelid, location)
        prefix, _, number = labelid.partition("-")
        if prefix != "eq":
            on_page = [label for label, (page, _) in self.equations.items() if page == docname]
            number = sum(not label.startswith("eq-") for label in on_page)
        self.equations[labelid] = (docname, number)

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        """Let [title](eq-B4) show the title; Sphinx itself always shows the number."""
        link = super().resolve_xref(env, fromdocname, builder, typ, target, node, contnode)
        if link is not None and node.get("refexplicit"):
            link.children = [contnode]
        return link


def address(page: str, here: str) -> str:
    """The address on the website of a page as another one writes it, whatever is being built."""
    return relpath(f"{page}.html", dirname(here) or ".")


class Generated(SphinxDirective):
    """A directive that stands for the lines of Markdown it writes."""

    def lines(self) -> Iterator[str]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        for path in lecture_ids.inputs():  # the page is written anew when one of them changes
            self.env.note_dependency(str(path))
        container = nodes.container()
        self.state.nested_parse(list(self.lines()), self.content_offset, container)
        return container.children


class LectureMap(Generated):
    """Every equation of the lecture: its section, its functions, its tests."""

    def run(self) -> list[nodes.Node]:
        children = super().run()
        for child in children:
            child["classes"].append("lecture-map")
        return children

    def lines(self) -> Iterator[str]:
        section_of = {
            lecture_id: f"{int(section.chapter[:2])}: {section.title}"
            for section in lecture_ids.sections()
            for lecture_id in section.equations
        }
        functions, tests = lecture_ids.functions(), lecture_ids.tests()
        yield "| equation | section | function | test |"
        yield "|---|---|---|---|"
        for lecture_id in filter(section_of.get, lecture_ids.LECTURE_IDS):
            section = f"[{section_of[lecture_id]}](eq-{lecture_id})"
            names = ((name.split(".", 2)[2], name) for name in functions[lecture_id])
            code = "<br>".join(f"{{py:obj}}`{short} <{name}>`" for short, name in names)
            checks = "<br>".join(checks_by_file(tests[lecture_id]))
            yield f"| {{eq}}`eq-{lecture_id}` | {section} | {code} | {checks} |"


def checks_by_file(names: list[str]) -> Iterator[str]:
    """Each file of tests with what its tests say: `test_network.py`: forward pass by hand; …"""
    for file, group in groupby(names, key=lambda name: name.split("::")[0]):
        yield f"`{file.split('/')[-1]}`: {'; '.join(map(said, group))}"


def said(test: str) -> str:
    """tests/networks/test_layout.py::test_the_lectures_order -> the lecture's order."""
    words = test.split("::")[-1].removeprefix("test_").replace("_", " ")
    return re.sub(r"\blectures\b", "lecture's", words)


class SlipList(Generated):
    """Every box in which the book corrects the notes, with a link to it."""

    def lines(self) -> Iterator[str]:
        for slip in lecture_ids.slips():
            yield f"- {slip.lecture_id}, [{slip.section}]({slip.label}). {slip.summary}"


class ExerciseTable(Generated):
    """Every set of exercises: how many, how long, how many points, and the notebook to download."""

    def lines(self) -> Iterator[str]:
        yield "| chapter | exercises | minutes | points | notebook |"
        yield "|---|---:|---:|---:|---|"
        total = [0, 0, 0]
        for path in exercise_sets.student_notebooks():
            notebook = exercise_sets.read(path)
            found = exercise_sets.exercises(notebook)
            row = [len(found), sum(e.minutes for e in found), sum(e.points for e in found)]
            total = [a + b for a, b in zip(total, row, strict=True)]
            link = f"[{exercise_sets.title(notebook)}](exercises/{path.name})"
            yield f"| {link} | {' | '.join(map(str, row))} | {download(path)} |"
        archive = download(exercise_sets.ARCHIVE)
        yield f"| all of them | {' | '.join(map(str, total))} | {archive} |"


def download(path: Path) -> str:
    return f"{{download}}`{path.name} <exercises/{path.name}>`"


@cache
def labelled() -> set[str]:
    """The ids of the lecture's equations that a chapter displays."""
    return {i for section in lecture_ids.sections() for i in section.equations}


def link_lecture_ids(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Turn ``Lecture B4, B5.`` in a docstring into links to those equations."""

    def linked(line: re.Match) -> str:
        return re.sub(
            r"[NBAOS]\d+",
            lambda found: f":eq:`eq-{found[0]}`" if found[0] in labelled() else found[0],
            line[0],
        )

    lines[:] = [lecture_ids.DOCSTRING_LINE.sub(linked, line) for line in lines]


def skip_aliases(
    app: Sphinx, what: str, name: str, thing: object, skip: bool, options: object
) -> bool | None:
    """Leave out the fields of named tuples: the docstring of the tuple explains them."""
    return True if (thing.__doc__ or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, object]:
    app.add_domain(LectureMathDomain, override=True)
    app.add_directive("lecture-map", LectureMap)
    app.add_directive("slip-list", SlipList)
    app.add_directive("exercise-table", ExerciseTable)
    app.connect("builder-inited", lambda app: exercise_sets.write_archive())
    app.connect("autodoc-process-docstring", link_lecture_ids)
    app.connect("autodoc-skip-member", skip_aliases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Each exercise carries the number of its chapter, 3.2, and leads to its section, and to its solution; and back.

Which section that is, the exercise says itself, where its checks name what to read again:
``where = "chapter 3, section 'Many inputs'"``. It may stand in an earlier chapter. An exercise that names none leads
to its own chapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import exercise_sets
import solutions
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

CHAPTERS, EXERCISES = "book/notebooks/", "book/exercises/"
SECTION = re.compile(r"""chapter (\d+), section (?:'([^'"]+)'|\\?"([^'"]+)\\?")""")


@dataclass(frozen=True)
class Link:
    """An exercise and the title of the section that it belongs to, or nothing."""

    label: str  # such as 3.2
    title: str
    set: str  # the name of its set, which is that of its chapter
    chapter: str
    section: str

    @property
    def anchor(self) -> str:
        return "exercise-" + self.label.replace(".", "-")

    @property
    def solution(self) -> str | None:
        """Where its solution stands on the page of solutions, if the book shows it."""
        number = int(self.label.partition(".")[2])
        return self.anchor.replace("exercise", "solution") if number in solutions.in_book().get(self.set, []) else None


@cache
def links(name: str) -> list[Link]:
    """The exercises of a set, which has the name of its chapter."""
    path = exercise_sets.STUDENT / f"{name}.ipynb"
    if not path.exists():
        return []
    found = []
    for exercise in exercise_sets.exercises(exercise_sets.read(path)):
        said = SECTION.search("\n".join(cell.source for cell in exercise.cells if cell.cell_type == "code"))
        chapter = next(other for other in names() if int(other[:2]) == int(said[1])) if said else name
        section = (said[2] or said[3]) if said else ""
        found.append(Link(f"{int(name[:2])}.{exercise.number}", exercise.title, name, chapter, section))
    return found


@cache
def names() -> list[str]:
    return [path.stem for path in exercise_sets.student_notebooks()]


def line(kind: str, *parts: nodes.Node) -> addnodes.only:
    """A line of a web page; on paper the numbers are enough."""
    wrapper = addnodes.only(expr="html")
    wrapper += nodes.paragraph("", "", *parts, classes=[kind])
    return wrapper


def link(text: str, address: str) -> nodes.reference:
    return nodes.reference("", text, refuri=address, internal=True)


def plain(title: str) -> str:
    return title.replace("’", "'").strip()


class ExerciseLinks(SphinxTransform):
    default_priority = 700  # before Sphinx collects titles, after the page has its sections

    def apply(self, **options: object) -> None:
        folder, _, name = self.env.docname.rpartition("/")
        if self.env.docname == solutions.PAGE:
            self.lead_back_to_exercises()
        if folder + "/" not in (CHAPTERS, EXERCISES) or not links(name):
            return
        for path in [Path(__file__), solutions.SPLIT, *exercise_sets.student_notebooks()]:
            self.env.note_dependency(str(path))
        (self.lead_to_exercises if folder + "/" == CHAPTERS else self.label)(name)

    def sections(self) -> Iterator[tuple[str, nodes.section]]:
        for section in self.document.findall(nodes.section):
            yield plain(section.next_node(nodes.title).astext()), section

    def lead_to_exercises(self, name: str) -> None:
        """End each section with links to its exercises, before its first subsection."""
        here = [one for other in names() for one in links(other) if one.chapter == name]
        for title, section in list(self.sections()):
            own = [one for one in here if plain(one.section) == title]
            if own:
                parts: list[nodes.Node] = [nodes.Text("Exercises: " if len(own) > 1 else "Exercise: ")]
                for k, one in enumerate(own):
                    parts += [nodes.Text(", ")] if k else []
                    parts.append(link(f"{one.label} {one.title}", f"../exercises/{one.set}.html#{one.anchor}"))
                inner = [k for k, child in enumerate(section) if isinstance(child, nodes.section)]
                section.insert(inner[0] if inner else len(section), line("exercise-links", *parts))

    def label(self, name: str) -> None:
        """Number the exercises with their chapter, in their titles, anchors and the table, and lead to the sections."""
        sections = dict(self.sections())
        for one in links(name):
            short = one.label.partition(".")[2]
            section = sections[f"{short} · {plain(one.title)}"]
            title = section.next_node(nodes.title)
            title[0] = nodes.Text(title[0].replace(f"{short} ·", f"{one.label} ·", 1))
            section["ids"].insert(0, one.anchor)
            anchor = f"#{nodes.make_id(one.section)}" if one.section in titles(one.chapter) else ""
            text = one.section if anchor else f"chapter {int(one.chapter[:2])}"
            back = link(text, f"../notebooks/{one.chapter}.html{anchor}")
            solved = [nodes.Text(" · "), link("Solution", f"../solutions.html#{one.solution}")] if one.solution else []
            section.insert(2, line("exercise-links", nodes.Text("Belongs to "), back, *solved))
        table = self.document.next_node(nodes.tbody)
        for row, one in zip(table.findall(nodes.row), links(name), strict=False):
            row[0].clear()
            row[0] += nodes.paragraph("", "", link(one.label, f"#{one.anchor}"))

    def lead_back_to_exercises(self) -> None:
        """Open each solution with a link to its exercise."""
        by_solution = {one.solution: one for name in names() for one in links(name)}
        for section in self.document.findall(nodes.section):
            for one in (by_solution[id] for id in section["ids"] if id in by_solution):
                back = link("Back to the exercise", f"exercises/{one.set}.html#{one.anchor}")
                section.insert(1, line("exercise-links", back))


@cache
def titles(name: str) -> set[str]:
    """The titles of a chapter's sections."""
    text = (exercise_sets.ROOT / f"book/chapters/{name}.md").read_text(encoding="utf-8")
    return {plain(title) for title in re.findall(r"^##+ (.+)$", text, re.MULTILINE)}


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(ExerciseLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What a set of exercises says about itself, and the archive of all of them.

A set is a notebook of book/exercises, or its master in exercises/source. It opens with a title and
a table of its exercises. Each exercise opens with a heading, ``## 3 · Title``, and the line
``*Code · ★★ · 20 minutes · 4 points.*``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import archives
import nbformat
from lecture_ids import ROOT
from nbformat import NotebookNode

STUDENT = ROOT / "book/exercises"
SOURCE = ROOT / "exercises/source"
ARCHIVE = STUDENT / "exercises.zip"

TITLE = re.compile(r"# Exercises: (.+)")
OPENING = re.compile(
    r"## (?P<number>\d+) · (?P<title>.+)\n+"
    r"\*(?P<kind>.+) · (?P<stars>★+) · (?P<minutes>\d+) minutes · (?P<points>\d+) points?\.\*"
)

# What stands around solutions and hidden tests in a master.
MARK = re.compile(r"^\s*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\s*$")


@dataclass(frozen=True)
class Exercise:
    """How an exercise opens, and the cells that belong to it."""

    number: int
    title: str
    kind: str
    stars: str
    minutes: int
    points: int
    cells: list[NotebookNode]


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def student_notebooks() -> list[Path]:
    return sorted(STUDENT.glob("*.ipynb"))


def masters() -> dict[str, Path]:
    """The master of every chapter, by the chapter's name."""
    return {path.stem: path for path in sorted(SOURCE.glob("*/*.ipynb"))}


def without_marks(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if not MARK.match(line))


def title(notebook: NotebookNode) -> str:
    """The title of the chapter that the set belongs to."""
    return TITLE.match(notebook.cells[0].source)[1]


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """The exercises of a set in their order; an exercise ends where the next one opens."""
    found: list[Exercise] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (opening := OPENING.match(cell.source)):
            said = opening.groupdict()
            numbers = {name: int(said.pop(name)) for name in ("number", "minutes", "points")}
            found.append(Exercise(**said, **numbers, cells=[]))
        if found:
            found[-1].cells.append(cell)
    return found


def write_archive(target: Path = ARCHIVE) -> None:
    """Put all student notebooks into one archive."""
    archives.write(target, ((f"exercises/{path.name}", path) for path in student_notebooks()))

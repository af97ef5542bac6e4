"""The page of solutions: of those exercises that exercises/solutions.toml names, taken from their masters.

All other solutions are for instructors: they stand in no page. Hidden tests stand in none either.
"""

from __future__ import annotations

import tomllib
from functools import cache

import exercise_sets
from lecture_ids import ROOT
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PAGE, PLACE = "book/solutions", "% solutions"
SPLIT = ROOT / "exercises/solutions.toml"


@cache
def in_book() -> dict[str, list[int]]:
    """The numbers of the exercises whose solutions the book shows, by the name of their set.

    Raises
    ------
    ExtensionError
        If the file names a set or an exercise that is not there, or leaves a set out.
    """
    split = tomllib.loads(SPLIT.read_text(encoding="utf-8"))
    masters = exercise_sets.masters()
    if left_out := [name for name in masters if name not in split]:
        line = f"{left_out[0]} = [1, 3, 5], or [] for none"
        raise ExtensionError(f"{SPLIT.name}: it leaves {left_out[0]} out; write {line}")
    for name, numbers in split.items():
        if name not in masters:
            raise ExtensionError(f"{SPLIT.name}: there is no set {name}; there are {', '.join(masters)}")
        known = [one.number for one in exercise_sets.exercises(exercise_sets.read(masters[name]))]
        if unknown := [number for number in numbers if number not in known]:
            raise ExtensionError(f"{SPLIT.name}: {name} has no exercise {unknown[0]}; it has {known[0]} to {known[-1]}")
    return split


def solution(cell: NotebookNode) -> str:
    """A solution's cell in a master, as Markdown."""
    code = cell.cell_type == "code"
    return f"```python\n{exercise_sets.without_marks(cell.source)}\n```" if code else cell.source


def lines() -> list[str]:
    """What the page shows: a section for each set, and in it one for each exercise of the split."""
    found = []
    for name, path in exercise_sets.masters().items():
        numbers, master = in_book().get(name, []), exercise_sets.read(path)
        if numbers:
            found.append(f"## {int(name[:2])}. {exercise_sets.title(master)}")
        for exercise in exercise_sets.exercises(master):
            if exercise.number in numbers:
                label = f"{int(name[:2])}.{exercise.number}"
                found.append(f"(solution-{label.replace('.', '-')})=\n### {label} · {exercise.title}")
                marked = (cell for cell in exercise.cells if cell.metadata.get("nbgrader", {}).get("solution"))
                found += [solution(cell) for cell in marked]
    return found


def fill(app: Sphinx, name: str, source: list[str]) -> None:
    if name == PAGE:
        source[0] = source[0].replace(PLACE, "\n\n".join(lines()))
        for path in [SPLIT, *exercise_sets.masters().values()]:
            app.env.note_dependency(str(path))


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

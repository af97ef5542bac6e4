"""Every set of exercises is complete; its solutions pass their checks, wrong answers do not."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from functools import cache

import exercise_sets
import matplotlib
import matplotlib.pyplot as plt
import pytest
import release
from build_notebooks import CHAPTERS, METADATA, code_cells
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_grade, is_solution

MASTERS = release.masters()
WRONG_ANSWERS = release.ROOT / "exercises/wrong_answers"
WRONG_ANSWER = re.compile(r"^# %% (\S+): (.+)$", re.MULTILINE)
# | 3 | Title | Code | ★★ | 20 | 4 |
ROW = re.compile(r"^\| *(\d+) \| (.+) \| (.+) \| (★+) \| (\d+) \| (\d+) *\|$", re.MULTILINE)

per_master = pytest.mark.parametrize("name", MASTERS)


@cache
def master(name: str) -> NotebookNode:
    return exercise_sets.read(MASTERS[name])


@cache
def exercises(name: str) -> list[exercise_sets.Exercise]:
    return exercise_sets.exercises(master(name))


def is_check(cell: NotebookNode) -> bool:
    return is_grade(cell) and not is_solution(cell)


def grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


# ---------------------------------------------------------------- what a set consists of


def test_every_chapter_has_its_set():
    names = sorted(path.stem for path in CHAPTERS.glob("*.md"))
    assert list(MASTERS) == names
    assert [path.stem for path in exercise_sets.student_notebooks()] == names


@per_master
def test_stored_clean(name):
    assert MASTERS[name].parent.name == name, "nbgrader calls the set like its folder"
    assert master(name).metadata == METADATA
    for cell in code_cells(master(name)):
        assert (cell.outputs, cell.execution_count) == ([], None), cell.id


@per_master
def test_metadata_are_those_of_nbgrader(name):
    MetadataValidator().validate_nb(master(name))
    for cell in master(name).cells:
        if "nbgrader" in cell.metadata:
            assert cell.id == grade_id(cell)
            assert cell.metadata.nbgrader.schema_version == MetadataValidator.schema_version
        else:
            assert cell.cell_type == "markdown", f"{cell.id}: a student could change it unseen"


def test_ids_differ():
    ids = Counter(cell.id for name in MASTERS for cell in master(name).cells)
    assert [cell for cell, count in ids.items() if count > 1] == []


@per_master
def test_title_is_that_of_the_chapter(name):
    chapter = (CHAPTERS / f"{name}.md").read_text(encoding="utf-8")
    assert exercise_sets.title(master(name)) == re.search(r"^# (.+)", chapter, re.MULTILINE)[1]


@per_master
def test_kinds_of_exercises(name):
    kinds = Counter(exercise.kind for exercise in exercises(name))
    assert 5 <= kinds.total() <= 8
    assert set(kinds) == {"Pencil and paper", "Code", "Mend a mistake", "Exploration"}
    assert kinds["Code"] + kinds["Mend a mistake"] >= 3


@per_master
def test_exercises_are_those_of_the_table(name):
    headings = re.findall(r"^## (.+)", "\n".join(
        cell.source for cell in master(name).cells if cell.cell_type == "markdown"), re.MULTILINE)
    assert headings == [f"{e.number} · {e.title}" for e in exercises(name)]
    assert [e.number for e in exercises(name)] == list(range(1, len(headings) + 1))
    told = [tuple(map(str, (e.number, e.title, e.kind, e.stars, e.minutes, e.points)))
            for e in exercises(name)]
    assert ROW.findall(master(name).cells[0].source) == told
    assert all(len(e.stars) <= 3 for e in exercises(name))


@per_master
def test_last_row_of_the_table_adds_up(name):
    [row] = re.findall(r"^\| \| total \|.*$", master(name).cells[0].source, re.MULTILINE)
    minutes, points = (sum(getattr(e, what) for e in exercises(name)) for what in ("minutes", "points"))
    assert row == f"| | total | | | {minutes} | {points} |"


@per_master
def test_points_are_those_of_the_cells(name):
    for exercise in exercises(name):
        graded = [cell for cell in exercise.cells if is_grade(cell)]
        points = sum(cell.metadata.nbgrader.points for cell in graded)
        assert points == exercise.points, exercise.title
        wanted = is_solution if exercise.kind in {"Pencil and paper", "Exploration"} else is_check
        assert any(map(wanted, graded)), exercise.title


# ---------------------------------------------------------------- right and wrong answers


def wrong_answers(name: str) -> dict[str, dict[str, str]]:
    """The code of the typical wrong answers, by the cell they stand in for and what is wrong."""
    text = (WRONG_ANSWERS / f"{name}.py").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    parts = WRONG_ANSWER.split(text)[1:]
    for cell, what, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(cell, {})[what] = code
    return found


def checks_after(cells: list[NotebookNode], position: int) -> list[NotebookNode]:
    """The checks of a solution cell: those before the next solution, or else the next ones."""
    found: list[NotebookNode] = []
    for cell in cells[position + 1 :]:
        if found and is_solution(cell):
            break
        found += [cell] if is_check(cell) else []
    return found


def run(source: str, names: dict[str, object], where: str) -> None:
    exec(compile(source, f"<{where}>", "exec"), names)


def failures(cells: list[NotebookNode], position: int, answer: str, names: dict[str, object]
             ) -> dict[str, Exception]:  # fmt: skip
    """Run a solution cell with another answer, and on to its checks; tell which cells fail."""
    failed, before = {}, dict(names)
    last = cells.index(checks_after(cells, position)[-1])
    for cell in cells[position : last + 1]:
        if cell.cell_type == "code":
            try:
                run(answer if cell is cells[position] else cell.source, names, cell.id)
            except Exception as error:
                failed[cell.id] = error
    # Functions look their names up in this very dictionary, so it is put back, not copied.
    names.clear()
    names.update(before)
    return failed


@per_master
def test_right_answers_pass_and_wrong_ones_do_not(name):
    released = {cell.id: cell.source for cell in release.student(master(name)).cells}
    wrong, names, faults = wrong_answers(name), {"__name__": "__main__"}, []
    with matplotlib.rc_context(), warnings.catch_warnings(action="ignore"):
        for owner in [None, *exercises(name)]:
            cells = owner.cells if owner else opening_cells(name)
            for position, cell in enumerate(cells):
                if cell.cell_type != "code":
                    continue
                if is_solution(cell) and checks_after(cells, position):
                    faults += accepted(cells, position, names, released, wrong.pop(cell.id, {}))
                with warnings.catch_warnings():
                    if is_check(cell):  # nbgrader gives no points for one that writes to stderr
                        warnings.simplefilter("error", RuntimeWarning)
                    run(cell.source, names, cell.id)
            plt.close("all")
    assert not faults, "\n".join(faults)
    assert list(wrong) == [], "wrong answers for cells that have no check"


def opening_cells(name: str) -> list[NotebookNode]:
    cells = master(name).cells
    return cells[: cells.index(exercises(name)[0].cells[0])]


def accepted(cells: list[NotebookNode], position: int, names: dict[str, object],
             released: dict[str, str], wrong: dict[str, str]) -> list[str]:  # fmt: skip
    """Say which wrong answers pass, the released cell among them, and which do not run."""
    cell, checks = cells[position], checks_after(cells, position)
    visible = [NotebookNode(other, source=released[other.id]) for other in cells]
    failed = failures(visible, position, released[cell.id], names)
    found = [f"{check.id} passes untouched" for check in checks if check.id not in failed]
    for what, code in wrong.items():
        failed = failures(cells, position, code, names)
        if cell.id in failed:
            found.append(f"{cell.id}: {what}: does not run: {failed[cell.id]!r}")
        elif not any(check.id in failed for check in checks):
            found.append(f"{cell.id}: {what}: passes")
        elif any(lacks_a_name(failed.get(check.id)) for check in checks):
            found.append(f"{cell.id}: {what}: fails because a name is missing")
    return found


def lacks_a_name(error: BaseException | None) -> bool:
    """Tell whether a name is missing, also where a check has caught the error and told it."""
    return error is not None and (isinstance(error, NameError) or lacks_a_name(error.__context__))


@per_master
def test_typical_wrong_answers_are_written(name):
    wrong = wrong_answers(name)
    for exercise in exercises(name):
        if exercise.kind in {"Code", "Mend a mistake"}:
            count = sum(len(wrong.get(cell.id, {})) for cell in exercise.cells)
            assert count >= 2, f"{exercise.title}: {count} wrong answers"

"""What is made from the masters: student notebooks, their archive, the solutions edition."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import build_notebooks
import exercise_sets
import lecture
import pytest
import release
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution

MASTERS = release.masters()
# The one that nbgrader grades here: its master runs in a second.
GRADED = "05_forward_mode"


def meta(grade_id: str, **kinds: object) -> dict[str, dict[str, object]]:
    fields = dict.fromkeys(["grade", "solution", "locked", "task"], False) | {"schema_version": 3}
    return {"nbgrader": fields | {"grade_id": grade_id} | kinds}


@pytest.fixture
def small(tmp_path):
    """The path of a master with one exercise of each kind of cell."""
    cells = [
        new_markdown_cell("# Exercises: Squares\n\nRun the cells.", id="title"),
        new_markdown_cell(
            "## 1 · A square\n\n*Code · ★ · 5 minutes · 3 points.*\n\nWrite $x^2$.",
            id="square-text", metadata=meta("square-text", locked=True)),
        new_code_cell(
            "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION",
            id="square", metadata=meta("square", solution=True)),
        new_code_cell(
            "assert square(2) == 4\n"
            "### BEGIN HIDDEN TESTS\nassert square(-3) == 9\n### END HIDDEN TESTS",
            id="square-check", metadata=meta("square-check", grade=True, locked=True, points=2)),
        new_markdown_cell(
            "The area of a square with the side $x$.", id="square-why",
            metadata=meta("square-why", grade=True, solution=True, points=1)),
    ]  # fmt: skip
    path = tmp_path / "00_squares.ipynb"
    build_notebooks.store(new_notebook(cells=cells, metadata=build_notebooks.METADATA), path)
    return path


# ---------------------------------------------------------------- student notebooks


def test_student_notebook_has_neither_solutions_nor_hidden_tests(small):
    master = exercise_sets.read(small)
    title, text, code, check, why = release.student(master).cells
    assert [title, text.source] == [master.cells[0], master.cells[1].source]
    assert code.source == "def square(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert check.source == "assert square(2) == 4"
    assert why.source == "YOUR ANSWER HERE"
    may_edit = [cell.metadata.get("editable", True) for cell in (text, code, check, why)]
    assert may_edit == [False, True, False, True]


def test_what_jupyterlab_saves_is_put_in_order(small):
    """An exercise added in JupyterLab with nbgrader's panel, as it saves it; the table has not heard of it."""
    table = "| | exercise | kind |\n|---|---|---|\n"
    master = exercise_sets.read(small)
    master.cells[0].source += f"\n\n{table}| 1 | Old | Code |\n\nMore."
    fields = {"grade_id": "cell-91f3bad98b8a6ad6", "locked": True}
    master.cells += [
        new_markdown_cell("## 2 · A cube\n\n*Code · ★★ · 10 minutes · 1 point.*", id="30b29e43-f78f-4add",
                          metadata={"editable": True} | meta("cube-text", locked=True)),
        new_code_cell("1 + 1", id="652ae0bd-f820-47bb", metadata={"trusted": True} | meta(**fields),
                      execution_count=3, outputs=[new_output("stream", text="2")]),
    ]  # fmt: skip
    master.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    done = release.tidy(master)
    assert done.metadata == build_notebooks.METADATA
    assert [cell.id for cell in done.cells[-2:]] == ["cube-text", "cell-91f3bad98b8a6ad6"]
    assert (done.cells[-1].outputs, done.cells[-1].execution_count) == ([], None)
    assert [list(cell.metadata) for cell in done.cells] == [[], *[["nbgrader"]] * 6]
    rows = ["| 1 | A square | Code | ★ | 5 | 3 |", "| 2 | A cube | Code | ★★ | 10 | 1 |", "| | total | | | 15 | 4 |"]
    assert done.cells[0].source.endswith(table + "\n".join(rows) + "\n\nMore.")


@pytest.mark.parametrize("name", MASTERS)
def test_a_stored_master_is_in_order(name):
    master = exercise_sets.read(MASTERS[name])
    assert release.tidy(master) == master, "run: make exercises"


@pytest.mark.parametrize("name", MASTERS)
def test_student_notebook_is_in_step_with_its_master(name, tmp_path):
    fresh = release.student(exercise_sets.read(MASTERS[name]))
    build_notebooks.store(fresh, tmp_path / "fresh.ipynb")
    stored = exercise_sets.STUDENT / f"{name}.ipynb"
    assert stored.read_bytes() == (tmp_path / "fresh.ipynb").read_bytes(), "run: make exercises"


def test_archive_holds_the_student_notebooks_and_has_the_same_bytes_twice(tmp_path):
    archives = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in archives:
        exercise_sets.write_archive(path)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as archive:
        held = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert held == {path.name: path.read_bytes() for path in exercise_sets.student_notebooks()}


def test_table_of_exercises_agrees_with_the_masters():
    _, _, *rows, total = lecture.ExerciseTable.lines(None)
    sums = []
    for row, path in zip(rows, MASTERS.values(), strict=True):
        found = exercise_sets.exercises(exercise_sets.read(path))
        cells = [cell for exercise in found for cell in exercise.cells if is_grade(cell)]
        points = sum(cell.metadata.nbgrader.points for cell in cells)
        sums.append((len(found), sum(e.minutes for e in found), points))
        assert f"/{path.name}) | {' | '.join(map(str, sums[-1]))} |" in row
    assert f"| {' | '.join(str(sum(column)) for column in zip(*sums))} |" in total


# ---------------------------------------------------------------- the solutions edition


def test_page_of_solutions(small, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "SOLUTIONS", tmp_path)
    assert release.write_solutions(small) is None
    page = (tmp_path / "00_squares.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    text = soup.get_text()
    assert soup.title.get_text() == "Solutions: Squares"
    for shown in ["return x * x", "assert square(-3) == 9", "The area of a square"]:
        assert shown in text
    assert not re.search("BEGIN|END (SOLUTION|HIDDEN)|YOUR|nbgrader|grade_id", page)
    # No page asks another host for anything.
    assets = {tag.get("src") or tag.get("href") for tag in soup(["script", "link", "img", "iframe"])}
    assert assets - {None} == {"mathjax/tex-svg.js"}
    assert not re.search(r"(?:url\(|@import|import\b.*from)\s*[\"']?(?:https?:)?//", page)


def test_index_of_solutions(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "SOLUTIONS", tmp_path)
    release.write_index()
    soup = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [link["href"] for link in soup("a")] == [f"{name}.html" for name in MASTERS]
    assert (tmp_path / "mathjax/tex-svg.js").is_file()


def test_master_that_fails_is_told(small, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "SOLUTIONS", tmp_path)
    wrong = small.read_text(encoding="utf-8").replace("x * x", "x * x * x")
    small.write_text(wrong, encoding="utf-8")
    assert "square-check failed" in release.write_solutions(small)
    assert not (tmp_path / "00_squares.html").exists()


# ---------------------------------------------------------------- nbgrader itself


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course folder in which nbgrader has released all sets and graded two answers to one."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    folder.mkdir()
    shutil.copy(release.ROOT / "exercises/nbgrader_config.py", folder)
    for name, path in MASTERS.items():
        (folder / "source" / name).mkdir(parents=True)
        shutil.copy(path, folder / "source" / name)
    nbgrader(folder, "generate_assignment", "*")
    for student, step in {"solved": "source", "untouched": "release"}.items():
        shutil.copytree(folder / step / GRADED, folder / "submitted" / student / GRADED)
    nbgrader(folder, "autograde", GRADED)
    return folder


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run a command of nbgrader, which finds its own tools on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("name", MASTERS)
def test_nbgrader_releases_the_same(course, name):
    theirs = json.loads((course / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    ours = json.loads((exercise_sets.STUDENT / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert theirs["cells"] == ours["cells"]


def test_nbgrader_grades_a_master_with_all_points_and_the_untouched_with_none(course):
    checks = [cell for cell in exercise_sets.read(MASTERS[GRADED]).cells
              if is_grade(cell) and not is_solution(cell)]
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        scores = {student: gradebook.find_submission(GRADED, student).score
                  for student in ["solved", "untouched"]}
    points = sum(cell.metadata.nbgrader.points for cell in checks)
    assert scores == {"solved": points, "untouched": 0}

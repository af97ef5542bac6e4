"""The book shows the solutions that exercises/solutions.toml names, and no others."""

from __future__ import annotations

import re
import zipfile

import archives
import exercise_links
import exercise_sets
import pytest
import solutions
from nbgrader.utils import is_grade, is_solution
from sphinx.errors import ExtensionError

MASTERS = exercise_sets.masters()
SET = "05_forward_mode"


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


@pytest.fixture
def split(tmp_path, monkeypatch):
    """Write another split into the place of the stored one; a set that it does not name shows nothing."""

    def write(text: str) -> None:
        path = tmp_path / "solutions.toml"
        others = [f"{name} = []" for name in MASTERS if name not in text]
        path.write_text("\n".join([text, *others]), encoding="utf-8")
        monkeypatch.setattr(solutions, "SPLIT", path)
        solutions.in_book.cache_clear()

    yield write
    solutions.in_book.cache_clear()


def page() -> str:
    return "\n\n".join(solutions.lines())


def shown() -> list[str]:
    """The labels of the solutions on the page."""
    return re.findall(r"^### (\S+) · ", page(), re.MULTILINE)


def test_the_page_shows_about_half_and_all_cells_of_each():
    every = [(name, one) for name, path in MASTERS.items()
             for one in exercise_sets.exercises(exercise_sets.read(path))]  # fmt: skip
    wanted = [(name, one) for name, one in every if one.number in solutions.in_book()[name]]
    assert shown() == [f"{int(name[:2])}.{one.number}" for name, one in wanted]
    assert 0.4 < len(wanted) / len(every) < 0.6
    text = page()
    for _, one in wanted:
        for cell in filter(is_solution, one.cells):
            assert exercise_sets.without_marks(cell.source) in text


def test_every_set_keeps_some_for_instructors_and_shows_some():
    for name, path in MASTERS.items():
        numbers = {one.number for one in exercise_sets.exercises(exercise_sets.read(path))}
        assert set() < set(solutions.in_book()[name]) < numbers


@pytest.mark.parametrize("name", MASTERS)
def test_the_page_holds_no_other_solution_no_check_and_no_mark(name):
    text = letters(page())
    for one in exercise_sets.exercises(exercise_sets.read(MASTERS[name])):
        for cell in one.cells:
            kept = is_solution(cell) and one.number not in solutions.in_book()[name]
            hidden = re.findall(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", cell.source, re.DOTALL)
            if kept and cell.cell_type == "markdown":
                hidden = [cell.source]
            for part in hidden if kept or (is_grade(cell) and not is_solution(cell)) else []:
                lines = [line for line in map(letters, part.splitlines()) if len(line) > 12]
                assert not lines or sum(line in text for line in lines) < 0.8 * len(lines), f"it holds {cell.id}"
    assert not re.search("BEGIN|HIDDEN|YOUR (CODE|ANSWER)|nbgrader", page())


def test_another_split_moves_a_solution(split):
    second = exercise_sets.exercises(exercise_sets.read(MASTERS[SET]))[1]
    proof = next(cell.source for cell in second.cells if is_solution(cell))
    assert proof not in page()
    split(f"{SET} = [2]")
    assert shown() == ["5.2"]
    assert proof in page()
    assert [one.solution for one in exercise_links.links(SET)][:3] == [None, "solution-5-2", None]
    split(f"{SET} = []")
    assert page() == ""


@pytest.mark.parametrize(("text", "says"), [
    (f"{SET} = [1, 9]", f"solutions.toml: {SET} has no exercise 9; it has 1 to 6"),
    ("05_forwards = [1]", "solutions.toml: there is no set 05_forwards; there are 01_neural_network_layout"),
    (f"# {SET} = [1]", f"solutions.toml: it leaves {SET} out; write {SET} = [1, 3, 5], or [] for none"),
])  # fmt: skip
def test_what_is_not_there_is_told(split, text, says):
    split(text)
    with pytest.raises(ExtensionError, match=re.escape(says)):
        solutions.lines()


def test_no_download_holds_a_master(tmp_path):
    archives.write(tmp_path / "all.zip", archives.notebook_files())
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        texts = [archive.read(name).decode(errors="ignore") for name in archive.namelist() if name.endswith(".ipynb")]
    assert len(texts) == 2 * len(MASTERS)
    assert not any("BEGIN SOLUTION" in text or "BEGIN HIDDEN" in text for text in texts)

"""No page of the book holds the solution of an exercise."""

from __future__ import annotations

import re

import exercise_sets
import lecture_ids
import pytest
import release


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


@pytest.mark.parametrize("name", release.masters())
def test_no_page_holds_a_solution(name):
    """A line may be in a chapter as well; the lines of a whole solution are in none."""
    pages = {path.name: letters(path.read_text(encoding="utf-8"))
             for path in [*lecture_ids.ROOT.glob("book/*.md"), *lecture_ids.chapters()]}  # fmt: skip
    for cell in exercise_sets.read(release.masters()[name]).cells:
        for solution in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL):
            lines = [letters(line) for line in solution.splitlines() if not line.strip().startswith("#")]
            lines = [line for line in lines if len(line) > 12]
            for page, text in pages.items():
                assert not lines or sum(line in text for line in lines) < 0.8 * len(lines), f"{page} solves {cell.id}"

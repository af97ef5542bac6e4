"""Every chapter has the same form."""

from __future__ import annotations

import re
from pathlib import Path

import build_notebooks
import pytest
from build_notebooks import code_cells, read_chapter

CHAPTERS = sorted(build_notebooks.CHAPTERS.glob("*.md"))

pytestmark = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


def prose(chapter: Path) -> str:
    cells = read_chapter(chapter).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def part(text: str, heading: str) -> str:
    """What stands under the second-level heading, before the next one."""
    match = re.search(rf"^## {heading}\s*$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no section '## {heading}'"
    return match[1].strip()


def items(text: str) -> list[str]:
    return re.findall(r"^\s*(?:[-*]|\d+\.) +(.+)", text, re.MULTILINE)


def opening(text: str) -> str:
    """What stands between the title and the first section."""
    return re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0]


def test_one_title_with_its_label(chapter):
    text = prose(chapter)
    assert re.match(r"\(ch-[a-z-]+\)=\n# \S", text)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


def test_opening(chapter):
    text = opening(prose(chapter))
    assert "?" in text, "the question that the chapter answers"
    assert re.search("prerequisites", text, re.IGNORECASE)
    assert re.search(r"\d+ minutes", text)
    assert re.search("objectives", text, re.IGNORECASE)
    assert 3 <= len(items(text)) <= 5, "three to five objectives, and no other list"


def test_take_aways_answer_the_objectives(chapter):
    text = prose(chapter)
    assert len(items(part(text, "Take-aways"))) == len(items(opening(text)))


def test_says_what_can_go_wrong(chapter):
    assert len(part(prose(chapter), "What can go wrong").split()) >= 40


def test_further_reading_cites(chapter):
    assert "{cite" in part(prose(chapter), "Further reading")


def test_code_cells_are_few_and_short(chapter):
    cells = code_cells(read_chapter(chapter))
    assert 12 <= len(cells) <= 20
    lengths = {cell.id: sum(bool(line.strip()) for line in cell.source.splitlines())
               for cell in cells}
    assert {cell: length for cell, length in lengths.items() if length > 10} == {}

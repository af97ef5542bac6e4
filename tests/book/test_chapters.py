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


QUICK = re.compile(r"^::::\{admonition\} Three quick questions\n:class: quick\n\n(.*?)^::::$", re.MULTILINE | re.DOTALL)
QUESTION = re.compile(
    r"^\d\. (?P<asked>.+?)\n\n"
    r" +\(a\) (?P<a>.+?) \\\n +\(b\) (?P<b>.+?) \\\n +\(c\) (?P<c>.+?)\n\n"
    r" +:::\{admonition\} Answer\n +:class: dropdown\n(?P<answer>.+?)\n +:::$",
    re.MULTILINE | re.DOTALL,
)


def questions(text: str) -> list[list[dict[str, str]]]:
    """The sets of quick questions, each with its questions."""
    return [[match.groupdict() for match in QUESTION.finditer(quick)] for quick in QUICK.findall(text)]


def right(question: dict[str, str]) -> str:
    """The letter of the right answer, with which its explanation opens."""
    return re.match(r"\s*\*\*\(([abc])\)\*\* ", question["answer"])[1]


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


# ---------------------------------------------------------------- how much there is to read


def without_formulas(text: str) -> str:
    """Text as a reader counts it: without displayed formulas and without the marks for the slides."""
    return re.sub(r"\$\$.*?\$\$|<!--.*?-->", "", text, flags=re.DOTALL)


def test_text_has_at_most_2200_words_and_a_set_of_questions_200_more(chapter):
    text = prose(chapter)
    assert len(without_formulas(QUICK.sub("", text)).split()) <= 2200
    for quick in questions(text):
        assert len(" ".join(part for question in quick for part in question.values()).split()) <= 200


# ---------------------------------------------------------------- quick questions


def test_every_group_of_sections_ends_with_three_quick_questions(chapter):
    text = prose(chapter)
    body = text[text.index("\n## ") : text.index("\n## What can go wrong")]
    *groups, after = QUICK.sub("\0", body).split("\0")
    assert not after.strip(), "the last set closes the last section"
    assert 2 <= len(groups) <= 3
    assert {group.count("\n## ") for group in groups} <= {2, 3, 4}, "two to four sections that belong together"
    assert [len(quick) for quick in questions(text)] == [3] * len(groups)


def test_every_wrong_choice_is_explained(chapter):
    for question in (one for quick in questions(prose(chapter)) for one in quick):
        named = re.findall(r"\(([abc])\)", question["answer"])
        assert named[0] == right(question)
        assert set(named) == {"a", "b", "c"}, f"{question['asked']}: the answer does not speak of all three"


def test_no_letter_is_a_good_guess(chapter):
    letters = [right(question) for quick in questions(prose(chapter)) for question in quick]
    assert set(letters) == {"a", "b", "c"}
    assert max(map(letters.count, letters)) <= len(letters) / 2

"""Where the lecture's equations are: in which section, which function, which test.

The three places say it themselves, and this module only reads them:

- a chapter labels the equation, ``$$ … $$ (eq-B4)``, and links its code in the same section;
- a docstring has a line that begins with ``Lecture B4, B5.``;
- a test has the mark ``@pytest.mark.lecture("B4", "B5")``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LECTURE_IDS = [
    f"{letter}{number}"
    for letter, count in {"N": 6, "B": 8, "A": 10, "O": 5, "S": 2}.items()
    for number in range(1, count + 1)
]

EQUATION = re.compile(r"\$\$\s*\((eq-([NBAOS]\d+))\)\s*$")
HEADING = re.compile(r"#{1,6}\s+(.+?)\s*$")
FENCE = re.compile(r"(`{3,})")
CODE_LINK = re.compile(r"\{py:\w+\}`[^`]*?(course_lib\.[\w.]+)>?`")
SLIP = re.compile(r"\((slip-([NBAOS]\d+)[\w-]*)\)=\s*$")
DOCSTRING_LINE = re.compile(r"^\s*Lecture ([NBAOS]\d+(?:, [NBAOS]\d+)*)\.(?=\s|$)", re.MULTILINE)
TITLE = re.compile(r"#\s+(.+?)\s*$")
CHAPTER_LABEL = re.compile(r"\((ch-[a-z-]+)\)=\s*$")
PREREQUISITES = re.compile(r"\*\*Prerequisites\..*?\*\*Time\.", re.DOTALL)
CHAPTER_LINK = re.compile(r"\{ref\}`(?:[^`]*<)?(ch-[a-z-]+)>?`")
MINUTES = re.compile(r"(\d+) minutes")


@dataclass
class Section:
    """One heading of a chapter and what stands under it, before the next heading."""

    chapter: str
    title: str
    equations: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Slip:
    """A box in which the book corrects the lecture notes."""

    label: str
    lecture_id: str
    chapter: str
    section: str
    summary: str


@dataclass(frozen=True)
class Opening:
    """How a chapter begins: its label, its title, the minutes it takes, the labels it builds on."""

    label: str
    title: str
    minutes: int
    rests_on: tuple[str, ...] = ()


def openings(root: Path = ROOT) -> list[Opening]:
    """The beginnings of all chapters; the first "NN minutes" on a page are the chapter's."""
    found = []
    for chapter in chapters(root):
        lines = [line for _, line in text_lines(chapter)]
        label, title, minutes = (
            next(match[1] for match in map(pattern, lines) if match)
            for pattern in (CHAPTER_LABEL.match, TITLE.match, MINUTES.search)
        )
        needed = PREREQUISITES.search("\n".join(lines))
        rests_on = CHAPTER_LINK.findall(needed[0]) if needed else []
        found.append(Opening(label, title, int(minutes), tuple(rests_on)))
    return found


def chapters(root: Path = ROOT) -> list[Path]:
    return sorted((root / "book/chapters").glob("*.md"))


def library(root: Path = ROOT) -> dict[str, Path]:
    """Every module of the library by its dotted name."""
    paths = sorted((root / "course_lib").rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def inputs(root: Path = ROOT) -> list[Path]:
    """Every file that this module reads, and the sets of exercises."""
    return [
        *chapters(root),
        *library(root).values(),
        *sorted((root / "tests").rglob("test_*.py")),
        *sorted((root / "book/exercises").glob("*.ipynb")),
    ]


def text_lines(chapter: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a chapter outside its code: there a # is no heading."""
    fence = ""
    for number, line in enumerate(chapter.read_text(encoding="utf-8").splitlines()):
        mark = FENCE.match(line)
        if not fence and not mark:
            yield number, line
        elif not fence:
            fence = mark[1]
        elif line.strip() == fence:
            fence = ""


def sections(root: Path = ROOT) -> list[Section]:
    """Every section of every chapter, in the book's order."""
    found = []
    for chapter in chapters(root):
        current = Section(chapter.stem, "")
        for _, line in text_lines(chapter):
            if heading := HEADING.match(line):
                current = Section(chapter.stem, heading[1])
                found.append(current)
            if equation := EQUATION.search(line):
                current.equations.append(equation[2])
            if slip := SLIP.match(line):
                current.slips.append(slip[1])
            current.code += CODE_LINK.findall(line)
    return found


def slips(root: Path = ROOT) -> list[Slip]:
    """Every box that corrects the notes, with the first paragraph it holds."""
    found = []
    for chapter in chapters(root):
        lines = chapter.read_text(encoding="utf-8").splitlines()
        section = ""
        for number, line in text_lines(chapter):
            if heading := HEADING.match(line):
                section = heading[1]
            if slip := SLIP.match(line):
                summary = box_summary(lines[number + 1 :])
                found.append(Slip(slip[1], slip[2], chapter.stem, section, summary))
    return found


def box_summary(lines: list[str]) -> str:
    """The first paragraph of the admonition that these lines begin with."""
    opening = next(i for i, line in enumerate(lines) if line.strip())
    if not lines[opening].startswith(":::"):
        return ""
    paragraph: list[str] = []
    for line in lines[opening + 1 :]:
        text = line.strip()
        if text.startswith(":::") or (paragraph and not text):
            break
        if text and not re.match(r":\w+:", text):
            paragraph.append(text)
    return " ".join(paragraph)


def functions(root: Path = ROOT) -> dict[str, list[str]]:
    """Lecture id -> full names of the functions, classes and methods that compute it."""
    found: dict[str, list[str]] = {name: [] for name in LECTURE_IDS}
    for module, path in library(root).items():
        if path.name.startswith("_"):
            continue  # a faster form for the library's own use
        for name, node in definitions(ast.parse(path.read_text(encoding="utf-8"))):
            for line in DOCSTRING_LINE.findall(ast.get_docstring(node) or ""):
                for lecture_id in line.split(", "):
                    found.setdefault(lecture_id, []).append(f"{module}.{name}")
    return found


def tests(root: Path = ROOT) -> dict[str, list[str]]:
    """Lecture id -> the tests that check it, as file::name."""
    found: dict[str, list[str]] = {name: [] for name in LECTURE_IDS}
    for path in sorted((root / "tests").rglob("test_*.py")):
        file = path.relative_to(root).as_posix()
        for name, node in definitions(ast.parse(path.read_text(encoding="utf-8"))):
            for lecture_id in marked_ids(node):
                found.setdefault(lecture_id, []).append(f"{file}::{name.replace('.', '::')}")
    return found


def definitions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The functions and classes of a module, and the methods of its classes, by dotted name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node, f"{prefix}{node.name}.")


def marked_ids(node: ast.AST) -> list[str]:
    """The arguments of the mark ``pytest.mark.lecture`` on a test."""
    return [
        argument.value
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.lecture"
        for argument in mark.args
    ]

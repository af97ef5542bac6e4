"""What is in a master and in a submission, and how the two make the notebook that is graded.

The master gives the order, the text of every locked cell and the checks. The submission gives the solution
cells, by their grade ids, and the cells that the student has added.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import textwrap
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from talk import clean

SUBMISSION_BYTES = 32 * 2**20
HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?^[ \t]*### END SOLUTION[^\n]*\n?", re.MULTILINE | re.DOTALL)
STUB = re.compile(r"# YOUR CODE HERE|raise NotImplementedError(\(\))?|YOUR ANSWER HERE|\s")
PASTED = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+=*)")


class Unreadable(Exception):
    """A submission that is no notebook; somebody has to look at it."""


@dataclass(frozen=True)
class Cell:
    """A cell as it is graded.

    Its role is "text", "locked", "solution", "check" or "manual"; "extra" for one that the student has added, "changed"
    for what the student made of a cell that is not the answer's, which is shown and not run.
    """

    grade_id: str  # nbgrader's name of it; empty for one that the student has added
    role: str
    code: bool
    source: str
    exercise: int = 0  # the number of the heading it stands under; 0 before the first
    points: float = 0.0
    images: tuple[str, ...] = ()  # pasted into it or drawn by it, as data URLs
    given: str = ""  # what the student got to begin with

    @property
    def runs(self) -> bool:
        return self.code and self.role in ("locked", "solution", "manual", "extra")

    @property
    def filled(self) -> bool:
        """Whether the student has written anything into it."""
        return STUB.sub("", self.source) not in ("", STUB.sub("", self.given)) or bool(self.images)

    @property
    def written(self) -> bool:
        """Whether it is something of the student's, to be shown to who marks."""
        return self.role in ("solution", "manual", "extra", "changed") and self.filled

    def visible(self) -> str:
        return HIDDEN.sub("", self.source)

    def hidden(self) -> str:
        return "\n".join(textwrap.dedent(part) for part in HIDDEN.findall(self.source))


@dataclass(frozen=True)
class Master:
    """A master: its cells, the titles of its exercises, and what tells whether it has changed."""

    path: Path
    digest: str
    cells: list[Cell]
    titles: dict[int, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()  # that nothing is asked in, squeezed

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def graded(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.role in ("check", "manual")]

    def mark(self, cell: Cell, status: str, points: float | None, reason: str, **more: Any) -> dict[str, Any]:
        title = self.titles.get(cell.exercise, cell.grade_id)
        return {"exercise": cell.grade_id, "title": title, "points": points, "out_of": cell.points,
                "status": status, "reason": reason} | more  # fmt: skip


@dataclass(frozen=True)
class Assembled:
    """The notebook that is graded, and what had to be done to make it."""

    cells: list[Cell]
    missing: frozenset[str]
    notes: list[str]


def read_master(path: Path) -> Master:
    body = path.read_bytes()
    cells, titles, exercise, texts = [], {}, 0, set()
    for raw in json.loads(body)["cells"]:
        cell = read_cell(raw)
        if cell.role == "extra":
            texts.add(squeezed(cell.source))
            continue
        if not cell.code and (heading := re.match(r"##\s+(.+)", cell.source)):
            exercise += 1
            titles[exercise] = heading[1].strip()
        given = SOLUTION.sub("", cell.source) if SOLUTION.search(cell.source) else ""
        cells.append(replace(cell, exercise=exercise, given=given if cell.role == "solution" else ""))
    return Master(path, hashlib.sha256(body).hexdigest(), cells, titles, frozenset(texts))


def read_submission(path: Path) -> list[Cell]:
    """Read the cells of a notebook that nothing is known about; it may be Unreadable."""
    try:
        cells = json.loads(content(path))["cells"]
        return [read_cell(raw) for raw in cells if isinstance(raw, dict)]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise Unreadable("it is no notebook of version 4") from None


def content(path: Path) -> bytes:
    """Read a file that may be anything: a link, a pipe, or as large as the disk."""
    if path.is_symlink():
        raise Unreadable("it is a link")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Unreadable("it is no file")
        body = file.read(SUBMISSION_BYTES + 1)
    if len(body) > SUBMISSION_BYTES:
        raise Unreadable(f"it is larger than {SUBMISSION_BYTES // 2**20} MB")
    return body


def read_cell(raw: dict[str, Any]) -> Cell:
    source = joined(raw.get("source", "")).encode("utf-8", "replace").decode()
    marks = raw.get("metadata", {}).get("nbgrader") or {}
    code = raw.get("cell_type") == "code"
    if not marks.get("grade_id"):
        role = "extra"
    elif marks.get("grade"):
        role = "manual" if marks.get("solution") else "check"
    else:
        role = "solution" if marks.get("solution") else "locked" if code else "text"
    points = marks.get("points")
    return Cell(
        clean(marks.get("grade_id") or raw.get("id", ""), 100), role, code, PASTED.sub("(picture)", source),
        points=float(points) if isinstance(points, (int, float)) else 0.0, images=tuple(images(raw, source)),
    )  # fmt: skip


def images(raw: dict[str, Any], source: str) -> list[str]:
    """Return the pictures in a cell, in its text, attached or drawn, as data URLs."""
    bundles = list((raw.get("attachments") or {}).values())
    bundles += [output.get("data", {}) for output in raw.get("outputs") or [] if isinstance(output, dict)]
    found = PASTED.findall(source)
    for bundle in bundles:
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if match := PASTED.fullmatch(f"data:{kind};base64,{squeezed(joined(data))}"):
                found.append(match.groups())
    bare = [(kind, data.rstrip("=")) for kind, data in found]
    return [f"data:{kind};base64,{data}{'=' * (-len(data) % 4)}" for kind, data in bare if len(data) % 4 != 1]


def assemble(master: Master, submission: list[Cell]) -> Assembled:
    """Make the notebook that is graded.

    What the student has added runs after the known cell that it followed. Of several copies of a cell the
    first that is filled in is the answer, and further ones are cells that the student has added.
    """
    copies: dict[str, list[Cell]] = defaultdict(list)
    added: dict[str, list[Cell]] = defaultdict(list)
    last = ""
    for cell, name in zip(submission, names(master, submission), strict=True):
        if name:
            last = name
            copies[last].append(cell)
        elif cell.code or cell.images or squeezed(cell.source) not in master.texts | {""}:
            added[last].append(cell)
    missing = frozenset({cell.grade_id for cell in master.cells} - copies.keys())
    cells = [extra(cell, 0) for cell in added[""]]
    notes = []
    for cell in master.cells:
        own = [replace(copy, given=cell.given) for copy in copies[cell.grade_id]]
        more: list[Cell] = []
        if cell.role in ("solution", "manual"):
            nothing = replace(cell, source="", images=())
            first, *more = [copy for copy in own if copy.filled] or own[:1] or [nothing]
            if len(own) > 1:
                notes.append(f"{cell.grade_id} is there {len(own)} times.")
            cell = replace(cell, source=first.source, images=first.images)
        else:
            changed = [copy for copy in own if squeezed(copy.source) not in accepted(cell)]
            if changed and cell.code:
                notes.append(f"{cell.grade_id} was changed; its original was run.")
            cells += [replace(extra(copy, cell.exercise), role="changed") for copy in changed]
        cells.append(cell)
        cells += [extra(copy, cell.exercise) for copy in more + added[cell.grade_id]]
    return Assembled(cells, missing, notes)


def names(master: Master, submission: list[Cell]) -> list[str]:
    """Say which cell of the master each cell is, by its id, or by its text where the id has gone."""
    known = {cell.grade_id for cell in master.cells}
    lost = known - {cell.grade_id for cell in submission}
    by_text: dict[tuple[bool, str], set[str]] = defaultdict(set)
    for cell in master.cells:
        for text in accepted(cell) | {STUB.sub("", cell.given)} - {""}:
            by_text[cell.code, text].add(cell.grade_id)
    found = []
    for cell in submission:
        same = by_text.get((cell.code, squeezed(cell.source))) or by_text.get((cell.code, STUB.sub("", cell.source)))
        name = next(iter(same)) if same and len(same) == 1 and same <= lost else ""
        found.append(cell.grade_id if cell.grade_id in known else name)
    return found


def extra(cell: Cell, exercise: int) -> Cell:
    return replace(cell, grade_id="", role="extra", exercise=exercise, points=0.0, given="")


def joined(text: Any) -> str:
    """Return a text of a notebook's, which may be a list of its lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def squeezed(source: str) -> str:
    return "".join(source.split())


def accepted(cell: Cell) -> set[str]:
    return {squeezed(cell.source), squeezed(cell.visible())}

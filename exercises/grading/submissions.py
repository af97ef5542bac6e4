"""Which files in a folder are submissions, whose they are, and for which master.

The student's name is the first folder of the path, student/NN_name.ipynb or nbgrader's
student/NN_name/NN_name.ipynb; in NN_name/student.ipynb it is the file's name. For files that lie side by
side it is what their name has beside the master's, NN_name__student.ipynb. The grade ids inside say which
master it is, and if they are gone, the path.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from notebooks import Master, Unreadable, content
from talk import clean

GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]{1,100})"')


@dataclass(frozen=True)
class Submission:
    """A file that a student has handed in; the problem says why it cannot be graded."""

    path: Path
    student: str
    chapter: str
    digest: str
    problem: str = ""


def find_submissions(folder: Path, masters: dict[str, Master], output: Path) -> tuple[list[Submission], list[str]]:
    """Return the submissions in a folder, one for a student and chapter, and remarks on other files."""
    best: dict[tuple[str, str], Submission] = {}
    remarks = []
    for path in sorted(files(folder, output)):
        shown = clean(path.relative_to(folder), 200)
        if path.suffix.lower() != ".ipynb":
            remarks.append(f"{shown}: not graded, it is no notebook")
            continue
        new = submission(path, folder, masters)
        old = best.get((new.student, new.chapter))
        if old is None or rank(new) > rank(old):
            best[new.student, new.chapter] = new
        if old is not None:
            left = min(old, new, key=rank)
            shown = clean(left.path.relative_to(folder), 200)
            remarks.append(f"{shown}: not graded, the student has another")
    return list(best.values()), remarks


def files(folder: Path, output: Path) -> Iterator[Path]:
    """Walk without following links, past hidden files and the grader's own."""
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(n for n in inner if not n.startswith(".") and Path(place, n) != output)
        yield from (Path(place, name) for name in names if not name.startswith("."))


def submission(path: Path, folder: Path, masters: dict[str, Master]) -> Submission:
    parts = path.relative_to(folder).with_suffix("").parts
    body, problem = b"", ""
    try:
        body = content(path)
    except Unreadable as error:
        problem = str(error)
    chapter = chapter_of(body, parts, masters)
    student = student_of(parts, chapter, set(masters))
    if not chapter:
        problem = problem or "it is of no chapter: neither its cells nor its name say of which"
    elif not student:
        problem = problem or "its path does not name a student"
    digest = hashlib.sha256(body).hexdigest()
    return Submission(path, clean(student or parts[-1], 100), chapter or "unknown", digest, problem)


def chapter_of(body: bytes, parts: tuple[str, ...], masters: dict[str, Master]) -> str:
    ids = {match.decode("utf-8", "replace") for match in GRADE_ID.findall(body)}
    counts = {name: len(ids & {c.grade_id for c in m.cells}) for name, m in masters.items()}
    best = max(counts, key=lambda name: counts[name], default="")
    if best and counts[best]:
        return best
    return next((name for part in reversed(parts) for name in masters if name in part), "")


def student_of(parts: tuple[str, ...], chapter: str, chapters: set[str]) -> str:
    first = parts[1] if len(parts) > 1 and parts[0] in chapters else parts[0]
    if len(parts) == 1 and chapter:
        first = first.replace(chapter, "", 1).strip(" _-.")
    # Moodle's folders: the name, a number, and always the same words
    return re.sub(r"_assignsubmission_\w*$", "", first)


def rank(submission: Submission) -> tuple[bool, float, str]:
    """Of several files for one chapter, that with the right name counts, then the newest."""
    path = submission.path
    return path.stem == submission.chapter, path.lstat().st_mtime, str(path)

"""Which files in a folder are submissions, whose they are, and for which master.

The student's name is the first folder of the path, student/NN_name.ipynb or nbgrader's
student/NN_name/NN_name.ipynb; in NN_name/student.ipynb it is the file's name. For files that lie side by
side it is what their name has beside the master's, NN_name__student.ipynb. A first folder that has the same
chapter in several folders is a group, and the next folders are its students. The grade ids inside say which
master it is, and if they are gone, the path.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exchange import CANVAS, MOODLE
from notebooks import Master, Unreadable, content
from roster import Course
from talk import clean

FILES, FILE_BYTES = 20, 4 * 2**20  # what may lie beside a notebook, all together
EMPTY = "the folder is empty"
GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]{1,100})"')


@dataclass(frozen=True)
class Submission:
    """A file that a student has handed in; the problem says why it cannot be graded."""

    path: Path
    student: str
    chapter: str
    digest: str
    problem: str = ""
    files: tuple[Path, ...] = ()  # of the student's, beside the notebook


def find_all(
    roots: list[Path], masters: dict[str, Master], output: Path, course: Course
) -> tuple[list[Submission], list[str]]:
    """Return the submissions in several folders, one for a student and chapter, or every attempt of theirs."""
    best: dict[tuple[str, ...], Submission] = {}
    remarks = []
    for root in roots:
        found, said = find_submissions(root, masters, output, course)
        remarks += said
        for new in found:
            key = identity(new, course)
            best[key] = max(best.get(key, new), new, key=rank)
    return list(best.values()), remarks


def identity(submission: Submission, course: Course) -> tuple[str, ...]:
    attempt = submission.digest if course.attempts == "best" else ""
    return submission.student, submission.chapter, attempt


def find_submissions(
    folder: Path, masters: dict[str, Master], output: Path, course: Course | None = None
) -> tuple[list[Submission], list[str]]:
    """Return the submissions in a folder, one for a student and chapter, and remarks on other files."""
    course = course or Course()
    best: dict[tuple[str, ...], Submission] = {}
    beside: dict[Path, list[Path]] = defaultdict(list)
    owners: dict[Path, set[str]] = defaultdict(set)
    remarks, found = [], []
    for path in sorted(files(folder, output)):
        if path.suffix.lower() == ".ipynb":
            found.append(submission(path, folder, masters))
        else:
            beside[path.parent].append(path)
    found = members(found, folder, set(masters))
    for new in found:
        owners[new.path.parent].add(new.student)
    for new in [replace(s, student=name) for s in found for name in course.students(s.student)]:
        key = identity(new, course)
        old = best.get(key)
        if old is None or rank(new) > rank(old):
            best[key] = new
        if old is not None:
            left = min(old, new, key=rank)
            remarks.append(f"{named(left.path, folder)}: not graded, the student has another")
    shared = {folder, *(folder / name for name in masters)}
    taken: set[Path] = set()
    for key, new in best.items():
        place = new.path.parent
        if beside[place] and len(owners[place]) == 1 and place not in shared:
            best[key] = with_files(new, beside[place])
            taken.update(best[key].files)
    left = sorted({path for paths in beside.values() for path in paths} - taken)
    remarks += [f"{named(path, folder)}: not graded, it is no notebook" for path in left]
    empty = [Path(place) for place, inner, names in os.walk(folder) if not inner and not names and place != str(output)]
    return [*best.values(), *without_notebook([*left, *empty], found, folder, masters, course)], remarks


def without_notebook(
    paths: list[Path], found: list[Submission], folder: Path, masters: dict[str, Master], course: Course
) -> list[Submission]:
    """Make a row for everybody in whose folder there is no notebook."""
    has = {names[0] for s in found if (names := people(s.path, folder, set(masters)))}
    alone: dict[str, Submission] = {}
    for path in paths:
        names = people(path / "x" if path.is_dir() else path, folder, set(masters))
        if names and names[0] not in has and not names[0].startswith("."):
            chapter = chapter_of(b"", path.relative_to(folder).parts, masters) or "unknown"
            problem = EMPTY if path.is_dir() else f"{named(path, folder)} is no notebook"
            for student in course.students(names[0]):
                alone.setdefault(student, Submission(path, student, chapter, "", problem))
    return list(alone.values())


def members(found: list[Submission], folder: Path, chapters: set[str]) -> list[Submission]:
    """Give the notebooks of a group the names of its students; two of one name keep the group's too."""
    inner = {s.path: people(s.path, folder, chapters) for s in found}
    folders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s in found:
        if len(inner[s.path]) > 1:
            folders[inner[s.path][0], s.chapter].add(inner[s.path][1])
    groups = {group for (group, _), names in folders.items() if len(names) > 1}
    places: dict[str, set[str]] = defaultdict(set)
    for names in inner.values():
        if names and (names[0] not in groups or len(names) > 1):
            places[names[names[0] in groups]].add(names[0] if names[0] in groups else "")
    return [replace(s, student=inner[s.path][1] if len(places[inner[s.path][1]]) == 1 else "/".join(inner[s.path][:2]))
            if len(inner[s.path]) > 1 and inner[s.path][0] in groups else s for s in found]  # fmt: skip


def people(path: Path, folder: Path, chapters: set[str]) -> list[str]:
    """Return the names of the folders that a file lies in, but for those of a chapter."""
    return [label(plain_name(part)) for part in path.relative_to(folder).parts[:-1] if part not in chapters]


def label(part: str) -> str:
    """Return whose a folder of Moodle's is; any other is its own label."""
    match = MOODLE.match(part)
    return f"{match['name']}_{match['number']}" if match else part


def with_files(new: Submission, paths: list[Path]) -> Submission:
    """Add the files beside a notebook that are not too many and not too large."""
    digest, kept, room = hashlib.sha256(new.digest.encode()), [], FILE_BYTES
    for path in paths:
        try:
            body = content(path)
        except Unreadable:
            continue
        if len(kept) < FILES and len(body) <= room:
            kept.append(path)
            room -= len(body)
            digest.update(repr(path.name).encode() + hashlib.sha256(body).digest())
    return replace(new, files=tuple(kept), digest=digest.hexdigest()) if kept else new


def readable(name: str) -> str:
    """Return a file's name as text, whatever system it was written on; in one spelling."""
    raw = os.fsencode(name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return unicodedata.normalize("NFC", text)


def plain_name(name: str) -> str:
    """Return it on one line, with what cannot be printed as an escape."""
    words = " ".join(readable(name).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)


def named(path: Path, folder: Path) -> str:
    return clean(plain_name(str(path.relative_to(folder))), 200)


def files(folder: Path, output: Path) -> Iterator[Path]:
    """Walk without following links, past hidden files and the grader's own."""
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(n for n in inner if not n.startswith(".") and Path(place, n) != output)
        archives = {name for name in names if name.endswith(".zip") and Path(place) == folder}  # unpacked (exchange.py)
        yield from (Path(place, name) for name in names if not name.startswith(".") and name not in archives)


def submission(path: Path, folder: Path, masters: dict[str, Master]) -> Submission:
    parts = tuple(map(plain_name, path.relative_to(folder).with_suffix("").parts))
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
    return Submission(path, student or parts[-1], chapter or "unknown", digest, problem)


def chapter_of(body: bytes, parts: tuple[str, ...], masters: dict[str, Master]) -> str:
    ids = {match.decode("utf-8", "replace") for match in GRADE_ID.findall(body)}
    counts = {name: len(ids & {c.grade_id for c in m.cells}) for name, m in masters.items()}
    best = max(counts, key=lambda name: counts[name], default="")
    if best and counts[best]:
        return best
    return next((name for part in reversed(parts) for name in masters if name in part), "")


def student_of(parts: tuple[str, ...], chapter: str, chapters: set[str]) -> str:
    first = parts[1] if len(parts) > 1 and parts[0] in chapters else parts[0]
    if len(parts) == 1 and (canvas := CANVAS.match(first)):
        return f"{canvas['name']}_{canvas['number']}"
    if len(parts) == 1 and chapter:
        first = first.replace(chapter, "", 1).strip(" _-.")
    return label(first)


def rank(submission: Submission) -> tuple[bool, float, str]:
    """Of several files for one chapter, that with the right name counts, then the newest."""
    path = submission.path
    return path.stem == submission.chapter, path.lstat().st_mtime, str(path)

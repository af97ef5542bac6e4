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
from collections import Counter, defaultdict
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
    name: str = ""  # of the file, for a reader
    files: tuple[Path, ...] = ()  # of the student's, beside the notebook


def find_all(
    roots: list[Path], masters: dict[str, Master], output: Path, course: Course
) -> tuple[list[Submission], list[str]]:
    """Return the submissions in several folders, one for a student and chapter, or every attempt; and remarks."""
    best: dict[tuple[str, ...], Submission] = {}
    remarks = []
    for root in roots:
        found, others = find(root, masters, output)
        remarks += others
        for new in [replace(s, student=name) for s in found for name in course.students(s.student)]:
            key = new.student, new.chapter, new.digest * (course.attempts == "best")
            if key in best:
                left, new = sorted((best[key], new), key=rank)
                remarks.append(f"{left.name}: not graded, the student has another")
            best[key] = new
    return list(best.values()), remarks


def find(folder: Path, masters: dict[str, Master], output: Path) -> tuple[list[Submission], list[str]]:
    """Return all submissions in a folder, and remarks on other files."""
    notebooks, others = [], []
    for path in sorted(files(folder, output)):
        (notebooks if path.suffix.lower() == ".ipynb" else others).append(path)
    found = members([submission(path, folder, masters) for path in notebooks], folder, set(masters))
    owners: dict[Path, set[str]] = defaultdict(set)
    for s in found:
        owners[s.path.parent].add(s.student)
    beside: dict[Path, list[Path]] = defaultdict(list)
    shared = {folder, *(folder / name for name in masters)}
    for path in others:
        if len(owners[path.parent]) == 1 and path.parent not in shared:
            beside[path.parent].append(path)
    found = [with_files(s, beside[s.path.parent]) for s in found]
    taken = {path for s in found for path in s.files}
    left = [path for path in others if path not in taken]
    remarks = [f"{named(path, folder)}: not graded, it is no notebook" for path in left if not path.is_dir()]
    return found + without_notebook(left, found, folder, masters), remarks


def without_notebook(
    paths: list[Path], found: list[Submission], folder: Path, masters: dict[str, Master]
) -> list[Submission]:
    """Make a row for everybody in whose folder there is no notebook."""
    alone: dict[str, Submission] = {}
    has = {name for s in found for name in people(s.path.parent, folder, set(masters))[:1]}
    for path in paths:
        place, problem = path.parent, f"{named(path, folder)} is no notebook"
        if path.is_dir():
            place, problem = path, EMPTY
        for name in people(place, folder, set(masters))[:1]:
            if name not in has:
                chapter = chapter_of(b"", path.relative_to(folder).parts, masters) or "unknown"
                alone.setdefault(name, Submission(path, name, chapter, "", problem, named(path, folder)))
    return list(alone.values())


def members(found: list[Submission], folder: Path, chapters: set[str]) -> list[Submission]:
    """Give the notebooks of a group the names of its students; two of one name keep the group's too."""
    inner = [people(s.path.parent, folder, chapters) for s in found]
    folders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s, names in zip(found, inner):
        if len(names) > 1:
            folders[names[0], s.chapter].add(names[1])
    groups = {group for (group, _), names in folders.items() if len(names) > 1}
    grouped = [len(names) > 1 and names[0] in groups for names in inner]
    owners = {tuple(names[: 1 + inside]) for names, inside in zip(inner, grouped)}
    count = Counter(owner[-1] for owner in owners if owner)
    return [replace(s, student=names[1] if count[names[1]] == 1 else "/".join(names[:2])) if inside else s
            for s, names, inside in zip(found, inner, grouped)]  # fmt: skip


def people(place: Path, folder: Path, chapters: set[str]) -> list[str]:
    """Return the names of the folders on the way to a place, but for those of a chapter."""
    return [label(plain_name(part)) for part in place.relative_to(folder).parts if part not in chapters]


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
    """Walk without following links, past hidden files and the grader's own; an empty folder is like a file."""
    for place, inner, names in os.walk(folder):
        if not inner and not names:
            yield Path(place)
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
    return Submission(path, student or parts[-1], chapter or "unknown", digest, problem, named(path, folder))


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

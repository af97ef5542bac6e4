"""What comes from Moodle and Canvas and goes back: downloads of all submissions, marks, feedback.

The formats are those of the systems' own code. Moodle, mod/assign/feedback/file/importziplib.php: a folder
``fullname_number_assignsubmission_file`` for each participant (with a last ``_`` before Moodle 4.1), or files whose
names begin so; the same names are read when feedback is uploaded. mod/assign/feedback/offline/importgradeslib.php: the
grading worksheet, a table with commas, of which ``Identifier`` ("Participant 123"), ``Grade`` and
``Last modified (grade)`` must be there. Canvas, lib/content_zipper.rb: files ``sortablename_LATE_user_file_name``,
where ``_LATE`` is there or not; uploads are told apart by the same numbers. lib/gradebook_importer.rb: the columns
Student, ID, SIS User ID, SIS Login ID, Section, one for each assignment, and a row "Points Possible".
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from os import utime
from pathlib import Path, PurePosixPath
from shutil import rmtree
from typing import Any, NamedTuple

from marks import Classes, read_table, shown, text_of
from talk import clean

MOODLE = re.compile(r"(?P<name>[^_]*)_(?P<number>\d+)_assignsubmission_[a-z]+_?")
CANVAS = re.compile(r"(?P<name>\w+?)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>\d+)_")
FILES, FILE_BYTES, ALL_BYTES = 20_000, 32 * 2**20, 4 * 2**30  # of an archive
MODIFIED = "Last modified (submission)"
MOODLE_TIME = "%A, %d %B %Y, %I:%M %p"


@dataclass(frozen=True)
class Origin:
    """Where a file came from: the system, whose it is, and how names of files for that student begin."""

    system: str
    name: str
    number: str
    late: bool
    prefix: str


class Participant(NamedTuple):
    """A row of a worksheet of Moodle's; the time in ISO form, or empty."""

    name: str
    email: str
    handed_in: str


def origin_of(file: str) -> Origin | None:
    """Tell from a path which system wrote it; None for any other path."""
    for part in PurePosixPath(file).parts:
        if match := MOODLE.match(part):
            return Origin("moodle", match["name"], match["number"], False, match[0].rstrip("_") + "_/")
    if match := CANVAS.match(PurePosixPath(file).name):
        return Origin("canvas", match["name"], match["number"], bool(match["late"]), match[0])
    return None


# ------------------------------------------------------------------------------ what comes


def unpack(folder: Path, into: Path) -> tuple[list[Path], list[str]]:
    """Unpack the archives that lie in a folder, or the one that it is; return a folder for each, and remarks."""
    archives = sorted(folder.glob("*.zip")) if folder.is_dir() else [folder]
    rmtree(into, ignore_errors=True)
    roots, remarks = [folder] if folder.is_dir() else [], []
    for archive in archives:
        try:
            with zipfile.ZipFile(archive) as zipped:
                entries = [entry for entry in zipped.infolist() if not entry.is_dir()]
                if len(entries) > FILES or sum(entry.file_size for entry in entries) > ALL_BYTES:
                    remarks.append(f"{archive.name}: not unpacked, it is too large")
                    continue
                for entry in entries:
                    if fault := put(zipped, entry, into / archive.stem):
                        remarks.append(f"{archive.name}: {clean(entry.filename, 200)} is left out: {fault}")
            roots.append(into / archive.stem)
        except (zipfile.BadZipFile, OSError) as error:
            remarks.append(f"{archive.name}: not unpacked: {error}")
    return roots, remarks


def put(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, root: Path) -> str:
    """Write an entry into a folder of its student's; no name leads out of it. Return why it could not be written."""
    parts = [part for part in PurePosixPath(entry.filename).parts if part not in ("/", "..", ".")]
    if len(parts) == 1:
        if match := MOODLE.match(parts[0]):
            parts = [match[0], parts[0][match.end() :] or "file"]
        elif match := CANVAS.match(parts[0]):
            rest = parts[0] if parts[0].endswith(".ipynb") else parts[0][match.end() :]
            parts = [f"{match['name']}_{match['number']}", rest]
    if entry.file_size > FILE_BYTES:
        return f"it is larger than {FILE_BYTES // 2**20} MB"
    if len(parts[-1].encode("utf-8", "replace")) > 200:  # more than a file system takes
        parts[-1] = parts[-1][:40] + PurePosixPath(parts[-1]).suffix[:10]
    try:
        path = root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zipped.read(entry))
        with suppress(ValueError, OverflowError):
            utime(path, (datetime(*entry.date_time).timestamp(),) * 2)
    except Exception as error:  # broken, encrypted, or with a name that cannot be
        return clean(error, 200)
    return ""


def worksheets(folder: Path) -> dict[str, Participant]:
    """Read the grading worksheets of Moodle's that lie in a folder: who has which number, and when it was handed in."""
    found = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if CANVAS.match(path.name) or MOODLE.match(path.name) or not path.is_file():
            continue  # a student's
        try:
            columns, rows, _, _ = read_table(path)
        except csv.Error:
            continue
        for row in rows if {"Identifier", MODIFIED} <= set(columns) else ():
            if number := re.search(r"\d+$", row["Identifier"]):
                when = ""
                with suppress(ValueError):
                    when = datetime.strptime(row[MODIFIED].strip(), MOODLE_TIME).isoformat()
                found[number[0]] = Participant(row.get("Full name", ""), row.get("Email address", ""), when)
    return found


# ------------------------------------------------------------------------------ what goes back


def write(folder: Path, classes: Classes, course: Any, page: Callable[[str, dict[str, Any]], str]) -> None:
    """Write for each set and system a table of marks and an archive of feedback, ready for upload.

    The classes are the results by student and set, the page makes a student's feedback from those of one set.
    """
    rmtree(folder, ignore_errors=True)
    tables: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    pages: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for student, results in classes.items():
        counted = course.counted(student, results)
        for chapter, result in results.items():
            if not (origin := origin_of(result.get("file", ""))) or chapter == "unknown":
                continue
            open_ = any(mark["points"] is None for mark in result["marks"])  # a part of a mark is no mark
            points = "" if open_ else shown(counted["sets"][chapter])
            out_of = shown(course.out_of(result))
            key, person = (origin.system, chapter), counted["person"]
            if origin.system == "moodle":
                row = {"Identifier": f"Participant {origin.number}", "Full name": student, "Grade": points,
                       "Email address": person.email, "Maximum Grade": out_of}  # fmt: skip
            else:
                row = {"Student": student, "ID": origin.number, "SIS User ID": person.id,
                       "SIS Login ID": person.login, "Section": person.group,
                       course.canvas.get(chapter, chapter): points, "out_of": out_of}  # fmt: skip
            tables[key].append(row)
            pages[key][f"{origin.prefix}feedback.html"] = page(student, {chapter: result})
    for (system, chapter), rows in tables.items():
        folder.mkdir(exist_ok=True)
        columns = [column for column in rows[0] if column != "out_of"]
        if system == "canvas":
            possible = {"Student": "    Points Possible", columns[-1]: rows[0]["out_of"]}
            rows = [possible, *rows]
        else:
            columns += ["Last modified (grade)", "Feedback comments"]
        (folder / f"{system}-{chapter}.csv").write_text(text_of(columns, rows), encoding="utf-8", newline="")
        with zipfile.ZipFile(folder / f"{system}-{chapter}-feedback.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, text in sorted(pages[system, chapter].items()):
                zipped.writestr(zipfile.ZipInfo(name), text)

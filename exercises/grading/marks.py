"""The tables: marks.csv, which the grader writes, and manual.csv, which belongs to the instructor.

To manual.csv the grader only adds rows, at its end. What stands there counts, for a text to be read as for a
check. A mark that was changed in marks.csv is moved over, so nothing that was written by hand is lost.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

COLUMNS = ["student", "chapter", "exercise", "title", "points", "out_of", "status", "reason"]
MANUAL = ["student", "chapter", "exercise", "title", "points", "out_of", "comment", "answer"]
KEY = COLUMNS[:3]
NEEDED = [*KEY, "points"]
FORMULA = re.compile(r"(^|[;\t\r\n])([\"\s]*)(?=[=+@\-\t\r])")

Row = dict[str, str]
Classes = dict[str, dict[str, dict[str, Any]]]  # the results, by student and set


def store(path: Path, value: Any) -> None:
    """Write text, bytes, or a value as JSON, so that a stop leaves the old file or the new one."""
    text = value if isinstance(value, (str, bytes)) else json.dumps(value, ensure_ascii=False)
    new = path.with_name(path.name + ".new")
    with open(new, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def load(path: Path) -> dict[str, Any]:
    """Read what was stored as JSON; nothing, where there is nothing that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def store_table(path: Path, columns: list[str], rows: list[Row]) -> None:
    store(path, "\ufeff" + text_of(columns, rows))  # by which spreadsheets know the encoding


def slug(name: str) -> str:
    """Return a file name for a student: the name, and a digest where it had to be changed."""
    plain = re.sub(r"[^\w@ .-]", "_", name).strip(" .")[:60]
    if plain == name and plain.isascii():
        return plain
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def safe(text: str) -> str:
    """Keep a spreadsheet from reading a student's text as a formula, also one that splits at semicolons."""
    return FORMULA.sub(r"\1\2'", text)


def points_of(result: dict[str, Any]) -> float:
    return sum(mark["points"] or 0 for mark in result["marks"])


def shown(points: float | None) -> str:
    return "" if points is None else f"{points:g}"


def number(text: str | None) -> float | None:
    """Read a number as a spreadsheet may have written it, with a decimal comma too."""
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None


def answer_key(mark: dict[str, Any]) -> str:
    """Return what tells whether a text has changed since it was marked."""
    parts = [mark.get("answer", ""), *mark.get("code", []), *mark.get("images", [])]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


def key_of(row: Row) -> tuple[str, ...]:
    return tuple(row[key] for key in KEY)


def row_of(student: str, chapter: str, mark: dict[str, Any]) -> Row:
    return {
        "student": safe(student), "chapter": chapter, "exercise": mark["exercise"], "title": mark["title"],
        "points": shown(mark["points"]), "out_of": shown(mark["out_of"]), "status": mark["status"],
        "reason": " ".join(mark["reason"].split())[:300],
    }  # fmt: skip


def text_of(columns: list[str], rows: list[Row], delimiter: str = ",", header: bool = True) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, "", "ignore", delimiter=delimiter, lineterminator="\r\n")
    if header:
        writer.writeheader()
    writer.writerows({column: safe(value) for column, value in row.items()} for row in rows)
    return file.getvalue()


def read_table(path: Path) -> tuple[list[str], list[Row], str, str]:
    """Read a table as a spreadsheet may have saved it: columns, rows, delimiter, encoding."""
    body = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            lines = body.decode(encoding).splitlines(keepends=True)
            break
        except UnicodeDecodeError:
            continue
    first = lines[0] if lines else ""
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(lines, delimiter=delimiter, restval="")
    return list(reader.fieldnames or []), list(reader), delimiter, encoding


class Manual:
    """The instructor's table, manual.csv; it is made when there is something to mark."""

    def __init__(self, path: Path, students: Callable[[str], list[str]] = lambda label: [label]) -> None:
        self.path, self.students, self.faults = path, students, []
        self.columns, self.rows, self.delimiter, self.encoding = MANUAL, [], ",", "utf-8-sig"
        if path.exists():
            self.columns, self.rows, self.delimiter, self.encoding = read_table(path)
        self.judged = path.with_name("results") / "by_hand"  # which answer to a check a row was about
        self.about: dict[str, str] = load(self.judged)
        self.usable = set(NEEDED) <= set(self.columns)
        if not self.usable:
            self.rows = []
            self.faults.append(f"{path} lacks one of the columns {', '.join(NEEDED)}. It was not used.")

    def of(self, row: Row) -> list[Row]:
        same = [own for own in self.rows if all(own.get(key) == row[key] for key in KEY[1:])]
        return [own for own in same if row["student"] in (own["student"], *map(safe, self.students(own["student"])))]

    def add(self, rows: list[Row]) -> None:
        """Add rows at the end, and leave every byte before them as it is."""
        if not rows or not self.usable:
            return
        old = self.path.read_bytes() if self.path.exists() else b""
        try:
            "".join(value for row in rows for value in row.values()).encode(self.encoding)
        except UnicodeEncodeError:  # a name that its spreadsheet cannot write
            old, self.encoding = old.decode(self.encoding).encode("utf-8-sig"), "utf-8-sig"
        gap = "" if not old or old.endswith(b"\n") else "\r\n"
        text = gap + text_of(self.columns, rows, self.delimiter, header=not old)
        encoding = self.encoding if not old else self.encoding.removesuffix("-sig")
        store(self.path, old + text.encode(encoding))
        self.rows += rows

    def apply(self, student: str, chapter: str, mark: dict[str, Any]) -> None:
        """Take over the points that the instructor gave; ask for them where they are needed."""
        row = row_of(student, chapter, mark)
        answer = answer_key(mark) if mark["status"] in ("manual", "open") else ""
        own = self.of(row)
        if answer and not any(old.get("answer") in (answer, "", None) for old in own):
            self.add([row | {"answer": answer, "points": "", "comment": ""}])
        filled = [old for old in own if (old.get("points") or "").strip()]
        filled = [old for old in filled if old.get("answer") == answer] or filled
        if not filled:
            return
        given = filled[-1]
        points = number(given["points"])
        if points is None or not 0 <= points <= mark["out_of"]:
            said = f"{self.path.name} says '{given['points']}' points, out of {mark['out_of']:g}"
            self.faults.append(f"{student}, {mark['exercise']}: {said}. This was not counted.")
            return
        if wrote := mark.get("wrote"):
            about = json.dumps([*key_of(row), given["points"], len(filled)])
            if self.about.setdefault(about, wrote) != wrote:
                mark["reason"] = f"{mark['reason']} The points by hand were for an earlier answer.".strip()
                return
        earlier = answer and given.get("answer") not in (answer, "", None)
        reason = "Marked by hand, for an earlier answer." if earlier else "Marked by hand."
        comment = (given.get("comment") or "").strip()
        mark.update(points=points, status="manual", reason=f"{reason} {comment}".strip(), comment=comment)


def rescue(path: Path, copy: Path, manual: Manual) -> None:
    """Move marks that were changed by hand in marks.csv into manual.csv, and keep the changed file."""
    if not path.exists() or not copy.exists():
        return
    (columns, rows, _, _), (_, ours, _, _) = read_table(path), read_table(copy)
    if rows == ours:
        return
    names = (path.with_name(f"marks.edited-{n}.csv") for n in range(1, 10**6))
    kept = next(name for name in names if not name.exists())
    kept.write_bytes(path.read_bytes())
    manual.faults.append(f"{path.name} was changed by hand. It was kept as {kept.name}, and points that "
                         f"differ were taken over into {manual.path.name}.")  # fmt: skip
    if set(NEEDED) <= set(columns):
        before = {key_of(row): number(row["points"]) for row in ours}
        changed = [row for row in rows if row["points"].strip() and number(row["points"]) != before.get(key_of(row))]
        manual.add([row | {"answer": "", "comment": "changed in marks.csv"} for row in changed])

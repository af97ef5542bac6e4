"""Who is in the course, and what counts: roster.csv and course.toml, both beside the submissions, neither needed.

The roster is a table with a name, and as it may be with an id, an e-mail address and a group; the export of Moodle's
participants and of Canvas's gradebook are such tables. A submission belongs to whom its label names: the name in
either order, the id, the address or what stands before its @. The label of a group belongs to all of its members.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange import Participant, origin_of
from marks import Classes, points_of, read_table, shown

HEADINGS = {
    "name": ("full name", "name", "student", "student name"), "first": ("first name", "firstname", "given name"),
    "last": ("last name", "surname", "lastname", "family name"),
    "id": ("id number", "student id", "sis user id", "id"), "email": ("email address", "email", "e-mail"),
    "login": ("sis login id", "username", "login"), "canvas": ("id",),
    "group": ("group", "groups", "section", "sections"), "bonus": ("bonus",),
}  # fmt: skip
NO_STUDENT = ("points possible", "student, test")
RULES = {"attempts": str, "bonus": list, "late": dict, "due": dict, "late_days": dict, "canvas": dict}
# For the whole course; of a set's points; after so many nothing counts.
LATE = {"free_days": 0, "percent_per_day": 0, "most_days": math.inf}


@dataclass(frozen=True)
class Person:
    """A row of the roster; the bonus is points on top of all others."""

    name: str
    id: str = ""
    email: str = ""
    login: str = ""
    canvas: str = ""
    group: str = ""
    bonus: float = 0.0


@dataclass
class Course:
    """The roster and the rules, and what Moodle's worksheets say, by the number of the participant."""

    people: list[Person] = field(default_factory=list)
    attempts: str = "last"  # or "best": which of several counts
    bonus: list[str] = field(default_factory=list)  # ids of the exercises whose points come on top
    late: dict[str, float] = field(default_factory=dict)  # as LATE
    due: dict[str, datetime] = field(default_factory=dict)
    # By name and set, where that is known better than from Moodle or Canvas.
    late_days: dict[str, dict[str, int]] = field(default_factory=dict)
    canvas: dict[str, str] = field(default_factory=dict)  # the headings of the sets in its gradebook
    participants: dict[str, Participant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known: dict[str, list[Person]] = defaultdict(list)
        for person in self.people:
            for key in {key for key in keys(person) if key}:
                self.known[key].append(person)

    def students(self, label: str) -> list[str]:
        """Return whose a submission with this label is; a label that says nothing stays as it is."""
        name, _, origin = label.rpartition("_")
        if not origin.isdigit():
            name, origin = label, ""
        group, _, member = name.partition("/")
        found = next((self.known[key] for key in map(squeezed, (label, name, member)) if key in self.known), [])
        if member and len(found) > 1:
            found = [p for p in found if squeezed(p.group) == squeezed(group)]
        if origin and len(found) != 1:
            email = squeezed(self.participants[origin].email) if origin in self.participants else ""
            found = [p for p in found or self.people if p.canvas == origin or (email and squeezed(p.email) == email)]
        if len(found) == 1:
            return [found[0].name]
        members = [p.name for p in self.people if p.group and squeezed(p.group) in (squeezed(label), squeezed(name))]
        return members or [label]

    def days_late(self, student: str, chapter: str, file: str) -> int:
        """Return how many days a submission was late: as the rules say, or Moodle's worksheet, or Canvas's LATE.

        The time of a file is no evidence, since a download changes it.
        """
        if chapter in self.late_days.get(student, {}):
            return self.late_days[student][chapter]
        origin = origin_of(file)
        said = self.participants.get(origin.number) if origin else None
        if said and said.handed_in and chapter in self.due:
            after = datetime.fromisoformat(said.handed_in) - self.due[chapter].replace(tzinfo=None)
            return max(0, math.ceil(after.total_seconds() / 86_400))
        return int(origin.late) if origin else 0

    def out_of(self, result: dict[str, Any]) -> float:
        return sum(mark["out_of"] for mark in result["marks"] if mark["exercise"] not in self.bonus)

    def counted(self, student: str, chapters: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Return what counts of a student's marks: the points of each set, and what changed them."""
        rule, person = LATE | self.late, next((p for p in self.people if p.name == student), Person(student))
        free, late, deducted, points = rule["free_days"], 0, 0.0, {}
        for chapter, result in sorted(chapters.items(), key=lambda item: (str(self.due.get(item[0], "")), item[0])):
            got = points_of(result)
            days = self.days_late(student, chapter, result.get("file", ""))
            spent = min(free, days)
            free, late = free - spent, late + days
            share = 1 if days > rule["most_days"] else min(1, (days - spent) * rule["percent_per_day"] / 100)
            points[chapter] = round(got * (1 - share), 2)
            deducted += got - points[chapter]
        return {"person": person, "sets": points, "late_days": late, "deducted": round(deducted, 2),
                "bonus": person.bonus, "out_of": sum(map(self.out_of, chapters.values())),
                "points": round(sum(points.values()) + person.bonus, 2)}  # fmt: skip

    def table(self, classes: Classes) -> tuple[list[str], list[dict[str, str]]]:
        """Return the columns and rows of what counts, a row for each student."""
        who = ["id", "email", "group"] * bool(self.people)
        why = ["late_days", "deducted", "bonus"] * bool(self.people or self.late or self.bonus)
        chapters = sorted({chapter for results in classes.values() for chapter in results} - {"unknown"})
        rows = []
        for student, results in classes.items():
            counted = self.counted(student, results)
            not_marked = sum(mark["points"] is None for result in results.values() for mark in result["marks"])
            row = {name: getattr(counted["person"], name) for name in who} | {"student": student}
            row |= {chapter: shown(points) for chapter, points in counted["sets"].items()}
            row |= {name: shown(counted[name]) for name in (*why, "points", "out_of")}
            rows.append(row | {"not_marked": str(not_marked)})
        return ["student", *who, *chapters, *why, "points", "out_of", "not_marked"], rows


def squeezed(text: str) -> str:
    """Return only the letters and digits of a text, small and without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if c.isalnum())


def keys(person: Person) -> list[str]:
    words = re.sub(r" \([^)]*\)$", "", person.name).replace(",", " ").split()
    names = ["".join(words[k:] + words[:k]) for k in range(len(words))]
    return [squeezed(text) for text in (*names, person.id, person.email, person.email.partition("@")[0], person.login)]


def read_course(folder: Path, participants: dict[str, Participant]) -> Course:
    """Read roster.csv and course.toml from a folder, as far as they are there; ValueError says what to change."""
    roster, rules = folder / "roster.csv", folder / "course.toml"
    people = read_roster(roster) if roster.exists() else []
    try:
        said = tomllib.loads(rules.read_text(encoding="utf-8")) if rules.exists() else {}
    except ValueError as error:
        raise ValueError(f"{rules}: {error}") from None
    for name, value in said.items():
        if not isinstance(value, RULES.get(name, type(None))):
            raise ValueError(f"{rules}: '{name} = {value!r}' is no rule; there are {', '.join(RULES)}")
    if said.get("attempts", "last") not in ("last", "best"):
        raise ValueError(f"{rules}: attempts = '{said['attempts']}', write 'last' or 'best'")
    for name, value in said.get("late", {}).items():
        if name not in LATE or not isinstance(value, (int, float)) or value < 0:
            raise ValueError(f"{rules}: '{name}' in [late] is no rule; there are {', '.join(LATE)}, numbers from 0 on")
    for name, when in said.get("due", {}).items():
        if not isinstance(when, datetime):
            raise ValueError(f"{rules}: when is {name} due? Write {name} = 2026-11-20T23:59:00, without quotes")
    return Course(people, participants=participants, **said)


def read_roster(path: Path) -> list[Person]:
    columns, rows, _, _ = read_table(path)
    place = {name: [column for heading in headings for column in columns if column.strip().casefold() == heading]
             for name, headings in HEADINGS.items()}  # fmt: skip
    if not place["name"] and not (place["first"] and place["last"]):
        raise ValueError(f"{path} has no column 'name', and no columns 'first name' and 'last name'")
    people = []
    for row in rows:
        said = {name: next(filter(None, ((row[column] or "").strip() for column in found)), "")
                for name, found in place.items()}  # fmt: skip
        name = said["name"] or f"{said['first']} {said['last']}".strip()
        last, _, first = name.partition(",")
        name = " ".join(f"{first} {last}".split()) if first else name
        if name and said["name"].casefold() not in NO_STUDENT:
            own = {column: said[column] for column in ("id", "email", "login", "canvas", "group")}
            people.append(Person(name, **own, bonus=float(said["bonus"].replace(",", ".") or 0)))
    count = Counter(person.name for person in people)
    return [p if count[p.name] == 1 else replace(p, name=f"{p.name} ({p.id or p.email})") for p in people]

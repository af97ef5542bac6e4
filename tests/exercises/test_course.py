"""Moodle and Canvas, the roster, what counts, and what is alike.

The archives and tables are built as these systems write them, and read as they read them (exchange.py names the files).
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

GRADING = Path(__file__).resolve().parents[2] / "exercises/grading"
sys.path.insert(0, str(GRADING))

import alike  # noqa: E402
import exchange  # noqa: E402
import report  # noqa: E402
from marks import text_of  # noqa: E402
from notebooks import Master, read_cell  # noqa: E402
from roster import Course, Person, read_course  # noqa: E402
from submissions import find_all  # noqa: E402

NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "a = 1",
                                  "metadata": {"nbgrader": {"grade_id": "one", "solution": True}}}]})  # fmt: skip
MASTERS = {name: Master(Path(f"{name}.ipynb"), "digest", [read_cell(json.loads(NOTEBOOK)["cells"][0])])
           for name in ("71_toy",)}  # fmt: skip
ROSTER = """Surname,First name,ID number,Email address,Groups
Byron,Ada,u1,ada@x.org,A
Müller,Jo,u2,jo@x.org,A
Lee,Kim,u3,kim@x.org,B
Lee,Kim,u4,k.lee@x.org,B
"""
WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (submission)"
"Participant 123","Ada Byron",ada@x.org,Submitted,,9,"Saturday, 21 November 2026, 11:05 PM"
"Participant 124","Kim Lee",k.lee@x.org,Submitted,,9,"Friday, 20 November 2026, 9:00 AM"
"Participant 125","Jo Müller",jo@x.org,"No submission",,9,-
"""


def archive(path: Path, files: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    return path


def found(folder: Path, marks: Path, course: Course | None = None) -> dict[str, list[str]]:
    """Who has which files, from a folder with archives."""
    roots, remarks = exchange.unpack(folder, marks / "unpacked")
    submissions, _ = find_all(roots, MASTERS, marks, course or Course())
    assert remarks == []
    return {s.student: [s.path.name, *(f.name for f in s.files), *[s.problem] * bool(s.problem)] for s in submissions}


# ------------------------------------------------------------------------------ what comes


@pytest.mark.parametrize("names, students", [
    (["Ada Byron_123_assignsubmission_file/work.ipynb", "Ada Byron_123_assignsubmission_file/helper.py"],
     {"Ada Byron_123": ["work.ipynb", "helper.py"]}),
    (["Ada Byron_123_assignsubmission_file_/a/work.ipynb", "Jo Müller_124_assignsubmission_file_/b.ipynb"],
     {"Ada Byron_123": ["work.ipynb"], "Jo Müller_124": ["b.ipynb"]}),
    (["Ada Byron_123_assignsubmission_file_work.ipynb"], {"Ada Byron_123": ["work.ipynb"]}),
    (["byronada_LATE_4711_99001_work.ipynb", "byronada_LATE_4711_99002_helper.py", "müllerjo_4712_99003_b-1.ipynb"],
     {"byronada_4711": ["byronada_LATE_4711_99001_work.ipynb", "helper.py"],
      "müllerjo_4712": ["müllerjo_4712_99003_b-1.ipynb"]}),
    (["byronada_4711_99001_answer.pdf"], {"byronada_4711": ["answer.pdf", "byronada_4711/answer.pdf is no notebook"]}),
    (["../../etc/ada/71_toy.ipynb", "/root/ada/71_toy.ipynb"], {"etc": ["71_toy.ipynb"], "root": ["71_toy.ipynb"]}),
])  # fmt: skip
def test_an_archive_is_read_as_it_is(tmp_path, names, students):
    path = archive(tmp_path / "week/download.zip", dict.fromkeys(names, NOTEBOOK))
    assert found(path, tmp_path / "marks") == found(path.parent, tmp_path / "marks") == students
    assert {p.name for p in tmp_path.iterdir()} == {"week", "marks"}


def test_archives_that_cannot_be_read_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(exchange, "FILE_BYTES", 1000)
    monkeypatch.setattr(exchange, "ALL_BYTES", 5000)
    (tmp_path / "week").mkdir()
    (tmp_path / "week/broken.zip").write_bytes(b"PK\3\4")
    archive(tmp_path / "week/bomb.zip", {"a/71_toy.ipynb": "x" * 5001})
    long = "eve_9_55_" + "ü" * 200 + ".ipynb"
    archive(tmp_path / "week/good.zip", {"ada/71_toy.ipynb": NOTEBOOK, "bob/71_toy.ipynb": "x" * 1001,
                                         long: NOTEBOOK, "dan": "a file", "dan/71_toy.ipynb": NOTEBOOK})  # fmt: skip
    roots, remarks = exchange.unpack(tmp_path / "week", tmp_path / "unpacked")
    assert [root.name for root in roots] == ["week", "good"]
    assert remarks == ["bomb.zip: not unpacked, it is too large", "broken.zip: not unpacked: File is not a zip file",
                       "good.zip: bob/71_toy.ipynb is left out: it is larger than 0 MB", remarks[3]]  # fmt: skip
    assert remarks[3].startswith("good.zip: dan/71_toy.ipynb is left out: ")
    assert sorted(p.parent.name for p in (tmp_path / "unpacked/good").rglob("*.ipynb")) == ["ada", "eve_9"]


def test_no_student_writes_a_worksheet(tmp_path):
    (tmp_path / "byronada_4711_99002_moodle.csv").write_text(WORKSHEET)
    (tmp_path / "broken.csv").write_text('a,"' + "x" * 200_000)
    (tmp_path / "folder.csv").mkdir()
    assert exchange.worksheets(tmp_path) == {}
    (tmp_path / "moodle.csv").write_text(WORKSHEET)
    assert sorted(exchange.worksheets(tmp_path)) == ["123", "124", "125"]


# ------------------------------------------------------------------------------ who it is


@pytest.fixture
def course(tmp_path):
    """A course with a roster, a worksheet and rules, read from files."""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (tmp_path / "moodle.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    (tmp_path / "course.toml").write_text(
        'bonus = ["extra"]\n[late]\nfree_days = 1\npercent_per_day = 10\nmost_days = 7\n'
        '[due]\n71_toy = 2026-11-20T23:59:00\n[late_days."Jo Müller"]\n72_two = 8\n[canvas]\n71_toy = "Week 1 (55)"\n'
    )
    return read_course(tmp_path, exchange.worksheets(tmp_path))


@pytest.mark.parametrize("label, students", [
    ("Ada Byron_123", ["Ada Byron"]), ("byronada_4711", ["Ada Byron"]), ("ada", ["Ada Byron"]), ("u1", ["Ada Byron"]),
    ("ada@x.org", ["Ada Byron"]), ("Byron, Ada", ["Ada Byron"]), ("müllerjo_4712", ["Jo Müller"]),
    ("Jo Mu\u0308ller", ["Jo Müller"]), ("A/jo", ["Jo Müller"]), ("A", ["Ada Byron", "Jo Müller"]),
    ("A_77", ["Ada Byron", "Jo Müller"]), ("Kim Lee_124", ["Kim Lee (u4)"]), ("Kim Lee_999", ["Kim Lee_999"]),
    ("Kim Lee", ["Kim Lee"]), ("eve_5", ["eve_5"]),
])  # fmt: skip
def test_a_label_finds_its_student(course, label, students):
    assert course.students(label) == students


def test_weeks_join_by_the_roster(tmp_path, course):
    archive(tmp_path / "subs/one.zip", {"Ada Byron_123_assignsubmission_file/71_toy.ipynb": NOTEBOOK})
    archive(tmp_path / "subs/two.zip", {"byronada_4711_99001_71_toy.ipynb": NOTEBOOK})
    assert list(found(tmp_path / "subs", tmp_path / "marks", course)) == ["Ada Byron"]


@pytest.mark.parametrize("text", [
    ("Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (55)\n    Points Possible,,,,,9\n"
     '"Byron, Ada",4711,u1,ada,A,3\n"Student, Test",4799,,,A,\n'),
    "\ufeffName;E-Mail;Group;Bonus\r\nAda Byron;ada@x.org;A;1,5\r\n",
])  # fmt: skip
def test_a_roster_is_what_the_systems_export(tmp_path, text):
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    [ada] = read_course(tmp_path, {}).people
    assert (ada.name, ada.group) == ("Ada Byron", "A")
    assert (ada.canvas, ada.id, ada.login) == ("4711", "u1", "ada") or (ada.email, ada.bonus) == ("ada@x.org", 1.5)


@pytest.mark.parametrize("file, text, says", [
    ("roster.csv", "who\nada\n", "has no column 'name'"),
    ("course.toml", "attempts = 2", "'attempts = 2' is no rule; there are attempts, bonus"),
    ("course.toml", 'attempts = "first"', "write 'last' or 'best'"),
    ("course.toml", "latte = 1", "'latte = 1' is no rule"),
    ("course.toml", "[late]\npercent = 10", "'percent' in .late. is no rule; there are free_days, percent_per_day"),
    ("course.toml", "[late]\nfree_days = -1", "numbers from 0 on"),
    ("course.toml", '[due]\n71_toy = "Friday"', "Write 71_toy = 2026"), ("course.toml", "attempts = ", "course.toml: "),
])  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path, file, text, says):
    (tmp_path / file).write_text(text)
    with pytest.raises(ValueError, match=says):
        read_course(tmp_path, {})


def test_the_rules_on_the_page_are_rules(tmp_path):
    page = (GRADING.parents[1] / "book/instructors.md").read_text(encoding="utf-8")
    (tmp_path / "course.toml").write_text(page.split("```toml\n")[2].split("```")[0], encoding="utf-8")
    course = read_course(tmp_path, {})
    assert course.attempts == "best" and course.due["02_backpropagation"].day == 20
    assert course.late == {"free_days": 3, "percent_per_day": 10, "most_days": 7}


# ------------------------------------------------------------------------------ what counts


def result(student, file="", chapter="71_toy", points=(4.0, 2.0), digest=""):
    marks = [{"exercise": name, "title": name, "points": got, "out_of": 4.0, "status": "graded", "reason": "",
              "printed": ""} for name, got in zip(("one", "extra"), points, strict=True)]  # fmt: skip
    return {"student": student, "chapter": chapter, "notes": [], "marks": marks, "key": "k", "digest": digest,
            "file": f"/course/{file}"}  # fmt: skip


MOODLE, CANVAS = "Ada Byron_123_assignsubmission_file_/71_toy.ipynb", "byronada_LATE_4711_99001_71_toy.ipynb"


@pytest.mark.parametrize("student, file, chapter, days", [
    ("Ada Byron", MOODLE, "71_toy", 1), ("Kim Lee (u4)", MOODLE.replace("123", "124"), "71_toy", 0),
    ("Ada Byron", MOODLE, "72_two", 0), ("Ada Byron", CANVAS, "71_toy", 1),
    ("Ada Byron", CANVAS.replace("LATE_", ""), "71_toy", 0), ("Ada Byron", "ada/71_toy.ipynb", "71_toy", 0),
    ("Jo Müller", CANVAS, "72_two", 8),
])  # fmt: skip
def test_who_is_late(course, student, file, chapter, days):
    assert course.days_late(student, chapter, file) == days


@pytest.mark.parametrize("late, days, points, deducted", [
    ({}, (3, 9), (6, 6), 0), ({"percent_per_day": 10}, (1, 3), (5.4, 4.2), 2.4),
    ({"percent_per_day": 10, "free_days": 2}, (1, 3), (6, 4.8), 1.2), ({"percent_per_day": 60}, (2, 0), (0, 6), 6),
    ({"most_days": 2, "free_days": 9}, (2, 3), (6, 0), 6),
])  # fmt: skip
def test_late_days_cost_what_the_rule_says(late, days, points, deducted):
    course = Course([Person("ada", bonus=1.5)], late=late, bonus=["extra"],
                    late_days={"ada": {"71_toy": days[0], "72_two": days[1]}})  # fmt: skip
    counted = course.counted("ada", {name: result("ada", chapter=name) for name in ("72_two", "71_toy")})
    assert (counted["sets"], counted["deducted"]) == ({"71_toy": points[0], "72_two": points[1]}, deducted)
    assert (counted["points"], counted["out_of"]) == (round(sum(points) + 1.5, 2), 8)


def table(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def written(tmp_path, course, monkeypatch):
    """The folder of all tables for a class from both systems."""
    monkeypatch.setattr(report, "histogram", lambda *a: None)
    kim = "Kim Lee_124_assignsubmission_file/71_toy.ipynb"
    results = [result("Ada Byron", MOODLE), result("Kim Lee (u4)", kim, points=(None, 1.0)),
               result("Jo Müller", CANVAS.replace("byronada", "müllerjo"))]  # fmt: skip
    (tmp_path / "marks").mkdir()
    assert report.write(tmp_path / "marks", results, course) == []
    return tmp_path / "marks"


def test_the_table_of_what_counts(written):
    rows = {row["student"]: row for row in table(written / "summary.csv")}
    assert list(rows) == ["Ada Byron", "Jo Müller", "Kim Lee (u3)", "Kim Lee (u4)"]
    columns = "student,id,email,group,71_toy,late_days,deducted,bonus,points,out_of,not_marked"
    assert ",".join(rows["Ada Byron"]) == columns
    assert ",".join(rows["Ada Byron"].values()) == "Ada Byron,u1,ada@x.org,A,6,1,0,0,6,4,0"
    assert rows["Kim Lee (u3)"]["points"] == "0"


def test_moodle_takes_marks_and_feedback(written):
    """As importgradeslib.php and importziplib.php read them."""
    rows = table(written / "upload/moodle-71_toy.csv")
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows[0])
    assert {row["Identifier"][len("Participant ") :]: row["Grade"] for row in rows} == {"123": "6", "124": ""}
    assert {row["Maximum Grade"] for row in rows} == {"4"}
    with zipfile.ZipFile(written / "upload/moodle-71_toy-feedback.zip") as zipped:
        for name in zipped.namelist():
            part, file = name.split("/")
            fullname, number, kind, plugin, *_ = part.split("_", 4)
            assert number.isdigit() and (kind, plugin, file) == ("assignsubmission", "file", "feedback.html")
            assert f"<h1>{fullname}" in zipped.read(name).decode()


def test_canvas_takes_marks_and_feedback(written):
    """As gradebook_importer.rb reads them, and files by the numbers in their names."""
    rows = list(csv.reader(io.StringIO((written / "upload/canvas-71_toy.csv").read_text(encoding="utf-8"))))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Week 1 (55)"]
    assert rows[1:] == [["    Points Possible", "", "", "", "", "4"], ["Jo Müller", "4711", "u2", "", "A", "6"]]
    with zipfile.ZipFile(written / "upload/canvas-71_toy-feedback.zip") as zipped:
        assert zipped.namelist() == ["müllerjo_LATE_4711_99001_feedback.html"]


def test_no_formula_in_any_table():
    assert text_of(["a"], [{"a": "=1+1"}]) == "a\r\n'=1+1\r\n"


def test_a_roster_that_comes_later_keeps_the_marks(tmp_path, monkeypatch):
    """Points by hand for a label stay those of its student, and of all members where it is a group's."""
    monkeypatch.setattr(report, "histogram", lambda *a: None)
    (tmp_path / "results").mkdir()
    for label in ("Ada Byron_123", "A_9"):
        got = result(label, chapter="71_toy" if "Ada" in label else "72_two")
        got["marks"][0] |= {"status": "manual", "points": None, "answer": "because"}
        (tmp_path / f"results/{label}.json").write_text(json.dumps(got))
    assert report.write(tmp_path, []) == []
    rows = (tmp_path / "manual.csv").read_text(encoding="utf-8-sig").splitlines()
    (tmp_path / "manual.csv").write_text("\n".join(line.replace(",,4,", ",3,4,") for line in rows))
    assert report.write(tmp_path, [], Course([Person("Ada Byron", group="A"), Person("Bo", group="A")])) == []
    points = {row["student"]: (row["71_toy"], row["72_two"]) for row in table(tmp_path / "summary.csv")}
    assert points == {"Ada Byron": ("5", "5"), "Bo": ("0", "5")}
    assert (tmp_path / "manual.csv").read_text().count("because") == 0
    assert len((tmp_path / "manual.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("attempts, points", [("best", "6"), ("last", "1")])
def test_which_attempt_counts(tmp_path, monkeypatch, attempts, points):
    monkeypatch.setattr(report, "histogram", lambda *a: None)
    results = [result("ada", "a", points=(1.0, 0.0)), result("ada", "b", points=(4.0, 2.0)) | {"attempt": True}]
    report.write(tmp_path, results, Course(attempts=attempts))
    assert [row["71_toy"] for row in table(tmp_path / "summary.csv")] == [points]


def test_every_attempt_is_found_where_the_best_counts(tmp_path):
    for week, source in {"one": "a = 1", "two": "a = 2"}.items():
        path = tmp_path / week / "ada/71_toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(NOTEBOOK.replace("a = 1", source))
    left = ["ada/71_toy.ipynb: not graded, the student has another"]
    for attempts, count, told in [("last", 1, left), ("best", 2, [])]:
        roots = [tmp_path / "one", tmp_path / "two"]
        found, remarks = find_all(roots, MASTERS, tmp_path / "marks", Course(attempts=attempts))
        assert (len(found), remarks) == (count, told)


# ------------------------------------------------------------------------------ what is alike

WAYS = [
    ["step = (b - a) / n", "step = np.diff(x)[0]", "width = float(b - a) / n"],
    ["total = np.zeros(n + 1)", "total = [0.0] * (n + 1)", "total = np.empty(n + 1)"],
    ["for k in range(n):", "while k < n:", "for k, point in enumerate(x):"],
    ["    total[k + 1] = total[k] + step * g(x[k], total[k])", "    total += [total[k] + step * g(x[k], total[k])]",
     "    total[k + 1] = g(x[k], total[k]) * step + total[k]"],
    ["return np.array(total)", "return total[: n + 1]", "return np.asarray(total, float)"],
]  # fmt: skip


def answer(seed: int, own: int) -> list:
    """Lines that many write, each in one of three ways, and lines that nobody else does."""
    rng = random.Random(seed)
    lines = [rng.choice(ways) for ways in WAYS]
    lines += [f"    check_{own} = max(abs(total[{k}] - {own} * {k}), {rng.randrange(99)})" for k in range(9)]
    return [read_cell({"cell_type": "code", "source": "\n".join(lines), "metadata": {
        "nbgrader": {"grade_id": "one", "solution": True}}})]  # fmt: skip


def alike_in(answers: dict[str, list]) -> list[set[str]]:
    results = [{"student": student, "chapter": "71_toy", "lines": alike.lines_of(MASTERS["71_toy"], cells)}
               for student, cells in answers.items()]  # fmt: skip
    return [{row["student"], row["other"]} for row in alike.hints(results)]


def test_an_honest_class_has_no_hint():
    for first in range(0, 400, 40):
        assert alike_in({f"s{k}": answer(first + k, k) for k in range(30)}) == []


def test_copies_are_told_with_other_names_too():
    honest = {f"s{k}": answer(k, k) for k in range(30)}
    [cell] = honest["s1"]
    renamed = [replace(cell, source=cell.source.replace("total", "y").replace("check", "t"))]
    assert alike_in(honest | {"copy": honest["s0"], "renamed": renamed}) == [{"copy", "s0"}, {"renamed", "s1"}]
    assert alike_in({"s0": honest["s0"], "copy": honest["s0"]}) == []  # too few to tell

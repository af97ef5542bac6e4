"""The pages and tables for the class: feedback, texts to be read, sums, means, a histogram.

All text of a student's is escaped, and the pages forbid anything from a network and all scripts, but for the
book's MathJax on the page of texts.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import shutil
import statistics
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import exchange
from alike import hints
from marks import COLUMNS, Classes, Manual, load, points_of, rescue, row_of, shown, slug, store, store_table
from roster import Course

MATHJAX = Path(__file__).resolve().parents[2] / "book/_static/mathjax/tex-svg.js"
# Each answer has a MathJax of its own, so that neither its macros nor its faults reach another one.
SETTINGS = r"""MathJax = {
  tex: {inlineMath: [["$", "$"]], processEscapes: true, packages: {"[-]": ["autoload", "require"]}, macros: {
    boldsymbol: ["{\\mathbf{#1}}", 1], bm: ["{\\mathbf{#1}}", 1],
    bra: ["{\\left\\langle #1\\right|}", 1], ket: ["{\\left|#1\\right\\rangle}", 1]}},
  options: {enableMenu: false},
  startup: {async pageReady() {
    for (const answer of document.querySelectorAll(".formulas")) {
      MathJax.startup.promise = Promise.resolve();
      MathJax.startup.getComponents();
      try {
        await MathJax.typesetPromise([answer]);
      } catch (error) {
        answer.append(" [These formulas could not be typeset.]");
      }
    }
  }}
};
"""
FORMULAS = f'<script src="formulas.js"></script><script src="{MATHJAX.name}" defer></script>\n'
FORMULA = re.compile(r"\$|\\[(\[]|\\begin")
LOCAL = "'self' file:"
PART = 20_000  # bytes of one text in a page, less where there are many
PAGE_BYTES = 1_500_000  # of all texts in a page
MOST = 200  # signs that begin or end a formula, in one answer
PICTURES = 20

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data: {local}; script-src {scripts}">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222;}}
table {{border-collapse: collapse; margin: 1rem 0;}} th, td {{padding: .2rem .7rem; text-align: left;}}
tr {{border-bottom: 1px solid #ccc;}} td.n, th.n {{text-align: right;}}
section {{border-left: .3rem solid #999; padding: .1rem 0 .1rem .8rem; margin: 1.2rem 0;}}
section.full {{border-color: #2a7d4f;}} section.none {{border-color: #b5442a;}}
pre {{white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: .5rem;}}
.text {{white-space: pre-wrap; overflow-wrap: anywhere;}} img {{max-width: 100%;}}
</style>
{head}</head><body><h1>{title}</h1>
{body}
</body></html>
"""


def write(output: Path, lost: list[dict[str, Any]], course: Course | None = None) -> list[str]:
    """Write every page and table from the stored results and the lost ones; return what has to be looked at."""
    (output / "feedback").mkdir(exist_ok=True)
    (output / "results").mkdir(exist_ok=True)
    course = course or Course()
    kept = output / "results" / "marks.csv"
    manual = Manual(output / "manual.csv", course.students)
    rescue(output / "marks.csv", kept, manual)
    results: dict[tuple[str, str], dict[str, Any]] = {}
    stored = [load(path) for path in sorted((output / "results").glob("*.json"))]
    for result in [*filter(None, stored), *lost]:  # what cannot be read is graded again in the next run
        if result.get("attempt") and course.attempts == "last":
            continue  # one of all attempts, from a run in which the best counted
        for student in course.students(result["student"]):  # the roster may have come later
            own, key = copy.deepcopy(result) | {"student": student}, (student, result["chapter"])
            for mark in own["marks"]:
                manual.apply(*key, mark)
            if key not in results or course.attempts == "last" or points_of(own) >= points_of(results[key]):
                results[key] = own
    store(manual.judged, manual.about)
    classes = by_student(results, course)
    rows = [row_of(*each) for each in every(classes)]
    store_table(kept, COLUMNS, rows)
    store_table(output / "marks.csv", COLUMNS, rows)
    for student, chapters in classes.items():
        store(output / "feedback" / f"{slug(student)}.html", feedback(student, chapters))
    store(output / "manual.html", to_read(classes, output / "pictures"))
    store(output / "formulas.js", SETTINGS)
    if not (output / MATHJAX.name).exists():
        shutil.copy(MATHJAX, output)
    write_summary(output, classes, course)
    pairs = [row for chapter in sorted({chapter for _, chapter in results})
             for row in hints([r for r in results.values() if r["chapter"] == chapter])]  # fmt: skip
    store_table(output / "alike.csv", ["chapter", "student", "other", "lines", "by_chance"], pairs)
    exchange.write(output / "upload", classes, course, feedback)
    return manual.faults


def by_student(results: dict[tuple[str, str], dict[str, Any]], course: Course) -> Classes:
    """Sort the results; who has handed in nothing for a chapter that others did has missing marks."""
    templates = {chapter: result for (_, chapter), result in results.items() if chapter != "unknown"}
    students = {person.name for person in course.people} | {student for student, _ in results}
    missing = {(student, chapter): absent(student, template)
               for student in students for chapter, template in templates.items()}  # fmt: skip
    classes: Classes = {}
    for (student, chapter), result in sorted((missing | results).items()):
        classes.setdefault(student, {})[chapter] = result
    return classes


def every(classes: Classes) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Go through all marks, with the student and the set."""
    for student, results in classes.items():
        for chapter, result in results.items():
            for mark in result["marks"]:
                yield student, chapter, mark


def absent(student: str, template: dict[str, Any]) -> dict[str, Any]:
    marks = [{key: mark[key] for key in ("exercise", "title", "out_of")}
             | {"points": 0.0, "status": "missing", "reason": "Nothing was handed in."}
             for mark in template["marks"]]  # fmt: skip
    return {"student": student, "chapter": template["chapter"], "notes": [], "marks": marks}


# ------------------------------------------------------------------------------ pages


def page(title: str, body: str, local: str = "", scripts: str = "'none'", head: str = "") -> str:
    return PAGE.format(title=escape(title), body=body, local=local, scripts=scripts, head=head)


def feedback(student: str, chapters: dict[str, dict[str, Any]]) -> str:
    parts, room = [], share(sum(len(result["marks"]) for result in chapters.values()))
    for chapter, result in chapters.items():
        if not (marks := result["marks"]):
            continue
        parts.append(f"<h2>{escape(chapter)}: {total(marks)}</h2>")
        parts += [f"<p>{escape(note)}</p>" for note in result["notes"]]
        parts += [section(mark, room) for mark in marks]
    return page(student, "\n".join(parts))


def total(marks: list[dict[str, Any]]) -> str:
    got = sum(mark["points"] or 0 for mark in marks)
    waiting = sum(mark["points"] is None for mark in marks)
    later = f", {waiting} not marked yet" if waiting else ""
    return f"{got:g} of {sum(mark['out_of'] for mark in marks):g} points{later}"


def section(mark: dict[str, Any], room: int) -> str:
    kind = "" if mark["points"] is None else "full" if mark["points"] == mark["out_of"] else "none"
    points = f"{shown(mark['points']) or 'not marked yet,'} of {mark['out_of']:g}"
    reason = mark["reason"]
    if mark["status"] == "ungraded":
        reason = "This could not be graded yet."  # why is the instructor's business
    said = "\n".join(text for text in (mark.get("printed", "").strip(), reason) if text)
    heading = f"<h3>{escape(mark['title'])}: {points}</h3>"
    return f'<section class="{kind}">{heading}<pre>{cut(said, room)}</pre>{answer(mark, room)}</section>'


def answer(mark: dict[str, Any], room: int, folder: Path | None = None) -> str:
    """Show an answer; its pictures are put into a folder beside the page, and without one only counted."""
    text, images = mark.get("answer", ""), mark.get("images", [])
    many = len(FORMULA.findall(text)) > MOST
    parts = [f'<div class="text{"" if many else " formulas"}">{cut(text, room)}</div>']
    if many:
        parts.append("<p>It has so many formulas that they are shown as they were written.</p>")
    if code := "\n\n".join(mark.get("code", [])):
        parts.append(f"<pre>{cut(code, room)}</pre>")
    if folder:
        parts += [f'<p><img alt="" loading="lazy" src="{picture(url, folder)}"></p>' for url in images[:PICTURES]]
    if left := len(images) - PICTURES * bool(folder):
        parts += [f"<p>{left} pictures of this answer are not shown here.</p>"] * (left > 0)
    return "".join(parts)


def picture(url: str, folder: Path) -> str:
    """Store a picture beside the page; return its address there."""
    kind, _, data = url.removeprefix("data:image/").partition(";base64,")
    path = folder / f"{hashlib.sha256(data.encode()).hexdigest()[:16]}.{kind}"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(data))
    return f"{folder.name}/{path.name}"


def share(texts: int) -> int:
    """Return how many bytes each of so many texts may have, with its code and what was said."""
    return min(PART, PAGE_BYTES // (3 * max(1, texts)))


def cut(text: str, room: int) -> str:
    """Return text for a page, no longer than there is room, and say what was left out."""
    whole = escape(text[:room]).encode("utf-8", "replace")
    if len(text) <= room and len(whole) <= room:
        return whole.decode()
    kept = re.sub(r"&[^;]*$", "", whole[:room].decode(errors="ignore"))
    return f"{kept}\n[Cut here: {len(text)} characters in all, see the notebook.]"


def to_read(classes: Classes, folder: Path) -> str:
    """Return the page of all texts, exercise by exercise, as they are best marked."""
    entries: dict[tuple[str, str, str], list[str]] = {}
    answered = [each for each in every(classes) if "answer" in each[2]]
    for student, chapter, mark in answered:
        points = "" if mark["points"] is None else f", {mark['points']:g} points"
        text = f"<h3>{escape(student)}{points}</h3>{answer(mark, share(len(answered)), folder)}"
        key = chapter, mark["exercise"], f"{mark['title']} ({mark['out_of']:g} points)"
        entries.setdefault(key, []).append(f"<section>{text}</section>")
    body = [("<p>Enter the points into manual.csv, in the row of the student and the exercise, then run the "
            "same command again.</p>")]  # fmt: skip
    for (chapter, _, title), texts in sorted(entries.items(), key=lambda entry: entry[0][0]):
        body += [f"<h2>{escape(chapter)}: {escape(title)}</h2>", *texts]
    return page("Texts to be read", "\n".join(body), local=LOCAL, scripts=LOCAL, head=FORMULAS)


# ------------------------------------------------------------------------------ the class


def write_summary(output: Path, classes: Classes, course: Course) -> None:
    students, sums = course.table(classes)
    exercises: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for _, chapter, mark in every(classes):
        exercises.setdefault((chapter, mark["exercise"]), []).append(mark)
    means = []
    for (chapter, exercise), marks in sorted(exercises.items(), key=lambda entry: entry[0][0]):
        points = [mark["points"] for mark in marks if mark["points"] is not None]
        row = {"chapter": chapter, "exercise": exercise, "title": marks[0]["title"],
               "out_of": shown(marks[0]["out_of"]), "students": str(len(points))}  # fmt: skip
        if points:
            row |= {"mean": f"{statistics.mean(points):.2f}", "median": shown(statistics.median(points))}
        means.append(row)
    columns = ["chapter", "exercise", "title", "out_of", "students", "mean", "median"]
    store_table(output / "summary.csv", students, sums)
    store_table(output / "exercises.csv", columns, means)
    histogram(output / "histogram.svg", sums)
    body = '<p><img alt="how many students have how many points" src="histogram.svg"></p>'
    body += html_table(students, sums) + html_table(columns, means)
    store(output / "summary.html", page("Summary", body, local=LOCAL))


def html_table(columns: list[str], rows: list[dict[str, str]]) -> str:
    words = {"student", "chapter", "exercise", "title", "id", "email", "group"}
    cells = [[("" if c in words else ' class="n"', row.get(c, "")) for c in columns] for row in rows]
    head = "".join(f"<th{'' if c in words else ' class=n'}>{escape(c.replace('_', ' '))}</th>" for c in columns)
    lines = ("".join(f"<td{kind}>{escape(text)}</td>" for kind, text in row) for row in cells)
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def histogram(path: Path, sums: list[dict[str, str]]) -> None:
    import matplotlib.pyplot as plt

    points = [float(row["points"]) for row in sums]
    most = max([*points, *(float(row["out_of"]) for row in sums)], default=1.0) or 1.0
    with plt.rc_context({"svg.hashsalt": "marks", "svg.fonttype": "path"}):
        figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
        ax.hist(points, bins=10, range=(0, most), color="#2a78b5", edgecolor="white")
        ax.set(xlabel=f"points, of {most:g}", ylabel="students")
        ax.yaxis.get_major_locator().set_params(integer=True)
        figure.savefig(path.with_suffix(".new"), format="svg", metadata={"Date": None})
        plt.close(figure)
    path.with_suffix(".new").replace(path)

"""Run the checks of a master against what a student wrote.

A check runs here, in the grader's process, with the master's imports. Only the names that it does not find
there are the student's: plain data, or stand-ins whose calls run in the student's process.
"""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import io
import json
import signal
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notebooks import Assembled, Cell, Master
from sandbox import Box, Machinery
from session import Session, told
from talk import SILENT, TOO_LONG, Allowance, Ended, StudentError, Talk, clean

ELSEWHERE = "The check in the notebook passes, a further one at other points does not."
ALONE = "It passes when the cells of the other exercises are left out."
OPEN = "How long it waits says nothing about it, so this is no mark: somebody will look at it."
BELOW = "It passes when the cells below it are run first."


@dataclass
class Outcome:
    """What a check said: its points, or none where it failed, its message, what it printed, why time ran out."""

    points: float | None
    message: str
    printed: str
    late: str


def namespace_of(master: Master) -> dict[str, Any]:
    """Run the locked cells of a master here; return what they define."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in master.cells:
            if cell.role == "locked":
                exec(compile(cell.source, cell.grade_id, "exec"), namespace)
    return namespace


def run_check(check: Cell, namespace: dict[str, Any], talk: Talk, allowance: Allowance, further: bool) -> Outcome:
    """Run the visible part of a check, then, if asked for, the hidden one; Machinery says nothing of the answer."""
    scope, printed, hidden = dict(namespace), io.StringIO(), False
    points, message, late = None, "", ""
    try:
        talk.allow(allowance)
        with alarm(allowance.seconds), contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fetch(check, scope, talk)
            exec(compile(check.visible(), "check", "exec"), scope)
            if further:
                hidden = True
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(check.hidden(), "hidden", "exec"), scope)
        points = credit(check, scope)
    except MemoryError:
        raise Machinery("the check ran out of memory") from None
    except Ended as end:
        message = f"While it was checked {end}."
        late = str(end) if str(end) in (TOO_LONG, SILENT) else ""
    except Exception as error:
        message = clean(str(error), 1000) if type(error).__name__ == "Failed" else told(error)
    if points is None and hidden:
        message = ELSEWHERE
    return Outcome(points, message, clean(printed.getvalue(), 4000), late)


def credit(check: Cell, scope: dict[str, Any]) -> float:
    """Return the points of a check that ran through: all, or what its last line names, as nbgrader counts it."""
    last = "".join(check.source.rstrip().splitlines()[-1:])
    if not last.isidentifier():
        return check.points
    points = scope.get(last)
    if not isinstance(points, (int, float)) or not 0 <= points <= check.points:
        raise Machinery(f"the check gives {points!r} points, out of {check.points:g}")
    return float(points)


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise Ended in what runs inside when this process has computed for so long and two seconds more.

    Waiting for the student costs nothing of it.
    """

    def ring(*_: Any) -> None:
        raise Ended(TOO_LONG)

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds + 2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def fetch(check: Cell, scope: dict[str, Any], talk: Talk) -> None:
    """Put the student's objects into the scope, under the names that the check uses and nobody defines."""
    asked = foreign_names(check.source) - scope.keys() - set(dir(builtins))
    for name, (kind, value) in talk.ask("get", sorted(asked)).items():
        if kind == "unsendable":
            raise StudentError(f"{name}: {value}")
        if name in asked:
            scope[name] = value


def foreign_names(source: str) -> set[str]:
    """Return the global names that a cell uses but neither imports nor defines."""
    top = symtable.symtable(source, "check", "exec")
    own = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    tables, used = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {symbol.get_name() for symbol in table.get_symbols()
                 if symbol.is_referenced() and (table is top or symbol.is_global())}  # fmt: skip
    return used - own


# ------------------------------------------------------------------------------ one submission


@dataclass
class Grading:
    """Grades one assembled notebook; the allowance is for a cell, and for all calls of one check together."""

    master: Master
    namespace: dict[str, Any]
    notebook: Assembled
    box: Box
    allowance: Allowance

    def grade(self) -> list[dict[str, Any]]:
        """Run the cells and the checks in the notebook's order, then what failed by itself.

        The hidden tests come in a second process: one that has seen them can say nothing any more that the
        feedback shows.
        """
        cells = self.notebook.cells
        marks = {place: self.to_read(cell) for place, cell in enumerate(cells) if cell.role == "manual"}
        first = Session(self.box, [], self.allowance)
        for place, check in self.walk(first):
            marks[place] = self.checked(check, first, further=False)
        second = Session(self.box, [], self.allowance)
        second.dropped = set(first.dropped)
        for place, check in self.walk(second):
            mark = marks[place]
            if mark["passes"] and check.hidden():
                again = self.checked(check, second, further=True) | {"printed": mark["printed"]}
                again["silent"] |= mark["silent"]
                if again["points"] is not None and again["points"] < mark["points"]:
                    again["reason"] = ELSEWHERE
                marks[place] = again
        for place, mark in marks.items():
            if mark["status"] == "graded" and mark["points"] < mark["out_of"]:
                self.try_alone(place, mark)
        for place, mark in marks.items():
            if mark["silent"] and mark["points"] < mark["out_of"]:
                mark.update(points=None, status="open", reason=f"{mark['reason']} {OPEN}")
            if cells[place].role == "check":
                code = json.dumps(self.written(cells[place].exercise).get("code", []))
                mark["wrote"] = hashlib.sha256(code.encode()).hexdigest()[:8]
                mark.update(self.left_unread(cells[place], mark))
        return [marks[place] for place in sorted(marks)]

    def walk(self, session: Session) -> Iterator[tuple[int, Cell]]:
        """Go through the notebook: give the session the cells that run, and yield the checks."""
        for place, cell in enumerate(self.notebook.cells):
            if cell.runs:
                session.cells.append(cell)
            if cell.role == "check":
                yield place, cell

    def checked(self, check: Cell, session: Session, further: bool) -> dict[str, Any]:
        """Return the mark for a check, with its hidden tests or without, after the cells of a session."""
        try:
            outcome = run_check(check, self.namespace, session.ready(), session.allowance, further)
        except Machinery as fault:
            return self.mark(check, "ungraded", None, str(fault))
        if outcome.points is not None:
            some = f"The check gives {outcome.points:g} of {check.points:g} points."
            return self.mark(check, "graded", outcome.points, some * (outcome.points < check.points),
                             printed=outcome.printed, passes=True, silent=session.silent)  # fmt: skip
        if nothing := self.nothing_written(check.exercise):
            return self.mark(check, "missing", 0.0, nothing)
        trouble = session.trouble(check.exercise)
        reason = f"{trouble} {outcome.message}".strip()
        silent = session.silent or outcome.late == SILENT
        late = silent or bool(outcome.late) or TOO_LONG in trouble
        return self.mark(check, "graded", 0.0, reason, printed=outcome.printed, late=late, silent=silent)

    def nothing_written(self, exercise: int) -> str:
        """Say that the cells for an exercise's code are not there, or as they were given."""
        cells = [c for c in self.notebook.cells if c.role == "solution" and c.exercise == exercise]
        if not cells or self.written(exercise):
            return ""
        gone = all(cell.grade_id in self.notebook.missing for cell in cells)
        return "The cell for the answer is not there." if gone else "Nothing was written into the cell."

    def try_alone(self, place: int, mark: dict[str, Any]) -> None:
        """Try a failed check again without the other exercises' cells; keep the better mark.

        First with the exercise's own cells and those that the student added before the first exercise, then
        with the exercise's solution cells only; both times also with the student's cells below the check.
        """
        check = self.notebook.cells[place]
        before = [cell for cell in self.notebook.cells[:place] if cell.runs]
        below = [c for c in self.notebook.cells[place:] if c.runs and c.exercise == check.exercise]
        own = [c for c in before if c.role == "locked" or c.exercise in (0, check.exercise)]
        bare = [c for c in own if c.role != "extra"]
        tried = [before]
        for cells, reason in [(own, ALONE), (bare, ALONE), (own + below, BELOW), (before + below, BELOW)]:
            if cells in tried or mark["points"] == mark["out_of"]:
                continue
            tried.append(cells)
            allowance = self.allowance.third() if mark["late"] else self.allowance  # it costs enough
            again = self.checked(check, Session(self.box, list(cells), allowance), further=True)
            mark["silent"] = again["silent"] = mark["silent"] or again["silent"]
            if (again["points"] or 0) > mark["points"]:
                mark.update(again, reason=f"{reason} {again['reason']}".strip())

    def to_read(self, cell: Cell) -> dict[str, Any]:
        """Return the mark for a cell that somebody has to read, with what there is to read."""
        if written := self.written(cell.exercise, cell):
            return self.mark(cell, "manual", None, "To be read.", **written)
        return self.mark(cell, "missing", 0.0, "There is no answer.")

    def written(self, exercise: int, text: Cell | None = None) -> dict[str, Any]:
        """Return what the student wrote near an exercise, for a reader; nothing if there is nothing.

        With a text that is read, the other texts that are read are left out.
        """
        near = [c for c in self.notebook.cells if max(c.exercise, 1) == max(exercise, 1) and c.written]
        near = [c for c in near if c.role != "manual" or text is None or c.grade_id == text.grade_id]
        if not near:
            return {}
        return {"answer": "\n\n".join(c.source for c in near if not c.code),
                "code": [c.source for c in near if c.code],
                "images": [picture for c in near for picture in c.images]}  # fmt: skip

    def left_unread(self, check: Cell, mark: dict[str, Any]) -> dict[str, Any]:
        """Return what else has to be shown: texts near an exercise in code, and the code where it fails."""
        manual = {cell.exercise for cell in self.notebook.cells if cell.role == "manual"}
        written = self.written(check.exercise)
        if not written or (check.exercise in manual and mark["status"] != "open"):
            return {}
        if mark["points"]:
            written["code"] = []
        if not written["answer"] and mark["status"] != "open":
            del written["answer"]  # it is not for the page of texts
        return written

    def mark(self, cell: Cell, status: str, points: float | None, reason: str, **more: Any) -> dict[str, Any]:
        more = {"printed": "", "late": False, "silent": False, "passes": False} | more
        return self.master.mark(cell, status, points, reason, **more)

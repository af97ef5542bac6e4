"""The student's notebook, run cell by cell in the student's process, and again where a cell has ended it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import islice

from notebooks import Cell, Master
from sandbox import Box, Machinery
from talk import SILENT, TEXT_LENGTH, Allowance, Ended, StudentError, Talk, clean

TROUBLES = 5  # as many are told of one exercise


def preload(masters: Iterable[Master]) -> list[str]:
    """Return the imports of the warm process: the masters', and slow ones that students use."""
    locked = [node for master in masters for cell in master.cells if cell.role == "locked"
              for node in ast.parse(cell.source).body]  # fmt: skip
    imports = [ast.unparse(node) for node in locked if isinstance(node, (ast.Import, ast.ImportFrom))]
    return [*dict.fromkeys(imports), "import asyncio, IPython.core.inputtransformer2, matplotlib.pyplot, sympy"]


class Session:
    """The student's notebook in one process; a cell that ends the process is left out the next time.

    More cells may be appended to those that run.
    """

    def __init__(self, box: Box, cells: list[Cell], allowance: Allowance) -> None:
        self.box, self.cells, self.allowance = box, cells, allowance
        self.troubles: dict[int, str] = {}  # by position in cells
        self.dropped: set[int] = set()
        self.talk: Talk | None = None
        self.done = 0

    def ready(self) -> Talk:
        """Run what has not run yet; return the conversation with the process in which all has run."""
        while True:
            if self.talk is None or self.talk.ended:
                self.begin()
            try:
                while self.done < len(self.cells):
                    if self.done not in self.dropped:
                        self.run(self.cells[self.done])
                    self.done += 1
                return self.talk
            except Ended as end:
                self.remember(f"{end}, so it was left out")
                self.dropped.add(self.done)

    @property
    def silent(self) -> bool:
        """Whether a cell was left out because it did not answer, which is no fault of anything after it."""
        return any(trouble.startswith(SILENT) for trouble in self.troubles.values())

    def begin(self) -> None:
        """Start a process, and put beside it what was handed in beside the notebook."""
        self.talk, self.done = Talk(self.box), 0
        try:
            self.talk.allow(self.allowance)
            for name, body in self.box.files.items():
                self.talk.ask("put", name, body)
        except (Ended, StudentError) as error:
            raise Machinery(f"the files beside the notebook could not be written: {error}") from None

    def run(self, cell: Cell) -> None:
        name = f"cell {cell.grade_id or 'of your own'} {self.done}"
        try:
            self.talk.allow(self.allowance)
            self.talk.ask("run", name, cell.source)
        except StudentError as error:
            self.remember(told(error))

    def remember(self, trouble: str) -> None:
        """Remember what went wrong in a cell; before any of the student's, it is no fault of theirs."""
        if all(cell.role == "locked" for cell in islice(self.cells, self.done + 1)):
            raise Machinery(f"the locked cell {self.cells[self.done].grade_id} failed: {trouble}")
        self.troubles[self.done] = trouble

    def trouble(self, exercise: int) -> str:
        """Say what the student's cells of an exercise raised."""
        told = [
            f"Your {'cell ' + cell.grade_id if cell.grade_id else 'own cell'}: {self.troubles[position]}."
            for position, cell in enumerate(self.cells)
            if position in self.troubles and cell.exercise == exercise and cell.role != "locked"
        ]
        left = len(told) - TROUBLES
        return " ".join([*told[:TROUBLES], *[f"Further cells of yours that failed: {left}."] * (left > 0)])


def told(error: BaseException) -> str:
    text = clean(str(error), TEXT_LENGTH)
    if type(error) is StudentError:
        return text
    return f"{type(error).__name__}{': ' if text[:1] not in ('', '(') else ' '}{text}".strip()

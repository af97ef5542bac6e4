"""Faults in the exercises: their points and checks, and what a student gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from injection import Copy, Edit, Fault, in_cells, parametrised

SET = "02_backpropagation"
MASTER, STUDENT, WRONG = f"exercises/source/{SET}/{SET}.ipynb", f"book/exercises/{SET}.ipynb", f"exercises/wrong_answers/{SET}.py"
TABLE, ANSWERS = (f"tests/exercises/test_masters.py -k '{SET} and {part}'" for part in ("not pass_and", "pass_and"))
RELEASE = "tests/exercises/test_release.py -k 'student_notebook or solutions'"

Cell = dict[str, Any]


def master(name: str, old: str, new: str, gate: str, says: str) -> Fault:
    return Fault(name, Edit(MASTER, old, new), gate, says)


def cell(name: str, id: str, change: Callable[[Cell], object], gate: str, says: str, file: str = MASTER) -> Fault:
    """A change of one cell, of the master if no other file is named."""
    edit = in_cells(file, lambda cells: change(next(c for c in cells if c["id"] == id)), code_only=False)
    return Fault(name, edit, gate, says)


def mark(**marks: object) -> Callable[[Cell], object]:
    return lambda cell: cell["metadata"]["nbgrader"].update(marks)


def write(text: str) -> Callable[[Cell], object]:
    return lambda cell: cell.update(source=[text])


def hide(cell: Cell) -> None:
    """Leave nothing of a check that a student sees."""
    lines = [line for line in cell["source"] if "HIDDEN TESTS" not in line]
    cell["source"] = ["### BEGIN HIDDEN TESTS\n", *lines, "### END HIDDEN TESTS"]


def print_something(cell: Cell) -> None:
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]


HEADING = '*Code · ★★ · 15 minutes · {} points.*\\n",\n    "\\n",\n    "In the chapter\'s figure'
SHAPE_ALONE = """network = Network((2, 4, 1), "tanh")
theta = network.initial_parameters(np.random.default_rng(1))
x, t = np.ones((5, 2)), np.ones((5, 1))
checks.equal(np.shape(input_gradient(network, theta, x, t)), (5, 2))"""
SOLVED = """def input_gradient(network, theta, x, t):
    return deltas(network, theta, network.forward(theta, x), t)[0] @ theta[0].weights"""

FAULTS = {
    "points": [
        master("of the table", "| 3 | One step further back | Code | ★★ | 15 | 3 |", "| 3 | One step further back | Code | ★★ | 15 | 4 |", TABLE, "those_of_the_table.*'3', 'One step further back'"),
        master("below the heading", HEADING.format(3), HEADING.format(4), TABLE, "One step further back"),
        cell("of a cell", "ch02-input-check", mark(points=4), TABLE, "points_are_those_of_the_cells.*One step further back"),
        master("that do not add up", "| | all | | | 190 | 36 |", "| | all | | | 190 | 37 |", TABLE, r"last_row_of_the_table_adds_up\[02"),
    ],
    "check": [
        cell("that an empty cell passes", "ch02-input-check", hide, ANSWERS, "ch02-input-check passes untouched"),
        cell("that a wrong answer passes", "ch02-input-check", write(SHAPE_ALONE), ANSWERS, "ch02-input: forgets the mean over samples: passes"),
        Fault("with too wide a tolerance", Edit("course_lib/checks.py", "rtol: float = 1e-6", "rtol: float = 3.0"), ANSWERS, "ch02-printed: as it is printed: passes"),
        Fault("of a wrong answer that is right", Edit(WRONG, "(1 - (1 - gamma) ** k)", "(1 - (1 - 2 * gamma) ** k)"), ANSWERS, "ch02-zero-answer: forgets the factor two: passes"),
        Fault("of a wrong answer that does not run", Edit(WRONG, "(1 - (1 - gamma) ** k)", "(1 - (1 - rate) ** k)"), ANSWERS, "forgets the factor two: fails because a name is missing"),
        Fault("with too few wrong answers", Edit(WRONG, "# %% ch02-input:", "# ch02-input:", times=5), TABLE, "One step further back: 0 wrong answers"),
        master("that the solution fails", "return delta @ theta[0].weights", "return 2 * delta @ theta[0].weights", ANSWERS, "Expected input_gradient at"),
        master("that the solution fails at other points", "(1 - (1 - 2 * gamma) ** k)", "(1 - (1 - 2 * gamma) ** min(k, 5))", ANSWERS, "Expected bias_after in call"),
    ],
    "cell": [
        cell("that a student may change", "ch02-input-check", lambda cell: cell["metadata"].pop("nbgrader"), TABLE, "ch02-input-check: a student could change it"),
        cell("with the id of another", "ch02-input-check", mark(grade_id="ch02-input"), TABLE, "Duplicate grade id: ch02-input"),
        cell("with an output", "ch02-imports", print_something, TABLE, "ch02-imports"),
        master("with the title of no chapter", "# Exercises: Backpropagation", "# Exercises: Back propagation", TABLE, "title_is_that_of_the_chapter"),
    ],
    "student notebook": [
        cell("with a solution", "ch02-input", write(SOLVED), RELEASE, f"in_step_with_its_master.{SET}", file=STUDENT),
        Fault("with the hidden tests", Edit("exercises/release.py", "for step in converter.preprocessors:", "for step in converter.preprocessors[:2]:"), RELEASE, "neither_solutions_nor_hidden_tests"),
        master("behind its master", "Which of the slopes in", "Which slopes in", RELEASE, "run: make exercises"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)

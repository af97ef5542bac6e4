"""Faults in the exercises: their points and checks, what a student gets, and how an answer is graded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from injection import Copy, Edit, Fault, in_cells, parametrised

SET = "02_backpropagation"
MASTER, STUDENT, WRONG = (
    f"exercises/source/{SET}/{SET}.ipynb",
    f"book/exercises/{SET}.ipynb",
    f"exercises/wrong_answers/{SET}.py",
)
TABLE, ANSWERS = (f"tests/exercises/test_masters.py -k '{SET} and {part}'" for part in ("not pass_and", "pass_and"))
GRADED = "tests/exercises/test_grading.py -k every_master"
RELEASE = "tests/exercises/test_release.py -k 'student_notebook or solutions'"

COURSE = "tests/exercises/test_course.py"
GRADER, HOSTILE = "tests/exercises/test_grading_parts.py", "tests/exercises/test_grading.py -k loses_only"

Cell = dict[str, Any]


def master(name: str, old: str, new: str, gate: str, says: str) -> Fault:
    return Fault(name, Edit(MASTER, old, new), gate, says)


def cell(name: str, id: str, change: Callable[[Cell], object], gate: str, says: str, file: str = MASTER) -> Fault:
    """A change of one cell, of the master if no other file is named."""
    edit = in_cells(file, lambda cells: change(next(c for c in cells if c["id"] == id)), code_only=False)
    return Fault(name, edit, gate, says)


def grader(name: str, file: str, old: str, new: str, gate: str, says: str) -> Fault:
    return Fault(name, Edit(f"exercises/grading/{file}", old, new), gate, says)


def mark(**marks: object) -> Callable[[Cell], object]:
    return lambda cell: cell["metadata"]["nbgrader"].update(marks)


def write(text: str) -> Callable[[Cell], object]:
    return lambda cell: cell.update(source=[text])


def hide(cell: Cell) -> None:
    """Leave nothing of a check that a student sees."""
    lines = [line for line in cell["source"] if "HIDDEN TESTS" not in line]
    cell["source"] = ["### BEGIN HIDDEN TESTS\n", *lines, "### END HIDDEN TESTS"]


def share_a_name(cells: list[Cell]) -> None:
    """Let a check define what the next one needs."""
    first, second = (next(c for c in cells if c["id"] == f"ch02-{part}-check") for part in ("input", "printed"))
    first["source"], second["source"] = ["left = 1\n", *first["source"]], ["left\n", *second["source"]]


def print_something(cell: Cell) -> None:
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]


SHAPE_ALONE = """network = Network((2, 4, 1), "tanh")
theta = network.initial_parameters(np.random.default_rng(1))
x, t = np.ones((5, 2)), np.ones((5, 1))
checks.equal(np.shape(input_gradient(network, theta, x, t)), (5, 2))"""
SOLVED = """def input_gradient(network, theta, x, t):
    return deltas(network, theta, network.forward(theta, x), t)[0] @ theta[0].weights"""

FORMULA = """
A right answer is `return np.mean(t) * (1 - (1 - 2 * gamma) ** k)`.
"""

FAULTS = {
    "points": [
        master("of the table", "| 3 | One step further back | Code | ★★ | 15 | 3 |", "| 3 | One step further back | Code | ★★ | 15 | 4 |", TABLE, "those_of_the_table.*'3', 'One step further back'"),
        cell("of a cell", "ch02-input-check", mark(points=4), TABLE, "points_are_those_of_the_cells.*One step further back"),
        master("that do not add up", "| | total | | | 120 | 25 |", "| | total | | | 120 | 26 |", TABLE, r"last_row_of_the_table_adds_up\[02"),
    ],
    "check": [
        Fault("that needs what another one left", in_cells(MASTER, share_a_name), GRADED, r"name 'left' is not defined"),
        cell("that an empty cell passes", "ch02-input-check", hide, ANSWERS, "ch02-input-check passes untouched"),
        cell("that a wrong answer passes", "ch02-input-check", write(SHAPE_ALONE), ANSWERS, "ch02-input: forgets the mean over samples: passes"),
        Fault("with too wide a tolerance", Edit("course_lib/checks.py", "rtol: float = 1e-6", "rtol: float = 3.0"), ANSWERS, "ch02-printed: as it is printed: passes"),
        Fault("of a wrong answer that is right", Edit(WRONG, "(1 - (1 - gamma) ** k)", "(1 - (1 - 2 * gamma) ** k)"), ANSWERS, "ch02-zero-answer: forgets the factor two: passes"),
        Fault("of a wrong answer that does not run", Edit(WRONG, "(1 - (1 - gamma) ** k)", "(1 - (1 - rate) ** k)"), ANSWERS, "forgets the factor two: fails because a name is missing"),
        Fault("with too few wrong answers", Edit(WRONG, "# %% ch02-input:", "# ch02-input:", times=5), TABLE, "One step further back: 0 wrong answers"),
        master("that the solution fails at other points", "(1 - (1 - 2 * gamma) ** k)", "(1 - (1 - 2 * gamma) ** min(k, 5))", ANSWERS, "Expected bias_after in call"),
    ],
    "cell": [
        cell("that a student may change", "ch02-input-check", lambda cell: cell["metadata"].pop("nbgrader"), TABLE, "ch02-input-check: a student could change it"),
        cell("with the id of another", "ch02-input-check", mark(grade_id="ch02-input"), TABLE, "Duplicate grade id: ch02-input"),
        cell("with an output", "ch02-imports", print_something, TABLE, "ch02-imports"),
    ],
    "student notebook": [
        cell("with a solution", "ch02-input", write(SOLVED), RELEASE, f"in_step_with_its_master.{SET}", file=STUDENT),
        Fault("with the hidden tests", Edit("exercises/release.py", "for step in converter.preprocessors:", "for step in converter.preprocessors[:2]:"), RELEASE, "neither_solutions_nor_hidden_tests"),
        Fault("beside a page with a solution", Edit("book/instructors.md", lambda text: text + FORMULA), "tests/exercises/test_solutions_kept.py", "instructors.md solves ch02-zero-answer"),
        Fault("beside the solutions of all exercises", Edit("book/_ext/solutions.py", "if exercise.number in numbers:", "if numbers:"), "tests/exercises/test_solutions_published.py -k no_other", "it holds ch01-sigmoid"),
        master("behind its master", "Which of the four slopes", "Which slopes", RELEASE, "run: make exercises"),
    ],
    "grader": [
        grader("that leaves out the hidden tests", "checking.py", "            if further:\n                hidden", "            if False:\n                hidden", HOSTILE, r"loses_only_its_exercise\[right only where it is seen\]"),
        grader("that shows the hidden tests as visible ones", "notebooks.py", 'return HIDDEN.sub("", self.source)', "return self.source", GRADER, "test_visible_and_hidden_part_of_a_check"),
        grader("that lets the clock decide", "checking.py", 'if mark["silent"] and', 'if not mark and', "tests/exercises/test_grading.py -k clock", "test_time_on_the_clock"),
        grader("that uploads a part of a mark", "exchange.py", '"" if open_ else shown', '"0" if open_ else shown', COURSE, "test_moodle_takes_marks"),
        grader("that forgets a late day of Canvas", "roster.py", "return int(origin.late) if", "return 0 if", COURSE, "test_who_is_late"),
        grader("that takes one Lee for the other", "roster.py", "        if len(found) == 1:\n", "        if found:\n", COURSE, "test_a_label_finds_its_student"),
        grader("whose table holds a formula", "marks.py", '(?=[=+', '(?=[+', GRADER, r"test_no_formula_in_a_table\[=1\+1\]"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)

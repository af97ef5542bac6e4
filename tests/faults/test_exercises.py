"""Faults in the exercises: points, checks, what a student gets, and how an answer is graded."""

from __future__ import annotations

from injection import Copy, Edit, Fault, in_cells, parametrised

SET = "02_backpropagation"
MASTER, STUDENT = f"exercises/source/{SET}/{SET}.ipynb", f"book/exercises/{SET}.ipynb"
MASTERS, RELEASE = f"tests/exercises/test_masters.py -k '{SET} or ids'", "tests/exercises/test_release.py -k 'not nbgrader'"


def master(name: str, old: str, new: str, says: str) -> Fault:
    return Fault(name, Edit(MASTER, old, new), MASTERS, says)


def cell(id: str, change, name: str, says: str) -> Fault:
    return Fault(name, in_cells(MASTER, lambda cells: change(next(c for c in cells if c["id"] == id)), code_only=False), MASTERS, says)


def no_check(cell):
    cell["source"] = ["### BEGIN HIDDEN TESTS\n", *cell["source"], "\n### END HIDDEN TESTS"]


FAULTS = {
    "points": [
        master("of the table", "| 3 | One step further back | Code | ★★ | 15 | 3 |", "| 3 | One step further back | Code | ★★ | 15 | 4 |", "x"),
        cell("ch02-input-check", lambda c: c["metadata"]["nbgrader"].update(points=4), "of a cell", "x"),
        master("of the line below the heading", "*Code · ★★ · 15 minutes · 3 points.*", "*Code · ★★ · 15 minutes · 4 points.*", "x"),
        master("sum of the table", "| | all | | | 190 | 36 |", "| | all | | | 190 | 37 |", "x"),
    ],
    "check": [
        cell("ch02-input-check", no_check, "hidden as a whole, so that the empty cell passes", "x"),
        master("that a wrong answer passes", "points = list(3 * rng.normal(size=(4, 4)))", "points = []", "x"),
        Fault("that a wrong answer passes, by the tolerance", Edit("course_lib/checks.py", "rtol: float = 1e-6", "rtol: float = 3.0"), MASTERS, "x"),
        Fault("wrong answer that is right", Edit(f"exercises/wrong_answers/{SET}.py", "(1 - (1 - gamma) ** k)", "(1 - (1 - 2 * gamma) ** k)"), MASTERS, "x"),
        Fault("wrong answer that does not run", Edit(f"exercises/wrong_answers/{SET}.py", "(1 - (1 - gamma) ** k)", "(1 - (1 - rate) ** k)"), MASTERS, "x"),
        master("solution that fails its check", "return delta @ theta[0].weights", "return 2 * delta @ theta[0].weights", "x"),
        master("solution that is wrong at other points", "return np.mean(t) * (1 - (1 - 2 * gamma) ** k)", "return np.mean(t) * (1 - (1 - 2 * gamma) ** min(k, 5))", "x"),
        Fault("wrong answers too few", Edit(f"exercises/wrong_answers/{SET}.py", "# %% ch02-input:", "# ch02-input:", 3), MASTERS, "x"),
    ],
    "cell": [
        cell("ch02-input-check", lambda c: c["metadata"].pop("nbgrader"), "that is not nbgrader's", "x"),
        cell("ch02-input-check", lambda c: c["metadata"]["nbgrader"].update(grade_id="ch02-input"), "with a wrong id", "x"),
        cell("ch02-imports", lambda c: c.update(outputs=[{"output_type": "stream", "name": "stdout", "text": ["x\n"]}]), "with an output", "x"),
        master("title of another chapter", "# Exercises: Backpropagation", "# Exercises: Back propagation", "x"),
    ],
    "leak": [
        Fault("stub that holds the solution", Edit(STUDENT, "x", "x"), RELEASE, "x"),
        Fault("stub that passes", Edit(STUDENT, "x", "x"), RELEASE, "x"),
        Fault("hidden tests released", Edit("exercises/release.py", "for step in converter.preprocessors:", "for step in converter.preprocessors[:2]:"), RELEASE, "x"),
        Fault("master ahead of what students get", Edit(MASTER, "Which of the slopes in", "Which slopes in"), RELEASE, "x"),
        Fault("solutions edition asks a host", Edit("exercises/release.py", '<script src="mathjax/tex-svg.js" defer>', '<script src="https://cdn.example.org/tex-svg.js" defer>'), RELEASE, "x"),
    ],
}  # fmt: skip


@parametrised(FAULTS)
def test_found(copy: Copy, fault: Fault) -> None:
    copy.must_find(fault)

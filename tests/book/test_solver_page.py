"""What the page says that the solver can and cannot do, line by line."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from course_lib.equations import PROBLEMS, At, BoundaryValue, InitialValue, ODEProblem, solve

PAGE = Path(__file__).resolve().parents[2] / "book" / "solver.md"
FROM_ONE, CLAMPED = InitialValue(0, 1.0), {"f": 0.0, "df": 0.0}
RNG = np.random.default_rng(0)
LIGHT = 1e-9  # a decay in nanoseconds


def lorenz(t, f, df):
    x, y, z = f
    dx, dy, dz = df
    return dx - 10 * (y - x), dy - x * (28 - z) + y, dz - x * y + 8 / 3 * z


def robertson(t, f, df):
    a, b, c = f
    slow, fast, last = 0.04 * a, 1e4 * b * c, 3e7 * b * b
    return df[0] + slow - fast, df[1] - slow + fast + last, df[2] - last


def blasius(x, f, df, d2f, d3f):
    return 2 * d3f + f * d2f


def first(residual, end=1.0, start=FROM_ONE, exact=None, **options):
    return lambda: (ODEProblem(residual, start, (start.x0, start.x0 + end), exact), options)


def second(residual, *conditions, end=1.0, exact=None):
    conditions = conditions[0] if len(conditions) == 1 else conditions
    return lambda: (ODEProblem(residual, conditions, (0, end), exact), {})


def ends(fb=0.0):
    return BoundaryValue(0, 0.0, 1, fb)


SOLVED = {
    "one equation of first order": [lambda: (PROBLEMS["decay"], {})],
    "a system": [
        first(
            lambda x, f, df: (df[0] - f[1], df[1] + f[0], df[2] + f[2]), 10, InitialValue(0, (0.0, 1.0, 1e12)),
            lambda x: np.stack([np.sin(x), np.cos(x), 1e12 * np.exp(-x)], axis=1),
        )
    ],
    "stiff": [
        first(lambda x, f, df: df + 1e8 * (f - np.cos(x))),
        second(lambda x, f, df, d2f: d2f - 1000 * (1 - f * f) * df + f, InitialValue(0, 2.0, 0.0), end=100),
        first(robertson, 100, InitialValue(0, (1.0, 0.0, 0.0))),
    ],
    "many periods": [
        second(
            lambda x, f, df, d2f: d2f + 1e6 * f, InitialValue(0, 1.0, 0.0), end=0.2, exact=lambda x: np.cos(1e3 * x)
        )
    ],
    "chaos, as long as digits last": [first(lorenz, 5, InitialValue(0, (1.0, 1.0, 1.0)))],
    "any units": [
        first(lambda t, n, dn: dn + n / LIGHT, 5e-9, InitialValue(0, 1e12), lambda t: 1e12 * np.exp(-t / LIGHT)),
        first(lambda t, f, df: df + f, 5, InitialValue(1.7e9, 1.0), lambda t: np.exp(1.7e9 - t)),
    ],
    "an end where the equation divides by $x$": [
        second(
            lambda x, f, df, d2f: x * d2f + 2 * df + x * f, InitialValue(0, 1.0, 0.0), end=5,
            exact=lambda x: np.sinc(x / np.pi),
        )
    ],
    "a jump whose place is named": [
        first(
            lambda x, f, df: df + f - 5 * (x > 1), 2, breaks=[1.0],
            exact=lambda x: np.exp(-x) + np.where(x > 1, 5 * (1 - np.exp(1 - x)), 0.0),
        )
    ],
    "a jump whose place is not named": [
        first(
            lambda x, f, df: df + f - 5 * (x > 1), 3,
            exact=lambda x: np.exp(-x) + np.where(x > 1, 5 * (1 - np.exp(1 - x)), 0.0),
        )
    ],
    "a corner": [first(lambda x, f, df: df + f - np.abs(x - 0.5), 2)],
    "values at two ends": [second(lambda x, f, df, d2f: d2f + np.exp(f), ends())],
    "a slope at an end (Neumann)": [
        second(
            lambda x, f, df, d2f: d2f + f, At(0, f=0.0), At(1, df=1.0), exact=lambda x: np.sin(x) / np.cos(1)
        )
    ],
    "a mix at an end (Robin)": [
        second(lambda x, f, df, d2f: d2f - f, At(0, f=1.0), At(2, mix=((3, 1), 0)), end=2)
    ],
    "third order": [second(blasius, At(0, **CLAMPED), At(10, df=1.0), end=10)],
    "fourth order": [
        second(
            lambda x, f, df, d2f, d3f, d4f: d4f - 1, At(0, **CLAMPED), At(1, **CLAMPED),
            exact=lambda x: x**2 * (1 - x) ** 2 / 24,
        )
    ],
}  # fmt: skip

REFUSED = {
    "periodic ends": lambda: (ODEProblem(lambda x, f, df: df + f, "periodic", (0, 1)), {}),
    "conditions at three places": second(
        lambda x, f, df, d2f: d2f, At(0, f=1.0), At(0.5, f=1.0), At(1, f=1.0)
    ),
    "a condition that is not linear": lambda: (
        ODEProblem(lambda x, f, df, d2f: d2f, (At(0, f=1.0), At(1, df=lambda f: -(f**4))), (0, 1)), {}
    ),
    "an equation of fifth order": first(
        lambda x, f, df, d2f, d3f, d4f, d5f: d5f, start=InitialValue(0, 1.0, 0.0, 0.0, 0.0)
    ),
    "an eigenvalue that is unknown too": second(lambda x, f, df, d2f, k: d2f + k * f, ends()),
    "a delay, `f(x - 1)`": first(lambda x, f, df: df - f(x - 1)),
    "an average over the domain, `np.mean(f)`": first(lambda x, f, df: df - np.mean(f)),
    "random noise in the equation": first(lambda x, f, df: df + f - RNG.normal(size=np.shape(x))),
    "an equation without a derivative in a system": first(
        lambda x, f, df: (df[0] - f[1], f[0] ** 2 + f[1] ** 2 - 1), start=InitialValue(0, (0.0, 1.0))
    ),
    "more than one variable": lambda: (ODEProblem(lambda x, y, f, df: df, InitialValue((0, 0), 1.0), (0, 1)), {}),
    "complex numbers": first(lambda x, f, df: df - 1j * f),
    "a comparison, `df == -2 * f`": first(lambda x, f, df: df == -2 * f),
    "`if f > 0`": first(lambda x, f, df: df - (1 if f > 0 else -1)),
    "`math.sin`": first(lambda x, f, df: df - math.sin(x)),
    "single precision in what the residual returns": first(lambda x, f, df: np.float32(1) * np.zeros(len(x), "f4")),
    "a domain without end": lambda: (ODEProblem(lambda x, f, df: df + f, FROM_ONE, (0, np.inf)), {}),
    "relu in an equation of second order": lambda: (PROBLEMS["poisson"], {"activation": "relu"}),
}

NOT_CONVERGED = {
    "the solution ends": (first(lambda x, f, df: df - f * f, 2), "short enough. Does the solution end there?"),
    "two values of $f'$": (first(lambda x, f, df: df**2 + f**2 - 1, start=InitialValue(0, 0.0)), "short enough"),
    "values in steps": (first(lambda x, f, df: df + f - np.round(x, 2)), "1000 pieces to x = 0."),
    "growth that drowns the digits": (
        first(lambda x, f, df: df - 30 * (f - np.cos(x)) + np.sin(x), 2, exact=np.cos), "above the tolerance"
    ),
    "ends that do not fix the solution": (
        second(lambda x, f, df, d2f: d2f + np.pi**2 * f, ends()), "the ends hardly fix the solution"
    ),
    "no solution": (second(lambda x, f, df, d2f: d2f + 4 * np.exp(f), ends()), "the cost stopped falling"),
    "a layer too thin for 480 neurons": (
        second(
            lambda x, f, df, d2f: 1e-3 * d2f + df, ends(1.0),
            exact=lambda x: np.expm1(-1e3 * x) / np.expm1(-1e3),
        ),
        "above the tolerance",
    ),
    "a wrong start": (second(blasius, At(0, **CLAMPED), At(12, df=1.0), end=12), "above the tolerance"),
    "a tolerance below rounding": (lambda: (PROBLEMS["decay"], {"tolerance": 1e-17}), "above the tolerance"),
}  # fmt: skip


def kinds(heading: str) -> list[str]:
    """The first column of the table under a heading, without its head."""
    part = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [re.split(r" \| ", row)[0] for row in re.findall(r"^\| (.*) \|$", part[1], re.MULTILINE)[1:]]


@pytest.mark.parametrize(
    ("heading", "programs"),
    [("Solved", SOLVED), ("Refused, with the reason", REFUSED), ("Not converged, and said so", NOT_CONVERGED)],
)
def test_each_line_of_the_page_has_its_program(heading, programs):
    assert kinds(heading) == list(programs)


def largest_error(solution):
    """The largest error of the unknown that is worst off, relative to its largest value; 0 where none is known."""
    problem = solution.problem
    if problem.exact is None:
        return 0.0
    x = np.linspace(*problem.domain, 301)
    exact = problem.exact(x)
    return np.max(np.abs(solution(x) - exact).max(axis=0) / np.abs(exact).max(axis=0))


@pytest.mark.parametrize(("kind", "number"), [(kind, k) for kind, all_ in SOLVED.items() for k in range(len(all_))])
def test_solved(kind, number):
    problem, options = SOLVED[kind][number]()
    solution = solve(problem, **options)
    assert solution.converged, solution
    assert largest_error(solution) < 2e-10


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind):
    with pytest.raises((TypeError, ValueError)) as error:
        problem, options = REFUSED[kind]()
        solve(problem, **options)
    assert len(str(error.value)) > 30


@pytest.mark.parametrize("kind", NOT_CONVERGED)
def test_not_converged_and_said_so(kind):
    make, says = NOT_CONVERGED[kind]
    problem, options = make()
    solution = solve(problem, **options)
    assert not solution.converged
    assert says in solution.message
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # beyond what was solved
        size = 1.0 if problem.exact is None else np.abs(problem.exact(np.linspace(*problem.domain, 301))).max()
        assert largest_error(solution) * size <= 10 * solution.error_estimate + 1e-15

"""The problems with known answers, against their equations and classical solvers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_bvp, solve_ivp

from course_lib.differentiation.forward_mode import derivative, jvp
from course_lib.equations import PROBLEMS, InitialValue


def exact_jet(problem, x):
    """The exact solution and its derivatives, one column for each unknown, by dual numbers."""

    def columns(s):
        f = problem.exact(s)
        return f if problem.is_system else np.stack([f], axis=1)

    functions = [columns]
    for _ in range(problem.order):
        last = functions[-1]
        functions.append(lambda s, f=last: jvp(f, s, np.ones(np.shape(s)))[1])
    return [f(x) for f in functions]


@pytest.mark.lecture("O1")
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_exact_solution_has_no_residual(problem):
    x = np.linspace(*problem.domain, 41)
    jet = exact_jet(problem, x)
    size = 1 + max(np.abs(part).max() for part in jet)
    assert np.abs(problem.residuals(x, *jet)).max() < 1e-13 * size
    wrong = [jet[0] + 0.1, *jet[1:]]
    if problem.name != "poisson":  # whose residual does not hold f
        assert np.abs(problem.residuals(x, *wrong)).max() > 1e-3


@pytest.mark.lecture("O2")
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_exact_solution_meets_the_conditions(problem):
    condition = problem.conditions
    values = [condition.f0] if len(condition.points) == 1 else [condition.fa, condition.fb]
    for point, value in zip(condition.points, values):
        np.testing.assert_allclose(problem.exact(np.array(point)), value, atol=1e-15)
    if isinstance(condition, InitialValue) and condition.df0 is not None:
        assert derivative(problem.exact)(condition.x0) == pytest.approx(float(condition.df0))


SLOPES = {
    "decay": lambda x, y: -2 * y,
    "logistic": lambda x, y: 2 * y * (1 - y),
    "lagaris 2": lambda x, y: np.exp(-x / 5) * np.cos(x) - y / 5,
    "lagaris 3 initial": lambda x, y: [y[1], -y[1] / 5 - y[0] - np.exp(-x / 5) * np.cos(x) / 5],
    "oscillator": lambda x, y: [y[1], -y[0]],
    "lagaris 4": lambda x, y: [
        np.cos(x) + y[0] ** 2 + y[1] - (1 + x**2 + np.sin(x) ** 2),
        2 * x - (1 + x**2) * np.sin(x) + y[0] * y[1],
    ],
}


@pytest.mark.parametrize("name", SLOPES)
def test_exact_solution_agrees_with_a_classical_solver(name):
    problem = PROBLEMS[name]
    c = problem.conditions
    start = np.atleast_1d(c.f0) if c.df0 is None else np.array([c.f0, c.df0])
    x = np.linspace(*problem.domain, 21)
    run = solve_ivp(SLOPES[name], problem.domain, start, "DOP853", x, rtol=1e-12, atol=1e-13)
    f = run.y.T if problem.is_system else run.y[0]
    np.testing.assert_allclose(f, problem.exact(x), atol=1e-7 if problem.is_system else 1e-10)


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("poisson", lambda x, y: -(3 * x + x**2) * np.exp(x)),
        ("lagaris 3 boundary", lambda x, y: -y[1] / 5 - y[0] - np.exp(-x / 5) * np.cos(x) / 5),
    ],
)
def test_boundary_problems_agree_with_a_classical_solver(name, second):
    problem = PROBLEMS[name]
    c, x = problem.conditions, np.linspace(*problem.domain, 11)
    run = solve_bvp(
        lambda x, y: np.stack([y[1], second(x, y)]),
        lambda ya, yb: np.array([ya[0] - c.fa, yb[0] - c.fb]),
        x,
        np.zeros((2, x.size)),
        tol=1e-8,
    )
    np.testing.assert_allclose(run.sol(x)[0], problem.exact(x), atol=1e-8)

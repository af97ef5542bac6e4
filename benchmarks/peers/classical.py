"""The classical methods: scipy's Runge-Kutta, multistep and collocation, and Euler's polygon."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import cos, exp, sin
from typing import Any

import numpy as np
from contest import serve, timed
from problems import PROBLEMS
from scipy.integrate import solve_bvp, solve_ivp

from course_lib.equations import euler

SETTINGS = (
    "`solve_ivp` with DOP853 and LSODA at rtol = atol = 1e-12, timed without and with the dense "
    "output, which like ours is a solution for every x and which the error is read from; "
    "`solve_bvp` at tol = 1e-9 from 10 equally spaced points and a straight line; "
    "`course_lib.equations.eulers_method.euler` on Lagaris 4."
)


def lagaris_1(x: float, f: Any) -> Any:
    p = (1 + 3 * x**2) / (1 + x + x**3)
    return x**3 + 2 * x + x**2 * p - (x + p) * f


def lagaris_4(x: float, f: Any) -> list[Any]:
    f1, f2 = f
    return [
        cos(x) + f1**2 + f2 - 1 - x**2 - sin(x) ** 2,
        2 * x - (1 + x**2) * sin(x) + f1 * f2,
    ]


#: f' = g(x, f), where f of a second-order problem is (f, f').
SLOPES: dict[str, Callable[..., Any]] = {
    "decay": lambda x, f: [-2 * f[0]],
    "logistic": lambda x, f: [2 * f[0] * (1 - f[0])],
    "lagaris 1": lagaris_1,
    "lagaris 2": lambda x, f: exp(-x / 5) * cos(x) - f / 5,
    "lagaris 3 initial": lambda x, f: [f[1], -f[1] / 5 - f[0] - exp(-x / 5) * cos(x) / 5],
    "lagaris 4": lagaris_4,
    # solve_bvp asks for the slope at all points at once.
    "lagaris 3 boundary": lambda x, f: np.stack(
        [f[1], -f[1] / 5 - f[0] - np.exp(-x / 5) * np.cos(x) / 5]
    ),
    "poisson": lambda x, f: np.stack([f[1], -(3 * x + x**2) * np.exp(x)]),
}


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    if contender.startswith("Euler"):
        return [polygon(problem, int(contender.split()[1]))]
    if contender == "solve_bvp":
        return [boundary(problem)]
    method = contender.removesuffix(", dense")
    return [initial(problem, method, dense=method != contender)]


def initial(name: str, method: str, dense: bool) -> tuple[float, float]:
    problem = PROBLEMS[name]
    start = problem.start if problem.slope is None else (*problem.start, problem.slope)
    solver = partial(
        solve_ivp, SLOPES[name], problem.domain, start, method=method, rtol=1e-12, atol=1e-12
    )
    seconds, _ = timed(partial(solver, dense_output=dense))
    values = solver(dense_output=True).sol(problem.grid)[: len(problem.start)].T
    return seconds, problem.error(values)


def boundary(name: str) -> tuple[float, float]:
    problem = PROBLEMS[name]
    (a, b), fa, fb = problem.domain, problem.start[0], problem.end

    def solver() -> Any:
        x = np.linspace(a, b, 10)
        slope = (fb - fa) / (b - a)
        line = np.stack([fa + slope * (x - a), np.full(10, slope)])
        ends = lambda left, right: np.array([left[0] - fa, right[0] - fb])
        return solve_bvp(SLOPES[name], ends, x, line, tol=1e-9, max_nodes=100_000)

    seconds, solution = timed(solver)
    return seconds, problem.error(solution.sol(problem.grid)[0])


def polygon(name: str, steps: int) -> tuple[float, float]:
    problem = PROBLEMS[name]
    x = np.linspace(*problem.domain, steps + 1)
    slope = lambda x, f: np.array(SLOPES[name](x, f))
    seconds, f = timed(lambda: euler(slope, problem.start, x), 1)
    return seconds, problem.error(f[:: steps // 1000])


if __name__ == "__main__":
    serve(run, SETTINGS, "numpy", "scipy")

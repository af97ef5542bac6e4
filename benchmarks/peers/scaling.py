"""How the default method scales with the points, the neurons and the unknowns."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from contest import serve, timed
from problems import PROBLEMS

from course_lib.equations import PROBLEMS as OURS
from course_lib.equations import InitialValue, ODEProblem, solve

SETTINGS = (
    "Points: 30 neurons on Lagaris 2. Neurons: Lagaris 2, two points for each. Unknowns: d decaying "
    "ones, mixed by a rotation, 30 neurons, 60 points. All with `pieces=1`."
)


def run(contender: str, size: int) -> list[Any]:
    problem, exact = OURS["lagaris 2"], PROBLEMS["lagaris 2"].exact
    if contender == "unknowns":
        problem, exact = rotated_decay(size)
    settings = {contender: size} if contender == "points" else {"points": max(60, 2 * size)}
    hidden = size if contender == "neurons" else 30
    call = partial(solve, problem, hidden, pieces=1, **settings)
    seconds, solution = timed(call, 9 if size < 300 else 1)
    x = np.linspace(*problem.domain, 1001)
    return [(seconds, float(np.abs(solution(x).reshape(1001, -1) - exact(x)).max()))]


def rotated_decay(d: int) -> tuple[ODEProblem, Any]:
    """Return f' = A f with A = -Q diag(λ) Qᵀ, and its solution Q exp(-λ x) Qᵀ f(0)."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))
    rates, start = np.linspace(0.5, 2.0, d), np.ones(d)
    A = -Q @ np.diag(rates) @ Q.T

    def residual(x: Any, f: Any, df: Any) -> tuple[Any, ...]:
        return tuple(df[i] - sum(A[i, j] * f[j] for j in range(d)) for i in range(d))

    exact = lambda x: (np.exp(-np.outer(x, rates)) * (Q.T @ start)) @ Q.T
    return ODEProblem(residual, InitialValue(0.0, start), (0.0, 1.0), exact), exact


if __name__ == "__main__":
    serve(run, SETTINGS, "numpy", "scipy")

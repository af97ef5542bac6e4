"""Chebyshev collocation in NumPy: a polynomial of degree 20 that obeys the equation at 21 points."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from contest import serve, timed
from problems import PROBLEMS
from scipy.interpolate import BarycentricInterpolator

SETTINGS = (
    "21 Chebyshev points of the second kind on all problems, one dense matrix, `numpy.linalg.solve`; "
    "on the logistic equation and on Lagaris 4 Newton's method with the Jacobian by hand, from the "
    "constant initial values. Points and matrix count. The polynomial is known at its points and has no "
    "estimate of its error; the error is that of the polynomial on the 1001 points."
)


def fraction(x: Any) -> Any:
    return (1 + 3 * x**2) / (1 + x + x**3)


def third(x: Any) -> tuple[Any, Any, Any]:
    return 0.2, 1.0, -np.exp(-x / 5) * np.cos(x) / 5


#: p and r of f' + p f = r; p, q and r of f'' + p f' + q f = r.
LINEAR: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "decay": lambda x: (2.0, 0.0),
    "lagaris 1": lambda x: (x + fraction(x), x**3 + 2 * x + x**2 * fraction(x)),
    "lagaris 2": lambda x: (0.2, np.exp(-x / 5) * np.cos(x)),
    "lagaris 3 initial": third,
    "lagaris 3 boundary": third,
    "poisson": lambda x: (0.0, 0.0, -(3 * x + x**2) * np.exp(x)),
}


def logistic(x: Any, f: Any) -> tuple[Any, Any]:
    return 2 * f * (1 - f), 2 - 4 * f[None]


def lagaris_4(x: Any, f: Any) -> tuple[Any, Any]:
    f1, f2 = f
    s, one = np.sin(x), np.ones_like(x)
    slopes = [np.cos(x) + f1**2 + f2 - 1 - x**2 - s**2, 2 * x - (1 + x**2) * s + f1 * f2]
    return np.stack(slopes), np.stack([[2 * f1, one], [f2, f1]])


#: g (d, m) and dg_i/df_j (d, d, m) of f' = g(x, f).
NONLINEAR: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {"logistic": logistic, "lagaris 4": lagaris_4}


def points_and_matrix(n: int, a: float, b: float) -> tuple[Any, Any]:
    """Return n + 1 points from a to b, and the matrix D that takes a polynomial's values to its slopes."""
    k = np.arange(n + 1)
    sign = 1.0 - 2.0 * (k % 2)
    sign[[0, -1]] *= 2.0
    x = (a + b) / 2 - (b - a) / 2 * np.cos(np.pi * k / n)
    D = np.outer(sign, 1 / sign) / (x[:, None] - x + np.eye(n + 1))
    D[k, k] -= D.sum(axis=1)
    return x, D


def collocate(name: str, n: int = 20) -> tuple[Any, Any]:
    """Return the points (n + 1,) and the values (n + 1, d) of the polynomials."""
    problem = PROBLEMS[name]
    x, D = points_and_matrix(n, *problem.domain)
    if name in NONLINEAR:
        return x, newton(NONLINEAR[name], x, D, np.array(problem.start, float))
    *p, right = LINEAR[name](x)
    right = right * np.ones_like(x)
    A = D.copy() if problem.order == 1 else D @ D + np.reshape(p[0], (-1, 1)) * D
    A.flat[:: n + 2] += p[-1]
    A[0], right[0] = 0.0, problem.start[0]
    A[0, 0] = 1.0
    if problem.slope is not None:
        A[-1], right[-1] = D[0], problem.slope
    if problem.end is not None:
        A[-1], right[-1] = 0.0, problem.end
        A[-1, -1] = 1.0
    return x, np.linalg.solve(A, right)[:, None]


def newton(g: Callable[..., Any], x: Any, D: Any, start: Any) -> Any:
    m, d = len(x), len(start)
    f, first, at = np.repeat(start[:, None], m, axis=1), np.arange(d) * m, np.arange(m)
    linear = np.kron(np.eye(d), D).reshape(d, m, d, m)
    for _ in range(30):
        slopes, partials = g(x, f)
        J, r = linear.copy(), slopes - f @ D.T
        J[:, at, :, at] -= np.moveaxis(partials.reshape(d, d, m), 2, 0)
        J = J.reshape(d * m, d * m)
        J[first], r[:, 0] = 0.0, start - f[:, 0]
        J[first, first] = 1.0
        step = np.linalg.solve(J, r.ravel()).reshape(d, m)
        f = f + step
        if np.abs(step).max() < 1e-9 * np.abs(f).max():  # the next one would be the square of it
            break
    return f.T


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    seconds, (x, f) = timed(partial(collocate, problem))
    return [(seconds, PROBLEMS[problem].error(BarycentricInterpolator(x, f)(PROBLEMS[problem].grid)))]


if __name__ == "__main__":
    serve(run, SETTINGS, "numpy")

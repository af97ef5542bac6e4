"""tfc: the conditions built in as in a trial solution, Chebyshev polynomials in place of the network."""

from __future__ import annotations

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

from time import process_time
from typing import Any

import jax
import jax.numpy as jnp
from contest import serve, timed
from problems import PROBLEMS, Problem
from tfc import utfc
from tfc.utils import LsClass, NllsClass, TFCDict, egrad

SETTINGS = (
    "`utfc` with {points} points and Chebyshev polynomials up to degree {degree}, the constrained expression of each "
    "problem, `LsClass` for the linear problems and `NllsClass` for the others, from zero, with `lstsq`. "
    "The time is that of `run`; tracing and compiling are measured apart. The best of the settings "
    "tried: degrees 18 to 24, as many points or half as many more, `pinv` and `lstsq`."
)
POINTS, DEGREE = 20, 20


def constrained(problem: Problem, tfc: Any) -> list[Any]:
    """Return the functions f(x, ξ) that obey the conditions whatever ξ is."""
    (a, b), H = problem.domain, tfc.H
    if problem.order == 1:
        return [
            lambda x, xi, start=start: H(x) @ xi - H(jnp.full_like(x, a)) @ xi + start for start in problem.start
        ]
    g = lambda x, xi: H(x) @ xi
    start = problem.start[0]
    if problem.end is None:
        slope = egrad(g)
        left = lambda x, xi: start - g(jnp.full_like(x, a), xi)
        return [lambda x, xi: g(x, xi) + left(x, xi) + (x - a) * (problem.slope - slope(jnp.full_like(x, a), xi))]
    rise = lambda x, xi: (x - a) / (b - a) * (problem.end - g(jnp.full_like(x, b), xi))
    return [lambda x, xi: g(x, xi) + (b - x) / (b - a) * (start - g(jnp.full_like(x, a), xi)) + rise(x, xi)]


def built(problem: Problem, linear: bool, points: int = POINTS, degree: int = DEGREE, method: str = "lstsq") -> Any:
    """Return a function that solves, and one that gives the values on the grid for what it found."""
    tfc = utfc(points, problem.order, degree, basis="CP", x0=float(problem.domain[0]), xf=float(problem.domain[1]))
    f = constrained(problem, tfc)
    df = [egrad(one) for one in f]
    d2f = [egrad(one) for one in df] if problem.order == 2 else []
    zero, x = jnp.zeros(tfc.H(tfc.x).shape[1]), tfc.x
    if len(f) == 1:
        start = zero
        residual = lambda xi: problem.residual(jnp, x, *(one(x, xi) for one in (*f, *df, *d2f)))[0]
    else:
        start = TFCDict({f"xi{k}": zero for k in range(len(f))})

        def residual(xi: Any) -> Any:
            parts = [one(x, xi[f"xi{k}"]) for part in (f, df) for k, one in enumerate(part)]
            return jnp.hstack(problem.residual(jnp, x, *parts))

    solver = (LsClass if linear else NllsClass)(start, residual, method=method, timer=True)
    grid = jnp.array(problem.grid)

    def values(xi: Any) -> Any:
        return jnp.stack([one(grid, xi if len(f) == 1 else xi[f"xi{k}"]) for k, one in enumerate(f)], axis=1)

    return lambda: solver.run(start)[0], values


NONLINEAR = ("logistic", "lagaris 4")
BUILT: dict[str, Any] = {}


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    if contender.endswith("compiling"):
        start = process_time()
        BUILT[problem] = built(PROBLEMS[problem], problem not in NONLINEAR)
        jax.block_until_ready(BUILT[problem][0]())
        return [(process_time() - start, None)]
    if problem not in BUILT:
        BUILT[problem] = built(PROBLEMS[problem], problem not in NONLINEAR)
    call, values = BUILT[problem]
    seconds, xi = timed(call)
    return [(seconds, PROBLEMS[problem].error(values(xi)))]


if __name__ == "__main__":
    serve(run, SETTINGS.format(points=POINTS, degree=DEGREE), "tfc", "jax")

"""heyoka: Taylor's series of the solution, of order 20, in code compiled for each equation."""

from __future__ import annotations

from functools import partial
from time import process_time
from typing import Any

import heyoka as hy
from contest import serve, timed
from problems import PROBLEMS, Problem

SETTINGS = (
    "`taylor_adaptive` in double precision at its default tolerance, the rounding, one equation of first "
    "order for each unknown and slope. Compiled once for each problem; the time is that of "
    "`propagate_grid` on the 1001 points of which the error is read, all evaluations included, and "
    "without the dense output that of `propagate_until` to the end alone. Compiling is measured "
    "apart, with no compiled code kept from before."
)


def equations(problem: Problem) -> list[Any]:
    """Return pairs of a state and its slope; the residual is the highest derivative less its slope."""
    f = [hy.make_vars(f"f{k}") for k in range(len(problem.start))]
    if problem.slope is None:
        residuals = problem.residual(hy, hy.time, *f, *[0.0] * len(f))
        return [(state, -residual) for state, residual in zip(f, residuals)]
    df = hy.make_vars("df")
    return [(f[0], df), (df, -problem.residual(hy, hy.time, f[0], df, 0.0)[0])]


def built(problem: Problem) -> Any:
    start = [*problem.start, *([] if problem.slope is None else [problem.slope])]
    return hy.taylor_adaptive(equations(problem), [float(value) for value in start])


def solved(integrator: Any, start: Any, at: Any, dense: bool) -> Any:
    integrator.time, integrator.state[:] = at[0], start
    return integrator.propagate_grid(at)[-1] if dense else integrator.propagate_until(at[-1])


hy.llvm_state.set_diskcache_enabled(False)
INTEGRATORS = {name: built(problem) for name, problem in PROBLEMS.items() if problem.end is None}


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    what = PROBLEMS[problem]
    if contender.endswith("compiling"):
        hy.llvm_state.clear_memcache()
        start = process_time()
        built(what)
        return [(process_time() - start, None)]
    integrator = INTEGRATORS[problem]
    start = [*what.start, *([] if what.slope is None else [what.slope])]
    seconds, _ = timed(partial(solved, integrator, start, what.grid, contender.endswith("dense")))
    values = solved(integrator, start, what.grid, True)[:, : len(what.start)]
    return [(seconds, what.error(values))]


if __name__ == "__main__":
    serve(run, SETTINGS, "heyoka")

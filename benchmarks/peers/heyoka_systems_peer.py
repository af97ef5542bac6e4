"""heyoka on the systems, and the solutions that all errors on them are measured against."""

from __future__ import annotations

from functools import partial
from time import process_time
from typing import Any

import heyoka as hy
import numpy as np
from contest import serve, timed
from systems import SYSTEMS, System

hy.llvm_state.set_diskcache_enabled(False)
BUILT: dict[str, Any] = {}


def built(system: System, number: type = float) -> Any:
    """Return a compiled integrator that computes with such numbers, at their rounding."""
    states = [hy.make_vars(f"f{k}") for k in range(len(system.start))]
    slopes = system.slopes(hy, hy.time, *states)
    return hy.taylor_adaptive(list(zip(states, slopes)), [number(v) for v in system.start], fp_type=number)


def solved(integrator: Any, system: System, number: type, points: int) -> Any:
    """Return the values on equally spaced points, shape (points, d)."""
    integrator.time, integrator.state[:] = number(0), [number(v) for v in system.start]
    outcome = integrator.propagate_grid(np.linspace(number(0), number(system.end), points))
    if outcome[0] != hy.taylor_outcome.time_limit:
        raise RuntimeError(f"heyoka ended with {outcome[0]}")
    return outcome[-1]


def run(contender: str, problem: str, points: int) -> Any:
    system = SYSTEMS[problem]
    if contender == "reference":  # with 64 binary digits instead of 53
        return np.float64(solved(built(system, np.longdouble), system, np.longdouble, points)).tolist()
    if problem not in BUILT:
        hy.llvm_state.clear_memcache()
    start = process_time()
    if problem not in BUILT:
        BUILT[problem] = built(system)
    compiling = process_time() - start
    seconds, values = timed(partial(solved, BUILT[problem], system, float, points))
    return dict(compiling=compiling, seconds=seconds, values=values.tolist())


if __name__ == "__main__":
    serve(run, "", "heyoka", "numpy")

"""Measure `course_lib.equations.training.solve` on systems over long intervals, beside DOP853 and heyoka.

    python benchmarks/systems.py PEERS

PEERS is the Python of the peers' environment. Writes systems.md. The contenders take turns on one thread, and each
time is the least of some.
"""

from __future__ import annotations

import math
import os
import sys
import textwrap

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import scipy
from peers.systems import SYSTEMS, System
from report import two_digits as times
from scipy.integrate import solve_ivp
from solver import Worker
from tqdm import tqdm

from course_lib.equations import InitialValue, ODEProblem, solve

HERE = Path(__file__).resolve().parent
ROUNDS, POINTS, TOLERANCE = 5, 1001, 1e-11
METHODS = ("DOP853", "LSODA")


def ours(system: System) -> ODEProblem:
    """Return the system as `solve` wants it: the residuals f_i' - g_i."""

    def residual(x: Any, f: Any, df: Any) -> tuple[Any, ...]:
        return tuple(slope - g for slope, g in zip(df, system.slopes(np, x, *f)))

    return ODEProblem(residual, InitialValue(0.0, np.array(system.start)), (0.0, system.end))


def theirs(system: System, method: str, dense: bool) -> Any:
    """Return SciPy's solution; its slopes are computed with Python's numbers, which is quicker than with NumPy's."""
    slopes = lambda x, f: system.slopes(math, x, *f.tolist())
    settings = dict(method=method, rtol=TOLERANCE, atol=TOLERANCE, dense_output=dense)
    return solve_ivp(slopes, (0.0, system.end), system.start, **settings)


def error(values: Any, truth: Any) -> float:
    """Return the largest error, each unknown measured by its largest value; values and truth (POINTS, d)."""
    return float((np.abs(values - truth).max(axis=0) / np.abs(truth).max(axis=0)).max())


def taken(call: Callable[[], Any]) -> float:
    start = process_time()
    call()
    return process_time() - start


def measured(name: str, worker: Worker) -> dict[str, Any]:
    """Return errors, whether `solve` converged, and the least seconds of each contender, taken in turn."""
    system, x = SYSTEMS[name], np.linspace(0.0, SYSTEMS[name].end, POINTS)
    problem = ours(system)
    truth = np.array(worker.ask(contender="reference", problem=name, points=POINTS))
    found, taylor = solve(problem), worker.ask(contender="heyoka", problem=name, points=POINTS)
    calls = {"solve": partial(solve, problem)}
    for method in METHODS:
        calls[method] = partial(theirs, system, method, False)
        calls[f"{method}, dense"] = partial(theirs, system, method, True)
    rounds = []
    for _ in range(ROUNDS):
        rounds.append({who: taken(call) for who, call in calls.items()})
        again = worker.ask(contender="heyoka", problem=name, points=POINTS)
        rounds[-1]["heyoka"] = again["seconds"]
    errors = {"solve": error(found(x), truth), "heyoka": error(np.array(taylor["values"]), truth)}
    errors |= {method: error(theirs(system, method, True).sol(x).T, truth) for method in METHODS}
    size = np.abs(truth).max()
    return dict(
        errors=errors,
        least={who: min(times[who] for times in rounds) for who in rounds[0]},
        estimate=found.error_estimate / size,
        converged=found.converged,
        compiling=taylor["compiling"],
    )


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g}"


def row(name: str, m: dict[str, Any]) -> list[str]:
    system, least, errors = SYSTEMS[name], m["least"], m["errors"]
    over = lambda who: times(least["solve"] / least[who])
    return [
        name, system.source, f"{len(system.start)}", f"{errors['solve']:.0e}", f"{m['estimate']:.0e}",
        "yes" if m["converged"] else "**no**", milliseconds(least["solve"]),
        f"{errors['DOP853']:.0e}", milliseconds(least["DOP853"]), f"**{over('DOP853')}**", over("DOP853, dense"),
        f"{errors['LSODA']:.0e}", milliseconds(least["LSODA, dense"]), over("LSODA, dense"),
        f"{errors['heyoka']:.0e}", milliseconds(least["heyoka"]), milliseconds(m["compiling"]), over("heyoka"),
    ]  # fmt: skip


COLUMNS = (
    "", "source", "unknowns", "error", "estimate", "converged", "ms", "DOP853: error", "ms", "solve / DOP853",
    "solve / its dense output", "LSODA: error", "dense, ms", "solve / it", "heyoka: error", "ms", "compiled in, ms",
    "solve / it",
)  # fmt: skip

HEAD = """# Systems

Written by `benchmarks/systems.py` with NumPy {numpy}, SciPy {scipy} and {heyoka}, which `make bench` runs.
*solve* is `course_lib.equations.training.solve` at its defaults; it promises 1e-10. DOP853 and LSODA are those of SciPy
with rtol = atol = {tolerance:.0e}. heyoka sums Taylor's series at the rounding of double precision; its time is that of
the solution on {points} points, and compiling, once for each equation, stands apart. *solve* and the dense outputs are
solutions for every x; DOP853 without its dense output has its own steps only.

All systems run from 0 to 20, Lorenz's to 10, as equations of first order. DETEST is the test set of Hull, Enright,
Fellen and Sedgwick (1972). The solution that errors are measured against is heyoka's in extended precision (64 binary
digits). An error is the largest on {points} equally spaced points, that of each unknown divided by its largest value;
the estimate is that of *solve*, divided by the largest value of all. Times are the least of {rounds} rounds in which
the contenders take turns, CPU time of one thread.

"""


def summary(all_measured: dict[str, dict[str, Any]]) -> str:
    """Say who wins, from the same numbers as the table."""
    ratios = {
        who: sorted(m["least"]["solve"] / m["least"][who] for m in all_measured.values())
        for who in ("DOP853", "LSODA, dense", "heyoka")
    }
    middle = float(np.median(ratios["DOP853"]))
    late = [name for name, m in all_measured.items() if not m["converged"]]
    worst = max(m["errors"]["solve"] for m in all_measured.values() if m["converged"])
    spans = {who: f"{times(r[0])} to {times(r[-1])} times" for who, r in ratios.items()}
    text = (
        f"Measured by time, *solve* takes {spans['DOP853']} as long as DOP853 over the {len(all_measured)} systems, "
        f"{times(middle)} times in the middle; {spans['LSODA, dense']} as long as LSODA with its dense output; and "
        f"{spans['heyoka']} as long as Taylor series in compiled code. "
        f"Where it converges its error is at most {worst:.0e}. "
        + (f"It does not converge, and says so, on: {', '.join(late)}." if late else "It converges on all of them.")
    )
    return textwrap.fill(text, 120, break_on_hyphens=False) + "\n"


def main(peers_python: str) -> None:
    with Worker("heyoka_systems_peer", peers_python) as worker:
        all_measured = {name: measured(name, worker) for name in tqdm(SYSTEMS, unit="system")}
        heyoka = worker.about["versions"][1]
    head = HEAD.format(
        numpy=np.__version__, scipy=scipy.__version__, heyoka=heyoka, tolerance=TOLERANCE, points=POINTS, rounds=ROUNDS
    )
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(row(name, m) for name, m in all_measured.items())]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
    (HERE / "systems.md").write_text(head + summary(all_measured) + "\n" + table, encoding="utf-8")
    print(f"See {HERE / 'systems.md'}")


if __name__ == "__main__":
    main(sys.argv[1])

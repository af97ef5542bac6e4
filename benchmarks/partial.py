"""Measure `course_lib.beyond.pde_solve.solve_pde` beside the classical methods and beside other networks.

    python benchmarks/partial.py PEERS

PEERS is the Python of the peers' environment. Writes partial.md. The CPU time is the least of five runs, each with
another seed, the error the largest. The other networks train for some seconds each; `solve_pde` runs just before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from report import one_ratio
from scipy import sparse
from scipy.sparse.linalg import spsolve
from solver import Worker

from course_lib.beyond import PDE_PROBLEMS, solve_pde

SEEDS = range(5)
HEAT, PLATE = PDE_PROBLEMS["heat"], PDE_PROBLEMS["lagaris 5"]


def measured(run: Callable[[int], tuple[int, float, float]]) -> tuple[int, float, float, float]:
    """Unknowns, the largest error, the least time in seconds, and the worst ratio of estimate and error."""
    runs = []
    for seed in SEEDS:
        start = time.process_time()
        found = run(seed)
        runs.append((time.process_time() - start, found))
    results = [found() if callable(found) else found for _, found in runs]
    ratio = max((ratio for _, _, ratio in results), key=lambda r: abs(np.log(r)))
    return results[0][0], max(e for _, e, _ in results), min(t for t, _ in runs), ratio


def by_network(name: str, **settings: Any) -> Callable[[int], Any]:
    problem = PDE_PROBLEMS[name]

    def run(seed: int) -> Any:
        found = solve_pde(problem, seed=seed, **settings)

        def judged() -> tuple[int, float, float]:
            x, t = (a.ravel() for a in np.meshgrid(*(np.linspace(*ends, 61) for ends in problem.domain)))
            error = float(np.abs(found(x, t) - problem.exact(x, t)).max())
            last = found.theta[-1].weights.size + found.theta[-1].biases.size
            every = sum(layer.weights.size + layer.biases.size for layer in found.theta)
            unknowns = every if settings.get("method") else last
            return unknowns, error, found.error_estimate / error

        return judged

    return run


def chebyshev(n: int) -> tuple[Any, Any]:
    k = np.arange(n + 1)
    x, c = 0.5 - 0.5 * np.cos(np.pi * k / n), np.where((k == 0) | (k == n), 2.0, 1.0) * (-1.0) ** k
    D = np.outer(c, 1 / c) / (x[:, None] - x + np.eye(n + 1))
    return x, D - np.diag(D.sum(axis=1))


def points_of(x: Any) -> tuple[Any, Any]:
    X, Y = (a.ravel() for a in np.meshgrid(x, x, indexing="ij"))
    return X, Y


def heat_by_chebyshev(n: int) -> tuple[int, float, float]:
    x, D = chebyshev(n)
    L = np.kron(np.eye(n + 1), D) - np.kron(D @ D, np.eye(n + 1))
    X, T = points_of(x)
    known = (X == 0) | (X == 1) | (T == 0)
    u = np.where(T == 0, np.sin(np.pi * X), 0.0)
    found = np.linalg.solve(L[~known][:, ~known], -L[~known][:, known] @ u[known])
    return len(found), float(np.abs(found - HEAT.exact(X, T)[~known]).max()), 1.0


def heat_by_crank_nicolson(n: int) -> tuple[int, float, float]:
    """n steps in x and in t, the classical method of second order in both."""
    x = np.linspace(0, 1, n + 1)
    D2 = n**2 * sparse.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(n - 1, n - 1))
    one, h = sparse.eye_array(n - 1), 1.0 / n
    step = sparse.linalg.splu(sparse.csc_array(one - h / 2 * D2))
    u, error = np.sin(np.pi * x[1:-1]), 0.0
    for k in range(1, n + 1):
        u = step.solve((one + h / 2 * D2) @ u)
        error = max(error, float(np.abs(u - HEAT.exact(x[1:-1], k * h)).max()))
    return n * (n - 1), error, 1.0


def plate(x: Any, D2: Any, solve: Callable[[Any, Any], Any]) -> tuple[int, float, float]:
    one = sparse.identity(len(x))
    L = sparse.csr_array(sparse.kron(D2, one) + sparse.kron(one, D2))
    X, Y = points_of(x)
    inside = (X > 0) & (X < 1) & (Y > 0) & (Y < 1)
    u, g = PLATE.exact(X, Y), np.exp(-X) * (X - 2 + Y**3 + 6 * Y)
    found = solve(L[inside][:, inside], g[inside] - L[inside][:, ~inside] @ u[~inside])
    return int(inside.sum()), float(np.abs(found - u[inside]).max()), 1.0


def plate_by_differences(n: int) -> tuple[int, float, float]:
    D2 = n**2 * sparse.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(n + 1, n + 1))
    return plate(np.linspace(0, 1, n + 1), D2, spsolve)


def plate_by_chebyshev(n: int) -> tuple[int, float, float]:
    x, D = chebyshev(n)
    return plate(x, D @ D, lambda A, b: np.linalg.solve(A.toarray(), b))


CONTENDERS = [
    ("heat", "`solve_pde`", by_network("heat")),
    ("heat", "`solve_pde`, 100 features", by_network("heat", hidden=100)),
    ("heat", "Chebyshev collocation, degree 12", lambda seed: heat_by_chebyshev(12)),
    ("heat", "Chebyshev collocation, degree 16", lambda seed: heat_by_chebyshev(16)),
    ("heat", "Crank-Nicolson, 200 steps", lambda seed: heat_by_crank_nicolson(200)),
    ("heat", "`solve_pde`, Levenberg-Marquardt", by_network("heat", method="levenberg-marquardt")),
    ("heat", "`solve_pde`, BFGS", by_network("heat", method="bfgs")),
    ("heat", "`solve_pde`, Adam, 2000 steps", by_network("heat", method="adam", iterations=2000)),
    ("heat", "`solve_pde`, descent, 2000 steps", by_network("heat", method="gradient descent", iterations=2000)),
    ("lagaris 5", "`solve_pde`", by_network("lagaris 5")),
    ("lagaris 5", "`solve_pde`, 40 features", by_network("lagaris 5", hidden=40)),
    ("lagaris 5", "Chebyshev collocation, degree 8", lambda seed: plate_by_chebyshev(8)),
    ("lagaris 5", "Chebyshev collocation, degree 12", lambda seed: plate_by_chebyshev(12)),
    ("lagaris 5", "finite differences, 128 × 128", lambda seed: plate_by_differences(128)),
    ("wave", "`solve_pde`", by_network("wave")),
    ("lagaris 7", "`solve_pde`", by_network("lagaris 7")),
    ("burgers", "`solve_pde`", by_network("burgers")),
    ("schrödinger", "`solve_pde`", by_network("schrödinger")),
]

HEAD = f"""# Partial differential equations

Written by `benchmarks/partial.py` with NumPy {np.__version__} and SciPy {scipy.__version__}. The problems are those of
chapter 11. Errors are the largest of five seeds, on 61 × 61 points, those of the classical methods on their own
grid. Times are the least CPU time of one thread, those of `solve_pde` with its error estimate. The last column
is the estimate divided by the true error, for the seed at which it is farthest from 1. Unknowns are what is
trained or solved for.

| problem | method | unknowns | largest error | ms | estimate / error |
|---|---|---|---|---|---|
"""


#: script, problems, CPU seconds, seeds
NETWORKS = (
    ("partial_deepxde_peer", ("heat", "lagaris 5"), 15.0, 2),
    ("partial_neurodiffeq_peer", ("heat", "lagaris 5"), 15.0, 2),
    ("partial_nnde_peer", ("heat",), 15.0, 2),
    ("partial_lecture_peer", ("heat",), 60.0, 1),
)
GOALS = (1e-2, 1e-3, 1e-4)

NETWORK_HEAD = """
## Other networks

Each trains for the CPU seconds named, one thread, and its error is looked at all the while, with the clock stopped; the
smallest counts, of the worse of two seeds (the lecture's code: of one). The other columns are the seconds until it
first was below so much. `solve_pde` at its defaults, a moment before, takes {ours}; the ratio
is its time over that of the other network to 1e-3, although it goes on to its own error, far smaller.

| problem | network | seconds | smallest error | to 1e-2, s | to 1e-3, s | to 1e-4, s | `solve_pde` / to 1e-3 |
|---|---|---|---|---|---|---|---|
"""


def reached(runs: list[Any], goal: float) -> float:
    """The seconds of the slowest run to an error; infinity where one did not get there."""
    return max(next((seconds for seconds, error in pairs if error <= goal), np.inf) for pairs in runs)


def networks(peers_python: str) -> str:
    """The table of the other networks, and their settings."""
    rows, settings, ours = [], [], {}
    for script, problems, limit, seeds in NETWORKS:
        with Worker(script, peers_python) as worker:
            name = script.removeprefix("partial_").removesuffix("_peer")
            settings.append(f"- **{name}** ({', '.join(worker.about['versions'])}): {worker.about['settings']}")
            for problem in problems:
                times, runs = [], []
                for seed in range(seeds):
                    start = time.process_time()
                    solve_pde(PDE_PROBLEMS[problem], seed=seed)
                    times.append(time.process_time() - start)
                    runs.append(worker.ask(contender=name, problem=problem, seed=seed, limit=limit))
                ours[problem] = min(*times, ours.get(problem, np.inf))
                error = max(min(error for _, error in pairs) for pairs in runs)
                cells = [f"{t:.2g}" if np.isfinite(t) else "never" for t in (reached(runs, goal) for goal in GOALS)]
                ratio = one_ratio(min(times) / reached(runs, 1e-3)) if cells[1] != "never" else "not reached"
                rows.append(f"| {problem} | {name} | {limit:.0f} | {error:.0e} | {' | '.join(cells)} | {ratio} |")
                print(rows[-1], flush=True)
    took = " and ".join(f"{1e3 * seconds:.0f} ms on {problem}" for problem, seconds in ours.items())
    return NETWORK_HEAD.format(ours=took) + "\n".join(rows) + "\n\n" + "\n".join(settings) + "\n"


def main(peers_python: str) -> None:
    solve_pde(HEAT)  # what the first call sets up
    rows = []
    for problem, name, run in CONTENDERS:
        unknowns, error, seconds, ratio = measured(run)
        judged = f"{ratio:.2g}" if name.startswith("`solve_pde`") else ""
        rows.append(f"| {problem} | {name} | {unknowns} | {error:.0e} | {1e3 * seconds:.3g} | {judged} |")
        print(rows[-1], flush=True)
    Path(__file__).with_name("partial.md").write_text(
        HEAD + "\n".join(rows) + "\n" + networks(peers_python), encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1])

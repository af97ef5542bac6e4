"""`course_lib.equations.training.solve` itself, asked like its peers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from contest import serve, timed
from problems import PROBLEMS

from course_lib.equations import PROBLEMS as OURS
from course_lib.equations import solve

SETTINGS = (
    "`solve(problem, seed=seed)`, and `method='levenberg-marquardt'`; nothing else is set. The time "
    "is that of the whole call, with its estimate of the error; for Levenberg-Marquardt to an error "
    "it is the call with the fewest `iterations` (of about thirty numbers tried) that gets there."
)
ITERATIONS = sorted({round(1.15**k) for k in range(41)} | {300})
PER_ITERATION = ("gradient descent", "adam", "bfgs")


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    if contender == "random features":
        return [whole_call(problem, seed=seed)]
    if contender == "levenberg-marquardt":
        return [
            whole_call(problem, 1, seed=seed, method=contender, iterations=n) for n in ITERATIONS
        ]
    return [seconds_per_iteration(problem, contender.removesuffix(", one iteration"), seed)]


def whole_call(problem: str, repeats: int = 9, **settings: Any) -> tuple[float, float]:
    """Return the CPU seconds and the error of one call of solve."""
    seconds, solution = timed(partial(solve, OURS[problem], **settings), repeats)
    return seconds, PROBLEMS[problem].error(solution(PROBLEMS[problem].grid))


def seconds_per_iteration(problem: str, method: str, seed: int) -> tuple[float, float]:
    """Return the CPU seconds of one iteration at the lecture's network, and the error at the end.

    A call with one iteration is subtracted: the rest is the iterations alone.
    """
    settings = dict(
        hidden=(10,),
        method=method,
        points=np.linspace(0, 1, 10),
        seed=seed,
        activation="sigmoid",
        gamma=1e-4,
    )
    least, _ = timed(partial(solve, OURS[problem], iterations=1, **settings), 5)
    seconds, solution = timed(partial(solve, OURS[problem], iterations=1000, **settings), 1)
    taken = len(solution.history.cost) - 2
    error = PROBLEMS[problem].error(solution(PROBLEMS[problem].grid))
    return (seconds - least) / taken, error


if __name__ == "__main__":
    serve(run, SETTINGS, "numpy", "scipy")

"""How a contender is asked and how it answers: one JSON line each, and only CPU time counts.

A contender is a process that imports its library once, says what it is, and answers requests with
pairs [CPU seconds, largest error]. While it waits it takes no time.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from time import process_time
from typing import Any

from problems import Problem


class TimeIsUp(Exception):
    """Raised out of a training that has had its time."""


class Trace:
    """Pairs [CPU seconds, error] of a training, whenever the error is the smallest so far.

    Finding the error does not count as time. It happens at every second call only, because the
    training is some percent slower just after it.

    Parameters
    ----------
    problem
        What is solved.
    limit
        CPU seconds after which to raise `TimeIsUp`.
    """

    def __init__(self, problem: Problem, limit: float) -> None:
        self.problem, self.limit = problem, limit
        self.pairs: list[tuple[float, float]] = []
        self.calls, self.start = 0, process_time()

    def __call__(self, values: Callable[[], Any]) -> None:
        """Note the error of the values on the problem's grid."""
        now = process_time()
        seconds, self.calls = now - self.start, self.calls + 1
        if seconds > self.limit:
            raise TimeIsUp
        if self.calls % 2:
            error = self.problem.error(values())
            if not self.pairs or error < self.pairs[-1][1]:
                self.pairs.append((seconds, error))
        self.start += process_time() - now

    def end(self, values: Callable[[], Any]) -> None:
        """Note the error at the end of the training, be it the smallest or not."""
        self.pairs.append((process_time() - self.start, self.problem.error(values())))


def timed(run: Callable[[], Any], repeats: int = 9) -> tuple[float, Any]:
    """Return the least CPU time of some runs, and the last result. A first run does not count."""
    run()
    seconds = []
    for _ in range(repeats):
        start = process_time()
        result = run()
        seconds.append(process_time() - start)
    return min(seconds), result


def serve(run: Callable[..., list[Any]], settings: str, *packages: str) -> None:
    """Say what this contender is, then answer each request, a JSON object, with run(**request)."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    versions = [f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)]
    print(json.dumps({"settings": settings, "versions": versions}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), file=answers, flush=True)

"""Measure `course_lib.equations.training.solve` beside its peers, in turns.

    python benchmarks/solver.py PEERS [ROUNDS]

PEERS is the Python of the peers' environment; `make bench` makes one. Writes results.md and
error_against_time.png. In every one of the five rounds, or as many as are asked for, each peer solves
each problem, the quick ones in fifteen rounds, and just before it `solve` does: a ratio compares two
measurements a moment apart, so that a machine that slows down slows both.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from figure import draw
from peers.problems import PROBLEMS
from report import write
from tqdm import tqdm

from course_lib.equations import PROBLEMS as OURS

HERE = Path(__file__).resolve().parent
RAW = HERE.parent / "_build" / "benchmarks.json"
BOUNDARY = ("lagaris 3 boundary", "poisson")
INITIAL = tuple(name for name in PROBLEMS if name not in BOUNDARY)
LECTURE = ("decay", "logistic", "poisson")
ITERATION, COMPILING = ", one iteration", ", compiling"
QUICK = 15  # rounds of those who are done in milliseconds


@dataclass(frozen=True)
class Contender:
    """Who solves which problems, CPU seconds allowed for each, and in how many rounds."""

    name: str
    script: str
    problems: tuple[str, ...]
    limit: float = np.inf
    rounds: int = 5


CONTENDERS = (
    Contender("levenberg-marquardt", "ours", tuple(PROBLEMS)),
    Contender("DOP853", "classical", INITIAL, rounds=QUICK),
    Contender("LSODA", "classical", INITIAL, rounds=QUICK),
    Contender("DOP853, dense", "classical", INITIAL, rounds=QUICK),
    Contender("LSODA, dense", "classical", INITIAL, rounds=QUICK),
    Contender("solve_bvp", "classical", BOUNDARY, rounds=QUICK),
    Contender("Chebyshev", "chebyshev", tuple(PROBLEMS), rounds=QUICK),
    Contender("tfc", "tfc_peer", tuple(PROBLEMS), rounds=QUICK),
    Contender("tfc" + COMPILING, "tfc_peer", tuple(PROBLEMS), rounds=1),
    Contender("heyoka", "heyoka_peer", INITIAL, rounds=QUICK),
    Contender("heyoka, dense", "heyoka_peer", INITIAL, rounds=QUICK),
    Contender("heyoka" + COMPILING, "heyoka_peer", INITIAL, rounds=3),
    Contender("Euler 1000", "classical", ("lagaris 4",)),
    Contender("Euler 100000", "classical", ("lagaris 4",)),
    Contender("neurodiffeq", "neurodiffeq_peer", tuple(PROBLEMS), 2.0),
    Contender("neurodiffeq defaults", "neurodiffeq_peer", tuple(PROBLEMS), 4.0, rounds=1),
    Contender("DeepXDE", "deepxde_peer", tuple(PROBLEMS), 2.0),
    Contender("lecture", "lecture_peer", LECTURE),
    Contender("lecture" + ITERATION, "lecture_peer", LECTURE),
    Contender("gradient descent" + ITERATION, "ours", LECTURE),
    Contender("adam" + ITERATION, "ours", LECTURE),
    Contender("bfgs" + ITERATION, "ours", LECTURE),
)
SCALING = {
    "points": (60, 100, 300, 1000, 3000, 10_000),
    "neurons": (30, 60, 100, 300, 1000),
    "unknowns": (1, 2, 3, 5, 10),
}


class Worker:
    """A contender's process, which imports its library once and answers one request at a time."""

    def __init__(self, script: str, peers_python: str) -> None:
        python = peers_python if script.endswith("_peer") else sys.executable
        one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [python, HERE / "peers" / f"{script}.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=os.environ | one_thread,
        )
        self.about = self.answer()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *reason: Any) -> None:
        self.process.kill()
        self.process.wait()

    def ask(self, **request: Any) -> Any:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise RuntimeError(f"{self.process.args[1].name} failed:\n{self.errors.read()}")
        return json.loads(line)


def check_problems() -> None:
    """Raise where the peers' equations, conditions or solutions are not those of course_lib."""
    rng = np.random.default_rng(0)
    for name, problem in PROBLEMS.items():
        ours, x = OURS[name], problem.grid
        d, end = len(problem.start), getattr(ours.conditions, "fb", None)
        parts = rng.normal(size=(ours.order + 1, 1001, d))
        columns = [part[:, j] for part in parts for j in range(d)]
        same = (
            np.allclose(np.transpose(problem.residual(np, x, *columns)), ours.residuals(x, *parts))
            and np.allclose(problem.exact(x), np.reshape(ours.exact(x), (1001, d)))
            and np.array_equal(problem.start, np.atleast_1d(ours.conditions.f0))
            and problem.slope == getattr(ours.conditions, "df0", None)
            and (end is None) == (problem.end is None)
            and (end is None or np.isclose(problem.end, end))
            and ours.domain == problem.domain
        )
        if not same:
            raise ValueError(f"peers/problems.py: {name!r} is not what course_lib solves")


def rounds(most: int) -> Iterator[tuple[int, str, Contender]]:
    """Yield seed, problem and contender of every measurement, in the order they are made in."""
    for seed in range(max(contender.rounds for contender in CONTENDERS)):
        for problem in PROBLEMS:
            for contender in CONTENDERS:
                limit = QUICK if contender.rounds == QUICK else min(most, contender.rounds)
                if problem in contender.problems and seed < limit:
                    yield seed, problem, contender


def measure(workers: dict[str, Worker], most: int) -> list[dict[str, Any]]:
    """Return contender, problem, seed, its pairs, and our pair of a moment before."""
    for contender in CONTENDERS:  # the first call of a process is slower
        workers[contender.script].ask(
            contender=contender.name, problem=contender.problems[0], seed=9, limit=0.3
        )
    results = []
    for seed, problem, contender in tqdm(list(rounds(most)), unit="measurement"):
        request = dict(problem=problem, seed=seed, limit=contender.limit)
        (ours,) = workers["ours"].ask(contender="random features", **request)
        pairs = workers[contender.script].ask(contender=contender.name, **request)
        results.append(
            dict(contender=contender.name, problem=problem, seed=seed, pairs=pairs, ours=ours)
        )
    return results


def measure_scaling(worker: Worker) -> list[dict[str, Any]]:
    """Return what grows, its size, the seconds and the error, three times each."""
    sizes = [(what, size) for what, sizes in SCALING.items() for size in sizes]
    results = []
    for what, size in tqdm(3 * sizes, desc="scaling", unit="measurement"):
        ((seconds, error),) = worker.ask(contender=what, size=size)
        results.append(dict(what=what, size=size, seconds=seconds, error=error))
    return results


def machine() -> str:
    """Say on what the numbers were measured."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":")[1].strip() if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, of which one is used; {platform.system()}"


def main(peers_python: str, most: int = 5) -> None:
    check_problems()
    with ExitStack() as stack:
        scripts = dict.fromkeys([contender.script for contender in CONTENDERS] + ["scaling"])
        workers = {script: stack.enter_context(Worker(script, peers_python)) for script in scripts}
        raw = dict(
            machine=machine(),
            about={script: worker.about for script, worker in workers.items()},
            rounds=most,
            results=measure(workers, most),
            scaling=measure_scaling(workers["scaling"]),
        )
    RAW.parent.mkdir(exist_ok=True)
    RAW.write_text(json.dumps(raw))
    write(raw, HERE / "results.md")
    draw(raw, HERE / "error_against_time.png")
    print(f"See {HERE / 'results.md'}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

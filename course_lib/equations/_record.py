"""What a training keeps: the cost after each iteration, the time, and the best parameters."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm


class History(NamedTuple):
    """The cost after each iteration (dimensionless) and the time since the start (seconds)."""

    cost: list[float]
    time: list[float]


class Record:
    """Keeps the history and the best parameters, also when the training is interrupted."""

    def __init__(self, progress: bool) -> None:
        self.history, self.start = History([], []), perf_counter()
        self.bar = tqdm(unit="it") if progress else None
        self.interrupted = False

    def begin(self, iterations: int) -> None:
        """Forget the best parameters: a network is trained next, with so many iterations."""
        self.best, self.cost, self.steps = None, np.inf, -1
        if self.bar is not None:
            self.bar.total = self.bar.n + iterations

    def __call__(self, vector: Any, cost: float) -> None:
        """Note the cost after an iteration, and keep the parameters, (P,), if it is the least."""
        self.history.cost.append(cost)
        self.history.time.append(perf_counter() - self.start)
        self.steps += 1
        if self.best is None or cost < self.cost:
            self.best, self.cost = vector, cost
        if self.bar is not None and self.steps:
            self.bar.update()
            self.bar.set_postfix_str(f"cost {cost:.2e}", refresh=False)

    def close(self) -> None:
        """End the progress bar."""
        if self.bar is not None:
            self.bar.close()


def follow(steps: Any, record: Callable[[Any, float], None], iterations: int) -> str:
    """Take so many steps of one of the `optimisers`, record each vector and its cost, and return why it ended."""
    for _ in range(iterations + 1):
        try:
            record(*next(steps))
        except StopIteration as end:
            reason: str = end.value
            return reason
    return f"took {iterations} steps"

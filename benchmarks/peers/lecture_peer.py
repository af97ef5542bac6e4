"""The method of the lecturer's course, chapter 11, written as such lecture code usually is.

A sigmoid network with N(0, 1) initial values, the trial solution, autograd for d/dx and for the
gradient of the cost, plain gradient descent in a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
from autograd import elementwise_grad, grad
from contest import Trace, serve, timed
from problems import PROBLEMS

SETTINGS = (
    "10 equally spaced points, γ = 1e-3; decay: 10 neurons, 10⁴ iterations; logistic: 100, 50, 25 "
    "neurons, 10³ iterations; Poisson: 200, 100 neurons, 10³ iterations. The time is that of the "
    "whole run, the error the one at its end. One iteration: 10 neurons."
)
RUNS = {
    "decay": ((10,), 10_000),
    "logistic": ((100, 50, 25), 1_000),
    "poisson": ((200, 100), 1_000),
}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def network(P: list[Any], x: Any) -> Any:
    """Return N(x), shape (m,); the first column of a layer's matrix is its bias."""
    a = np.reshape(x, (1, -1))
    for layer, weights in enumerate(P):
        a = np.concatenate((np.ones((1, a.shape[1])), a), axis=0)
        z = np.matmul(weights, a)
        a = z if layer == len(P) - 1 else sigmoid(z)
    return a[0]


TRIALS: dict[str, Callable[..., Any]] = {
    "decay": lambda x, P: 10 + x * network(P, x),
    "logistic": lambda x, P: 1.2 + x * network(P, x),
    "poisson": lambda x, P: x * (1 - x) * network(P, x),
}


def cost_function(problem: str) -> Callable[..., Any]:
    """Return the mean square of the residual as a function of P and x."""
    trial = TRIALS[problem]
    parts = [trial, elementwise_grad(trial, 0)]
    if PROBLEMS[problem].order == 2:
        parts.append(elementwise_grad(parts[1], 0))

    def cost(P: list[Any], x: Any) -> Any:
        error = PROBLEMS[problem].residual(np, x, *(part(x, P) for part in parts))[0]
        return np.sum(error**2) / np.size(error)

    return cost


def descent(problem: str, hidden: tuple[int, ...], seed: int) -> tuple[Any, Any]:
    """Return a function that takes n iterations, and the parameters P that it changes."""
    rng = np.random.RandomState(seed)
    sizes = (1, *hidden, 1)
    P = [rng.randn(n, k + 1) for k, n in zip(sizes, sizes[1:])]
    x, slope = np.linspace(0, 1, 10), grad(cost_function(problem), 0)

    def iterate(n: int) -> None:
        for _ in range(n):
            step = slope(P, x)
            for layer in range(len(P)):
                P[layer] = P[layer] - 1e-3 * step[layer]

    return iterate, P


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    if contender == "lecture, one iteration":
        iterate, _ = descent(problem, (10,), seed)
        return [(timed(lambda: iterate(200), 3)[0] / 200, None)]
    trace, (hidden, iterations) = Trace(PROBLEMS[problem], np.inf), RUNS[problem]
    iterate, P = descent(problem, hidden, seed)
    values = lambda: TRIALS[problem](PROBLEMS[problem].grid, P)
    for _ in range(iterations // 20):
        trace(values)
        iterate(20)
    trace.end(values)
    return trace.pairs


if __name__ == "__main__":
    serve(run, SETTINGS, "autograd", "numpy")

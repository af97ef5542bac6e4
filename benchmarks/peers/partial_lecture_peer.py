"""The method of the lecturer's course, chapter 11, on the diffusion equation, written as such lecture code usually is.

The derivatives of the trial solution are taken at one point at a time, the gradient of the cost through the loops.
"""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import grad, hessian, jacobian
from contest import TimeIsUp, Trace, serve
from partial_problems import PARTIAL

HIDDEN, POINTS, ITERATIONS = (100, 25), 10, 250
SETTINGS = (
    f"the network and the loops of that course: {HIDDEN[0]} and {HIDDEN[1]} sigmoid neurons, {POINTS} × {POINTS} "
    f"points, γ = 1e-2, {ITERATIONS} iterations of plain gradient descent, for which the time does not suffice; "
    "jacobian and hessian of autograd at each point."
)


def trial(point: Any, P: list[Any]) -> Any:
    x, t = point
    return (1 - t) * np.sin(np.pi * x) + x * (1 - x) * t * output(P, point)


def output(P: list[Any], point: Any) -> Any:
    """Return N(x, t) at one point; the first column of a layer's matrix is its bias."""
    a = np.reshape(point, (2, 1))
    for layer, weights in enumerate(P):
        z = np.matmul(weights, np.concatenate((np.ones((1, 1)), a), axis=0))
        a = z if layer == len(P) - 1 else 1 / (1 + np.exp(-z))
    return a[0][0]


def cost(P: list[Any], ends: Any) -> Any:
    slopes, second, total = jacobian(trial), hessian(trial), 0.0
    for x in ends:
        for t in ends:
            point = np.array([x, t])
            total = total + (slopes(point, P)[1] - second(point, P)[0][0]) ** 2
    return total / len(ends) ** 2


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    rng, sizes, ends = np.random.RandomState(seed), (2, *HIDDEN, 1), np.linspace(0, 1, POINTS)
    P = [rng.randn(n, k + 1) for k, n in zip(sizes, sizes[1:])]
    trace, grid, slope = Trace(PARTIAL["heat"], limit), PARTIAL["heat"].grid, grad(cost, 0)
    values = lambda: np.array([trial(point, P) for point in grid])
    try:
        for _ in range(ITERATIONS):
            trace.calls = 0  # an iteration takes seconds: look after each of them
            trace(values)
            step = slope(P, ends)
            for layer in range(len(P)):
                P[layer] = P[layer] - 1e-2 * step[layer]
        trace.end(values)
    except TimeIsUp:
        pass
    return trace.pairs


if __name__ == "__main__":
    serve(run, SETTINGS, "autograd", "numpy")

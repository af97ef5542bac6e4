"""nnde on the diffusion equation, the only one of the problems that it has a network for."""

from __future__ import annotations

from typing import Any

import numpy as np
from contest import TimeIsUp, Trace, serve
from nnde.differentialequation.examples import diff1d_halfsine
from nnde.differentialequation.pde.pde2diff import PDE2DIFF
from nnde.neuralnetwork.nnpde2diff import NNPDE2DIFF
from partial_problems import PARTIAL

HIDDEN, POINTS = 10, 10
SETTINGS = (
    f"its own example `diff1d_halfsine` with D = 1, {HIDDEN} neurons, its default, and {POINTS} × {POINTS} points, "
    "trained by its `BFGS`. That takes the slopes of the cost by differences: the option for exact "
    "ones, `use_jacobian`, asks for a function that version 0.0.7 does not have."
)
OPTIONS = dict(vmin=-1, vmax=1, wmin=-1, wmax=1, umin=-1, umax=1, use_jacobian=False, debug=False, verbose=False)


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    np.random.seed(seed)  # noqa: NPY002 - nnde draws from it
    diff1d_halfsine.D = 1.0
    net = NNPDE2DIFF(PDE2DIFF(diff1d_halfsine.__name__), nhid=HIDDEN)
    trace, grid = Trace(PARTIAL["heat"], limit), PARTIAL["heat"].grid

    def values(p: Any) -> Any:
        net.w, net.u, net.v = p[: 2 * HIDDEN].reshape(2, HIDDEN), p[2 * HIDDEN : 3 * HIDDEN], p[3 * HIDDEN :]
        return net.run(grid)

    net._iteration_callback = lambda p: trace(lambda: values(p))
    ends = np.linspace(0, 1, POINTS)
    places = np.stack([part.ravel() for part in np.meshgrid(ends, ends)], axis=1)
    try:
        net.train(places, trainalg="BFGS", opts=OPTIONS)
        trace.end(lambda: net.run(grid))
    except TimeIsUp:
        pass
    return trace.pairs


if __name__ == "__main__":
    serve(run, SETTINGS, "nnde", "scipy")

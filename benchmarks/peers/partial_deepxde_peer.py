"""DeepXDE on the diffusion equation and on Lagaris 5, the conditions built in."""

from __future__ import annotations

import os

os.environ["DDE_BACKEND"] = "pytorch"  # DeepXDE reads it when it is imported

import sys
from contextlib import redirect_stdout
from typing import Any

import deepxde as dde
import torch
from contest import TimeIsUp, Trace, serve
from partial_problems import PARTIAL, PartialProblem

HIDDEN, POINTS = (32, 32), 400
SETTINGS = (
    f"float64, `FNN` of {' and '.join(map(str, HIDDEN))} tanh neurons with Glorot-normal weights, the conditions by "
    f"`apply_output_transform`, {POINTS} uniform points, `L-BFGS` with history 50 and no tolerances, `loss_weights` "
    "1e6. The best of four networks tried for five seconds on the diffusion equation: 50 neurons, 20 and 20, 32 and "
    "32, 20 three times."
)


def run(contender: str, problem: str, seed: int, limit: float, hidden: Any = HIDDEN, points: int = POINTS) -> list[Any]:
    dde.config.set_random_seed(seed)
    trace = Trace(PARTIAL[problem], limit)
    try:
        train(PARTIAL[problem], trace, hidden, points)
    except TimeIsUp:
        pass
    return trace.pairs


def train(problem: PartialProblem, trace: Trace, hidden: Any, points: int) -> None:
    net = dde.nn.FNN([2, *hidden, 1], "tanh", "Glorot normal")
    net.apply_output_transform(lambda X, N: problem.trial_solution(torch, X[:, :1], X[:, 1:], N))
    grid = torch.tensor(problem.grid)

    def values() -> Any:
        with torch.no_grad():
            return net(grid).numpy()

    def residual(X: Any, u: Any) -> Any:
        trace(values)
        slopes = [dde.grad.jacobian(u, X, j=j) for j in (0, 1)]
        second = [dde.grad.hessian(u, X, i=j, j=j) for j in (0, 1)]
        return problem.residual(torch, X[:, :1], X[:, 1:], *slopes, *second)

    data = dde.data.PDE(
        dde.geometry.Rectangle([0, 0], [1, 1]), residual, [], num_domain=points, train_distribution="uniform"
    )
    model = dde.Model(data, net)
    dde.optimizers.set_LBFGS_options(maxcor=50, ftol=0, gtol=0, maxiter=10**9)
    model.compile("L-BFGS", loss_weights=[1e6], verbose=0)
    model.train(verbose=0)


if __name__ == "__main__":
    torch.set_num_threads(1)
    with redirect_stdout(sys.stderr):  # it says what it does
        dde.config.set_default_float("float64")
    serve(run, SETTINGS, "deepxde", "torch")

"""neurodiffeq at its best documented settings, and at its defaults."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from contest import TimeIsUp, Trace, serve
from neurodiffeq import diff
from neurodiffeq.conditions import IVP, DirichletBVP
from neurodiffeq.generators import Generator1D
from neurodiffeq.networks import FCNN
from neurodiffeq.solvers import Solver1D
from neurodiffeq.utils import set_tensor_type
from problems import PROBLEMS, Problem

SETTINGS = (
    "Best: float64, one `FCNN(hidden_units=(32,))` with tanh for each unknown, 32 Chebyshev points, "
    "`torch.optim.LBFGS` with the strong Wolfe line search, history 20 and no tolerances, the loss "
    "multiplied by 1e6, one batch of validation for every 1000 iterations. The best of 30 settings "
    "tried over the problems: 10 to 64 neurons in one or two layers, tanh and sin, 10 to 64 points, "
    "equally spaced or Chebyshev's, history 20 to 100. The factor is there because torch's L-BFGS "
    "stops learning the curvature at small losses (yᵀs ≤ 1e-10): without it the errors end "
    "at 1e-4 to 1e-5. Defaults: `Solver1D(equations, conditions, t_min, t_max)`. In both `IVP` and "
    "`DirichletBVP` build the conditions in, and no progress bar is drawn."
)


def run(contender: str, problem: str, seed: int, limit: float) -> list[Any]:
    train = best if contender == "neurodiffeq" else defaults
    set_tensor_type("cpu", 64 if train is best else 32)
    torch.manual_seed(seed)
    trace = Trace(PROBLEMS[problem], limit)
    try:
        train(PROBLEMS[problem], trace)
    except TimeIsUp:
        pass
    return trace.pairs


def best(problem: Problem, trace: Trace) -> None:
    nets = [FCNN(hidden_units=(32,)) for _ in problem.start]
    errors_of = on_grid(problem, nets)

    def equations(*f_and_t: Any) -> list[Any]:
        trace(errors_of)
        return residuals(problem, *f_and_t)

    optimizer = torch.optim.LBFGS(
        [weights for net in nets for weights in net.parameters()],
        max_iter=1000,
        max_eval=10**9,
        history_size=20,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )
    solver = Solver1D(
        equations,
        conditions(problem),
        nets=nets,
        train_generator=Generator1D(32, *problem.domain, method="chebyshev"),
        valid_generator=Generator1D(32, *problem.domain, method="equally-spaced"),
        optimizer=optimizer,
        loss_fn=lambda r, f, x: 1e6 * (r**2).mean(),
        n_batches_valid=1,
    )
    solver.fit(10**6, tqdm_file=None)


def defaults(problem: Problem, trace: Trace) -> None:
    solver = Solver1D(
        lambda *f_and_t: residuals(problem, *f_and_t), conditions(problem), *problem.domain
    )
    errors_of = on_grid(problem, solver.nets)
    solver.fit(10**6, callbacks=[lambda solver: trace(errors_of)], tqdm_file=None)


def residuals(problem: Problem, *f_and_t: Any) -> list[Any]:
    *f, t = f_and_t
    slopes = [diff(g, t, order=k) for k in range(1, problem.order + 1) for g in f]
    return problem.residual(torch, t, *f, *slopes)


def conditions(problem: Problem) -> list[Any]:
    a, b = problem.domain
    if problem.end is not None:
        return [DirichletBVP(a, problem.start[0], b, problem.end)]
    return [IVP(a, value, problem.slope) for value in problem.start]


def on_grid(problem: Problem, nets: list[Any]) -> Any:
    """Return a function that gives the trial solution on the grid, shape (1001, d)."""
    t = torch.tensor(problem.grid, dtype=torch.get_default_dtype()).reshape(-1, 1)
    pairs = list(zip(conditions(problem), nets))

    def values() -> Any:
        with torch.no_grad():
            return torch.cat([condition.enforce(net, t) for condition, net in pairs], 1).numpy()

    return values


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    serve(run, SETTINGS, "neurodiffeq", "torch")

"""neurodiffeq on the diffusion equation and on Lagaris 5."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from contest import TimeIsUp, Trace, serve
from neurodiffeq import diff
from neurodiffeq.conditions import IBVP1D, DirichletBVP2D
from neurodiffeq.generators import Generator2D
from neurodiffeq.networks import FCNN
from neurodiffeq.solvers import Solver2D
from neurodiffeq.utils import set_tensor_type
from partial_problems import PARTIAL, PartialProblem

HIDDEN, POINTS = (50,), 20
SETTINGS = (
    f"float64, `FCNN` of {HIDDEN[0]} tanh neurons, {POINTS} × {POINTS} Chebyshev points, "
    "`torch.optim.LBFGS` with the strong Wolfe line search, history 50 and no tolerances, the loss multiplied by 1e6; "
    "`IBVP1D` and `DirichletBVP2D` build the conditions in. The best of three networks tried for four seconds on the "
    "diffusion equation: 50 neurons, 20 and 20, 20 three times."
)


def run(contender: str, problem: str, seed: int, limit: float, hidden: Any = HIDDEN, points: int = POINTS) -> list[Any]:
    set_tensor_type("cpu", 64)
    torch.manual_seed(seed)
    trace = Trace(PARTIAL[problem], limit)
    try:
        train(PARTIAL[problem], trace, hidden, points)
    except TimeIsUp:
        pass
    return trace.pairs


def condition(problem: PartialProblem) -> Any:
    left, right, bottom, top = (side and (lambda s, side=side: side(torch, s)) for side in problem.sides)
    if top is None:
        return IBVP1D(x_min=0, x_max=1, t_min=0, t_min_val=bottom, x_min_val=left, x_max_val=right)
    return DirichletBVP2D(0, left, 1, right, 0, bottom, 1, top)


def train(problem: PartialProblem, trace: Trace, hidden: Any, points: int) -> None:
    net, conditions = FCNN(n_input_units=2, hidden_units=hidden), condition(problem)
    x, y = (torch.tensor(column).reshape(-1, 1) for column in problem.grid.T)

    def values() -> Any:
        with torch.no_grad():
            return conditions.enforce(net, x, y).numpy()

    def equation(u: Any, x: Any, y: Any) -> list[Any]:
        trace(values)
        slopes = [diff(u, x), diff(u, y), diff(u, x, order=2), diff(u, y, order=2)]
        return [problem.residual(torch, x, y, *slopes)]

    optimizer = torch.optim.LBFGS(
        net.parameters(), max_iter=1000, max_eval=10**9, history_size=50, tolerance_grad=0.0, tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )  # fmt: skip
    places = lambda method: Generator2D((points, points), (0, 0), (1, 1), method=method)
    solver = Solver2D(
        equation, [conditions], nets=[net], train_generator=places("chebyshev"),
        valid_generator=places("equally-spaced"), optimizer=optimizer,
        loss_fn=lambda r, f, x: 1e6 * (r**2).mean(), n_batches_valid=1,
    )  # fmt: skip
    solver.fit(10**6, tqdm_file=None)


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    serve(run, SETTINGS, "neurodiffeq", "torch")

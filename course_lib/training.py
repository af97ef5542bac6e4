"""Train a trial solution: make C(x; θ) = (1/n) Σ L(xᵢ, fᵢ, ...)² small, from the lecture's way up.

Every method starts from the same random parameters and sees the same residual r(θ) and
Jacobian J = ∂r/∂θ; they differ in the step they take:

- gradient descent: θ ← θ - γ ∇C with ∇C = 2 Jᵀ r / n,
- Adam: the same with a running mean of ∇C, scaled by its running size,
- BFGS: the gradient times an estimate of the inverse Hessian, learned from past gradients,
- Levenberg-Marquardt: the step that makes the linearised residual smallest, kept short.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import OptimizeResult, minimize
from tqdm import tqdm

from course_lib.jets import Residuals
from course_lib.network import Activation, Network, Theta, check_theta, ravel, unravel
from course_lib.ode import ODEProblem
from course_lib.trial_solution import TrialSolution
from course_lib.validation import NotFinite, finite_array, known_name, positive, whole_number


class History(NamedTuple):
    """The cost after each iteration (dimensionless) and the time since the start (seconds)."""

    cost: list[float]
    time: list[float]


@dataclass(frozen=True, repr=False)
class Solution:
    """What `solve` found: call it as the function f_t(x).

    Parameters
    ----------
    trial
        The trial solution, which knows the problem and the network.
    theta
        The best parameters met.
    cost
        C(x; θ) there, the mean square of the residual at the training points.
    history
        The cost and the time after each iteration.
    max_residual
        The largest ``|L|`` on a finer set of points over the whole domain.
    converged
        Whether that is below the tolerance, measured against the terms of the equation. An
        equation that lets errors grow can turn a small residual into a large error all the same.
    message
        Why the training ended, and what to try if it did not converge.

    Notes
    -----
    Lecture S1.
    """

    trial: TrialSolution
    theta: Theta
    cost: float
    history: History
    max_residual: float
    converged: bool
    message: str

    @property
    def problem(self) -> ODEProblem:
        return self.trial.problem

    @property
    def network(self) -> Network:
        return self.trial.network

    def __call__(self, x: Any, order: int = 0) -> Any:
        """Return f_t(x) or its derivative, shape (m,) for one unknown, (m, d) for d.

        Points outside the domain give a warning: there the network has learned nothing.
        """
        x = finite_array(x, "x")
        start, end = self.problem.domain
        if np.min(x) < start or np.max(x) > end:
            warnings.warn(
                f"x leaves the domain ({start:g}, {end:g}): nothing was learned there", stacklevel=2
            )
        return self.trial(self.theta, x, order)

    def __repr__(self) -> str:
        name = self.problem.name or "unnamed problem"
        state = "converged" if self.converged else "NOT converged"
        return (
            f"Solution({name}: {state} after {len(self.history.cost) - 1} iterations, "
            f"cost {self.cost:.1e}, largest residual {self.max_residual:.1e})"
        )


class Record:
    """Keeps the history and the best parameters, also when the training is interrupted."""

    def __init__(self, total: int, progress: bool) -> None:
        self.history, self.start = History([], []), perf_counter()
        self.best, self.cost = None, np.inf
        self.bar = tqdm(total=total, disable=not progress, unit="it")

    def __call__(self, vector: Any, cost: float) -> None:
        self.history.cost.append(float(cost))
        self.history.time.append(perf_counter() - self.start)
        if self.best is None or cost < self.cost:
            self.best, self.cost = np.array(vector), float(cost)
        if len(self.history.cost) > 1:
            self.bar.update()
            self.bar.set_postfix_str(f"cost {cost:.2e}", refresh=False)


def cost_and_gradient(residuals: Residuals, vector: Any) -> tuple[float, Any]:
    """Return C = rᵀr / n and ∇C = 2 Jᵀ r / n."""
    r, J = residuals.with_jacobian(vector)
    n = len(residuals.x)
    return r @ r / n, 2.0 / n * (r @ J)


def gradient_descent(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """θ ← θ - γ ∇C, the update of backpropagation (lecture B6, B7)."""
    for _ in range(iterations):
        cost, slope = cost_and_gradient(residuals, vector)
        record(vector, cost)
        vector = vector - gamma * slope
    record(vector, cost_and_gradient(residuals, vector)[0])
    return f"took {iterations} steps"


def adam(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Adam with the constants of Kingma and Ba (2015), algorithm 1."""
    mean, square = np.zeros_like(vector), np.zeros_like(vector)
    for i in range(1, iterations + 1):
        cost, slope = cost_and_gradient(residuals, vector)
        record(vector, cost)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = np.sqrt(square / (1 - 0.999**i)) + 1e-8
        vector = vector - gamma * mean / (1 - 0.9**i) / size
    record(vector, cost_and_gradient(residuals, vector)[0])
    return f"took {iterations} steps"


def bfgs(residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float) -> str:
    """Quasi-Newton by SciPy (Nocedal and Wright 2006, section 6.1); γ is found by line search."""
    record(vector, cost_and_gradient(residuals, vector)[0])

    def after_step(intermediate_result: OptimizeResult) -> None:
        record(intermediate_result.x, intermediate_result.fun)

    result = minimize(
        lambda v: cost_and_gradient(residuals, v),
        vector,
        jac=True,
        method="BFGS",
        callback=after_step,
        options={"maxiter": iterations, "gtol": 1e-10},
    )
    return str(result.message).rstrip(".").lower()


def levenberg_marquardt(
    residuals: Residuals, vector: Any, record: Record, iterations: int, gamma: float
) -> str:
    """Minimise ‖r + J s‖² + μ‖s‖² for the step s; μ falls after a success and grows after a miss.

    Marquardt (1963); Nocedal and Wright (2006), section 10.3. γ is not used.
    """
    n = len(residuals.x)
    r, J = residuals.with_jacobian(vector)
    record(vector, r @ r / n)
    mu = 1e-3 * np.max(np.sum(J * J, axis=0))
    for _ in range(iterations):
        damped = np.vstack([J, np.sqrt(mu) * np.eye(len(vector))])
        step = lstsq(damped, np.append(-r, np.zeros(len(vector))), lapack_driver="gelsy")[0]
        try:
            r_new = residuals(vector + step)
        except NotFinite:
            r_new = np.inf * r
        if r_new @ r_new < r @ r:
            gain = 1.0 - (r_new @ r_new) / (r @ r)
            vector = vector + step
            r, J = residuals.with_jacobian(vector)
            mu /= 5.0
            if gain < 1e-6:
                record(vector, r @ r / n)
                return "the cost stopped falling"
        else:
            mu *= 4.0
        record(vector, r @ r / n)
        if np.linalg.norm(step) < 1e-15 * (1.0 + np.linalg.norm(vector)):
            return "the steps became too small to matter"
    return f"took {iterations} steps"


METHODS: dict[str, tuple[Callable[..., str], int]] = {  # with the usual number of iterations
    "gradient descent": (gradient_descent, 10_000),
    "adam": (adam, 10_000),
    "bfgs": (bfgs, 1_000),
    "levenberg-marquardt": (levenberg_marquardt, 300),
}


def solve(
    problem: ODEProblem,
    hidden: Sequence[int] = (10,),
    method: str = "levenberg-marquardt",
    points: Any = 30,
    seed: int = 0,
    progress: bool = False,
    *,
    activation: str | Activation = "tanh",
    iterations: int | None = None,
    gamma: float = 1e-3,
    tolerance: float = 1e-4,
    theta: Theta | None = None,
) -> Solution:
    """Solve a differential equation with a network as its trial solution.

    Parameters
    ----------
    problem
        The equation with its condition.
    hidden
        Neurons in each hidden layer. The output layer is linear, one neuron for each unknown.
    method
        ``"gradient descent"``, ``"adam"``, ``"bfgs"`` or ``"levenberg-marquardt"``; each trains
        all weights and biases.
    points
        How many equally spaced points of the domain, or the points themselves, shape (n,).
    seed
        Seed of the random initial parameters.
    progress
        Whether to show a progress bar.
    activation
        σ of the hidden layers.
    iterations
        The most to take; by default what the method usually needs.
    gamma
        γ > 0, the learning rate of gradient descent and Adam.
    tolerance
        The largest residual to call converged, relative to the terms of the equation.
    theta
        Initial parameters to use instead of random ones.

    Returns
    -------
    Solution
        With ``converged=False`` and the reason if the tolerance was missed. An interruption
        from the keyboard, or a step to where the residual is not finite, gives the best so far.

    Raises
    ------
    TypeError, ValueError
        Not a problem, an unknown method or activation, points outside the domain, a number of
        neurons, points or iterations below one, γ or the tolerance not positive.

    Notes
    -----
    Lecture S2. Lagaris, Likas and Fotiadis (1998).
    """
    if not isinstance(problem, ODEProblem):
        raise TypeError(f"problem must be an ODEProblem, got {type(problem).__name__}")
    run, usual = METHODS[known_name(method, METHODS, "method")]
    hidden = tuple(hidden) if np.iterable(hidden) else (hidden,)
    network = Network((1, *hidden, problem.unknowns), (*[activation] * len(hidden), "identity"))
    x = training_points(points, problem)
    iterations = usual if iterations is None else whole_number(iterations, "iterations")
    gamma, tolerance = positive(gamma, "gamma"), positive(tolerance, "tolerance")
    if theta is None:
        seed = whole_number(seed, "seed", least=0)
        theta = network.initial_parameters(np.random.default_rng(seed))
    vector = ravel(check_theta(theta, network.sizes))

    trial = TrialSolution(problem, network)
    record = Record(iterations, progress)
    with np.errstate(all="ignore"):
        try:
            ended = run(Residuals(trial, x), vector, record, iterations, gamma)
        except (KeyboardInterrupt, NotFinite) as reason:
            if record.best is None:
                raise
            interrupted = isinstance(reason, KeyboardInterrupt)
            ended = "was interrupted" if interrupted else "diverged, try a smaller gamma"
        finally:
            record.bar.close()
    return judged(trial, x, record, ended, tolerance)


def judged(
    trial: TrialSolution, x: Any, record: Record, ended: str, tolerance: float
) -> Solution:
    """Measure the residual on a finer set of points and say whether it is small enough."""
    finer = Residuals(trial, np.linspace(*trial.problem.domain, 4 * len(x) + 1))
    try:
        largest = float(np.max(np.abs(finer(record.best))))
        relative = largest / max(finer.terms(record.best), np.finfo(float).tiny)
    except NotFinite:  # a pole between the training points
        largest = relative = np.inf
    converged = relative <= tolerance
    message = f"{ended}; largest relative residual {relative:.1e}"
    if not converged:
        message += (
            f" is above the tolerance {tolerance:.1e}: try method='levenberg-marquardt', more "
            f"iterations, neurons or points, another seed, or a shorter domain"
        )
    theta = unravel(record.best, trial.network.sizes)
    return Solution(trial, theta, record.cost, record.history, largest, converged, message)


def training_points(points: Any, problem: ODEProblem) -> Any:
    """Return the points, in the domain, shape (n,)."""
    if np.ndim(points) == 0:
        return np.linspace(*problem.domain, whole_number(points, "points", least=2))
    x = finite_array(points, "points", ("n",))
    start, end = problem.domain
    if np.min(x) < start or np.max(x) > end:
        raise ValueError(f"points must lie in the domain ({start:g}, {end:g})")
    return x

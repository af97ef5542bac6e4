"""Solve a partial differential equation with a network, by the methods of chapters 8 to 10."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import NotFinite, finite_array, known_name, positive, whole_number
from course_lib.beyond.pde_error_estimate import PDEErrorEstimate, error_estimate, grid, spread_lines
from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.pde_residuals import PDEResiduals
from course_lib.beyond.pde_trial_solution import PDETrialSolution
from course_lib.equations._jets import require_derivatives
from course_lib.equations._solver.fitting import History, Record, follow
from course_lib.equations.optimisers import Steps, adam, bfgs, gradient_descent, levenberg_marquardt
from course_lib.equations.random_features import gauss_newton
from course_lib.networks.activation import Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, check_theta, layers_of, ravel


class _Method(NamedTuple):
    """A way to train, how it draws its first parameters, and what it usually takes."""

    run: Callable[..., Steps]
    initial: Callable[..., Theta]
    neurons: int
    iterations: int
    tolerance: float


METHODS: dict[str, _Method] = {
    "gradient descent": _Method(gradient_descent, Network.initial_parameters, 20, 10_000, 1e-2),
    "adam": _Method(adam, Network.initial_parameters, 20, 10_000, 1e-2),
    "bfgs": _Method(bfgs, Network.initial_parameters, 20, 1_000, 1e-2),
    "levenberg-marquardt": _Method(levenberg_marquardt, Network.initial_parameters, 20, 300, 1e-2),
    "random features": _Method(gauss_newton, spread_lines, 300, 12, 1e-5),
}
_WIDEST = 600  # neurons, where random features grow by doubling


@dataclass(frozen=True, repr=False)
class PDESolution:
    """What `solve_pde` found: call it as the function u_t(x, t).

    Parameters
    ----------
    trial
        The trial solution, which knows the problem and the network.
    theta
        The best parameters met.
    cost
        C(Θ) there, the mean square of the residual at the training points.
    history
        The cost and the time after each iteration, failed attempts included.
    max_residual
        The largest ``|L|`` on the points of the error estimate.
    error_estimate
        The largest estimated ``|u - u_t|``, in the units of u (`course_lib.beyond.pde_error_estimate`).
    converged
        Whether that is below the tolerance, relative to the largest ``|u_t|``.
    message
        Why the training ended, and what to try if it did not converge.

    Notes
    -----
    Lecture S1.
    """

    trial: PDETrialSolution
    theta: Theta
    cost: float
    history: History
    max_residual: float
    error_estimate: float
    converged: bool
    message: str

    @property
    def problem(self) -> PDEProblem:
        """The problem."""
        return self.trial.problem

    @property
    def network(self) -> Network:
        """The network."""
        return self.trial.network

    def __call__(self, x: Any, t: Any, derivative: str = "") -> Any:
        """Return u_t or a derivative such as ``"xx"`` at points x and t, numbers or arrays that broadcast.

        The shape is that of the points, with one more axis for a system. Points outside the domain give a
        warning: there the network has learned nothing.
        """
        for name, s, (start, end) in zip(self.problem.variables, (x, t), self.problem.domain):
            s = finite_array(s, name)
            if np.min(s) < start or np.max(s) > end:
                warnings.warn(f"{name} leaves the domain ({start:g}, {end:g}): nothing was learned there", stacklevel=2)
        return self.trial(self.theta, x, t, derivative)

    def __repr__(self) -> str:
        name = self.problem.name or "unnamed problem"
        state = "converged" if self.converged else "NOT converged"
        return (
            f"PDESolution({name}: {state} after {len(self.history.cost) - 1} iterations, estimated error "
            f"{self.error_estimate:.1e}, largest residual {self.max_residual:.1e})"
        )


def solve_pde(
    problem: PDEProblem,
    hidden: Sequence[int] | int | None = None,
    method: str = "random features",
    points: Any = None,
    seed: int = 0,
    progress: bool = False,
    *,
    activation: str | Activation = "tanh",
    iterations: int | None = None,
    gamma: float = 1e-3,
    tolerance: float | None = None,
    theta: Theta | None = None,
) -> PDESolution:
    """Solve a partial differential equation with a network as its trial solution.

    Parameters
    ----------
    problem
        The equation with its sides.
    hidden
        Neurons in each hidden layer. The output layer is linear, one neuron for each unknown.
        By default one layer: 20 neurons, or for random features 300, and twice or four times as many where
        the tolerance is missed.
    method
        ``"random features"`` trains the output layer alone, by Gauss-Newton; the hidden weights
        stay as they were drawn. ``"gradient descent"``, ``"adam"``, ``"bfgs"`` and
        ``"levenberg-marquardt"`` train all weights and biases.
    points
        How many Chebyshev points in each variable, or the points themselves, shape (n, 2). By default
        1.5 √n in each variable for n neurons in the widest layer, and at least 15.
    seed
        Seed of the random parameters.
    progress
        Whether to show a progress bar.
    activation
        σ of the hidden layers.
    iterations
        The most to take; by default what the method usually needs.
    gamma
        γ > 0, the learning rate of gradient descent and Adam.
    tolerance
        The largest estimated error to call converged, relative to the largest ``|u_t|``; by
        default 1e-6 for random features and 1e-2 for the others.
    theta
        Initial parameters to use instead of random ones.

    Returns
    -------
    PDESolution
        With ``converged=False`` and the reason if the tolerance was missed. An interruption
        from the keyboard, or a step to where the residual is not finite, gives the best so far.

    Raises
    ------
    TypeError, ValueError
        Not a problem, an unknown method or activation, points outside the domain, a number of
        neurons, points or iterations below one or larger than a computer holds, γ or the
        tolerance not positive, initial parameters that do not fit.

    Notes
    -----
    Lecture S2. Lagaris, Likas and Fotiadis (1998); random features: Dwivedi and Srinivasan (2020).

    Examples
    --------
    >>> from course_lib.beyond import PDE_PROBLEMS
    >>> solution = solve_pde(PDE_PROBLEMS["wave"], hidden=100)
    >>> solution.converged, bool(abs(solution(0.5, 0.25)) < 1e-6)
    (True, True)
    """
    if not isinstance(problem, PDEProblem):
        raise TypeError(f"problem must be a PDEProblem, got {type(problem).__name__}")
    chosen = METHODS[known_name(method, METHODS, "method")]
    layers: Any = chosen.neurons if hidden is None else hidden
    layers = tuple(layers) if isinstance(layers, (tuple, list, range, np.ndarray)) else (layers,)
    network = Network((2, *layers, problem.unknowns), (*[activation] * len(layers), "identity"))
    require_derivatives(network, max(map(sum, problem.used)))
    fit = _Fitting(
        problem,
        chosen,
        _training_points(points, problem),
        chosen.iterations if iterations is None else whole_number(iterations, "iterations"),
        positive(gamma, "gamma"),
        chosen.tolerance if tolerance is None else positive(tolerance, "tolerance"),
        np.random.default_rng(whole_number(seed, "seed", least=0, most=np.inf)),
        Record(progress),
    )
    grows = chosen.run is gauss_newton and hidden is None and points is None and theta is None
    with np.errstate(all="ignore"), closing(fit.record):
        best = fit(network, None if theta is None else check_theta(theta, network.sizes))
        while grows and not best.converged and not fit.record.interrupted and network.sizes[1] < _WIDEST:
            network = Network((2, 2 * network.sizes[1], problem.unknowns), network.activations)
            best = min(best, fit(network), key=lambda solution: solution.error_estimate)
    return best


@dataclass(frozen=True)
class _Fitting:
    """How to fit a network, however wide."""

    problem: PDEProblem
    method: _Method
    points: Any
    iterations: int
    gamma: float
    tolerance: float
    rng: np.random.Generator
    record: Record

    def __call__(self, network: Network, theta: Theta | None = None) -> PDESolution:
        """Train a network from `theta` or from random parameters, and judge it."""
        trial, record = PDETrialSolution(self.problem, network), self.record
        each: Any = max(15, int(np.ceil(1.5 * np.sqrt(max(network.sizes))))) if self.points is None else self.points
        points = chebyshev_grid(each, self.problem) if np.ndim(each) == 0 else each
        vector = ravel(self.method.initial(network, self.rng) if theta is None else theta)
        record.begin(self.iterations)
        estimate = PDEErrorEstimate(np.inf, np.inf, 0.0)
        try:
            ended = follow(self.method.run(PDEResiduals(trial, points), vector, self.gamma), record, self.iterations)
        except (KeyboardInterrupt, NotFinite) as reason:
            if record.best is None:
                raise
            record.interrupted = isinstance(reason, KeyboardInterrupt)
            hint = ", try a smaller gamma" if self.method.run in (gradient_descent, adam) else ""
            ended = "was interrupted" if record.interrupted else f"diverged{hint}"
        best = layers_of(record.best, network.sizes)
        try:
            estimate = error_estimate(trial, best, self.rng, int(np.ceil(np.sqrt(len(points)))) + 4)
        except NotFinite:
            ended += "; the residual is not finite between the points"
        return self._judged(trial, best, ended, estimate)

    def _judged(self, trial: PDETrialSolution, theta: Theta, ended: str, estimate: PDEErrorEstimate) -> PDESolution:
        """Return the solution with a word on whether its error is small enough."""
        error, residual, size = estimate
        relative = error / max(size, 1e-100)
        converged = bool(relative <= self.tolerance) and not self.record.interrupted
        message = f"{ended}; estimated error {relative:.1e} of the largest value"
        if not converged:
            other = "" if self.method.run is gauss_newton else "method='random features', "
            message += (
                f" is above the tolerance {self.tolerance:.1e}: try {other}more neurons or points, more iterations, "
                f"another seed, or a smaller domain"
            )
        record = self.record
        return PDESolution(trial, theta, record.cost, record.history, residual, error, converged, message)


def chebyshev_grid(n: int, problem: PDEProblem) -> Any:
    """Return the n × n Gauss points of the Chebyshev polynomials on the rectangle, shape (n², 2).

    They are denser at the sides, where a fit at equally spaced points swings most.
    """
    part = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return grid(problem.domain, [part, part])


def _training_points(points: Any, problem: PDEProblem) -> Any:
    """Return the number of points in each variable, None, or the points in the domain, shape (n, 2)."""
    if points is None:
        return None
    if np.ndim(points) == 0:
        return whole_number(points, "points", least=2, most=1000)
    x = finite_array(points, "points", ("n", 2))
    for k, (name, (start, end)) in enumerate(zip(problem.variables, problem.domain)):
        if np.min(x[:, k]) < start or np.max(x[:, k]) > end:
            raise ValueError(f"points must lie in the domain, where {name} runs from {start:g} to {end:g}")
    return x

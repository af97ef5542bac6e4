"""One network on one domain: draw its parameters, train it, keep the best of them, estimate its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from course_lib._validation import NotFinite
from course_lib.equations._solver import unit_domain
from course_lib.equations.error_estimate import _SMALLEST, ErrorEstimate, error_estimate
from course_lib.equations.optimisers import Steps, adam, gradient_descent
from course_lib.equations.problem import ODEProblem, _require_differential
from course_lib.equations.random_features import gauss_newton, in_haste, spread_bends
from course_lib.equations.residuals import Basis, Residuals
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, layers_of, ravel

_WIDEST = 480  # neurons, where random features grow by doubling


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


class Fit(NamedTuple):
    """A trial solution trained on one domain, and what is known of its error."""

    trial: TrialSolution
    theta: Theta
    cost: float
    ended: str
    estimate: ErrorEstimate

    def is_good(self, goal: float, size: float = 0.0, slopes: Any = ()) -> bool:
        """Tell whether its `share` of the goal is at most one; `slopes` are known to be as large, (K - 1,)."""
        return goal == np.inf or self.share(goal, size, slopes) <= 1.0

    def share(self, goal: float, size: float, slopes: Any = ()) -> float:
        """Return its own error as a share of `goal` times the largest ``|f_t|``, or that of a slope if it is more.

        What is known already of the largest ``|f_t|`` is `size`, of ``|f_t'|``, ... `slopes`, (K - 1,), if they count.
        """
        found = self.estimate
        parts = [found.own / max(size, found.size, _SMALLEST)]
        for own, *largest in zip(found.own_slopes, found.slopes, slopes):
            parts.append(own / max(*largest, _SMALLEST))
        return max(parts) / goal


@dataclass(frozen=True)
class Fitting:
    """How to fit a network: the same for every piece of a domain.

    Parameters
    ----------
    run
        One of the methods of `course_lib.equations.optimisers` or `course_lib.equations.random_features`.
    initial
        Gives the initial parameters of a network on a domain, with a random generator.
    points
        A number of Chebyshev points, or the points themselves, shape (n,).
    iterations, gamma
        The most iterations to take; the learning rate.
    seed
        Of the random features, which are the same on every piece, and of all other random numbers.
    record
        Keeps the history.
    """

    run: Callable[..., Steps]
    initial: Callable[..., Theta]
    points: Any
    iterations: int
    gamma: float
    seed: int
    record: Record

    @cached_property
    def rng(self) -> np.random.Generator:
        """The source of the random numbers that differ from piece to piece."""
        return np.random.default_rng(self.seed)

    def __call__(
        self,
        problem: ODEProblem,
        network: Network,
        start_error: Any = None,
        theta: Theta | None = None,
        biases: Any = None,
        hasty: bool = False,
    ) -> Fit:
        """Train the network on the problem, from `theta` or from random parameters.

        `start_error`, shape (K, d, 1 + n), is the error of the initial values of a piece, with its spread. Its network
        counts x from its own start, where w s + b loses no digits. Where the random output layer is zero,
        it starts with these `biases`, shape (d,). In haste no Gauss-Newton step is halved more than once.

        Raises
        ------
        NotFinite
            The residual is not finite for the initial parameters.
        TooFarOff
            In haste, a Gauss-Newton step led nowhere.
        """
        origin = 0.0 if start_error is None else problem.domain[0]
        trial, record = TrialSolution(problem, network, origin), self.record
        x = chebyshev_points(self.points, problem) if np.ndim(self.points) == 0 else self.points
        theta, known = (theta, None) if theta is not None else self.drawn(trial, biases)
        residuals, vector = Residuals(trial, x, known), ravel(theta)
        record.begin(self.iterations)
        try:
            haste = {"halve": in_haste} if hasty else {}  # which only Gauss-Newton knows
            ended = follow(self.run(residuals, vector, self.gamma, **haste), record, self.iterations)
        except (KeyboardInterrupt, NotFinite) as reason:
            if record.best is None:
                raise
            record.interrupted = isinstance(reason, KeyboardInterrupt)
            hint = ", try a smaller gamma" if self.run in (gradient_descent, adam) else ""
            ended = "was interrupted" if record.interrupted else f"diverged{hint}"
        best = layers_of(record.best, network.sizes)
        try:
            drawn = self.seed if known is not None and self.run is gauss_newton else None
            estimate = error_estimate(trial, best, len(x), start_error, drawn)
        except NotFinite:
            estimate = unknown(problem)
            ended += "; the residual is not finite between the points"
        except KeyboardInterrupt:
            estimate, ended, record.interrupted = unknown(problem), "was interrupted", True
        return Fit(trial, best, record.cost, ended, estimate)

    def drawn(self, trial: TrialSolution, biases: Any) -> tuple[Theta, Basis | None]:
        """Return random parameters, and their basis if known. An output layer of zeros gets these biases, (d,)."""
        network, known = trial.network, None
        start, end = (end - trial.origin for end in trial.problem.domain)
        if self.initial is spread_bends and np.ndim(self.points) == 0:
            theta = unit_domain.parameters(network, (start, end), self.seed)
            known = unit_domain.basis(trial.problem, network, self.seed, unit_domain.chebyshev, self.points)
        else:
            theta = self.initial(network, (start, end), self.rng)
        if biases is not None and not theta[-1].weights.any():
            theta[-1].biases[:] = biases
        return theta, known


def unknown(problem: ODEProblem) -> ErrorEstimate:
    """Return the estimate of an error that may have any size."""
    ends = np.full((2, problem.order, problem.unknowns), np.inf)
    each = np.repeat([[np.inf], [0.0], [0.0], [0.0], [np.inf]], problem.unknowns, axis=1)
    return ErrorEstimate(np.inf, np.inf, np.inf, 0.0, ends, ends[..., None], each)


def chebyshev_points(n: int, problem: ODEProblem) -> Any:
    """Return the n Gauss points of the Chebyshev polynomials on the domain, shape (n,), growing.

    They are denser at the ends, where a fit at equally spaced points swings most.
    """
    return unit_domain.stretched(unit_domain.chebyshev(n), problem.domain)


def widened(problem: ODEProblem, fit: Fitting, network: Network, tolerance: float) -> Fit:
    """Fit the whole domain, doubling the neurons and the points until that is good enough."""
    best, sizes = fit(problem, network), network.sizes
    while not (best.is_good(tolerance) or fit.record.interrupted) and sizes[1] < _WIDEST:
        sizes = (1, 2 * sizes[1], sizes[2])
        wider = Network(sizes, network.activations)
        try:
            _require_differential(problem)  # before more work
            best = min(best, replace(fit, points=2 * sizes[1])(problem, wider), key=lambda fit: fit.estimate.error)
        except KeyboardInterrupt:  # before the wider network had anything to show
            fit.record.interrupted = True
    return best

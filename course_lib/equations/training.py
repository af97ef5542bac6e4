"""Solve a differential equation with a network: choose a method, train, and judge the result.

The lecture's way is gradient descent on C(x; θ). It is one of five methods here; four train all
weights (`course_lib.equations.optimisers`), one the output layer alone (`course_lib.equations.random_features`).
Whatever the method, an independent estimate of the error says whether the result can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import finite_array, known_name, positive, real_array, whole_number
from course_lib.equations._jets import require_derivatives
from course_lib.equations._solver.fitting import Fit, Fitting, Record, widened
from course_lib.equations._solver.pieces import MOST, Pieces, in_pieces, march
from course_lib.equations._solver.units import Found, each_in_its_unit, strict_enough
from course_lib.equations.conditions import InitialValue
from course_lib.equations.optimisers import Steps, adam, bfgs, gradient_descent, levenberg_marquardt
from course_lib.equations.problem import ODEProblem, _counted_from, _initial_value, _origin
from course_lib.equations.random_features import gauss_newton, spread_bends
from course_lib.equations.solution import Solution
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.activation import Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, check_theta


class _Method(NamedTuple):
    """A way to train, how it draws its first parameters, and what it usually takes."""

    run: Callable[..., Steps]
    initial: Callable[..., Theta]
    neurons: int
    iterations: int
    tolerance: float


def _normal(network: Network, domain: tuple[float, float], rng: np.random.Generator) -> Theta:
    """Draw the parameters as `Network.initial_parameters` does, whatever the domain."""
    return network.initial_parameters(rng)


METHODS: dict[str, _Method] = {
    "gradient descent": _Method(gradient_descent, _normal, 20, 10_000, 1e-4),
    "adam": _Method(adam, _normal, 20, 10_000, 1e-4),
    "bfgs": _Method(bfgs, _normal, 20, 1_000, 1e-4),
    "levenberg-marquardt": _Method(levenberg_marquardt, _normal, 20, 300, 1e-4),
    "random features": _Method(gauss_newton, spread_bends, 30, 8, 1e-10),
}


def solve(
    problem: ODEProblem,
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
    pieces: int | None = None,
    breaks: Sequence[float] = (),
) -> Solution:
    """Solve a differential equation with a network as its trial solution.

    Parameters
    ----------
    problem
        The equation with its condition.
    hidden
        Neurons in each hidden layer. The output layer is linear, one neuron for each unknown.
        By default one layer: 20 neurons, or for random features 30, and more where needed.
    method
        ``"random features"`` trains the output layer alone, by Gauss-Newton; the hidden weights
        stay as they were drawn. ``"gradient descent"``, ``"adam"``, ``"bfgs"`` and
        ``"levenberg-marquardt"`` train all weights and biases.
    points
        How many Chebyshev points of the domain (Gauss points of the Chebyshev polynomials), or
        the points themselves, shape (n,). By default two for each neuron of the widest layer,
        and at least 40.
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
        The largest estimated error to call converged, relative to the largest ``|f_t|``; by
        default 1e-10 for random features and 1e-4 for the others.
    theta
        Initial parameters to use instead of random ones.
    pieces
        Into how many pieces of equal length to split the domain of an initial-value problem; one
        more, and two shorter ones, where x₀ lies inside.
        By default random features begin with one, and where the estimated error is too large
        they take shorter pieces, or for a boundary-value problem more neurons; the others
        take one.
    breaks
        Where the equation of an initial-value problem jumps, in the units of x: a force that is
        switched on, say. No piece reaches across, where otherwise many short ones close in on the jump, and a push so
        short that it lies between two points is overlooked. For random features with pieces of any length.

    Returns
    -------
    Solution
        With ``converged=False`` and the reason if the tolerance was missed. An interruption
        from the keyboard, or a step to where the residual is not finite, gives the best so far.

    Raises
    ------
    TypeError, ValueError
        Not a problem, an unknown method or activation, points outside the domain, a number of
        neurons, points, pieces or iterations below one or larger than a computer holds, γ or the
        tolerance not positive, pieces or initial parameters where they do not fit.

    Notes
    -----
    Lecture S2. Lagaris, Likas and Fotiadis (1998); random features: Dwivedi and Srinivasan (2020).

    Examples
    --------
    >>> from course_lib.equations import PROBLEMS
    >>> solution = solve(PROBLEMS["decay"])
    >>> solution.converged, bool(abs(solution(1.0) - 10 * np.exp(-2.0)) < 1e-8)
    (True, True)
    """
    if not isinstance(problem, ODEProblem):
        raise TypeError(f"problem must be an ODEProblem, got {type(problem).__name__}")
    chosen = METHODS[known_name(method, METHODS, "method")]
    layers: Any = chosen.neurons if hidden is None else hidden
    layers = tuple(layers) if isinstance(layers, (tuple, list, range, np.ndarray)) else (layers,)
    network = Network((1, *layers, problem.unknowns), (*[activation] * len(layers), "identity"))
    require_derivatives(network, problem.order)
    points = _training_points(points, problem, network)
    iterations = chosen.iterations if iterations is None else whole_number(iterations, "iterations")
    gamma = positive(gamma, "gamma")
    tolerance = chosen.tolerance if tolerance is None else positive(tolerance, "tolerance")
    seed = whole_number(seed, "seed", least=0, most=np.inf)
    if theta is not None:
        theta = check_theta(theta, network.sizes)
    count = _checked_pieces(pieces, problem, points, theta)
    given = pieces is not None or theta is not None or np.ndim(points) == 1
    adapts = chosen.run is gauss_newton and not given
    origin = _origin(problem)
    breaks = _checked_breaks(breaks, problem, adapts) - origin
    near, points = _counted_from(origin, problem), points if np.ndim(points) == 0 else points - origin

    record = Record(progress)
    fit = Fitting(chosen.run, chosen.initial, points, iterations, gamma, seed, record)

    def attempt(near: ODEProblem, share: float = 1.0) -> list[Fit]:
        if count > 1:
            fits = list(march(near, fit, network, np.ptp(near.domain) / count))
            if not fits:
                raise KeyboardInterrupt
            return fits
        if adapts and isinstance(problem.conditions, InitialValue):
            return in_pieces(near, fit, network, tolerance, breaks, share)
        if adapts and hidden is None:
            return [widened(near, fit, network, tolerance)]
        return [fit(near, network, theta=theta)]

    def found_with(share: float) -> Found:
        found = Found(near, attempt(near, share))
        if problem.unknowns > 1 and chosen.run is gauss_newton and theta is None:
            found = each_in_its_unit(found, partial(attempt, share=share), record, tolerance)
        return found

    with np.errstate(all="ignore"), closing(record):
        if adapts and isinstance(problem.conditions, InitialValue):
            found = strict_enough(found_with, record, tolerance)
        else:
            found = found_with(1.0)
    return _joined(problem, found, record, tolerance, method)


def _joined(
    problem: ODEProblem, found: Found, record: Record, tolerance: float, method: str
) -> Solution:
    """Make one solution of the fits on all pieces and say whether its error is small enough."""
    fits = sorted(found.fits, key=lambda fit: fit.trial.problem.domain)
    worst = max(fits, key=lambda fit: fit.estimate.error)
    ended = "was interrupted" if record.interrupted else worst.ended
    reached = (fits[0].trial.problem.domain[0], fits[-1].trial.problem.domain[1]) == found.near.domain
    errors, sizes, _, _, residuals = found.each
    error = float((errors * found.units).max()) if reached else np.inf
    relative = float(found.relative().max()) if reached else np.inf
    residual = float((residuals * found.sizes).max())
    converged = bool(relative <= tolerance) and not record.interrupted
    message = f"{ended}; estimated error {relative:.1e} of the largest value"
    between = not isinstance(problem.conditions, InitialValue)
    if not converged and between and worst.estimate.rounding > 1e5 * np.finfo(float).eps * sizes.max():
        message += (
            ": the ends hardly fix the solution. The linearised problem is nearly singular, so there are "
            "other solutions, or there is none"
        )
    elif not converged:
        other = "" if method == "random features" else "method='random features', "
        message += (
            f" is above the tolerance {tolerance:.1e}: try {other}more "
            f"neurons or points, more iterations, another seed, pieces, or a shorter domain"
        )
    trial: TrialSolution | Pieces = fits[0].trial
    theta: Any = fits[0].theta
    if fits[0].trial.problem is not problem:
        trial = Pieces(problem, [fit.trial for fit in fits], _origin(problem), found.units)
        theta = [fit.theta for fit in fits]
    cost = sum(fit.cost for fit in fits) / len(fits)
    return Solution(trial, theta, cost, record.history, residual, error, converged, message)


def _training_points(points: Any, problem: ODEProblem, network: Network) -> Any:
    """Return the number of points, or the points in the domain, shape (n,)."""
    if points is None:
        return max(40, 2 * max(network.sizes))
    if np.ndim(points) == 0:
        return whole_number(points, "points", least=2, most=10**6)
    x = finite_array(points, "points", ("n",))
    start, end = problem.domain
    if np.min(x) < start or np.max(x) > end:
        raise ValueError(f"points must lie in the domain ({start:g}, {end:g})")
    return x


def _checked_pieces(pieces: int | None, problem: ODEProblem, points: Any, theta: Any) -> int:
    """Return the number of pieces, 1 where none is given."""
    count = 1 if pieces is None else whole_number(pieces, "pieces", most=MOST)
    if count > 1:
        _initial_value(problem)
    if count > 1 and (theta is not None or np.ndim(points) == 1):
        raise ValueError("with pieces, give a number of points for each and no theta")
    return count


def _checked_breaks(breaks: Any, problem: ODEProblem, adapts: bool) -> Any:
    """Return the places where the equation jumps, those inside the domain, growing, shape (n,)."""
    if np.size(breaks) == 0:
        return np.zeros(0)
    places = np.sort(real_array(np.atleast_1d(breaks), "breaks", ("n",)))
    _initial_value(problem)
    if not adapts:
        raise ValueError("with breaks, take random features, and give neither pieces nor points nor theta")
    return places[(places > problem.domain[0]) & (places < problem.domain[1])]

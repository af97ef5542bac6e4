"""How far off a solution is whose exact counterpart nobody knows.

The error e = f - f_t of a trial solution obeys, as long as it is small, the equation linearised
about f_t, with the residual as its source::

    Σ_k ∂L/∂f⁽ᵏ⁾ e⁽ᵏ⁾ = -L(x, f_t, f_t', ...)

It is linear, and of e one digit is enough. From an initial value a few steps solve it, on points of
their own. Between two ends, where the last digit may decide whether there is a solution, an independent
network of random features does, and the part of the residual that no small e explains is added. Where
the equation lets errors grow, so does the estimate: a small residual alone proves nothing. Three things
are added: what a jump or a bend between two points leaves open, what rounding can grow to, and the rounding
of the network's own sum, whose weights are large and of both signs. Where a domain is solved in pieces, the error
at the end of one is carried on with its sign, what rounding may add with its covariance: 1.5 standard deviations count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import NotFinite
from course_lib.equations._solver import unit_domain
from course_lib.equations._solver.least_squares import least_squares
from course_lib.equations._solver.linear_steps import first_order, jumps, one_step, stepped
from course_lib.equations._solver.rounding import rounding_error, rounding_of, rounding_of_the_sum, spread_of
from course_lib.equations.conditions import InitialValue
from course_lib.equations.problem import ODEProblem, _require_differential
from course_lib.equations.random_features import output_jacobian
from course_lib.equations.residuals import Basis, Residuals
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta

_STEEPNESS = (0.5, 2.5)  # of the second network
_LIKELY = 1.5  # standard deviations: with one, a sum of errors of random signs is told too small now and then
_SMALLEST = 1e-100  # what is smaller counts as zero: relative to it nothing is asked


class ErrorEstimate(NamedTuple):
    """What the linearised equation says of a solution.

    Parameters
    ----------
    error
        The largest estimated ``|f - f_t|`` on the points of the estimate, in the units of f.
    own
        The same without the part that came in with the initial values.
    residual
        The largest ``|L|`` there.
    size
        The largest ``|f_t|`` there.
    ends
        The estimated error, and for second order its slope, at the start and at the end of the
        domain, shape (2, K, d).
    spread
        What rounding may add there, on a piece: n errors of independent random signs, shape (2, K, d, n).
    each
        For each unknown its error, its size, and how large it could become if the terms of its equation
        did not cancel; for each equation its largest terms and its largest residual; shape (5, d). A single
        unknown is measured by its size alone.
    rounding
        The part of the error that rounding has grown to.
    own_slopes, slopes
        From second order on the largest own errors of f_t', ... at the ends, and the largest ``|f_t'|``, ..., (K - 1,).
    """

    error: float
    own: float
    residual: float
    size: float
    ends: Any
    spread: Any
    each: Any
    rounding: float = 0.0
    own_slopes: Any = ()
    slopes: Any = ()

    def at(self, side: int) -> Any:
        """Return the error at the start (0) or the end (1) with its spread, (K, d, 1 + n), as a next piece takes it."""
        return np.concatenate([self.ends[side][..., None], self.spread[side]], axis=2)


def error_estimate(
    trial: TrialSolution,
    theta: Theta,
    steps: int = 0,
    start_error: Any = None,
    drawn: Any = None,
) -> ErrorEstimate:
    """Estimate the largest error of a trial solution.

    Parameters
    ----------
    trial, theta
        The trial solution and its parameters.
    steps
        The points cut the domain into so many steps, or into two for each neuron, and on to a power of two, if that
        is more. They are denser at the ends.
    start_error
        The error of the initial value, and for second order of the initial slope, shape (K, d); or, as the last
        piece leaves it (`ErrorEstimate.at`), with its spread, shape (K, d, 1 + n).
    drawn
        The seed of the random features, where the hidden layers are still as they were drawn on the unit domain.

    Returns
    -------
    ErrorEstimate
        The error, and what it is made of.

    Raises
    ------
    ValueError
        The residual is not finite on the points of the estimate.

    Notes
    -----
    Lecture S2.
    """
    problem, n = trial.problem, max(30, *trial.network.sizes)
    steps = max(steps, 1 << (2 * n).bit_length())  # a power of two, as the products of steps in pairs want it
    x = unit_domain.stretched(unit_domain.lobatto(steps + 1), problem.domain)
    residuals, f, r, by_f = _linearised(trial, theta, x, drawn)
    if not by_f[:, -1].any(axis=(0, 1)).all():  # perhaps by chance
        _require_differential(problem)
    left_at_ends: Any = 0.0
    if isinstance(problem.conditions, InitialValue):
        start = np.zeros((problem.order, problem.unknowns, 0))
        if start_error is not None and np.isfinite(start_error).all():
            start = np.reshape(start_error, (problem.order, problem.unknowns, -1))
        own, carried, steps_by, x0 = _from_start(problem.conditions.x0, x, r, by_f, start)
        rounding, left_at_ends = rounding_error(residuals, f, by_f, *steps_by, x0)
    else:
        own, others = _between_ends(residuals, f, r, by_f, n)
        rounding = float(np.abs(others[0]).max())  # as large as f where the solution is not unique
        rounding = rounding if rounding > 1e-6 or f[0].any() else 0.0
    e, spread = own, np.zeros((*own.shape, 0))
    if start_error is not None:
        e, spread = (own + carried[..., 0], carried[..., 1:]) if carried.size else (np.full_like(own, np.inf), spread)
    rounding_in_f = rounding_of_the_sum(residuals, theta)  # at each point
    likely = np.abs(e[0]) + _LIKELY * np.sqrt((spread[0] ** 2).sum(axis=2))
    errors, owns = (part.max(axis=0) + rounding + rounding_in_f.max(axis=0) for part in (likely, np.abs(own[0])))
    sizes, left_over = np.abs(f[0]).max(axis=0), np.abs(r).max(axis=0)
    could, terms = _terms(problem, f, by_f) if problem.unknowns > 1 else (sizes, sizes)
    ends, at_ends = (part[:, ::steps].swapaxes(0, 1) for part in (e, spread))
    if start_error is not None:
        at_ends = spread_of(at_ends, left_at_ends, rounding_in_f[::steps])
    each = np.array([errors, sizes, could, terms, left_over])
    error, own_error, residual, size = (float(part.max()) for part in (errors, owns, left_over, sizes))
    K = problem.order
    slopes = [np.abs(part).max(axis=(1, 2)) for part in (own[1:, ::steps], f[1:K])] if K > 1 else []
    return ErrorEstimate(error, own_error, residual, size, ends, at_ends, each, rounding, *slopes)


def _from_start(x0: float, x: Any, r: Any, by_f: Any, start: Any) -> tuple[Any, Any, tuple[Any, Any], int]:
    """Return e (K, m, d) from zero on, and what these errors of the initial value, (K, d, n), become, (K, m, d, n).

    To e is added what a jump of the equation leaves open. With them P and Q of the steps of the linearised equation
    (`linear_steps`), and the index of x₀ among the points.
    """
    (K, d, n), m, place, h = start.shape, len(x), int(np.abs(x - x0).argmin()), np.diff(x)
    sources = np.concatenate([r[:, :, None], jumps(h, r), np.zeros((m, d, n))], axis=2)
    own = sources.shape[2] - n
    value = np.zeros((K * d, own + n))
    value[:, own:] = start.reshape(K * d, n)
    A, g = first_order(by_f, sources)
    if x[place] != x0:  # one step of Euler's from x₀ to the point next to it
        between = place - (x[place] > x0)
        value += (x[place] - x0) * (A[between] @ value + g[between])
    by = one_step(A, h)
    y = stepped(*by, h[:, None, None] * g, place, value).reshape(m, K, d, own + n).swapaxes(0, 1)
    e = y[..., 0] if own == 1 else y[..., 0] + np.copysign(y[..., 1], y[..., 0])
    return e, y[..., own:], by, place


def _between_ends(residuals: Residuals, f: Any, r: Any, by_f: Any, n: int) -> tuple[Any, Any]:
    """Return e (K, m, d) by a network of n neurons, and what answers a few roundings of the residual, (K, m, d, 4).

    What no small e explains is added to e.
    """
    problem, (_, _, m, d) = residuals.trial.problem, by_f.shape
    basis = _second_basis(residuals, n, m - 1)
    B, J = basis.independent, output_jacobian(by_f, basis.independent)
    sources = np.concatenate([r[:, :, None], rounding_of(residuals, f, by_f)], axis=2).reshape(r.size, -1)
    answers = least_squares(J, sources, 1e-18)
    W = answers.reshape(d, B.shape[2], -1).swapaxes(0, 1)
    e = (B[:-1] @ W.reshape(len(W), -1)).reshape(len(B) - 1, m, d, -1)
    own, left = e[..., 0], float(np.abs(sources[:, 0] + J @ answers[:, 0]).max())
    if left > max(0.1 * np.abs(by_f * f).max(), _SMALLEST):  # no small change mends the residual
        least = np.abs(by_f[:, -1]).max(axis=(0, 2)).min()  # |∂L/∂f⁽ᴷ⁾|
        length = problem.domain[1] - problem.domain[0]
        own = np.abs(own) + (left / least * length**problem.order if least else np.inf)
    return own, e[..., 1:]


def _second_basis(residuals: Residuals, n: int, steps: int) -> Basis:
    """Return the basis on steps + 1 points of the network of n neurons that the error is found with.

    It is no copy of the first: with the usual steepness an error of fourth order was told at a fifth of its size.
    """
    problem, network, seed = residuals.trial.problem, _second_network(n), (n, 1)  # which no seed gives
    known = unit_domain.basis(problem, network, seed, unit_domain.lobatto, steps + 1, _STEEPNESS)
    if known is not None:
        return known
    theta = unit_domain.parameters(network, problem.domain, seed, _STEEPNESS)
    return residuals.basis(theta, network)


@lru_cache
def _second_network(n: int) -> Network:
    return Network((1, n, 1), ("tanh", "identity"))


def _terms(problem: ODEProblem, f: Any, by_f: Any) -> tuple[Any, Any]:
    """Return how large each unknown could become if no terms cancelled, and the largest terms of each equation."""
    terms = np.einsum("ekmd,kmd->me", np.abs(by_f), np.abs(f)).max(axis=0)
    top = np.abs(by_f[:, -1]).max(axis=1)
    could = np.divide(terms[:, None], top, out=np.zeros_like(top), where=top > 0.0).max(axis=0)
    return could * (problem.domain[1] - problem.domain[0]) ** problem.order, terms


def _linearised(trial: TrialSolution, theta: Theta, x: Any, drawn: Any = None) -> tuple[Residuals, Any, Any, Any]:
    """Return the residual on the points x (m,), f (K + 1, m, d), L (m, d) and the ∂L_e/∂f_j⁽ᵏ⁾ (E, K + 1, m, d).

    Where the equation jumps or has no value at an end itself, that point is a little aside.
    """
    try:
        found = _linearised_at(trial, theta, x, drawn)
        sizes = np.abs(found[2]).max(axis=1)
        if max(sizes[0], sizes[-1]) <= 1e4 * sizes[1:-1].max():
            return found
    except NotFinite:
        pass
    inside = x.copy()
    inside[[0, -1]] += 1e-11 * (x[-1] - x[0]) * np.array([1.0, -1.0])
    return _linearised_at(trial, theta, inside)


def _linearised_at(trial: TrialSolution, theta: Theta, x: Any, drawn: Any = None) -> tuple[Residuals, Any, Any, Any]:
    """Return the same on these very points. Features that are known there already need not be computed."""
    residuals, known = Residuals(trial, x), None
    if drawn is not None:
        known = unit_domain.basis(trial.problem, trial.network, drawn, unit_domain.lobatto, len(x))
    if known is None:
        f = residuals.trial_jet(residuals.network_jet(theta))
    else:
        f = residuals.h1 + known.B @ np.vstack([theta[-1].weights.T, theta[-1].biases])
    return residuals, f, *residuals.partials(f)

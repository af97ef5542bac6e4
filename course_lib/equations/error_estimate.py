"""How far off a solution is whose exact counterpart nobody knows.

The error e = f - f_t of a trial solution obeys, as long as it is small, the equation linearised
about f_t, with the residual as its source::

    Σ_k ∂L/∂f⁽ᵏ⁾ e⁽ᵏ⁾ = -L(x, f_t, f_t', ...)

It is solved by an independent network of random features, on points of its own. Where the
equation lets errors grow, so does the estimate: a small residual alone proves nothing. Three things
are added: the part of the residual that no small e explains, what rounding can grow to, and the
rounding of the network's own sum, whose weights are large and of both signs. Where a domain is solved in
pieces, the error at the end of one is carried on by the next with its sign, and what rounding may add with its
covariance.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import NotFinite
from course_lib.equations._solver import unit_domain
from course_lib.equations._solver.least_squares import solver
from course_lib.equations._solver.rounding import rounding_error, rounding_of, rounding_of_the_sum, spread_of
from course_lib.equations.conditions import InitialValue
from course_lib.equations.problem import ODEProblem, _initial_value, _require_differential
from course_lib.equations.random_features import output_jacobian
from course_lib.equations.residuals import Basis, Residuals
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta

_STEEPNESS = (0.5, 2.5)  # of the second network
_SMALLEST = 1e-100  # what is smaller counts as zero: relative to it nothing is asked


class ErrorEstimate(NamedTuple):
    """What an independent network says of a solution.

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
    """

    error: float
    own: float
    residual: float
    size: float
    ends: Any
    spread: Any
    each: Any
    rounding: float = 0.0

    def at(self, side: int) -> Any:
        """Return the error at the start (0) or the end (1) with its spread, (K, d, 1 + n), as a next piece takes it."""
        return np.concatenate([self.ends[side][..., None], self.spread[side]], axis=2)


def error_estimate(
    trial: TrialSolution,
    theta: Theta,
    steps: int = 0,
    start_error: Any = None,
) -> ErrorEstimate:
    """Estimate the largest error of a trial solution.

    Parameters
    ----------
    trial, theta
        The trial solution and its parameters.
    steps
        The equally spaced points cut the domain into so many steps, or into five for two neurons
        of the second network if that is more.
    start_error
        The error of the initial value, and for second order of the initial slope, shape (K, d); or, as the last
        piece leaves it (`ErrorEstimate.at`), with its spread, shape (K, d, 1 + n).

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
    problem = trial.problem
    n = max(30, *trial.network.sizes)
    steps = max(steps, 2 * (5 * n // 4))
    x = unit_domain.stretched(unit_domain.equally_spaced(steps + 1), problem.domain)
    residuals, f, r, by_f = _linearised(trial, theta, x)
    if not by_f[:, -1].any(axis=(0, 1)).all():  # perhaps by chance
        _require_differential(problem)
    sources = r.reshape(-1, 1)
    between = not isinstance(problem.conditions, InitialValue)
    carried = None
    if between:
        sources = np.concatenate([sources, rounding_of(residuals, f, by_f)], axis=1)
    elif start_error is not None and np.isfinite(start_error).all():
        carried = _carry(residuals, np.reshape(start_error, (problem.order, problem.unknowns, -1)))
        sources = np.concatenate([sources, _sources(by_f, carried)], axis=1)
    answers, left = _solved(by_f, sources, _second_basis(residuals, n, steps), between)
    own, others = answers[..., 0], answers[..., 1:]
    if left > max(0.1 * np.abs(by_f * f).max(), _SMALLEST):  # no small change mends the residual
        least = np.abs(by_f[:, -1]).max(axis=(0, 2)).min()  # |∂L/∂f⁽ᴷ⁾|
        length = problem.domain[1] - problem.domain[0]
        own = np.abs(own) + (left / least * length**problem.order if least else np.inf)
    e, spread = own, np.zeros((*own.shape, 0))
    if carried is not None:
        carried = carried + others
        e, spread = own + carried[..., 0], carried[..., 1:]
    elif start_error is not None:
        e = np.full_like(own, np.inf)
    left_at_ends: Any = 0.0
    if not between:
        rounding, left_at_ends = rounding_error(residuals, f, by_f)
    else:  # as large as f where the solution is not unique
        rounding = float(np.abs(others[0]).max())
        rounding = rounding if rounding > 1e-6 or f[0].any() else 0.0
    rounding_in_f = rounding_of_the_sum(residuals, theta)  # at each point
    likely = np.abs(e[0]) + np.sqrt((spread[0] ** 2).sum(axis=2))
    errors, owns = (part.max(axis=0) + rounding + rounding_in_f.max(axis=0) for part in (likely, np.abs(own[0])))
    sizes, left_over = np.abs(f[0]).max(axis=0), np.abs(r).max(axis=0)
    could, terms = _terms(problem, f, by_f) if problem.unknowns > 1 else (sizes, sizes)
    ends, at_ends = (part[:, ::steps].swapaxes(0, 1) for part in (e, spread))
    if start_error is not None:
        at_ends = spread_of(at_ends, left_at_ends, rounding_in_f[::steps])
    each = np.array([errors, sizes, could, terms, left_over])
    error, own_error, residual, size = (float(part.max()) for part in (errors, owns, left_over, sizes))
    return ErrorEstimate(error, own_error, residual, size, ends, at_ends, each, rounding)


def _solved(by_f: Any, sources: Any, basis: Basis, between: bool) -> tuple[Any, float]:
    """Return what answers sources (m E, n) in the linearised equation, (K, m, d, n), and what is left of the first."""
    (_, _, m, d), B = by_f.shape, basis.independent
    J = output_jacobian(by_f, B)
    answers = solver(J, basis.T is not None and not between, 1e-18 if between else 1e-15)(sources)
    W = answers.reshape(d, B.shape[2], -1).swapaxes(0, 1)
    e = (B[:-1] @ W.reshape(len(W), -1)).reshape(len(B) - 1, m, d, -1)
    return e, float(np.abs(sources[:, 0] + J @ answers[:, 0]).max())


def _second_basis(residuals: Residuals, n: int, steps: int) -> Basis:
    """Return the basis on steps + 1 points of the network of n neurons that the error is found with.

    It is no copy of the first: with the usual steepness an error of fourth order was told at a fifth of its size.
    """
    problem, network, seed = residuals.trial.problem, _second_network(n), (n, 1)  # which no seed gives
    known = unit_domain.basis(problem, network, seed, unit_domain.equally_spaced, steps + 1, _STEEPNESS)
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


def _linearised(trial: TrialSolution, theta: Theta, x: Any) -> tuple[Residuals, Any, Any, Any]:
    """Return the residual on the points x (m,), f (K + 1, m, d), L (m, d) and the ∂L_e/∂f_j⁽ᵏ⁾ (E, K + 1, m, d).

    Where the equation jumps or has no value at an end itself, that point is a little aside.
    """
    try:
        found = _linearised_at(trial, theta, x)
        sizes = np.abs(found[2]).max(axis=1)
        if max(sizes[0], sizes[-1]) <= 1e4 * sizes[1:-1].max():
            return found
    except NotFinite:
        pass
    inside = x.copy()
    inside[[0, -1]] += 1e-9 * (x[1] - x[0]) * np.array([1.0, -1.0])
    return _linearised_at(trial, theta, inside)


def _linearised_at(trial: TrialSolution, theta: Theta, x: Any) -> tuple[Residuals, Any, Any, Any]:
    """Return the same on these very points."""
    residuals = Residuals(trial, x)
    f = residuals.trial_jet(residuals.network_jet(theta))
    return residuals, f, *residuals.partials(f)


def _carry(residuals: Residuals, start_error: Any) -> Any:
    """Return the h₁ and their lower derivatives, (K, m, d, n), that have these initial values, (K, d, n)."""
    x0, (K, d, n) = _initial_value(residuals.trial.problem).x0, start_error.shape
    starting, u = InitialValue(x0, *start_error.reshape(K, d * n)), (residuals.x - x0)[:, None]
    return np.array([starting.taylor(u, k) for k in range(K)]).reshape(K, -1, d, n)


def _sources(by_f: Any, h1: Any) -> Any:
    """Return what these h₁, (K, m, d, n), leave of the linearised equation, (m E, n). Their K-th derivative is zero."""
    (E, _, m, _), (K, _, d, n) = by_f.shape, h1.shape
    slopes = by_f[:, :K].transpose(2, 0, 1, 3).reshape(m, E, K * d)
    return (slopes @ h1.transpose(1, 0, 2, 3).reshape(m, K * d, n)).reshape(m * E, n)

"""How far off a solution is whose exact counterpart nobody knows.

The error e = f - f_t of a trial solution obeys, as long as it is small, the equation linearised
about f_t, with the residual as its source::

    Σ_k ∂L/∂f⁽ᵏ⁾ e⁽ᵏ⁾ = -L(x, f_t, f_t', ...)

It is solved by an independent network of random features, on points of its own. Where the
equation lets errors grow, so does the estimate: a small residual alone proves nothing. Three things
are added: the part of the residual that no small e explains, what rounding can grow to, and the
rounding of the network's own sum, whose weights are large and of both signs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import NotFinite
from course_lib.equations._solver import unit_domain
from course_lib.equations._solver.least_squares import solver
from course_lib.equations._solver.rounding import rounding_error, rounding_of, rounding_of_the_sum
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
    each: Any
    rounding: float = 0.0


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
        The error of the initial value, and for second order of the initial slope, shape (K, d).

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
    residuals, f, r, by_f = _linearised(trial, theta, np.linspace(*problem.domain, steps + 1))
    if not by_f[:, -1].any(axis=(0, 1)).all():  # perhaps by chance
        _require_differential(problem)
    basis = _second_basis(residuals, n, steps)
    B = basis.independent
    J = output_jacobian(by_f, B)
    sources = r.reshape(-1, 1)
    between = not isinstance(problem.conditions, InitialValue)
    carried, at_ends = None, 0.0
    if between:
        sources = np.concatenate([sources, rounding_of(residuals, f, by_f)], axis=1)
    elif start_error is not None and np.isfinite(start_error).all():
        carried = _carry(residuals, start_error)
        sources = np.stack([r.ravel(), np.einsum("ekmd,kmd->me", by_f, carried).ravel()], axis=1)
    answers = solver(J, basis.T is not None and not between, 1e-18 if between else 1e-15)(sources)
    W = answers.reshape(problem.unknowns, B.shape[2], -1).swapaxes(0, 1)
    e = (B @ W.reshape(len(W), -1)).reshape(*f.shape, -1)
    e, others = e[..., 0], e[..., 1:]
    own, step = e, answers[:, 0]
    left = np.abs(r.ravel() + J @ step).max()
    if left > max(0.1 * np.abs(by_f * f).max(), _SMALLEST):  # no small change mends the residual
        least = np.abs(by_f[:, -1]).max(axis=(0, 2)).min()  # |∂L/∂f⁽ᴷ⁾|
        length = problem.domain[1] - problem.domain[0]
        e = own = np.abs(own) + (left / least * length**problem.order if least else np.inf)
    if carried is not None:
        e = own + carried + others[..., 0]
    elif start_error is not None:
        e = np.full_like(own, np.inf)
    if not between:
        rounding, at_ends = rounding_error(residuals, f, by_f)
    else:  # as large as f where the solution is not unique
        rounding = float(np.abs(others[0]).max())
        rounding = rounding if rounding > 1e-6 or f[0].any() else 0.0
    rounding_in_f = rounding_of_the_sum(residuals, theta)  # at each point
    errors, owns = (np.abs(part[0]).max(axis=0) + rounding + rounding_in_f.max(axis=0) for part in (e, own))
    sizes, left_over = np.abs(f[0]).max(axis=0), np.abs(r).max(axis=0)
    could, terms = _terms(problem, f, by_f) if problem.unknowns > 1 else (sizes, sizes)
    ends = e[: problem.order, ::steps].swapaxes(0, 1).copy()
    ends[:, 0] += np.copysign(rounding_in_f[::steps], ends[:, 0])
    ends += np.copysign(at_ends, ends)
    each = np.array([errors, sizes, could, terms, left_over])
    error, own_error, residual, size = (float(part.max()) for part in (errors, owns, left_over, sizes))
    return ErrorEstimate(error, own_error, residual, size, ends, each, rounding)


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
    """Return the h₁ and its derivatives, (K + 1, m, d), that has these initial values."""
    condition = _initial_value(residuals.trial.problem)
    starting = InitialValue(condition.x0, *(np.reshape(value, np.shape(condition.f0)) for value in start_error))
    u = (residuals.x - condition.x0)[:, None]
    h1 = np.zeros((residuals.order + 1, len(u), len(start_error[0])))
    for k in range(residuals.order):
        h1[k] = starting.taylor(u, k)
    return h1

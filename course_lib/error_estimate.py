"""How far off is a solution whose exact counterpart nobody knows?

The error e = f - f_t of a trial solution obeys, as long as it is small, the equation linearised
about f_t, with the residual as its source::

    Σ_k ∂L/∂f⁽ᵏ⁾ e⁽ᵏ⁾ = -L(x, f_t, f_t', ...)

It is solved by an independent network of random features, on points of its own. Where the
equation lets errors grow, so does the estimate: a small residual alone proves nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from course_lib.network import Network, Theta
from course_lib.ode import InitialValue
from course_lib.random_features import least_squares, output_jacobian, spread_bends
from course_lib.residuals import Residuals
from course_lib.trial_solution import TrialSolution


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
    """

    error: float
    own: float
    residual: float
    size: float
    ends: Any


def error_estimate(
    trial: TrialSolution,
    theta: Theta,
    rng: np.random.Generator,
    steps: int = 0,
    start_error: Any = None,
) -> ErrorEstimate:
    """Estimate the largest error of a trial solution.

    Parameters
    ----------
    trial, theta
        The trial solution and its parameters.
    rng
        The source of the second network.
    steps
        The equally spaced points cut the domain into so many steps, or into three for each neuron
        of the second network if that is more.
    start_error
        The error of the initial value, and for second order of the initial slope, shape (K, d).

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
    other = Network((1, n, problem.unknowns), ("tanh", "identity"))
    other_theta = spread_bends(other, problem.domain, rng)
    steps = max(steps, 3 * n)
    residuals = Residuals(trial, np.linspace(*problem.domain, steps + 1))
    f = residuals.trial_jet(residuals.network_jet(theta))
    r, by_f = residuals.partials(f)
    B = residuals.output_basis(other_theta, other)
    J = output_jacobian(residuals.by_network(by_f), B)
    e = own = residuals.without_h1(B @ least_squares(J, r.ravel()).reshape(n + 1, -1))
    if start_error is not None and not np.isfinite(start_error).all():
        e = np.full_like(own, np.inf)
    elif start_error is not None:
        carried = carry(residuals, start_error)
        source = np.einsum("ekmd,kmd->me", by_f, carried)
        step = least_squares(J, source.ravel()).reshape(n + 1, -1)
        e = own + carried + residuals.without_h1(B @ step)
    largest = (float(np.abs(part).max()) for part in (e[0], own[0], r, f[0]))
    return ErrorEstimate(*largest, e[: problem.order, ::steps].swapaxes(0, 1))


def carry(residuals: Residuals, start_error: Any) -> Any:
    """Return the h₁ and its derivatives, (K + 1, m, d), that has these initial values."""
    problem = residuals.trial.problem
    shape = np.shape(problem.conditions.f0)
    values = (np.reshape(value, shape) for value in start_error)
    condition = InitialValue(problem.conditions.x0, *values)
    return TrialSolution(replace(problem, conditions=condition), residuals.trial.network).jets(
        residuals.x
    )[0]

"""How far off a solution of a partial differential equation is whose exact counterpart nobody knows.

The error e = u - u_t of a trial solution obeys, as long as it is small, the equation linearised about u_t,
with the residual as its source, and vanishes with all conditions::

    Σ_α ∂L/∂(∂ᵅu) ∂ᵅe = -L(x, t, u_t, ...)

An independent network of random features solves it, on points of its own, as
`course_lib.equations.error_estimate` does between two ends, with one variable more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_lib.beyond.pde_residuals import PDEResiduals
from course_lib.beyond.pde_trial_solution import PDETrialSolution
from course_lib.equations._solver.least_squares import least_squares
from course_lib.equations.random_features import output_jacobian
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Layer, Theta, ravel

_ROUNDED = 2.0 * np.finfo(float).eps  # relative error of a sum of many features, if all else is exact
_DAMPED = 1e-12  # directions that count less are left out: three digits of e are enough


class PDEErrorEstimate(NamedTuple):
    """What an independent network says of a solution.

    Parameters
    ----------
    error
        The largest estimated ``|u - u_t|`` on the points of the estimate, in the units of u.
    residual
        The largest ``|L|`` there.
    size
        The largest ``|u_t|`` there.
    """

    error: float
    residual: float
    size: float


def spread_lines(network: Network, rng: np.random.Generator) -> Theta:
    """Draw parameters whose first layer bends all over the square from -1 to 1 and somewhat beyond it.

    A neuron σ(w · x + b) of two variables bends along the line w · x = -b. It goes through a random point
    of a square that is up to twice as wide, and the less the more neurons there are; the more neurons, the
    steeper they are, too.

    Parameters
    ----------
    network
        A network with two inputs.
    rng
        The source of the random numbers.

    Returns
    -------
    Theta
        The parameters; those of the output layer are zero.

    Notes
    -----
    Dwivedi and Srinivasan (2020).

    Examples
    --------
    >>> theta = spread_lines(Network((2, 300, 1), ("tanh", "identity")), np.random.default_rng(0))
    >>> theta[0].weights.shape, bool(np.abs(theta[0].weights).max() < 300 / 250)
    ((300, 2), True)
    """
    n, deeper = network.sizes[1], network.sizes[1:-1]
    weights = n / 250.0 * rng.uniform(-1.0, 1.0, (n, 2))
    points = (1.0 + min(1.0, 400.0 / n)) * rng.uniform(-1.0, 1.0, (n, 2))
    theta = [Layer(weights, -np.sum(weights * points, axis=1))]
    theta += Network(deeper, "tanh").initial_parameters(rng) if len(deeper) > 1 else []
    k, d = network.sizes[-2:]
    return [*theta, Layer(np.zeros((d, k)), np.zeros(d))]


def error_estimate(trial: PDETrialSolution, theta: Theta, rng: np.random.Generator, points: int) -> PDEErrorEstimate:
    """Estimate the largest error of a trial solution.

    Parameters
    ----------
    trial, theta
        The trial solution and its parameters.
    rng
        The source of the second network.
    points
        How many equally spaced points to take in each variable.

    Returns
    -------
    PDEErrorEstimate
        The error, and what it is judged by.

    Raises
    ------
    ValueError
        The residual is not finite on the points of the estimate.

    Notes
    -----
    Lecture S2.
    """
    problem = trial.problem
    other = Network((2, max(300, *trial.network.sizes), problem.unknowns), ("tanh", "identity"))
    residuals = PDEResiduals(trial, grid(problem.domain, [np.linspace(0.0, 1.0, points)] * 2))
    h2 = residuals.h2_of(ravel(theta))
    r, by_u = residuals.linearised(h2)
    B = residuals.output_basis(spread_lines(other, rng), other)
    step = least_squares(output_jacobian(by_u, B), r.ravel(), _DAMPED)
    e, u = B[0] @ step.reshape(problem.unknowns, -1).T, residuals.h1[0] + h2[0]
    size = float(np.abs(u).max())
    return PDEErrorEstimate(float(np.abs(e).max()) + _ROUNDED * size, float(np.abs(r).max()), size)


def grid(domain: Any, parts: Any) -> Any:
    """Return the points of a rectangle at all pairs of two lists of fractions of its sides, shape (m, 2)."""
    columns = [start + (end - start) * part for (start, end), part in zip(domain, parts)]
    return np.stack(np.meshgrid(*columns, indexing="ij"), axis=-1).reshape(-1, 2)

"""The same random features on every piece: drawn once for the domain from 0 to 1, and stretched.

With x = x_start + ℓ u, a k-th derivative in x is that in u divided by ℓᵏ, and the highest derivative of h₂ is the
same at the same u. So the features, and what of them is independent, know nothing of the equation. They are found
once and kept: without that a linear problem takes a tenth longer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.equations.boundary_conditions import Ends
from course_lib.equations.conditions import BoundaryValue, InitialValue
from course_lib.equations.problem import ODEProblem
from course_lib.equations.random_features import STEEPNESS, spread_bends
from course_lib.equations.residuals import Basis, output_basis, product_rule
from course_lib.equations.trial_solution import factors
from course_lib.networks.activation import Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Layer, Theta

Range = tuple[float, float]


@lru_cache(maxsize=8)
def chebyshev(n: int) -> Any:
    """Return the n Gauss points of the Chebyshev polynomials between 0 and 1, shape (n,), growing.

    They are denser at the ends, where a fit at equally spaced points swings most.
    """
    u = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    u.flags.writeable = False
    return u


@lru_cache(maxsize=8)
def lobatto(n: int) -> Any:
    """Return n points from 0 to 1, both included, shape (n,), as much denser at the ends as those of `chebyshev`."""
    u = 0.5 + 0.5 * np.sin(np.pi * (np.arange(n) / (n - 1) - 0.5))
    u.flags.writeable = False
    return u


def stretched(u: Any, domain: tuple[float, float]) -> Any:
    """Return the points u of the unit domain in another one, shape (n,). None lies outside, not by a rounding."""
    start, end = domain
    return np.minimum(start + (end - start) * u, end)


def parameters(network: Network, domain: tuple[float, float], seed: Any, steepness: Range = STEEPNESS) -> Theta:
    """Return random parameters for this domain; the seed is a number or several."""
    theta = [Layer(layer.weights.copy(), layer.biases.copy()) for layer in _parameters(*_key(network), seed, steepness)]
    w, b = theta[0]
    w /= domain[1] - domain[0]
    b -= w[:, 0] * domain[0]
    return theta


def basis(
    problem: ODEProblem, network: Network, seed: Any, points: Any, m: int, steepness: Range = STEEPNESS
) -> Basis | None:
    """Return their basis at m points of the domain: `chebyshev` or `lobatto`, functions that give arrays (m,).

    Nothing where slopes are set at two ends: their h₂ is not a stretched copy.
    """
    conditions, (start, end) = problem.conditions, problem.domain
    if isinstance(conditions, Ends):
        return None
    place = (conditions.x0 - start) / (end - start) if isinstance(conditions, InitialValue) else None
    return _basis(*_key(network), seed, steepness, points, m, problem.order, place).stretched(end - start)


def _key(network: Network) -> tuple[tuple[int, ...], tuple[Activation, ...]]:
    return network.sizes, tuple(network.activations)


@lru_cache(maxsize=8)
def _parameters(sizes: tuple[int, ...], activations: tuple[Activation, ...], seed: Any, steepness: Range) -> Theta:
    """Return the parameters for the unit domain."""
    return spread_bends(Network(sizes, activations), (0.0, 1.0), np.random.default_rng(seed), steepness)


@lru_cache(maxsize=8)
def _basis(
    sizes: tuple[int, ...],
    activations: tuple[Activation, ...],
    seed: Any,
    steepness: Range,
    points: Any,
    m: int,
    order: int,
    place: float | None,
) -> Basis:
    """Return their basis at m points for an initial value at this place, or for values at both ends."""
    u, theta = points(m), _parameters(sizes, activations, seed, steepness)
    conditions = BoundaryValue(0.0, 0.0, 1.0, 0.0) if place is None else InitialValue(place, *[0.0] * order)
    N = output_basis(Network(sizes, activations), theta, u, order)
    return Basis.of(np.einsum("kqm,qmd->kmd", product_rule(factors(conditions, u), m), N))

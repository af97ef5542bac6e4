"""The network's value and derivatives in x, (N, N', N'', ...), and how they depend on the parameters.

The chain rule carries a jet (a, a', a'') through a layer, z = w a + b::

    z' = w a'                    a' = σ'(z) z'
    z'' = w a''                  a'' = σ''(z) z'² + σ'(z) z''

and so on to the fourth derivative. That is forward mode in x. The same formulas read backwards send
adjoints of (N, N', N'') to the parameters: backpropagation with three δ in each layer instead of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import Polynomial

from course_lib.differentiation.finite_differences import central
from course_lib.differentiation.forward_mode import derivative
from course_lib.networks.activation import ACTIVATIONS, Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta

MOST = 5  # derivatives of σ: four in x, and one more in a parameter

# ------------------------------------------------------ σ, σ', σ'', ... where a formula is known


def tanh(z: Any) -> Iterator[Any]:
    """Yield tanh and its derivatives at z, each like the array z."""
    a = np.tanh(z)
    yield a
    first = 1.0 - a * a
    yield first
    second = -2.0 * a * first
    yield second
    yield -2.0 * (first * first + a * second)
    yield from _in_powers(a, [1.0, 0.0, -1.0], 4)


def sigmoid(z: Any) -> Iterator[Any]:
    """Yield the sigmoid and its derivatives at z, each like the array z."""
    a = 0.5 + 0.5 * np.tanh(0.5 * z)
    yield a
    first = a * (1.0 - a)
    yield first
    second = first * (1.0 - 2.0 * a)
    yield second
    yield second * (1.0 - 2.0 * a) - 2.0 * first * first
    yield from _in_powers(a, [0.0, 1.0, -1.0], 4)


def _in_powers(a: Any, slope: list[float], start: int) -> Iterator[Any]:
    """Yield the derivatives of a from `start` on, where a' is a polynomial of a with these coefficients."""
    first = Polynomial(slope)
    p = first
    for k in range(2, MOST + 1):
        p = p.deriv() * first
        if k >= start:
            yield p(a)


def softplus(z: Any) -> Iterator[Any]:
    """Yield softplus, whose slope is the sigmoid, and its derivatives, each like the array z."""
    yield np.logaddexp(0.0, z)
    yield from islice(sigmoid(z), MOST)


def sine(z: Any) -> Iterator[Any]:
    """Yield the sine and its derivatives at z, each like the array z."""
    s, c = np.sin(z), np.cos(z)
    yield from (s, c, -s, -c, s, c)


def relu(z: Any) -> Iterator[Any]:
    """Yield relu and its derivatives at z, each like the array z; at the kink they are 0."""
    yield np.maximum(z, 0.0)
    yield 1.0 * (z > 0.0)
    yield from [0.0 * z] * (MOST - 1)


def by_forward_mode(sigma: Activation, z: Any) -> Iterator[Any]:
    """Yield the same for any activation: σ' is given, dual numbers make the higher ones."""
    yield sigma.value(z)
    slope = sigma.slope
    while True:
        yield slope(z)
        slope = derivative(slope)


IDENTITY = ACTIVATIONS["identity"]
FORMULAS: dict[str, Callable[[Any], Iterator[Any]]] = {
    f.__name__: f for f in (tanh, sigmoid, softplus, sine, relu)
}


def derivatives(sigma: Activation, z: Any, many: int) -> list[Any]:
    """Return σ(z), σ'(z), ..., the first `many` of them, at most six, each like z."""
    formula = FORMULAS.get(sigma.name) if sigma.built_in else None
    return list(islice(formula(z) if formula else by_forward_mode(sigma, z), many))


_PLACES = np.array([-2.3, -1.1, -0.4, 0.3, 0.9, 1.7, 2.6])  # where an activation is looked at


def require_derivatives(network: Network, order: int) -> None:
    """Refuse activations whose slope is not their derivative, or that have not the derivatives of this order.

    Raises
    ------
    ValueError
        naming the activation.
    """
    z = _PLACES
    for sigma in {s.name: s for s in network.activations[:-1] if not s.built_in}.values():
        slope = central(sigma.value, z, 1e-5)  # good to nine digits
        wrong = np.abs(sigma.slope(z) - slope) > 1e-6 * (1.0 + np.abs(slope))
        if wrong.any():
            k = int(np.argmax(wrong))
            raise ValueError(
                f"the slope of activation {sigma.name!r} is not the derivative of its value: at z = {z[k]:g} "
                f"it is {np.asarray(sigma.slope(z))[k]:.6g}, and the derivative {slope[k]:.6g}"
            )
    for sigma in network.activations[:-1] if order > 1 else ():
        if _has_corners(sigma):
            raise ValueError(
                f"activation {sigma.name!r} has corners and no second derivative, which an equation of order "
                f"{order} needs: take a smooth one such as 'tanh'"
            )


@lru_cache
def _has_corners(sigma: Activation) -> bool:
    """Tell whether σ is made of straight lines with corners."""
    _, first, second = derivatives(sigma, _PLACES, 3)
    return not np.any(second) and bool(np.ptp(first))


# ------------------------------------------------------------------ forwards in x, backwards in Θ


class LayerJet(NamedTuple):
    """What the backward sweep needs of one layer; the first axis counts the x-derivatives."""

    a_in: Any  # (K + 1, m, n_{l-1})
    z: Any  # (K + 1, m, n_l)
    slopes: list[Any] | None  # σ', σ'', ... at z, each (m, n_l); None for the identity


def forward(
    network: Network, theta: Theta, x: Any, order: int, slopes: int
) -> tuple[Any, list[LayerJet]]:
    """Return the output jet (K + 1, m, n_L) at points x (m,), K = order, and each layer's part."""
    a = np.zeros((order + 1, len(x), 1))
    a[0, :, 0], a[1] = x, 1.0
    layers = []
    for layer, sigma in zip(theta, network.activations):
        z = a * layer.weights[:, 0] if a.shape[2] == 1 else a @ layer.weights.T  # the same, and faster
        z[0] += layer.biases
        if sigma is IDENTITY:
            layers.append(LayerJet(a, z, None))
            a = z
            continue
        value, *s = derivatives(sigma, z[0], slopes + 1)
        layers.append(LayerJet(a, z, s))
        a = np.array([value, *composed(s, z, order)])
    return a, layers


def composed(s: list[Any], z: Any, order: int) -> list[Any]:
    """Return the first, second, ... derivatives in x of g(z(x)), `order` of them.

    s holds g', g'', ... at z, and z (K + 1, m, n) its derivatives. Faà di Bruno's formula.
    """
    parts = [s[0] * z[1]]
    if order > 1:
        parts.append(s[1] * z[1] ** 2 + s[0] * z[2])
    if order > 2:
        parts.append(s[2] * z[1] ** 3 + 3.0 * s[1] * z[1] * z[2] + s[0] * z[3])
    if order > 3:
        fourth = s[3] * z[1] ** 4 + 6.0 * s[2] * z[1] ** 2 * z[2]
        parts.append(fourth + s[1] * (3.0 * z[2] ** 2 + 4.0 * z[1] * z[3]) + s[0] * z[4])
    return parts


def through_activation(adjoint: Any, jet: LayerJet) -> Any:
    """Return the adjoints of (z, z', z'', ...) from those of (a, a', a'', ...), both (..., K + 1, m, n_l).

    As a' = σ'(z) z', Leibniz's rule gives ∂a⁽ᵏ⁾/∂z⁽ᵠ⁾ = (k over q) σ'(z(x))⁽ᵏ⁻ᵠ⁾.
    """
    z, s = jet.z, jet.slopes
    if s is None:
        return adjoint
    delta = adjoint * s[0]
    for i, slope in enumerate(composed(s[1:], z, len(z) - 1), 1):
        for q in range(len(z) - i):
            delta[..., q, :, :] += adjoint[..., q + i, :, :] * (comb(q + i, q) * slope if q else slope)
    return delta


def deltas(theta: Theta, layers: list[LayerJet], seed: Any) -> list[Any]:
    """Return δ of every layer, shape (..., K + 1, m, n_l), from the adjoints of the output jet."""
    result = [through_activation(seed, layers[-1])]
    for layer, jet in zip(theta[:0:-1], layers[-2::-1]):
        result.insert(0, through_activation(result[0] @ layer.weights, jet))
    return result


def gradient(theta: Theta, layers: list[LayerJet], seed: Any) -> Any:
    """Return the derivatives of one number by all P parameters, shape (P,).

    `seed` (K + 1, m, n_L) says how the number depends on the output jet.
    """
    parts = []
    for delta, jet in zip(deltas(theta, layers, seed), layers):
        k, m, n = delta.shape
        a_in = jet.a_in.reshape(k * m, -1)
        parts += [(delta.reshape(k * m, n).T @ a_in).ravel(), delta[0].sum(axis=0)]
    return np.concatenate(parts)


def jacobian(theta: Theta, layers: list[LayerJet], seed: Any) -> Any:
    """Return the derivatives of E numbers at each point by all P parameters, shape (m, E, P).

    `seed` (E, K + 1, m, n_L) says how they depend on the output jet. Row i of δ belongs to
    point i alone, so its products with a⁽ˡ⁻¹⁾ are not summed over the points.
    """
    parts = []
    for delta, jet in zip(deltas(theta, layers, seed), layers):
        by_weight = np.einsum("ekmj,kmi->meji", delta, jet.a_in)
        by_bias = delta[:, 0].transpose(1, 0, 2)
        parts += [by_weight.reshape(*by_bias.shape[:2], -1), by_bias]
    return np.concatenate(parts, axis=2)

"""Random features: draw the hidden weights once, train the output layer alone.

With the hidden layers fixed, N is linear in the output layer W, and so is h₂⁽ᵏ⁾ = B_k W. The
residual bends with W only as much as the equation itself does, and Gauss-Newton meets it in one
step where the equation is linear, in a few where it is not::

    minimise over the step s:   ‖r + J s‖²,    J = ∂r/∂W = Σ_k ∂L/∂f⁽ᵏ⁾ B_k

The field also says extreme learning machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._validation import NotFinite
from course_lib.equations._solver.least_squares import solver
from course_lib.equations.optimisers import Steps
from course_lib.equations.residuals import Residuals
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Layer, Theta, layers_of

PICTURE_WAS_RIGHT = "the linear picture was right"
STEEPNESS = (0.6, 1.4)  # ten times as near to smooth functions as from 0.5 to 2.5


def spread_bends(
    network: Network,
    domain: tuple[float, float],
    rng: np.random.Generator,
    steepness: tuple[float, float] = STEEPNESS,
) -> Theta:
    """Draw parameters whose first layer bends all over the domain and somewhat beyond it.

    A neuron σ(w x + b) bends at x = -b/w, over a width of about ``1/|w|``. The bends are spread
    evenly, each moved at random by up to one spacing, and the widths are some spacings. Their
    margin beyond the domain shrinks as the neurons grow in number.

    Parameters
    ----------
    network
        A network with one input.
    domain
        (x_start, x_end).
    rng
        The source of the random numbers.
    steepness
        From where to where the slopes w reach, in units of n/15 for a domain as long as one and n neurons. Steep
        neurons follow what swings fast, flat ones come nearer to what is smooth.

    Returns
    -------
    Theta
        The parameters; those of the output layer are zero.

    Notes
    -----
    Dwivedi and Srinivasan (2020); Chen, Chi, E and Yang (2022).
    """
    deeper = network.sizes[1:-1]
    theta = Network(deeper, "tanh").initial_parameters(rng) if len(deeper) > 1 else []
    n, (start, end) = network.sizes[1], domain
    if len(network.sizes) > 2:
        half = 0.5 * (end - start)
        reach = half * (1.0 + np.sqrt(30.0 / n))
        shift, steep = rng.random((2, n))
        bends = 0.5 * (start + end) + reach * ((2.0 / n) * (np.arange(n) + shift) - 1.0)
        slopes = (steepness[0] + (steepness[1] - steepness[0]) * steep) * (n / (30.0 * half))
        theta.insert(0, Layer(slopes[:, None], -slopes * bends))
    k, d = network.sizes[-2:]
    return [*theta, Layer(np.zeros((d, k)), np.zeros(d))]


def output_jacobian(by_f: Any, B: Any) -> Any:
    """Return J = ∂r/∂W, shape (m E, d (n + 1)), from ∂L_e/∂f_j⁽ᵏ⁾ and B (K + 1, m, n + 1)."""
    E, K, m, d = by_f.shape  # in W one unknown comes after another, so that each point has a product of two matrices
    return (by_f.transpose(2, 0, 3, 1).reshape(m, E * d, K) @ B.swapaxes(0, 1)).reshape(m * E, -1)


class TooFarOff(Exception):
    """Raised where Gauss-Newton would have to shorten its step: on a shorter piece it need not."""


class OutputLayer:
    """The residual as a function of the output layer alone: h₂⁽ᵏ⁾ = B_k W with the hidden layers fixed.

    W = W₀ + T c, where the columns of B T are independent and c, which begins at zero, is looked for.

    Parameters
    ----------
    residuals
        The residual as a function of all parameters.
    vector
        All parameters Θ, shape (P,). W₀ is their output layer: for each neuron before it and for the bias
        the d weights.
    """

    def __init__(self, residuals: Residuals, vector: Any) -> None:
        network = residuals.trial.network
        theta = layers_of(vector, network.sizes)
        self.residuals, self.unknowns = residuals, network.sizes[-1]
        basis = residuals.basis(theta, network)
        self.W = np.vstack([theta[-1].weights.T, theta[-1].biases])
        self.hidden, self.start, self.T, self.B = vector[: -self.W.size], basis.B @ self.W, basis.T, basis.independent
        self.c = np.zeros(self.B.shape[2] * self.unknowns)
        self.r, self.J = self.with_jacobian(self.c)
        self.rounding = 1e-13 * _norm(self.r)

    def h2(self, c: Any) -> Any:
        """Return h₂ and its derivatives, shape (K + 1, m, d)."""
        return self.start + self.B @ c.reshape(self.unknowns, -1).T

    def __call__(self, c: Any) -> Any:
        """Return r, shape (m d,), infinite where it is not finite."""
        try:
            return self.residuals.of(self.h2(c)).ravel()
        except NotFinite:
            return np.full(len(self.residuals.x) * self.unknowns, np.inf)

    def with_jacobian(self, c: Any) -> tuple[Any, Any]:
        """Return r, shape (m d,), and J = ∂r/∂c, shape (m d, P)."""
        r, self.by_f = self.residuals.linearised(self.h2(c))
        return r.ravel(), output_jacobian(self.by_f, self.B)

    def solver(self, J: Any) -> Callable[[Any], Any]:
        """Return the function that gives for r, (m d,), the s, (P,), of least ‖r + J s‖."""
        return solver(J, self.T is not None)

    def as_pictured(self, r: Any, pictured: Any) -> bool:
        """Tell that the residual is what its linear picture said, (m d,), or as near as rounding lets it be."""
        return _norm(r - pictured) <= max(0.1 * _norm(pictured), self.rounding)

    def is_rounding(self, c: Any, r: Any) -> bool:
        """Tell whether r, (m d,), at c, (P,), is no more than the rounding of the terms that cancel in it."""
        terms = np.einsum("ekmd,kmd->me", np.abs(self.by_f), np.abs(self.residuals.h1 + self.h2(c)))
        return _norm(r) < 1e-14 * _norm(terms.ravel())

    def parameters(self, c: Any) -> Any:
        """Return Θ with this output layer, shape (P,)."""
        change = c.reshape(self.unknowns, -1).T
        W = self.W + (change if self.T is None else self.T @ change)
        return np.concatenate([self.hidden, W[:-1].T.ravel(), W[-1]])


def _halve(layer: OutputLayer, c: Any, s: Any, r: Any, pictured: Any) -> tuple[Any, Any]:
    """Return the first of c + s, c + s/2, c + s/4, ..., a vector, that lowers ‖r‖, and its r, or none."""
    scale = 1.0
    while scale >= 1e-6:
        r_new = layer(c + scale * s)
        if _norm(r_new) < _norm(r):
            return c + scale * s, r_new
        if _norm(pictured) > 0.9 * _norm(r):
            break
        scale /= 2.0
    return c, None


def in_haste(layer: OutputLayer, c: Any, s: Any, r: Any, pictured: Any) -> tuple[Any, Any]:
    """Return the first of c + s and c + s/2, a vector, that lowers ‖r‖, and its r, or none.

    Raises
    ------
    TooFarOff
        Neither does, and the step promised a tenth of ‖r‖, which is more than rounding.
    """
    for c_new in (c + s, c + 0.5 * s):
        r_new = layer(c_new)
        if _norm(r_new) < _norm(r):
            return c_new, r_new
    if _norm(pictured) < 0.1 * _norm(r) and not layer.is_rounding(c, r):
        raise TooFarOff
    return c, None


def _advance(
    layer: OutputLayer, c: Any, s: Any, r: Any, J: Any, solve: Callable[[Any], Any], halve: Any
) -> tuple[Any, Any, bool]:
    """Return c + s, or after a shorter step, a vector, its r, or none, and whether r is as pictured.

    A good step is repeated with the same J, as long as each makes ‖r‖ a tenth: it needs no slopes and no factors.
    """
    before, pictured = r, r + J @ s
    c, r = halve(layer, c, s, r, pictured)
    if r is None:
        return c, None, False
    while layer.T is not None and _norm(r) < 0.1 * _norm(before) and not layer.as_pictured(r, pictured):
        s = solve(r)
        r_new = layer(c + s)
        if not _norm(r_new) < _norm(r):
            break
        before, pictured = r, r + J @ s
        c, r = c + s, r_new
    return c, r, layer.as_pictured(r, pictured)


def gauss_newton(residuals: Residuals, vector: Any, gamma: float = 0, halve: Any = _halve) -> Steps:
    """Train the output layer: solve for the step s, halve it until the cost falls, repeat.

    The vector Θ, shape (P,), holds the initial parameters. It ends when the residual is what its
    linear picture r + J s said: another step would find nothing more; or where no part of the step lowers the
    cost. How a step is shortened may be given. γ is not used.
    """
    layer = OutputLayer(residuals, vector)
    c, r, J = layer.c, layer.r, layer.J
    yield layer.parameters(c), residuals.cost(r)
    while True:
        solve = layer.solver(J)
        s = solve(r)
        c, r, as_pictured = _advance(layer, c, s, r, J, solve, halve)
        if r is None:
            return "the cost stopped falling"
        yield layer.parameters(c), residuals.cost(r)
        if as_pictured:
            return PICTURE_WAS_RIGHT
        r, J = layer.with_jacobian(c)


def _norm(r: Any) -> float:
    """Return ‖r‖, the root of the sum of squares of a vector."""
    return float(np.sqrt(r @ r))

"""Random features: draw the hidden weights once, train the output layer alone.

With the hidden layers fixed, N⁽ᵏ⁾ = B_k W is linear in the output layer W, and so is f_t. The
residual bends with W only as much as the equation itself does, and Gauss-Newton meets it in one
step where the equation is linear, in a few where it is not::

    minimise over the step s:   ‖r + J s‖²,    J = ∂r/∂W = Σ_k ∂L/∂N⁽ᵏ⁾ B_k

The field also says extreme learning machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg.lapack import dgelsy

from course_lib._validation import NotFinite
from course_lib.equations.optimisers import Steps
from course_lib.equations.residuals import Residuals
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Layer, Theta, layers_of


def spread_bends(network: Network, domain: tuple[float, float], rng: np.random.Generator) -> Theta:
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
        shift, steepness = rng.random((2, n))
        bends = 0.5 * (start + end) + reach * ((2.0 / n) * (np.arange(n) + shift) - 1.0)
        slopes = (0.5 + 2.0 * steepness) * (n / (30.0 * half))
        theta.insert(0, Layer(slopes[:, None], -slopes * bends))
    k, d = network.sizes[-2:]
    return [*theta, Layer(np.zeros((d, k)), np.zeros(d))]


def output_jacobian(by_N: Any, B: Any) -> Any:
    """Return J = ∂r/∂W, shape (m E, (n + 1) d), from ∂L_e/∂N_j⁽ᵏ⁾ and B (K + 1, m, n + 1)."""
    J = np.einsum("ekmj,kmn->menj", by_N, B)
    return J.reshape(J.shape[0] * J.shape[1], -1)


def least_squares(J: Any, r: Any, smallest: float = 1e-15) -> Any:
    """Return the s, shape (P,), of least ‖r + J s‖; of several that are as good, the shortest.

    For several r, the columns of an array, it returns as many s.

    Directions in which J is `smallest` times as large as in the largest one count as zero.

    LAPACK's own solver for nearly dependent columns (QR with column pivoting), because
    ``scipy.linalg.lstsq`` takes longer for its checks than for a small problem itself.
    """
    rows, columns = J.shape
    padded = np.zeros((max(rows, columns), r.size // rows))
    padded[:rows] = r.reshape(rows, -1)
    free = np.zeros(columns, dtype=np.int32)
    return -dgelsy(J, padded, free, smallest, 64 * (rows + columns))[1][:columns].reshape(columns, *r.shape[1:])


class TooFarOff(Exception):
    """Raised where Gauss-Newton would have to shorten its step: on a shorter piece it need not."""


class OutputLayer:
    """The residual as a function of the output layer alone: N⁽ᵏ⁾ = B_k W with the hidden layers fixed.

    Parameters
    ----------
    residuals
        The residual as a function of all parameters.
    vector
        All parameters Θ, shape (P,). `W` is their output layer as a vector: for each neuron before
        it and for the bias the d weights.
    """

    def __init__(self, residuals: Residuals, vector: Any) -> None:
        network = residuals.trial.network
        theta = layers_of(vector, network.sizes)
        self.residuals, self.unknowns = residuals, network.sizes[-1]
        self.B = residuals.output_basis(theta, network)
        self.W = np.vstack([theta[-1].weights.T, theta[-1].biases]).ravel()
        self.hidden = vector[: -self.W.size]

    def network_jet(self, W: Any) -> Any:
        """Return N, N', ..., shape (K + 1, m, d)."""
        return self.B @ W.reshape(-1, self.unknowns)

    def __call__(self, W: Any) -> Any:
        """Return r, shape (m d,), infinite where it is not finite."""
        try:
            return self.residuals.of(self.network_jet(W)).ravel()
        except NotFinite:
            return np.full(len(self.residuals.x) * self.unknowns, np.inf)

    def with_jacobian(self, W: Any) -> tuple[Any, Any]:
        """Return r, shape (m d,), and J = ∂r/∂W, shape (m d, (n + 1) d)."""
        r, by_N = self.residuals.linearised(self.network_jet(W))
        return r.ravel(), output_jacobian(by_N, self.B)

    def parameters(self, W: Any) -> Any:
        """Return Θ with this output layer, shape (P,)."""
        rows = W.reshape(-1, self.unknowns)
        return np.concatenate([self.hidden, rows[:-1].T.ravel(), rows[-1]])


def _halve(layer: OutputLayer, W: Any, s: Any, r: Any, pictured: Any) -> tuple[Any, Any]:
    """Return the first of W + s, W + s/2, W + s/4, ..., a vector, that lowers ‖r‖, and its r, or none."""
    scale = 1.0
    while scale >= 1e-6:
        r_new = layer(W + scale * s)
        if _norm(r_new) < _norm(r):
            return W + scale * s, r_new
        if _norm(pictured) > 0.9 * _norm(r):
            break
        scale /= 2.0
    return W, None


def in_haste(layer: OutputLayer, W: Any, s: Any, r: Any, pictured: Any) -> tuple[Any, Any]:
    """Return the first of W + s and W + s/2, a vector, that lowers ‖r‖, and its r, or none.

    Raises
    ------
    TooFarOff
        Neither does, and the step promised a tenth of ‖r‖.
    """
    for W_new in (W + s, W + 0.5 * s):
        r_new = layer(W_new)
        if _norm(r_new) < _norm(r):
            return W_new, r_new
    if _norm(pictured) < 0.1 * _norm(r):
        raise TooFarOff
    return W, None


def gauss_newton(residuals: Residuals, vector: Any, gamma: float = 0, halve: Any = _halve) -> Steps:
    """Train the output layer W: solve for the step s, halve it until the cost falls, repeat.

    The vector Θ, shape (P,), holds the initial parameters. It ends when the residual is what its
    linear picture r + J s said: another step would find nothing more; or where no part of the step lowers the
    cost. How a step is shortened may be given. γ is not used.
    """
    layer = OutputLayer(residuals, vector)
    W, (r, J) = layer.W, layer.with_jacobian(layer.W)
    rounding = 1e-13 * _norm(r)
    while True:
        yield layer.parameters(W), residuals.cost(r)
        s = least_squares(J, r)
        pictured = r + J @ s
        W, r = halve(layer, W, s, r, pictured)
        if r is None:
            return "the cost stopped falling"
        if _norm(r - pictured) <= max(0.1 * _norm(pictured), rounding):
            yield layer.parameters(W), residuals.cost(r)
            return "the linear picture was right"
        r, J = layer.with_jacobian(W)


def _norm(r: Any) -> float:
    """Return ‖r‖, the root of the sum of squares of a vector."""
    return float(np.sqrt(r @ r))

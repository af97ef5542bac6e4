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
from course_lib.equations.residuals import Residuals
from course_lib.networks.layout import Network, normal_layer
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
    deeper = zip(network.sizes[1:-1], network.sizes[2:-1])
    theta = [normal_layer(k, n, rng) for k, n in deeper]
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


def least_squares(J: Any, r: Any) -> Any:
    """Return the s, shape (P,), of least ‖r + J s‖; of several that are as good, the shortest.

    LAPACK's own solver for nearly dependent columns (QR with column pivoting), because
    ``scipy.linalg.lstsq`` takes longer for its checks than for a small problem itself.
    """
    rows, columns = J.shape
    padded = np.zeros((max(rows, columns), 1))
    padded[:rows, 0] = r
    free = np.zeros(columns, dtype=np.int32)
    return -dgelsy(J, padded, free, 1e-15, 64 * (rows + columns))[1][:columns, 0]


def gauss_newton(
    residuals: Residuals, vector: Any, record: Any, iterations: int, gamma: float
) -> str:
    """Train the output layer W: solve for the step s, halve it until the cost falls, repeat.

    The vector Θ, shape (P,), holds the initial parameters. It ends when the residual is what its
    linear picture r + J s said: another step would find nothing more. γ is not used.
    """
    network = residuals.trial.network
    theta = layers_of(vector, network.sizes)
    B, W = residuals.output_basis(theta, network), stacked(theta[-1])
    N = B @ W
    r, by_N = residuals.linearised(N)
    first = size = norm(r)
    record(vector, size**2 / len(r))
    for _ in range(iterations):
        J = output_jacobian(by_N, B)
        step = least_squares(J, r.ravel())
        pictured = r.ravel() + J @ step
        step, scale = step.reshape(W.shape), 1.0
        while not (new := norm_at(residuals, B @ (W + scale * step)))[0] < size:
            scale /= 2.0
            if scale < 1e-6 or norm(pictured) > 0.9 * size:
                return "the cost stopped falling"
        size, r, N = new
        W = W + scale * step
        record(np.concatenate([vector[: -W.size], *unstacked(W)]), size**2 / len(r))
        missed = norm(r.ravel() - pictured)
        if scale == 1.0 and missed <= max(0.1 * norm(pictured), 1e-13 * first):
            return "the linear picture was right"
        r, by_N = residuals.linearised(N)
    return f"took {iterations} steps"


def stacked(layer: Layer) -> Any:
    """Return W, shape (n + 1, d): the weights of the output layer and, last, its biases."""
    return np.vstack([layer.weights.T, layer.biases])


def unstacked(W: Any) -> tuple[Any, Any]:
    """Return weights and biases in the order of Θ, as vectors."""
    return W[:-1].T.ravel(), W[-1]


def norm(r: Any) -> float:
    """Return ‖r‖, the root of the sum of squares of an array of any shape."""
    return float(np.sqrt(np.vdot(r, r)))


def norm_at(residuals: Residuals, N: Any) -> tuple[float, Any, Any]:
    """Return ‖r‖, r and N for N (K + 1, m, d); infinity where the residual is not finite."""
    try:
        r = residuals.of(N)
    except NotFinite:
        return np.inf, None, N
    return norm(r), r, N

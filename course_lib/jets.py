"""The network's value and derivatives in x, (N, N', N''), and how they depend on the parameters.

The chain rule carries a jet (a, a', a'') through a layer, z = w a + b::

    z' = w a'                    a' = σ'(z) z'
    z'' = w a''                  a'' = σ''(z) z'² + σ'(z) z''

That is forward mode in x. The same formulas read backwards send adjoints of (N, N', N'') to the
parameters: backpropagation with three δ in each layer instead of one.
"""

from __future__ import annotations

from math import comb
from typing import Any, NamedTuple

import numpy as np

from course_lib.forward_mode import derivative, jvp
from course_lib.network import Activation, Layer, Network, Theta, unravel
from course_lib.trial_solution import TrialSolution, differentiated


class LayerJet(NamedTuple):
    """What the backward sweep needs of one layer; the first axis counts the x-derivatives."""

    a_in: Any  # (K + 1, m, n_{l-1})
    z: Any  # (K + 1, m, n_l)
    slopes: list[Any]  # σ', σ'', ... at z, each (m, n_l)


def slopes_of(sigma: Activation, z: Any, count: int) -> list[Any]:
    """Return σ'(z), σ''(z), ..., `count` of them; forward mode makes the higher ones."""
    slopes, f = [], sigma.slope
    for _ in range(count):
        slopes.append(f(z))
        f = derivative(f)
    return slopes


def forward(
    network: Network, theta: Theta, x: Any, order: int, slopes: int
) -> tuple[Any, list[LayerJet]]:
    """Return the output jet (K + 1, m, n_L) at points x (m,), K = order, and each layer's part."""
    a = np.zeros((order + 1, len(x), 1))
    a[0, :, 0], a[1] = x, 1.0
    layers = []
    for layer, sigma in zip(theta, network.activations):
        z = a @ layer.weights.T
        z[0] += layer.biases
        s = slopes_of(sigma, z[0], slopes)
        layers.append(LayerJet(a, z, s))
        a = np.empty_like(z)
        a[0] = sigma.value(z[0])
        a[1] = s[0] * z[1]
        if order == 2:
            a[2] = s[1] * z[1] ** 2 + s[0] * z[2]
    return a, layers


def through_activation(adjoint: Any, jet: LayerJet) -> Any:
    """Return the adjoints of (z, z', z'') from those of (a, a', a''), both (E, K + 1, m, n_l)."""
    z, s = jet.z, jet.slopes
    delta = adjoint * s[0]
    delta[:, 0] += adjoint[:, 1] * s[1] * z[1]
    if len(z) == 3:
        delta[:, 0] += adjoint[:, 2] * (s[2] * z[1] ** 2 + s[1] * z[2])
        delta[:, 1] += adjoint[:, 2] * (2.0 * s[1] * z[1])
    return delta


def parameter_jacobian(theta: Theta, layers: list[LayerJet], seed: Any) -> Any:
    """Return the derivatives by all P parameters, shape (m, E, P).

    `seed` (E, K + 1, m, n_L) says how each of E quantities depends on the output jet. Row i of
    δ belongs to point i alone, so its products with a⁽ˡ⁻¹⁾ are not summed over the points.
    """
    blocks: list[Any] = []
    for layer, jet in zip(reversed(theta), reversed(layers)):
        delta = through_activation(seed, jet)
        by_weight = np.einsum("ekmj,kmi->meji", delta, jet.a_in)
        by_bias = delta[:, 0].transpose(1, 0, 2)
        blocks[:0] = [by_weight.reshape(*by_bias.shape[:2], -1), by_bias]
        seed = delta @ layer.weights
    return np.concatenate(blocks, axis=2)


class Residuals:
    """The residual of a trial solution at fixed points as a function of Θ, with its Jacobian.

    Parameters
    ----------
    trial
        The trial solution.
    x
        The points, shape (m,).

    Notes
    -----
    Lecture S2: the cost is the sum of the squares of what `__call__` returns, divided by m.
    """

    def __init__(self, trial: TrialSolution, x: Any) -> None:
        self.trial, self.x, self.order = trial, x, trial.problem.order
        orders = range(self.order + 1)
        self.h1 = [differentiated(trial._h1, k)(x) for k in orders]
        self.factor = [differentiated(trial.factor, k)(x) for k in orders]

    def trial_jet(self, N: Any) -> list[Any]:
        """Return f_t, f_t'[, f_t''], each (m, d), by Leibniz's rule for h₁ + factor · N."""
        return [
            self.h1[k] + sum(comb(k, q) * self.factor[k - q] * N[q] for q in range(k + 1))
            for k in range(self.order + 1)
        ]

    def partials(self, f: list[Any]) -> Any:
        """Return ∂L_e/∂f_j⁽ᵏ⁾, shape (E, K + 1, m, d), by dual numbers through the residual."""
        m, d = f[0].shape
        result = np.empty((d, self.order + 1, m, d))
        for k in range(self.order + 1):
            for j in range(d):
                along = np.zeros((m, d))
                along[:, j] = 1.0

                def residual(part: Any) -> Any:
                    return self.trial.problem.residuals(self.x, *f[:k], part, *f[k + 1 :])

                result[:, k, :, j] = jvp(residual, f[k], along)[1].T
        return result

    def __call__(self, vector: Any) -> Any:
        """Return L at all points, shape (m d,), for the parameters Θ of shape (P,)."""
        network = self.trial.network
        N, _ = forward(network, unravel(vector, network.sizes), self.x, self.order, self.order)
        return self.trial.problem.residuals(self.x, *self.trial_jet(N)).ravel()

    def with_jacobian(self, vector: Any) -> tuple[Any, Any]:
        """Return L (m d,) and ∂L/∂Θ (m d, P)."""
        network = self.trial.network
        theta = unravel(vector, network.sizes)
        N, layers = forward(network, theta, self.x, self.order, self.order + 1)
        f = self.trial_jet(N)
        r = self.trial.problem.residuals(self.x, *f).ravel()
        by_f = self.partials(f)
        by_N = np.zeros_like(by_f)
        for k in range(self.order + 1):
            for q in range(k + 1):
                by_N[:, q] += comb(k, q) * by_f[:, k] * self.factor[k - q]
        return r, parameter_jacobian(theta, layers, by_N).reshape(r.size, -1)

    def terms(self, vector: Any) -> float:
        """Return the largest size of the terms whose sum the residual is, ``Σ |∂L/∂f⁽ᵏ⁾ f⁽ᵏ⁾|``."""
        network = self.trial.network
        N, _ = forward(network, unravel(vector, network.sizes), self.x, self.order, self.order)
        f = np.stack(self.trial_jet(N))
        return float(np.einsum("ekmj,kmj->em", np.abs(self.partials(list(f))), np.abs(f)).max())

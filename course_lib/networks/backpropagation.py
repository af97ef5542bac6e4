"""Backpropagation: the gradient of the cost, from the output layer back to the first.

With δ⁽ˡ⁾ = ∂C/∂z⁽ˡ⁾, the chain rule through z⁽ˡ⁺¹⁾ = w⁽ˡ⁺¹⁾ a⁽ˡ⁾ + b⁽ˡ⁺¹⁾ is the recursion::

    δ⁽ᴸ⁾ = σ'(z⁽ᴸ⁾) ⊙ ∂C/∂a⁽ᴸ⁾,    δ⁽ˡ⁾ = (w⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾) ⊙ σ'(z⁽ˡ⁾)
    ∂C/∂w⁽ˡ⁾_jk = δ⁽ˡ⁾_j a⁽ˡ⁻¹⁾_k,   ∂C/∂b⁽ˡ⁾_j = δ⁽ˡ⁾_j
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib._door import door
from course_lib._validation import positive, real_array
from course_lib.networks._checks import activity, arrays, parameters, regularisation, targets
from course_lib.networks.layout import ForwardPass, Network
from course_lib.networks.parameters import Layer, Theta


def _checked(
    network: Network, theta: Theta, x: Any, t: Any, lam: float = 0.0
) -> tuple[Network, Theta, Any, Any, float]:
    theta, lam = parameters(network, theta), regularisation(lam)
    x = real_array(x, "x", ("m", network.sizes[0]))
    return network, theta, x, targets(t, np.shape(x)[0], network), lam


@door(_checked)
def cost(network: Network, theta: Theta, x: Any, t: Any, lam: float = 0.0) -> float:
    """Return C = mean over the samples of ‖t - a⁽ᴸ⁾‖² plus λ‖Θ‖², dimensionless.

    Parameters
    ----------
    network
        The network.
    theta
        Its parameters; Θ is all of them, the biases too.
    x
        Inputs, shape (m, n_0).
    t
        Targets, shape (m, n_L).
    lam
        λ ≥ 0, the strength of the regularisation.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, a negative λ.

    Notes
    -----
    Lecture N5, N6.

    Examples
    --------
    >>> network = Network((1, 1), "identity")
    >>> theta = [Layer(np.array([[2.0]]), np.array([1.0]))]
    >>> float(cost(network, theta, [[0.0], [1.0]], [[1.0], [5.0]]))
    2.0
    """
    error = t - network(theta, x)
    total: float = np.sum(error * error) / np.shape(error)[0]
    if lam != 0.0:
        total = total + lam * sum(np.sum(part * part) for layer in theta for part in layer)
    return total


def _checked_pass(
    network: Network, theta: Theta, forward_pass: ForwardPass, t: Any
) -> tuple[Network, Theta, ForwardPass, Any]:
    theta, forward_pass = parameters(network, theta), activity(forward_pass, network)
    return network, theta, forward_pass, targets(t, np.shape(forward_pass.a[0])[0], network)


@door(_checked_pass)
def deltas(network: Network, theta: Theta, forward_pass: ForwardPass, t: Any) -> list[Any]:
    """Return δ⁽ˡ⁾ = ∂C/∂z⁽ˡ⁾ of every layer, for the cost without regularisation.

    Parameters
    ----------
    network, theta
        The network and its parameters.
    forward_pass
        The result of ``network.forward(theta, x)``.
    t
        Targets, shape (m, n_L).

    Returns
    -------
    list
        Entry l - 1 is δ⁽ˡ⁾, shape (m, n_l), dimensionless. The cost is a mean over the samples,
        so every δ holds its factor 1/m.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity.

    Notes
    -----
    Lecture B2, B4, B5, B8. Rumelhart, Hinton and Williams (1986).

    Examples
    --------
    >>> network = Network((1, 1), "identity")
    >>> theta = [Layer(np.array([[2.0]]), np.array([1.0]))]
    >>> deltas(network, theta, network.forward(theta, [[1.0]]), [[5.0]])
    [array([[-4.]])]
    """
    z, a = forward_pass
    slope = [sigma.slope(z_l) for sigma, z_l in zip(network.activations, z[1:])]
    dC_da = 2.0 * (a[-1] - t) / len(t)
    delta = [slope[-1] * dC_da]
    for l in range(len(theta) - 1, 0, -1):
        delta.insert(0, delta[0] @ theta[l].weights * slope[l - 1])
    return delta


@door(_checked)
def gradient(network: Network, theta: Theta, x: Any, t: Any, lam: float = 0.0) -> Theta:
    """Return ∂C/∂θ⁽ˡ⁾ of every layer, in the form of `theta`.

    Parameters
    ----------
    network, theta, x, t, lam
        As for `cost`.

    Raises
    ------
    TypeError, ValueError
        As `cost`.

    Notes
    -----
    Lecture B1, B6, B7. The notes leave out the term 2λΘ that N6 brings.

    Examples
    --------
    >>> network = Network((1, 1), "identity")
    >>> theta = [Layer(np.array([[2.0]]), np.array([1.0]))]
    >>> gradient(network, theta, [[0.0], [1.0]], [[1.0], [5.0]])
    [Layer(weights=array([[-2.]]), biases=array([-2.]))]
    """
    forward_pass = network.forward(theta, x)
    delta = deltas(network, theta, forward_pass, t)
    return [
        Layer(d.T @ a + 2.0 * lam * w, d.sum(axis=0) + 2.0 * lam * b)
        for d, a, (w, b) in zip(delta, forward_pass.a, theta)
    ]


def _checked_step(theta: Theta, gradient: Theta, gamma: float) -> tuple[Theta, Theta, float]:
    gamma = positive(gamma, "gamma")
    theta, gradient = arrays(theta, "theta"), arrays(gradient, "gradient")
    shapes, others = (
        [tuple(np.shape(part) for part in layer) for layer in layers]
        for layers in (theta, gradient)
    )
    if shapes != others:
        raise ValueError(f"gradient has shapes {others}, expected those of theta, {shapes}")
    return theta, gradient, gamma


@door(_checked_step)
def update(theta: Theta, gradient: Theta, gamma: float) -> Theta:
    """Return a new Θ, one step of gradient descent away: θ - γ ∂C/∂θ in every layer.

    Parameters
    ----------
    theta, gradient
        The parameters and the gradient, of the same shapes. Neither is changed.
    gamma
        γ > 0, the learning rate.

    Raises
    ------
    TypeError, ValueError
        γ is not positive, or the shapes differ.

    Notes
    -----
    Lecture B6, B7. For every layer l = 1, ..., L, the output layer too.

    Examples
    --------
    >>> theta = [Layer(np.array([[2.0]]), np.array([1.0]))]
    >>> slope = [Layer(np.array([[-2.0]]), np.array([-2.0]))]
    >>> update(theta, slope, 0.5)
    [Layer(weights=array([[3.]]), biases=array([2.]))]
    """
    return [
        Layer(w - gamma * dC_dw, b - gamma * dC_db)
        for (w, b), (dC_dw, dC_db) in zip(theta, gradient)
    ]

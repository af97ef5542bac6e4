"""Backpropagation once more, in arrays that are made once and used in every step.

The equations are those of `course_lib.networks.backpropagation`, which is the form to read. This is the
form to train with: new arrays in every step cost more time than the arithmetic. Two things differ.

- Each layer's parameters are one matrix (w | b), and its input has a column of ones. So the
  biases are part of the products, z = (a | 1) (w | b)ᵀ and ∂C/∂(w | b) = δᵀ (a | 1).
- Every result is written into an array that is already there.

For m samples it keeps (a | 1), shape (m, n_l + 1), and a, δ and σ'(z), shape (m, n_l), of each layer,
and one vector (P,) for the slope.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.networks.activation import Activation
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Layer, Theta


def packed(theta: Theta) -> Any:
    """Lay the matrices (w | b) of all layers in one vector, shape (P,)."""
    return np.concatenate([np.column_stack(layer).ravel() for layer in theta])


def unpacked(vector: Any, sizes: tuple[int, ...]) -> Theta:
    """Return copies of the weights and biases in the layers of a packed vector."""
    matrices = matrices_of(vector, sizes)
    return [Layer(matrix[:, :-1].copy(), matrix[:, -1].copy()) for matrix in matrices]


def matrices_of(vector: Any, sizes: tuple[int, ...]) -> list[Any]:
    """Return the matrices (w | b), shape (n_l, n_{l-1} + 1), as views of a packed vector."""
    views, start = [], 0
    for k, n in zip(sizes, sizes[1:]):
        end = start + n * (k + 1)
        views.append(vector[start:end].reshape(n, k + 1))
        start = end
    return views


class Workspace:
    """The arrays for one number of samples, and the gradient computed in them.

    Parameters
    ----------
    network
        The network.
    vector
        Its packed parameters, shape (P,). They are read at every call, so change them in place.
    m
        The number of samples.

    Attributes
    ----------
    slope
        ∂C/∂Θ, packed like `vector`, shape (P,); overwritten by the next call.

    Notes
    -----
    Lecture B4, B5. Rumelhart, Hinton and Williams (1986).
    """

    def __init__(self, network: Network, vector: Any, m: int) -> None:
        sizes, self.m, self.vector = network.sizes, m, vector
        self.slope = np.empty_like(vector)
        with_ones = [np.ones((m, n + 1)) for n in sizes]
        self.inputs = [a[:, :-1] for a in with_ones]
        matrices, slopes = matrices_of(vector, sizes), matrices_of(self.slope, sizes)
        self.layers = [
            (sigma, matrix.T, matrix[:, :-1], slope, ones, *np.empty((3, m, n)))
            for sigma, matrix, slope, ones, n in zip(
                network.activations, matrices, slopes, with_ones, sizes[1:]
            )
        ]

    def gradient(self, x: Any, t: Any, lam: float = 0.0) -> float:
        """Write ∂C/∂Θ into `slope` and return C, for x (m, n_0) and t (m, n_L)."""
        a = x
        for a_in, (sigma, matrix_T, _, _, with_ones, z, _, steepness) in zip(
            self.inputs, self.layers
        ):
            a_in[...] = a
            np.dot(with_ones, matrix_T, out=z)
            a = activate(sigma, z, steepness)
        delta = self.layers[-1][6]
        np.subtract(a, t, out=delta)
        cost = float(np.vdot(delta, delta)) / self.m
        delta *= 2.0 / self.m
        for l in range(len(self.layers) - 1, -1, -1):
            sigma, _, w, slope, with_ones, a, delta, steepness = self.layers[l]
            times_steepness(sigma, delta, a, steepness)
            np.dot(delta.T, with_ones, out=slope)
            if l > 0:
                np.dot(delta, w, out=self.layers[l - 1][6])
        if lam:
            cost += lam * float(np.vdot(self.vector, self.vector))
            self.slope += 2.0 * lam * self.vector
        return cost


def activate(sigma: Activation, z: Any, steepness: Any) -> Any:
    """Turn z into a = σ(z) in its own array; keep σ'(z) where a does not tell it."""
    if sigma.built_in and sigma.name == "tanh":
        np.tanh(z, out=z)
    elif sigma.built_in and sigma.name == "relu":
        np.maximum(z, 0.0, out=z)
    elif not (sigma.built_in and sigma.name == "identity"):
        steepness[...] = sigma.slope(z)
        z[...] = sigma.value(z)
    return z


def times_steepness(sigma: Activation, delta: Any, a: Any, steepness: Any) -> None:
    """Multiply δ by σ'(z), arrays (m, n_l)."""
    if sigma.built_in and sigma.name == "identity":
        return
    if sigma.built_in and sigma.name == "tanh":
        np.multiply(a, a, out=steepness)
        np.subtract(1.0, steepness, out=steepness)
    elif sigma.built_in and sigma.name == "relu":
        np.greater(a, 0.0, out=steepness)
    delta *= steepness

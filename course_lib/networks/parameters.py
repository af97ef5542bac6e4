"""The parameters Θ of a network: the weights and biases of each layer, or all of them in one vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import finite_array, whole_number


class Layer(NamedTuple):
    """The parameters θ⁽ˡ⁾ = {w⁽ˡ⁾, b⁽ˡ⁾} of one layer, dimensionless.

    Parameters
    ----------
    weights
        Array (n_l, n_{l-1}); row j, column k is w_jk, from neuron k of layer l-1 to neuron j.
    biases
        Array (n_l,).

    Notes
    -----
    Lecture N2.
    """

    weights: Any
    biases: Any


Theta = list[Layer]
_MOST_PARAMETERS = 10**8  # of a network: 0.8 GB


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the layer sizes as a tuple of at least two positive whole numbers."""
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, (Sequence, np.ndarray)):
        raise TypeError(f"sizes must be a sequence such as (1, 10, 1), got {sizes!r:.60}")
    sizes = tuple(whole_number(n, f"sizes[{k}]") for k, n in enumerate(sizes))
    if len(sizes) < 2:
        raise ValueError(f"sizes needs an input and an output, such as (1, 10, 1), got {sizes}")
    if parameter_count(sizes) > _MOST_PARAMETERS:
        raise ValueError(f"sizes {sizes!r:.60} give more than {_MOST_PARAMETERS:.0e} parameters")
    return sizes


def parameter_count(sizes: Sequence[int]) -> int:
    """Return the number P of weights and biases in all."""
    return sum(n * (k + 1) for k, n in zip(sizes, sizes[1:]))


def check_theta(theta: Theta, sizes: tuple[int, ...]) -> Theta:
    """Return `theta` with arrays in its layers, of finite numbers and the shapes of `sizes`."""
    if not isinstance(theta, (list, tuple)) or len(theta) != len(sizes) - 1:
        got = len(theta) if isinstance(theta, (list, tuple)) else type(theta).__name__
        raise ValueError(f"theta must be a list of {len(sizes) - 1} layers, got {got}")
    checked = []
    for l, (layer, k, n) in enumerate(zip(theta, sizes, sizes[1:]), start=1):
        if not isinstance(layer, Layer):
            raise TypeError(f"theta[{l - 1}] must be a Layer, got {type(layer).__name__}")
        weights = finite_array(layer.weights, f"weights of layer {l}", (n, k))
        checked.append(Layer(weights, finite_array(layer.biases, f"biases of layer {l}", (n,))))
    return checked


def ravel(theta: Theta) -> Any:
    """Lay all parameters in one vector Θ.

    Parameters
    ----------
    theta
        The layers, theta[l - 1] belongs to layer l.

    Returns
    -------
    array
        Shape (P,): w⁽¹⁾ row by row, b⁽¹⁾, w⁽²⁾, ....

    Raises
    ------
    TypeError, ValueError
        `theta` is no list of layers.

    Notes
    -----
    Lecture N4.

    Examples
    --------
    >>> ravel([Layer(np.array([[1.0, 2.0]]), np.array([3.0]))])
    array([1., 2., 3.])
    """
    if not isinstance(theta, (list, tuple)) or not theta:
        raise TypeError(f"theta must be a list of layers, got {theta!r:.60}")
    parts = [np.reshape(part, (-1,)) for layer in theta for part in Layer(*layer)]
    return np.concatenate(parts)


def unravel(vector: Any, sizes: Sequence[int]) -> Theta:
    """Cut a vector Θ into the layers of a network.

    Parameters
    ----------
    vector
        All parameters, shape (P,), in the order of `ravel`.
    sizes
        Neurons in each layer, (n_0, ..., n_L).

    Returns
    -------
    Theta
        The layers, theta[l - 1] belongs to layer l.

    Raises
    ------
    TypeError, ValueError
        The vector has not P entries, or has NaN or infinity; a size is no positive whole number.

    Notes
    -----
    Lecture N4.

    Examples
    --------
    >>> unravel([1.0, 2.0, 3.0], (2, 1))
    [Layer(weights=array([[1., 2.]]), biases=array([3.]))]
    """
    sizes = _checked_sizes(sizes)
    vector = finite_array(vector, "vector", (parameter_count(sizes),))
    return layers_of(np.array(vector) if type(vector) is np.ndarray else vector, sizes)


def layers_of(vector: Any, sizes: tuple[int, ...]) -> Theta:
    """Cut a vector that has been checked, as `unravel` does."""
    theta, start = [], 0
    for k, n in zip(sizes, sizes[1:]):
        middle, end = start + n * k, start + n * (k + 1)
        theta.append(Layer(vector[start:middle].reshape(n, k), vector[middle:end]))
        start = end
    return theta

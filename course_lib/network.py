"""A layered network: a⁽ˡ⁾ = σ⁽ˡ⁾(z⁽ˡ⁾), z⁽ˡ⁾ = w⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾, from a⁽⁰⁾ = x to a⁽ᴸ⁾.

Samples are rows, so the code writes the same product as ``a @ w.T + b``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from course_lib.validation import (
    finite_array,
    function,
    known_name,
    random_generator,
    whole_number,
)


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
MOST_PARAMETERS = 10**8  # of a network: 0.8 GB


def sigmoid(z: Any) -> Any:
    """Return σ(z) = 1 / (1 + e⁻ᶻ), like the number or array z."""
    # As a tanh it cannot overflow, however negative z is.
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def sigmoid_slope(z: Any) -> Any:
    """Return σ'(z) = σ(z) (1 - σ(z)), like the number or array z."""
    a = sigmoid(z)
    return a * (1.0 - a)


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid": (sigmoid, sigmoid_slope),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: 1.0 * (z > 0.0)),
    "softplus": (lambda z: np.logaddexp(0.0, z), sigmoid),
    "sine": (np.sin, np.cos),
    "identity": (lambda z: 1.0 * z, lambda z: np.ones_like(z)),
}


@dataclass(frozen=True)
class Activation:
    """An activation function σ with its derivative σ'.

    Parameters
    ----------
    name
        One of ``sigmoid, tanh, relu, softplus, sine, identity``, or a name of your own.
    value, slope
        For a name of your own: σ and σ', functions of an array that act on each element.

    Raises
    ------
    ValueError
        The name is unknown and no functions are given.

    Notes
    -----
    Lecture N1.

    Examples
    --------
    >>> sigmoid = Activation("sigmoid")
    >>> float(sigmoid(0.0)), float(sigmoid.derivative(0.0))
    (0.5, 0.25)
    """

    name: str
    value: Callable[[Any], Any] = None  # type: ignore[assignment]  # found by its name
    slope: Callable[[Any], Any] = None  # type: ignore[assignment]
    built_in: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "built_in", self.value is None and self.slope is None)
        if self.built_in:
            value, slope = FUNCTIONS[known_name(self.name, FUNCTIONS, "activation")]
            object.__setattr__(self, "value", value)
            object.__setattr__(self, "slope", slope)
        function(self.value, "value")
        function(self.slope, "slope")

    def __call__(self, z: Any) -> Any:
        """Return σ(z), like z."""
        return by_element(self.value, z, f"{self.name}(z)")

    def derivative(self, z: Any) -> Any:
        """Return σ'(z), like z. At the kink of relu it is 0."""
        return by_element(self.slope, z, f"{self.name}'(z)")


def by_element(sigma: Callable[[Any], Any], z: Any, name: str) -> Any:
    """Return σ(z), checked to be finite and like the number or array z."""
    z = finite_array(z, "z")
    a = sigma(z)
    finite_array(a, name, np.shape(z))
    return a


ACTIVATIONS: dict[str, Activation] = {name: Activation(name) for name in FUNCTIONS}


class ForwardPass(NamedTuple):
    """Everything one pass through the network computes, dimensionless.

    Parameters
    ----------
    z
        The weighted inputs: z[l] has shape (m, n_l); z[0] is None, the input has none.
    a
        The activations: a[l] has shape (m, n_l); a[0] is x and a[-1] the output a⁽ᴸ⁾.
    """

    z: list[Any]
    a: list[Any]


class Network:
    """A network of any depth with fully connected layers.

    Parameters
    ----------
    sizes
        Neurons in each layer, (n_0, ..., n_L), the input first. At least (n_0, n_1).
    activations
        One name or `Activation` for each of the layers 1, ..., L; a single one serves them all.

    Raises
    ------
    TypeError, ValueError
        A size is no positive whole number, there are more than 10⁸ parameters, too few or too
        many activations, or a name is unknown.

    Notes
    -----
    Lecture N1, N3.

    Examples
    --------
    >>> network = Network((1, 3, 1), ("tanh", "identity"))
    >>> theta = network.initial_parameters(np.random.default_rng(0))
    >>> network(theta, [[0.0], [0.5]]).shape
    (2, 1)
    """

    def __init__(
        self, sizes: Sequence[int], activations: str | Activation | Sequence[str | Activation]
    ) -> None:
        self.sizes = checked_sizes(sizes)
        if isinstance(activations, (str, Activation)):
            activations = [activations] * (len(self.sizes) - 1)
        if len(activations) != len(self.sizes) - 1:
            raise ValueError(
                f"sizes {self.sizes} have {len(self.sizes) - 1} layers after the input, "
                f"got {len(activations)} activations: give one for each"
            )
        self.activations = tuple(
            s if isinstance(s, Activation) else ACTIVATIONS[known_name(s, ACTIVATIONS, "activation")]
            for s in activations
        )

    def __repr__(self) -> str:
        return f"Network({self.sizes}, {tuple(s.name for s in self.activations)})"

    @property
    def parameter_count(self) -> int:
        """The number P of weights and biases in all."""
        return parameter_count(self.sizes)

    def initial_parameters(self, rng: np.random.Generator) -> Theta:
        """Draw weights and biases from a normal distribution of variance 1 / n_{l-1}.

        With this variance z⁽ˡ⁾ stays of order one, however wide the layers are
        (LeCun et al. 1998, section 4.6).

        Raises
        ------
        TypeError
            `rng` is no ``np.random.Generator``.
        """
        random_generator(rng)
        return [normal_layer(k, n, rng) for k, n in zip(self.sizes, self.sizes[1:])]

    def forward(self, theta: Theta, x: Any) -> ForwardPass:
        """Compute z⁽ˡ⁾ and a⁽ˡ⁾ of every layer.

        Parameters
        ----------
        theta
            Parameters, theta[l - 1] belongs to layer l.
        x
            Inputs, shape (m, n_0), a sample a row.

        Returns
        -------
        ForwardPass
            Its z[l] and a[l] have shape (m, n_l).

        Raises
        ------
        ValueError
            A shape does not fit the network; NaN or infinity in theta or x.

        Notes
        -----
        Lecture N1, B3.
        """
        theta = check_theta(theta, self.sizes)
        a = finite_array(x, "x", ("m", self.sizes[0]))
        pass_ = ForwardPass([None], [a])
        for layer, sigma in zip(theta, self.activations):
            z = a @ layer.weights.T + layer.biases
            a = sigma.value(z)
            pass_.z.append(z)
            pass_.a.append(a)
        return pass_

    def __call__(self, theta: Theta, x: Any) -> Any:
        """Return the output a⁽ᴸ⁾(Θ; x), shape (m, n_L), for inputs x of shape (m, n_0).

        Notes
        -----
        Lecture N3.
        """
        return self.forward(theta, x).a[-1]


def normal_layer(k: int, n: int, rng: np.random.Generator) -> Layer:
    """Draw weights (n, k) and biases (n,) of variance 1 / k."""
    return Layer(rng.normal(size=(n, k)) / np.sqrt(k), rng.normal(size=n) / np.sqrt(k))


def checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the layer sizes as a tuple of at least two positive whole numbers."""
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, (Sequence, np.ndarray)):
        raise TypeError(f"sizes must be a sequence such as (1, 10, 1), got {sizes!r:.60}")
    sizes = tuple(whole_number(n, f"sizes[{k}]") for k, n in enumerate(sizes))
    if len(sizes) < 2:
        raise ValueError(f"sizes needs an input and an output, such as (1, 10, 1), got {sizes}")
    if parameter_count(sizes) > MOST_PARAMETERS:
        raise ValueError(f"sizes {sizes!r:.60} give more than {MOST_PARAMETERS:.0e} parameters")
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
    sizes = checked_sizes(sizes)
    return layers_of(finite_array(vector, "vector", (parameter_count(sizes),)), sizes)


def layers_of(vector: Any, sizes: tuple[int, ...]) -> Theta:
    """Cut a vector that has been checked, as `unravel` does."""
    theta, start = [], 0
    for k, n in zip(sizes, sizes[1:]):
        middle, end = start + n * k, start + n * (k + 1)
        theta.append(Layer(vector[start:middle].reshape(n, k), vector[middle:end]))
        start = end
    return theta

"""Activation functions: what a neuron makes of its weighted input, a = σ(z), and the slope σ'(z)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib._validation import finite_array, function, known_name


def sigmoid(z: Any) -> Any:
    """Return σ(z) = 1 / (1 + e⁻ᶻ), like the number or array z."""
    # As a tanh it cannot overflow, however negative z is.
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _sigmoid_slope(z: Any) -> Any:
    """Return σ'(z) = σ(z) (1 - σ(z)), like the number or array z."""
    a = sigmoid(z)
    return a * (1.0 - a)


_FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid": (sigmoid, _sigmoid_slope),
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
            value, slope = _FUNCTIONS[known_name(self.name, _FUNCTIONS, "activation")]
            object.__setattr__(self, "value", value)
            object.__setattr__(self, "slope", slope)
        function(self.value, "value")
        function(self.slope, "slope")

    def __call__(self, z: Any) -> Any:
        """Return σ(z), like z."""
        return _by_element(self.value, z, f"{self.name}(z)")

    def derivative(self, z: Any) -> Any:
        """Return σ'(z), like z. At the kink of relu it is 0."""
        return _by_element(self.slope, z, f"{self.name}'(z)")


def _by_element(sigma: Callable[[Any], Any], z: Any, name: str) -> Any:
    """Return σ(z), checked to be finite and like the number or array z."""
    z = finite_array(z, "z")
    a = sigma(z)
    finite_array(a, name, np.shape(z))
    return a


ACTIVATIONS: dict[str, Activation] = {name: Activation(name) for name in _FUNCTIONS}

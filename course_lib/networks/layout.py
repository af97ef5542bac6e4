"""A layered network: a⁽ˡ⁾ = σ⁽ˡ⁾(z⁽ˡ⁾), z⁽ˡ⁾ = w⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾, from a⁽⁰⁾ = x to a⁽ᴸ⁾.

Samples are rows, so the code writes the same product as ``a @ w.T + b``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from course_lib._door import door
from course_lib._validation import finite_array, known_name, random_generator
from course_lib.networks.activation import ACTIVATIONS, Activation
from course_lib.networks.parameters import Layer, Theta, _checked_sizes, check_theta, parameter_count


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
        self.sizes = _checked_sizes(sizes)
        if isinstance(activations, (str, Activation)):
            activations = [activations] * (len(self.sizes) - 1)
        if not np.iterable(activations):
            raise TypeError(
                "expected the name of an activation, an Activation, or one for each layer, "
                f"got {activations!r:.60}"
            )
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
        return [_normal_layer(k, n, rng) for k, n in zip(self.sizes, self.sizes[1:])]

    def _checked(self, theta: Theta, x: Any) -> tuple[Network, Theta, Any]:
        return self, check_theta(theta, self.sizes), finite_array(x, "x", ("m", self.sizes[0]))

    @door(_checked)
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
        z, a = [None], [x]
        for (w, b), sigma in zip(theta, self.activations):
            z.append(a[-1] @ w.T + b)
            a.append(sigma.value(z[-1]))
        return ForwardPass(z, a)

    def __call__(self, theta: Theta, x: Any) -> Any:
        """Return the output a⁽ᴸ⁾(Θ; x), shape (m, n_L), for inputs x of shape (m, n_0).

        Notes
        -----
        Lecture N3.
        """
        return self.forward(theta, x).a[-1]


def _normal_layer(k: int, n: int, rng: np.random.Generator) -> Layer:
    """Draw weights (n, k) and biases (n,) of variance 1 / k."""
    return Layer(rng.normal(size=(n, k)) / np.sqrt(k), rng.normal(size=n) / np.sqrt(k))

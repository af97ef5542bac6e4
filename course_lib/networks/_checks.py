"""Checks of what backpropagation is given. Each returns the value it has checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib._validation import finite_array, finite_number, real_array
from course_lib.networks.layout import ForwardPass, Network
from course_lib.networks.parameters import Layer, Theta, check_theta


def parameters(network: Network, theta: Theta) -> Theta:
    """Return theta, checked to be parameters of the network."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {network!r:.60}")
    return check_theta(theta, network.sizes)


def activity(forward_pass: ForwardPass, network: Network) -> ForwardPass:
    """Return the forward pass, checked to be one of this network."""
    if not isinstance(forward_pass, ForwardPass):
        raise TypeError(
            f"forward_pass must be a ForwardPass, got {type(forward_pass).__name__}: "
            f"give network.forward(theta, x)"
        )
    sizes = tuple(np.shape(a)[-1] for a in forward_pass.a)
    if sizes != network.sizes:
        raise ValueError(f"forward_pass has layers {sizes}, expected {network.sizes}")
    return forward_pass


def arrays(layers: Theta, name: str) -> Theta:
    """Return the layers with finite arrays in them."""
    if not isinstance(layers, (list, tuple)) or not all(isinstance(p, Layer) for p in layers):
        raise TypeError(f"{name} must be a list of layers, got {layers!r:.60}")
    return [Layer(*(finite_array(part, name) for part in layer)) for layer in layers]


def targets(t: Any, m: int, network: Network) -> Any:
    """Return t as an array, one row for each sample and one column for each output."""
    return real_array(t, "t", (m, network.sizes[-1]))


def regularisation(lam: float) -> float:
    """Return λ as a number that is zero or positive."""
    lam = finite_number(lam, "lam")
    if lam < 0.0:
        raise ValueError(f"lam must be zero or positive, got {lam:g}")
    return lam

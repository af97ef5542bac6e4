"""Part I: a layered network, and the gradient of its cost.

The modules stand in the order of chapters 1 and 2::

    activation, parameters ──► layout ──► backpropagation ──► minibatch
"""

from course_lib.networks.activation import ACTIVATIONS, Activation
from course_lib.networks.backpropagation import cost, deltas, gradient, update
from course_lib.networks.layout import ForwardPass, Network
from course_lib.networks.minibatch import train
from course_lib.networks.parameters import Layer, Theta, ravel, unravel

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ForwardPass",
    "Layer",
    "Network",
    "Theta",
    "cost",
    "deltas",
    "gradient",
    "ravel",
    "train",
    "unravel",
    "update",
]

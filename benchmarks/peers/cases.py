"""The arrays that all contenders of the engines' benchmark work on."""

from __future__ import annotations

from typing import Any

import numpy as np


def network_parameters(width: int) -> list[Any]:
    """Weights (inputs, outputs) and biases of a width-width-width-1 network."""
    rng, parts = np.random.default_rng(0), []
    for k, n in ((width, width), (width, width), (width, 1)):
        parts += [rng.normal(size=(k, n)) / np.sqrt(k), rng.normal(size=n) / np.sqrt(k)]
    return parts


def network_data(width: int, batch: int) -> tuple[Any, Any]:
    """Inputs (batch, width) and targets (batch, 1)."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(batch, width)), rng.normal(size=(batch, 1))


def decay_parameters() -> list[Any]:
    """Weights and biases of a 1-10-1 network."""
    rng = np.random.default_rng(2)
    return [rng.normal(size=(1, 10)), rng.normal(size=10), rng.normal(size=(10, 1)), rng.normal(size=1)]

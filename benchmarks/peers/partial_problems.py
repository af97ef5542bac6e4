"""The diffusion equation and Lagaris 5 once more, in a form that every peer's environment can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PartialProblem:
    """L(x, y, u) = 0 on the unit square, with values on its sides.

    Parameters
    ----------
    residual
        Function of a module with exp and sin, of x and y, and of u_x, u_y, u_xx, u_yy.
    sides
        u(0, y), u(1, y), u(x, 0) and u(x, 1), functions of a module and of the other variable; None for the last
        where y is the time.
    exact
        The solution, a function of x and y, each (m,).
    """

    residual: Callable[..., Any]
    sides: tuple[Callable[..., Any] | None, ...]
    exact: Callable[[Any, Any], Any]

    @property
    def grid(self) -> Any:
        """The 61 × 61 points on which every error is measured, shape (3721, 2)."""
        return np.stack([part.ravel() for part in np.meshgrid(*2 * [np.linspace(0, 1, 61)])], axis=1)

    def error(self, values: Any) -> float:
        """Return the largest error of values on the grid, as many numbers as it has points."""
        return float(np.abs(np.reshape(values, -1) - self.exact(*self.grid.T)).max())

    def trial_solution(self, m: Any, x: Any, y: Any, N: Any) -> Any:
        """Return h_1 + h_2, which has the values on the sides whatever the network's output N is."""
        left, right, bottom, top = self.sides
        if top is None:
            return (1 - y) * bottom(m, x) + x * (1 - x) * y * N  # of the diffusion equation, as the lecture has it
        sides = (1 - x) * left(m, y) + x * right(m, y)
        corners = lambda f: f(m, x) - (1 - x) * f(m, 0 * x) - x * f(m, 0 * x + 1)
        return sides + (1 - y) * corners(bottom) + y * corners(top) + x * (1 - x) * y * (1 - y) * N


PARTIAL: dict[str, PartialProblem] = {
    "heat": PartialProblem(
        lambda m, x, y, ux, uy, uxx, uyy: uy - uxx,
        (lambda m, y: 0 * y, lambda m, y: 0 * y, lambda m, x: m.sin(np.pi * x), None),
        lambda x, t: np.exp(-(np.pi**2) * t) * np.sin(np.pi * x),
    ),
    "lagaris 5": PartialProblem(
        lambda m, x, y, ux, uy, uxx, uyy: uxx + uyy - m.exp(-x) * (x - 2 + y**3 + 6 * y),
        (
            lambda m, y: y**3,
            lambda m, y: (1 + y**3) * np.exp(-1.0),
            lambda m, x: x * m.exp(-x),
            lambda m, x: (1 + x) * m.exp(-x),
        ),
        lambda x, y: np.exp(-x) * (x + y**3),
    ),
}

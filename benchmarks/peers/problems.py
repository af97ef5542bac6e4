"""The eight problems once more, in a form that every peer's environment can read.

`course_lib` is not installed beside the peers, so the equations stand here again, written for any
module with exp, cos and sin: NumPy, torch, autograd. `solver.py` checks that they are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """L(x, f, f'[, f'']) = 0 on a domain that begins with the condition.

    Parameters
    ----------
    residual
        Function of a module with exp, cos and sin, of x, and of f_1, ..., f_d, f_1', ...; returns
        the residual of each equation.
    domain
        (x_start, x_end).
    start
        f_1, ..., f_d at x_start.
    exact
        The solution: function of x (m,), result (m, d).
    slope
        f' at x_start, for a second-order problem with initial values.
    end
        f at x_end, for a boundary-value problem.
    """

    residual: Callable[..., list[Any]]
    domain: tuple[float, float]
    start: tuple[float, ...]
    exact: Callable[..., Any]
    slope: float | None = None
    end: float | None = None

    @property
    def order(self) -> int:
        return 1 if self.slope is None and self.end is None else 2

    @property
    def grid(self) -> Any:
        """The 1001 points on which every error is measured, shape (1001,)."""
        return np.linspace(*self.domain, 1001)

    def error(self, values: Any) -> float:
        """Return the largest error of values on the grid, shape (1001,) or (1001, d)."""
        return float(np.abs(np.reshape(values, (1001, -1)) - self.exact(self.grid)).max())


def column(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(x)[:, None]


def lagaris_1(m: Any, x: Any, f: Any, df: Any) -> list[Any]:
    p = (1 + 3 * x**2) / (1 + x + x * x**2)  # heyoka's series of x**3 divides by x, which is 0 at the start
    return [df + (x + p) * f - x * x**2 - 2 * x - x**2 * p]


def lagaris_2(m: Any, x: Any, f: Any, df: Any) -> list[Any]:
    return [df + f / 5 - m.exp(-x / 5) * m.cos(x)]


def lagaris_3(m: Any, x: Any, f: Any, df: Any, d2f: Any) -> list[Any]:
    return [d2f + df / 5 + f + m.exp(-x / 5) * m.cos(x) / 5]


def lagaris_4(m: Any, x: Any, f1: Any, f2: Any, df1: Any, df2: Any) -> list[Any]:
    return [
        df1 - m.cos(x) - f1**2 - f2 + 1 + x**2 + m.sin(x) ** 2,
        df2 - 2 * x + (1 + x**2) * m.sin(x) - f1 * f2,
    ]


damped_sine = column(lambda x: np.exp(-x / 5) * np.sin(x))

PROBLEMS: dict[str, Problem] = {
    "decay": Problem(
        lambda m, x, f, df: [df + 2 * f], (0, 1), (10,), column(lambda x: 10 * np.exp(-2 * x))
    ),
    "logistic": Problem(
        lambda m, x, f, df: [df - 2 * f * (1 - f)],
        (0, 1),
        (1.2,),
        column(lambda x: 1.2 / (1.2 - 0.2 * np.exp(-2 * x))),
    ),
    "lagaris 1": Problem(
        lagaris_1,
        (0, 1),
        (1,),
        column(lambda x: np.exp(-(x**2) / 2) / (1 + x + x**3) + x**2),
    ),
    "lagaris 2": Problem(lagaris_2, (0, 2), (0,), damped_sine),
    "lagaris 3 initial": Problem(lagaris_3, (0, 2), (0,), damped_sine, slope=1),
    "lagaris 3 boundary": Problem(
        lagaris_3, (0, 1), (0,), damped_sine, end=float(np.sin(1) * np.exp(-0.2))
    ),
    "lagaris 4": Problem(
        lagaris_4, (0, 3), (0, 1), lambda x: np.stack([np.sin(x), 1 + x**2], axis=-1)
    ),
    "poisson": Problem(
        lambda m, x, f, df, d2f: [-d2f - (3 * x + x**2) * m.exp(x)],
        (0, 1),
        (0,),
        column(lambda x: x * (1 - x) * np.exp(x)),
        end=0,
    ),
}

"""Forward mode for a function that acts on each element: all partial derivatives from one pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib._validation import NotFinite, all_finite
from course_lib.differentiation._differentiable import new_level
from course_lib.differentiation.forward_mode import Dual, _tangent_of


class NoSlope(NotFinite):
    """Raised where a function has no finite slope in one argument at one point."""

    def __init__(self, argument: int, point: int, at: float) -> None:
        self.argument, self.point, self.at = argument, point, at
        super().__init__(f"f has no finite slope in argument {argument + 1}, which is {at:g} at point {point}")


def partials(f: Callable[..., Any], *x: Any) -> tuple[Any, Any]:
    """Return f and all its n partial derivatives at m points, from one forward pass.

    One pass has one direction. But where f acts on each element by itself, n copies of the points
    laid end to end can move in n directions at once.

    Parameters
    ----------
    f
        function of n arrays that acts on each element; returns a list of E arrays.
    *x
        n arrays of shape (m,). f is given arrays of shape (n m,), n copies of each.

    Returns
    -------
    values
        shape (E, m).
    slopes
        the partial derivatives, shape (E, n, m).

    Raises
    ------
    TypeError
        f uses an operation without a rule.
    ValueError
        NaN or infinity in a derivative.

    Notes
    -----
    Lecture A5. Griewank and Walther (2008), section 3.1.
    """
    n, m, level = len(x), len(x[0]), new_level()
    copies = [Dual.of(np.concatenate([v] * n), v_dot, level) for v, v_dot in zip(x, _directions(n, m))]
    values, rows = [], []
    for y in f(*copies):
        value, tangent = _tangent_of(y, level)
        values.append(value[:m])
        rows.append(tangent.reshape(n, m))
    slopes = np.array(rows)
    if not all_finite(slopes):
        infinite = np.isinf(slopes)  # times a zero direction it is NaN in the other rows
        bad = infinite if infinite.any() else np.isnan(slopes)
        _, argument, point = np.argwhere(bad)[0]
        raise NoSlope(int(argument), int(point), float(x[argument][point]))
    return np.array(values), slopes


@lru_cache
def _directions(n: int, m: int) -> Any:
    """Return n rows of n m numbers: in row j the j-th block of m is 1, all else is 0."""
    rows = np.repeat(np.eye(n), m, axis=1)
    rows.flags.writeable = False
    return rows

"""Euler's method walks along the slope: f_{i+1} = f_i + Δx g(x_i, f_i)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._door import door
from course_lib._validation import expect_shape, finite_array, function, real_values
from course_lib.equations.conditions import _unknowns_of
from course_lib.equations.problem import _required


def _checked(g: Callable[..., Any], f0: Any, x: Any) -> tuple[Callable[[Any, Any], Any], Any, Any]:
    """Return g as a function of x and f that gives finite slopes like f0, and f0 and x as arrays."""
    function(g, "g")
    x = finite_array(x, "x", ("n + 1",))
    f0 = _unknowns_of(f0, "f0")
    if np.any(np.diff(x) <= 0):
        i = int(np.argmax(np.diff(x) <= 0))
        raise ValueError(f"x must grow: x[{i}] = {x[i]:g} is followed by x[{i + 1}] = {x[i + 1]:g}")
    count = _required(g)
    if count not in (1, 2, None):
        raise TypeError(f"g must take x, or x and f, got a function of {count} arguments without a default")

    def slope(x_i: Any, f_i: Any) -> Any:
        g_i = g(x_i) if count == 1 else g(x_i, f_i.copy())  # g may write to its own
        return real_values(expect_shape(g_i, "g", f0.shape), "the slope g")

    return slope, f0, x


def _finite(f: Any, g: Any, f0: Any, x: Any) -> Any:
    """Return Euler's values unless one has left the range of floating-point numbers."""
    beyond = ~np.isfinite(f).reshape(len(x), -1).all(axis=1)
    if beyond.any():
        raise ValueError(
            f"Euler's value is no finite number at x = {x[np.argmax(beyond)]:g}: take smaller steps, or look at g there"
        )
    return f


@door(_checked, _finite)
def euler(g: Callable[..., Any], f0: Any, x: Any) -> Any:
    """Return Euler's polygon f_{i+1} = f_i + Δx_i g(x_i, f_i) on the points x.

    Parameters
    ----------
    g
        The slope: g(x) or g(x, f), with f a number or an array (d,), returning like f.
    f0
        The initial value at x[0], a number or d numbers.
    x
        The points, shape (n + 1,), growing; with equal steps x_i = x_0 + iΔx in the lecture.

    Returns
    -------
    array
        f_i, shape (n + 1,) for one unknown, (n + 1, d) for d.

    Raises
    ------
    TypeError, ValueError
        g is no function, steps are zero or negative, g returns another shape than f,
        or the values leave the range of floating-point numbers.

    Notes
    -----
    Lecture O3, O4, O5. Its global error is of order 1: Hairer, Nørsett and Wanner (1993),
    section I.7.

    Examples
    --------
    >>> euler(lambda x, f: f, 1.0, [0.0, 0.5, 1.0])
    array([1.  , 1.5 , 2.25])
    """
    f = [f0]
    for i in range(len(x) - 1):
        f.append(f[i] + (x[i + 1] - x[i]) * g(x[i], f[i]))
    return np.array(f)

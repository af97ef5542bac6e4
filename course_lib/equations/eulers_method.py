"""Euler's method walks along the slope: f_{i+1} = f_i + Δx g(x_i, f_i)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._validation import expect_shape, finite_array, function, real_values
from course_lib.equations.conditions import unknowns_of
from course_lib.equations.problem import accepts


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
    function(g, "g")
    x = finite_array(x, "x", ("n + 1",))
    f0 = unknowns_of(f0, "f0")
    if np.any(np.diff(x) <= 0):
        i = int(np.argmax(np.diff(x) <= 0))
        raise ValueError(
            f"x must grow: x[{i}] = {x[i]:g} is followed by x[{i + 1}] = {x[i + 1]:g}"
        )
    depends_on_f = accepts(g, 2)
    f = np.empty((len(x), *f0.shape))
    f[0] = f0
    if (
        not depends_on_f
        and f0.ndim == 0
        and (slopes := slopes_at_once(g, x[:-1])) is not None
    ):
        f[1:] = np.diff(x) * slopes
        np.add.accumulate(f, out=f)  # the loop's sums in the loop's order
        if np.isfinite(f).all():
            return f
    for i in range(len(x) - 1):
        slope = g(x[i], f[i]) if depends_on_f else g(x[i])
        slope = real_values(expect_shape(slope, "g", f0.shape), "the slope g")
        f[i + 1] = f[i] + (x[i + 1] - x[i]) * slope
        if not np.isfinite(f[i + 1]).all():
            raise ValueError(
                f"Euler's value is no finite number at x = {x[i + 1]:g}: take smaller "
                f"steps, or look at g there"
            )
    return f


def slopes_at_once(g: Callable[..., Any], x: Any) -> Any:
    """Return g at all points x, shape (n,), or None where g takes only one at a time."""
    try:
        slopes = g(x)
    except (TypeError, ValueError):
        return None
    return real_values(slopes, "the slope g") if isinstance(slopes, np.ndarray) and slopes.shape == x.shape else None

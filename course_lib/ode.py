"""Ordinary differential equations: Euler's method, and problems with known answers.

Euler's method walks along the slope: f_{i+1} = f_i + Δx g(x_i, f_i). A problem and its conditions have modules of
their own, and their names can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.conditions import BoundaryValue, InitialValue, unknowns_of
from course_lib.problem import ODEProblem, accepts
from course_lib.validation import expect_shape, finite_array, function, real_values

__all__ = ["PROBLEMS", "BoundaryValue", "InitialValue", "ODEProblem", "euler"]


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


# ------------------------------------------------------------------------ problems with answers


def _lagaris_1(x: Any, f: Any, df: Any) -> Any:
    p = (1 + 3 * x**2) / (1 + x + x**3)
    return df + (x + p) * f - x**3 - 2 * x - x**2 * p


def _lagaris_4(x: Any, f: Any, df: Any) -> Any:
    (f1, f2), (df1, df2) = f, df
    return (
        df1 - np.cos(x) - f1**2 - f2 + 1 + x**2 + np.sin(x) ** 2,
        df2 - 2 * x + (1 + x**2) * np.sin(x) - f1 * f2,
    )


def _lagaris_3(x: Any, f: Any, df: Any, d2f: Any) -> Any:
    return d2f + df / 5 + f + np.exp(-x / 5) * np.cos(x) / 5


def _damped_sine(x: Any) -> Any:
    return np.exp(-x / 5) * np.sin(x)


#: The named problems, each with its exact solution.
#: The lecturer's course, chapter 11, has decay, logistic growth and the Poisson problem;
#: the numbered ones are those of Lagaris, Likas and Fotiadis (1998), section IV.
PROBLEMS: dict[str, ODEProblem] = {
    problem.name: problem
    for problem in (
        ODEProblem(
            lambda x, f, df: df + 2 * f,
            InitialValue(0.0, 10.0),
            (0.0, 1.0),
            lambda x: 10 * np.exp(-2 * x),
            "decay",
        ),
        ODEProblem(
            lambda x, f, df: df - 2 * f * (1 - f),
            InitialValue(0.0, 1.2),
            (0.0, 1.0),
            lambda x: 1.2 / (1.2 - 0.2 * np.exp(-2 * x)),
            "logistic",
        ),
        ODEProblem(
            _lagaris_1,
            InitialValue(0.0, 1.0),
            (0.0, 1.0),
            lambda x: np.exp(-(x**2) / 2) / (1 + x + x**3) + x**2,
            "lagaris 1",
        ),
        ODEProblem(
            lambda x, f, df: df + f / 5 - np.exp(-x / 5) * np.cos(x),
            InitialValue(0.0, 0.0),
            (0.0, 2.0),
            _damped_sine,
            "lagaris 2",
        ),
        ODEProblem(
            _lagaris_3, InitialValue(0.0, 0.0, 1.0), (0.0, 2.0), _damped_sine, "lagaris 3 initial"
        ),
        ODEProblem(
            _lagaris_3,
            BoundaryValue(0.0, 0.0, 1.0, np.sin(1.0) * np.exp(-0.2)),
            (0.0, 1.0),
            _damped_sine,
            "lagaris 3 boundary",
        ),
        ODEProblem(
            _lagaris_4,
            InitialValue(0.0, (0.0, 1.0)),
            (0.0, 3.0),
            lambda x: np.stack([np.sin(x), 1 + x**2], axis=-1),
            "lagaris 4",
        ),
        ODEProblem(
            lambda x, f, df, d2f: -d2f - (3 * x + x**2) * np.exp(x),
            BoundaryValue(0.0, 0.0, 1.0, 0.0),
            (0.0, 1.0),
            lambda x: x * (1 - x) * np.exp(x),
            "poisson",
        ),
        ODEProblem(
            lambda x, f, df, d2f: d2f + f,
            InitialValue(0.0, 1.0, 0.0),
            (0.0, 2 * np.pi),
            np.cos,
            "oscillator",
        ),
    )
}

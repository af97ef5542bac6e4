"""Finite differences: f'(x) ≃ (f(x + Δx) - f(x)) / Δx and two better ways to take them.

Each formula has a truncation error that falls with the step h, and the first two a rounding
error that grows as h falls. The complex step has none, because it subtracts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._door import door
from course_lib._validation import (
    finite_array,
    finite_number,
    function,
    known_name,
    positive,
    real_array,
)

EPS = float(np.finfo(float).eps)


def _checked(f: Callable[[Any], Any], x: Any, h: float) -> tuple[Callable[[Any], Any], Any, float]:
    """Return a function that gives finite values like x, x as a real number or array, and a positive h."""
    function(f, "f")

    def values(s: Any) -> Any:
        return finite_array(f(s), "f(x)", np.shape(s))[()]

    return values, real_array(x, "x")[()], positive(h, "h")


def _checked_analytic(f: Callable[[Any], Any], x: Any, h: float = 1e-20) -> tuple[Callable[[Any], Any], Any, float]:
    """Check further that f answers a complex argument with complex numbers."""
    values, x, h = _checked(f, x, h)

    def complex_values(s: Any) -> Any:
        y = values(s)
        if not np.iscomplexobj(y):
            raise ValueError(
                "f returned real numbers for x + ih: it drops the imaginary part, as abs and real do; use central"
            )
        return y

    return complex_values, x, h


@door(_checked)
def forward(f: Callable[[Any], Any], x: Any, h: float) -> Any:
    """Return the forward difference (f(x + h) - f(x)) / h, of order 1 in h.

    Parameters
    ----------
    f
        Function that acts on each element of an array.
    x
        Number or array, dimensionless.
    h
        Step, positive.

    Returns
    -------
    number or array
        Like x, f'(x) to about f'' h / 2 + 2 ε f / h with the rounding unit ε.

    Raises
    ------
    TypeError, ValueError
        x or h no finite number, h not positive, f returns another shape or no finite number.

    Notes
    -----
    Lecture A1.

    Examples
    --------
    >>> float(forward(lambda x: x**2, 1.0, h=0.5))
    2.5
    """
    return (f(x + h) - f(x)) / h


@door(_checked)
def central(f: Callable[[Any], Any], x: Any, h: float) -> Any:
    """Return the central difference (f(x + h) - f(x - h)) / 2h, of order 2 in h.

    Parameters, result and errors as for `forward`; the error is about f''' h² / 6 + ε f / h.

    Notes
    -----
    Lecture A1. Fornberg (1988).

    Examples
    --------
    >>> float(central(lambda x: x**2, 1.0, h=0.5))
    2.0
    """
    return (f(x + h) - f(x - h)) / (2.0 * h)


@door(_checked_analytic)
def complex_step(f: Callable[[Any], Any], x: Any, h: float = 1e-20) -> Any:
    """Return Im f(x + ih) / h, of order 2 in h and without rounding error.

    Parameters, result and errors as for `forward`. f must be analytic: no ``abs``,
    comparison or real part in it.

    Raises
    ------
    ValueError
        f answers a complex argument with a real number.

    Notes
    -----
    Lecture A1. Squire and Trapp (1998).

    Examples
    --------
    >>> float(complex_step(lambda x: x * x, 2.0))
    4.0
    """
    return f(x + 1j * h).imag / h


# For each formula the step that balances truncation against rounding, for x and f of order one.
METHODS: dict[str, tuple[Callable[..., Any], float]] = {
    "forward": (forward, EPS ** (1 / 2)),
    "central": (central, EPS ** (1 / 3)),
    "complex_step": (complex_step, 1e-20),
}


def gradient(f: Callable[[Any], Any], x: Any, method: str = "central") -> Any:
    """Return ∇f of a function of n inputs, one difference for each input.

    Parameters
    ----------
    f
        Function of an array like x that returns one number.
    x
        Number or array of n numbers in any shape, dimensionless.
    method
        ``"forward"`` (n + 1 different evaluations), ``"central"`` (2n) or
        ``"complex_step"`` (n).

    Returns
    -------
    array
        Like x.

    Raises
    ------
    TypeError, ValueError
        Unknown method, x not finite, f returns more than one number or NaN.

    Notes
    -----
    Lecture A1.

    Examples
    --------
    >>> gradient(lambda x: x[0] * x[1], [2.0, 3.0], "complex_step")
    array([3., 2.])
    """
    formula, h = METHODS[known_name(method, METHODS, "method")]
    function(f, "f")
    x = real_array(x, "x")
    slopes = np.empty(x.size)
    for k in range(x.size):
        # A step relative to x keeps x + h different from x when x is large.
        scale = 1.0 if method == "complex_step" else max(1.0, abs(x.flat[k]))
        slope = formula(_along_axis(f, x, k), x.flat[k], h * scale)
        slopes[k] = finite_number(slope, "the slope of f")
    return slopes.reshape(x.shape)[()]


def _along_axis(f: Callable[[Any], Any], x: Any, k: int) -> Callable[[Any], Any]:
    """Return f as a function of the k-th number in the array x alone."""

    def f_k(s: Any) -> Any:
        shifted = x.astype(np.result_type(x, s))
        shifted.flat[k] = s
        y = f(shifted if x.ndim else shifted[()])
        if np.size(y) != 1:
            raise ValueError(f"f must return one number, got shape {np.shape(y)}")
        return np.reshape(y, ())

    return f_k


def observed_order(errors: Any, steps: Any) -> float:
    """Return the slope p of log(error) against log(step), fitted: error ≈ C stepᵖ.

    Parameters
    ----------
    errors
        Positive numbers, shape (k,) with k ≥ 2.
    steps
        Positive numbers, shape (k,), not all equal.

    Raises
    ------
    TypeError, ValueError
        Fewer than two, different lengths, or a number that is not positive.

    Notes
    -----
    Hairer, Nørsett and Wanner (1993), section II.4.

    Examples
    --------
    >>> round(observed_order([4e-2, 1e-2], [0.2, 0.1]), 3)
    2.0
    """
    errors = finite_array(errors, "errors", ("k",))
    steps = finite_array(steps, "steps", np.shape(errors))
    if np.any(errors <= 0) or np.any(steps <= 0) or np.ptp(steps) == 0:
        raise ValueError(
            "errors and steps must be positive, and the steps different: leave out errors of zero"
        )
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])

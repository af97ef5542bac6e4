"""Finite differences: f'(x) ≃ (f(x + Δx) - f(x)) / Δx and two better ways to take them.

Each formula has a truncation error that falls with the step h, and the first two a rounding
error that grows as h falls. The complex step has none, because it subtracts nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib._door import door
from course_lib._validation import (
    finite_array,
    function,
    known_name,
    positive,
    real_array,
    stands_for_array,
)
from course_lib.differentiation._steps import EPS, OUTSIDE, Estimate, estimate, probe, seen_step, unit_of_rounding


class NoCorrectDigits(UserWarning):
    """Warned where differences do not know a single digit of a slope: at a kink, or below the noise of f."""


def _checked(f: Callable[[Any], Any], x: Any, h: Any) -> tuple[Callable[[Any], Any], Any, Any]:
    """Return a function that gives finite values like x, x as a real number or array, and a positive h.

    h becomes what x + h differs from x by, like x, where it differs: a sum is rounded.
    """
    function(f, "f")

    def values(s: Any) -> Any:
        return _own(finite_array(f(s), "f(x)", np.shape(s)))[()]

    x, h = _own(real_array(x, "x"))[()], positive(h, "h")
    if not stands_for_array(x) and not stands_for_array(h):
        seen = seen_step(x, h)
        h = np.where((seen > 0) & np.isfinite(seen), seen, h)[()]
    return values, x, h


def _own(a: Any) -> Any:
    """Return a copy of an array, which f may write to or use again."""
    return a.copy() if isinstance(a, np.ndarray) else a


class _Analytic:
    """A function that must answer a complex argument with complex numbers, and those finite and like it."""

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.plain = function(f, "f")

    def __call__(self, s: Any) -> Any:
        y = finite_array(self.plain(s), "f(x)", np.shape(s))[()]
        if not np.iscomplexobj(y):
            raise ValueError(
                "f returned real numbers for x + ih: it drops the imaginary part, as abs and real do; use central"
            )
        return y


def _checked_analytic(f: Callable[[Any], Any], x: Any, h: float = 1e-20) -> tuple[_Analytic, Any, float]:
    """Return a function that gives finite complex values like x, x as a real number or array, and a positive h."""
    return _Analytic(f), _own(real_array(x, "x"))[()], positive(h, "h")


def _compared(slope: Any, f: _Analytic, x: Any, h: float) -> Any:
    """Return the slope, like x, that differences on the real axis agree with to a few digits.

    What they compare is the limit of small steps; a large one is the caller's own choice.
    """
    given = np.asarray(slope if h <= 1e-20 else f(x + 1e-20j).imag / 1e-20)
    points = np.asarray(x)
    step = seen_step(points, EPS ** (1 / 3) * np.maximum(1.0, np.abs(points)))
    seen = (probe(f.plain, points + step) - probe(f.plain, points - step)) / (2.0 * step)
    if np.all(np.abs(given - seen) <= 1e-3 * np.maximum(np.abs(given), np.abs(seen))):
        return slope
    f0 = probe(f.plain, points)
    if np.isnan(f0).any():
        raise ValueError(
            f"f has no real finite value at x = {points[np.isnan(f0)][0]:g}, so the number that the complex step "
            "finds there is no slope: give x where f is real"
        )
    seen = estimate(f.plain, points, f0, eps=unit_of_rounding(f.plain(_own(x))))
    # A slope times h may be less than a number can hold.
    allowed = 0.01 * np.abs(seen.slope) + 10.0 * seen.error + 1e-7 * seen.scale + np.finfo(float).tiny / min(h, 1e-20)
    wrong = ~seen.unsure & (np.abs(given - seen.slope) > allowed)
    if wrong.any():
        raise ValueError(
            f"f is not analytic at x = {points[wrong][0]:g}: the complex step gives {given[wrong][0]:.6g} and "
            f"differences {seen.slope[wrong][0]:.6g}. abs, norm, conj and real drop (a part of) the imaginary part: "
            "write np.where(z.real < 0, -z, z) for abs(z) and np.sqrt(np.sum(z * z)) for norm(z), or use central"
        )
    if seen.unsure.any():
        _warn(points, seen.unsure, "the complex step cannot be compared with differences", 4)
    return slope


def _warn(x: NDArray[Any], where: NDArray[np.bool_], what: str, level: int) -> None:
    """Warn of the first number in x for which no digit is known."""
    k = int(np.flatnonzero(where)[0])
    place = f"x = {x.flat[k]:g}" if x.size == 1 else f"the number {x.flat[k]:g} at index {k} of x"
    warnings.warn(
        f"{what} at {place}: f has a kink or a jump there, or its noise hides the slope. Not one digit is sure",
        NoCorrectDigits,
        stacklevel=level,
    )


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
        Step, positive. The difference is divided by what x + h differs from x by.

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


@door(_checked_analytic, _compared)
def complex_step(f: Callable[[Any], Any], x: Any, h: float = 1e-20) -> Any:
    """Return Im f(x + ih) / h, of order 2 in h and without rounding error.

    Parameters, result and errors as for `forward`. f must be analytic: no ``abs``,
    norm or real part in it. The slope is compared with a central difference, which costs
    two evaluations more.

    Raises
    ------
    ValueError
        f answers a complex argument with a real number, or it is not real at x, or the
        slope disagrees with differences.

    Warns
    -----
    NoCorrectDigits
        Differences have no digit to compare with.

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
ORDERS = {"forward": 1, "central": 2}


def gradient(f: Callable[[Any], Any], x: Any, method: str = "central") -> Any:
    """Return ∇f of a function of n inputs, one difference for each input.

    Parameters
    ----------
    f
        Function of an array like x that returns one number.
    x
        Number or array of n numbers in any shape, in any unit.
    method
        ``"forward"`` (2n + 1 different evaluations), ``"central"`` (4n + 1) or
        ``"complex_step"`` (3n).

    Returns
    -------
    array
        Like x.

    Raises
    ------
    TypeError, ValueError
        Unknown method, x not finite, f returns more than one number or NaN, f has values on
        no side of x; for the complex step what `complex_step` refuses.

    Warns
    -----
    NoCorrectDigits
        Not one digit of a slope is right, as at a kink.

    Notes
    -----
    Lecture A1. Each slope is taken with two steps, h and 8h, with the h of `METHODS` times
    ``max(1, |x|)``. Where they disagree, or rounding hides the slope, smaller or larger steps are
    tried until two agree; each costs two evaluations more, and forward differences give way
    to central ones. At the end of where f is defined, beyond which it may raise an error, the
    difference is one-sided. A slope that h does not show, not even in the last digit of f,
    counts as zero where others are not. The complex step is compared with a central
    difference.

    Examples
    --------
    >>> gradient(lambda x: x[0] * x[1], [2.0, 3.0], "complex_step")
    array([3., 2.])
    """
    return _slopes(f, x, method).slope[()]


def gradient_and_error(f: Callable[[Any], Any], x: Any, method: str = "central") -> tuple[Any, Any]:
    """Return ∇f and what it may be wrong by.

    Parameters
    ----------
    f, x, method
        As for `gradient`.

    Returns
    -------
    gradient, error
        Arrays like x. The error of a difference is what the next larger step changes, and what rounding may. That of
        the complex step is rounding alone.

    Raises
    ------
    TypeError, ValueError
        As for `gradient`.

    Warns
    -----
    NoCorrectDigits
        As for `gradient`.

    Notes
    -----
    Lecture A1.

    Examples
    --------
    >>> slope, error = gradient_and_error(np.sin, 1e8)
    >>> bool(abs(slope - np.cos(1e8)) < error < 1e-8)
    True
    """
    found = _slopes(f, x, method)
    return found.slope[()], found.error[()]


def _slopes(f: Callable[[Any], Any], x: Any, method: str) -> Estimate:
    """Return the slopes of f in each number of x."""
    known_name(method, METHODS, "method")
    function(f, "f")
    x = _own(np.asarray(real_array(x, "x")))
    along = _Axes(f, x)
    if method == "complex_step":
        # Far below whatever f changes over, which may be a number that is small itself.
        sizes = np.abs(x[x != 0])
        slope = np.asarray(complex_step(along, x, 1e-20 * float(np.clip(sizes.min(initial=1.0), 1e-80, 1.0))))
        return Estimate(slope, 4.0 * EPS * np.abs(slope), np.abs(slope), np.zeros(x.shape, bool))
    f0 = real_array(along.value, "f(x)")
    found = estimate(along, x, np.full(x.shape, f0), ORDERS[method], unit_of_rounding(along.value))
    if not np.isfinite(found.slope).all():
        lost = x[~np.isfinite(found.slope)][0]
        raise ValueError(f"the slope of f cannot be had at x = {lost:g}: f has no finite value on either side")
    if found.unsure.any():
        _warn(x, found.unsure, "the slope of f is not known", 4)
    return found


class _Axes:
    """f as a function that acts on each number of an array like x: the others stay where they are."""

    def __init__(self, f: Callable[[Any], Any], x: NDArray[Any]) -> None:
        self.f, self.x = f, x

    @cached_property
    def value(self) -> Any:
        """f(x), a number."""
        return self.of(self.x.copy())

    def of(self, shifted: NDArray[Any]) -> Any:
        """Return f of one array, a finite number."""
        y = self.f(shifted if shifted.ndim else shifted[()])
        if np.size(y) != 1:
            raise ValueError(f"f must return one number, got shape {np.shape(y)}")
        finite_array(y, "f(x)")
        return np.reshape(np.asarray(y), ())[()]

    def __call__(self, s: Any) -> NDArray[Any]:
        """Return for each number of s the value of f with this one number in its place in x, an array like x.

        On the real axis it is NaN where f has none.
        """
        s = np.asarray(s)
        values = []
        for k in range(s.size):
            shifted = self.x.astype(s.dtype)
            shifted.flat[k] = s.flat[k]
            if s.flat[k] == self.x.flat[k]:
                values.append(self.value)
            elif np.iscomplexobj(s):
                values.append(self.of(shifted))
            else:
                try:
                    values.append(self.of(shifted))
                except OUTSIDE:
                    values.append(np.nan)
        return np.array(values).reshape(s.shape)


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

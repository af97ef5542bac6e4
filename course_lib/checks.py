"""Self-checks for the exercises: each tests a property of your answer and says what it saw.

A check that holds prints one line. A check that fails raises `Failed`, which says what was
expected, what came, and where to read. None of them holds an answer: they ask whether a gradient
agrees with differences, whether an error falls with the right order, whether two ways lead to one
number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from course_lib._comparison import Failed, call, compare, fail, number, passed, rounding_of, some, told
from course_lib._validation import finite_array, finite_number, function, positive
from course_lib.differentiation import finite_differences

__all__ = ["Failed", "agree", "equal", "gradient", "holds", "order"]


def equal(
    yours: Any, expected: Any, what: str = "your result",
    rtol: float = 1e-7, atol: float | None = None, read: str = "",
) -> None:  # fmt: skip
    """Check that your result has the expected shape and, to rounding, the expected values.

    Parameters
    ----------
    yours, expected
        number, array, or a list or tuple of them (a Theta is one), dimensionless.
    what
        what the message calls it.
    rtol, atol
        the difference may be atol + rtol * max|expected|, part by part. rtol is dimensionless, atol has the unit of
        expected. Without atol it is what rounding leaves of a zero: 1e-12 of the largest number expected, of all
        parts, or 1e-12 where every number expected is zero.
    read
        where the book treats it, such as "chapter 2, section 'The δ recursion'".

    Raises
    ------
    Failed
        another shape, NaN, or a larger difference.

    Examples
    --------
    >>> equal([1.0, 2.0], np.array([1.0, 2.0]))
    Right: your result.
    """
    compare(yours, expected, what, finite_number(rtol, "rtol"), _atol(atol, expected), read)
    passed(what)


def _atol(atol: float | None, expected: Any) -> float:
    """Return the absolute tolerance, or one by the size of what is expected."""
    return rounding_of(expected) if atol is None else finite_number(atol, "atol")


def agree(
    yours: Callable[..., Any], other: Callable[..., Any], points: Iterable[Any],
    what: str = "your function", rtol: float = 1e-7, atol: float | None = None, read: str = "",
) -> None:  # fmt: skip
    """Check that your function and another way to the same numbers agree at every point.

    Parameters
    ----------
    yours, other
        functions of the same arguments.
    points
        the arguments of each call, as tuples; what is no tuple is the one argument.
    what, rtol, atol, read
        as in `equal`; the largest number expected is that of all calls.

    Raises
    ------
    Failed
        naming the first call that differs, or in which your function raised an error.
    TypeError, ValueError
        other is no function; points are no list, or none.

    Examples
    --------
    >>> agree(np.sin, lambda x: np.cos(x - np.pi / 2), [0.0, 1.0])
    Right: your function.
    """
    function(other, "other")
    calls = [point if isinstance(point, tuple) else (point,) for point in some(points)]
    expected = [other(*arguments) for arguments in calls]
    rtol, atol = finite_number(rtol, "rtol"), _atol(atol, [np.asarray(0.0), *expected])
    for k, (arguments, value) in enumerate(zip(calls, expected)):
        called = f"{what} in call {k + 1}, {told(arguments)},"
        compare(call(yours, arguments, called, read), value, called, rtol, atol, read)
    passed(what)


def gradient(
    yours: Callable[[Any], Any], f: Callable[[Any], float], points: Iterable[Any],
    what: str = "your gradient", rtol: float = 1e-6, read: str = "",
) -> None:  # fmt: skip
    """Check that your gradient of f agrees with central differences.

    Parameters
    ----------
    yours
        function of x, number or array; returns ∇f(x), like x.
    f
        function of x that returns one number.
    points
        where to compare.
    what
        as in `equal`.
    rtol
        each component may be off by rtol of itself, dimensionless, and by what differences do not know: ten times
        their error estimate.
    read
        as in `equal`.

    Raises
    ------
    Failed
        naming the component that differs most.
    TypeError, ValueError
        points are no list, or none; f has no gradient there.

    Warns
    -----
    NoCorrectDigits
        differences do not know a single digit, as at a kink: nearly every answer is right there.

    Notes
    -----
    The differences are `finite_differences.gradient`, those of lecture A1. They cost about
    four evaluations of f for each component.

    Examples
    --------
    >>> gradient(lambda x: 2 * x, lambda x: x**2, [0.5, 1.0])
    Right: your gradient agrees with central differences.
    """
    rtol = finite_number(rtol, "rtol")
    for x in some(points):
        expected, error = finite_differences.gradient_and_error(f, np.asarray(x, float))
        called = f"{what} at {told((x,))}"
        compare(call(yours, (x,), called, read), expected, called, 0.0, 10.0 * error + rtol * np.abs(expected), read)
    passed(f"{what} agrees with central differences")


def order(
    error: Callable[[float], float], expected: float, steps: Sequence[float],
    what: str = "your approximation", within: float = 0.15, read: str = "",
) -> None:  # fmt: skip
    """Check that an error falls like the step to the power `expected`.

    Parameters
    ----------
    error
        function of the step h that returns the error, a number.
    expected
        the order, dimensionless.
    steps
        at least two steps, dimensionless.
    what
        as in `equal`.
    within
        how far the fitted order may be off, dimensionless.
    read
        as in `equal`.

    Raises
    ------
    Failed
        naming the fitted order and the errors.
    TypeError, ValueError
        steps are no row of finite numbers.

    Notes
    -----
    The order is fitted by `finite_differences.observed_order`.

    Examples
    --------
    >>> order(lambda h: 3 * h**2, 2, [0.1, 0.2])
    Right: your approximation has order 2.
    """
    expected, within = finite_number(expected, "expected"), positive(within, "within")
    finite_array(steps, "steps", ("n",))
    errors = [abs(number(error, h, f"the error at step {h:g}", read)) for h in steps]
    pairs = ", ".join(f"{e:.2g} at {h:g}" for h, e in zip(steps, errors))
    if not all(np.isfinite(errors)):
        fail(f"{what}: finite errors", pairs, read)
    if min(errors) == 0:
        fail(f"{what}: errors above zero that fall with the step", pairs, read)
    seen = finite_differences.observed_order(errors, steps)
    if abs(seen - expected) > within:
        fail(f"{what}: an error of order {expected:g}", f"order {seen:.2f} (errors {pairs})", read)
    passed(f"{what} has order {expected:g}")


def holds(
    condition: object, expected: str, came: object = "something else", read: str = ""
) -> None:
    """Check that a property holds; say it in words.

    Parameters
    ----------
    condition
        True or False.
    expected, came
        the property, and what was seen in its place.
    read
        as in `equal`.

    Raises
    ------
    Failed
        the condition is False.

    Examples
    --------
    >>> holds(1 + 1 == 2, "one and one to be two")
    Right: one and one to be two.
    """
    if not bool(condition):
        fail(expected, came, read)
    passed(expected)

"""Conditions: where the solution of a differential equation is given, and what it is there.

f(x0) = f0, and f'(x0) = df0 for second order, or f(a) = fa and f(b) = fb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib._validation import expect_shape, finite_number, real_array


@dataclass(frozen=True)
class InitialValue:
    """The solution's value at one point, f(x0) = f0, and for second order f'(x0) = df0.

    Parameters
    ----------
    x0
        The point, a number in the units of x.
    f0
        A number for one unknown, d numbers for a system.
    df0
        Like f0; giving it makes the problem one of second order.

    Raises
    ------
    TypeError, ValueError
        Not finite numbers, or df0 of another shape than f0.

    Notes
    -----
    Lecture O2.

    Examples
    --------
    >>> InitialValue(0.0, 1.0).order, InitialValue(0.0, 1.0, df0=0.0).order
    (1, 2)
    """

    x0: float
    f0: Any
    df0: Any = None

    def __post_init__(self) -> None:
        f0 = _unknowns_of(self.f0, "f0")
        object.__setattr__(self, "x0", finite_number(self.x0, "x0"))
        object.__setattr__(self, "f0", f0)
        if self.df0 is not None:
            object.__setattr__(self, "df0", _frozen(real_array(self.df0, "df0", f0.shape)))

    @property
    def order(self) -> int:
        """1, or 2 where a slope is given."""
        return 1 if self.df0 is None else 2

    @property
    def points(self) -> tuple[float, ...]:
        """Where the condition is set."""
        return (self.x0,)


@dataclass(frozen=True)
class BoundaryValue:
    """The solution's values at two points, f(a) = fa and f(b) = fb, of a second-order problem.

    Parameters
    ----------
    a, fa
        The left point, in the units of x, and the value there: a number for one unknown,
        d numbers for a system.
    b, fb
        The right point, a < b, and the value there, like fa.

    Raises
    ------
    TypeError, ValueError
        Not finite numbers, a ≥ b, or fb of another shape than fa.

    Notes
    -----
    Lecture O2. Lagaris, Likas and Fotiadis (1998), section III.

    Examples
    --------
    >>> BoundaryValue(0.0, 0.0, 1.0, 0.0).points
    (0.0, 1.0)
    """

    a: float
    fa: Any
    b: float
    fb: Any

    order = 2

    def __post_init__(self) -> None:
        fa = _unknowns_of(self.fa, "fa")
        object.__setattr__(self, "a", finite_number(self.a, "a"))
        object.__setattr__(self, "b", finite_number(self.b, "b"))
        object.__setattr__(self, "fa", fa)
        object.__setattr__(self, "fb", _frozen(real_array(self.fb, "fb", fa.shape)))
        if self.a >= self.b:
            raise ValueError(f"a must lie left of b, got a = {self.a:g}, b = {self.b:g}: swap them")

    @property
    def f0(self) -> Any:
        """The value at the left point, a number or shape (d,)."""
        return self.fa

    @property
    def points(self) -> tuple[float, float]:
        """Where the conditions are set."""
        return (self.a, self.b)


def _unknowns_of(value: Any, name: str) -> Any:
    """Return the value of one unknown, a number, or of d, shape (d,), as an array.

    Raises
    ------
    TypeError, ValueError
        No real and finite numbers, or of more axes.
    """
    value = _frozen(real_array(value, name))
    return value if np.ndim(value) == 0 else expect_shape(value, name, ("d",))


def _frozen(value: Any) -> Any:
    """Return a copy of an array that nobody can write to: the caller's own may change later."""
    value = np.array(value)
    value.flags.writeable = False
    return value

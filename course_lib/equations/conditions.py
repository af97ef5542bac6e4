"""Conditions: where the solution of a differential equation is given, and what it is there.

f(x0) = f0, and f'(x0) = df0 for second order, or f(a) = fa and f(b) = fb. Slopes at two ends are in
`course_lib.equations.boundary_conditions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib._validation import expect_shape, finite_number, real_array


@dataclass(frozen=True)
class InitialValue:
    """The solution's value at one point, f(x0) = f0, and for second order f'(x0) = df0, and so on.

    Parameters
    ----------
    x0
        The point, a number in the units of x.
    f0
        A number for one unknown, d numbers for a system.
    df0, d2f0, d3f0
        Like f0; giving df0 makes the problem one of second order, d2f0 of third, d3f0 of fourth.

    Raises
    ------
    TypeError, ValueError
        Not finite numbers, df0 of another shape than f0, or d2f0 without df0.

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
    d2f0: Any = None
    d3f0: Any = None

    def __post_init__(self) -> None:
        f0 = _unknowns_of(self.f0, "f0")
        object.__setattr__(self, "x0", finite_number(self.x0, "x0"))
        object.__setattr__(self, "f0", f0)
        for lower, name in (("f0", "df0"), ("df0", "d2f0"), ("d2f0", "d3f0")):
            if getattr(self, name) is None:
                continue
            if getattr(self, lower) is None:
                raise ValueError(f"{name} is given without {lower}: give every derivative below the highest one")
            object.__setattr__(self, name, _frozen(real_array(getattr(self, name), name, f0.shape)))

    @property
    def values(self) -> tuple[Any, ...]:
        """The values f0, df0, ... that are given, each a number or shape (d,)."""
        return tuple(value for value in (self.f0, self.df0, self.d2f0, self.d3f0) if value is not None)

    @property
    def order(self) -> int:
        """1, or 2 where a slope is given, up to 4."""
        return len(self.values)

    def taylor(self, u: Any, k: int = 0) -> Any:
        """Return the k-th derivative of f0 + f0' u + f0'' u²/2 + ... at u = x - x0, shape (m, 1): (m, d)."""
        value = 0.0 * u + self.values[-1]
        for j in range(self.order - 2, k - 1, -1):
            value = value * (u / (j - k + 1)) + self.values[j]
        return value

    def measured(self, units: Any) -> InitialValue:
        """Return the same condition on f / units, with one unit for each unknown, shape (d,)."""
        return InitialValue(self.x0, *(value / units for value in self.values))

    def moved(self, by: float) -> InitialValue:
        """Return the same condition at a point that lies further to the right, by a number in the units of x."""
        return replace(self, x0=self.x0 + by)

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

    def measured(self, units: Any) -> BoundaryValue:
        """Return the same conditions on f / units, with one unit for each unknown, shape (d,)."""
        return replace(self, fa=self.fa / units, fb=self.fb / units)

    def moved(self, by: float) -> BoundaryValue:
        """Return the same conditions at points that lie further to the right, by a number in the units of x."""
        return replace(self, a=self.a + by, b=self.b + by)


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

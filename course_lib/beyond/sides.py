"""What is known of a solution u(x, t) on the sides of a rectangle, and a function that agrees with all of it.

On one side u or its slope is a function of the other variable. Write B₁, B₂, ... for what the sides in x
take of u (its value at x = x₀, its slope at x = x₁, ...) and D₁, D₂, ... for those in t. Small polynomials
with B_i φ_j = 1 where i = j and 0 elsewhere, and ψ_j like them in t, give the function that has every
value and every slope asked for, by transfinite interpolation::

    h₁ = Σ_i φ_i(x) b_i(t) + Σ_j ψ_j(t) d_j(x) - Σ_ij φ_i(x) ψ_j(t) B_i d_j

where b_i(t) and d_j(x) are what is given. At a corner two sides meet, and B_i d_j = D_j b_i must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial

from course_lib._calling import called
from course_lib._validation import finite_array, finite_number, real_array
from course_lib.differentiation.forward_mode import jvp
from course_lib.equations.conditions import _frozen


@dataclass(frozen=True)
class Side:
    """What is known on one side of a rectangle: the values of u, its slopes across the side, or both.

    Parameters
    ----------
    variable
        The variable that is constant on the side, such as ``"x"``.
    at
        Its value there, in its own units: one of the ends of the domain.
    value
        u there: a number, or a function of the other variable, (m,) to (m,), written with NumPy functions.
        For a system d of these, one for each unknown.
    slope
        ∂u/∂variable there, like `value`. It is the slope along the variable, not outwards.

    Raises
    ------
    TypeError, ValueError
        Neither values nor slopes are given, or they are no finite numbers and no functions.

    Notes
    -----
    Lagaris, Likas and Fotiadis (1998), section III.

    Examples
    --------
    >>> wall, start = Side("x", 0.0, value=0.0), Side("t", 0.0, value=np.sin, slope=0.0)
    >>> len(start.given)
    2
    """

    variable: str
    at: float
    value: Any = None
    slope: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.variable, str):
            raise TypeError(f"variable must be a name such as 'x', got {self.variable!r:.60}")
        object.__setattr__(self, "at", finite_number(self.at, "at"))
        for name in ("value", "slope"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _known(getattr(self, name), name))
        if not self.given:
            raise ValueError(f"nothing is known at {self.variable} = {self.at:g}: give value, slope or both")

    @property
    def given(self) -> list[tuple[int, Any]]:
        """The conditions here as pairs: 0 for the values, 1 for the slopes, and what they are."""
        return [(k, data) for k, data in enumerate((self.value, self.slope)) if data is not None]


class Edges:
    """The conditions in one variable, at one or both ends of its interval.

    Parameters
    ----------
    sides
        The sides with this variable, none twice.
    interval
        (start, end) of the variable.
    """

    def __init__(self, sides: Sequence[Side], interval: tuple[float, float]) -> None:
        self.interval, self.length = interval, interval[1] - interval[0]
        self.conditions = [
            (interval.index(side.at), k, data)
            for side in sorted(sides, key=lambda side: side.at)
            for k, data in side.given
        ]
        self.polynomials = _dual([(place, k) for place, k, _ in self.conditions], interval)
        orders = [[k for place, k, _ in self.conditions if place == end] for end in (0, 1)]
        self.has_factor = all(given == list(range(len(given))) for given in orders)
        self.counts = [len(given) for given in orders]

    @property
    def inside(self) -> Any:
        """Three points of the interval, shape (3,)."""
        return self.interval[0] + self.length * np.array([0.25, 0.5, 0.75])

    def parts(self, s: Any, order: int) -> Any:
        """Return φ_i and its derivatives at s (m,), shape (order + 1, conditions, m)."""
        return np.array([[np.broadcast_to(p.deriv(k)(s), s.shape) for p in self.polynomials] for k in range(order + 1)])

    def factor(self, s: Any, order: int) -> Any:
        """Return ((s - s₀)/l)ᵖ ((s₁ - s)/l)^q, which vanishes with the conditions, and its derivatives at s (m,)."""
        (start, end), (p, q) = self.interval, self.counts
        w = Polynomial([-start, 1.0]) ** p * Polynomial([end, -1.0]) ** q / self.length ** (p + q)
        return [np.broadcast_to(w.deriv(k)(s), s.shape) for k in range(order + 1)]


def _dual(takes: list[tuple[int, int]], interval: tuple[float, float]) -> list[Polynomial]:
    """Return the polynomials φ_j of least degree of which condition i takes 1 where i = j, and 0 elsewhere.

    A condition takes the k-th derivative at one end: pairs (0 or 1 for the end, k).
    """
    made_of: Callable[[Any], Polynomial] = lambda c: Polynomial(c, domain=interval, window=(-1.0, 1.0))

    def taken(degree: int) -> Any:
        powers = [made_of(row) for row in np.eye(degree)]
        return np.array([[p.deriv(k)(interval[place]) for p in powers] for place, k in takes])

    n = len(takes)
    while takes and np.linalg.matrix_rank(taken(n)) < len(takes):
        n += 1
    return [made_of(c) for c in np.linalg.pinv(taken(n)).T] if takes else []


def sampled(data: Any, s: Any, order: int, name: str) -> Any:
    """Return given values and their derivatives along the side, shape (order + 1, m, d), at points s (m,).

    Raises
    ------
    TypeError, ValueError
        The function returns another shape, no numbers, NaN or infinity, or has no derivative there.
    """
    columns = [_derivatives(f, s, order, name) for f in (data if isinstance(data, tuple) else (data,))]
    return np.stack(columns, axis=-1)


def _derivatives(f: Any, s: Any, order: int, name: str) -> Any:
    """Return f, f', ... at s (m,), shape (order + 1, m), for a number or a function, by nested dual numbers."""
    result = np.zeros((order + 1, len(s)))
    if not callable(f):
        result[0] = f
        return result
    g: Callable[[Any], Any] = lambda s: called(f, s, name=name)
    for k in range(order + 1):
        part = finite_array(g(s), name)
        if np.shape(part) not in ((), s.shape):
            raise ValueError(f"{name} returned shape {np.shape(part)} for {len(s)} points: return one value for each")
        result[k] = real_array(part, name)
        g = _slope(g)
    return result


def _slope(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the derivative of a function that acts on each element."""
    return lambda s: jvp(g, s, np.ones(np.shape(s)))[1]


def _known(data: Any, name: str) -> Any:
    """Return what is given on a side: a number or a function, or for a system a tuple of them.

    Raises
    ------
    TypeError, ValueError
        Something else, or nothing.
    """
    if isinstance(data, (tuple, list)) or (isinstance(data, np.ndarray) and data.ndim):
        parts = tuple(_known(part, name) for part in data)
        if not parts or any(isinstance(part, tuple) for part in parts):
            raise ValueError(f"{name} of a system must be a tuple with a number or a function for each unknown")
        return parts
    return data if callable(data) else float(_frozen(finite_number(data, name)))

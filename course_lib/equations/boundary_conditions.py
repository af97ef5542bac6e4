"""Conditions on the solution and its slopes at two ends: Neumann's, Robin's, and more than two of them.

Each is linear, c₀ f(x) + c₁ f'(x) + ... = v at an end x; write B f for its left side. For n of them,
small polynomials φ₁, ..., φₙ with B_i φ_j = 1 where i = j and 0 elsewhere make the trial solution::

    f_t = h₁ + N - Σ_j (B_j N) φ_j,      h₁ = Σ_j v_j φ_j

so that B_i f_t = v_i for every network N: what N has at the ends is taken out again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib._validation import finite_number, instance, real_array
from course_lib.equations.conditions import _frozen, _unknowns_of

_NAMES = ("f", "df", "d2f", "d3f")


@dataclass(frozen=True)
class At:
    """What is known of the solution at one end; two of them are the conditions of a problem.

    Parameters
    ----------
    x
        The point, a number in the units of x.
    f, df, d2f, d3f
        The value there, the slope, and the higher derivatives, as far as they are known: a number
        for one unknown, d numbers for a system.
    mix
        ((c0, c1, ...), v) for c0 f + c1 f' + ... = v, as at an end that gives off heat.

    Raises
    ------
    TypeError, ValueError
        Nothing is known, or not finite numbers; a mix that is no pair or without any c.

    Notes
    -----
    Lecture O2. Lagaris, Likas and Fotiadis (1998), section III.

    Examples
    --------
    >>> from course_lib.equations import ODEProblem, solve
    >>> ends = At(0.0, f=1.0), At(2.0, mix=((3.0, 1.0), 0.0))  # f(0) = 1, 3 f(2) + f'(2) = 0
    >>> fin = solve(ODEProblem(lambda x, f, df, d2f: d2f - f, ends, (0.0, 2.0)))
    >>> fin.converged, bool(abs(3.0 * fin(2.0) + fin(2.0, order=1)) < 1e-12)
    (True, True)
    """

    x: float
    f: Any = None
    df: Any = None
    d2f: Any = None
    d3f: Any = None
    mix: tuple[Any, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", finite_number(self.x, "x"))
        for name in _NAMES:
            if callable(getattr(self, name)):
                raise TypeError(
                    f"{name} must hold numbers, got a function: only linear conditions are built. Take a number, "
                    f"and find by scipy.optimize.root the one with which the solution meets yours"
                )
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _unknowns_of(getattr(self, name), name))
        if self.mix is not None:
            if not isinstance(self.mix, (tuple, list)) or len(self.mix) != 2:
                raise TypeError(f"mix must be ((c0, c1, ...), v) with c0 f + c1 f' + ... = v, got {self.mix!r:.60}")
            c = _frozen(real_array(self.mix[0], "mix", ("c",)))
            if not np.any(c) or len(c) > len(_NAMES):
                raise ValueError(f"mix must have one to {len(_NAMES)} numbers c, not all zero, got {self.mix[0]!r:.60}")
            object.__setattr__(self, "mix", (c, _unknowns_of(self.mix[1], "mix")))
        if not self.conditions():
            raise ValueError(f"nothing is known at x = {self.x:g}: give f, df, d2f, d3f or mix, as in At(0, f=1)")

    def conditions(self) -> list[tuple[Any, Any]]:
        """Return the conditions here: c, shape (4,), and v, as in c · (f, f', f'', f''') = v."""
        given = [(c, getattr(self, name)) for c, name in zip(np.eye(4), _NAMES)]
        if self.mix is not None:
            c, v = self.mix
            given.append((np.pad(c, (0, 4 - len(c))), v))
        return [(c, v) for c, v in given if v is not None]


class Ends:
    """The conditions at two ends together, as many as the order of the problem.

    Parameters
    ----------
    left, right
        What is known at the ends, in any order.

    Raises
    ------
    TypeError, ValueError
        They do not fit each other, are more than four, or two of them say the same.
    """

    def __init__(self, left: At, right: At) -> None:
        ends = instance(left, At, "left"), instance(right, At, "right")
        left, right = sorted(ends, key=lambda end: end.x)
        if left.x == right.x:
            raise ValueError(f"both ends are x = {left.x:g}: give all that is known there in one InitialValue")
        given = [(place, c, v) for place, end in enumerate((left, right)) for c, v in end.conditions()]
        self.left, self.right, self.order = left, right, len(given)
        self.points, self.f0 = (left.x, right.x), given[0][2]
        if self.order > 4:
            raise ValueError(f"{self.order} conditions make an equation of order {self.order}: at most four are built")
        if len({np.shape(v) for _, _, v in given}) > 1:
            raise ValueError("conditions must have the same shape: each fixes all the unknowns, or take one unknown")
        C = np.array([c for _, c, _ in given])
        if np.any(C[:, self.order :]):
            raise ValueError(
                f"{self.order} conditions make an equation of order {self.order}, so they hold derivatives below "
                f"that: give a condition more, or one of a lower derivative"
            )
        self.places = np.array([place for place, _, _ in given])
        self.C = C[:, : self.order]
        self.values = np.array([np.ravel(v) for _, _, v in given])
        self.middle, self.half = 0.5 * (left.x + right.x), 0.5 * (right.x - left.x)
        self.coefficients = self._cardinal()

    def _cardinal(self) -> Any:
        """Return the coefficients of φ₁, ..., φₙ in powers of u = (x - middle) / half, shape (degree + 1, n)."""
        scale = self.half ** -np.arange(self.order, dtype=float)
        rows = self.C * scale
        size = np.abs(rows).max(axis=1)[:, None]
        u = np.array([-1.0, 1.0])
        for degree in range(self.order - 1, 2 * self.order):
            powers = [_powers(u, degree, k) for k in range(self.order)]
            B = sum(rows[:, k, None] * powers[k][self.places] for k in range(self.order)) / size
            singular = np.linalg.svd(B, compute_uv=False)
            if singular[-1] > 1e-2 * singular[0]:
                return np.linalg.pinv(B) / size.T
        raise ValueError("two conditions at one end say the same, or nearly: leave one out, or give another")

    def polynomials(self, x: Any) -> Any:
        """Return φ₁, ..., φₙ at points x of shape (m, 1), shape (m, n)."""
        u, value = (x - self.middle) / self.half, 0.0
        for row in self.coefficients[::-1]:
            value = value * u + row
        return value

    def jets(self, x: Any) -> Any:
        """Return φ₁, ..., φₙ and their derivatives up to the order at points x (m,), shape (order + 1, m, n)."""
        u, degree = (x - self.middle) / self.half, len(self.coefficients) - 1
        return np.array([_powers(u, degree, k) @ self.coefficients / self.half**k for k in range(self.order + 1)])

    def of(self, N: Any) -> Any:
        """Return B_1 N, ..., B_n N, shape (n, d), from N, N', ... at the two points, each (2, d)."""
        return sum(self.C[:, k, None] * N[k][self.places] for k in range(self.order))

    def measured(self, units: Any) -> Ends:
        """Return the same conditions on f / units, with one unit for each unknown, shape (d,)."""
        return Ends(*(_measured(end, units) for end in (self.left, self.right)))

    def moved(self, by: float) -> Ends:
        """Return the same conditions at points that lie further to the right."""
        return Ends(replace(self.left, x=self.left.x + by), replace(self.right, x=self.right.x + by))


def _measured(end: At, units: Any) -> At:
    """Return the same for f / units."""
    known = {name: getattr(end, name) / units for name in _NAMES if getattr(end, name) is not None}
    return replace(end, **known, mix=None if end.mix is None else (end.mix[0], end.mix[1] / units))


def _powers(u: Any, degree: int, k: int) -> Any:
    """Return the k-th derivatives of 1, u, u², ... at u (m,), shape (m, degree + 1)."""
    polynomials = np.polynomial.polynomial
    return polynomials.polyval(u, polynomials.polyder(np.eye(degree + 1), k)).T

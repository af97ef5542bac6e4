"""A differential equation: a residual that the solution makes zero, L(x, f, f', ...) = 0, and a condition."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib._validation import NotFinite, expect_shape, finite_number, function
from course_lib.differentiation import plain
from course_lib.equations.conditions import BoundaryValue, InitialValue


@dataclass(frozen=True)
class ODEProblem:
    """A differential equation L(x, f, f'[, f'']) = 0 with its condition on a domain.

    Parameters
    ----------
    residual
        Function L(x, f, df) of a first-order problem, L(x, f, df, d2f) of a second-order one,
        written with NumPy functions. For one unknown all arguments and the result have shape
        (m,). For a system f, df, d2f unpack into the unknowns, ``f1, f2 = f``, each (m,), and
        the result is one (m,) residual for each equation, as many as unknowns.
    conditions
        An `InitialValue` or a `BoundaryValue`; its points lie in the domain.
    domain
        (x_start, x_end) with x_start < x_end.
    exact
        The solution where it is known: function of x (m,), result (m,) or (m, d).
    name
        What to call the problem.

    Raises
    ------
    TypeError, ValueError
        The residual is no function of three (four) arguments, the condition is of no known
        kind or lies outside the domain, the domain is empty or the wrong way round.

    Notes
    -----
    Lecture O1. The notes have f' = g(x) only; here L may hold f as well.

    Examples
    --------
    >>> decay = ODEProblem(lambda x, f, df: df + 2 * f, InitialValue(0, 10), (0, 1))
    >>> decay.order, decay.unknowns
    (1, 1)
    """

    residual: Callable[..., Any]
    conditions: InitialValue | BoundaryValue
    domain: tuple[float, float]
    exact: Callable[[Any], Any] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.conditions, (InitialValue, BoundaryValue)):
            raise TypeError(
                f"conditions must be an InitialValue or a BoundaryValue, got {self.conditions!r:.60}"
            )
        if not isinstance(self.domain, (tuple, list, np.ndarray)) or len(self.domain) != 2:
            raise TypeError(f"domain must be (x_start, x_end), got {self.domain!r:.60}")
        start, end = (finite_number(x, "domain") for x in self.domain)
        if start >= end:
            raise ValueError(f"domain must run upwards, got ({start:g}, {end:g}): swap the ends")
        object.__setattr__(self, "domain", (start, end))
        for point in self.conditions.points:
            if not start <= point <= end:
                raise ValueError(f"the condition at x = {point:g} is outside ({start:g}, {end:g})")
        names = ("x", "f", "df", "d2f")[: self.order + 2]
        if not _accepts(function(self.residual, "residual"), len(names)):
            raise TypeError(
                f"the conditions make this a problem of order {self.order}: residual must take "
                f"the {len(names)} arguments ({', '.join(names)})"
            )
        if self.exact is not None:
            function(self.exact, "exact")

    @cached_property
    def order(self) -> int:
        """1 or 2, as the conditions say."""
        return self.conditions.order

    @cached_property
    def is_system(self) -> bool:
        """Whether f is a tuple of unknowns rather than one array."""
        return np.ndim(self.conditions.f0) == 1

    @cached_property
    def unknowns(self) -> int:
        """The number d of unknown functions."""
        return int(np.size(self.conditions.f0))

    def residuals(self, x: Any, *derivatives: Any) -> NDArray[np.float64]:
        """Return L at the points x, shape (m, d), from f, f'[, f''], each of shape (m, d).

        Raises
        ------
        ValueError
            The residual returns another shape, or (`NotFinite`) a NaN or an infinity.
        """
        shape = (len(x), self.unknowns)
        derivatives = tuple(expect_shape(part, "f, f', ...", shape) for part in derivatives)
        parts = [part[:, j] for part in derivatives for j in range(self.unknowns)]
        return np.stack(self.columns(x, parts), axis=1)

    def columns(self, x: Any, columns: Sequence[Any]) -> list[Any]:
        """Return L_1, ..., L_d, each (m,), from f_1, ..., f_d, f_1', ..., each (m,).

        Raises
        ------
        ValueError
            As `residuals`.
        """
        m, d = len(x), self.unknowns
        if self.is_system:
            r = self.residual(x, *(tuple(columns[k : k + d]) for k in range(0, len(columns), d)))
            if not isinstance(r, (tuple, list)) and np.ndim(r) == 2:
                r = tuple(r[j] for j in range(len(r)))
            if not isinstance(r, (tuple, list)) or len(r) != d:
                got = f"{len(r)}" if isinstance(r, (tuple, list)) else f"shape {np.shape(r)}"
                raise ValueError(
                    f"residual must return {d} arrays of shape ({m},), one for each equation, "
                    f"got {got}: write return r1, r2"
                )
        else:
            r = (self.residual(x, *columns),)
        for part in r:
            if not hasattr(part, "shape") and not np.isscalar(part):
                raise TypeError(f"residual must return arrays, got {type(part).__name__}")
            expect_shape(part, "residual", (m,))
            if not np.isfinite(plain(part)).all():
                k = int(np.argmin(np.isfinite(plain(part))))
                raise NotFinite(f"residual has NaN or infinity, first at x = {plain(x)[k]:g}")
        return list(r)


def _initial_value(problem: ODEProblem) -> InitialValue:
    """Return the condition of an initial-value problem.

    Raises
    ------
    ValueError
        The problem has boundary values.
    """
    if isinstance(problem.conditions, InitialValue):
        return problem.conditions
    raise ValueError("pieces need an initial value to start from: take more neurons instead")


def _accepts(f: Callable[..., Any], count: int) -> bool:
    """Tell whether `f` can be called with `count` arguments; True where that cannot be seen."""
    if isinstance(f, np.ufunc):
        return f.nin == count
    try:
        inspect.signature(f).bind(*range(count))
    except ValueError:
        return True
    except TypeError:
        return False
    return True

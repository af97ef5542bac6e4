"""Ordinary differential equations: the problem, Euler's method, and problems with known answers.

A problem is a residual that the solution makes zero, L(x, f, f', ...) = 0, and a condition.
Euler's method walks along the slope: f_{i+1} = f_i + Δx g(x_i, f_i).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib.differentiable import plain
from course_lib.validation import (
    NotFinite,
    expect_shape,
    finite_array,
    finite_number,
    function,
    real_array,
)


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
        f0 = unknowns_of(self.f0, "f0")
        object.__setattr__(self, "x0", finite_number(self.x0, "x0"))
        object.__setattr__(self, "f0", f0)
        if self.df0 is not None:
            object.__setattr__(self, "df0", real_array(self.df0, "df0", f0.shape))

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
        fa = unknowns_of(self.fa, "fa")
        object.__setattr__(self, "a", finite_number(self.a, "a"))
        object.__setattr__(self, "b", finite_number(self.b, "b"))
        object.__setattr__(self, "fa", fa)
        object.__setattr__(self, "fb", real_array(self.fb, "fb", fa.shape))
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
        if not accepts(function(self.residual, "residual"), len(names)):
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


def unknowns_of(value: Any, name: str) -> Any:
    """Return the value of one unknown, a number, or of d, shape (d,), as an array.

    Raises
    ------
    TypeError, ValueError
        No real and finite numbers, or of more axes.
    """
    value = real_array(value, name)
    return value if np.ndim(value) == 0 else expect_shape(value, name, ("d",))


def initial_value(problem: ODEProblem) -> InitialValue:
    """Return the condition of an initial-value problem.

    Raises
    ------
    ValueError
        The problem has boundary values.
    """
    if isinstance(problem.conditions, InitialValue):
        return problem.conditions
    raise ValueError("pieces need an initial value to start from: take more neurons instead")


def accepts(f: Callable[..., Any], count: int) -> bool:
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
        slope = real(expect_shape(slope, "g", f0.shape), "g")
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
    return real(slopes, "g") if isinstance(slopes, np.ndarray) and slopes.shape == x.shape else None


def real(values: Any, name: str) -> Any:
    """Return a number or an array as an array; complex numbers would lose a part in silence.

    Raises
    ------
    TypeError
        not real numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must give real numbers, got {array.dtype} ({values!r:.60})")
    return array


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

"""A differential equation: a residual that the solution makes zero, L(x, f, f', ...) = 0, and a condition."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib._calling import called
from course_lib._validation import NotFinite, all_finite, expect_shape, finite_number, function
from course_lib.differentiation import plain
from course_lib.differentiation.partials import partials
from course_lib.equations.boundary_conditions import At, Ends
from course_lib.equations.conditions import BoundaryValue, InitialValue

_DERIVATIVES = ("f", "df", "d2f", "d3f", "d4f")


@dataclass(frozen=True)
class ODEProblem:
    """A differential equation L(x, f, f', ...) = 0, of first to fourth order, with its conditions on a domain.

    Parameters
    ----------
    residual
        Function L(x, f, df) of a first-order problem, L(x, f, df, d2f) of a second-order one, and so
        on to L(x, f, df, d2f, d3f, d4f), written with NumPy functions. For one unknown all arguments
        and the result have shape (m,). For a system f, df, d2f unpack into the unknowns,
        ``f1, f2 = f``, each (m,), and the result is one (m,) residual for each equation, as many as
        unknowns.
    conditions
        An `InitialValue`, a `BoundaryValue` or, for slopes at the ends, two `At`; the points lie in the domain.
    domain
        (x_start, x_end) with x_start < x_end.
    exact
        The solution where it is known: function of x (m,), result (m,) or (m, d).
    name
        What to call the problem.

    Raises
    ------
    TypeError, ValueError
        The residual is no function of as many arguments as the order asks for, the condition is of no
        known kind or lies outside the domain, the domain is empty or the wrong way round.

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
    conditions: Any
    domain: tuple[float, float]
    exact: Callable[[Any], Any] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", _known(self.conditions))
        if not isinstance(self.domain, (tuple, list, np.ndarray)) or len(self.domain) != 2:
            raise TypeError(f"domain must be (x_start, x_end), got {self.domain!r:.60}")
        start, end = (finite_number(x, "domain") for x in self.domain)
        if start >= end:
            raise ValueError(f"domain must run upwards, got ({start:g}, {end:g}): swap the ends")
        object.__setattr__(self, "domain", (start, end))
        for point in self.conditions.points:
            if not start <= point <= end:
                raise ValueError(f"the condition at x = {point:g} is outside ({start:g}, {end:g})")
        names = ("x", *_DERIVATIVES[: self.order + 1])
        count = _required(function(self.residual, "residual"))
        if count not in (len(names), None):
            raise TypeError(
                f"the conditions make this a problem of order {self.order}: residual must take "
                f"the {len(names)} arguments ({', '.join(names)}), got a function of {count} "
                f"(an argument with a default does not count)"
            )
        named = [name for name in _names(self.residual) if name in _DERIVATIVES[1:]]
        if count is not None and named and named[-1] != names[-1]:
            raise TypeError(
                f"the conditions make this a problem of order {self.order}, whose residual takes "
                f"({', '.join(names)}), but its last argument is called {named[-1]}"
            )
        if self.exact is not None:
            function(self.exact, "exact")

    @cached_property
    def order(self) -> int:
        """1 to 4, as the conditions say."""
        return int(self.conditions.order)

    @cached_property
    def is_system(self) -> bool:
        """Whether f is a tuple of unknowns rather than one array."""
        return np.ndim(self.conditions.f0) == 1

    @cached_property
    def unknowns(self) -> int:
        """The number d of unknown functions."""
        return int(np.size(self.conditions.f0))

    def residuals(self, x: Any, *derivatives: Any) -> NDArray[np.float64]:
        """Return L at the points x, shape (m, d), from f, f', ..., each of shape (m, d).

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
        x, *columns = (part.copy() if type(part) is np.ndarray else part for part in (x, *columns))  # to write to
        if self.is_system:
            unknowns = (tuple(columns[k : k + d]) for k in range(0, len(columns), d))
            r = called(self.residual, x, *unknowns, name="residual")
            if not isinstance(r, (tuple, list)) and np.ndim(r) == 2:
                r = tuple(r[j] for j in range(len(r)))
            if not isinstance(r, (tuple, list)) or len(r) != d:
                got = f"{len(r)}" if isinstance(r, (tuple, list)) else f"shape {np.shape(r)}"
                raise ValueError(
                    f"residual must return {d} arrays of shape ({m},), one for each equation, "
                    f"got {got}: write return r1, r2"
                )
        else:
            r = (called(self.residual, x, *columns, name="residual"),)
        for part in r:
            if not hasattr(part, "shape") and not np.isscalar(part):
                raise TypeError(f"residual must return arrays, got {type(part).__name__}")
            expect_shape(part, "residual", (m,))
            values = plain(part)
            if values.dtype != float:
                _require_floats(values)
            if not all_finite(values):
                first = int(np.argmin(np.isfinite(values)))
                raise NotFinite(f"residual has NaN or infinity, first at x = {plain(x)[first]:g}")
        return list(r)


def _require_differential(problem: ODEProblem) -> None:
    """Refuse a residual that lacks the highest derivative, or that mixes points.

    It is tried at five points of the domain and random values near the conditions. Where it is not finite
    there, nothing is known and nothing refused. This is asked only where a solution looks strange.

    Raises
    ------
    ValueError
        naming what is missing or mixed.
    """
    rng, d, given = np.random.default_rng(0), problem.unknowns, problem.conditions
    x = np.sort(rng.uniform(*problem.domain, 5))
    for spread in (1.0, 1e-3):
        size = np.tile(np.reshape(1.0 + np.abs(given.f0), d), problem.order + 1)
        at = np.zeros(size.shape)
        at[:d] = given.f0
        columns = list(at[:, None] + spread * size[:, None] * rng.normal(size=(size.size, 5)))
        try:
            r = problem.columns(x, columns)
            alone = problem.columns(x[:2], [column[:2] for column in columns])
            slopes = partials(lambda *parts: problem.columns(np.tile(x, len(parts)), parts), *columns)[1]
        except NotFinite:
            continue
        if not all(np.allclose(a, b[:2], rtol=1e-9, atol=1e-9 * np.max(np.abs(b))) for a, b in zip(alone, r)):
            raise ValueError(
                "residual mixes points: its value at one x changes with the other points, as with np.mean(f) "
                "or f[::-1]. L(x, f, f') may use f at x alone"
            )
        unused = ~np.any(slopes[:, -d:] != 0.0, axis=(0, 2))
        if unused.any():
            name = "f" + "'" * problem.order
            which = f"{name}_{int(np.argmax(unused)) + 1}" if problem.is_system else name
            raise ValueError(
                f"residual does not depend on {which}, so it is no differential equation of order {problem.order}: "
                f"write it as a difference in which {which} occurs, as {name} + 2 * f"
            )
        return


def _is_finite_at_start(problem: ODEProblem) -> bool:
    """Tell that the residual is finite at x₀ for the initial values and some highest derivative."""
    start = _initial_value(problem)
    columns = [np.full(1, value) for part in (*start.values, 1.0 + 0.0 * start.f0) for value in np.ravel(part)]
    try:
        problem.columns(np.full(1, start.x0), columns)
    except NotFinite:
        return False
    return True


def _require_floats(r: Any) -> None:
    """Refuse a residual that is no difference of floating-point numbers, or of too few digits.

    Raises
    ------
    TypeError
        It holds truth values, whole numbers, objects, or numbers of single precision.
    """
    if r.dtype == bool:
        raise TypeError("residual returned True and False: write a difference, df + 2 * f, not df == -2 * f")
    if r.dtype.kind not in "fc":
        raise TypeError(f"residual must return floating-point numbers, got {r.dtype}")
    if np.finfo(r.dtype).eps > np.finfo(float).eps:
        raise TypeError(f"residual returned {r.dtype}, which has half the digits: compute it in float64")


def _origin(problem: ODEProblem) -> float:
    """Return where to count x from: 0, or where 0 is far off against the length, the first point of the condition."""
    length = problem.domain[1] - problem.domain[0]
    return problem.conditions.points[0] if max(map(abs, problem.domain)) > 1e3 * length else 0.0


def _counted_from(origin: float, problem: ODEProblem) -> ODEProblem:
    """Return the problem as one in s = x - origin, where w s + b loses no digits."""
    if origin == 0.0:
        return problem
    domain = (problem.domain[0] - origin, problem.domain[1] - origin)
    residual = lambda s, *f: problem.residual(s + origin, *f)
    return replace(problem, residual=residual, conditions=problem.conditions.moved(-origin), domain=domain, exact=None)


def _known(conditions: Any) -> InitialValue | BoundaryValue | Ends:
    """Return the conditions, two `At` as one.

    Raises
    ------
    TypeError, ValueError
        They are of no known kind, or at more than two places.
    """
    if isinstance(conditions, (InitialValue, BoundaryValue, Ends)):
        return conditions
    ends = conditions if isinstance(conditions, (tuple, list)) else [conditions]
    if not ends or not all(isinstance(end, At) for end in ends):
        raise TypeError(
            f"conditions must be an InitialValue, a BoundaryValue or two At, got {conditions!r:.60}. Periodic ends "
            f"and conditions that are not linear are not built: take an InitialValue with unknown numbers and find "
            f"these by scipy.optimize.root"
        )
    if len(ends) != 2:
        raise ValueError(
            f"conditions at {len(ends)} place{'s' * (len(ends) > 1)}, but two are built: for one place take an "
            f"InitialValue; for three, take unknown numbers at two of them and find these by scipy.optimize.root"
        )
    return Ends(*ends)


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


def _names(f: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments of `f`, where they can be seen."""
    try:
        return list(inspect.signature(f).parameters)
    except ValueError:
        return []


def _required(f: Callable[..., Any]) -> int | None:
    """Return how many arguments `f` must be given; None where it takes any number or that cannot be seen."""
    if isinstance(f, np.ufunc):
        return f.nin
    try:
        parameters = inspect.signature(f).parameters.values()
    except ValueError:
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return len(needed)

"""A partial differential equation in two variables, L(x, t, u, ∂u/∂x, ...) = 0, on a rectangle with known sides."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from course_lib._calling import called
from course_lib._validation import NotFinite, expect_shape, finite_number, function
from course_lib.beyond._mixed_jets import VALUE, Index
from course_lib.beyond.sides import Edges, Side, sampled
from course_lib.differentiation import Differentiable, apply, plain
from course_lib.equations.problem import _require_floats, _required

MOST = 4  # derivatives of u in all, as many as chapter 8's networks have


class Field(Differentiable):
    """An unknown at m points: an array u of its values, whose derivatives are u.x, u.t, u.xx, u.xt, ....

    Parameters
    ----------
    value
        The values, shape (m,), or what stands for them.
    derivative
        Gives the derivative with a name such as ``"xx"``, like the values.
    """

    __slots__ = ("named",)

    def __init__(self, value: Any, derivative: Callable[[str], Any]) -> None:
        self.value, self.level, self.named = value, sys.maxsize, derivative

    def apply(self, op: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Return what op gives for the values alone, an array or what stands for one."""
        return apply(op, *(x.value if isinstance(x, Field) else x for x in inputs), **options)

    def __getattr__(self, name: str) -> Any:
        return self.named(name)


@dataclass(frozen=True)
class PDEProblem:
    """A partial differential equation L = 0 for u(x, t), or for a system, with its conditions on a rectangle.

    Parameters
    ----------
    residual
        Function L(x, t, u), written with NumPy functions. x and t have shape (m,), and so has u; its
        derivatives are u.x, u.t, u.xx, u.xt and so on, up to four letters. For a system u unpacks into
        the unknowns, ``p, q = u``. The result has shape (m,), for a system one such residual for each
        equation, as many as unknowns.
    sides
        The conditions, a `Side` for each side where something is known: as many in x as the highest
        derivative in x, and as many in t.
    domain
        ((x_start, x_end), (t_start, t_end)), each running upwards.
    exact
        The solution where it is known: function of x and t (m,), result (m,) or (m, d).
    name
        What to call the problem.
    variables
        The names of the two variables, one letter each; ``"xy"`` makes u.y of what is u.t otherwise.

    Raises
    ------
    TypeError, ValueError
        The residual is no such function, the domain is empty or the wrong way round, a side is none of
        the rectangle, conditions are missing or too many, or two sides disagree at their corner.

    Notes
    -----
    Lecture O1 with one variable more. Lagaris, Likas and Fotiadis (1998), section II.

    Examples
    --------
    >>> sides = [Side("x", 0, value=0.0), Side("x", 1, value=0.0), Side("t", 0, value=lambda x: np.sin(np.pi * x))]
    >>> heat = PDEProblem(lambda x, t, u: u.t - u.xx, sides, ((0, 1), (0, 1)))
    >>> heat.used
    [(0, 1), (2, 0)]
    """

    residual: Callable[..., Any]
    sides: Sequence[Side]
    domain: tuple[tuple[float, float], tuple[float, float]]
    exact: Callable[..., Any] | None = None
    name: str = ""
    variables: str = "xt"

    def __post_init__(self) -> None:
        if not isinstance(self.variables, str) or not re.fullmatch(r"([a-z])(?!\1)[a-z]", self.variables):
            raise ValueError(f"variables must be two different small letters such as 'xt', got {self.variables!r:.60}")
        object.__setattr__(self, "domain", _rectangle(self.domain, self.variables))
        object.__setattr__(self, "sides", self._known_sides())
        count = _required(function(self.residual, "residual"))
        if count not in (3, None):
            raise TypeError(
                f"residual must take ({', '.join(self.variables)}, u), got a function of {count} arguments: "
                f"derivatives are u.{self.variables[0]}, u.{2 * self.variables[0]} and so on"
            )
        if self.exact is not None:
            function(self.exact, "exact")
        self._require_right_count()
        self._require_agreement()

    @cached_property
    def is_system(self) -> bool:
        """Whether u is a tuple of unknowns rather than one array."""
        return isinstance(self.sides[0].given[0][1], tuple)

    @cached_property
    def unknowns(self) -> int:
        """The number d of unknown functions."""
        first = self.sides[0].given[0][1]
        return len(first) if isinstance(first, tuple) else 1

    @cached_property
    def edges(self) -> tuple[Edges, Edges]:
        """The conditions in each of the two variables."""
        first, second = (
            Edges([side for side in self.sides if side.variable == v], interval)
            for v, interval in zip(self.variables, self.domain)
        )
        return first, second

    @cached_property
    def used(self) -> list[Index]:
        """The derivatives that the residual takes, as pairs: how often in x, how often in t."""
        taken: set[Index] = set()
        rng, points = np.random.default_rng(0), 3

        def derivative(alpha: Index) -> Any:
            taken.add(alpha)
            return rng.normal(size=points)

        x, t = (rng.uniform(*interval, points) for interval in self.domain)
        with np.errstate(all="ignore"):
            self._called(x, t, [self._field(derivative) for _ in range(self.unknowns)])
        return sorted(taken - {VALUE})

    def _field(self, derivative: Callable[[Index], Any]) -> Field:
        """Return an unknown from a function that gives its derivatives, each (m,)."""

        def named(name: str) -> Any:
            try:
                alpha = self.index(name)
            except ValueError as error:
                raise AttributeError(str(error)) from None
            return derivative(alpha)

        return Field(derivative(VALUE), named)

    def columns(self, x: Any, t: Any, parts: Callable[[int, Index], Any]) -> list[Any]:
        """Return L_1, ..., L_d, each (m,), at points x and t (m,); `parts` gives a derivative of an unknown, (m,).

        Raises
        ------
        ValueError
            The residual returns another shape, or (`NotFinite`) a NaN or an infinity.
        """
        fields = [self._field(partial(parts, j)) for j in range(self.unknowns)]
        results = self._called(x.copy(), t.copy(), fields)
        for part in results:
            expect_shape(part, "residual", (len(x),))
            _require_floats(plain(part))
            if not np.isfinite(plain(part)).all():
                k = int(np.argmin(np.isfinite(plain(part))))
                v, w = tuple(self.variables)
                raise NotFinite(f"residual has NaN or infinity, first at {v} = {x[k]:g}, {w} = {t[k]:g}")
        return results

    def index(self, name: str) -> Index:
        """Return how often a derivative such as ``"xxt"`` is taken in each variable; the value is ``""``.

        Raises
        ------
        ValueError
            It has other letters than the variables, or more than four.
        """
        first, second = tuple(self.variables)
        if not isinstance(name, str) or set(name) - set(self.variables) or len(name) > MOST:
            raise ValueError(
                f"u has no {name!r:.60}: its derivatives are u.{first}, u.{second}, u.{2 * first}, u.{first}{second}, "
                f"u.{2 * second} and so on, up to {MOST} letters"
            )
        return name.count(first), name.count(second)

    def _called(self, x: Any, t: Any, fields: list[Field]) -> list[Any]:
        """Return what the residual gives for the unknowns, a list of one array for each equation."""
        u = tuple(fields) if self.is_system else fields[0]
        r = called(self.residual, x, t, u, name="residual")
        if self.is_system and (not isinstance(r, (tuple, list)) or len(r) != len(fields)):
            got = f"{len(r)}" if isinstance(r, (tuple, list)) else f"shape {np.shape(r)}"
            raise ValueError(f"residual must return {len(fields)} arrays, one for each equation, got {got}")
        parts = list(r) if self.is_system else [r]
        for part in parts:
            if not hasattr(part, "shape"):
                raise TypeError(f"residual must return arrays, got {type(part).__name__}")
        return [part.value if isinstance(part, Field) else part for part in parts]

    def _known_sides(self) -> tuple[Side, ...]:
        """Return the sides, which belong to the rectangle and to the same number of unknowns."""
        sides = self.sides
        if not isinstance(sides, (tuple, list)) or not sides or not all(isinstance(side, Side) for side in sides):
            raise TypeError(f"sides must be a list such as [Side('x', 0, value=0.0), ...], got {sides!r:.60}")
        places = [(side.variable, side.at) for side in sides]
        for v, at in places:
            if v not in self.variables or at not in self.domain[self.variables.index(v)]:
                ends = ", ".join(f"{w} = {end:g}" for w, ends in zip(self.variables, self.domain) for end in ends)
                raise ValueError(f"{v} = {at:g} is no side of the domain, which has the sides {ends}")
            if places.count((v, at)) > 1:
                raise ValueError(f"two sides are at {v} = {at:g}: give value and slope in one Side")
        kinds = {len(data) if isinstance(data, tuple) else 0 for side in sides for _, data in side.given}
        if len(kinds) > 1:
            raise ValueError(
                f"the sides are for {' and '.join(str(kind or 1) for kind in sorted(kinds))} unknowns: for a system "
                f"give a tuple with a number or a function for each unknown everywhere"
            )
        return tuple(sides)

    def _require_right_count(self) -> None:
        """Refuse more or fewer conditions in a variable than the highest derivative in it.

        Raises
        ------
        ValueError
            naming the variable.
        """
        if not self.used:
            raise ValueError("residual takes no derivative of u, so it is no differential equation")
        for k, (v, edges) in enumerate(zip(self.variables, self.edges)):
            order = max(alpha[k] for alpha in self.used)
            given = len(edges.conditions)
            if given != order:
                raise ValueError(
                    f"the highest derivative in {v} is of order {order}, so {order} conditions in {v} are needed, got "
                    f"{given}: a Side has one for its value and one for its slope"
                )

    def _require_agreement(self) -> None:
        """Refuse sides that disagree at the corner where they meet.

        Raises
        ------
        ValueError
            naming the corner and what each side says there.
        """
        (first, second), (v, w) = self.edges, tuple(self.variables)
        for place, k, along in first.conditions:
            for other, l, across in second.conditions:
                x, t = first.interval[place], second.interval[other]
                one = sampled(along, np.array([t, *second.inside]), l, f"the side {v} = {x:g}")
                two = sampled(across, np.array([x, *first.inside]), k, f"the side {w} = {t:g}")
                size, one, two = max(np.abs(one).max(), np.abs(two).max()), one[l, 0], two[k, 0]
                if (np.abs(one - two) > 1e-9 * size).any():
                    j = int(np.argmax(np.abs(one - two)))
                    what = "u" + f"_{j + 1}" * self.is_system + "." * (k + l > 0) + v * k + w * l
                    raise ValueError(
                        f"the sides disagree at the corner {v} = {x:g}, {w} = {t:g}: {what} is {one[j]:g} by the side "
                        f"{v} = {x:g} and {two[j]:g} by the side {w} = {t:g}. A smooth network cannot jump there"
                    )


def _rectangle(domain: Any, variables: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the domain as two pairs of numbers that run upwards.

    Raises
    ------
    TypeError, ValueError
        It has another form, or runs downwards.
    """
    pairs = domain if isinstance(domain, (tuple, list, np.ndarray)) and len(domain) == 2 else ()
    if not pairs or not all(isinstance(pair, (tuple, list, np.ndarray)) and len(pair) == 2 for pair in pairs):
        raise TypeError(f"domain must be ((x_start, x_end), (t_start, t_end)), got {domain!r:.60}")
    rectangle = []
    for v, (start, end) in zip(variables, pairs):
        start, end = finite_number(start, f"the domain of {v}"), finite_number(end, f"the domain of {v}")
        if start >= end:
            raise ValueError(f"the domain of {v} must run upwards, got ({start:g}, {end:g}): swap the ends")
        rectangle.append((start, end))
    return rectangle[0], rectangle[1]

"""Forward mode: dual numbers a + ε b with ε² = 0.

Put x + ε v into a function and out comes f(x) + ε f'(x) v. Each elementary operation
y = g(a, b) carries its tangent along by the chain rule, ẏ = ∂g/∂a ȧ + ∂g/∂b ḃ.
One pass gives the derivative in one direction, so n inputs need n passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._calling import called
from course_lib._validation import function
from course_lib.differentiation._arrays import PRODUCTS, Operation, Options, shape_of
from course_lib.differentiation._checks import number_or_array, require_finite
from course_lib.differentiation._differentiable import Differentiable, new_level
from course_lib.differentiation._speed import evaluate, times
from course_lib.differentiation.elementary import RULES


class Dual(Differentiable):
    """A number or array `value` with its `derivative` in one direction: a + ε b, where ε² = 0.

    Parameters
    ----------
    value
        number or array of any shape, dimensionless.
    derivative
        number or array of the same shape; 1 for the variable itself, 0 for a constant.
    level
        which derivative the dual number belongs to. Leave it: `derivative` and `jvp` set it.

    Raises
    ------
    ValueError
        if the two shapes differ.

    Notes
    -----
    Lecture A5. Griewank and Walther (2008), chapter 3.

    Examples
    --------
    >>> x = Dual(3.0, 1.0)
    >>> x * x
    Dual(9.0, 6.0)
    """

    __slots__ = ("derivative",)

    def __init__(self, value: Any, derivative: Any = 0.0, level: int = 0) -> None:
        self.value = number_or_array(value, "value")
        self.derivative = number_or_array(derivative, "derivative")
        self.level = level
        if np.shape(self.value) != np.shape(self.derivative):
            raise ValueError(
                f"derivative has shape {np.shape(self.derivative)}, expected that of value, "
                f"{np.shape(self.value)}"
            )

    @staticmethod
    def of(value: Any, derivative: Any, level: int) -> Dual:
        """Make a dual number from checked parts, numbers or arrays of one shape."""
        new = object.__new__(Dual)
        new.value, new.derivative, new.level = value, derivative, level
        return new

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.derivative})"

    def apply(self, op: Operation, inputs: tuple[Any, ...], options: Options) -> Dual:
        """Return y = op(inputs) with the tangent ẏ = Σ ∂op/∂xₖ ẋₖ."""
        values, tangents = self.values_of(inputs), self.tangents_of(inputs)
        y = evaluate(op, values, options)
        return Dual.of(y, push_forward(op, values, tangents, y, options), self.level)

    def tangents_of(self, inputs: tuple[Any, ...]) -> dict[int, Any]:
        """Return the tangents of the arguments that have one, each like its value, by their places."""
        level = self.level
        return {k: x.derivative for k, x in enumerate(inputs) if type(x) is Dual and x.level == level}


def push_forward(
    op: Operation, values: list[Any], tangents: dict[int, Any], y: Any, options: Options
) -> Any:
    """Return ẏ = Σ ∂op/∂xₖ ẋₖ, like y, from the tangents ẋₖ by their places k; a constant has none."""
    if op in RULES:
        shares = [times(RULES[op][k](*values, y), x_dot) for k, x_dot in tangents.items()]
    elif op in PRODUCTS:
        shares = [op(*values[:k], x_dot, *values[k + 1 :]) for k, x_dot in tangents.items()]
    else:  # linear in all its arguments together
        shares = [op(*_with_zeros(tangents, values), **options)]
    y_dot = shares[0] if len(shares) == 1 else shares[0] + shares[1]
    return y_dot if shape_of(y_dot) == shape_of(y) else np.broadcast_to(y_dot, np.shape(y))


def _with_zeros(tangents: dict[int, Any], values: list[Any]) -> list[Any]:
    """Return a tangent for every argument, zero for a constant."""
    return [tangents[k] if k in tangents else np.zeros_like(x) for k, x in enumerate(values)]


def _tangent_of(y: Any, level: int) -> tuple[Any, Any]:
    """Split f(x + ε v) into value and tangent of one shape; a function without x has tangent 0."""
    if isinstance(y, (tuple, list)):
        raise TypeError(f"f returned a {type(y).__name__}: join its parts with np.stack")
    if isinstance(y, Dual) and y.level == level:
        return y.value, y.derivative
    return number_or_array(y, "f(x)"), np.zeros(np.shape(y))[()]


def jvp(f: Callable[[Any], Any], x: Any, v: Any) -> tuple[Any, Any]:
    """Return f(x) and its derivative along v, from one forward pass.

    Parameters
    ----------
    f
        function of one number or array, written with NumPy functions.
    x
        number or array, dimensionless; the point.
    v
        like x; the direction. With J = ∂f/∂x the result is the product J v.

    Returns
    -------
    value
        f(x), of whatever shape f returns.
    derivative
        like value.

    Raises
    ------
    TypeError
        f is no function, x holds no numbers, or f uses an operation without a rule.
    ValueError
        x and v differ in shape; NaN or infinity in x, v or the result.

    Notes
    -----
    Lecture A5. Griewank and Walther (2008), section 3.1.

    Examples
    --------
    >>> value, slope = jvp(lambda x: x * x, 3.0, 1.0)
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    function(f, "f")
    x, v = number_or_array(x, "x"), number_or_array(v, "v")
    if np.shape(x) != np.shape(v):
        raise ValueError(f"v has shape {np.shape(v)}, expected that of x, {np.shape(x)}")
    level = new_level()
    value, tangent = _tangent_of(called(f, Dual.of(x, v, level)), level)
    # log(-1) has no value, and yet its rule 1/a gives a slope.
    require_finite(value, "f", x)
    return value, require_finite(tangent, "the directional derivative", x)


def derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return f', the derivative of a function of one variable. Apply it twice for f''.

    Parameters
    ----------
    f
        function of a number, written with NumPy functions. Given an array, it must act on each
        element by itself, as NumPy's own functions do.

    Returns
    -------
    Callable
        f', a function of a number or an array x; its result is like f(x).

    Raises
    ------
    TypeError
        f is no function, or uses an operation without a rule.
    ValueError
        for an array x, when f returns another shape, which means that it mixes
        elements: use `jvp` or `reverse_mode.gradient`. NaN or infinity in x or in f'(x).
        An f that mixes elements and keeps the shape, such as x[::-1], goes unnoticed.

    Notes
    -----
    Lecture A5.

    Examples
    --------
    >>> float(derivative(derivative(lambda x: x**3))(2.0))
    12.0
    """
    function(f, "f")

    def f_prime(x: Any) -> Any:
        x = number_or_array(x, "x")
        _, slope = jvp(f, x, np.ones(np.shape(x))[()])
        if np.shape(x) and np.shape(slope) != np.shape(x):
            raise ValueError(
                f"f returned shape {np.shape(slope)} for x of shape {np.shape(x)}, so it does not "
                f"act on each element by itself: use jvp or course_lib.differentiation.reverse_mode.gradient"
            )
        return slope

    return f_prime

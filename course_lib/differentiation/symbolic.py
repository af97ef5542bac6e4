"""Symbolic differentiation: a formula in, a formula out.

    f(x) = √(x² + exp(x²))    df/dx = x (1 + exp(x²)) / √(x² + exp(x²))

`expression` runs an ordinary Python function on a symbol instead of a number and so finds
its formula. The formula of a derivative repeats itself. `operation_counts` says how much
work that is, and how much is left when each common subexpression is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import sympy

from course_lib._door import door
from course_lib._validation import finite_number, function
from course_lib.differentiation._arrays import LINEAR, PRODUCTS, Operation, Options
from course_lib.differentiation._differentiable import Differentiable, new_level
from course_lib.differentiation.operation_counts import Counts, _as_expressions, operation_counts

__all__ = ["FORMULAS", "Counts", "derivative", "expression", "operation_counts"]

_SAME_NAME = "sqrt exp log sin cos tan sinh cosh tanh".split()
_INVERSES = "sin cos tan tan2 sinh cosh tanh".split()

# What each operation of `elementary.RULES` is for sympy.
FORMULAS: dict[Operation, Callable[..., sympy.Expr]] = {
    **{getattr(np, name): getattr(sympy, name) for name in _SAME_NAME},
    **{getattr(np, "arc" + name): getattr(sympy, "a" + name) for name in _INVERSES},
    np.positive: lambda a: a,
    np.negative: lambda a: -a,
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.divide: lambda a, b: a / b,
    np.power: sympy.Pow,
    np.square: lambda a: a**2,
    np.reciprocal: lambda a: 1 / a,
    # sympy's own cube root of a negative number is complex.
    np.cbrt: lambda a: a / sympy.Abs(a) ** sympy.Rational(2, 3),
    np.exp2: lambda a: 2**a,
    np.expm1: lambda a: sympy.exp(a) - 1,
    np.log2: lambda a: sympy.log(a, 2),
    np.log10: lambda a: sympy.log(a, 10),
    np.log1p: lambda a: sympy.log(1 + a),
    np.logaddexp: lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    np.hypot: lambda a, b: sympy.sqrt(a**2 + b**2),
    np.absolute: sympy.Abs,
    np.maximum: sympy.Max,
    np.minimum: sympy.Min,
}


class _Expression(Differentiable):
    """A formula that stands where a number stands; each operation on it is a longer formula."""

    __slots__ = ()

    def __init__(self, value: sympy.Expr, level: int) -> None:
        self.value, self.level = value, level

    def __repr__(self) -> str:
        return f"Expression({self.value})"

    def apply(self, op: Operation, inputs: tuple[Any, ...], options: Options) -> _Expression:
        """Return the formula of op on formulas and numbers."""
        if op in LINEAR or op in PRODUCTS or any(np.ndim(x) for x in inputs):
            raise TypeError(
                f"f works on arrays (in {op.__name__}), but a symbol stands for one number: "
                f"write f for numbers, with one symbol for each argument"
            )
        if op not in FORMULAS:
            raise TypeError(
                f"no formula for {op.__name__}: add one to course_lib.differentiation.symbolic.FORMULAS, as its "
                f"derivative stands in course_lib.differentiation.elementary.RULES"
            )
        return _Expression(FORMULAS[op](*map(_formula, inputs)), self.level)

    def decide(self, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> NoReturn:
        """Refuse a comparison: a symbol stands for every number."""
        raise ValueError(
            f"f takes a branch or a step (numpy.{ufunc.__name__}), so it is no single expression: "
            f"use forward_mode or reverse_mode"
        )


def _formula(value: Any) -> Any:
    """Return the formula in `value`; a number becomes the fraction or the π it was written as."""
    if isinstance(value, _Expression):
        return value.value
    number = finite_number(value, "a constant in f")
    if abs(number) == np.pi:
        return sympy.pi if number > 0 else -sympy.pi
    fraction = sympy.Rational(number).limit_denominator(1000)
    return fraction if float(fraction) == number else sympy.Float(number)


def _as_symbols(symbol: object) -> list[sympy.Symbol]:
    """Return the sympy symbols that `symbol` names, real ones where it is a string."""
    if isinstance(symbol, str):
        if not symbol.strip():
            raise ValueError("symbol is empty: write 'x'")
        symbol = sympy.symbols(symbol, real=True)
    if isinstance(symbol, sympy.Symbol):
        return [symbol]
    if not isinstance(symbol, (tuple, list)):
        raise TypeError(f"symbol must be a name or a sympy.Symbol, got {symbol!r:.60}")
    if not symbol:
        raise ValueError("symbol is empty: write 'x'")
    return [s for part in symbol for s in _as_symbols(part)]


def _checked(
    f: Callable[..., Any], symbol: str | sympy.Symbol | Sequence[str | sympy.Symbol]
) -> tuple[Callable[..., Any], list[sympy.Symbol]]:
    """Return a function that gives one number or its formula, and the symbols."""
    function(f, "f")

    def number(*symbols: Any) -> Any:
        y = f(*symbols)
        if isinstance(y, (tuple, list)) or np.ndim(y):
            raise TypeError(f"f must return one number, got {y!r:.60}")
        return y

    return number, _as_symbols(symbol)


@door(_checked)
def expression(
    f: Callable[..., Any], symbol: str | sympy.Symbol | Sequence[str | sympy.Symbol]
) -> sympy.Expr:
    """Return the formula that f computes.

    Parameters
    ----------
    f
        function of one or more numbers, written with NumPy functions. Loops are unrolled.
    symbol
        the symbol, or the name of a real symbol, for the argument of f; a sequence of them for
        several arguments. A string such as ``"x y"`` names several.

    Returns
    -------
    sympy.Expr
        The formula in the symbols.

    Raises
    ------
    TypeError
        f is no function, works on arrays, uses an operation without a rule, or returns no number;
        symbol is no symbol.
    ValueError
        f compares its argument or takes a step such as ``floor``; symbol is empty.

    Notes
    -----
    Lecture A2.

    Examples
    --------
    >>> expression(lambda x: np.sqrt(x**2 + np.exp(x**2)), "x")
    sqrt(x**2 + exp(x**2))
    """
    level = new_level()
    y = f(*(_Expression(s, level) for s in symbol))
    return _formula(y)


def _checked_formula(
    expr: sympy.Expr, symbol: str | sympy.Symbol, simplify: bool = True
) -> tuple[sympy.Expr, sympy.Symbol, bool]:
    """Return the formula and the symbol in it that is meant."""
    (expr,), symbols = _as_expressions([expr]), _as_symbols(symbol)
    if len(symbols) != 1:
        raise ValueError(f"give one symbol to differentiate by, got {symbol!r:.60}")
    # Symbols of one name but with other assumptions are different ones for sympy.
    named = [s for s in expr.free_symbols if s.name == symbols[0].name]
    return expr, named[0] if named else symbols[0], simplify


@door(_checked_formula)
def derivative(
    expr: sympy.Expr, symbol: str | sympy.Symbol, simplify: bool = True
) -> sympy.Expr:
    """Return the formula of the derivative.

    Parameters
    ----------
    expr
        a sympy expression.
    symbol
        the symbol to differentiate by, or its name.
    simplify
        whether to take common factors out of sums. False leaves what the rules give.

    Returns
    -------
    sympy.Expr
        The formula of ∂/∂symbol.

    Raises
    ------
    TypeError
        expr is no expression, symbol no symbol.
    ValueError
        more than one symbol.

    Notes
    -----
    Lecture A3.

    Examples
    --------
    >>> derivative(expression(lambda x: np.sqrt(x**2 + np.exp(x**2)), "x"), "x")
    x*(exp(x**2) + 1)/sqrt(x**2 + exp(x**2))
    """
    slope = sympy.diff(expr, symbol)
    return sympy.factor_terms(slope) if simplify else slope

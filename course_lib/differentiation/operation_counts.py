"""How much work a formula is: its operations as it is written, and with no part computed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import sympy

from course_lib._validation import finite_number


class Counts(NamedTuple):
    """Operations in a formula: `naive` as it is written, `shared` with no part computed twice."""

    naive: float
    shared: float


def operation_counts(
    expr: sympy.Expr | Sequence[sympy.Expr], weights: Mapping[str, float] | None = None
) -> Counts:
    """Count the elementary operations of a formula, or of several that are wanted together.

    Each +, −, ·, / counts one and each function call counts one. A whole power is counted as
    multiplications by repeated squaring, so x² is one. A root √ is one, any other power one.
    1/√c is a root and a division. Numbers, such as √2 or log 10, are free. The sign in a − b
    is part of the subtraction; in −a it counts as a multiplication.

    Parameters
    ----------
    expr
        a sympy expression, or a sequence of them.
    weights
        what a single operation costs if not 1, by name: ``add``, ``multiply``, ``divide``,
        ``sqrt``, ``power``, or a sympy function such as ``exp``.

    Returns
    -------
    Counts
        naive: of the formula as written. shared: with each common subexpression, as found by
        ``sympy.cse``, computed once.

    Raises
    ------
    TypeError
        expr is no expression, weights are no dict.
    ValueError
        a weight that is negative or belongs to no known operation.

    Notes
    -----
    Lecture A2.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> f = sympy.sqrt(x**2 + sympy.exp(x**2))
    >>> operation_counts(f)
    Counts(naive=5, shared=4)
    >>> operation_counts(f, weights={"exp": 2})
    Counts(naive=6, shared=5)
    """
    exprs, weights = _as_expressions(expr), {} if weights is None else weights
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be a dict from an operation to its cost, got {weights!r:.60}")
    for name, weight in weights.items():
        if name not in ("add", "multiply", "divide", "sqrt", "power") and not isinstance(
            getattr(sympy, str(name), None), sympy.core.function.FunctionClass
        ):
            raise ValueError(
                f"unknown operation {name!r:.60}; known: 'add', 'multiply', 'divide', 'sqrt', "
                f"'power' and sympy's functions, such as 'exp'"
            )
        if finite_number(weight, f"the weight of {name}") < 0:
            raise ValueError(f"the weight of {name} must not be negative, got {weight}")
    replacements, reduced = sympy.cse(exprs)
    parts = [part for _, part in replacements] + reduced
    return Counts(naive=_work(exprs, weights), shared=_work(parts, weights))


def _as_expressions(expr: Any) -> list[sympy.Expr]:
    """Return the formulas in `expr`, a formula, a number, or a sequence of them."""
    exprs = list(expr) if isinstance(expr, (tuple, list)) else [expr]
    if not exprs or not all(isinstance(e, (sympy.Expr, int, float)) for e in exprs):
        raise TypeError(f"expr must be a sympy expression, got {expr!r:.60}: see expression(f, x)")
    if not all(isfinite(e) for e in exprs if isinstance(e, float)):
        raise ValueError(f"expr has NaN or infinity: {expr!r:.60}")
    return [sympy.sympify(e) for e in exprs]


def _work(exprs: Sequence[sympy.Expr], weights: Mapping[str, float]) -> float:
    """Add up the operations of formulas, each with all that it is made of."""
    known: dict[sympy.Expr, float] = {}  # so that a formula that repeats itself counts fast

    def of(expr: sympy.Expr) -> float:
        if expr not in known:
            own, parts = _own_operations(expr)
            known[expr] = sum(n * weights.get(name, 1) for name, n in own.items()) + sum(
                map(of, parts)
            )
        return known[expr]

    return sum(map(of, exprs))


def _own_operations(expr: sympy.Expr) -> tuple[dict[str, int], list[sympy.Expr]]:
    """Return the operations that join the parts of a formula, and these parts."""
    if expr.is_Symbol or expr.is_number:
        return {}, []
    if expr.is_Add:
        # a − b is stored as a + (−1) b: its sign is no operation of its own.
        positive = [term for term in expr.args if not term.could_extract_minus_sign()]
        negative = [-term for term in expr.args if term.could_extract_minus_sign()]
        signs = {} if positive else {"multiply": 1}
        return {"add": len(expr.args) - 1, **signs}, positive + negative
    if expr.is_Mul:
        above, below = _numerator_and_denominator(expr)
        products = max(len(above) - 1, 0) + max(len(below) - 1, 0)
        return {"multiply": products, "divide": int(bool(below))}, above + below
    if expr.is_Pow:
        return _power_operations(*expr.args)
    if isinstance(expr, (sympy.Max, sympy.Min)):
        return {type(expr).__name__: len(expr.args) - 1}, list(expr.args)
    return {type(expr).__name__: 1}, list(expr.args)


def _numerator_and_denominator(product: sympy.Mul) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    """Split a product at its fraction bar."""
    above, below = [], []
    for factor in product.args:
        if factor.is_Rational:
            above += [sympy.Integer(factor.p)] if factor.p != 1 else []
            below += [sympy.Integer(factor.q)] if factor.q != 1 else []
        elif factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
            below.append(factor.base**-factor.exp)
        else:
            above.append(factor)
    return above, below


def _power_operations(
    base: sympy.Expr, exponent: sympy.Expr
) -> tuple[dict[str, int], list[sympy.Expr]]:
    """Return the operations of a power and its parts; a negative power is 1 over another."""
    if exponent.is_Rational and exponent.is_negative:
        return {"divide": 1}, [base**-exponent]
    if exponent.is_Rational and exponent.q <= 2:
        n = int(exponent.p)
        return {"sqrt": int(exponent.q) - 1, "multiply": n.bit_length() + n.bit_count() - 2}, [base]
    return {"power": 1}, [base, exponent]

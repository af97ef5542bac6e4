"""Formulas from functions: the same values and the same slopes."""

import autograd.numpy as anp
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from course_lib.differentiation import forward_mode, reverse_mode, symbolic
from course_lib.differentiation._differentiable import MissingRule
from course_lib.differentiation.elementary import RULES
from course_lib.differentiation.symbolic import FORMULAS, derivative, expression

x, y = sympy.symbols("x y", real=True)


def lecture_f(x):
    return anp.sqrt(x**2 + anp.exp(x**2))


@pytest.mark.lecture("A2")
def test_the_lectures_function_as_a_formula():
    assert expression(lecture_f, "x") == sympy.sqrt(x**2 + sympy.exp(x**2))


@pytest.mark.lecture("A3")
def test_the_lectures_derivative_as_a_formula():
    slope = derivative(expression(lecture_f, "x"), "x")
    assert slope == x * (1 + sympy.exp(x**2)) / sympy.sqrt(x**2 + sympy.exp(x**2))


@pytest.mark.lecture("A3")
@given(st.floats(-5, 5))
def test_four_ways_to_the_lectures_derivative_agree(at):
    formula = at * (1 + np.exp(at**2)) / np.sqrt(at**2 + np.exp(at**2))
    slope = derivative(expression(lecture_f, "x"), "x")
    assert float(slope.subs(x, at)) == pytest.approx(formula, rel=1e-12, abs=1e-300)
    assert forward_mode.derivative(lecture_f)(at) == pytest.approx(formula, rel=1e-12, abs=1e-300)
    assert reverse_mode.gradient(lecture_f)(at) == pytest.approx(formula, rel=1e-12, abs=1e-300)


def test_every_rule_has_a_formula():
    assert set(FORMULAS) == set(RULES)


@pytest.mark.parametrize("ufunc", RULES, ids=lambda ufunc: ufunc.__name__)
def test_formulas_agree_with_numpy_and_their_slopes_with_the_table(ufunc):
    at = (1.75, 1.25) if ufunc is np.arccosh else (0.75, 0.625)
    at = at[: ufunc.nin]
    expr = expression(ufunc, (x, y)[: ufunc.nin])
    values = dict(zip((x, y), at))
    assert float(expr.subs(values).evalf()) == pytest.approx(ufunc(*at), rel=1e-14)
    for k, symbol in enumerate((x, y)[: ufunc.nin]):
        slope = float(derivative(expr, symbol).subs(values).doit().evalf())
        assert slope == pytest.approx(RULES[ufunc][k](*at, ufunc(*at)), rel=1e-13)


def test_cube_root_of_a_negative_number_is_real():
    expr = expression(np.cbrt, "x")
    assert float(expr.subs(x, -8)) == pytest.approx(-2)
    assert float(derivative(expr, "x").subs(x, -8)) == pytest.approx(1 / 12)


def test_constants_keep_the_form_they_were_written_in():
    f = expression(lambda x: 0.1 * x**0.5 + np.pi * x + x / 3 + 1 / 3, "x")
    assert f == sympy.sqrt(x) / 10 + sympy.pi * x + x / 3 + sympy.Rational(1, 3)
    assert expression(lambda x: 0.123456789 * x, "x") == sympy.Float(0.123456789) * x
    assert expression(lambda x: -np.pi * x, "x") == -sympy.pi * x
    assert expression(lambda x: 3.0, "x") == 3


def test_symbols_by_name_by_symbol_and_several():
    z = sympy.Symbol("z")
    assert expression(np.exp, z) == sympy.exp(z)
    assert expression(lambda a, b: a * b, "x y") == x * y
    assert expression(lambda a, b: a * b, ["x", y]) == x * y
    # A name finds the symbol even where its assumptions differ from the usual ones.
    assert derivative(z**2, "z") == 2 * z
    assert derivative(x * y, "y") == x
    assert derivative(sympy.Integer(3), "x") == 0


def test_raw_derivative_is_left_alone():
    slope = derivative(expression(lecture_f, "x"), "x", simplify=False)
    assert slope == sympy.diff(sympy.sqrt(x**2 + sympy.exp(x**2)), x)


def branch(x):
    return x if x > 0 else -x


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (branch, ValueError, "takes a branch .*greater"),
        (lambda x: np.where(x > 0, x, 0), ValueError, "takes a branch"),
        (lambda x: 1.0 if x else 0.0, ValueError, "not_equal"),
        (np.floor, ValueError, "floor"),
        (np.sum, TypeError, "works on arrays"),
        (lambda x: x @ x, TypeError, "works on arrays"),
        (lambda x: x[0], TypeError, "works on arrays"),
        (lambda x: x * np.ones(2), TypeError, "works on arrays"),
        (lambda x: (x, x), TypeError, "must return one number"),
        (lambda x: np.ones(2), TypeError, "must return one number"),
        (lambda x: None, TypeError, "must hold numbers"),
        (lambda x: x * np.nan, ValueError, "^a constant in f has NaN"),
        (np.sinc, MissingRule, "sinc"),
        (2.0, TypeError, "^f must be a function"),
    ],
)
def test_functions_that_are_no_expression(f, error, message):
    with pytest.raises(error, match=message):
        expression(f, "x")


def test_bad_symbols_and_expressions():
    empty = "^symbol is empty: write 'x'$"
    for symbol, error, text in [(3, TypeError, "symbol"), ("", ValueError, empty), ((), ValueError, empty)]:
        with pytest.raises(error, match=text):
            expression(np.exp, symbol)
    with pytest.raises(ValueError, match="one symbol"):
        derivative(x * y, "x y")
    with pytest.raises(TypeError, match="sympy expression"):
        derivative("x**2", "x")


def test_a_rule_without_a_formula_says_where_to_add_it(monkeypatch):
    monkeypatch.setitem(RULES, np.cbrt, RULES[np.cbrt])
    monkeypatch.delitem(symbolic.FORMULAS, np.cbrt)
    with pytest.raises(TypeError, match=r"no formula for cbrt: add one to \S+\.symbolic\.FORMULAS"):
        expression(np.cbrt, "x")

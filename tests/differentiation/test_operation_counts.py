"""How much work a formula is: what counts as one operation, and what sharing saves."""

import autograd.numpy as anp
import numpy as np
import pytest
import sympy

from course_lib.differentiation.operation_counts import Counts, operation_counts
from course_lib.differentiation.symbolic import derivative, expression

x, y = sympy.symbols("x y", real=True)


def lecture_f(x):
    return anp.sqrt(x**2 + anp.exp(x**2))


def logistic_map(n):
    def iterate(x):
        for _ in range(n):
            x = 4 * x * (1 - x)
        return x

    return iterate


@pytest.mark.lecture("A2")
def test_the_lectures_five_flops():
    f = expression(lecture_f, "x")
    assert operation_counts(f) == Counts(naive=5, shared=4)
    assert operation_counts(f, weights={"exp": 2}).shared == 5


@pytest.mark.lecture("A3")
def test_the_ten_flops_of_the_lectures_derivative():
    f = expression(lecture_f, "x")
    slope = derivative(f, "x")
    assert operation_counts(slope) == Counts(naive=10, shared=7)
    assert operation_counts(slope, weights={"exp": 2}) == Counts(naive=12, shared=8)
    # With f and f' wanted together, f comes for nothing.
    assert operation_counts([f, slope]) == Counts(naive=15, shared=7)


@pytest.mark.parametrize(
    ("expr", "naive"),
    [
        (x, 0),
        (sympy.sqrt(2) + sympy.pi, 0),
        (-x, 1),
        (x - y, 1),
        (-x - y, 2),
        (2 * x / 3, 2),
        (x / y, 1),
        (x / 3, 1),
        (1 / (x * y), 2),
        (1 / x**2, 2),
        (1 / x**3, 3),
        (x ** sympy.Rational(3, 2), 3),
        (x ** sympy.Rational(5, 2), 4),
        (1 / sympy.sqrt(x), 2),
        (x**2, 1),
        (x**3, 2),
        (x**8, 3),
        (x ** sympy.Rational(1, 3), 1),
        (x**y, 1),
        (sympy.exp(-x), 2),
        (x * sympy.exp(-x), 3),
        (sympy.log(x) / sympy.log(10), 2),
        (sympy.Max(x, y, 0), 2),
        (sympy.tanh(2 * x + 1), 3),
        (1 / (1 + sympy.exp(-x)), 4),
    ],
)
def test_what_counts_as_one_operation(expr, naive):
    assert operation_counts(expr).naive == naive


def test_weights():
    counts = operation_counts(x**2 + x / y, weights={"divide": 4, "add": 0, "multiply": 0.5})
    assert counts.naive == 4.5


@pytest.mark.parametrize(
    ("expr", "operation"),
    [
        (x + y, "add"),
        (x * y, "multiply"),
        (x**2, "multiply"),
        (-x - y, "multiply"),
        (x / y, "divide"),
        (1 / x, "divide"),
        (sympy.sqrt(x), "sqrt"),
        (x**y, "power"),
        (sympy.exp(x), "exp"),
        (sympy.Max(x, y), "Max"),
    ],
)
def test_an_operation_has_the_weight_of_its_name(expr, operation):
    plain = operation_counts(expr).naive
    assert operation_counts(expr, weights={operation: 5}).naive == plain + 4


def test_shared_work_of_the_logistic_map_grows_linearly_and_naive_work_doubles():
    counts = [operation_counts(expression(logistic_map(n), "x")) for n in range(2, 9)]
    assert set(np.diff([c.shared for c in counts])) == {3}
    naive = np.array([c.naive for c in counts])
    np.testing.assert_array_equal(naive[1:], 2 * naive[:-1] + 2)


@pytest.mark.parametrize("n", range(1, 7))
def test_sharing_never_costs_more(n):
    expr = expression(logistic_map(n), "x")
    for _ in range(3):
        expr = derivative(expr, "x", simplify=False)
        naive, shared = operation_counts(expr)
        assert shared <= naive


def test_a_half_is_a_division_and_the_larger_of_three_takes_two_comparisons():
    assert operation_counts(x / 2) == operation_counts(2 * x) == Counts(1, 1)
    assert operation_counts(3 * x / 2) == Counts(2, 2)
    assert operation_counts(sympy.Max(x, y, 3)) == Counts(2, 2)
    assert operation_counts(sympy.Max(x, y, 3), weights={"Max": 5}) == Counts(10, 10)
    assert operation_counts([x + y, 2.5]) == Counts(1, 1)


def test_bad_expressions_and_weights():
    with pytest.raises(TypeError, match="sympy expression"):
        operation_counts([])
    with pytest.raises(ValueError, match="known: 'add'"):
        operation_counts(x, weights={"plus": 2})
    with pytest.raises(ValueError, match="negative"):
        operation_counts(x, weights={"exp": -1})
    with pytest.raises(ValueError, match="the weight of exp has NaN"):
        operation_counts(x, weights={"exp": np.nan})

"""A differential equation: its residuals, one for each equation, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.equations import PROBLEMS, InitialValue, ODEProblem

FROM_ONE = InitialValue(0, 1)


def first_order(residual=lambda x, f, df: df + f, condition=FROM_ONE, domain=(0, 1), **kw):
    return ODEProblem(residual, condition, domain, **kw)


def test_the_domain_holds_floats_whatever_it_is_given():
    assert all(type(x) is float for x in first_order(domain=[0, 1]).domain)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: first_order(condition=1.0), TypeError, "an InitialValue, a BoundaryValue or two At"),
        (lambda: first_order(domain=(1, 0)), ValueError, r"domain must run upwards, got \(1, 0\)"),
        (lambda: first_order(domain=(0, 0)), ValueError, "domain must run upwards"),
        (lambda: first_order(domain=1.0), TypeError, "domain must be"),
        (lambda: first_order(domain=(0, np.inf)), ValueError, "^domain has NaN or infinity"),
        (lambda: first_order(domain=(2, 3)), ValueError, "x = 0 is outside"),
        (lambda: first_order(residual=1.0), TypeError, "residual must be a function"),
        (lambda: first_order(residual=lambda x, f: f), TypeError, r"3 arguments \(x, f, df\)"),
        (lambda: first_order(condition=InitialValue(0, 1, 0)), TypeError, r"4 arguments \(x, f, df, d2f\)"),
        (lambda: first_order(exact=1.0), TypeError, "exact must be a function"),
    ],
)
def test_problems_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


x3, one3, two3 = np.linspace(0, 1, 3), np.ones((3, 1)), np.ones((3, 2))
pair = InitialValue(0, (1, 2))


@pytest.mark.parametrize(
    ("problem", "f", "message"),
    [
        (first_order(lambda x, f, df: (df + f)[:, None]), one3, r"shape \(3, 1\), expected \(3,\)"),
        (first_order(lambda x, f, df: 0.0), one3, r"shape \(\), expected \(3,\)"),
        (first_order(lambda x, f, df: df / x), one3, "first at x = 0"),
        (first_order(lambda x, f, df: f[0], pair), two3, r"2 arrays of shape \(3,\).* got shape \(3,\)"),
        (first_order(lambda x, f, df: (f[0],), pair), two3, "one for each equation, got 1"),
        (first_order(lambda x, f, df: (f[0], f[1][1:]), pair), two3, r"shape \(2,\), expected \(3,\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_residuals_of_a_wrong_shape_are_refused(problem, f, message):
    with pytest.raises(ValueError, match=message):
        problem.residuals(x3, f, f)


def test_a_residual_that_forgets_to_return_is_refused():
    for result, kind in [(None, "NoneType"), ([1.0], "list")]:
        with pytest.raises(TypeError, match=f"residual must return arrays, got {kind}$"):
            first_order(lambda x, f, df: result).residuals(x3, one3, one3)


def test_residuals_of_a_system_may_be_stacked():
    stacked = first_order(lambda x, f, df: np.stack([df[0] - f[1], df[1]]), pair)
    listed = first_order(lambda x, f, df: [df[0] - f[1], df[1]], pair)
    f = np.random.default_rng(0).normal(size=(3, 2))
    np.testing.assert_array_equal(stacked.residuals(x3, f, 2 * f), listed.residuals(x3, f, 2 * f))


@given(st.integers(1, 6), st.integers(0, 2**20))
def test_columns_are_the_residuals_equation_by_equation(m, seed):
    x, *parts = np.random.default_rng(seed).uniform(0, 1, (7, m))
    for name in ("logistic", "lagaris 4", "poisson"):
        problem = PROBLEMS[name]
        count = (problem.order + 1) * problem.unknowns
        got = problem.columns(x, parts[:count])
        jet = np.reshape(parts[:count], (problem.order + 1, problem.unknowns, m)).swapaxes(1, 2)
        assert len(got) == problem.unknowns
        np.testing.assert_array_equal(np.stack(got, axis=1), problem.residuals(x, *jet))
    f1, f2, df1, df2 = parts[:4]
    system = ODEProblem(lambda x, f, df: (df[0] + 10 * x * f[1], df[1] - f[0]), pair, (0, 1))
    first, second = system.columns(x, [f1, f2, df1, df2])
    np.testing.assert_array_equal(first, df1 + 10 * x * f2)
    np.testing.assert_array_equal(second, df2 - f1)

"""Difference formulas: their order, their rounding error, what they cost and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.differentiation import forward_mode, reverse_mode
from course_lib.differentiation._steps import estimate, unit_of_rounding
from course_lib.differentiation.finite_differences import (
    EPS,
    METHODS,
    central,
    complex_step,
    forward,
    gradient,
    observed_order,
)

FORMULAS = {"forward": forward, "central": central, "complex_step": complex_step}
POINTS = np.linspace(0.5, 1.5, 101)

every_formula = pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
every_method = pytest.mark.parametrize("method", METHODS)


def lecture_f(x):
    return np.sqrt(x**2 + np.exp(x**2))


def lecture_slope(x):
    return x * (1 + np.exp(x**2)) / lecture_f(x)


def worst_error(formula, h):
    return np.abs(formula(lecture_f, POINTS, h) - lecture_slope(POINTS)).max()


# The formulas


@pytest.mark.lecture("A1")
def test_forward_is_the_lectures_quotient():
    x, h = 0.75, 0.125
    assert forward(lecture_f, x, h) == (lecture_f(x + h) - lecture_f(x)) / h


@pytest.mark.lecture("A1")
@pytest.mark.parametrize(
    ("formula", "order"), [(forward, 1), (central, 2), (complex_step, 2)], ids=FORMULAS
)
def test_truncation_error_has_its_order(formula, order):
    steps = np.logspace(-4, -2, 9)
    errors = [worst_error(formula, h) for h in steps]
    assert observed_order(errors, steps) == pytest.approx(order, abs=0.02)


@pytest.mark.lecture("A1")
@pytest.mark.parametrize(("formula", "share"), [(forward, 1 / 2), (central, 1 / 6)])
def test_truncation_error_has_its_constant(formula, share):
    # At x = 0 every derivative of exp is 1, so the error is h/2 or h²/6 and higher powers.
    h, order = 1e-3, 1 if formula is forward else 2
    assert (formula(np.exp, 0.0, h) - 1) / h**order == pytest.approx(share, rel=1e-3)


@pytest.mark.lecture("A1")
def test_complex_step_has_the_truncation_error_of_central_with_the_other_sign():
    assert (complex_step(np.exp, 0.0, 1e-3) - 1) / 1e-6 == pytest.approx(-1 / 6, rel=1e-3)


@pytest.mark.lecture("A1")
@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-2, 2), st.floats(1e-3, 1))
def test_exact_for_polynomials_of_their_degree(p, q, x, h):
    assert forward(lambda x: p + q * x, x, h) == pytest.approx(q, abs=1e-10)
    assert central(lambda x: p * x**2 + q * x, x, h) == pytest.approx(2 * p * x + q, abs=1e-10)
    assert complex_step(lambda x: p * x**2 + q * x, x, h) == pytest.approx(
        2 * p * x + q, abs=1e-10
    )


@pytest.mark.lecture("A1")
@pytest.mark.parametrize("h", [1e-10, 1e-20, 1e-100, 1e-300])
def test_complex_step_is_exact_to_rounding_for_any_small_step(h):
    found = complex_step(lecture_f, POINTS, h)
    np.testing.assert_allclose(found, lecture_slope(POINTS), rtol=2e-15)


@pytest.mark.parametrize(("formula", "power"), [(forward, 1 / 2), (central, 1 / 3)])
def test_rounding_error_grows_as_the_step_falls_below_the_best(formula, power):
    best = worst_error(formula, EPS**power)
    assert worst_error(formula, EPS**power * 1e-4) > 100 * best
    assert worst_error(formula, EPS**power * 1e4) > 100 * best


@pytest.mark.parametrize(("formula", "power"), [(forward, 1 / 2), (central, 2 / 3)])
def test_error_at_the_best_step(formula, power):
    h = METHODS[formula.__name__][1]
    assert EPS**power / 100 < worst_error(formula, h) < 100 * EPS**power


@every_formula
def test_result_is_like_x(formula):
    for x in [0.5, [0.5, 1.0], np.ones((2, 3)), np.ones((2, 1, 3))]:
        assert np.shape(formula(lecture_f, x, 1e-6)) == np.shape(x)
    assert isinstance(formula(lecture_f, 1, 1e-6), float)


@every_formula
def test_list_and_whole_numbers_are_read_as_floats(formula):
    expected = formula(lecture_f, np.array([1.0, 2.0]), 1e-6)
    np.testing.assert_array_equal(formula(lecture_f, [1, 2], 1e-6), expected)
    np.testing.assert_array_equal(formula(lecture_f, np.array([1, 2]), 1e-6), expected)


# The gradient


def quadratic(x):
    return np.sum(WEIGHTS * x**2) + x.flat[0] * x.flat[-1]


WEIGHTS = np.arange(1.0, 7.0).reshape(2, 3)
TOLERANCE = {"forward": 1e-6, "central": 1e-8, "complex_step": 1e-14}


@pytest.mark.lecture("A1")
@every_method
def test_gradient_is_the_analytic_one(method):
    x = np.linspace(-2, 3, 6).reshape(2, 3)
    exact = 2 * WEIGHTS * x
    exact[0, 0] += x[1, 2]
    exact[1, 2] += x[0, 0]
    found = gradient(quadratic, x, method)
    assert found.shape == x.shape
    np.testing.assert_allclose(found, exact, atol=TOLERANCE[method] * 10)


@pytest.mark.lecture("A1")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=5), st.sampled_from(list(METHODS)))
def test_gradient_of_a_sum_is_the_slope_of_each_term(x, method):
    found = gradient(lambda x: np.sum(lecture_f(x)), x, method)
    np.testing.assert_allclose(
        found, lecture_slope(np.array(x)), rtol=1e-5, atol=TOLERANCE[method] * 10
    )


@every_method
def test_gradient_of_one_number(method):
    slope = gradient(lecture_f, 0.8, method)
    assert np.shape(slope) == ()
    assert slope == pytest.approx(lecture_slope(0.8), abs=1e-6)


@every_method
def test_gradient_far_from_the_origin(method):
    x = np.array([1e9, -1e9])
    np.testing.assert_allclose(gradient(lambda x: np.sum(x**2), x, method), 2 * x, rtol=1e-6)


@pytest.mark.parametrize(
    ("method", "count"),
    [("forward", lambda n: 2 * n + 1), ("central", lambda n: 4 * n + 1), ("complex_step", lambda n: 3 * n)],
)
@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_different_evaluations_of_a_gradient(method, count, n):
    points = set()

    def f(x):
        points.add(x.tobytes())
        return np.sum(x**2)

    gradient(f, np.ones(n), method)
    assert len(points) == count(n)


@every_method
def test_gradient_leaves_x_alone(method):
    x = np.ones(3)
    gradient(lambda x: np.sum(x**2), x, method)
    np.testing.assert_array_equal(x, np.ones(3))


# The observed order


@given(
    st.floats(-3, 6),
    st.floats(1e-3, 1e3),
    st.lists(st.integers(0, 12), min_size=2, max_size=8, unique=True),
)
def test_observed_order_of_a_power_is_exact(p, c, halvings):
    steps = 0.5 ** np.array(halvings)
    assert observed_order(c * steps**p, steps) == pytest.approx(p, abs=1e-9)


def test_observed_order_takes_lists_and_returns_a_float():
    assert type(observed_order([4, 1], [2, 1])) is float
    assert observed_order([4, 1], [2, 1]) == pytest.approx(2)


# Bad input


@every_formula
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ("1", TypeError, "x must hold numbers"),
        (None, TypeError, "x must hold numbers"),
        ([[1.0, 2.0], [3.0]], ValueError, "x is ragged"),
        ([], ValueError, r"x is empty \(shape \(0,\)\)"),
        (np.nan, ValueError, "x has NaN or infinity"),
        ([1.0, np.inf], ValueError, r"x has NaN or infinity at index \(1,\)"),
    ],
)
def test_bad_x(formula, x, error, message):
    with pytest.raises(error, match=message):
        formula(lecture_f, x, 1e-6)


@every_formula
@pytest.mark.parametrize(
    ("h", "error", "message"),
    [
        (0, ValueError, "h must be positive, got 0"),
        (-1e-3, ValueError, "h must be positive, got -0.001"),
        (np.nan, ValueError, "h has NaN or infinity"),
        (np.inf, ValueError, "h has NaN or infinity"),
        ([1e-3, 1e-4], ValueError, "h must be one real number"),
        (1e-3j, ValueError, "h must be one real number"),
        ("small", TypeError, "h must hold numbers"),
        (None, TypeError, "h must hold numbers"),
    ],
)
def test_bad_step(formula, h, error, message):
    with pytest.raises(error, match=message):
        formula(lecture_f, 1.0, h)


@every_formula
@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: np.sum(x), ValueError, r"f\(x\) has shape \(\), expected \(3,\)"),
        (lambda x: x[:2], ValueError, r"f\(x\) has shape \(2,\), expected \(3,\)"),
        (lambda x: x[:, None], ValueError, r"f\(x\) has shape \(3, 1\), expected \(3,\)"),
        (lambda x: x * np.nan, ValueError, r"f\(x\) has NaN or infinity"),
        (lambda x: x * np.inf, ValueError, r"f\(x\) has NaN or infinity"),
        (lambda x: None, TypeError, r"f\(x\) must hold numbers"),
        (3.0, TypeError, "f must be a function"),
        (None, TypeError, "f must be a function"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_bad_function(formula, f, error, message):
    with pytest.raises(error, match=message):
        formula(f, np.ones(3), 1e-6)


@pytest.mark.parametrize("f", [np.abs, np.real, lambda x: np.sqrt(np.abs(x))])
def test_complex_step_refuses_a_function_that_drops_the_imaginary_part(f):
    text = "it drops the imaginary part, as abs and real do; use central$"
    with pytest.raises(ValueError, match=r"^f returned real numbers for x \+ ih: " + text):
        complex_step(f, 1.0)
    with pytest.raises(ValueError, match="drops the imaginary part"):
        gradient(f, 1.0, "complex_step")


@pytest.mark.parametrize("method", ["backward", "", None, 2])
def test_unknown_method_lists_the_known(method):
    known = "known: 'forward', 'central', 'complex_step'"
    with pytest.raises(ValueError, match=f"unknown method {method!r}; {known}"):
        gradient(np.sum, np.ones(2), method)


@every_method
@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (np.square, [1.0, 2.0], ValueError, r"one number, got shape \(2,\)"),
        (lambda x: np.nan * np.sum(x), [1.0, 2.0], ValueError, "NaN or infinity"),
        (lambda x: None, [1.0, 2.0], TypeError, "must hold numbers"),
        (2.0, [1.0], TypeError, "f must be a function"),
        (np.sum, "ab", TypeError, "x must hold numbers"),
        (np.sum, [], ValueError, "x is empty"),
        (np.sum, [1.0, np.nan], ValueError, "x has NaN or infinity"),
        (np.sum, [[1.0], [1.0, 2.0]], ValueError, "x is ragged"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_bad_input_of_gradient(method, f, x, error, message):
    with pytest.raises(error, match=message):
        gradient(f, x, method)


@pytest.mark.parametrize(
    ("errors", "steps", "error", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], ValueError, r"steps has shape \(3,\), expected \(2,\)"),
        ([[1.0, 2.0]], [1.0, 2.0], ValueError, r"errors has shape \(1, 2\), expected \(k,\)"),
        ([1.0, 0.0], [1.0, 2.0], ValueError, "leave out errors of zero$"),
        ([1.0, -1.0], [1.0, 2.0], ValueError, "^errors and steps must be positive"),
        ([1.0, 2.0], [0.0, 1.0], ValueError, "must be positive"),
        ([1.0, 2.0], [-1.0, 1.0], ValueError, "must be positive"),
        ([1.0, 2.0], [1.0, 1.0], ValueError, "the steps different"),
        ([1.0], [1.0], ValueError, "the steps different"),
        ([], [], ValueError, "errors is empty"),
        ([1.0, np.nan], [1.0, 2.0], ValueError, r"errors has NaN or infinity at index \(1,\)"),
        ([1.0, 2.0], [1.0, np.inf], ValueError, "steps has NaN or infinity"),
        (["a", "b"], [1.0, 2.0], TypeError, "errors must hold numbers"),
        (1.0, 2.0, ValueError, r"errors has shape \(\), expected \(k,\)"),
    ],
)
def test_bad_input_of_observed_order(errors, steps, error, message):
    with pytest.raises(error, match=message):
        observed_order(errors, steps)


@pytest.mark.parametrize(("x", "scale"), [(0.0, 1.0), (-0.75, 1.0), (1.5, 1.5), (-8.0, 8.0)])
def test_the_step_of_a_gradient_is_relative_to_a_number_above_one(x, scale):
    for method, power in [("forward", 1 / 2), ("central", 1 / 3)]:
        seen = []
        gradient(lambda s: seen.append(float(s)) or np.sin(s), x, method)
        for k, ratio in [(-2, 1.0), (-1, 8.0)]:
            assert sorted(seen)[k] - x == pytest.approx(ratio * scale * np.finfo(float).eps ** power, rel=1e-6)


def test_a_difference_is_differentiated_in_its_step():
    h = 0.1
    slope = (h * np.cos(1 + h) - np.sin(1 + h) + np.sin(1)) / h**2
    assert forward_mode.derivative(lambda h: forward(np.sin, 1.0, h))(h) == pytest.approx(slope, rel=1e-12)
    assert reverse_mode.gradient(lambda h: forward(np.sin, 1.0, h))(h) == pytest.approx(slope, rel=1e-12)


def test_whole_numbers_round_as_floats_do():
    assert unit_of_rounding(np.float32(3.0)) == np.finfo(np.float32).eps
    assert unit_of_rounding(3) == unit_of_rounding(np.arange(3)) == unit_of_rounding(3.0) == EPS


def test_single_precision_is_noticed_in_numbers_of_double():
    """Steps for double precision would lose more than five times as many digits."""

    def f(x):
        return np.sin(x.astype(np.float32)).astype(float)

    x = np.linspace(0.2, 2.0, 9)
    assert np.abs(estimate(f, x, f(x)).slope - np.cos(x)).max() < 1.5e-5

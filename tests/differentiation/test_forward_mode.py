"""Dual numbers: their algebra, their derivatives, and what they refuse."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.differentiation import finite_differences
from course_lib.differentiation.forward_mode import Dual, derivative, jvp
from course_lib.differentiation.reverse_mode import gradient

small = st.floats(-3, 3).filter(lambda x: x == 0 or abs(x) > 1e-3)
points = st.floats(-2, 2, allow_subnormal=False)


def lecture_f(x):
    a = x**2
    b = anp.exp(a)
    c = a + b
    return anp.sqrt(c)


def lecture_slope(x):
    return x * (1 + np.exp(x**2)) / np.sqrt(x**2 + np.exp(x**2))


def parts(x):
    return float(x.value), float(x.derivative)


# --------------------------------------------------------------------------- the algebra


def test_epsilon_squared_is_zero():
    eps = Dual(0.0, 1.0)
    assert parts(eps * eps) == (0.0, 0.0)
    assert parts(eps**2) == (0.0, 0.0)


@given(small, small, small, small)
def test_dual_numbers_are_the_matrices_a_plus_b_epsilon(a, da, b, db):
    """a + ε b is the matrix [[a, b], [0, a]]: sums, products and inverses agree."""
    matrix = lambda x, dx: np.array([[x, dx], [0.0, x]])
    x, y, mx, my = Dual(a, da), Dual(b, db), matrix(a, da), matrix(b, db)
    for got, expected in [(x + y, mx + my), (x - y, mx - my), (x * y, mx @ my), (-x, -mx)]:
        np.testing.assert_allclose(parts(got), expected[0], rtol=1e-12, atol=1e-12)
    if b != 0:
        np.testing.assert_allclose(
            parts(x / y), (mx @ np.linalg.inv(my))[0], rtol=1e-9, atol=1e-9
        )


@given(small, small, small, small, small, small)
def test_ring_laws(a, da, b, db, c, dc):
    x, y, z = Dual(a, da), Dual(b, db), Dual(c, dc)
    assert parts(x * y) == parts(y * x)
    assert parts(x * (y + z)) == pytest.approx(parts(x * y + x * z), abs=1e-12)
    assert parts((x * y) * z) == pytest.approx(parts(x * (y * z)), abs=1e-12)
    assert parts(x + 0) == parts(x * 1) == parts(x)


@given(small)
def test_numbers_on_either_side(a):
    x = Dual(a, 1.0)
    assert parts(2 + x) == parts(x + 2) == (a + 2, 1.0)
    assert parts(2 * x) == parts(x * 2) == (2 * a, 2.0)
    assert parts(2 - x) == (2 - a, -1.0)
    assert parts(np.float64(2) * x) == (2 * a, 2.0)


def test_reading_a_dual_number():
    x = Dual(3, 1)
    assert repr(x * x) == "Dual(9.0, 6.0)"
    assert x > 2 and x > 2 and x == 3 and x != 4
    assert Dual([1.0, 2.0], [0.0, 1.0]).shape == (2,)


# --------------------------------------------------------------------------- the lecture's example


@pytest.mark.lecture("A5")
@given(points)
def test_each_tangent_of_the_lecture(x):
    a = Dual(x, 1.0) ** 2
    b = np.exp(a)
    c = a + b
    d = np.sqrt(c)
    da_dx = 2 * x
    db_dx = np.exp(x**2) * da_dx
    dc_dx = 1 * da_dx + 1 * db_dx
    df_dx = 1 / (2 * np.sqrt(c.value)) * dc_dx
    for node, tangent in [(a, da_dx), (b, db_dx), (c, dc_dx), (d, df_dx)]:
        assert node.derivative == pytest.approx(tangent, rel=1e-14, abs=1e-300)
    assert df_dx == pytest.approx(lecture_slope(x), rel=1e-14, abs=1e-300)


@pytest.mark.lecture("A5")
@given(st.floats(0.2, 3), st.floats(0.2, 3))
def test_where_the_notes_slip_dc_db_is_one_and_db_dc_is_not(a, b):
    add = lambda a, b: a + b
    assert jvp(lambda a: add(a, b), a, 1.0)[1] == 1.0
    assert jvp(lambda b: add(a, b), b, 1.0)[1] == 1.0
    x = math.sqrt(a)
    db, dc = derivative(lambda x: np.exp(x**2))(x), derivative(lambda x: x**2 + np.exp(x**2))(x)
    assert db / dc == pytest.approx(np.exp(a) / (1 + np.exp(a)), rel=1e-12)
    assert db / dc < 1


@pytest.mark.lecture("A5")
@given(points)
def test_one_function_on_numbers_arrays_duals_and_boxes(x):
    xs = np.array([x, x / 2, -x])
    assert lecture_f(x) == pytest.approx(jvp(lecture_f, x, 1.0)[0], rel=1e-13)
    slopes = derivative(lecture_f)(xs)
    ones = np.ones(3)
    for other in [
        lecture_slope(xs),
        autograd.elementwise_grad(lecture_f)(xs),
        autograd.make_jvp(lecture_f)(xs)(ones)[1],
        finite_differences.complex_step(lecture_f, xs),
        jvp(lecture_f, xs, ones)[1],
        [gradient(lecture_f)(each) for each in xs],
    ]:
        np.testing.assert_allclose(slopes, other, rtol=1e-13, atol=1e-250)


# --------------------------------------------------------------------------- derivative and jvp


def test_fan_out_adds():
    assert derivative(lambda x: x + x)(3.0) == 2.0
    assert derivative(lambda x: x * x * x)(2.0) == 12.0


def test_a_chain_of_100_000_operations():
    def f(x):
        y = x
        for _ in range(50_000):
            y = y * 0.5 + x
        return y

    assert jvp(f, 1.0, 1.0) == (2.0, 2.0)


@given(points)
def test_loops_and_branches(x):
    def f(x):
        y = x
        for k in range(5):
            y = y * x if y > 0 else y * k + anp.sin(x)
        return y

    assert derivative(f)(x) == pytest.approx(autograd.grad(f)(x), rel=1e-12, abs=1e-12)


@given(points, points, st.floats(-3, 3))
def test_linear_in_the_seed_and_in_the_function(v, w, s):
    f = lambda x: np.sin(x[0]) * np.exp(x[1])
    g = lambda x: x[0] ** 2 / (2 + x[1] ** 2)
    x, v, w = np.array([0.3, -0.7]), np.array([v, 1.0]), np.array([w, -2.0])
    push = lambda f, v: jvp(f, x, v)[1]
    assert push(f, v + s * w) == pytest.approx(push(f, v) + s * push(f, w), abs=1e-12)
    together = lambda x: f(x) + s * g(x)
    assert push(together, v) == pytest.approx(push(f, v) + s * push(g, v), abs=1e-12)
    product = f(x) * push(g, v) + g(x) * push(f, v)
    assert push(lambda x: f(x) * g(x), v) == pytest.approx(product, abs=1e-12)


@given(points)
def test_chain_rule(x):
    inner, outer = np.sin, lambda x: np.exp(x) * x
    expected = derivative(outer)(inner(x)) * derivative(inner)(x)
    assert derivative(lambda x: outer(inner(x)))(x) == pytest.approx(expected, abs=1e-13)


@pytest.mark.lecture("A5")
def test_n_inputs_need_n_passes():
    passes = 0

    def f(x):
        nonlocal passes
        passes += 1
        return anp.sum(anp.tanh(x) * x[::-1])

    x = np.linspace(-1, 2, 7)
    partials = [jvp(f, x, seed)[1] for seed in np.eye(7)]
    assert passes == 7
    np.testing.assert_allclose(partials, autograd.grad(f)(x), rtol=1e-13)


def test_jvp_of_a_network_layer_against_autograd():
    rng = np.random.default_rng(3)
    w, x, v = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))

    def layer(x):
        z = anp.dot(x, w.T)
        hidden = anp.concatenate([anp.tanh(z), 1 / (1 + anp.exp(-z))], axis=1)
        return anp.mean(anp.reshape(hidden, (5, 2, 4))[:, 1], axis=0) ** 2

    got, expected = jvp(layer, x, v), autograd.make_jvp(layer)(x)(v)
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-14)
    np.testing.assert_allclose(got[1], expected[1], rtol=1e-12)


def test_many_outputs_in_one_pass():
    curve = lambda t: np.stack([np.cos(t), np.sin(t), t**2])
    value, velocity = jvp(curve, 0.5, 1.0)
    np.testing.assert_allclose(value, [math.cos(0.5), math.sin(0.5), 0.25], rtol=1e-15)
    np.testing.assert_allclose(velocity, [-math.sin(0.5), math.cos(0.5), 1.0], rtol=1e-15)


@pytest.mark.parametrize("x", [3, True, 3.0, np.float32(3), np.array(3), np.int64(3)])
def test_any_kind_of_number(x):
    assert derivative(lambda x: x**2)(x) == 2.0 * x


def test_lists_and_integer_arrays_work():
    np.testing.assert_array_equal(derivative(lambda x: x * x)([1, 2]), [2.0, 4.0])
    np.testing.assert_array_equal(jvp(lambda x: x * x, [1, 2], (1, 0))[1], [2.0, 0.0])
    slope = jvp(np.reciprocal, np.array([2, 4]), np.array([1, 1]))[1]
    np.testing.assert_array_equal(slope, [-0.25, -0.0625])


def test_functions_that_ignore_x_have_slope_zero():
    assert derivative(lambda x: 3.0)(1.0) == 0.0
    value, slope = jvp(lambda x: np.ones(3), 1.0, 1.0)
    np.testing.assert_array_equal(value, np.ones(3))
    np.testing.assert_array_equal(slope, np.zeros(3))


# --------------------------------------------------------------------------- nesting


@pytest.mark.parametrize(
    "f",
    [
        lambda x, m: m.sin(x) * m.exp(x),
        lambda x, m: m.tanh(x) ** 3,
        lambda x, m: m.sqrt(x**2 + m.exp(x**2)),
        lambda x, m: m.log(1 + x * x) / (2 + m.cos(x)),
        lambda x, m: 1 / (1 + m.exp(-x)),
        lambda x, m: x**5 - 2 * x**2,
    ],
)
def test_third_order_against_sympy(f):
    symbol = sympy.Symbol("x", real=True)
    slope, formula = lambda x: f(x, np), f(symbol, sympy)
    for _ in range(3):
        slope, formula = derivative(slope), sympy.diff(formula, symbol)
        for at in [-0.75, 0.25, 1.5]:
            exact = float(formula.subs(symbol, at).evalf(30))
            assert slope(at) == pytest.approx(exact, rel=1e-12, abs=1e-12)


@given(points)
def test_lectures_function_to_second_order_against_autograd(x):
    second = autograd.grad(autograd.grad(lecture_f))(x)
    assert derivative(derivative(lecture_f))(x) == pytest.approx(second, rel=1e-12)


def test_hand_made_nested_dual():
    x = Dual(Dual(2.0, 1.0), Dual(1.0, 0.0))
    y = x * x * x
    assert parts(y.value) == (8.0, 12.0)
    assert parts(y.derivative) == (12.0, 12.0)


def test_perturbation_confusion():
    f = lambda x: x * derivative(lambda y: x + y)(1.0)
    assert derivative(f)(1.0) == 1.0
    g = lambda x: x * derivative(lambda y: x * y)(2.0)
    assert derivative(g)(3.0) == 6.0


@given(points, points)
def test_mixed_partials_commute(x, y):
    f = lambda x, y: np.sin(x * y) + x * x * np.exp(y)
    xy = derivative(lambda x: derivative(lambda y: f(x, y))(y))(x)
    yx = derivative(lambda y: derivative(lambda x: f(x, y))(x))(y)
    exact = np.cos(x * y) - x * y * np.sin(x * y) + 2 * x * np.exp(y)
    assert xy == pytest.approx(yx, abs=1e-12)
    assert xy == pytest.approx(exact, abs=1e-12)


def test_inner_function_that_depends_only_on_the_outer_variable():
    assert derivative(lambda s: s * derivative(lambda y: s * 1.0)(1.0))(2.0) == 0.0
    assert gradient(lambda s: s * jvp(lambda y: s * s, 1.0, 1.0)[0])(2.0) == 12.0


def test_seed_that_is_a_variable():
    assert derivative(lambda s: jvp(np.sin, 1.0, s)[1])(2.0) == math.cos(1.0)


def test_inside_autograd():
    """The x-derivative by dual numbers, the parameter's by autograd."""
    slope = lambda s: anp.sum(derivative(lambda x: anp.sin(s * x))(np.array([1.0, 2.0])))
    x = np.array([1.0, 2.0])
    expected = np.sum(np.cos(2.0 * x) - 2.0 * x * np.sin(2.0 * x))
    assert autograd.grad(slope)(2.0) == pytest.approx(expected, rel=1e-13)


def test_forward_over_reverse_and_reverse_over_forward():
    f = lambda x: np.sum(np.sin(x) * x[::-1])
    x, v = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.5, -2.0])
    over = jvp(gradient(f), x, v)[1]
    under = gradient(lambda x: jvp(f, x, v)[1])(x)
    np.testing.assert_allclose(over, under, rtol=1e-13)


# --------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("take", [derivative, lambda f: jvp(f, 1.0, 1.0)])
@pytest.mark.parametrize("f", [3.0, None, np.ones(2), "sin"])
def test_no_function(take, f):
    with pytest.raises(TypeError, match=r"f must be a function, got .*: pass it without calling"):
        take(f)


@pytest.mark.parametrize(
    "x, error, text",
    [
        ("one", TypeError, "x must hold numbers"),
        (None, TypeError, "x must hold numbers"),
        ([1.0, "a"], TypeError, "x must hold numbers"),
        ([[1.0, 2.0], [3.0]], ValueError, "x is ragged"),
        ([], ValueError, r"x is empty \(shape \(0,\)\)"),
        (np.nan, NotFinite, "x has NaN or infinity"),
        ([1.0, np.inf], NotFinite, r"x has NaN or infinity at index \(1,\)"),
    ],
)
def test_bad_points(x, error, text):
    with pytest.raises(error, match=text):
        derivative(np.sin)(x)
    with pytest.raises(error, match=text):
        jvp(np.sin, x, x)


@pytest.mark.parametrize(
    "v, error, text",
    [
        (1.0, ValueError, r"v has shape \(\), expected that of x, \(2,\)"),
        (np.ones((2, 1)), ValueError, r"v has shape \(2, 1\), expected that of x, \(2,\)"),
        ([1.0, np.nan], NotFinite, "v has NaN or infinity"),
        (["a", "b"], TypeError, "v must hold numbers"),
    ],
)
def test_bad_seeds(v, error, text):
    with pytest.raises(error, match=text):
        jvp(np.sin, [1.0, 2.0], v)


@pytest.mark.parametrize(
    "value, slope, error, text",
    [
        ([1.0, 2.0], 1.0, ValueError, r"derivative has shape \(\), expected .* value, \(2,\)"),
        (1.0, [1.0], ValueError, r"derivative has shape \(1,\), expected .* value, \(\)"),
        ("a", 1.0, TypeError, "value must hold numbers"),
        (1.0, None, TypeError, "derivative must hold numbers"),
        (np.nan, 1.0, NotFinite, "value has NaN"),
        ([], [], ValueError, "value is empty"),
    ],
)
def test_bad_dual_numbers(value, slope, error, text):
    with pytest.raises(error, match=text):
        Dual(value, slope)


@pytest.mark.parametrize(
    "result, error, text",
    [
        (None, TypeError, r"f\(x\) must hold numbers"),
        ("text", TypeError, r"f\(x\) must hold numbers"),
        ([1.0, 2.0], TypeError, "f returned a list: join its parts with np.stack"),
        ((1.0,), TypeError, "f returned a tuple: join its parts with np.stack"),
        (np.nan, ValueError, r"f\(x\) has NaN"),
    ],
)
def test_bad_results(result, error, text):
    with pytest.raises(error, match=text):
        derivative(lambda x: result)(1.0)


@pytest.mark.parametrize(
    "f, x, text",
    [
        (np.sqrt, 0.0, r"derivative is not finite at x = 0\."),
        (np.log, -1.0, r"f is not finite at x = -1\."),
        (lambda x: 1 / x, [1.0, 0.0], r"f is not finite at x = \[1\. 0\.\]"),
        (np.sqrt, np.zeros(7), r"not finite at x = \[0\. 0\. 0\. \.\.\. 0\. 0\. 0\.\]: "),
    ],
)
def test_no_finite_value_or_slope_is_refused_and_the_point_named(f, x, text):
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match=text):
        derivative(f)(x)


def test_a_function_that_mixes_elements_is_refused():
    with pytest.raises(ValueError, match=r"f returned shape \(\) for x of shape \(2,\), .*use jvp"):
        derivative(np.sum)([1.0, 2.0])
    with pytest.raises(ValueError, match=r"f returned shape \(3, 2\) for x of shape \(2,\)"):
        derivative(lambda x: np.ones((3, 1)) * x)([1.0, 2.0])


def test_math_functions_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"use np.exp, not math.exp"):
        derivative(math.exp)(1.0)


def test_a_dual_number_without_a_derivative_is_a_constant():
    assert Dual(3.0).derivative == 0.0
    assert (Dual(3.0) * Dual(2.0, 1.0)).derivative == 3.0


def test_a_dual_number_made_by_hand_is_outside_of_every_derivative():
    x = Dual(2.0, 1.0)
    slope = derivative(lambda y: x * y**2)(3.0)  # ∂(x y²)/∂y = 2 x y, and along x
    assert parts(slope) == (12.0, 6.0)
    assert x.level == 0

"""Reverse mode: the sweep against the lecture, against three other ways, and in its corners."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.differentiation import finite_differences
from course_lib.differentiation._differentiable import MissingRule
from course_lib.differentiation.forward_mode import Dual, derivative, jvp
from course_lib.differentiation.graph import trace
from course_lib.differentiation.reverse_mode import Tape, Variable, backward, gradient, value_and_gradient
from course_lib.networks import ACTIVATIONS, Layer, Network, backpropagation, ravel, unravel

points = st.floats(-2.0, 2.0)


def f(x):
    a = x**2
    b = anp.exp(a)
    c = a + b
    return anp.sqrt(c)


# ------------------------------------------------------------------------------ the lecture


@pytest.mark.lecture("A6")
@given(points)
def test_adjoints_of_the_lecture_example(x):
    tape = trace(f, x)
    _, a, b, c, d = (node.value for node in tape)
    half = 1 / (2 * np.sqrt(c))
    adjoints = backward(tape.output)
    expected = [x * (1 + b) / d, half * (1 + np.exp(a)), half, half, 1.0]
    np.testing.assert_allclose([adjoints[node] for node in tape], expected, rtol=1e-13)


@pytest.mark.lecture("A7")
@given(points)
def test_slope_of_the_lecture_example(x):
    a = x**2
    b, d = np.exp(a), f(x)
    slope = gradient(f)(x)
    assert slope == pytest.approx(x * (1 + np.exp(a)) / np.sqrt(a + b), rel=1e-13)
    assert slope == pytest.approx(x * (1 + b) / d, rel=1e-13)
    assert slope == pytest.approx(finite_differences.complex_step(f, x), rel=1e-13)


@pytest.mark.lecture("A8", "A9")
def test_each_variable_is_its_operation_on_its_parents():
    x1 = Variable(0.8)
    x2 = x1**2
    x3 = np.exp(x2)
    x4 = x2 + x3
    x5 = np.sqrt(x4)
    tape = Tape.of(x5)
    assert list(tape) == [x1, x2, x3, x4, x5]
    assert [node.parents for node in tape] == [(), (x1,), (x2,), (x2, x3), (x4,)]
    assert tape.inputs == [x1] and tape.output is x5 and len(tape) == 5 and tape[1] is x2
    for node in tape[1:]:
        arguments = [x.value if isinstance(x, Variable) else x for x in node.inputs]
        assert node.value == node.op(*arguments)


@pytest.mark.lecture("A10")
@given(st.lists(points, min_size=2, max_size=4))
def test_each_adjoint_is_the_slope_of_the_rest_of_the_tape(values):
    """∂f/∂x_i by nudging x_i alone and computing again only what comes after it."""
    tape = trace(lambda *x: np.sin(x[0] * x[1]) + sum(v * v * x[0] for v in x), *values)
    adjoints = backward(tape.output)

    def rest(i, s):
        known = {}
        for k, node in enumerate(tape):
            inputs = [known.get(v, v) if isinstance(v, Variable) else v for v in node.inputs]
            known[node] = node.op(*inputs) if node.op else node.value
            if k == i:
                known[node] = s
        return known[tape.output]

    assert adjoints[tape.output] == 1.0
    for i, node in enumerate(tape):
        slope = finite_differences.complex_step(lambda s, i=i: rest(i, s), node.value)
        assert adjoints[node] == pytest.approx(slope, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.lecture("B4", "B5")
def test_tape_on_the_cost_is_backpropagation(name):
    rng = np.random.default_rng(1)
    network = Network((3, 5, 4, 2), (name, name, "identity"))
    theta = network.initial_parameters(rng)
    x, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    leaves = [Layer(Variable(w), Variable(b)) for w, b in theta]
    z, a = network.forward(leaves, x)
    adjoints = backward(np.sum((t - a[-1]) ** 2) / len(t))
    deltas = backpropagation.deltas(network, theta, network.forward(theta, x), t)
    slopes = backpropagation.gradient(network, theta, x, t)
    for l in range(1, 4):
        np.testing.assert_allclose(adjoints[z[l]], deltas[l - 1], rtol=1e-12, atol=1e-15)
        for leaf, slope in zip(leaves[l - 1], slopes[l - 1]):
            np.testing.assert_allclose(adjoints[leaf], slope, rtol=1e-12, atol=1e-15)


def test_gradient_of_the_cost_in_one_vector():
    rng = np.random.default_rng(2)
    network = Network((2, 4, 1), ("tanh", "identity"))
    theta = network.initial_parameters(rng)
    x, t = rng.normal(size=(7, 2)), rng.normal(size=(7, 1))
    C = lambda v: backpropagation.cost(network, unravel(v, network.sizes), x, t, lam=0.1)
    slopes = backpropagation.gradient(network, theta, x, t, lam=0.1)
    np.testing.assert_allclose(gradient(C)(ravel(theta)), ravel(slopes), rtol=1e-12, atol=1e-15)


# -------------------------------------------------------------------- four ways, one gradient


def four_ways(function, x):
    """Compare the tape with dual numbers, the complex step and autograd."""
    x = np.asarray(x, dtype=float)
    slope = gradient(function)(x)
    assert np.shape(slope) == np.shape(x)
    duals = [jvp(function, x, e.reshape(x.shape))[1] for e in np.eye(x.size)]
    close = {"rtol": 1e-11, "atol": 1e-11}
    np.testing.assert_allclose(slope, np.reshape(duals, x.shape), **close)
    steps = finite_differences.gradient(function, x, "complex_step")
    np.testing.assert_allclose(slope, steps, **close)
    np.testing.assert_allclose(slope, autograd.grad(function)(x), **close)


# Each step takes two earlier variables, so that variables are used any number of times.
STEPS = [
    lambda u, v: u + v,
    lambda u, v: u - 0.5 * v,
    lambda u, v: u * v / (2.0 + v * v),
    lambda u, v: anp.sin(u) * v,
    lambda u, v: anp.exp(-u * u) - v,
    lambda u, v: anp.tanh(u + v),
    lambda u, v: anp.sqrt(1.5 + anp.cos(u)) + v,
    lambda u, v: anp.log(2.0 + u * u) * anp.tanh(v),
]


@given(
    st.lists(points, min_size=3, max_size=3),
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0), st.integers(0)), max_size=12),
)
def test_random_graphs_four_ways(x, steps):
    def function(x):
        nodes = [x[0], x[1], x[2]]
        for step, i, j in steps:
            nodes.append(anp.tanh(step(nodes[i % len(nodes)], nodes[j % len(nodes)])))
        return sum(nodes)

    four_ways(function, x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: anp.sum(x**3),
        lambda x: anp.mean(x * x[0]),
        lambda x: anp.sum(x / (1 + anp.exp(x[1]))),
        lambda x: anp.sum(anp.dot(x, x.T)),
        lambda x: anp.sum(anp.sin(x) @ x.T @ anp.cos(x)),
        lambda x: anp.sum(anp.reshape(x, (3, 2)) @ anp.ones(2)),
        lambda x: anp.sum(x * anp.array([[1.0], [2.0]])) * anp.sum(x, axis=1)[0],
    ],
)
def test_arrays_four_ways(function):
    four_ways(function, np.random.default_rng(3).normal(size=(2, 3)))


def test_fan_out_adds():
    assert gradient(lambda x: x + x)(3.0) == 2.0
    assert gradient(lambda x: x * x * x)(2.0) == 12.0
    assert gradient(lambda x: sum([x] * 10))(1.0) == 10.0
    y = Variable(2.0)
    assert backward(y)[y] == 1.0


def test_chain_of_a_hundred_thousand_operations():
    def long(x):
        for _ in range(100_000):
            x = x + 1e-5
        return x * x

    assert gradient(long)(1.0) == pytest.approx(4.0, rel=1e-9)


def test_diamonds_cost_no_more_than_their_nodes():
    """Sixty times y + y are 2⁶⁰ paths, but only sixty nodes."""

    def doubled(x):
        for _ in range(60):
            x = x + x
        return x

    assert gradient(doubled)(1.0) == 2.0**60


def test_second_sweep_changes_nothing():
    x = Variable([1.0, 2.0])
    y = np.sum(np.exp(x) * x)
    first, second = backward(y), backward(y)
    assert list(first) == list(second)
    assert all(np.array_equal(first[node], second[node]) for node in first)


@given(points, points)
def test_several_arguments(x, y):
    slopes = gradient(lambda x, y: anp.sin(x) * y)(x, y)
    assert slopes == (np.cos(x) * y, np.sin(x))
    value, slopes = value_and_gradient(lambda x, y: x * y)(x, y)
    assert (value, *slopes) == (x * y, y, x)


def test_arguments_of_different_shape():
    w, b = np.ones((2, 3)), np.arange(2.0)
    dw, db = gradient(lambda w, b: np.sum((w @ np.arange(3.0) + b) ** 2))(w, b)
    np.testing.assert_allclose(db, 2 * (3.0 + b))
    np.testing.assert_allclose(dw, np.outer(2 * (3.0 + b), np.arange(3.0)))


def test_whole_numbers_are_differentiated_as_floats():
    slope = gradient(lambda x: np.sum(np.reciprocal(x)))(np.array([2, 4]))
    assert np.array_equal(slope, [-0.25, -0.0625])


def test_an_array_that_is_not_finite_is_named():
    with pytest.raises(NotFinite, match=r"^x has NaN or infinity at index \(1,\)"):
        gradient(lambda x: np.sum(np.sin(x)))(np.array([1.0, np.nan]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("f", [lambda x, y: (x * x).sum(), lambda x, y: (y * y).sum(), lambda x, y: 1.0])
@pytest.mark.parametrize("part", [0, 1])
def test_one_bad_number_in_any_part_is_told_even_where_f_ignores_it(bad, f, part):
    parts = [np.array([[1.0, 0.0], [2.0, 3.0]]), np.array([0.0, 1.0])]
    parts[part].flat[1] = bad
    with pytest.raises(NotFinite, match=r"^x has NaN or infinity at index \((0, )?1"):
        gradient(f)(*parts)


def test_large_numbers_with_large_slopes_are_no_infinity():
    x = np.array([1e200, -1e200])
    slope = gradient(lambda x: 1e120 * np.sin(x).sum())(x)  # x_i ∂f/∂x_i is beyond the largest float
    np.testing.assert_allclose(slope, 1e120 * np.cos(x))



def test_unused_arguments_have_slope_zero():
    assert gradient(lambda x: 3.0)(2.0) == 0.0
    dx, dy = gradient(lambda x, y: x * x)(2.0, np.ones(3))
    assert dx == 4.0 and np.array_equal(dy, np.zeros(3))


def test_result_is_like_the_argument():
    assert np.ndim(gradient(np.exp)(1)) == 0
    assert gradient(lambda x: x[0] * x[1])([2, 3]).tolist() == [3.0, 2.0]
    assert gradient(np.sum)(np.ones((1, 2, 3))).shape == (1, 2, 3)
    assert gradient(lambda x: x * x)([2.0]).tolist() == [4.0]


# ------------------------------------------------------------------------ second derivatives


@given(points)
def test_second_derivatives_from_nesting(x):
    expected = autograd.grad(autograd.grad(f))(x)
    nested = [
        gradient(gradient(f))(x),
        derivative(gradient(f))(x),
        gradient(derivative(f))(x),
        derivative(derivative(f))(x),
    ]
    np.testing.assert_allclose(nested, expected, rtol=1e-10)


def test_third_derivative():
    assert gradient(gradient(gradient(lambda x: x**4)))(2.0) == pytest.approx(48.0)


def test_levels_of_nested_derivatives_stay_apart():
    """The known trap: d/dx [x · d/dy (x + y)] = 1, not 2."""
    assert gradient(lambda x: x * gradient(lambda y: x + y)(1.0))(1.0) == 1.0
    assert gradient(lambda x: x * derivative(lambda y: x * y)(2.0))(3.0) == 6.0
    assert derivative(lambda x: x * gradient(lambda y: x * y)(2.0))(3.0) == 6.0


HESSIANS = [
    lambda x: anp.sum(anp.exp(x) * x) * anp.sum(x * x),
    lambda x: anp.sum((x.reshape((2, 2)) @ x.reshape((2, 2))) ** 2),
    lambda x: anp.sum(anp.tanh(x[anp.array([0, 0, 3])] * x[1])),
    lambda x: anp.mean(anp.where(x > 0, x**3, x * x)),
    lambda x: anp.dot(x, x) ** 2 + x[0:2].sum() * x[3],
    lambda x: anp.sum(anp.sum(x.reshape((2, 2)), axis=0, keepdims=True) ** 3),
]


@pytest.mark.parametrize("function", HESSIANS)
def test_hessian(function):
    x = np.array([0.3, -0.7, 1.1, 0.5])
    rows = [gradient(lambda x, k=k: gradient(function)(x)[k])(x) for k in range(4)]
    columns = [jvp(gradient(function), x, e)[1] for e in np.eye(4)]
    expected = autograd.hessian(function)(x)
    np.testing.assert_allclose(rows, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(columns, expected, rtol=1e-10, atol=1e-12)


def test_hessian_through_the_inside_of_forward_mode():
    x, v = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])
    g = lambda x: np.sum(np.sin(x) * x[0])
    along = gradient(lambda x: jvp(g, x, v)[1])(x)
    np.testing.assert_allclose(along, jvp(gradient(g), x, v)[1], rtol=1e-12)


# ----------------------------------------------------------------------------- arrays


def against_differences(function, *x):
    """Compare the tape with forward mode in every entry, and both with central differences."""
    for k, at in enumerate(x):
        def one(s, k=k):
            return function(*x[:k], s, *x[k + 1 :])

        slope = gradient(one)(at)
        duals = [jvp(one, at, e.reshape(np.shape(at)))[1] for e in np.eye(np.size(at))]
        np.testing.assert_allclose(slope, np.reshape(duals, np.shape(at)), rtol=1e-12, atol=1e-13)
        steps = finite_differences.gradient(one, at)
        np.testing.assert_allclose(slope, steps, rtol=1e-6, atol=1e-7)
    assert gradient(function)(*x)[-1].shape == np.shape(x[-1])


def curved(y):
    """Make a number with a different slope in each entry of y."""
    return np.sum(np.sin(y) * (1.0 + np.arange(np.size(y)).reshape(np.shape(y))))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (3,)),
        ((1, 1), (1, 1)),
    ],
)
def test_matrix_products(left, right):
    rng = np.random.default_rng(4)
    against_differences(lambda a, b: curved(a @ b), rng.normal(size=left), rng.normal(size=right))


@pytest.mark.parametrize("operation", [np.add, np.subtract, np.multiply, np.divide, np.power])
@pytest.mark.parametrize(
    ("left", "right"),
    [((), (3,)), ((2, 1), (3,)), ((2, 3), ()), ((1, 3), (2, 1)), ((4, 1, 3), (2, 3)), ((1,), (1,))],
)
def test_broadcasting(operation, left, right):
    rng = np.random.default_rng(5)
    a, b = rng.uniform(0.5, 2.0, left), rng.uniform(0.5, 2.0, right)
    against_differences(lambda a, b: curved(operation(a, b)), a, b)


ARRAYS = {
    "sum": lambda x, y: curved(np.sum(x)),
    "sum of an axis": lambda x, y: curved(np.sum(x, axis=1)),
    "sum of the last axis": lambda x, y: curved(x.sum(axis=-1, keepdims=True)),
    "sum of two axes": lambda x, y: curved(x.sum(axis=(0, -1))),
    "sum of two, kept": lambda x, y: curved(x.sum(axis=(0, 2), keepdims=True) * x),
    "mean": lambda x, y: curved(np.mean(x)) + curved(x.mean(axis=1)),
    "mean, kept": lambda x, y: curved(x - x.mean(axis=0, keepdims=True)),
    "index": lambda x, y: curved(x[1]) * x[0, 2, 1],
    "slice": lambda x, y: curved(x[:, 1:, ::-1]),
    "ellipsis and new axis": lambda x, y: curved(x[..., None, 0]),
    "repeated indices": lambda x, y: curved(x[[0, 0, 1, 0]]),
    "repeated pairs": lambda x, y: curved(x[np.array([1, 1]), np.array([2, 2])]),
    "mask": lambda x, y: curved(x[np.arange(24).reshape(2, 3, 4) % 3 == 0]),
    "iteration": lambda x, y: sum(curved(row) * (k + 1) for k, row in enumerate(x)),
    "reshape": lambda x, y: curved(x.reshape(4, -1)) + curved(np.reshape(x, (24,))),
    "ravel": lambda x, y: curved(x.ravel()) + curved(np.ravel(x) ** 2) + curved(x.flatten()),
    "transpose": lambda x, y: curved(x.T) + curved(np.transpose(x, (2, 0, 1))),
    "transpose method": lambda x, y: curved(x.transpose(1, 2, 0)) + curved(x.transpose((-1, 0, 1))),
    "stack": lambda x, y: curved(np.stack([x, 2 * x, x], axis=1)),
    "stack at the end": lambda x, y: curved(np.stack([x, y], axis=-1)),
    "concatenate": lambda x, y: curved(np.concatenate([x, y, x], axis=1)),
    "concatenate with a constant": lambda x, y: curved(np.concatenate([np.ones((2, 3, 1)), x], -1)),
    "where": lambda x, y: curved(np.where(x > 0, x, y)),
    "where with a number": lambda x, y: curved(np.where(x > 0, x, 0.1)),
    "where broadcast": lambda x, y: curved(np.where(x > 0, x[0, 0], y)),
    "broadcast": lambda x, y: curved(np.broadcast_to(x, (5, 2, 3, 4))),
    "expand": lambda x, y: curved(np.expand_dims(x, 1)),
    "maximum": lambda x, y: curved(np.maximum(x, y)) + curved(np.minimum(x, 0.2)),
    "dot": lambda x, y: curved(np.dot(x[0], y[0].T)) + np.dot(x[0, 0], y[1, 0]),
    "likes": lambda x, y: curved(np.ones_like(x) + x * np.zeros_like(y)),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_array_operations(name):
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    against_differences(lambda x, y: ARRAYS[name](x, y) + np.sum(y), x, y)


def test_repeated_index_adds():
    slope = gradient(lambda x: np.sum(x[[0, 0, 0, 2]]))(np.ones(4))
    assert slope.tolist() == [3.0, 0.0, 1.0, 0.0]


def test_autograds_numpy_joins_variables_and_duals():
    function = lambda x: anp.sum(anp.concatenate((x[:1] ** 2, x, x[1:] ** 3)))
    four_ways(function, [0.5, -1.5, 2.0])


def test_slopes_at_a_kink_are_one_sided_or_their_mean():
    assert gradient(abs)(0.0) == 0.0
    assert gradient(lambda x: np.maximum(x, 0.0))(0.0) == 0.0


def test_the_run_that_was_taken_is_differentiated():
    branch = lambda x: x * x if x > 1 else 3.0 * x
    assert gradient(branch)(2.0) == 4.0
    assert gradient(branch)(0.5) == 3.0


def test_the_variable_as_an_object():
    x = Variable([1.0, 2.0])
    assert repr(x) == "Variable([1. 2.])"
    assert repr(Variable(1.0) + 1.0) == "Variable(2.0, add)"
    assert (x.shape, x.ndim, x.size, len(x)) == ((2,), 1, 2, 2)
    assert bool(Variable(1.0)) and not Variable(0.0)
    assert x.level == 0  # outside of every derivative that is being taken
    assert x.parents == () and x.op is None
    assert [type(node) for node in x] == [Variable, Variable]


# ---------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("one", TypeError, "value must hold numbers"),
        (None, TypeError, "value must hold numbers"),
        ([], ValueError, r"empty \(shape \(0,\)\)"),
        (np.nan, ValueError, "NaN or infinity"),
        ([1.0, np.inf], ValueError, r"index \(1,\)"),
        ([[1.0], [1.0, 2.0]], ValueError, "ragged"),
    ],
)
def test_bad_value_of_a_variable(value, error, message):
    with pytest.raises(error, match=message):
        Variable(value)
    for taken in (gradient, value_and_gradient):
        with pytest.raises(error, match=message.replace("value", "x")):
            taken(np.sum)(value)


@pytest.mark.parametrize("taken", [gradient, value_and_gradient])
@pytest.mark.parametrize("bad", [3.0, None, "exp", np.exp(1.0)])
def test_what_is_no_function(taken, bad):
    with pytest.raises(TypeError, match=r"f must be a function.*without calling it"):
        taken(bad)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x * x, ValueError, r"one number, got shape \(2,\): take a sum"),
        (lambda x: np.ones(3), ValueError, "must be one real number"),
        (lambda x: (x, x), ValueError, "one number, got 2 parts: take a sum"),
        (lambda x: [np.sum(x)], ValueError, "one number, got 1 parts"),
        (lambda x: None, TypeError, r"f\(x\) must hold numbers"),
        (lambda x: "text", TypeError, r"f\(x\) must hold numbers"),
        (lambda x: np.nan, ValueError, r"f\(x\) has NaN"),
    ],
)
def test_what_is_no_number(function, error, message):
    with pytest.raises(error, match=message):
        gradient(function)([1.0, 2.0])


def test_no_argument():
    with pytest.raises(ValueError, match=r"^the gradient needs a point: write gradient\(f\)\(x\)$"):
        gradient(lambda: 1.0)()


def test_the_adjoint_of_an_array_of_one_number_has_its_shape():
    x = Variable([3.0])
    y = x * x
    adjoints = backward(y)
    assert np.array_equal(adjoints[y], [1.0]) and np.array_equal(adjoints[x], [6.0])


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_infinite_slope():
    with pytest.raises(ValueError, match=r"gradient is not finite at x = 0\."):
        gradient(np.sqrt)(0.0)
    with pytest.raises(ValueError, match="gradient is not finite"):
        gradient(lambda x: np.sum(np.sqrt(x)))([0.0, 1.0])


def test_backward_of_what_it_cannot_take():
    for bad in (3.0, None, Dual(1.0, 1.0), [Variable(1.0)]):
        with pytest.raises(TypeError, match="needs a Variable"):
            backward(bad)
    with pytest.raises(ValueError, match=r"one number, got shape \(2,\)"):
        backward(Variable([1.0, 2.0]) * 2.0)


def test_tape_of_what_is_no_variable():
    with pytest.raises(TypeError, match="Variable"):
        Tape.of(3.0)


def test_missing_rules_say_how_to_add_one():
    with pytest.raises(MissingRule, match=r"heaviside.*RULES\[np\.heaviside\]"):
        gradient(lambda x: np.heaviside(x, 0.5))(1.0)
    with pytest.raises(MissingRule, match="sinc"):
        gradient(np.sinc)(1.0)


def test_a_variable_is_not_torn_out_of_its_tape():
    for tear in (float, np.asarray, lambda x: np.array([x, x])):
        with pytest.raises(TypeError, match="cannot be put into a plain array"):
            tear(Variable(1.0))
    total = np.zeros(2)
    with pytest.raises(TypeError, match=r"write a = a \+ b"):
        total += Variable([1.0, 2.0])


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_value_that_is_not_finite_is_refused():
    # The slope 1/x is finite where the logarithm has no value.
    with pytest.raises(ValueError, match="f is not finite at x = -1"):
        gradient(np.log)(-1.0)


@given(
    n=st.integers(1, 4),
    plan=st.lists(
        st.tuples(
            st.sampled_from([np.add, np.subtract, np.multiply, np.sin, np.tanh]),
            st.integers(0, 20),
            st.integers(0, 20),
        ),
        max_size=8,
    ),
)
@pytest.mark.lecture("A10")
def test_a_gradient_takes_at_most_five_times_the_operations(n, plan):
    # Griewank and Walther (2008), section 3.3; a division counts more than one operation there.
    def f(*x):
        made = [np.sin(x[0]), *x]
        for op, i, j in plan:
            chosen = (made[i % len(made)], made[j % len(made)])[: op.nin]
            made.append(op(*chosen))
        return made[-1] * made[0]  # so that no gradient is constant

    point = np.linspace(0.5, 1.0, n)

    def slopes(*x):
        found = gradient(f)(*x)
        return sum(found) if n > 1 else sum([found])

    together = trace(slopes, *point)
    # Without the inputs and the n additions of the sum.
    assert len(together) - 2 * n <= 5 * (len(trace(f, *point)) - n)


def test_a_plain_number_may_be_pulled_back():
    x = Variable(3.0)
    assert [(parent is x, share) for parent, share in (x * x).pull_back(1.0)] == [(True, 3.0), (True, 3.0)]
    assert [share for _, share in (x + 1.0).pull_back(1.0)] == [1.0]

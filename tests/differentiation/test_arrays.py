"""Array operations: each transposed, by both modes and as stand-ins for arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, mutually_broadcastable_shapes

from course_lib.differentiation._arrays import LINEAR, PRODUCTS, join, scatter, shape_of, spread, total, unbroadcast
from course_lib.differentiation._differentiable import ARRAY_FUNCTIONS, apply, plain
from course_lib.differentiation.forward_mode import Dual, derivative, jvp
from course_lib.differentiation.reverse_mode import gradient

ARRAY_OPERATIONS = {
    "sum": lambda x: np.sum(x),
    "sum over an axis": lambda x: np.sum(x, axis=0),
    "sum keeping an axis": lambda x: np.sum(x, axis=-1, keepdims=True),
    "sum over two axes": lambda x: np.sum(x, axis=(0, 1)),
    "mean": lambda x: np.mean(x),
    "mean over an axis": lambda x: x.mean(axis=1),
    "mean keeping an axis": lambda x: x - x.mean(axis=1, keepdims=True),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "reshape by method": lambda x: x.reshape(3, -1),
    "reshape by tuple": lambda x: x.reshape((6,)),
    "ravel": lambda x: np.ravel(x),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: np.transpose(x),
    "transpose axes": lambda x: np.transpose(x[None], (2, 0, -2)),
    "T": lambda x: x.T,
    "transpose by method": lambda x: x.transpose(1, 0),
    "row": lambda x: x[1],
    "column": lambda x: x[:, -1],
    "slice": lambda x: x[::-1, 1:],
    "new axis": lambda x: x[:, None],
    "one element twice": lambda x: x[[0, 0, 1], [2, 2, 0]],
    "mask": lambda x: x[np.array([True, False])],
    "stack": lambda x: np.stack([x, np.zeros((2, 3)), 2 * x], axis=1),
    "stack at the end": lambda x: np.stack([x, x], axis=-1),
    "concatenate": lambda x: np.concatenate([x, x[:, :1], np.ones((2, 1))], axis=1),
    "concatenate rows": lambda x: np.concatenate([x, 2 * x[:1]]),
    "where": lambda x: np.where(np.arange(6).reshape(2, 3) % 2 == 0, x, 3.0),
    "where, broadcast": lambda x: np.where(np.array([[True], [False]]), x, x[0]),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "dot": lambda x: np.dot(x, np.arange(6.0).reshape(3, 2)),
    "dot with a number": lambda x: np.dot(x, 2.0),
    "matmul, left": lambda x: x @ np.arange(6.0).reshape(3, 2),
    "matmul, right": lambda x: np.arange(4.0).reshape(2, 2) @ x,
    "matmul with a vector": lambda x: x @ np.arange(3.0),
    "vector with matmul": lambda x: np.arange(2.0) @ x,
    "matmul of a batch": lambda x: np.arange(24.0).reshape(4, 3, 2) @ x,
    "Gram matrix": lambda x: x @ x.T,
    "inner product": lambda x: x[0] @ x[1],
    "broadcast sum": lambda x: x + np.ones((4, 1, 3)),
    "broadcast product": lambda x: x[:, :1] * x,
    "outer product": lambda x: x[0][:, None] * x[1][None, :],
    "iteration": lambda x: sum(row * row for row in x),
    "unpacking": lambda x: (lambda a, b: a * b)(*x),
    "ones and zeros alike": lambda x: x * np.ones_like(x) + np.zeros_like(x),
}


@pytest.mark.parametrize("name", ARRAY_OPERATIONS)
def test_array_operation_in_both_modes(name):
    f = ARRAY_OPERATIONS[name]
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=(2, 2, 3))
    value, tangent = jvp(f, x, v)
    np.testing.assert_array_equal(value, f(x))
    assert np.shape(tangent) == np.shape(value)
    # All of these are at most quadratic, so a central difference has only rounding error.
    np.testing.assert_allclose(tangent, (f(x + v / 8) - f(x - v / 8)) * 4, atol=1e-13)
    weights = rng.normal(size=np.shape(value))
    slope = gradient(lambda x: np.sum(weights * f(x)))(x)
    # wᵀ (J v) = (Jᵀ w)ᵀ v
    assert np.sum(weights * tangent) == pytest.approx(np.sum(slope * v), rel=1e-12)


@pytest.mark.parametrize("name", ARRAY_OPERATIONS)
def test_array_operation_nested_in_another_derivative(name):
    f = ARRAY_OPERATIONS[name]
    rng = np.random.default_rng(2)
    x, v = rng.normal(size=(2, 2, 3))
    g = lambda x: np.sum(np.exp(f(x) / 4))
    second = jvp(lambda x: jvp(g, x, v)[1], x, v)[1]
    over_reverse = jvp(gradient(g), x, v)[1]
    assert second == pytest.approx(np.sum(over_reverse * v), rel=1e-12)
    along = lambda s: g(x + s * v)
    h = 1e-3
    difference = (along(h) - 2 * along(0.0) + along(-h)) / h**2
    assert second == pytest.approx(difference, rel=1e-5, abs=1e-5)


def test_the_condition_of_where_is_decided_on_the_value():
    f = lambda x: np.where(x > 1.0, x * x, 7.0)
    np.testing.assert_array_equal(derivative(f)(np.array([0.5, 2.0])), [0.0, 4.0])
    assert np.where(Dual(1.0, 1.0), 2.0, 3.0) == 2.0


def test_every_array_function_is_tried():
    """A function that is added to the table must be added to the tests."""
    tried = {"sum", "mean", "dot", "reshape", "ravel", "transpose", "stack", "concatenate",
             "expand_dims", "where", "broadcast_to", "ones_like", "zeros_like",
             "shape", "ndim", "size"}  # fmt: skip
    assert {f.__name__ for f in ARRAY_FUNCTIONS} == tried
    assert {f.__name__ for f in PRODUCTS} == {"matmul"}
    assert {f.__name__ for f in LINEAR} == {
        "total", "broadcast", "reshape", "transpose", "getitem", "scatter", "join", "choose"
    }  # fmt: skip


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_unbroadcast_is_the_transpose_of_broadcasting(shapes):
    small, large = shapes.input_shapes[0], shapes.result_shape
    rng = np.random.default_rng(0)
    a, w = rng.normal(size=small), rng.normal(size=large)
    back = unbroadcast(w, small)
    assert np.shape(back) == small
    assert np.sum(np.broadcast_to(a, large) * w) == pytest.approx(np.sum(a * back), abs=1e-12)


@given(array_shapes(max_dims=3, max_side=3), st.booleans(), st.data())
def test_spread_is_the_transpose_of_a_sum(shape, keepdims, data):
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    rng = np.random.default_rng(0)
    a = rng.normal(size=shape)
    summed = np.sum(a, axis=axis, keepdims=keepdims)
    w = rng.normal(size=np.shape(summed))
    back = spread(w, shape, axis, keepdims)
    assert back.shape == shape
    assert np.sum(summed * w) == pytest.approx(np.sum(a * back), abs=1e-12)


@given(arrays(float, (3, 2), elements=st.floats(-3, 3)))
def test_shape_and_size_are_those_of_the_value(a):
    x = Dual(a, np.ones((3, 2)))
    assert (x.shape, x.ndim, x.size, len(x)) == ((3, 2), 2, 6, 3)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((3, 2), 2, 6)
    assert plain(Dual(x, x)) is x.value


def test_apply_without_a_stand_in_is_the_operation():
    assert apply(np.add, 1.0, 2.0) == 3.0


def test_stand_ins_are_true_like_their_values():
    assert Dual(2.0, 0.0) and not Dual(0.0, 5.0)


def test_an_axis_that_is_added_and_one_that_is_stretched_at_once():
    """x (3, 1) against (2, 3, 4): each of the three numbers enters eight products."""
    x, factor = np.array([[1.0], [2.0], [3.0]]), np.arange(24.0).reshape(2, 3, 4)
    slope = gradient(lambda x: (x * factor).sum())(x)
    assert np.array_equal(slope, factor.sum(axis=(0, 2)).reshape(3, 1))


def test_a_list_beside_a_stand_in_is_an_array():
    assert np.array_equal(gradient(lambda x: (x * [1.0, 2.0]).sum())([3.0, 4.0]), [1, 2])
    assert np.array_equal(jvp(lambda x: [1.0, 2.0] * x, [3.0, 4.0], [1.0, 1.0])[1], [1, 2])
    assert np.array_equal(gradient(lambda x: (x / [2.0, 4.0]).sum())([3.0, 4.0]), [0.5, 0.25])


def test_of_two_nested_derivatives_a_ufunc_goes_to_the_inner_one():
    for f in (np.multiply, lambda x, y: np.multiply(y, x)):
        assert derivative(lambda x: derivative(lambda y: f(x, y))(2.0))(3.0) == 1.0


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_stacking_along_any_axis(axis):
    x, v = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    y, tangent = jvp(lambda x: np.stack([x, x * x], axis=axis), x, v)
    assert np.array_equal(y, np.stack([x, x * x], axis=axis))
    assert np.array_equal(tangent, np.stack([v, 2 * x], axis=axis))


def test_array_operations_on_plain_numbers_and_arrays():
    a = np.arange(6.0).reshape(2, 3)
    assert total(a) == 15.0 and total(2.0) == 2.0 and np.shape(total(a)) == ()
    assert np.array_equal(join(a, a), np.vstack([a, a]))
    assert shape_of([1.0, 2.0]) == (2,) and shape_of(1.0) == ()
    for values, kind in [([1, 2], float), ([1j, 2.0], complex)]:
        out = scatter(np.array(values), [2, 0], (3,))
        assert np.array_equal(out, [values[1], 0, values[0]]) and out.dtype == kind

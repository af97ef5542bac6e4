"""The derivatives of elementary operations: one table, read by forward and reverse mode alike.

`RULES` holds, for each NumPy ufunc y = g(a, b, ...), its partial derivatives
∂g/∂a, ∂g/∂b, .... Each is a function of the arguments and the result, ``partial(a, b, y)``,
because many derivatives are cheap once y is known: (eˣ)' = y, (√x)' = 1/(2y).

`LINEAR` and `PRODUCTS` hold the array operations (sum, reshape, indexing, ``@``, ...). They are
linear in each argument, so forward mode applies the operation itself to the tangent
and reverse mode needs only its transpose.

To teach both modes a new operation, add one line::

    RULES[np.sinh] = (lambda a, y: np.cosh(a),)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._validation import stands_for_array

Operation = Callable[..., Any]  # a NumPy ufunc, or one of the array operations below
Options = dict[str, Any]

ONE = 1.0  # this very object: a slope of one costs no multiplication
LN2, LN10 = float(np.log(2.0)), float(np.log(10.0))

RULES: dict[Operation, tuple[Callable[..., Any], ...]] = {
    np.positive: (lambda a, y: ONE,),
    np.negative: (lambda a, y: -1.0,),
    np.add: (lambda a, b, y: ONE, lambda a, b, y: ONE),
    np.subtract: (lambda a, b, y: ONE, lambda a, b, y: -1.0),
    np.multiply: (lambda a, b, y: b, lambda a, b, y: a),
    np.divide: (lambda a, b, y: 1.0 / b, lambda a, b, y: -y / b),
    # The exponent 0 has slope 0, also at a = 0, where a ** (b - 1) has none;
    # the base 0 has slope 0 in b, where log(a) has none.
    np.power: (
        lambda a, b, y: b * a ** np.where(np.equal(b, 0), 1.0, b - 1.0),
        lambda a, b, y: y * np.log(np.where(np.equal(a, 0), 1.0, a)),
    ),
    np.square: (lambda a, y: 2.0 * a,),
    np.reciprocal: (lambda a, y: -y * y,),
    np.sqrt: (lambda a, y: 0.5 / y,),
    np.cbrt: (lambda a, y: 1.0 / (3.0 * y * y),),
    np.exp: (lambda a, y: y,),
    np.exp2: (lambda a, y: LN2 * y,),
    np.expm1: (lambda a, y: y + 1.0,),
    np.log: (lambda a, y: 1.0 / a,),
    np.log2: (lambda a, y: 1.0 / (LN2 * a),),
    np.log10: (lambda a, y: 1.0 / (LN10 * a),),
    np.log1p: (lambda a, y: 1.0 / (1.0 + a),),
    np.logaddexp: (lambda a, b, y: np.exp(a - y), lambda a, b, y: np.exp(b - y)),
    np.sin: (lambda a, y: np.cos(a),),
    np.cos: (lambda a, y: -np.sin(a),),
    np.tan: (lambda a, y: 1.0 + y * y,),
    np.arcsin: (lambda a, y: 1.0 / np.sqrt(1.0 - a * a),),
    np.arccos: (lambda a, y: -1.0 / np.sqrt(1.0 - a * a),),
    np.arctan: (lambda a, y: 1.0 / (1.0 + a * a),),
    np.arctan2: (
        lambda a, b, y: b / (a * a + b * b),
        lambda a, b, y: -a / (a * a + b * b),
    ),
    np.sinh: (lambda a, y: np.cosh(a),),
    np.cosh: (lambda a, y: np.sinh(a),),
    np.tanh: (lambda a, y: 1.0 - y * y,),
    np.arcsinh: (lambda a, y: 1.0 / np.sqrt(a * a + 1.0),),
    np.arccosh: (lambda a, y: 1.0 / np.sqrt(a * a - 1.0),),
    np.arctanh: (lambda a, y: 1.0 / (1.0 - a * a),),
    np.hypot: (lambda a, b, y: a / y, lambda a, b, y: b / y),
    # At a kink one of the one-sided slopes is taken, or their mean for |a|.
    np.absolute: (lambda a, y: np.sign(a),),
    np.maximum: (lambda a, b, y: 1.0 * (a > b), lambda a, b, y: 1.0 * (a <= b)),
    np.minimum: (lambda a, b, y: 1.0 * (a < b), lambda a, b, y: 1.0 * (a >= b)),
}

# Steps and comparisons: their derivative is zero wherever it exists.
PIECEWISE_CONSTANT = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.sign, np.floor, np.ceil, np.rint, np.trunc,
    np.isfinite, np.isnan, np.isinf, np.signbit,
    np.logical_and, np.logical_or, np.logical_not,
}  # fmt: skip


def total(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the sum of a number or an array over some axes, or over all."""
    return a.sum(axis=axis, keepdims=keepdims) if hasattr(a, "sum") else np.sum(a)


def spread(a: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Copy `a` along the axes that a sum removed, up to `shape`."""
    if type(a) is np.float64:
        return np.full(shape, a)
    if axis is not None and not keepdims:
        axes = {k % len(shape) for k in np.atleast_1d(axis)}
        a = np.reshape(a, tuple(1 if k in axes else n for k, n in enumerate(shape)))
    return np.broadcast_to(a, shape)


def broadcast(a: Any, shape: tuple[int, ...]) -> Any:
    """Return `a` stretched to `shape`."""
    return np.broadcast_to(a, shape)


def unbroadcast(a: Any, shape: tuple[int, ...]) -> Any:
    """Sum `a` over the axes that broadcasting from `shape` added or stretched."""
    got = shape_of(a)
    if got == shape:
        return a
    added = len(got) - len(shape)
    if added:
        a = a.sum(axis=tuple(range(added)))
        if got[added:] == shape:
            return a
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 != a.shape[k])
    return a.sum(axis=stretched, keepdims=True) if stretched else a


def shape_of(value: Any) -> tuple[int, ...]:
    """Return np.shape(value), faster where the value knows it."""
    try:
        shape: tuple[int, ...] = value.shape
    except AttributeError:
        shape = np.shape(value)
    return shape


def reshape(a: Any, shape: Any) -> Any:
    """Return the elements of `a` in another shape."""
    return np.reshape(a, shape)


def transpose(a: Any, axes: tuple[int, ...] | None = None) -> Any:
    """Return the array `a` with its axes in the order `axes`, or reversed."""
    return np.transpose(a, axes)


def scatter(a: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Put `a` at `index` of an array of zeros; an index that occurs twice adds twice."""
    if stands_for_array(a):
        return a.apply(scatter, (a,), {"index": index, "shape": shape})
    out = np.zeros(shape, np.result_type(a, float))
    np.add.at(out, index, a)
    return out


def getitem(a: Any, index: Any) -> Any:
    """Return the part a[index] of an array."""
    return operator.getitem(a, index)


def join(*parts: Any, axis: int = 0) -> Any:
    """Return arrays of like shape as one, end to end along an axis."""
    return np.concatenate(parts, axis)


def choose(a: Any, b: Any, condition: Any) -> Any:
    """Return an array with the elements of `a` where the condition holds, else those of `b`."""
    return np.where(condition, a, b)


def as_matrices(a: Any, b: Any) -> tuple[Any, Any]:
    """Give vectors in a product a @ b the row or column shape they act in."""
    return (
        np.reshape(a, (1, -1)) if np.ndim(a) == 1 else a,
        np.reshape(b, (-1, 1)) if np.ndim(b) == 1 else b,
    )


def product(a: Any, b: Any) -> Any:
    """Return a @ b. For two matrices `dot` is quicker, most of all for a column times a row."""
    if type(a) is type(b) is np.ndarray and a.ndim == b.ndim == 2:
        return a.dot(b)
    return np.matmul(a, b)


def matmul_adjoint(adjoint: Any, a: Any, b: Any, of_left: bool) -> Any:
    """Return the adjoint of a, which is adjoint @ bᵀ, or of b, aᵀ @ adjoint, like the array."""
    if a.ndim == b.ndim == 2:
        return product(adjoint, b.T) if of_left else product(a.T, adjoint)
    (left, right), own = as_matrices(a, b), np.shape(a if of_left else b)
    batch = np.broadcast_shapes(np.shape(left)[:-2], np.shape(right)[:-2])
    adjoint = np.reshape(adjoint, (*batch, np.shape(left)[-2], np.shape(right)[-1]))
    if of_left:
        share = np.matmul(adjoint, swap_last(right))
        return np.reshape(unbroadcast(share, np.shape(left)), own)
    share = np.matmul(swap_last(left), adjoint)
    return np.reshape(unbroadcast(share, np.shape(right)), own)


def swap_last(a: Any) -> Any:
    """Return `a` (..., i, j) with its last two axes swapped, (..., j, i)."""
    n = np.ndim(a)
    return np.transpose(a, (*range(n - 2), n - 1, n - 2))


def inverse_axes(axes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Return the order of axes that undoes a transposition."""
    return None if axes is None else tuple(int(k) for k in np.argsort(axes))


def part_of(adjoint: Any, k: int, parts: tuple[Any, ...], axis: int) -> Any:
    """Cut out of the adjoint of a joined array what belongs to its k-th part."""
    sizes = [np.shape(part)[axis] for part in parts]
    start = sum(sizes[:k])
    index = [slice(None)] * np.ndim(adjoint)
    index[axis] = slice(start, start + sizes[k])
    return adjoint[tuple(index)]


# operation -> the adjoint of its k-th argument: transpose(k, adjoint, arguments, **options)
LINEAR: dict[Operation, Callable[..., Any]] = {
    total: lambda k, adj, args, axis=None, keepdims=False: spread(
        adj, shape_of(args[0]), axis, keepdims
    ),
    broadcast: lambda k, adj, args, shape: unbroadcast(adj, np.shape(args[0])),
    reshape: lambda k, adj, args, shape: np.reshape(adj, np.shape(args[0])),
    transpose: lambda k, adj, args, axes=None: np.transpose(adj, inverse_axes(axes)),
    getitem: lambda k, adj, args, index: scatter(adj, index, np.shape(args[0])),
    scatter: lambda k, adj, args, index, shape: adj[index],
    join: lambda k, adj, args, axis=0: part_of(adj, k, args, axis),
    choose: lambda k, adj, args, condition: unbroadcast(
        adj * np.where(condition, 1.0 - k, 1.0 * k), np.shape(args[k])
    ),
}

# Linear in each of two arguments: the product rule holds.
PRODUCTS: dict[Operation, Callable[..., Any]] = {
    np.matmul: lambda k, adj, args: matmul_adjoint(adj, args[0], args[1], of_left=k == 0),
}

# Quicker ways to the same numbers: a ufunc on two single numbers takes eight times as long.
OPERATORS: dict[Operation, Callable[..., Any]] = {
    np.add: operator.add, np.subtract: operator.sub,
    np.multiply: operator.mul, np.divide: operator.truediv, np.matmul: product,
}  # fmt: skip

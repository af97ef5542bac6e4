"""Array operations: sum, reshape, indexing, ``@`` and the like, which are no ufuncs.

They are linear in each argument, so forward mode applies the operation itself to the tangent and
reverse mode needs only its transpose. `LINEAR` and `PRODUCTS` hold them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib._validation import stands_for_array

Operation = Callable[..., Any]  # a NumPy ufunc, or one of the array operations below
Options = dict[str, Any]


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
    if getattr(a, "shape", ()) == shape:
        return a
    if added := a.ndim - len(shape):
        a = a.sum(axis=tuple(range(added)))
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
    """Return a @ b. For two matrices `dot` is quicker, up to 1.3 times in a network's gradient."""
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

TRANSPOSES = LINEAR | PRODUCTS

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
from inspect import signature
from itertools import count
from math import prod
from typing import Any, NoReturn

import numpy as np

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


def reshape(a: Any, shape: Any) -> Any:
    """Return the elements of `a` in another shape."""
    return np.reshape(a, shape)


def transpose(a: Any, axes: tuple[int, ...] | None = None) -> Any:
    """Return the array `a` with its axes in the order `axes`, or reversed."""
    return np.transpose(a, axes)


def scatter(a: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Put `a` at `index` of an array of zeros; an index that occurs twice adds twice."""
    if isinstance(a, Differentiable):
        return apply(scatter, a, index=index, shape=shape)
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


# ---------------------------------------------------------------- standing where an array stands

_levels = count(1)


def new_level() -> int:
    """Return a fresh level: of two nested derivatives the inner one has the higher level."""
    return next(_levels)


def plain(value: Any) -> Any:
    """Return the number or array under any nesting of dual numbers and variables."""
    while isinstance(value, Differentiable):
        value = value.value
    return value


def shape_of(value: Any) -> tuple[int, ...]:
    """Return np.shape(value), also under any nesting, faster where the value knows it."""
    while isinstance(value, Differentiable):
        value = value.value
    try:
        shape: tuple[int, ...] = value.shape
    except AttributeError:
        shape = np.shape(value)
    return shape


def apply(op: Operation, *inputs: Any, **options: Any) -> Any:
    """Let the innermost derivative that is being taken carry out `op` on numbers and arrays."""
    highest, arrays = None, inputs
    for x in inputs:
        if isinstance(x, Differentiable):
            if highest is None or x.level > highest.level:
                highest = x
        elif isinstance(x, (list, tuple)):
            arrays = tuple(np.asarray(v) if isinstance(v, (list, tuple)) else v for v in inputs)
    return op(*arrays, **options) if highest is None else highest.apply(op, arrays, options)


class MissingRule(TypeError):
    """Raised for an operation without a derivative rule; it says how to add one."""

    def __init__(self, op: Any) -> None:
        name = getattr(op, "__name__", str(op))
        text = f"no derivative rule for {name}: write it with operations that have one"
        if isinstance(op, np.ufunc):
            key = f"np.{name}" if getattr(np, name, None) is op else name
            text += (
                f", or add it to the table: course_lib.elementary.RULES[{key}] = (partial, ...), "
                f"one function partial(*arguments, result) for each argument"
            )
        super().__init__(text)


PLAIN = frozenset({float, int, np.float64, np.ndarray})

# Quicker ways to the same numbers: a ufunc on two single numbers takes eight times as long.
OPERATORS: dict[Operation, Callable[..., Any]] = {
    np.add: operator.add, np.subtract: operator.sub,
    np.multiply: operator.mul, np.divide: operator.truediv, np.matmul: product,
}  # fmt: skip


def operators(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods for x ∘ other and other ∘ x."""

    def method(self: Any, other: Any) -> Any:
        if type(other) in PLAIN or (type(other) is type(self) and other.level == self.level):
            return self.apply(ufunc, (self, other), {})
        return apply(ufunc, self, other)

    def reflected(self: Any, other: Any) -> Any:
        return self.apply(ufunc, (other, self), {}) if type(other) in PLAIN else apply(ufunc, other, self)

    return method, reflected


class Differentiable(np.lib.mixins.NDArrayOperatorsMixin):
    """What dual numbers, tape variables and symbols share: they stand where an array stands.

    NumPy hands each ufunc to `__array_ufunc__` and each other function to
    `__array_function__`; both end in `apply`, which a subclass defines.
    """

    value: Any
    level: int
    __slots__ = ("value", "level")
    __hash__ = object.__hash__

    def apply(self, op: Operation, inputs: tuple[Any, ...], options: Options) -> Any:
        """Return what op(inputs) is for this kind of value, of the shape that op gives."""
        raise NotImplementedError

    def decide(self, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
        """Carry out a comparison or a step on the plain numbers or arrays."""
        return ufunc(*map(plain, inputs))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if options or method != "__call__":
            self.refuse(ufunc, method, options)
        if ufunc in RULES or ufunc in PRODUCTS:
            return self.apply(ufunc, inputs, {}) if len(inputs) == 1 else apply(ufunc, *inputs)
        if ufunc in PIECEWISE_CONSTANT:
            return self.decide(ufunc, inputs)
        raise MissingRule(ufunc)

    def refuse(self, ufunc: np.ufunc, method: str, options: Options) -> None:
        """Say what stands in the way of a ufunc with options or as a method such as reduce."""
        out = options.pop("out", None)
        if out is not None and not isinstance(out[0], Differentiable):
            raise TypeError(
                f"an array cannot take in a {type(self).__name__}: write a = a + b, not a += b"
            )
        if method != "__call__":
            raise MissingRule(f"{ufunc.__name__}.{method}")
        if options:
            raise MissingRule(f"{ufunc.__name__} with {', '.join(options)}")

    def __array_function__(self, func: Operation, types: Any, args: Any, kwargs: Options) -> Any:
        if func not in ARRAY_FUNCTIONS:
            raise MissingRule(func)
        unknown = kwargs.keys() - signature(ARRAY_FUNCTIONS[func]).parameters.keys()
        if unknown:
            raise MissingRule(f"{func.__name__} with {', '.join(sorted(unknown))}")
        return ARRAY_FUNCTIONS[func](*args, **kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"a {kind} cannot be put into a plain array: join parts with np.concatenate or NumPy's "
            f"np.stack (not autograd's, not np.array or item assignment), and use np.exp, not math.exp"
        )

    __float__ = __int__ = __complex__ = __array__

    # Python's operators lead to `apply` at once, without the way through NumPy.
    __add__, __radd__ = operators(np.add)
    __sub__, __rsub__ = operators(np.subtract)
    __mul__, __rmul__ = operators(np.multiply)
    __truediv__, __rtruediv__ = operators(np.divide)
    __pow__, __rpow__ = operators(np.power)
    __matmul__, __rmatmul__ = operators(np.matmul)

    def __bool__(self) -> bool:
        return bool(self.decide(np.not_equal, (self, 0)))

    def __getitem__(self, index: Any) -> Any:
        return self.apply(getitem, (self,), {"index": index})

    def __len__(self) -> int:
        return len(plain(self))

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value, as of the other methods here: those of a NumPy array."""
        return shape_of(self)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return self.apply(transpose, (self,), {})

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the sum over some axes of the array, or over all."""
        return self.apply(total, (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Return the mean over some axes of the array, or over all."""
        return mean(self, axis, keepdims)

    def reshape(self, *shape: Any) -> Any:
        """Return the elements in another shape."""
        return self.apply(reshape, (self,), {"shape": shape[0] if len(shape) == 1 else shape})

    def view(self, kind: type) -> Any:
        """Return the array itself: autograd.numpy.concatenate ends with result.view(ndarray)."""
        return self

    def ravel(self) -> Any:
        """Return the elements as an array of one axis."""
        return self.reshape(-1)

    flatten = ravel

    def transpose(self, *axes: Any) -> Any:
        """Return the array with its axes in another order, or reversed."""
        return _transpose(self, axes[0] if len(axes) == 1 else axes or None)


# --------------------------------------------------- NumPy's functions in terms of the table above


def mean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return np.mean(a, axis) for a number or an array."""
    summed = apply(total, a, axis=axis, keepdims=keepdims)
    return summed / (np.size(a) / np.size(summed))


def dot(a: Any, b: Any) -> Any:
    """Return np.dot(a, b) for numbers, vectors and matrices."""
    if np.ndim(a) > 2 or np.ndim(b) > 2:
        raise MissingRule("dot of arrays with more than two axes")
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else a @ b


def stack(arrays: Any, axis: int = 0) -> Any:
    """Return arrays of one shape as one array, along a new axis."""
    arrays = list(arrays)
    shape = list(np.shape(arrays[0]))
    shape.insert(axis % (len(shape) + 1), 1)
    return apply(join, *(np.reshape(a, tuple(shape)) for a in arrays), axis=axis)


def where(condition: Any, a: Any, b: Any) -> Any:
    """Return np.where(condition, a, b), an array."""
    return apply(choose, a, b, condition=plain(condition))


def concatenate(arrays: Any, axis: int = 0) -> Any:
    """Return arrays of like shape as one array, end to end along an axis."""
    return apply(join, *arrays, axis=axis)


def expand_dims(a: Any, axis: int) -> Any:
    """Return the array `a` with a new axis of length 1."""
    return stack([a], axis)


def _transpose(a: Any, axes: Any = None) -> Any:
    axes = None if axes is None else tuple(k % np.ndim(a) for k in axes)
    return apply(transpose, a, axes=axes)


ARRAY_FUNCTIONS: dict[Operation, Callable[..., Any]] = {
    np.sum: lambda a, axis=None, keepdims=False: apply(total, a, axis=axis, keepdims=keepdims),
    np.mean: mean,
    np.dot: dot,
    np.reshape: lambda a, shape: apply(reshape, a, shape=shape),
    np.ravel: lambda a: apply(reshape, a, shape=-1),
    np.transpose: _transpose,
    np.stack: stack,
    np.concatenate: concatenate,
    np.expand_dims: expand_dims,
    np.where: where,
    np.broadcast_to: lambda a, shape: apply(broadcast, a, shape=shape),
    np.ones_like: lambda a: np.ones_like(plain(a), float),
    np.zeros_like: lambda a: np.zeros_like(plain(a), float),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.size,
}

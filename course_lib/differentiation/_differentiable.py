"""Standing where an array stands: what dual numbers, tape variables and formulas share.

A function of the course is written once, with NumPy. Given a `Differentiable` in place of an array,
it runs all the same: NumPy and Python's operators hand every operation to the method `apply`. Where
derivatives are nested, each has a level, and the innermost one, with the highest level, comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from itertools import count
from math import prod
from typing import Any, NoReturn

import numpy as np

from course_lib.differentiation._arrays import (
    PRODUCTS,
    Operation,
    Options,
    broadcast,
    choose,
    getitem,
    join,
    reshape,
    shape_of,
    total,
    transpose,
)
from course_lib.differentiation.elementary import PIECEWISE_CONSTANT, RULES

_levels = count(1)


def new_level() -> int:
    """Return a fresh level: of two nested derivatives the inner one has the higher level."""
    return next(_levels)


def plain(value: Any) -> Any:
    """Return the number or array under any nesting of dual numbers and variables."""
    while isinstance(value, Differentiable):
        value = value.value
    return value


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


def owned(index: Any) -> Any:
    """Return an index or a mask that stays what it is when the caller changes its array or list."""
    if isinstance(index, tuple):
        return tuple(map(owned, index))
    return np.array(index) if isinstance(index, (np.ndarray, list)) else index


class MissingRule(TypeError):
    """Raised for an operation without a derivative rule; it says how to add one."""

    def __init__(self, op: Any) -> None:
        name = getattr(op, "__name__", str(op))
        text = f"no derivative rule for {name}: write it with operations that have one"
        if isinstance(op, np.ufunc):
            key = f"np.{name}" if getattr(np, name, None) is op else name
            text += (
                f", or add it to the table: course_lib.differentiation.elementary.RULES[{key}] = (partial, ...), "
                f"one function partial(*arguments, result) for each argument"
            )
        super().__init__(text)


PLAIN = frozenset({float, int, np.float64, np.ndarray})


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

    def values_of(self, inputs: tuple[Any, ...]) -> list[Any]:
        """Return the values of the arguments, arrays or numbers; to this derivative all others are constants."""
        if len(inputs) == 1:  # this one
            return [self.value]
        kind, level = type(self), self.level
        return [x.value if type(x) is kind and x.level == level else x for x in inputs]

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

    # Python's operators lead to `apply` at once: by NumPy's way a chain of them takes twice as long.
    __add__, __radd__ = operators(np.add)
    __sub__, __rsub__ = operators(np.subtract)
    __mul__, __rmul__ = operators(np.multiply)
    __truediv__, __rtruediv__ = operators(np.divide)
    __pow__, __rpow__ = operators(np.power)
    __matmul__, __rmatmul__ = operators(np.matmul)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"the truth value of an array of shape {self.shape} is not one True or False: write "
                f"np.where(condition, a, b)"
            )
        return bool(self.decide(np.not_equal, (self, 0)))

    def __getitem__(self, index: Any) -> Any:
        return self.apply(getitem, (self,), {"index": owned(index)})

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be written to: make the new array with np.where(mask, new, old), "
            f"np.stack or np.concatenate"
        )

    def __copy__(self) -> Any:
        return self  # nothing changes it

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __len__(self) -> int:
        return len(plain(self))

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value, as of the other methods here: those of a NumPy array."""
        return shape_of(plain(self))

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

    def dot(self, other: Any) -> Any:
        """Return the product of numbers, vectors and matrices."""
        return dot(self, other)

    def copy(self) -> Any:
        """Return the array itself: nothing changes it."""
        return self

    def transpose(self, *axes: Any) -> Any:
        """Return the array with its axes in another order, or reversed."""
        return _transpose(self, axes[0] if len(axes) == 1 else axes or None)


class NoSuch:
    """An attribute that arrays have and what stands for them has not."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        raise AttributeError(
            f"a {owner.__name__} has no attribute {self.name}, which arrays have: it has no derivative rule "
            f"here. Write it with operations that have one, as np.where(a > b, a, b) for the larger of two"
        )


for _name in dir(np.ndarray):
    if not (_name.startswith("_") or hasattr(Differentiable, _name)):
        setattr(Differentiable, _name, NoSuch(_name))

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
    return apply(choose, a, b, condition=np.array(plain(condition)))


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

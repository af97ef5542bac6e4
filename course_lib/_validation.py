"""Checks at the public boundary. Each returns the value it has checked.

A message says what was given, what was expected, and how to mend it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from math import isfinite
from numbers import Rational, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray


class NotFinite(ValueError):
    """Raised for NaN or infinity, so that a training can tell divergence from a wrong shape."""


def stands_for_array(value: Any) -> bool:
    """Tell whether `value` is a dual number, a tape variable or an autograd box."""
    return hasattr(value, "level") or hasattr(value, "_node")


def finite_array(value: Any, name: str, shape: tuple[int | str, ...] | None = None) -> Any:
    """Return `value` as a float array (a scalar becomes a 0-d array) of finite numbers.

    Parameters
    ----------
    value
        number, array or nested list
        Stand-ins for arrays (dual numbers, tape variables, autograd boxes) pass unchanged.
    name
        what the message calls it.
    shape
        the expected shape; a string such as ``"m"`` stands for any length.

    Raises
    ------
    TypeError
        not numbers.
    ValueError
        ragged, empty, NaN or infinite, or of another shape.
    """
    if type(value) is np.ndarray and value.dtype == float and value.size and all_finite(value):
        pass  # the usual case, checked first
    elif not stands_for_array(value):
        if isinstance(value, np.ma.MaskedArray):
            raise TypeError(
                f"{name} is a masked array, whose mask would be lost: give {name}.compressed(), "
                f"the values that are not masked, or {name}.filled(number)"
            )
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise ValueError(f"{name} is ragged: give rows of equal length. ({error})") from None
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{name} must hold numbers, got {array.dtype} ({value!r:.60})")
        value = array if array.dtype.kind == "c" else array.astype(float, copy=False)
        if value.size == 0:
            raise ValueError(f"{name} is empty (shape {value.shape}): give at least one number")
        if not np.isfinite(value).all():
            bad = np.argwhere(~np.isfinite(value))[0]
            where = f" at index {tuple(int(i) for i in bad)}" if bad.size else ""
            raise NotFinite(
                f"{name} has NaN or infinity{where}: remove it or look where it arises"
            )
    if shape is not None:
        expect_shape(value, name, shape)
    return value


def real_array(value: Any, name: str, shape: tuple[int | str, ...] | None = None) -> Any:
    """Return what `finite_array` does, unless it is complex.

    Raises
    ------
    TypeError, ValueError
        as `finite_array`; complex numbers.
    """
    array = finite_array(value, name, shape)
    if not stands_for_array(array) and np.iscomplexobj(array):
        raise TypeError(f"{name} must be real, got {value!r:.60}: give real and imaginary part apart")
    return array


def real_values(values: Any, name: str) -> NDArray[Any]:
    """Return numbers, which may be infinite or NaN, as an array; complex ones would lose a part in silence.

    Raises
    ------
    TypeError
        not real numbers.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} must be plain numbers, got a masked array, whose mask would be lost")
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be real numbers, got {array.dtype} ({values!r:.60})")
    return array


def all_finite(value: Any) -> bool:
    """Tell whether an array or a number holds neither NaN nor infinity.

    A sum of squares is the quickest look. It may overflow, so only its failure is looked into.
    """
    if isinstance(value, np.ndarray):
        flat = value.ravel("K")
        if value.dtype == float and isfinite(np.vdot(flat, flat)):
            return True
    elif isinstance(value, float):
        return isfinite(value)
    return bool(np.isfinite(value).all())


def expect_shape(value: Any, name: str, shape: tuple[int | str, ...]) -> Any:
    """Return `value` if its shape is `shape`, where a string stands for any length.

    Raises
    ------
    ValueError
        naming both shapes, and the mend where one is known.
    """
    got = value.shape if hasattr(value, "shape") else np.shape(value)
    if got == shape:
        return value
    wanted = len(got) == len(shape) and all(
        isinstance(n, str) or n == g for n, g in zip(shape, got)
    )
    if not wanted:
        text = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
        mend = ""
        if len(got) == 1 and len(shape) == 2:
            mend = f": write {name}[:, None] for one column, {name}[None, :] for one row"
        elif len(got) == 2 and len(shape) == 1:
            mend = f": write {name}[:, 0] for its first column"
        raise ValueError(f"{name} has shape {got}, expected {text}{mend}")
    return value


def finite_number(value: Any, name: str) -> float:
    """Return `value` as a finite float.

    Raises
    ------
    TypeError
        not a number.
    ValueError
        NaN, infinite, or more than one number.
    """
    if type(value) is float and isfinite(value):
        return value
    array = finite_array(value, name)
    if np.size(array) != 1 or (not stands_for_array(array) and np.iscomplexobj(array)):
        raise ValueError(f"{name} must be one real number, got {value!r:.60}")
    return array if stands_for_array(array) else float(array.reshape(()))


def positive(value: Any, name: str) -> float:
    """Return `value` as a float above zero.

    Raises
    ------
    TypeError, ValueError
        not one number, not finite, zero or negative.
    """
    number = finite_number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be positive, got {number:g}")
    return number


def whole_number(value: Any, name: str, least: int = 1, most: float = sys.maxsize) -> int:
    """Return `value` as an int from `least` to `most`; an array has at most `sys.maxsize` items.

    Raises
    ------
    TypeError
        not a whole number.
    ValueError
        below `least` or above `most`.
    """
    if not is_whole(value):
        raise TypeError(f"{name} must be a whole number, got {value!r:.60}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r:.60}")
    if value > most:
        raise ValueError(f"{name} must be at most {most}, got {value!r:.60}")
    return int(value)


def is_whole(value: Any) -> bool:
    """Tell whether `value` is a whole number; True and False are none."""
    if type(value) in (int, bool):  # the usual case, checked first
        return type(value) is int
    if isinstance(value, Rational):
        return value.denominator == 1
    return isinstance(value, Real) and float(value).is_integer()


def known_name(name: str, known: Iterable[str], what: str) -> str:
    """Return `name` if it is among `known`.

    Raises
    ------
    ValueError
        with the known names listed.
    """
    known = list(known)
    if not isinstance(name, str) or name not in known:
        listed = ", ".join(repr(k) for k in known)
        raise ValueError(f"unknown {what} {name!r:.60}; known: {listed}")
    return name


def function(value: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return `value` if it can be called.

    Raises
    ------
    TypeError
        not callable.
    """
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r:.60}: pass it without calling it")
    return value


def instance(value: Any, kind: type, name: str) -> Any:
    """Return `value`, which is more than a number or an array, if it is of this kind.

    Raises
    ------
    TypeError
        anything else.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be of the class {kind.__name__}, got {value!r:.60}")
    return value


def random_generator(rng: object) -> np.random.Generator:
    """Return `rng` if it is a NumPy random generator.

    Raises
    ------
    TypeError
        anything else, the global ``np.random`` and a bare seed included.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a generator, got {rng!r:.60}: write np.random.default_rng(0)")
    return rng

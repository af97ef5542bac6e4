"""An answer beside what was expected: how the two are compared, and how the outcome is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np

from course_lib.networks.parameters import Layer


class Failed(AssertionError):
    """Raised by a check that does not hold; a notebook shows its text without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"Not yet. {self}"]


def passed(what: str) -> None:
    """Print that a check holds."""
    print(f"Right: {what}.")


def fail(expected: str, came: object, read: str) -> NoReturn:
    """Raise `Failed` with what was expected, what came, and where to read."""
    where = f" Read {read}." if read else ""
    raise Failed(f"Expected {expected}. Came {came}.{where}")


def some(points: Iterable[Any]) -> list[Any]:
    """Return the points, numbers or arrays, which must not be none: that would prove nothing."""
    if isinstance(points, str) or not isinstance(points, Iterable):
        raise TypeError(f"points must be a list of what to compare at, got {points!r:.60}")
    points = list(points)
    if not points:
        raise ValueError("points is empty: give at least one to compare at")
    return points


def told(arguments: tuple[Any, ...]) -> str:
    """Name the arguments of a call briefly."""
    parts = []
    for x in arguments:
        if callable(x):
            parts.append(getattr(x, "__name__", type(x).__name__))
        elif np.ndim(x) and np.size(x) > 4:
            parts.append(f"shape {np.shape(x)}")
        else:
            text = np.array2string(np.asarray(x), precision=4) if np.size(x) else "[]"
            parts.append(" ".join(text.split()))
    return ", ".join(parts)


def call(f: Callable[..., Any], arguments: tuple[Any, ...], what: str, read: str) -> Any:
    """Return f of the arguments, number or array; the student's error becomes a failed check."""
    try:
        return f(*arguments)
    except NotImplementedError:
        fail(f"{what} to be written", "a cell that still raises NotImplementedError", read)
    except Exception as error:
        fail(f"{what} to return a value", f"{type(error).__name__}: {error}", read)


def number(f: Callable[..., Any], h: float, what: str, read: str) -> float:
    """Call the student's function of a step; what is no number becomes a failed check."""
    yours = call(f, (h,), what, read)
    try:
        return float(yours)
    except (TypeError, ValueError, OverflowError):
        fail(f"{what} to be a number", f"{type(yours).__name__} {yours!r:.60}", read)


def rounding_of(expected: Any) -> float:
    """Return what rounding may leave of a zero beside the other numbers expected, or beside one if all are zero."""
    return 1e-12 * (_largest(expected) or 1.0)


def _largest(expected: Any) -> float:
    """Return the largest size of a number in an array or in the parts of a list."""
    if is_parts(expected):
        return max(map(_largest, expected))
    numbers = np.asarray(expected)
    return float(np.abs(numbers).max(initial=0.0)) if numbers.dtype.kind in "biufc" else 0.0


def compare(yours: Any, expected: Any, what: str, rtol: float, atol: Any, read: str) -> None:
    """Compare part by part: first the kind, then the shape, then the numbers; atol may be an array like expected."""
    if yours is None:
        fail(f"{what} to be a value", "None (is a return missing?)", read)
    if is_parts(expected):
        listed = isinstance(yours, (list, tuple))
        if not listed or len(yours) != len(expected):
            came = f"a list of length {len(yours)}" if listed else type(yours).__name__
            fail(f"{what} to be a list of length {len(expected)}", came, read)
        names = Layer._fields if isinstance(expected, Layer) else map(str, range(len(expected)))
        for name, part, other in zip(names, yours, expected):
            compare(part, other, f"{what.rstrip(',')}, part {name},", rtol, atol, read)
        return
    expected = np.asarray(expected)
    if not np.isfinite(expected).all():
        raise ValueError(f"what is expected has NaN or infinity: no answer can agree ({what})")
    try:
        array = np.asarray(yours).astype(np.result_type(expected, float), casting="same_kind")
    except (TypeError, ValueError):
        fail(f"{what} to hold real numbers", f"{type(yours).__name__} {yours!r:.60}", read)
    if array.shape != expected.shape:
        fail(f"{what} to have shape {expected.shape}", f"shape {array.shape}", read)
    if not np.isfinite(array).all():
        fail(f"{what} to be finite", "NaN or infinity", read)
    difference = np.abs(array - expected)
    allowed = atol + rtol * np.abs(expected).max(initial=0.0)
    excess = difference - allowed
    if excess.max(initial=0.0) > 0.0:
        worst = np.unravel_index(excess.argmax(), difference.shape)
        where = f" at index {tuple(map(int, worst))}" if worst else ""
        fail(
            f"{what} to agree to {np.broadcast_to(allowed, difference.shape)[worst]:.1g}",
            f"{array[worst]:.6g}{where}, which is off by {difference[worst]:.2g}",
            read,
        )


def is_parts(value: Any) -> bool:
    """Tell a list or tuple of arrays, such as a Theta, from a list of numbers."""
    return isinstance(value, (list, tuple)) and any(
        isinstance(part, np.ndarray) or is_parts(part) for part in value
    )

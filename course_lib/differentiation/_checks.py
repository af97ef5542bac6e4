"""Checks of points and results, which may be dual numbers or variables of another derivative."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from course_lib._validation import NotFinite, all_finite, finite_array
from course_lib.differentiation._differentiable import plain


def number_or_array(value: Any, name: str) -> Any:
    """Return a float for a number, a float array for an array or list; never the caller's own array."""
    if type(value) is float and isfinite(value):
        return np.float64(value)
    array = finite_array(value, name)
    if isinstance(value, np.ndarray):
        array = array.copy()
    return array[()] if type(array) is np.ndarray and not array.ndim else array


def require_finite(result: Any, what: str, *x: Any) -> Any:
    """Return `result`, number or array, unless it has a NaN or an infinity.

    Raises
    ------
    NotFinite
        naming the point x, or its first part.
    """
    if all_finite(plain(result)):
        return result
    for part in x:
        finite_array(plain(part), "x")  # says so if the point itself is not finite
    raise NotFinite(
        f"{what} is not finite at x = {np.array2string(np.asarray(plain(x[0])), threshold=6)}: "
        f"the function or its slope has no finite value there. (Is it in a branch that np.where does not take? "
        f"Give that branch a harmless argument: np.sqrt(np.where(x > 0, x, 1)).)"
    )

"""Calling a function of the user's, and saying what Python's own words hide."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

STANDING_FOR_VALUES = r"Dual|Variable|tuple|numpy\.\w+"


def called(f: Callable[..., Any], *arguments: Any, name: str = "f") -> Any:
    """Return f(*arguments), arrays or what stands for them; Python's own words are explained where they hide the cause.

    Raises
    ------
    TypeError, ValueError
        As f does.
    """
    try:
        return f(*arguments)
    except ValueError as error:
        if isinstance(error.__cause__, TypeError):  # a stand-in put into an array
            raise error.__cause__ from None
        if "truth value of an array" in str(error):
            raise ValueError(
                f"{name} asks one True or False of a whole array: it is given all points at once. "
                f"Write np.where(condition, a, b) in place of if and else"
            ) from error
        if "could not be broadcast together" in str(error):
            raise ValueError(
                f"{error}: {name} combines what it is given with an array of another length. It is given as many "
                f"points as are asked for, so compute such an array from x"
            ) from error
        raise
    except TypeError as error:
        if re.match(rf"'({STANDING_FOR_VALUES})' object is not callable", str(error)):
            raise TypeError(
                f"{error}: in {name} a name that stands for values was called like a function. Only the "
                f"values at x itself are given, so f(x - 1) cannot be had"
            ) from error
        if "converted to Python scalars" in str(error):
            raise TypeError(f"{name} is given arrays: write np.sin(x), not math.sin(x)") from error
        raise

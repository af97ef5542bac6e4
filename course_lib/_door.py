"""Checks at the door: the function behind it is the equation, and sees only what has been checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def door(check: Callable[..., tuple[Any, ...]], leave: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Put a check before a function, and if need be one after it.

    Parameters
    ----------
    check
        Takes the arguments of the function, with the same defaults, and returns those that the function gets: checked,
        numbers as arrays, and functions that check what they return.
    leave
        Takes the result and these arguments, and returns the result.

    Returns
    -------
    Callable
        The decorator.
    """

    def put_before(function: F) -> F:
        @wraps(function)
        def checked(*arguments: Any, **keywords: Any) -> Any:
            given = check(*arguments, **keywords)
            result = function(*given)
            return result if leave is None else leave(result, *given)

        return cast(F, checked)

    return put_before

"""What a page prints: a function's code without its docstring and its door, a number beside its bound."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable
from typing import Any

from course_lib._validation import finite_number, function


def show(*functions: Callable[..., Any]) -> None:
    """Print the source of functions, methods or classes without their docstrings and decorators.

    Parameters
    ----------
    *functions
        Python functions, methods or classes.

    Raises
    ------
    TypeError
        An argument is no function written in Python.
    """
    print("\n\n".join(_source_without_docstrings(function(f, "functions")) for f in functions))


def below(value: float, bound: float) -> str:
    """Return "value < bound", the value as the power of ten above it, which every processor prints alike.

    Parameters
    ----------
    value
        The number that was measured, not negative. What is below 1e-15 is rounding and stands as 1e-15.
    bound
        What it is to stay below.

    Returns
    -------
    str
        Such as "1e-09 < 1e-08".

    Raises
    ------
    TypeError, ValueError
        Not a number, NaN, infinity, a negative value, or a value whose power of ten is not below the bound.

    Examples
    --------
    >>> below(3e-10, 1e-8)
    '1e-09 < 1e-08'
    """
    value, bound = finite_number(value, "value"), finite_number(bound, "bound")
    if value < 0.0:
        raise ValueError(f"value must not be negative, got {value:g}: give its absolute value")
    power = 10.0 ** math.ceil(round(math.log10(max(value, 1e-15)), 9))
    if not power < bound:
        raise ValueError(f"value {value:.1e}, rounded up to {power:.0e}, is not below the bound {bound:g}")
    return f"{power:.0e} < {bound:.0e}"


def _source_without_docstrings(f: Callable[..., Any]) -> str:
    """Return the source of `f`, its comments kept, its docstrings and decorators left out."""
    lines = inspect.cleandoc("\n" + inspect.getsource(f)).split("\n")
    nodes = ast.walk(ast.parse("\n".join(lines)))
    documented = [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    for node in sorted(documented, key=lambda node: -node.lineno):
        if ast.get_docstring(node):
            text = node.body[0]
            del lines[text.lineno - 1 : text.end_lineno]
            while lines[text.lineno - 1 : text.lineno] == [""]:
                del lines[text.lineno - 1]
        for decorator in reversed(node.decorator_list):
            del lines[decorator.lineno - 1 : decorator.end_lineno]
    return "\n".join(lines).strip()

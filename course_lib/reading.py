"""Show a function's code on a page, without its docstring, which the page has said, and without its door."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from course_lib._validation import function


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

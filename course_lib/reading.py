"""Show a function's code on a page, without its docstring: the page has already said it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from course_lib._validation import function


def show(*functions: Callable[..., Any]) -> None:
    """Print the source of functions, methods or classes without their docstrings.

    Parameters
    ----------
    *functions
        Python functions, methods or classes.

    Raises
    ------
    TypeError
        An argument is no function written in Python.
    """
    print("\n\n".join(source_without_docstrings(function(f, "functions")) for f in functions))


def source_without_docstrings(f: Callable[..., Any]) -> str:
    """Return the source of `f`, its comments kept and its docstrings left out."""
    lines = inspect.cleandoc("\n" + inspect.getsource(f)).split("\n")
    nodes = ast.walk(ast.parse("\n".join(lines)))
    documented = [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    for node in sorted(documented, key=lambda node: -node.lineno):
        if ast.get_docstring(node):
            text = node.body[0]
            del lines[text.lineno - 1 : text.end_lineno]
            while lines[text.lineno - 1 : text.lineno] == [""]:
                del lines[text.lineno - 1]
    return "\n".join(lines).strip()

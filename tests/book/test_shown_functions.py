"""What a page shows of the library is the mathematics: short, and checked before it is called."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from typing import Any

import build_notebooks
import pytest
from build_notebooks import code_cells, read_chapter

from course_lib.reading import _source_without_docstrings

CHECKS = ["course_lib._validation", "course_lib.networks._checks", "course_lib.differentiation._checks"]
CHECKING = {name for module in CHECKS for name, value in vars(importlib.import_module(module)).items()
            if getattr(value, "__module__", None) == module}  # fmt: skip


def shown() -> list[tuple[str, Any]]:
    """The arguments of every call show(...) in a chapter, with the chapter's name."""
    found = []
    for chapter in sorted(build_notebooks.CHAPTERS.glob("*.md")):
        names: dict[str, Any] = {}
        for cell in code_cells(read_chapter(chapter)):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("course_lib"):
                    exec(ast.unparse(node), names)
                elif isinstance(node, ast.Call) and ast.unparse(node.func) == "show":
                    texts = [ast.unparse(argument) for argument in node.args]
                    found += [(f"{chapter.stem[:2]} {text}", eval(text, names)) for text in texts]
    return found


SHOWN = shown()


def test_pages_show_what_they_teach():
    names = {name.split()[1].rpartition(".")[2] for name, _ in SHOWN}
    assert names >= {
        "deltas", "update", "apply", "push_forward", "share", "pull_back",
        "backward", "euler", "columns", "residual_cost", "levenberg_marquardt", "gauss_newton", "adam",
    }  # fmt: skip


@pytest.mark.parametrize("function", [pytest.param(f, id=name) for name, f in SHOWN])
def test_a_shown_function_is_the_equation(function: Callable[..., Any]):
    source = _source_without_docstrings(function)
    assert len(source.splitlines()) <= 15
    assert max(map(len, source.splitlines())) <= 100
    tree = ast.parse(source)
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & CHECKING
    assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree))

"""What the library imports: the packages that pyproject.toml names, and no module above."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "course_lib").glob("*.py"))
DRAWING = {"canvas", "network_drawing", "graph_drawing", "plotting"}


def imported(path: Path) -> set[str]:
    """Every package that a module imports, and of the library the module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{name.name}" for name in node.names}
    return {".".join(name.split(".")[: 2 if name.startswith("course_lib.") else 1]) for name in names}


def test_dependencies_are_those_that_are_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    used = {name for path in MODULES for name in imported(path)} - {"course_lib"} - sys.stdlib_module_names
    assert {name for name in used if "." not in name} == {Requirement(text).name for text in project["dependencies"]}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_nothing_imports_plotting(path):
    """Nor the modules that it is made of, except these themselves."""
    above = {"plotting"} if path.stem in DRAWING else DRAWING
    assert not imported(path) & {f"course_lib.{name}" for name in above}


def test_no_module_imports_one_that_imports_it():
    imports = {f"course_lib.{path.stem}": imported(path) for path in MODULES}
    free: set[str] = set()
    while waiting := [name for name in imports if name not in free]:
        ready = {name for name in waiting if not imports[name] & set(waiting) - {name}}
        assert ready, f"these import one another: {', '.join(waiting)}"
        free |= ready

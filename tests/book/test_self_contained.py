"""The notebooks of chapters and exercises need nothing but the course's packages: no network, no shell."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOOK = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["book"]
# Of Python's own library only what neither reaches a network nor starts a program.
STANDARD = {"dataclasses", "functools", "gc", "inspect", "itertools", "math", "textwrap", "time", "warnings"}
ALLOWED = {"course_lib", "mpl_toolkits"} | {Requirement(text).name for text in BOOK} | STANDARD
NOTEBOOKS = sorted([*ROOT.glob("book/notebooks/*.ipynb"), *ROOT.glob("exercises/source/*/*.ipynb")])


def imported(tree: ast.AST) -> Iterator[str]:
    """The packages that a piece of code imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: "/".join(path.parts[-2:]))
def test_notebook_needs_no_network(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            try:
                tree = ast.parse(cell.source)
            except SyntaxError:
                pytest.fail(f"{cell.id} is not plain Python; a line with ! or % is for Jupyter alone")
            assert set(imported(tree)) <= ALLOWED, cell.id
            asks = re.findall(r"\w+://|__import__|import_module|\bdatasets\b", cell.source)
            assert asks == [], f"{cell.id} asks for {asks}"

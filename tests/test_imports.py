"""What the library imports: the packages that pyproject.toml names, and no module above."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
           for path in sorted((ROOT / "course_lib").rglob("*.py"))}  # fmt: skip
# The way of the data: a part imports from those before it, and nothing imports what draws.
PARTS = ["networks", "differentiation", "equations", "beyond", "drawing"]


def part(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def imported(path: Path) -> set[str]:
    """Every package that a module imports, and of the library the module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{name.name}" for name in node.names}
    return {own(name) if name.startswith("course_lib") else name.split(".")[0] for name in names}


def own(name: str) -> str:
    """The module of the library to which a dotted name leads."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def test_dependencies_are_those_that_are_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    used = {name for path in MODULES.values() for name in imported(path)} - set(MODULES) - sys.stdlib_module_names
    assert used == {Requirement(text).name for text in project["dependencies"]}


@pytest.mark.parametrize("module", MODULES)
def test_no_import_runs_back(module):
    """From part to part; checks and reading, which stand beside the parts, import whatever does not draw."""
    theirs = {part(name) for name in imported(MODULES[module])} & set(PARTS)
    mine = part(module)
    assert theirs <= set(PARTS[: PARTS.index(mine) + 1] if mine in PARTS else PARTS[:-1])
    if mine in ("networks", "differentiation"):
        assert theirs <= {mine}, "the first two parts know nothing of one another"


def test_what_is_private_to_a_part_stays_in_it():
    """The part `beyond` goes on where `equations` ends, with the same plumbing."""
    for module, path in MODULES.items():
        for name in imported(path):
            home, private, _ = name.partition("._")
            at_home = module.startswith(home) or (part(module), home) == ("beyond", "course_lib.equations")
            assert not private or at_home, f"{module} imports {name}"


def test_no_module_imports_one_that_imports_it():
    imports = {module: imported(path) & set(MODULES) - {module} for module, path in MODULES.items()}
    free: set[str] = set()
    while waiting := [name for name in imports if name not in free]:
        ready = {name for name in waiting if not imports[name] & set(waiting)}
        assert ready, f"these import one another: {', '.join(waiting)}"
        free |= ready

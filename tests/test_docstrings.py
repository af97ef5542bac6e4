"""The docstrings are complete, say the shapes, hold examples that run, and are in the book."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import course_lib

numpydoc = pytest.importorskip("numpydoc.validate")

ROOT = Path(__file__).resolve().parents[1]
MODULES = [importlib.import_module(m.name) for m in pkgutil.walk_packages(course_lib.__path__, "course_lib.")]


def is_public(module: Any) -> bool:
    """A module that a reader imports: no plumbing, and no part, whose names are those of its modules."""
    return "._" not in module.__name__ and not hasattr(module, "__path__")


def function_of(member: Any) -> Any:
    """The function behind a method or a property; None for a plain attribute."""
    member = member.fget if isinstance(member, property) else getattr(member, "func", member)
    member = getattr(member, "__func__", member)
    return member if inspect.isfunction(member) else None


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """Every public function, class and method that a module defines, with its full name."""
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "") == module.__name__
        if name.startswith("_") or not own or not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        yield f"{module.__name__}.{name}", value
        for key, member in vars(value).items() if inspect.isclass(value) else ():
            if (key == "__call__" or not key.startswith("_")) and function_of(member):
                yield f"{module.__name__}.{name}.{key}", function_of(member)


PUBLIC = dict(item for module in MODULES for item in public(module))
FUNCTIONS = [name for name, value in PUBLIC.items() if inspect.isfunction(value)]


def imported_by_chapters() -> set[str]:
    """The functions and classes that a reader of the book imports, named where they are defined."""
    lines = [
        found
        for path in (ROOT / "book/chapters").glob("*.md")
        for found in re.findall(r"^from (course_lib[\w.]*) import (.+)$", path.read_text("utf-8"), re.MULTILINE)
    ]
    modules = [(vars(importlib.import_module(module)), names) for module, names in lines]
    found = [members[name.strip()] for members, names in modules for name in names.split(",")]
    return {name for name, value in PUBLIC.items() if any(value is member for member in found)}


CENTRAL = sorted(imported_by_chapters())
CHECKS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["numpydoc_validation"]["checks"]
SECTION = re.compile(r"^ *(\w+)\n *-{3,}$", re.MULTILINE)


def waived(name: str) -> set[str]:
    """What a short docstring need not say: what its summary says already."""
    text = inspect.getdoc(PUBLIC[name]) or ""
    sections = SECTION.findall(text)
    result = set()
    if "Parameters" not in sections:
        result |= {"PR01", "RT01", "YD01"}
    if re.match(r"(Return|Tell|Yield)\b", text):
        result |= {"RT01", "YD01"}
    return result


@pytest.mark.parametrize("name", PUBLIC)
def test_numpydoc_finds_nothing(name):
    wanted = numpydoc.get_validation_checks(set(CHECKS)) - waived(name)
    assert [error for error in numpydoc.validate(name)["errors"] if error[0] in wanted] == []


# numpydoc does not find the file of a part.
@pytest.mark.parametrize(
    "module", [m for m in MODULES if not hasattr(m, "__path__")], ids=lambda module: module.__name__
)
def test_module_opens_with_its_idea(module, monkeypatch):
    if not any(line.startswith(("def ", "class ")) for line in inspect.getsource(module).splitlines()):
        monkeypatch.setattr(numpydoc.Validator, "source_file_def_line", 1)  # numpydoc looks for one in vain
    wanted = numpydoc.get_validation_checks(set(CHECKS))
    assert [error for error in numpydoc.validate(module.__name__)["errors"] if error[0] in wanted] == []


@pytest.mark.parametrize("name", CENTRAL)
def test_what_a_reader_imports_is_documented_in_full(name):
    text = inspect.getdoc(PUBLIC[name]) or ""
    refers = re.search(r"[Pp]arameters?\b.* (as for|those of) `\w+`", text)
    takes = set(inspect.signature(PUBLIC[name]).parameters)
    assert "Parameters" in SECTION.findall(text) or refers or not takes


# The example of these is a figure, a page of the book, or that of what makes them.
SHOWN_ELSEWHERE = r"course_lib\.(drawing|reading|equations\.residuals)\.|\.Tape$"


@pytest.mark.parametrize("name", [name for name in CENTRAL if not re.search(SHOWN_ELSEWHERE, name)])
def test_what_a_reader_imports_has_an_example(name):
    module, short = name.rsplit(".", 1)
    examples = [
        example.source
        for test in doctest.DocTestFinder().find(importlib.import_module(module))
        for example in test.examples
    ]
    assert any(re.search(rf"\b{short}\(", source) for source in examples)


# What a docstring may say of an array: its shape, or what it is like.
SHAPE = re.compile(
    r"\([^()\n]*, ?[^()\n]*\)|\([mnkPd]\)|\bshaped?\b|\bnumbers?\b|\barrays?\b|\bvectors?\b|\bmatri(x|ces)\b|"
    r"\blike\b|\baxe?i?s\b|\b[Aa]s (for )?`",
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_are_said(name):
    """A function of arrays, annotated as Any or NDArray, says their shapes or calls them numbers."""
    kinds = [str(kind) for kind in PUBLIC[name].__annotations__.values()]
    if any(kind in ("Any", "Any | None") or "NDArray" in kind for kind in kinds):
        assert SHAPE.search(PUBLIC[name].__doc__), "say the shape of what comes and goes"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_run(module):
    failed, _ = doctest.testmod(module)
    assert failed == 0


def test_every_public_name_is_in_the_api_reference():
    """automodule shows the members of a module that have a docstring."""
    page = "".join(path.read_text("utf-8") for path in (ROOT / "book").glob("api*.md"))
    shown = set(re.findall(r"automodule:: (course_lib[\w.]+)\n   :members:\n", page))
    assert shown == {module.__name__ for module in MODULES if is_public(module)}
    assert [name for name, value in PUBLIC.items() if not inspect.getdoc(value)] == []

"""Faults on purpose: one at a time, in a copy of the course, before the part of the gate that must find it.

A fault is a line in one of the tables beside this module: what is wrong, the file, the right text and the wrong one,
the tests that must find it, and the words by which they must tell it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# As `make book` does it: a warning is an error.
BUILD = [Path(sys.executable).with_name("jupyter-book"), "build", "-q", "-W", "-n", "--keep-going", "."]
PYTEST = [sys.executable, "-m", "pytest", "-o", "addopts=--import-mode=importlib", "-x", "-q", "--tb=short",
          "--no-header", "-p", "no:cacheprovider"]  # fmt: skip
# What costs a second to load, and is of no use here.
PLUGINS = [f"-pno:{name}" for name in ("nbval", "xdist", "pytest_cov", "anyio")]


def commands(gate: str) -> list[list[Any]]:
    """What is run for a gate: "build", "nbval: a notebook", "page: tests of built pages", "run: a program", or tests."""
    kind, _, selection = gate.rpartition(": ")
    if kind == "run":
        return [[sys.executable, *shlex.split(selection)]]
    tests = [*PYTEST, *shlex.split(selection)]
    if kind == "nbval":
        return [[*tests, "--nbval", "--nbval-current-env"]]
    if kind == "page":
        return [BUILD, [*tests, "-p", "built_book"]]
    return [BUILD] if gate == "build" else [[*tests, *PLUGINS]]


@dataclass(frozen=True)
class Edit:
    """A change of one file: a new text for an old one, or a function of the whole text.

    The old text stands in the file as often as `times` says.
    """

    file: str
    old: str | Callable[[str], str]
    new: str = ""
    times: int = 1

    def __call__(self, text: str) -> str:
        if callable(self.old):
            return self.old(text)
        found = text.count(self.old)
        assert found == self.times, f"{self.file} has {self.old!r} {found} times, the fault says {self.times}"
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Fault:
    """A mistake in one or more files, the gate that finds it, and what the gate's output must say of it."""

    name: str
    edits: Edit | list[Edit]
    gate: str
    says: str  # a regular expression; its dot stands for the end of a line too


@dataclass
class Copy:
    """A copy of the repository, in which one fault at a time is put and taken out again."""

    folder: Path
    green: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        made = shutil.ignore_patterns(".git", ".venv*", "_build", "dist", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, self.folder, ignore=made, dirs_exist_ok=True)
        # nbformat's schema checker does without this package, which takes a second to load in each run.
        (self.folder / "_build").mkdir()
        (self.folder / "_build/rfc3987_syntax.py").write_text("raise ImportError\n", encoding="utf-8")

    def run(self, gate: str) -> tuple[int, str]:
        """Run a part of the gate in the copy, with the copy's library; return its code and what it says."""
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(self.folder / name) for name in ("", "tests/faults", "_build")),
            # A file changes within a second and keeps its length: the compiled one would seem up to date.
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "300",
            "NO_COLOR": "1",
        }
        for name in ["PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "LIVE"]:
            environment.pop(name, None)
        for command in commands(gate):
            if command is BUILD:  # it takes nothing away that an earlier fault gave to download
                shutil.rmtree(self.folder / "_build/html/_downloads", ignore_errors=True)
            done = subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)  # fmt: skip
            if done.returncode:
                break
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def with_fault(self, fault: Fault) -> Iterator[None]:
        before: dict[Path, bytes] = {}
        try:
            for edit in fault.edits if isinstance(fault.edits, list) else [fault.edits]:
                path = self.folder / edit.file
                before.setdefault(path, path.read_bytes())
                text = path.read_text(encoding="utf-8")
                changed = edit(text)
                assert changed != text, f"the fault changes nothing in {edit.file}"
                path.write_text(changed, encoding="utf-8", newline="\n")
            yield
        finally:
            for path, content in before.items():
                path.write_bytes(content)

    def must_find(self, fault: Fault) -> None:
        """Fail unless the gate passes without the fault, fails with it, and says where it is."""
        if fault.gate not in self.green:
            code, output = self.run(fault.gate)
            assert code == 0, f"{fault.gate} fails without any fault:\n{output[-3000:]}"
            if re.search(r"^\d+ skipped", output, re.MULTILINE):
                pytest.skip(f"{fault.gate} is skipped on this machine")
            self.green.add(fault.gate)
        with self.with_fault(fault):
            code, output = self.run(fault.gate)
        assert code != 0, f"{fault.gate} does not find it:\n{output[-1000:]}"
        # Of pytest: a test failed, or the module of tests could not be read. Else the selection is wrong.
        assert code in (1, 2), f"{fault.gate} did not run:\n{output[-3000:]}"
        assert re.search(fault.says, output, re.DOTALL), f"{fault.gate} does not say {fault.says!r}:\n{output[-5000:]}"


def in_module(module: str, tested_as: str = "") -> Callable[..., Fault]:
    """Return what makes a fault in a module, "part/module", that its own tests must find, or those of another one."""
    tests = "/test_".join(part.lstrip("_") for part in (tested_as or module).rsplit("/", 1))
    tests = f"tests/{tests}.py" if "/" in module else f"tests/test_{module}.py"

    def fault(name: str, old: str, new: str, says: str, times: int = 1) -> Fault:
        return Fault(name, Edit(f"course_lib/{module}.py", old, new, times), tests, says)

    return fault


def in_chapter(name: str, chapter: str, old: str, new: str, gate: str, says: str) -> Fault:
    """A fault that a chapter and its notebook share, so that they stay in step; within one line."""
    quoted = [json.dumps(text, ensure_ascii=False)[1:-1] for text in (old, new)]
    edits = [Edit(f"book/chapters/{chapter}.md", old, new), Edit(f"book/notebooks/{chapter}.ipynb", *quoted)]
    return Fault(name, edits, gate, says)


def in_cells(path: str, change: Callable[[list[dict[str, Any]]], object], code_only: bool = True) -> Edit:
    """A change of the cells of a notebook, which is stored again in the course's form."""

    def changed(text: str) -> str:
        notebook = json.loads(text)
        change([cell for cell in notebook["cells"] if not code_only or cell["cell_type"] == "code"])
        return json.dumps(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n"

    return Edit(path, changed)


def parametrised(faults: dict[str, list[Fault]]) -> pytest.MarkDecorator:
    """Every fault of a table with its family as the id of its test."""
    pairs = [(family, fault) for family, members in faults.items() for fault in members]
    return pytest.mark.parametrize("fault", [fault for _, fault in pairs], ids=[f"{f}: {x.name}" for f, x in pairs])

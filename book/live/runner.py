"""Run the cells of a page. This module runs in the reader's browser, in Pyodide, beside `worker.js`."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import io
import linecache
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

LIBRARY = "course_lib"
namespace: dict[str, Any] = {"__name__": "__main__"}


# ------------------------------------------------------------------------------ what a cell needs


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a piece of code imports, by their full names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def packages(source: str) -> list[str]:
    """The top-level packages that a cell imports, itself or through the modules of the library."""
    found, waiting, seen = set(), [source], set()
    while waiting:
        try:
            tree = ast.parse(waiting.pop())
        except SyntaxError:
            continue  # told when the cell runs
        for module in set(imported(tree)) - seen:
            seen.add(module)
            top, *rest = module.split(".")
            if top == LIBRARY:
                waiting += list(library_sources(rest))
            else:
                found.add(top)
    return sorted(found)


def library_sources(parts: list[str]) -> Iterator[str]:
    """The code of a module of the library, and of the packages around it."""
    spec = importlib.util.find_spec(LIBRARY)
    place = Path(spec.origin).parent
    for part in [None, *parts]:
        place = place / part if part else place
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                yield path.read_text(encoding="utf-8")


def used_and_bound(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell reads, and those that it sets or changes: x = 1, x[0] = 1, x.append(1)."""
    used, bound = set(), set()
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return used, bound
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            bound.add(base(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            bound.add(base(node.value.func))
        elif isinstance(node, ast.AugAssign):
            used.add(base(node.target))
    return used, bound - set(dir(builtins))


def base(node: ast.AST) -> str:
    """The name that an expression such as a.b[c].d begins with, or nothing."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def before(cells: list[str], position: int, done: Iterable[int]) -> list[int]:
    """The earlier cells that have to run first: they set what this one reads, and have not run yet."""
    done = set(done)
    wanted, _ = used_and_bound(cells[position])
    needed = []
    for k in reversed(range(position)):
        used, bound = used_and_bound(cells[k])
        if k not in done and bound & wanted:
            needed.append(k)
            wanted |= used
    return needed[::-1]


# ------------------------------------------------------------------------------------- running it


class Stream(io.TextIOBase):
    """Sends what is printed to the page, many lines at once."""

    def __init__(self, name: str, send: Callable[[str, str], object]) -> None:
        self.name, self.send, self.text, self.sent = name, send, "", 0.0

    def write(self, text: str) -> int:
        self.text += text
        if time.monotonic() - self.sent > 0.05:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self.text:
            self.send(self.name, self.text)
        self.text, self.sent = "", time.monotonic()


def run(source: str, name: str, send: Callable[[str, str], object]) -> bool:
    """Run a cell and send what it prints, draws and raises; return whether it came to its end."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", send), Stream("stderr", send)
    try:
        code, value = compiled(source, name)
        exec(code, namespace)
        shown = eval(value, namespace) if value else None
        if shown is not None:
            print(repr(shown))
        finished = True
    except BaseException as error:  # an exit too ends the cell, not the runner
        sys.stdout.flush()
        send("error", told(error))
        finished = False
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams
    for svg in figures():
        send("figure", svg)
    return finished


def compiled(source: str, name: str) -> tuple[CodeType, CodeType | None]:
    """The statements of a cell, and the expression at its end whose value is shown."""
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval")
    return compile(tree, name, "exec"), last


def figures() -> list[str]:
    """The open figures as SVG; they are closed then, as in a notebook."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    plt = sys.modules["matplotlib.pyplot"]
    drawn = []
    for number in plt.get_fignums():
        file = io.StringIO()
        plt.figure(number).savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
        drawn.append(file.getvalue())
    plt.close("all")
    return drawn


def told(error: BaseException) -> str:
    """A short traceback: the lines of the page's cells, marked, and what went wrong there."""
    lines = []
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        if frame.filename.startswith("cell ") and frame.lineno:
            lines.append(f"{frame.filename}, line {frame.lineno}" + (
                "" if frame.name == "<module>" else f", in {frame.name}"))
            for number in range(max(1, frame.lineno - 1), frame.lineno + 2):
                text = linecache.getline(frame.filename, number).rstrip()
                if text or number == frame.lineno:
                    lines.append(f"{'-->' if number == frame.lineno else '   '} {number:3} {text}")
    if lines and not frames[-1].filename.startswith("cell "):
        lines.append(f"raised in {Path(frames[-1].filename).name}, line {frames[-1].lineno}, {frames[-1].name}")
    return "\n".join([*lines, *(line.rstrip() for line in traceback.format_exception_only(error))])

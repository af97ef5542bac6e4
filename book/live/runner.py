"""Run the cells of a page. This module runs in the reader's browser, in Pyodide, beside `worker.js`."""

from __future__ import annotations

import ast
import builtins
import dis
import importlib.util
import io
import linecache
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

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
            beside = Path(__file__).with_name(f"{top}.py")
            if top == LIBRARY:
                waiting += list(library_sources(rest))
            elif beside.is_file():
                waiting.append(beside.read_text(encoding="utf-8"))
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


class Names(NamedTuple):
    """What a cell does with the names of the page."""

    needs: set[str]  # read before the cell sets them
    inner: set[str]  # read by its functions, when they are called
    sets: set[str]
    changes: set[str]  # as in x[0] = 1 or x.append(1)
    imports: set[str]  # what no call changes


@cache
def names(source: str) -> Names:
    """Python's own compiler knows what a cell reads and sets, in the order in which it happens."""
    needs, inner, sets, changes, imports = found = Names(set(), set(), set(), set(), set())
    try:
        tree = ast.parse(source)
        code = compile(tree, "cell", "exec", dont_inherit=True)
    except SyntaxError:
        return found
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_NAME" and step.argval not in sets:
            needs.add(step.argval)
        elif step.opname == "STORE_NAME":
            sets.add(step.argval)
    waiting = [code]
    while waiting:
        within = [part for part in waiting.pop().co_consts if isinstance(part, CodeType)]
        waiting += within
        steps = (step for part in within for step in dis.get_instructions(part))
        inner.update(step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    inner -= sets
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            changes.add(base(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            changes.add(base(node.value.func))
        elif isinstance(node, ast.alias):
            imports.add(node.asname or node.name.split(".")[0])
    return found


def base(node: ast.AST) -> str:
    """The name that an expression such as a.b[c].d begins with, or nothing."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def before(cells: list[str], position: int, done: Iterable[int]) -> list[int]:
    """The earlier cells that have to run first: they set what this one reads, and have not run yet."""
    needed, done, seen = set(), set(done), set()
    here = names(cells[position])
    unchanged = set(dir(builtins)).union(*(names(cell).imports for cell in cells))
    wanted = {(name, position) for name in here.needs | here.inner}
    while wanted:
        seen.add(pair := wanted.pop())
        name, end = pair
        for k in reversed(range(end)):
            earlier = names(cells[k])
            if name in earlier.sets | (earlier.changes - unchanged) and k not in done:
                needed.add(k)
                wanted |= {(other, k) for other in earlier.needs} - seen
                wanted |= {(other, position) for other in earlier.inner} - seen
            if name in earlier.sets:
                break
    return sorted(needed)


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
        last = compile(ast.Expression(tree.body.pop().value), name, "eval", dont_inherit=True)
    return compile(tree, name, "exec", dont_inherit=True), last


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
    """A short traceback: the lines of the page's cells, marked, and what went wrong there.

    An error that has a text of its own for notebooks, as a failed check has, is told by that.
    """
    if hasattr(error, "_render_traceback_"):
        return "\n".join(error._render_traceback_())
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

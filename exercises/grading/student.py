"""The untrusted side: a warm process, of which every attempt at a notebook is a fork in a sandbox of its own.

The warm process has imported the libraries and runs nothing of a student's. For each message on its socket, a folder
with two sockets to the grader, it forks a keeper in namespaces of its own (limits.py), which forks the process of the
student's code. The keeper gets one letter at a time: c tells how much processor time its child has used, k ends it
and tells how it ended. It is process 1 of its namespace: when it goes, nothing is left, no process and no file.
"""

from __future__ import annotations

import fcntl
import inspect
import itertools
import linecache
import os
import pickle
import random
import signal
import socket
import sys
import time
import traceback
import types
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import limits
import wire

TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
ENDED_BY_US = -1
shell: Shell  # of the forked process


def main() -> None:
    orders = socket.socket(fileno=int(sys.argv[1]))
    settings = pickle.loads(orders.recv(2**16))
    for statement in settings["preload"]:
        try:
            exec(statement, {})
        except Exception:
            pass  # the cell it comes from will say so
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # process 1 is deaf to what it does not handle
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    orders.send(b"+")
    for count in itertools.count():
        folder, handles, _, _ = socket.recv_fds(orders, 4096, 2)
        if not handles:  # the grader has gone
            return
        if not os.fork():
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if settings["sandbox"]:
                user = settings["user"] and settings["user"] + count % 4000
                limits.seclude(user, settings["installed"])
            limits.limit_resources(settings["memory"])
            os.chdir(folder)
            os.environ.update(dict.fromkeys(("HOME", "TMPDIR"), folder.decode()))
            keep(*handles)
            os._exit(0)
        for handle in handles:
            os.close(handle)


def keep(control: int, connection: int) -> None:
    """Fork the student's process, and keep it until it is ended or the grader has gone."""
    child = os.fork()
    if not child:
        os.close(control)
        loop = sys.modules["asyncio"].new_event_loop() if "asyncio" in sys.modules else None
        limits.refuse_processes()
        serve(hidden(connection), loop)
    os.close(connection)
    with socket.socket(fileno=control) as grader:
        grader.sendall(b"+")
        while grader.recv(1) == b"c":
            grader.sendall(used(child).to_bytes(8, "big"))
        with suppress(OSError):
            grader.sendall(end(child).to_bytes(4, "big", signed=True))


def end(child: int) -> int:
    """End the forked process; return how it ended itself."""
    for _ in range(20):  # it may be about to end
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return ENDED_BY_US


def used(child: int) -> int:
    """Return the processor time of the forked process so far, ns; it can have no others (limits.py)."""
    try:
        # The kernel's number for the clock of another process: man clock_getcpuclockid.
        return time.clock_gettime_ns((~child << 3) | 2) if sys.platform == "linux" else time.monotonic_ns()
    except OSError:
        return 0  # it has ended, which the grader sees on its socket


def hidden(handle: int) -> socket.socket:
    """Move the socket to a number that code which tries 3, 4, 5 does not meet."""
    moved = fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, random.SystemRandom().randrange(20, 60))
    os.close(handle)
    return socket.socket(fileno=moved)


# ------------------------------------------------------------------------------ in the forked process


def serve(connection: socket.socket, loop: Any) -> None:
    """Run cells and call functions for the grader until it has gone."""
    notebook = types.ModuleType("__main__")
    global shell
    shell = Shell(notebook.__dict__, loop)
    notebook.__dict__.update(display=nothing_to_show, get_ipython=lambda: shell, input=lambda prompt="": "1")
    sys.modules["__main__"] = notebook
    sys.path.append(os.getcwd())
    send, receive, leave = connection.sendall, wire.receive, os._exit
    try:
        while True:
            request = receive(connection)[0]
            send(answer(request, notebook.__dict__))
    finally:
        leave(0)


def answer(request: bytes, namespace: dict[str, Any]) -> bytes:
    number = -1
    try:
        number, act, *arguments = pickle.loads(request)
        return wire.encode((number, "value", ACTS[act](namespace, *arguments)))
    except BaseException as error:
        return wire.encode((number, "raised", *described(error)))


def put(namespace: dict[str, Any], name: str, body: bytes) -> None:
    """Write a file that was handed in beside the notebook."""
    Path(name).write_bytes(body)


def run(namespace: dict[str, Any], name: str, source: str) -> None:
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    shell.run_cell(source, name)


def get(namespace: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Return what the names stand for; what cannot be sent is told by its type."""
    found: dict[str, Any] = {}
    for name in names:
        if name in namespace:
            try:
                wire.encode(namespace[name])
                found[name] = ("value", namespace[name])
            except Exception as error:
                found[name] = ("unsendable", str(error))
    return found


def call(namespace: dict[str, Any], handle: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    return wire.original(handle)(*arguments, **keywords)


ACTS = {"put": put, "run": run, "get": get, "call": call}


class Shell:
    """Stand for IPython's shell: what is Python in a magic runs, and nothing else does anything."""

    def __init__(self, namespace: dict[str, Any], loop: Any) -> None:
        self.namespace, self.loop = namespace, loop

    def run_cell(self, source: str, name: str = "cell of a magic") -> Any:
        """Run a cell; where it is no Python, once more as the notebook understands it."""
        try:
            code = compile(source, name, "exec")
        except SyntaxError:
            from IPython.core.inputtransformer2 import TransformerManager

            source = TransformerManager().transform_cell(source)
            code = compile(source, name, "exec", TOP_LEVEL_AWAIT)
        result = eval(code, self.namespace)
        if inspect.iscoroutine(result):
            self.loop.run_until_complete(result)

    def run_line_magic(self, name: str, line: str, *more: Any, **options: Any) -> Any:
        if name == "timeit":
            return TIMES
        if name == "time":
            try:
                return eval(line, self.namespace)
            except SyntaxError:
                self.run_cell(line)
        return None

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        if name == "writefile":
            Path(line.split()[-1]).write_text(cell)
        elif name in ("time", "capture", "prun"):
            self.run_cell(cell)
            if name == "capture" and line and not line.startswith("-"):
                self.namespace[line.split()[0]] = types.SimpleNamespace(stdout="", stderr="", outputs=[])
        return TIMES if name == "timeit" else None

    def getoutput(self, command: str, *more: Any, **options: Any) -> list[str]:
        return []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return nothing_to_show


# What `%timeit -o` returns, without having run anything.
TIMES = types.SimpleNamespace(average=1e-6, best=1e-6, worst=1e-6, stdev=0.0, loops=1, repeat=1,
                              all_runs=[1e-6], timings=[1e-6], compile_time=0.0)  # fmt: skip


def nothing_to_show(*values: Any, **options: Any) -> None:
    """Stand for the notebook's `display`."""


def described(error: BaseException) -> tuple[str, str, int]:
    """Return the name of an error, its text, and its line in the student's cell."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno or 0 for frame in frames if frame.filename.startswith("cell ")]
        if isinstance(error, SyntaxError):
            lines = [error.lineno or 0]
        text = str(error.msg if isinstance(error, SyntaxError) else error)
        return type(error).__name__, text[:1000], (lines or [0])[-1]
    except BaseException:
        return "Exception", "an error that cannot be shown", 0


if __name__ == "__main__":
    main()

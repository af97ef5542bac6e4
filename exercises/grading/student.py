"""The untrusted side: a clean process that forks one for the student's code whenever it is told to.

The clean process has imported the libraries and runs nothing of the student's, so a fork of it is a fresh
start at no cost. It gets one letter at a time on the control socket: f forks (the socket to the grader comes
with it), c tells how much processor time what was forked has used, k ends it and tells how it ended. It is
process 1 of its namespace: when it goes, the kernel ends all that is left.
"""

from __future__ import annotations

import fcntl
import linecache
import os
import pickle
import random
import re
import shutil
import signal
import socket
import sys
import time
import traceback
import types
from typing import Any

import limits
import wire

ENDED_BY_US = -1


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = pickle.loads(wire.receive(control)[0])
    limits.hide_memory()
    limits.limit_resources(settings["memory"])
    for statement in settings["preload"]:
        try:
            exec(statement, {})
        except Exception:
            pass  # the cell it comes from will say so
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # process 1 is deaf to what it does not handle
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)
    control.sendall(b"+")
    child = 0
    while True:
        order, handles, _, _ = socket.recv_fds(control, 1, 1)
        if order == b"f":
            if child:
                clear(child, settings["owns_tmp"])
            child = os.fork()
            if not child:
                control.close()
                limits.refuse_processes()
                serve(hidden(handles[0]))
            os.close(handles[0])
        elif order == b"c":
            control.sendall(used(child).to_bytes(8, "big"))
        else:
            status = clear(child, settings["owns_tmp"]) if child else 0
            child = 0
            if not order:  # the grader has gone
                return
            control.sendall(status.to_bytes(4, "big", signed=True))


def clear(child: int, owns_tmp: bool) -> int:
    """End the forked process and remove what it has left for the next; return how it ended itself."""
    status = end(child)
    if owns_tmp:
        empty("/tmp")
    return status


def end(child: int) -> int:
    """End the forked process, and in a namespace of our own all others; return how it ended itself."""
    status = 0
    for _ in range(20):  # it may be about to end
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.005)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        status = ENDED_BY_US
    if os.getpid() == 1:
        try:
            os.kill(-1, signal.SIGKILL)
            while True:
                os.waitpid(-1, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
    return status


def used(child: int) -> int:
    """Return the processor time of the forked process so far, ns; it can have no others (limits.py)."""
    try:
        # The kernel's number for the clock of another process: man clock_getcpuclockid.
        return time.clock_gettime_ns((~child << 3) | 2) if sys.platform == "linux" else time.monotonic_ns()
    except OSError:
        return 0  # it has ended, which the grader sees on its socket


def empty(folder: str) -> None:
    """Remove what is in a folder."""
    for entry in os.scandir(folder):
        try:
            shutil.rmtree(entry) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)
        except OSError:
            pass


def hidden(handle: int) -> socket.socket:
    """Move the socket to a number that code which tries 3, 4, 5 does not meet."""
    moved = fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, random.SystemRandom().randrange(20, 60))
    os.close(handle)
    return socket.socket(fileno=moved)


# ------------------------------------------------------------------------------ in the forked process


def serve(connection: socket.socket) -> None:
    """Run cells and call functions for the grader until it has gone."""
    notebook = types.ModuleType("__main__")
    notebook.__dict__.update(display=nothing_to_show, get_ipython=lambda: None)
    sys.modules["__main__"] = notebook
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


def run(namespace: dict[str, Any], name: str, source: str) -> None:
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    exec(compiled(source, name), namespace)


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


ACTS = {"run": run, "get": get, "call": call}


def compiled(source: str, name: str) -> types.CodeType:
    """Compile a cell; where it is no Python, once more without the lines that are for the notebook only."""
    try:
        return compile(source, name, "exec")
    except SyntaxError:
        if re.match(r"\s*%%(?!time\b|timeit\b|capture\b)", source):
            source = "pass"
        plain = re.sub(r"^([ \t]*)(?:[%!?].*|.*\?)$", r"\1pass", source, flags=re.MULTILINE)
        return compile(plain, name, "exec")


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

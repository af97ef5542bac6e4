"""A process of its own for each submission: it sees Python, the libraries, and nothing else.

`unshare` of util-linux, which every Linux distribution has, gives a warm process its own network (none),
processes, mounts, messages and host name. Its root is an empty file system in memory, with the system, Python and
course_lib bound into it read-only. It has imported the libraries; for each submission it forks a process in
further namespaces and without rights (limits.py). Started by root that is a user that nobody else is; started by a
user, one in a user namespace.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shlex
import signal
import site
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib

import course_lib

HERE = Path(__file__).resolve().parent
TOOLS = ["unshare", "pivot_root", "mount", "umount"]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
FIRST_USER = 61184  # of the users of sandboxes
START_SECONDS = 300  # on the clock, however busy the machine is
# What has mounts of its own inside may only be bound with them.
BIND = """bind() {
    mount --bind -o ro,nosuid,nodev "$1" "$2" 2>/dev/null && return
    mount --rbind "$1" "$2"
    mount -o remount,bind,ro,nosuid,nodev "$2"
}"""


class Machinery(BaseException):
    """The grader failed, not the student; no check may catch it."""


@dataclass(frozen=True)
class Sandbox:
    """How the student's processes are started."""

    kind: str  # "root", "user" or "none", by whom the namespaces are made
    secret: tuple[Path, ...] = ()  # folders that must not be seen, should they lie inside one that is
    memory: int = 2 * 2**30  # the limit for one process, bytes

    def command(self, folder: str) -> list[str]:
        """Return the command; the folder, an empty one, is where the new root is mounted."""
        if self.kind == "none":
            return [sys.executable, "-B", str(HERE / "student.py")]
        student = [sys.executable, "-B", "/grader/student.py"]
        user = ["--user", "--map-root-user"] if self.kind == "user" else []
        namespaces = ["--net", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child"]
        script = "\n".join([*new_root(folder, self.secret), 'exec "$@"'])
        return ["unshare", *user, *namespaces, "sh", "-c", script, "sandbox", *student]


def new_root(folder: str, secret: tuple[Path, ...]) -> list[str]:
    """Return the shell commands that build the view of the files and make it the root."""
    seen = visible()
    lines = [
        "set -e",
        "echo 1000 > /proc/self/oom_score_adj",  # where memory runs out, this goes first
        f"mount -t tmpfs -o size=8m,mode=755,nosuid,nodev sandbox {shlex.quote(folder)}",
        f"cd {shlex.quote(folder)}",
        "mkdir proc old dev grader tmp fresh",
        "mount -t tmpfs -o size=8m,mode=755,nosuid,nodev tmp tmp",  # a student's process gets another one
        BIND,
    ]  # fmt: skip
    for path in map(shlex.quote, seen):
        lines.append(f"mkdir -p .{path}; bind {path} .{path}")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            lines.append(f"cp -P /{name} {name}")
        elif os.path.isdir(f"/{name}"):
            lines.append(f"mkdir {name}; bind /{name} {name}")
    for name in ("null", "zero", "full", "random", "urandom"):
        lines.append(f"touch dev/{name}; mount --bind /dev/{name} dev/{name}")
    for name in ("student.py", "wire.py", "limits.py"):
        lines.append(f"touch grader/{name}; bind {shlex.quote(str(HERE / name))} grader/{name}")
    for path in map(str, secret):
        if any(Path(path).is_relative_to(part) for part in seen) and os.path.isdir(path):
            lines.append(f"mount -t tmpfs -o ro,mode=755 hidden .{shlex.quote(path)}")
    fonts = shlex.quote(matplotlib.get_cachedir())
    return [
        *lines,
        f"mkdir tmp/matplotlib; cp {fonts}/fontlist-*.json tmp/matplotlib 2>/dev/null || true",
        "mount --rbind /proc proc",  # umount reads it
        "pivot_root . old",
        "cd /; umount -l /old; umount -l /proc; rmdir /old /proc",
        "mount -o remount,ro /",
    ]


def visible() -> list[str]:
    """Name the folders that the student's process may read: the system, Python, the libraries."""
    folders = [sys.prefix, sys.base_prefix, str(Path(course_lib.__file__).parent)]
    folders += [str(Path(sys.executable).resolve().parents[1]), "/etc/alternatives", "/nix/store"]
    folders += [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    real = [os.path.realpath(folder) for folder in folders]
    kept = {path for path in folders + real if os.path.isdir(path) and not Path(path).is_relative_to("/usr")}
    return ["/usr", *sorted(kept - {"/"})]


def environment() -> dict[str, str]:
    one = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMEXPR")}
    return one | {
        "PATH": PATH, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(course_lib.__file__).resolve().parents[1]), "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/matplotlib", "PYTHONUSERBASE": site.getuserbase(),
    }  # fmt: skip


def answers(connection: socket.socket) -> bool:
    """Wait for the first sign of a process that has started."""
    connection.settimeout(START_SECONDS)
    with contextlib.suppress(OSError):
        return bool(connection.recv(1))
    return False


class Server(contextlib.AbstractContextManager):
    """The warm process of a run, of which every sandbox is a fork; it runs imports and nothing of a student's."""

    def __init__(self, sandbox: Sandbox, preload: list[str]) -> None:
        self.sandbox = sandbox
        self.orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        installed = {Path(path).parts[2] for path in visible() if path.startswith("/tmp/")}
        settings = {"memory": sandbox.memory, "preload": preload, "sandbox": sandbox.kind != "none",
                    "installed": sorted(installed), "user": FIRST_USER * (sandbox.kind == "root")}  # fmt: skip
        with theirs, tempfile.TemporaryDirectory(prefix="grading-") as folder:
            try:
                self.process = subprocess.Popen(
                    [*sandbox.command(folder), str(theirs.fileno())], pass_fds=[theirs.fileno()],
                    env=environment(), cwd="/", start_new_session=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                )  # fmt: skip
            except OSError as error:
                raise Machinery(f"the sandbox could not start: {error}") from None
            theirs.close()
            with contextlib.suppress(OSError):
                self.orders.send(pickle.dumps(settings))
            ready = answers(self.orders)
        if not ready:
            self.process.kill()
            _, errors = self.process.communicate()
            told = errors.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise Machinery(f"the sandbox could not start: {told[-1][:300]}")

    def __exit__(self, *error: object) -> None:
        self.orders.close()  # its process 1 ends, and with it all others
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.communicate()


class Box(contextlib.AbstractContextManager):
    """The sandbox of the current attempt at a submission, with its keeper, and files beside the notebook."""

    def __init__(self, server: Server, files: dict[str, bytes] | None = None) -> None:
        self.server, self.files = server, files or {}
        self.control: socket.socket | None = None

    def fork(self) -> socket.socket:
        """Start a fresh process for the student's code, and end the one before; return the grader's end to it."""
        self.end()
        self.folder = tempfile.TemporaryDirectory(prefix="grading-")  # where there are no namespaces
        folder = self.folder.name if self.server.sandbox.kind == "none" else "/tmp"
        self.control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, theirs = socket.socketpair()
        with control, theirs, contextlib.suppress(OSError):
            socket.send_fds(self.server.orders, [folder.encode()], [control.fileno(), theirs.fileno()])
        if not answers(self.control):
            raise Machinery("the sandbox could not start")
        return ours

    def order(self, letter: bytes) -> bytes:
        """Give the keeper an order and return its answer; EOFError where it is gone, and the sandbox closed."""
        answer = b""
        try:
            with contextlib.suppress(OSError):
                if self.control:
                    self.control.sendall(letter)
                    answer = self.control.recv(8)
        finally:
            if not answer:  # after an alarm too: what was asked would be answered later
                self.close()
        if not answer:
            raise EOFError
        return answer

    def used(self) -> float:
        """Return the processor time of the student's process so far, seconds."""
        return int.from_bytes(self.order(b"c"), "big") * 1e-9

    def end(self) -> str:
        """End the student's process; return how it had ended by itself, or nothing."""
        try:
            status = int.from_bytes(self.order(b"k"), "big", signed=True)
        except EOFError:
            return ""
        self.close()
        if status < 0:
            return ""
        if os.WIFSIGNALED(status):
            return f"its process was ended by {signal.Signals(os.WTERMSIG(status)).name}"
        return f"it ended its process (exit status {os.WEXITSTATUS(status)})"

    def close(self) -> None:
        """End everything in the sandbox: its process 1 ends when the grader has gone."""
        if self.control:
            self.control.close()
            self.control = None
            self.folder.cleanup()

    def __exit__(self, *error: object) -> None:
        self.end()

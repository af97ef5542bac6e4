"""Does the sandbox hold on this machine? A probe tries, from inside, what a student's code must not do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from sandbox import PATH, START_SECONDS, TOOLS, Box, Machinery, Sandbox, Server
from talk import Allowance, Ended, StudentError, Talk

import course_lib

PROBE = """
import ctypes, os, socket, struct, sys

def works(f, *arguments):
    try:
        return f(*arguments) is not False
    except (OSError, RuntimeError):
        return False

def process():
    if os.fork() == 0:
        os._exit(0)

def network():
    connection = socket.socket()
    connection.settimeout(1)
    connection.connect(("192.0.2.1", 80))

def make(folder):
    os.mkdir(folder)
    os.rmdir(folder)

def rights():
    sets = ctypes.create_string_buffer(24)
    ctypes.CDLL(None).capget(struct.pack("Ii", 0x20080522, 0), sets)
    return any(sets.raw) or os.getuid() == 0 and not alone

def namespace():
    return ctypes.CDLL(None).unshare(0x10000000) == 0

allowed = {
    "start a process": works(process),
    "use the network": works(network) or sys.interfaces != ["lo"],
    "rename the machine": works(socket.sethostname, socket.gethostname()),
    "make a namespace": works(namespace),
    "do what only root may": rights(),
    "see other processes": os.path.exists("/proc/1"),
    "read": [folder for folder in secret if works(lambda: bool(os.listdir(folder)))],
    "write to": [folder for folder in written if works(make, os.path.join(folder, "probe"))],
}
"""


# Asked by the clean process, which may still make a socket: so the network is off twice.
INTERFACES = "import socket, sys; sys.interfaces = [name for _, name in socket.if_nameindex()]"


def find_sandbox(secret: tuple[Path, ...], memory: int) -> tuple[Sandbox | None, str]:
    """Return a sandbox that holds on this machine, or None and why there is none."""
    if sys.platform != "linux":
        return None, "it needs Linux"
    if missing := [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]:
        packages = "util-linux util-linux-extra mount"
        return None, f"{', '.join(missing)} of util-linux is missing (Debian, Ubuntu: apt install {packages})"
    reasons = []
    for kind in ["root", "user"] if os.geteuid() == 0 else ["user"]:
        sandbox = Sandbox(kind, secret, memory)
        if not (reason := why_not(sandbox)):
            return sandbox, ""
        reasons.append(reason)
    return None, "; ".join(reasons)


def why_not(sandbox: Sandbox) -> str:
    """Run the probe; return what it could do that it must not, or nothing."""
    names = {
        "alone": sandbox.kind == "user",  # in its namespace the user is 0
        "secret": [str(path) for path in sandbox.secret],
        "written": ["/", "/grader", "/usr", sys.prefix, str(Path(course_lib.__file__).parent)],
    }
    probe = "".join(f"{name} = {value!r}\n" for name, value in names.items()) + PROBE
    try:
        with Server(sandbox, [INTERFACES]) as server, Box(server) as box:
            talk = Talk(box)
            talk.allow(Allowance(START_SECONDS, START_SECONDS))
            talk.ask("run", "cell probe", probe)
            _, allowed = talk.ask("get", ["allowed"])["allowed"]
    except (Machinery, Ended, StudentError) as error:
        return str(error)
    could = [act if seen is True else f"{act} {', '.join(seen)}" for act, seen in allowed.items() if seen]
    return f"code in it could {'; '.join(could)}" if could else ""

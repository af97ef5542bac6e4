"""What the student's process gives up before any of the student's code runs.

The namespaces of sandbox.py hide files and network. Here each submission gets its own of the rest, and loses
its rights. Then come the limits on what is left: memory, files, and the system calls that would make processes,
sockets, memory outside the limit or new namespaces.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from typing import Any

FILE_BYTES = 16 * 2**20
OPEN_FILES = 64

# The audit number of the architecture, and the numbers of the refused calls: shmget shmat clone [fork
# vfork] execve ptrace mount add_key request_key keyctl unshare perf_event_open setns memfd_create bpf
# userfaultfd execveat io_uring_setup clone3 memfd_secret socket prlimit64 (of another process), socketpair
# msgget semget mq_open, which hold the kernel's memory, and what would leave a sign on process 1:
# setpriority sched_setparam sched_setscheduler sched_setaffinity sched_setattr ioprio_set.
REFUSED = {
    "x86_64": (0xC000003E, [29, 30, 56, 57, 58, 59, 101, 165, 248, 249, 250, 272, 298, 308, 319, 321,
                            323, 322, 425, 435, 447, 41, 302, 53, 68, 64, 240, 141, 142, 144, 203, 314, 251]),
    "aarch64": (0xC00000B7, [194, 196, 220, 221, 117, 40, 217, 218, 219, 97, 241, 268, 279, 280, 282, 281,
                             425, 435, 447, 198, 261, 199, 186, 190, 180, 140, 118, 119, 122, 274, 30]),
}  # fmt: skip

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
NAMESPACES = 0x00020000 | 0x20000000 | 0x08000000 | 0x04000000  # CLONE_NEWNS, NEWPID, NEWIPC, NEWUTS
CAPABILITIES = 0x20080522  # the third version of capset(2)
NOSUID, NODEV, BIND, MOVE, RECURSIVE = 2, 4, 4096, 8192, 16384  # mount(2)
TMP = b"size=64m,nr_inodes=10k,mode=1777"


def seclude(user: int, installed: list[str]) -> None:
    """Go on as process 1 of namespaces of its own, with an empty /tmp, as a user without any right.

    The user is a number that nobody else has, or 0 in the namespace of a user, where there is only one. What is
    installed in /tmp stays, as it belongs to Python.
    """
    system("unshare", NAMESPACES)
    if os.fork():
        os._exit(0)
    system("mount", b"tmp", b"/fresh", b"tmpfs", NOSUID | NODEV, TMP)
    for name in map(os.fsencode, installed):
        os.mkdir(b"/fresh/" + name)
        system("mount", b"/tmp/" + name, b"/fresh/" + name, None, BIND | RECURSIVE, None)
    system("mount", b"/fresh", b"/tmp", None, MOVE, None)
    with contextlib.suppress(OSError):
        for right in range(64):  # until there is none of that number
            prctl(PR_CAPBSET_DROP, right)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    system("capset", struct.pack("Ii", CAPABILITIES, 0), bytes(24))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)  # other processes of the same user may not look into this one


def limit_resources(memory: int) -> None:
    """Limit memory, the size of a file, open files; no core dumps."""
    if sys.platform != "linux":
        return  # there is no sandbox either
    limits = {"AS": memory, "FSIZE": FILE_BYTES, "NOFILE": OPEN_FILES, "CORE": 0, "MSGQUEUE": 0, "MEMLOCK": 0}
    for name, limit in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(number, (limit, limit))


def refuse_processes() -> None:
    """From here on: no process, thread, socket or namespace that is not here already."""
    if sys.platform != "linux":
        return
    resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))  # this process and the one that made it
    if platform.machine() in REFUSED:
        refuse_calls(*REFUSED[platform.machine()])


def refuse_calls(architecture: int, calls: list[int]) -> None:
    """Load a seccomp filter: the calls fail with EPERM, those of another architecture kill.

    An instruction is (code, to skip if true, to skip if false, number): 0x20 loads a word of the call's
    description (0: its number, 4: its architecture), 0x15 compares, 0x35 asks for >=, 0x06 returns.
    """
    x32 = 0x40000000
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    program += [(0x35, len(calls) + 1, 0, x32)]
    program += [(0x15, len(calls) - k, 0, call) for k, call in enumerate(calls)]
    program += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    # struct sock_fprog: the number of instructions, then a pointer to them
    filter_ = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(code)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(filter_))


def prctl(option: int, argument: int, pointer: int = 0) -> None:
    system("prctl", option, *map(ctypes.c_ulong, (argument, pointer, 0, 0)))


def system(name: str, *arguments: Any) -> None:
    """Call the system; raise OSError where it refuses."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        raise OSError(ctypes.get_errno(), name)

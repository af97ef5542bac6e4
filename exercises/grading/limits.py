"""What the student's process gives up before any of the student's code runs.

The namespaces of sandbox.py hide files and network. Here are the limits on what is left: memory, files,
and the system calls that would make processes, sockets, memory outside the limit or new namespaces.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys

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

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38


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


def hide_memory() -> None:
    """Forbid other processes of the same user to look into this one."""
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, 0)


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
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(argument), ctypes.c_ulong(pointer), zero, zero):
        raise OSError(ctypes.get_errno(), f"prctl {option}")

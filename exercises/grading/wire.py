"""What the student's process and the grader say to each other.

A message is two lengths, a JSON tree, and the bytes of the arrays in it, in order. The student's process
can write nothing else: numbers, text, arrays, lists, tuples, dicts, layers and handles of functions. The
grader rebuilds them as objects of its own, so no object, no class and no pickle ever comes from the student.
"""

from __future__ import annotations

import array
import io
import json
import math
import numbers
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

LENGTHS = struct.Struct("!II")
TREE_BYTES = 4 * 2**20
ARRAY_BYTES = 64 * 2**20
DEPTH = 30
DTYPE = re.compile(r"[<>|]?[biufc]\d{1,2}")


class Garbage(Exception):
    """The bytes are not a message."""


# ------------------------------------------------------------------------------ the student's side

FUNCTIONS: list[Callable[..., Any]] = []


def original(handle: int) -> Callable[..., Any]:
    """Return the function that a handle stands for: a stand-in sent back becomes it again."""
    return FUNCTIONS[handle]


def encode(value: Any) -> bytes:
    """Write a value as a message; TypeError says what cannot be sent."""
    arrays: list[bytes] = []
    tree = json.dumps(tree_of(value, arrays, 0)).encode()
    data = b"".join(arrays)
    if len(tree) > TREE_BYTES or len(data) > ARRAY_BYTES:
        raise TypeError("the value is too large to be graded")
    return LENGTHS.pack(len(tree), len(data)) + tree + data


def tree_of(value: Any, arrays: list[bytes], depth: int) -> Any:
    if depth > DEPTH:
        raise TypeError("the value is nested too deeply to be graded")

    def inner(part: Any) -> Any:
        return tree_of(part, arrays, depth + 1)

    if isinstance(value, (np.ndarray, np.generic, array.array)):
        return array_tree(value, arrays)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    if isinstance(value, dict):
        return ["dict", *([inner(key), inner(part)] for key, part in value.items())]
    if isinstance(value, tuple):
        layer = type(value).__name__ == "Layer" and len(value) == 2
        return ["layer" if layer else "tuple", *map(inner, value)]
    if isinstance(value, (list, deque, range)):
        return ["list", *map(inner, value)]
    if callable(value):
        FUNCTIONS.append(value)
        return ["function", len(FUNCTIONS) - 1, str(getattr(value, "__name__", "function"))]
    raise TypeError(f"a value of type {type(value).__name__} cannot be graded; numbers, arrays, text, "
                    "lists, tuples and dicts of them can")  # fmt: skip


def array_tree(value: Any, arrays: list[bytes]) -> list[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"an array of dtype {array.dtype} cannot be graded; numbers and bools can")
    if array.nbytes + sum(map(len, arrays)) > ARRAY_BYTES:  # before it is copied
        raise TypeError("the array is too large to be graded")
    arrays.append(array.tobytes())
    shape = "number" if isinstance(value, np.generic) else list(array.shape)
    return ["array", array.dtype.str, shape]


# ------------------------------------------------------------------------------ the grader's side


def decode(tree: bytes, data: bytes, stand_in: Callable[[int, str], Any]) -> Any:
    """Rebuild a value from the two parts of a message, or raise Garbage: nothing about them is believed.

    `stand_in` makes the grader's object for a function, from its handle and name.
    """
    try:
        return Reader(data, stand_in).value(json.loads(tree))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Garbage(f"{type(error).__name__}") from None


class Reader:
    """Takes the arrays from the data one after the other, so that no byte is used twice."""

    def __init__(self, data: bytes, stand_in: Callable[[int, str], Any]) -> None:
        self.data, self.stand_in = io.BytesIO(data), stand_in

    def value(self, node: Any) -> Any:
        if isinstance(node, dict):
            raise ValueError
        if not isinstance(node, list):
            return node
        kind, *parts = node
        if kind == "array":
            return self.array(*parts)
        if kind == "function":
            handle, name = parts
            return self.stand_in(int(handle), str(name))
        if kind == "dict":
            return {self.value(key): self.value(part) for key, part in parts}
        values = [self.value(part) for part in parts]
        if kind == "complex":
            return complex(*values)
        if kind == "layer":
            from course_lib.networks import Layer

            return Layer(*values)
        return {"list": list, "tuple": tuple}[kind](values)

    def array(self, dtype: str, shape: Any) -> Any:
        number = shape == "number"
        shape = () if number else tuple(shape)
        if not DTYPE.fullmatch(dtype) or len(shape) > 16:
            raise ValueError
        if any(type(length) is not int or length < 0 for length in shape):
            raise ValueError
        kind = np.dtype(dtype)
        part = self.data.read(math.prod(shape) * kind.itemsize)
        if kind.kind == "b":  # a byte that is neither 0 nor 1 would be a bool that counts twice
            part = bytes(map(bool, part))
        array = np.frombuffer(bytearray(part), kind).reshape(shape)  # which takes no less than all of it
        return array[()] if number else array


# ------------------------------------------------------------------------------ both sides


def receive(connection: socket.socket, patience: Callable[[], float] | None = None) -> tuple[bytes, bytes]:
    """Read one message; with patience also check its size.

    Patience is called again and again: it returns how long to wait next, seconds, or raises TimeoutError.
    """
    sizes = LENGTHS.unpack(exactly(connection, LENGTHS.size, patience))
    if patience is not None and (sizes[0] > TREE_BYTES or sizes[1] > ARRAY_BYTES):
        raise Garbage("lengths")
    return exactly(connection, sizes[0], patience), exactly(connection, sizes[1], patience)


def send(connection: socket.socket, message: bytes, patience: Callable[[], float]) -> None:
    """Send a message to a process that may not be listening; OSError where it is gone or patience has ended."""
    left = memoryview(message)
    while left:
        connection.settimeout(patience())
        try:
            left = left[connection.send(left) :]
        except TimeoutError:
            continue


def exactly(connection: socket.socket, length: int, patience: Callable[[], float] | None) -> bytes:
    parts: list[bytes] = []
    while length:
        connection.settimeout(patience() if patience else None)
        try:
            part = connection.recv(min(length, 2**20))
        except TimeoutError:
            continue
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)

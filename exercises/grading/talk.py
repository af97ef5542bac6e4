"""The grader's side of a conversation with the student's process.

It asks, waits no longer than allowed, and believes nothing: an answer is rebuilt from plain data, a function
is a stand-in whose calls run over there, an error becomes one of the grader's own.
"""

from __future__ import annotations

import builtins
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import cloudpickle
import wire
from sandbox import Box, Machinery

TEXT_LENGTH = 500
TOO_LONG = "it took too long"
SILENT = "it did not answer"
# Errors that a check may ask for by their class; all others are told by their name only.
KNOWN = {
    name: getattr(builtins, name)
    for name in ("ArithmeticError", "AssertionError", "AttributeError", "FloatingPointError", "IndexError",
                 "KeyError", "LookupError", "NameError", "NotImplementedError", "OverflowError",
                 "RecursionError", "RuntimeError", "TypeError", "ValueError", "ZeroDivisionError")
}  # fmt: skip


class Ended(BaseException):
    """The student's process is gone, or was too slow, or spoke nonsense; no check may catch it."""


class StudentError(Exception):
    """An error that the student's code raised."""


@dataclass
class Allowance:
    """How long the student's process may take: seconds of its processor time, of which what else the machine
    does takes none, and seconds on the clock, for one that sleeps; fewer each time that there was no answer."""

    seconds: float
    wait: float

    def third(self) -> Allowance:
        return Allowance(self.seconds / 3, self.wait / 3)


class Patience:
    """Says how long to wait for the student's process, from now on; the sandbox measures."""

    def __init__(self, box: Box, allowance: Allowance) -> None:
        self.box, self.allowance = box, allowance
        self.used = box.used() + allowance.seconds
        self.clock = time.monotonic() + allowance.wait
        self.look = time.monotonic() + allowance.seconds  # nothing is used up before

    def __call__(self) -> float:
        """Return the seconds to wait before asking again; TimeoutError says which part is used up."""
        now = time.monotonic()
        if now >= min(self.look, self.clock):
            left = self.used - self.box.used()
            if left <= 0:
                raise TimeoutError(TOO_LONG)
            if now >= self.clock:
                self.allowance.wait = max(self.allowance.seconds, self.allowance.wait / 3)
                raise TimeoutError(SILENT)
            self.look = now + max(left, 0.05)
        return max(min(self.look, self.clock) - now, 1e-3)


class Talk:
    """A fresh process of the student's and the conversation with it."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.connection = box.fork()
        self.number = 0
        self.ended = ""

    def allow(self, allowance: Allowance) -> None:
        """Set what all questions from now on may take together."""
        try:
            self.patience = Patience(self.box, allowance)
        except EOFError:
            raise self.end() from None

    def ask(self, act: str, *arguments: Any) -> Any:
        """Have something done in the student's process and return what comes back.

        StudentError is an error that the student's code raised there, Ended says that there is no answer and will
        be none, Machinery that the question could not be sent.
        """
        if self.ended:
            raise Ended(self.ended)
        self.number += 1
        try:
            body = cloudpickle.dumps((self.number, act, *arguments))
        except Exception as error:
            raise Machinery(f"an argument could not be sent: {clean(str(error), 200)}") from None
        try:
            wire.send(self.connection, wire.LENGTHS.pack(len(body), 0) + body, self.patience)
            answer = wire.decode(*wire.receive(self.connection, self.patience), partial(StandIn, self))
            number, outcome, *parts = answer
            if number != self.number or len(parts) != {"value": 1, "raised": 3}[outcome]:
                raise wire.Garbage
        except TimeoutError as over:
            raise self.end(str(over)) from None
        except (EOFError, OSError):
            raise self.end() from None
        except (wire.Garbage, LookupError, TypeError, ValueError):
            raise self.end("it disturbed the grader") from None
        except BaseException:  # an alarm of the grader's, perhaps in the middle of a message
            self.end(TOO_LONG)
            raise
        if outcome == "raised":
            raise student_error(*parts)
        return parts[0]

    def end(self, reason: str = "") -> Ended:
        """End the student's process and say why; without a reason, how it ended itself."""
        self.connection.close()
        self.ended = reason or "its process was lost"
        seen = self.box.end()
        self.ended = reason or seen or self.ended
        return Ended(self.ended)


class StandIn:
    """A function of the student's: a call of it runs in the student's process."""

    def __init__(self, talk: Talk, handle: int, name: str) -> None:
        self._talk, self._handle, self.__name__ = talk, handle, clean(name, 60)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._talk.ask("call", self._handle, arguments, keywords)

    def __reduce__(self) -> tuple[Any, ...]:
        return wire.original, (self._handle,)  # sent back, it is the function again


def student_error(name: Any, text: Any, line: Any) -> StudentError:
    """Make an error of the grader's that has the name and the text of the student's."""
    name = name if isinstance(name, str) and name.isidentifier() and len(name) < 60 else "Exception"
    bases = (StudentError, KNOWN[name]) if name in KNOWN else (StudentError,)
    where = f" (line {line} of the cell)" if type(line) is int and 0 < line < 10**6 else ""
    return type(name, bases, {"__str__": lambda self: self.args[0]})(clean(text, TEXT_LENGTH) + where)


def clean(text: Any, length: int) -> str:
    """Return text of the student's as printable characters, cut to a length."""
    text = str(text)
    kept = text[:length].encode("utf-8", "replace").decode()
    kept = "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in kept)
    return kept + " …" * (len(text) > length)

"""A small reader of LaTeX: the value of a displayed formula."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from course_lib.differentiation.forward_mode import Dual, derivative

SPACES = re.compile(
    r"\\(?:[,;! ]|[bB]ig[lr]?(?![a-z])|left\.?(?![a-z])|right(?![a-z])|begin\{\w+\}|end\{\w+\}|text\{ [^}]*\})|&"
    r"|_\\text\{best\}|\{\}"
)
STATEMENTS = re.compile(r"\\q?quad|\\\\(?:\[\w+\])?|,\s*&")
# A line that begins with its relation, a sign or a cross goes on with the statement before it.
CONTINUED = re.compile(r"\\\\(?:\[\w+\])?\s*&\s*(?:\\q?quad)?\s*(?:\\times|(?=[=+-]|\{\} \+))")
SIDES = re.compile(r"=(?!\w\})|\\simeq|\\leftarrow|\\lesssim|<")
SHORT_FRACTION, ABSOLUTE = re.compile(r"\\t?frac(\d)(\w)"), re.compile(r"\|([^|]+)\|")
TOKEN = re.compile(r"\\(?:[A-Za-z]+|[{}])|\d+|\S")
OPENINGS = ("(", "[", "{")
ENDS = {"", ")", "]", "}", "+", "-", ",", ";", r"\rVert", r"\rvert", r"\}"}
FUNCTIONS = {r"\exp": np.exp, r"\tanh": np.tanh, r"\sin": np.sin, r"\cos": np.cos, r"\operatorname{Im}": np.imag}
NAMES_OF_SEVERAL_TOKENS = (r"\mathcal", r"\Delta", r"\mathrm", r"\operatorname", r"\text", r"\dot")


def statements(latex: str) -> list[list[str]]:
    """The equations that a display consists of, each as its sides."""
    parts = STATEMENTS.split(CONTINUED.sub(" ", latex))
    found = [SPACES.sub(" ", part).rpartition(r"\Rightarrow")[2] for part in parts]
    return [SIDES.split(statement.strip(" .,;")) for statement in found if SIDES.search(statement)]


class Formula:
    """The value of a formula, read from left to right with the values of its symbols.

    What stands side by side is multiplied. The layer of w^{(l)} and its indices are the keys of a value. For a quotient
    of differentials the value of ``\\frac`` is called with both of them, each a name and its keys. A set is the row of
    all numbers in it. Dots stand for nothing.
    """

    def __init__(self, latex: str, values: dict[str, Any]) -> None:
        latex = SHORT_FRACTION.sub(r"\\frac{\1}{\2}", SPACES.sub(" ", latex))
        self.tokens = [*TOKEN.findall(ABSOLUTE.sub(r"\\lvert \1 \\rvert ", latex)), "", ""]
        self.at, self.values = 0, FUNCTIONS | {r"\dots": 0.0} | values

    def take(self, *wanted: str) -> str:
        """Return the next token and step over it, if it is one of those wanted; else nothing."""
        token = self.tokens[self.at]
        if wanted and token not in wanted:
            return ""
        self.at += 1
        return token

    def is_next(self, *tokens: str) -> bool:
        return self.tokens[self.at : self.at + len(tokens)] == list(tokens)

    def whole(self) -> Any:
        value = self.sum()
        assert self.tokens[self.at] == "", f"nobody taught the reader {self.tokens[self.at]}"
        return np.squeeze(np.asarray(parts(value)))

    def sum(self) -> Any:
        value = -self.product() if self.take("-") else self.product()
        while sign := self.take("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.factor()
        while self.tokens[self.at] not in ENDS:
            if self.take("/"):
                value = value / self.factor()
            elif self.take(r"\odot"):
                value = np.multiply(value, self.factor())
            else:
                self.take(r"\cdot")
                value = value * self.factor()
        return value

    def factor(self) -> Any:
        if self.take(r"\sum"):
            value = self.sum_over()
        elif self.take(r"\frac"):
            value = self.quotient()
        elif self.take(r"\sqrt"):
            value = np.sqrt(self.group())
        elif self.take(r"\lVert"):
            value = np.linalg.norm(self.sum())
            assert self.take(r"\rVert") and (not self.take("_") or self.take("2")), "only the norm with a 2 is known"
        elif self.take(r"\lvert"):
            value = np.abs(self.sum())
            assert self.take(r"\rvert")
        elif self.take(r"\{"):
            value = self.set()
        elif self.tokens[self.at] in OPENINGS:
            value = self.group()
        elif self.tokens[self.at].isdigit():
            value = int(self.take())
        else:
            value = self.symbol()
        if self.is_next("^", "{", r"\mathsf"):
            self.at += len("^{TT}")
            value = value.T
        elif self.take("^"):
            value = value ** self.group()
        if self.take(r"\vert"):
            self.take("_")
            value = value(self.group())
        return value

    def group(self) -> Any:
        """What stands in brackets, or a single factor."""
        if not self.take(*OPENINGS):
            return self.factor()
        value = self.sum()
        assert self.take(")", "]", "}"), f"no bracket closes before {self.tokens[self.at]}"
        return value

    def set(self) -> Any:
        members = []
        while not self.take(r"\}"):
            if not self.take(r"\dots", ","):
                members.append(np.ravel(self.sum()))
        return np.concatenate(members)

    def quotient(self) -> Any:
        if self.is_next("{", "d", "}"):
            self.at += len("{d}")
            return self.slope(*self.differential())
        if self.is_next("{", "d") or self.is_next("{", r"\partial"):
            return self.values[r"\frac"](self.differential(), self.differential())
        return self.group() / self.group()

    def differential(self) -> tuple[Any, ...]:
        assert self.take("{") and self.take("d", r"\partial"), "a quotient of differentials has two of them"
        symbol = self.name_and_keys()
        assert self.take("}")
        return symbol

    def slope(self, x: str) -> Any:
        """The slope of what follows in brackets, by x at the point that is written behind them."""
        start, values = self.at, self.values

        def inside(at: Any) -> Any:
            self.at, self.values = start, values | {x: at}
            return self.group()

        inside(1.0)  # only to come to the point
        self.take("|")
        assert [self.take() for _ in range(4)] == ["_", "{", x, "="], f"nobody says where the slope by {x} is"
        point, end = self.sum(), self.at + len("}")
        value = derivative(inside)(float(point))
        self.at, self.values = end, values
        return value

    def sum_over(self) -> Any:
        """A sum over the values of its index, which are known by its name; a condition may choose among them."""
        self.take("_")
        in_braces = self.take("{")
        index, start, total = self.take(), self.at, 0.0
        over = self.values["over"][index]
        for value in over:
            self.at, self.values, counts = start, self.values | {index: value}, True
            if self.take(":"):
                member = self.factor()
                self.take(r"\in")
                counts = member in self.factor()
            first = self.sum() if self.take("=") else 0
            if in_braces:
                self.take("}")
            if self.take("^"):
                terms = self.group() - first + 1
                assert terms == len(over), f"the sum has {terms} terms where it needs {len(over)}"
            term = self.product()
            total = total + term if counts else total
        return total

    def symbol(self) -> Any:
        """The value of a symbol; of a function with brackets behind it, the value there."""
        name, *keys = self.name_and_keys()
        value = self.values[name]
        for key in keys:
            value = value.T if key == "T" else value[key]
        if callable(value) and self.take("("):
            arguments = []
            while not self.take(")"):
                if not self.take(r"\dots", ",", ";"):
                    arguments.append(self.sum())
            return value(*arguments)
        return value(self.factor()) if name in FUNCTIONS else value

    def name_and_keys(self) -> tuple[Any, ...]:
        """A name with its stroke, then its layer and its indices: w_{jk}^{(l)} is w, l, j, k."""
        name, layer, indices = self.take(), [], []
        if name in NAMES_OF_SEVERAL_TOKENS:
            name += self.take()
            while "{" in name and not name.endswith("}"):
                name += self.take()
        while True:
            if self.take("'"):
                name += "'"
            elif self.take("_"):
                if not self.take("{"):
                    indices.append(self.index())
                else:
                    while not self.take("}"):
                        index, offset = self.index(), self.offset()
                        indices.append(index + offset if offset else index)
            elif self.is_next("^", "{", "("):
                self.at += len("^{")
                layer = [self.group()]
                name += "'" if self.take(r"\prime") else ""
                indices += ["T"] if self.take(r"\mathsf") and self.take() else []
                self.take("}")
            else:
                return (name, *layer, *indices)

    def index(self) -> Any:
        if self.is_next(r"\mathrm"):
            return self.symbol()
        token = self.take()
        return int(token) if token.isdigit() else self.values[token]

    def offset(self) -> int:
        sign = self.take("+", "-")
        return int(sign + self.take()) if sign else 0


def parts(value: Any) -> Any:
    """A dual number as its two parts, which may be dual numbers too."""
    return [parts(value.value), parts(value.derivative)] if isinstance(value, Dual) else value

"""Differential equations as a reader types them: f'' + 0.2 f' + sin(f) = cos(x).

A text is cut into the few kinds of words that an equation may have; any other character ends the reading with a
sentence. The words are put together again, every product with its sign, and go to sympy's parser, which knows only
the names given to it here. The formulas become NumPy functions once, with the parameters as arguments, so that
a slider compiles nothing.

This is no part of `course_lib`: who has Python at hand writes a residual with NumPy, as the chapters do, and
`Written.code` shows how.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy
from sympy.parsing.sympy_parser import auto_number, parse_expr
from sympy.printing.numpy import NumPyPrinter

from course_lib.equations import At, BoundaryValue, InitialValue, ODEProblem

LONGEST, DEEPEST, MOST_WORDS = 400, 15, 150  # characters, brackets in brackets, words
MOST_UNKNOWNS, MOST_PARAMETERS, HIGHEST = 6, 8, 4

FUNCTIONS = {name: getattr(sympy, name) for name in "sin cos tan exp log sqrt sinh cosh tanh asin acos atan".split()}
FUNCTIONS |= {"ln": sympy.log, "abs": sympy.Abs}
CONSTANTS = {"pi": sympy.pi, "π": sympy.pi, "e": sympy.E}
#: All that the code which sympy's parser makes can reach, besides the names in the formula.
WORLD = {name: getattr(sympy, name) for name in ("Integer", "Float", "Add", "Mul", "Pow")} | {"__builtins__": {}}

GREEK = ("alpha beta gamma delta epsilon zeta eta theta kappa mu nu xi rho sigma tau phi chi psi omega "
         "Gamma Delta Theta Phi Psi Omega").split()
LETTER = re.compile(rf"(?:[A-Za-zΑ-Ωα-ω]|{'|'.join(GREEK)})(?:_?\d\d?)?")
WORD = re.compile(r"""
    (?P<number> (?:\d+(?:\.\d*)?|\.\d+) (?:[eE][+-]?\d+)? )
  | (?P<name> [^\W\d_]+ (?:_?\d+)? ) (?P<primes> '* )
  | (?P<sign> \*\* | [-+*/^()] )
""", re.VERBOSE)
SPELLINGS = str.maketrans({
    **dict.fromkeys("’‘′`´", "'"), **dict.fromkeys('″”“"', "''"), "‴": "'''", **dict.fromkeys("−–—", "-"),
    **dict.fromkeys("·×⋅∗", "*"), "÷": "/", "²": "^2", "³": "^3", "µ": "μ", "ϕ": "φ", "ϑ": "θ", "ϵ": "ε",
})  # fmt: skip
ORDERS = ("values", "first", "second", "third", "fourth")  # what a system's function is given, in Python
#: Known beforehand, for it is asked for with each piece, which takes as long as a step of the training.
ANY = inspect.Signature([inspect.Parameter("columns", inspect.Parameter.VAR_POSITIONAL)])


class Wrong(ValueError):
    """A text that cannot be read; the message is a sentence for whoever typed it, `field` where that was."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


# ---------------------------------------------------------------------------------------- words


class Word(NamedTuple):
    """A number, a sign, or a name with its primes."""

    kind: str
    text: str
    primes: int = 0

    @property
    def ends_value(self) -> bool:
        """Whether what follows may multiply it."""
        return self.kind != "sign" or self.text == ")"

    @property
    def typed(self) -> str:
        return self.text + "'" * self.primes

    @property
    def python(self) -> str:
        """As Python has it: f'' is d2f, and a long number is a float."""
        if self.kind == "number":
            return self.text if self.text.isdigit() and len(self.text) <= 15 else repr(float(self.text))
        return "**" if self.text == "^" else column(self.text, self.primes)


def column(name: str, k: int) -> str:
    """The k-th derivative of an unknown, in Python: f, df, d2f."""
    return ("", "d")[k] + name if k < 2 else f"d{k}{name}"


def words(text: str) -> list[Word]:
    """Cut a formula into words."""
    found, at = [], 0
    while at < len(text):
        match = WORD.match(text, at)
        if text[at].isspace():
            at += 1
            continue
        if match is None:
            raise Wrong(f"“{text[at]}” cannot stand in a formula: write numbers, letters, + - * / ^ ( ), and primes "
                        "for derivatives.")
        kind = "name" if match["name"] else match.lastgroup or ""
        if kind == "number" and not math.isfinite(float(match[kind])):
            raise Wrong(f"{match[kind]:.20} is larger than any number that a computer holds: write a smaller one.")
        if kind == "number" and found and found[-1].kind == "number":
            raise Wrong(f"“{found[-1].text:.20} {match[kind]:.20}” are two numbers side by side: write a sign between.")
        found.append(Word(kind, match[kind], len(match["primes"] or "")))
        at = match.end()
    if len(found) > MOST_WORDS:
        raise Wrong(f"A formula of {len(found)} numbers, names and signs is too long: at most {MOST_WORDS} are read.")
    return found


def require_known(name: str) -> None:
    """Refuse a name that means nothing here."""
    if name in FUNCTIONS or name in CONSTANTS or LETTER.fullmatch(name):
        return
    if name == "lambda":
        raise Wrong("“lambda” is a word of Python's own: write λ, or another letter.")
    if re.fullmatch("d[A-Za-z]", name):
        raise Wrong(f"“{name}” is not known: write a derivative with primes, f' and f''.")
    product = f"write {' * '.join(name)} for a product. " if re.fullmatch("[A-Za-z]{2,3}", name) else ""
    raise Wrong(f"“{name:.20}” is not known: {product}A parameter is a letter, perhaps with a number, as in k or k2, "
                f"or a Greek one, as in mu. The functions are {', '.join(FUNCTIONS)}.")


def parts(text: str, what: str) -> list[str]:
    """The equations or conditions of a text, between commas, semicolons and ends of lines."""
    text = text.translate(SPELLINGS)
    if len(text) > LONGEST:
        raise Wrong(f"A text of {len(text)} characters is too long: at most {LONGEST} are read.")
    found = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if not found:
        raise Wrong(f"No {what} is given: write one, as in {EXAMPLES[what]}.")
    return found


EXAMPLES = {"equation": "f' = -2 f", "condition": "f(0) = 1", "end of the interval": "10"}


def sides(part: str, what: str) -> list[str]:
    """The two sides of an equation or a condition."""
    found = [side.strip() for side in part.split("=")]
    if len(found) != 2 or not all(found):
        problem = "has no =" if len(found) == 1 else "needs one =, with something on both sides"
        raise Wrong(f"“{part:.40}” {problem}: write it as in {EXAMPLES[what]}.")
    return found


# ------------------------------------------------------------------------------------- formulas


def with_products(found: list[Word], unknowns: list[str]) -> str:
    """The formula as Python writes it, every product with its sign."""
    text, depth, before = "", 0, Word("sign", "(")
    for k, word in enumerate(found):
        if word.kind == "name":
            require_known(word.text)
            if word.text in FUNCTIONS and (found[k + 1 : k + 2] or [before])[0].text != "(":
                raise Wrong(f"“{word.typed}” needs brackets around what it is taken of: write {word.text}(x), and a "
                            f"power behind them, {word.text}(x)^2.")
            if word.primes and word.text not in unknowns:
                raise Wrong(f"“{word.typed}” cannot stand here: only an unknown function has derivatives.")
        depth += (word.text == "(") - (word.text == ")")
        if not 0 <= depth <= DEEPEST:
            raise Wrong("A bracket closes that was not opened: take it away, or open one." if depth < 0 else
                        f"More than {DEEPEST} brackets stand inside each other: write a simpler formula.")
        if before.ends_value and (word.kind != "sign" or word.text == "(") and before.text not in FUNCTIONS:
            text += "*"
        text += word.python
        before = word
    if depth:
        raise Wrong("A bracket is not closed: write “)” where it ends.")
    return text


def at_x(found: list[Word], unknowns: list[str], variable: str) -> list[Word]:
    """The words with f for f(x); f at another place cannot be had."""
    kept = list(found)
    for k in reversed(range(len(found) - 1)):
        if found[k].text in unknowns and found[k + 1].text == "(":
            if [word.text for word in found[k + 2 : k + 4]] != [variable, ")"]:
                name = found[k].typed
                raise Wrong(f"“{name}(” begins the value at some other place, which cannot be had here: write {name} "
                            f"for {name}({variable}), and {name} * ( for a product.")
            del kept[k + 1 : k + 4]
    return kept


def formula(found: list[Word], unknowns: list[str], variable: str) -> Any:
    """The sympy expression of a formula, in which nothing is computed yet but powers of numbers."""
    text = with_products(at_x(found, unknowns, variable), unknowns)
    names = {word.python: sympy.Symbol(word.python) for word in found if word.kind == "name"}
    try:
        expression = parse_expr(text, names | CONSTANTS | FUNCTIONS, (auto_number,), dict(WORLD), evaluate=False)
        return tamed(expression)
    except Wrong:
        raise
    except (SyntaxError, TypeError, ValueError, AttributeError, RecursionError, MemoryError):
        typed = " ".join(word.typed for word in found)
        raise Wrong(f"“{typed:.40}” cannot be read: a number or a letter is missing beside a sign.") from None


def tamed(expression: Any) -> Any:
    """The same with the powers of mere numbers computed: 9**9**9 would take Python until the end of days."""
    if not expression.args:
        return expression
    inner = [tamed(part) for part in expression.args]
    if expression.is_Pow and not expression.free_symbols:
        value = power(*map(number, inner))
        if inner[1] not in (-1, sympy.S.Half):
            return sympy.Integer(round(value)) if value == round(value) and abs(value) < 1e15 else sympy.Float(value)
    return expression.func(*inner, evaluate=False)


def number(expression: Any) -> float:
    """The value of a formula without letters."""
    try:
        with np.errstate(all="ignore"):
            return float(compiled([], expression)())
    except OverflowError:
        return math.inf


def power(base: float, exponent: float) -> float:
    """The power of two numbers, where it is a number."""
    try:
        value = base**exponent
    except (OverflowError, ZeroDivisionError):
        value = math.inf
    if isinstance(value, complex) or not math.isfinite(value):
        raise Wrong(f"({base:g})^({exponent:g}) is no number that can be had: write a smaller or a positive one.")
    return value


class Printer(NumPyPrinter):
    """Writes a formula in Python, its terms in the order in which they were typed."""

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))


def python(expression: Any) -> str:
    """A formula as a reader writes it in Python."""
    return str(Printer({"order": "none"}).doprint(expression)).replace("numpy.", "np.").replace("(-1)*", "-")


def compiled(names: list[str], expression: Any) -> Callable[..., Any]:
    """A formula as a function of NumPy arrays."""
    printer = Printer({"order": "none", "fully_qualified_modules": False, "inline": True})
    return sympy.lambdify(names, expression, "numpy", printer=printer)


# --------------------------------------------------------------------------- what was written


class Condition(NamedTuple):
    """The k-th derivative of an unknown at a place: formulas in the parameters."""

    unknown: str
    k: int
    place: Any
    value: Any


@dataclass(frozen=True)
class Written:
    """An equation or a system as it was typed, with its conditions on an interval.

    Parameters
    ----------
    unknowns, variable
        Their names.
    order
        That of the highest derivative, of every unknown the same.
    residuals
        Left side minus right side of each equation.
    conditions
        As they were typed.
    interval
        Its two ends, formulas in the parameters.
    parameters
        The other letters, in the order of the alphabet.
    """

    unknowns: list[str]
    variable: str
    order: int
    residuals: list[Any]
    conditions: list[Condition]
    interval: list[Any]
    parameters: list[str]

    @property
    def is_system(self) -> bool:
        """Whether there are several unknowns."""
        return len(self.unknowns) > 1

    def columns(self, k: int) -> list[str]:
        """The k-th derivatives of the unknowns, in Python."""
        return [column(name, k) for name in self.unknowns]

    @cached_property
    def residual(self) -> Callable[..., Any]:
        """The residuals as a function of x, f_1, f_2, ..., f_1', ..., and the parameters."""
        names = [name for k in range(self.order + 1) for name in self.columns(k)]
        return compiled([self.variable, *names, *self.parameters], self.residuals)

    @cached_property
    def numbers(self) -> Callable[..., Any]:
        """The ends of the interval, and place and value of each condition, as a function of the parameters."""
        given = [part for condition in self.conditions for part in (condition.place, condition.value)]
        return compiled(self.parameters, [*self.interval, *given])

    def given(self, values: dict[str, float]) -> list[Any]:
        """The values of the parameters in their order; what divides by zero is infinite then, and not an error."""
        return [np.float64(values[name]) for name in self.parameters]

    def at(self, values: dict[str, float]) -> tuple[list[float], list[float], list[float]]:
        """The ends of the interval, the places and the values of the conditions, as numbers."""
        with np.errstate(all="ignore"):
            numbers = [float(value) for value in self.numbers(*self.given(values))]
        for value, field in zip(numbers, ["interval"] * 2 + ["conditions"] * len(numbers)):
            if not math.isfinite(value):
                raise Wrong(f"A number comes out as {value} here: change it, or a parameter in it.", field)
        return numbers[:2], numbers[2::2], numbers[3::2]

    def problem(self, values: dict[str, float], called: Callable[[], object] = lambda: None) -> ODEProblem:
        """The problem of `course_lib` for these parameters; `called` is told of each evaluation of the residual.

        Raises
        ------
        Wrong
            The conditions or the interval do not fit the equation.
        """
        numbers, residual = self.given(values), self.residual
        (start, end), places, given = self.at(values)
        if start >= end:
            raise Wrong(f"The interval from {start:g} to {end:g} is empty: let it begin left of its end.", "interval")
        for place in places:
            if not start <= place <= end:
                raise Wrong(f"A condition at {place:g} lies outside the interval from {start:g} to {end:g}: widen the "
                            "interval, or move the condition.", "interval")

        def single(x: Any, *columns: Any) -> Any:
            called()
            return residual(x, *columns, *numbers)[0]

        def system(x: Any, *derivatives: Any) -> Any:
            called()
            return residual(x, *(column for columns in derivatives for column in columns), *numbers)

        function = system if self.is_system else single
        function.__signature__ = ANY  # type: ignore[attr-defined]
        kind, arguments = self.arranged(places, given)
        try:
            conditions = tuple(At(x, **at) for x, at in arguments) if kind is At else kind(*arguments)
            return ODEProblem(function, conditions, (start, end))
        except (TypeError, ValueError) as error:
            raise Wrong(f"{error}.".replace("..", "."), "conditions") from None

    def arranged(self, places: list[float], values: list[Any]) -> tuple[Any, list[Any]]:
        """The kind of the conditions and what it is made of; `values` are numbers or their formulas."""
        at: dict[float, dict[int, dict[str, Any]]] = {}
        for (unknown, k, *_), place, value in zip(self.conditions, places, values):
            if unknown in at.setdefault(place, {}).setdefault(k, {}):
                typed = unknown + "'" * k
                raise Wrong(f"{typed}({place:g}) is given twice: take one of them away.", "conditions")
            at[place][k][unknown] = value
        for k, given in ((k, given) for ks in at.values() for k, given in ks.items()):
            for name in self.unknowns:
                if name not in given:
                    there, here = (f + "'" * k for f in (next(iter(given)), name))
                    raise Wrong(f"{there} is given at a place where {here} is not: give it for all unknowns, or for "
                                "none.", "conditions")
        whole = {place: {k: tuple(given[name] for name in self.unknowns) if self.is_system else given[self.unknowns[0]]
                         for k, given in sorted(ks.items())} for place, ks in sorted(at.items())}  # fmt: skip
        count = sum(map(len, whole.values()))
        if len(whole) > 2 or count != self.order or (len(whole) == 1 and count <= max(next(iter(whole.values())))):
            raise Wrong(f"{self.wanted(min(places))} are needed, or as many conditions at two places, since the "
                        f"highest derivative is of order {self.order}; {count} of them are given.", "conditions")
        if len(whole) == 1:
            return InitialValue, [*whole, *(value for ks in whole.values() for value in ks.values())]
        if self.order == 2 and all(list(ks) == [0] for ks in whole.values()):
            return BoundaryValue, [part for place, ks in whole.items() for part in (place, ks[0])]
        names = ["f", "df", "d2f", "d3f"]
        return At, [(place, {names[k]: value for k, value in ks.items()}) for place, ks in whole.items()]

    def wanted(self, place: float) -> str:
        """The conditions of an initial-value problem."""
        typed = [name + "'" * k for k in range(self.order) for name in self.unknowns]
        return " and ".join(f"{name}({place:g})" for name in typed)

    def code(self, values: dict[str, float], *solving: str, end: float | None = None) -> str:
        """Python that sets up the same problem, perhaps to another end, and goes on with the lines `solving`."""
        _, places, _ = self.at(values)
        written = {place: python(condition.place) for place, condition in zip(places, self.conditions)}
        kind, arguments = self.arranged(places, [python(condition.value) for condition in self.conditions])
        if kind is At:
            texts = [f"At({written[x]}, {', '.join(f'{k}={listed(v)}' for k, v in at.items())})" for x, at in arguments]
            conditions = f"({', '.join(texts)})"
        else:
            texts = [written[part] if isinstance(part, float) else listed(part) for part in arguments]
            conditions = f"{kind.__name__}({', '.join(texts)})"
        left, right = map(python, self.interval)
        names = ", ".join(sorted({kind.__name__, "ODEProblem", "solve"}))
        return "\n".join([
            "import numpy as np", f"from course_lib.equations import {names}", "",
            *(f"{name} = {plain(values[name])}" for name in self.parameters), *[""] * bool(self.parameters),
            *self.function(), "",
            f"problem = ODEProblem(equation, {conditions}, ({left}, {right if end is None else plain(end)}))", *solving,
        ])  # fmt: skip

    def function(self) -> Iterator[str]:
        """The lines of the residual in Python."""
        if not self.is_system:
            yield f"def equation({', '.join([self.variable, *(self.columns(k)[0] for k in range(self.order + 1))])}):"
            yield f"    return {python(self.residuals[0])}"
            return
        used = {str(symbol) for residual in self.residuals for symbol in residual.free_symbols}
        yield f"def equation({', '.join([self.variable, *ORDERS[: self.order + 1]])}):"
        for k in range(self.order + 1):
            if used & set(self.columns(k)):
                yield f"    {', '.join(self.columns(k))} = {ORDERS[k]}"
        yield f"    return {listed(list(map(python, self.residuals)))}"


def listed(texts: str | list[str] | tuple[str, ...]) -> str:
    """One text, or several as a tuple."""
    return texts if isinstance(texts, str) else f"({', '.join(texts)})"


def plain(value: float) -> str:
    """A number as one writes it: 2, 0.5."""
    return repr(int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value))


# ------------------------------------------------------------------------------------- reading


@lru_cache(maxsize=64)
def read(equation: str, conditions: str, start: str, end: str) -> Written:
    """Read what was typed.

    Parameters
    ----------
    equation
        One equation, or several between commas, semicolons or on lines of their own. The letters with primes are the
        unknowns; the variable is x, or t where x is an unknown or does not occur.
    conditions
        As many as the equations ask for: ``f(0) = 1, f'(0) = 0``.
    start, end
        The ends of the interval.

    Returns
    -------
    Written
        What was typed; the letters that are left over are its parameters.

    Raises
    ------
    Wrong
        With a sentence that says what was given, why it cannot be read, and what to write instead.
    """
    with field("equation"):
        typed = [[words(side) for side in sides(part, "equation")] for part in parts(equation, "equation")]
        every = [word for pair in typed for side in pair for word in side]
        unknowns = list(dict.fromkeys(word.text for word in every if word.primes))
        variable = variable_of(every, unknowns)
        order = order_of(every, unknowns, len(typed))
        residuals = [difference(*(formula(side, unknowns, variable) for side in pair)) for pair in typed]
    with field("conditions"):
        given = [condition(part, unknowns, order) for part in parts(conditions, "condition")]
    with field("interval"):
        ends = [formula(words(parts(text, "end of the interval")[0]), [], "") for text in (start, end)]
    formulas = [*residuals, *ends, *(part for c in given for part in (c.place, c.value))]
    own = {variable, *(column(name, k) for name in unknowns for k in range(HIGHEST + 1))}
    letters = {str(symbol) for f in formulas for symbol in f.free_symbols}
    with field("conditions"):
        for f in formulas[len(residuals) :]:
            if wrong := {str(symbol) for symbol in f.free_symbols} & own:
                raise Wrong(f"“{min(wrong)}” cannot stand in the number of a condition or of an end: write a number or "
                            "a parameter.")
    parameters = sorted(letters - own, key=str.casefold)
    with field("equation"):
        for name in parameters:
            base = re.sub(r"_?\d+$", "", name)
            if base != name and base in own:
                raise Wrong(f"“{name}” is {base} with a number: write {base}^{name[len(base):].strip('_')} for a "
                            f"power, or {name}' somewhere if it is an unknown too.")
        if len(parameters) > MOST_PARAMETERS:
            raise Wrong(f"{len(parameters)} letters would become sliders, and at most {MOST_PARAMETERS} do: write "
                        f"numbers for some of {', '.join(parameters)}.")
    return Written(unknowns, variable, order, residuals, given, ends, parameters)


class field:
    """Says where a text was typed that cannot be read."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, Wrong):
            error.field = error.field or self.name


def variable_of(every: list[Word], unknowns: list[str]) -> str:
    """x, or t where x is an unknown or does not occur and t does."""
    names = {word.text for word in every}
    return "t" if "x" in unknowns or ("x" not in names and "t" in names - set(unknowns)) else "x"


def order_of(every: list[Word], unknowns: list[str], equations: int) -> int:
    """The highest derivative, of all unknowns the same."""
    if not unknowns:
        raise Wrong("No derivative occurs, so this is no differential equation: write f' for df/dx.")
    for name in unknowns:
        if not LETTER.fullmatch(name) or name in CONSTANTS:
            require_known(name)
            raise Wrong(f"“{name}'” cannot be a derivative: take a letter for the unknown, as in f'.")
    if len(unknowns) > MOST_UNKNOWNS:
        raise Wrong(f"{len(unknowns)} unknowns are too many: at most {MOST_UNKNOWNS} are solved for here.")
    if equations != len(unknowns):
        raise Wrong(f"{plural(equations, 'equation')} for {plural(len(unknowns), 'unknown')} ({', '.join(unknowns)}): "
                    "write one equation for each letter with a prime.")
    orders = {name: max(word.primes for word in every if word.text == name) for name in unknowns}
    high, low = max(orders, key=orders.__getitem__), min(orders, key=orders.__getitem__)
    if orders[high] > HIGHEST:
        raise Wrong(f"“{high}” with {orders[high]} primes is too high: at most {HIGHEST} derivatives are built.")
    if orders[high] != orders[low]:
        raise Wrong(f"The highest derivatives are {high}{orders[high] * chr(39)} and {low}{orders[low] * chr(39)}: all "
                    "unknowns need the same. Give a first derivative a letter of its own, as in v = u', v' = ….")
    return orders[high]


def plural(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def difference(left: Any, right: Any) -> Any:
    """Left side minus right side."""
    return left if right == 0 else sympy.Add(left, sympy.Mul(-1, right, evaluate=False), evaluate=False)


def condition(part: str, unknowns: list[str], order: int) -> Condition:
    """Read f'(0) = 1."""
    left, right = (words(side) for side in sides(part, "condition"))
    if len(left) < 4 or left[0].text not in unknowns or left[1].text != "(" or left[-1].text != ")":
        example = f"{unknowns[0]}{chr(39) * (order - 1)}(0)"
        raise Wrong(f"“{part:.40}” gives no value of an unknown at a place: write it as in {example} = 1.")
    if left[0].primes >= order:
        raise Wrong(f"“{left[0].typed}” is as high as the derivative that the equation gives: conditions are set for "
                    "lower ones.")
    return Condition(left[0].text, left[0].primes, formula(left[2:-1], [], ""), formula(right, [], ""))

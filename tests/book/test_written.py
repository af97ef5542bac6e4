"""Equations as a reader types them: what is read, what is refused, and with which sentence."""

from __future__ import annotations

import builtins
import math
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from lecture_ids import ROOT

from course_lib.equations import BoundaryValue, InitialValue, solve

sys.path.append(str(ROOT / "book/live"))
from written import FUNCTIONS, LONGEST, Written, Wrong, compiled, formula, number, read, words

FIRST, SECOND = "f(0) = 1", "f(0) = 1, f'(0) = 0"


def typed(equation: str, conditions: str = FIRST, start: str = "0", end: str = "1") -> Written:
    return read(equation, conditions, start, end)


def residual(equation: str, conditions: str = FIRST, **values: float) -> float:
    """The residual of the equation where x, f, f' and so on have these values."""
    found = typed(equation, conditions)
    names = [found.variable, *(name for k in range(found.order + 1) for name in found.columns(k)), *found.parameters]
    [value] = found.residual(*(values[name] for name in names))
    return float(value)


def sentence(equation: str, conditions: str = FIRST, start: str = "0", end: str = "1") -> tuple[str, str]:
    """What a reader is told, and where."""
    with pytest.raises(Wrong) as told:
        found = typed(equation, conditions, start, end)
        found.problem(dict.fromkeys(found.parameters, 1.0))
    return str(told.value), told.value.field


class TestReading:
    def test_a_driven_pendulum(self):
        found = typed("f'' + 0.2 f' + sin(f) = cos(x)", SECOND, "0", "20")
        assert (found.unknowns, found.variable, found.order, found.parameters) == (["f"], "x", 2, [])
        at = {"x": 0.3, "f": 0.7, "df": -1.1, "d2f": 0.4}
        assert residual("f'' + 0.2 f' + sin(f) = cos(x)", SECOND, **at) == pytest.approx(
            0.4 - 0.22 + math.sin(0.7) - math.cos(0.3), rel=1e-15)

    @pytest.mark.parametrize(("text", "value"), [
        ("2 x", 6), ("2x", 6), ("x(1 - x)", -6), ("(1 + x)(1 - x)", -8), ("2 sin(x) x", 6 * math.sin(3)), ("x x", 9),
        ("-x^2", -9), ("2^-1", 0.5), ("2^3^2", 512), ("1/2 x", 1.5), ("x**2", 9), ("x²", 9), ("3·x×2÷9", 2),
        ("x − 1", 2),
        ("e^x", math.exp(3)), ("pi", math.pi), ("π/2", math.pi / 2), ("sqrt(x)", math.sqrt(3)), ("ln(x)", math.log(3)),
        ("abs(1 - x)", 2), ("+x", 3), ("--x", 3), ("1e2 x", 300), (".5x", 1.5), ("2.", 2), ("8^(1/3)", 2),
        ("10^20", 1e20), ("sqrt(2)^2", 2), ("12345678901234567890", 12345678901234567890),
    ])
    def test_formulas(self, text, value):
        assert compiled(["x"], formula(words(text.translate(SPELLED)), [], ""))(3.0) == pytest.approx(value, rel=1e-14)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_every_function_is_numpys(self, name):
        numpys = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "ln": "log"}.get(name, name)
        assert residual(f"f' = {name}(0.3 x)", x=1.0, f=0.0, df=0.0) == -getattr(np, numpys)(0.3)

    def test_f_of_x_is_f(self):
        assert residual("f'(x) = -2 f(x)", x=0.0, f=3.0, df=1.0) == 7.0

    @pytest.mark.parametrize("primes", ["'", "’", "′", "`"])
    def test_whatever_prime_a_keyboard_has(self, primes):
        assert residual(f"f{primes} = f", f"f{primes[:0]}(0) = 1", x=0.0, f=3.0, df=5.0) == 2.0

    def test_other_letters_are_parameters(self):
        found = typed("R C y' + y = U cos(w_0 x)", "y(0) = s", "0", "L")
        assert found.parameters == ["C", "L", "R", "s", "U", "w_0"]

    def test_greek_ones_too(self):
        assert typed("θ'' + omega^2 sin(θ) = 0", "θ(0) = α, θ'(0) = 0").parameters == ["omega", "α"]

    @pytest.mark.parametrize(("equation", "variable"), [
        ("f' = x", "x"), ("f' = t", "t"), ("f' = x t", "x"), ("f' = f", "x"), ("x' = x", "t"), ("t' = x", "x")])
    def test_the_variable_is_x_or_t(self, equation, variable):
        assert typed(equation, f"{equation[0]}(0) = 1").variable == variable

    @pytest.mark.parametrize("between", [",", ";", "\n", " ,\n "])
    def test_a_system(self, between):
        found = typed(f"u' = a u - u v{between}v' = u v - v", "u(0) = 2, v(0) = 1")
        assert (found.unknowns, found.order, found.parameters) == (["u", "v"], 1, ["a"])
        assert found.residual(0.0, 2.0, 3.0, 5.0, 7.0, 11.0) == [5 - (22 - 6), 7 - (6 - 3)]


SPELLED = str.maketrans({"²": "^2", "·": "*", "×": "*", "÷": "/", "−": "-"})


class TestConditions:
    def test_at_one_place(self):
        given = typed("f'' = f", "f'(2) = -1, f(2) = 1/4", "0", "3").problem({}).conditions
        assert isinstance(given, InitialValue)
        assert (given.x0, given.f0, given.df0) == (2.0, 0.25, -1.0)

    def test_values_at_two_places(self):
        given = typed("f'' = f", "f(1) = 2, f(0) = 1").problem({}).conditions
        assert isinstance(given, BoundaryValue)
        assert (given.a, given.fa, given.b, given.fb) == (0.0, 1.0, 1.0, 2.0)

    def test_slopes_at_two_places(self):
        given = typed("f''' = f", "f(0) = 1, f'(0) = 2, f'(1) = 3").problem({}).conditions
        assert given.order == 3 and given.points == (0.0, 1.0)
        assert given.values.ravel().tolist() == [1.0, 2.0, 3.0]

    def test_of_a_system_in_any_order(self):
        given = typed("u' = v, v' = -u", "v(0) = 4, u(0) = 3").problem({}).conditions
        assert given.f0.tolist() == [3.0, 4.0]

    def test_parameters_stand_in_places_and_values(self):
        problem = typed("f'' = f", "f(0) = a, f(L) = 2 a", "0", "L").problem({"a": 3.0, "L": 5.0})
        assert problem.domain == (0.0, 5.0)
        assert (problem.conditions.fa, problem.conditions.fb, problem.conditions.b) == (3.0, 6.0, 5.0)


HOSTILE = [
    "f' = __import__('os')", "f' = __import__", "f' = f.__class__", "f' = (1).real", "f' = lambda x: x",
    "f' = 'text'", 'f\' = """', "f' = f[0]", "f' = [1, 2]", "f' = {1}", "f' = eval(x)", "f' = exec(x)",
    "f' = open(x)", "f' = Symbol(x)", "f' = Integer(2)", "f' = Pow(2, 3)", "f' = x if x else 1", "f' = x and x",
    "f' = x; import os", "f' := 1", "f' = @x", "f' = x == 1", "f' = x < 1", "f' = f'''''", "f' = \\", "f' = $x",
    "f' = #x", "f' = x!", "f' = 0x10", "f' = 1_000", "f' = 9**9**9", "f' = 9^9^9^9", "f' = 2^(10^6)",
    "f' = (10^5)^(10^5)", "f' = 1e999", "f' = 0^-1", "f' = 1/0", "f' = (-8)^(1/3)", "f' = sqrt(-1)",
    "f' = " + "(" * 300 + "1" + ")" * 300, "f' = " + "(" * 40 + "1" + ")" * 40, "f' = " + "9" * 390 + "x",
    "f' = x" + "x" * 5000, "f' = x" + "+x" * 190, "f' = " + "-" * 200 + "x", "f' = \x00", "f' = 🙂", "f' = é",
    "f' = ı", "f' = ℯ", "f' = ２", "é' = 1", "e' = 1", "pi' = 1", "sin' = 1", "lambda' = 1", "dx' = 1",
]  # fmt: skip


class TestRefusing:
    @pytest.mark.parametrize("equation", HOSTILE, ids=range(len(HOSTILE)))
    def test_hostile_texts_get_a_sentence(self, equation):
        said, field = sentence(equation)
        assert field == "equation"
        assert said.endswith(".") and len(said) < 400 and "Error" not in said

    @pytest.mark.parametrize(("equation", "said"), [
        ("", "No equation is given: write one, as in f' = -2 f."),
        ("f' + 2 f", "“f' + 2 f” has no =: write it as in f' = -2 f."),
        ("f' = 1 = 2", "needs one =, with something on both sides"),
        ("f = 1", "No derivative occurs, so this is no differential equation: write f' for df/dx."),
        ("f' = k(", "A bracket is not closed: write “)” where it ends."),
        ("f' = x)", "A bracket closes that was not opened: take it away, or open one."),
        ("f' = sin x", "“sin” needs brackets around what it is taken of: write sin(x), and a power behind them"),
        ("f' = sin^2(x)", "write sin(x), and a power behind them, sin(x)^2."),
        ("f' = kx", "“kx” is not known: write k * x for a product."),
        ("f' = speed", "“speed” is not known: A parameter is a letter"),
        ("f' = dx", "“dx” is not known: write a derivative with primes, f' and f''."),
        ("f' = f(1 - f)", "write f for f(x), and f * ( for a product."),
        ("f' = f(x - 1)", "begins the value at some other place, which cannot be had here"),
        ("f' = k'", "1 equation for 2 unknowns (f, k): write one equation for each letter with a prime."),
        ("f' = 2 3", "“2 3” are two numbers side by side: write a sign between."),
        ("f' = x +", "“x +” cannot be read: a number or a letter is missing beside a sign."),
        ("f' = f2", "“f2” is f with a number: write f^2 for a power"),
        ("u'' = v, v' = u", "The highest derivatives are u'' and v': all unknowns need the same."),
        ("f''''' = 1", "“f” with 5 primes is too high: at most 4 derivatives are built."),
        ("f' = x_", "“_” cannot stand in a formula"),
        ("f' = a b c d g h k l m", "9 letters would become sliders, and at most 8 do"),
        ("f' = 9**9**9", "(9)^(3.8742e+08) is no number that can be had"),
        ("a'=1,b'=1,c'=1,d'=1,g'=1,h'=1,k'=1", "7 unknowns are too many: at most 6 are solved for here."),
    ])
    def test_what_is_said_of_an_equation(self, equation, said):
        told, field = sentence(equation)
        assert said in told and field == "equation"

    @pytest.mark.parametrize(("conditions", "said"), [
        ("", "No condition is given"),
        ("f(0)", "“f(0)” has no =: write it as in f(0) = 1."),
        ("f = 1", "“f = 1” gives no value of an unknown at a place: write it as in f'(0) = 1."),
        ("g(0) = 1", "gives no value of an unknown at a place"),
        ("f(0) = 1", "f(0) and f'(0) are needed, or as many conditions at two places"),
        ("f(0) = 1, f'(0) = 0, f(1) = 1", "highest derivative is of order 2; 3 of them are given."),
        ("f(0) = 1, f(0) = 2", "f(0) is given twice: take one of them away."),
        ("f''(0) = 1, f(0) = 1", "is as high as the derivative that the equation gives"),
        ("f(0) = x, f'(0) = 0", "“x” cannot stand in the number of a condition or of an end"),
        ("f(0) = f, f'(0) = 0", "“f” cannot stand in the number of a condition or of an end"),
        ("f(0) = 1/(1 - k), f'(0) = 0", "A number comes out as"),
        ("f(0) = 1, f(1/2) = 1, f(1) = 1", "3 of them are given"),
    ])
    def test_what_is_said_of_conditions(self, conditions, said):
        told, field = sentence("f'' = f", conditions)
        assert said in told and field == "conditions"

    def test_a_system_needs_all_its_conditions(self):
        told, field = sentence("u' = v, v' = u", "u(0) = 1")
        assert told.startswith("u is given at a place where v is not") and field == "conditions"

    @pytest.mark.parametrize(("start", "end", "said"), [
        ("1", "0", "The interval from 1 to 0 is empty: let it begin left of its end."),
        ("0", "0", "is empty"),
        ("2", "3", "A condition at 0 lies outside the interval from 2 to 3"),
        ("0", "", "No end of the interval is given: write one, as in 10."),
        ("0", "x", "“x” cannot stand in the number"),
        ("0", "1/(1-k)", "A number comes out as"),
        ("0", "9^9^9", "is no number that can be had"),
    ])
    def test_what_is_said_of_the_interval(self, start, end, said):
        told, field = sentence("f' = k f", FIRST, start, end)
        assert said in told
        assert field == ("conditions" if end == "x" else "interval")

    def test_a_long_text_is_not_read(self):
        assert f"at most {LONGEST} are read" in sentence("f' = " + "x " * LONGEST)[0]

    def test_nothing_can_be_reached_through_the_parser(self):
        """What Python's builtins or sympy's own names would give."""
        for name in [*dir(builtins), *dir(sympy)]:
            if len(name) > 2 and name not in FUNCTIONS:
                try:
                    found = typed(f"f' = {name}")
                except Wrong:
                    continue
                assert found.parameters == [name]  # a Greek letter, or a letter with a number

    @given(st.text(alphabet="fxkuv'^*/+-()., =;\n0123456789einspqr_\"[]{}:λ", max_size=40), st.text(max_size=10))
    @settings(max_examples=300, deadline=None)
    def test_any_text_is_read_or_refused(self, equation, condition):
        for texts in ((equation, FIRST), (f"f' = {equation}", FIRST), ("f' = f", f"f(0) = {condition}")):
            try:
                found = typed(*texts)
                found.problem(dict.fromkeys(found.parameters, 0.5))
            except Wrong as wrong:
                assert str(wrong).endswith(".") and wrong.field in {"equation", "conditions", "interval"}


# ------------------------------------------------------------------------------ properties


leaves = st.sampled_from(["x", "f", "k", "2", "0.5", "3"])
formulas = st.recursive(leaves, lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from([" + ", " - ", " * ", " "]), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
    inner.map(lambda text: f"sin({text})"), inner.map(lambda text: f"(-{text})"), inner.map(lambda text: f"({text})^2"),
), max_leaves=8)  # fmt: skip


def as_python(text: str) -> str:
    """The same formula by another way: the space between two factors becomes a sign, the power Python's."""
    for first in ")xfk0123456789":
        for second in "(xfks.0123456789":
            text = text.replace(f"{first} {second}", f"{first}*{second}")
    return text.replace("^", "**")


@given(formulas, st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=150, deadline=None)
def test_a_formula_has_pythons_value(text, x, f, k):
    """What is read, what is compiled and what is written as Python are one function."""
    if any(f"{a} {b}" in text for a in "0123456789" for b in "0123456789."):
        return
    found = typed(f"f' = {text}")
    wanted = eval(as_python(text), {"sin": math.sin, "x": x, "f": f, "k": k})
    values = {"x": x, "f": f, "df": 0.0, **dict.fromkeys(found.parameters, k)}
    assert -residual(f"f' = {text}", **values) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    space: dict = {}
    exec("\n".join(["import numpy as np", f"k = {k!r}", *found.function()]), space)
    assert -space["equation"](x, f, 0.0) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_a_number_that_is_too_large_is_infinite():
    assert number(sympy.exp(sympy.Integer(10) ** 5, evaluate=False)) == math.inf


def test_what_is_typed_is_solved():
    solution = solve(typed("f'' + w^2 f = 0", SECOND, "0", "pi").problem({"w": 2.0}))
    x = np.linspace(0, np.pi, 50)
    assert solution(x) == pytest.approx(np.cos(2 * x), abs=1e-9)

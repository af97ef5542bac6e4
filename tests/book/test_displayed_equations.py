"""Every displayed equation is the reviewed one, and what can be computed gives the library's numbers.

`equations.md` is the reviewed copy of the labelled equations. Who changes an equation of a chapter on purpose
changes it there too. The rest reads the equations as the chapters show them, and computes both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import lecture_ids
import numpy as np
import pytest

from course_lib import backpropagation, finite_differences, reverse_mode
from course_lib.forward_mode import Dual
from course_lib.graph import trace
from course_lib.network import Network, ravel, unravel
from course_lib.ode import InitialValue, ODEProblem, euler
from course_lib.residuals import Residuals
from course_lib.reverse_mode import Variable
from course_lib.symbolic import derivative, expression
from course_lib.trial_solution import TrialSolution, residual_cost

DISPLAY = re.compile(r"^\$\$\n(.*?)^\$\$(?: \((\S+)\))? *$", re.MULTILINE | re.DOTALL)


def equations(page: Path) -> dict[str, str]:
    """The labelled equations of a page by their labels, each on one line."""
    text = "\n".join(line for _, line in lecture_ids.text_lines(page)) + "\n"
    assert text.count("$$") == 2 * len(DISPLAY.findall(text)), f"{page.name} has a $$ without its partner"
    return {label: " ".join(body.split()) for body, label in DISPLAY.findall(text) if label}


REVIEWED = equations(Path(__file__).with_name("equations.md"))
DISPLAYED = {label: text for page in lecture_ids.chapters() for label, text in equations(page).items()}


def test_every_equation_is_reviewed():
    assert list(DISPLAYED) == list(REVIEWED)
    assert {f"eq-{i}" for i in lecture_ids.LECTURE_IDS} <= set(DISPLAYED)


@pytest.mark.parametrize("label", REVIEWED)
def test_displayed_as_reviewed(label):
    assert DISPLAYED.get(label) == REVIEWED[label], f"{label} is not what tests/book/equations.md has"


# ------------------------------------------------------------------------------ a reader of LaTeX

SPACES = re.compile(r"\\(?:[,;! ]|[bB]ig[lr](?![a-z])|left\.?(?![a-z])|right(?![a-z])|begin\{\w+\}|end\{\w+\})|&")
STATEMENTS = re.compile(r"\\q?quad|\\\\(?:\[\w+\])?|,\s*&")
# A line that begins with its relation, a sign or a cross goes on with the statement before it.
CONTINUED = re.compile(r"\\\\(?:\[\w+\])?\s*&\s*(?:\\q?quad)?\s*(?:\\times|(?=[=+-]))")
SIDES = re.compile(r"=(?!1\})|\\simeq|\\leftarrow")
TOKEN = re.compile(r"\\[A-Za-z]+|\d+|\S")
OPENINGS = ("(", "[", "{")
ENDS = {"", ")", "]", "}", "+", "-", ",", ";", r"\rVert"}


class Formula:
    """The value of a formula, read from left to right with the values of its symbols.

    What stands side by side is multiplied. The layer of w^{(l)} and its indices are the keys of a value. For a quotient
    of differentials the value of ``\\frac`` is called with both of them, each a name and its keys.
    """

    def __init__(self, latex: str, values: dict[str, Any]) -> None:
        self.tokens, self.at, self.values = [*TOKEN.findall(latex), "", ""], 0, values

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
        return np.squeeze(np.asarray(value))

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
            assert "".join(self.take() for _ in range(3)) == r"\rVert_2"
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

    def quotient(self) -> Any:
        if self.is_next("{", "d") or self.is_next("{", r"\partial"):
            return self.values[r"\frac"](self.differential(), self.differential())
        return self.group() / self.group()

    def differential(self) -> tuple[Any, ...]:
        assert self.take("{") and self.take("d", r"\partial"), "a quotient of differentials has two of them"
        symbol = self.name_and_keys()
        assert self.take("}")
        return symbol

    def sum_over(self) -> Any:
        """A sum over the values of its index, which are known by its name; a condition may choose among them."""
        self.take("_")
        in_braces = self.take("{")
        index, start, total = self.take(), self.at, 0.0
        for value in self.values["over"][index]:
            self.at, self.values, counts = start, self.values | {index: value}, True
            if self.take(":"):
                member = self.factor()
                self.take(r"\in")
                counts = member in self.factor()
            elif self.take("="):
                self.take()
            if in_braces:
                self.take("}")
            if self.take("^"):
                self.take()
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
            value = value(*arguments)
        return value

    def name_and_keys(self) -> tuple[Any, ...]:
        """A name with its stroke, then its layer and its indices: w_{jk}^{(l)} is w, l, j, k."""
        name, layer, indices = self.take(), [], []
        if name in (r"\mathcal", r"\Delta", r"\mathrm"):
            name += "".join(self.take() for _ in range(4 if self.is_next("{") else 1))
        while True:
            if self.take("'"):
                name += "'"
            elif self.take("_"):
                if not self.take("{"):
                    indices.append(self.index())
                else:
                    while not self.take("}"):
                        indices.append(self.index() + self.offset())
            elif self.is_next("^", "{", "("):
                self.at += len("^{")
                layer = [self.group()]
                name += "'" if self.take(r"\prime") else ""
                indices += ["T"] if self.take(r"\mathsf") and self.take() else []
                self.take("}")
            else:
                return (name, *layer, *indices)

    def index(self) -> Any:
        token = self.take()
        return int(token) if token.isdigit() else self.values[token]

    def offset(self) -> int:
        sign = self.take("+", "-")
        return int(sign + self.take()) if sign else 0


def statements(label: str) -> list[list[str]]:
    """The equations that a display consists of, each as its sides."""
    parts = STATEMENTS.split(CONTINUED.sub(" ", DISPLAYED[label]))
    found = [SPACES.sub(" ", part).rpartition(r"\Rightarrow")[2] for part in parts]
    return [SIDES.split(statement.strip(" .,")) for statement in found if SIDES.search(statement)]


def check(label: str, values: dict[str, Any], *only: int, new: dict[str, Any] | None = None) -> None:
    """Compare all sides of a displayed equation, or of those with the numbers `only`; `new` holds on the left."""
    found = statements(label)
    for number in only or range(len(found)):
        known = {r"\exp": np.exp} | values
        wanted = computed(label, found[number][0], new or known)
        for side in found[number][1:]:
            message = f"{label} does not hold: {found[number][0].strip()} = {side.strip()}"
            np.testing.assert_allclose(computed(label, side, known), wanted, 1e-6, 1e-9, err_msg=message)
    assert found, f"{label} is no equation that can be computed"


def computed(label: str, side: str, values: dict[str, Any]) -> Any:
    try:
        return Formula(side, values).whole()
    except Exception as error:
        pytest.fail(f"{label} cannot be computed: {side.strip()}: {error!r}")


# ------------------------------------------------------------------------------------ the network

# np.matrix multiplies as the equations do.
pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass")

NETWORK = Network((2, 4, 3, 2), ("tanh", "sigmoid", "tanh"))
RNG = np.random.default_rng(1)
THETA = NETWORK.initial_parameters(RNG)
GAMMA, LAM = 0.3, 0.2


def by_layer(parts: Iterable[Any]) -> dict[int, Any]:
    return dict(enumerate(parts, start=1))


def matrices(arrays: dict[int, Any]) -> dict[int, Any]:
    """Matrices of arrays, columns of vectors: what stands side by side is then the matrix product."""
    return {l: matrix(a if a.ndim == 2 else a[:, None]) for l, a in arrays.items()}


def matrix(array: Any) -> Any:
    return np.asarray(array).view(np.matrix)


def network(m: int, lam: float = 0.0) -> dict[str, Any]:
    """The lecture's symbols with the library's values for m samples; a single one has no axis of samples."""
    x, t = RNG.normal(size=(m, 2)), RNG.normal(size=(m, 2))
    run = NETWORK.forward(THETA, x)
    delta = backpropagation.deltas(NETWORK, THETA, run, t)
    slope = backpropagation.gradient(NETWORK, THETA, x, t, lam)
    z, a, delta = ([part[0] if m == 1 else part for part in parts] for parts in (run.z[1:], run.a, delta))
    return {
        "L": 3, "t": t[0], r"\gamma": GAMMA, r"\lambda": lam, "z": by_layer(z), "a": dict(enumerate(a)),
        r"\delta": by_layer(delta), "w": by_layer(layer.weights for layer in THETA),
        "b": by_layer(layer.biases for layer in THETA), r"\sigma": by_layer(NETWORK.activations),
        r"\sigma'": by_layer(sigma.derivative for sigma in NETWORK.activations), "slope": by_layer(slope),
        "new": by_layer(backpropagation.update(THETA, slope, GAMMA)), "x": x,
    }  # fmt: skip


ONE, FIVE, PENALISED = network(1), network(5), network(1, LAM)


def weights(layers: Sequence[int] = (1, 2, 3)) -> list[dict[str, int]]:
    """The place of every weight: its layer l and its indices j, k."""
    return [dict(zip("ljk", (l, *place))) for l in layers for place in np.ndindex(ONE["w"][l].shape)]


def test_layers_and_cost():
    check("eq-N1", ONE)
    check("eq-B3", ONE | {name: matrices(ONE[name]) for name in "zwab"})
    for place in weights():
        check("own-layout-layer", ONE | place | {"over": {"k": range(NETWORK.sizes[place["l"] - 1])}})
    cost = backpropagation.cost(NETWORK, THETA, ONE["x"], ONE["t"][None], LAM)
    left = {"C": lambda a, t: cost, "L": 3, "a": ONE["a"], "t": ONE["t"]}
    output = {3: lambda Theta, x: NETWORK(unravel(Theta, NETWORK.sizes), x)[0]}
    check("eq-N6", PENALISED | {"t": ONE["t"], "x": ONE["x"], "a": output, r"\Theta": ravel(THETA)}, new=left)


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    """∂f/∂x as a matrix, by the complex step."""
    return matrix([np.imag(np.atleast_1d(f(x + 1e-20j * unit))) / 1e-20 for unit in np.eye(len(x))]).T


def factor_of_the_chain(above: tuple[Any, ...], below: tuple[Any, ...]) -> Any:
    """What the library, or a small step, gives for one factor of the chain rule."""
    w, b, z, a = (ONE[name] for name in "wbza")
    (y, *upper), (x, l) = above, below
    if (y, x) == ("C", r"\theta"):
        return np.concatenate([part.ravel() for part in ONE["slope"][l]])
    if (y, x) == ("C", "z"):
        return ONE[r"\delta"][l]
    if (y, x, l) == ("C", "a", 3):
        return jacobian(lambda a: np.sum((ONE["t"] - a) ** 2), a[3])
    if (y, x, upper) == ("a", "z", [l]):
        return jacobian(NETWORK.activations[l - 1].value, z[l])
    if (y, x, upper) == ("z", "a", [l + 1]):
        return jacobian(lambda a: w[l + 1] @ a + b[l + 1], a[l])
    assert (y, x, upper) == ("z", r"\theta", [l]), f"{y}{upper} has no slope by {x}{l} alone"
    n = w[l].size
    theta = np.concatenate([w[l].ravel(), b[l]])
    return jacobian(lambda theta: theta[:n].reshape(w[l].shape) @ a[l - 1] + theta[n:], theta)


@pytest.mark.parametrize("label", ["eq-B2", "eq-B8"])
def test_chain_rule(label):
    check(label, ONE | {r"\frac": factor_of_the_chain})


def test_deltas():
    check("eq-B4", ONE | {r"\frac": factor_of_the_chain})
    for place in weights([1, 2]):
        l = place["l"]
        values = ONE | place | {r"\sigma'": ONE[r"\sigma'"][l], "over": {"k": range(NETWORK.sizes[l + 1])}}
        check("eq-B5", values)


def test_slopes():
    def slope_in(values: dict[str, Any], name: str, l: int, *place: int) -> Any:
        return dict(zip("wb", values["slope"][l]))[name][place]

    for place in weights():
        check("own-backpropagation-slopes", ONE | place | {r"\frac": lambda C, p: slope_in(ONE, *p)})
    for l in (1, 2, 3):
        values = FIVE | {"l": l, r"\sigma'": FIVE[r"\sigma'"][l], r"\frac": lambda C, p: slope_in(FIVE, *p)}
        products = {name: matrices(FIVE[name]) for name in ("w", "a", r"\delta")}
        check("own-backpropagation-matrix", values | products, *([0, 1] if l < 3 else [1]))
        check("own-backpropagation-matrix", values | {"over": {"i": range(5)}}, 2)


@pytest.mark.parametrize("label", ["eq-B6", "eq-B7", "own-backpropagation-regularised"])
def test_updates(label):
    values = PENALISED if label.startswith("own") else ONE
    for place in weights():
        new = {name: {l: getattr(layer, kind) for l, layer in values["new"].items()}
               for name, kind in (("w", "weights"), ("b", "biases"))}  # fmt: skip
        check(label, values | place, new=new | place)


# -------------------------------------------------------------------------- the lecture's example


def nodes_at(x: Any) -> dict[str, Any]:
    a = x**2
    b = np.exp(a)
    c = a + b
    return {"x": x, "a": a, "b": b, "c": c, "d": np.sqrt(c)}


X = 0.8
TAPE = dict(zip("xabcd", trace(lambda x: nodes_at(x)["d"], X)))
ADJOINTS = reverse_mode.backward(TAPE["d"])
EXAMPLE = {name: node.value for name, node in TAPE.items()} | {"f": lambda x: nodes_at(x)["d"]}


def along(child: Variable, parent: Variable) -> Any:
    """The slope along an edge of the graph; zero where there is none."""
    return dict(child.pull_back(np.float64(1.0))).get(parent, 0.0)


def slope_in_the_graph(above: tuple[str], below: tuple[str]) -> Any:
    """An adjoint for ∂f, a tangent for ∂/∂x, else the slope along an edge: all from the library."""
    (y,), (x,) = above, below
    if y == "f":
        return ADJOINTS[TAPE[x]]
    return nodes_at(Dual(X, 1.0))[y].derivative if x == "x" else along(TAPE[y], TAPE[x])


@pytest.mark.parametrize("label", ["eq-A4", "eq-A5", "eq-A6", "eq-A7"])
def test_example_forwards_and_backwards(label):
    check(label, EXAMPLE | {r"\frac": slope_in_the_graph})


def test_example_as_a_formula():
    formula = expression(EXAMPLE["f"], "x")
    [x] = formula.free_symbols
    slope = derivative(formula, x)
    check("eq-A2", EXAMPLE | {"f": lambda at: float(formula.subs(x, at))}, 0)
    check("eq-A3", EXAMPLE | {r"\frac": lambda f, by: float(slope.subs(x, X))})


def test_forward_difference():
    f = EXAMPLE["f"]
    check("eq-A1", {"f": f, "f'": lambda x: finite_differences.forward(f, x, 0.1), "x": X, r"\Deltax": 0.1})


def test_reverse_mode():
    x = by_layer(TAPE.values())

    def slope(above: tuple[Any, ...], below: tuple[Any, ...]) -> Any:
        (name, *j), (_, i) = above, below
        return ADJOINTS[x[j[0] if name == "x" else i]] if name == "f" else along(x[j[0]], x[i])

    for i in (1, 2, 3, 4):
        values = {"x": x, "i": i, "D": 5, "over": {"j": x}, r"\mathrm{Pa}": lambda x: frozenset(x.parents)}
        check("eq-A10", values | {r"\frac": slope})


# ------------------------------------------------------------------------- differential equations


class OnPoints(list):
    """Values on the points x_i that are also a function: f_i and f(x_i)."""

    def __init__(self, f: Callable[[Any], Any], x: Any) -> None:
        super().__init__(map(f, x))
        self.f = f

    def __call__(self, *arguments: Any) -> Any:
        return self.f(*arguments)


POINTS = 0.5 + 0.25 * np.arange(9)
STEPS = {"x": POINTS, "n": 8, r"\Deltax": 0.25}


def test_equation_and_its_residual():
    problem = ODEProblem(lambda x, f, df: df - np.cos(x), InitialValue(0.0, 0.0), (0.0, 3.0), np.sin)
    df = finite_differences.complex_step(problem.exact, X)
    values = {"x": X, "f": np.sin(X), "g": np.cos, r"\frac": lambda f, x: df}
    check("eq-O1", values | {r"\mathcalL": lambda x, f: problem.residual(x, f, df)}, 0, 2)
    check("eq-S2", values | {r"\frac": lambda f, x: 0.3, r"\mathcalL": problem.residual(X, 0.7, 0.3)}, 1)


def test_steps():
    f = OnPoints(np.sin, POINTS)
    for i in range(8):
        difference = finite_differences.forward(np.sin, POINTS[i], 0.25)
        check("eq-O3", STEPS | {"f": f, "i": i}, 0, 2, 3, 4)
        check("eq-O4", STEPS | {"f": f, "i": i, r"\frac": lambda f, x: difference})


def test_euler():
    g = OnPoints(np.cos, POINTS)
    polygon = euler(np.cos, 1.0, POINTS)
    general = euler(lambda x, f: np.cos(x) * f, 1.0, POINTS)
    for i in range(8):
        check("eq-O5", STEPS | {"f": polygon, "f'": list(g), "g": g, "i": i, r"\frac": lambda f, x: np.cos})
        check("own-euler-general", STEPS | {"f": general, "g": lambda x, f: np.cos(x) * f, "i": i}, 1)


# --------------------------------------------------------------------------- a network as solution

DECAY = ODEProblem(lambda x, f, df: df + 2 * f, InitialValue(0.5, 10.0), (0.5, 1.5))
TRIAL = TrialSolution(DECAY, Network((1, 5, 1), ("tanh", "identity")))
WEIGHTS = TRIAL.network.initial_parameters(RNG)
INSIDE = np.linspace(0.5, 1.5, 6)
SOLUTION = {"x": INSIDE, r"\theta": WEIGHTS, "t": "t", "N": lambda x, theta: TRIAL.network(theta, x[:, None])[:, 0]}


def test_trial_solution():
    f = {"t": lambda x: TRIAL(WEIGHTS, x), 0: 10.0}
    check("eq-S1", SOLUTION | {"f": f, "h": {1: TRIAL.h1, 2: TRIAL.h2}})
    check("own-network-solution-initial", SOLUTION | {"f": f})


def test_cost_of_a_solution():
    f, df = TRIAL(WEIGHTS, INSIDE), TRIAL(WEIGHTS, INSIDE, order=1)
    values = {"n": 6, "over": {"i": range(6)}, "f": f, "f'": df, r"\mathcalL": DECAY.residual}
    check("eq-S2", SOLUTION | values | {"C": lambda x, theta: residual_cost(TRIAL, theta, x)}, 0)
    residuals = Residuals(TRIAL, INSIDE)
    r, J = residuals.with_jacobian(ravel(WEIGHTS))
    slope = residuals.cost_and_gradient(ravel(WEIGHTS))[1]
    values = {"n": 6, "J": matrix(J), "r": matrix(r).T}
    check("own-network-solution-gradient", values | {r"\frac": lambda C, theta: slope})

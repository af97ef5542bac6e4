"""Every displayed equation is the reviewed one, and what can be computed gives the library's numbers.

`equations.md` is the reviewed copy of the labelled equations. Who changes an equation of a chapter on purpose
changes it there too. The rest reads the equations as the chapters show them, and computes both sides. Every labelled
equation is computed by a test here or stands in NOT_COMPUTED.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import lecture_ids
import numpy as np
import pytest
from formula import Formula, statements
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.optimize import brentq, minimize_scalar

from course_lib.beyond import PDE_PROBLEMS, Data, PDEProblem, PDETrialSolution, Side, adjoint, walk
from course_lib.beyond.covariance import what_is_known
from course_lib.beyond.joint_least_squares import Together, on_the_equation, step_together
from course_lib.differentiation import finite_differences, forward_mode, reverse_mode
from course_lib.differentiation.forward_mode import Dual, jvp
from course_lib.differentiation.graph import op_label, trace
from course_lib.differentiation.partials import partials
from course_lib.differentiation.reverse_mode import Variable
from course_lib.differentiation.symbolic import derivative, expression, operation_counts
from course_lib.equations import (
    PROBLEMS,
    InitialValue,
    ODEProblem,
    Residuals,
    TrialSolution,
    euler,
    optimisers,
    residual_cost,
)
from course_lib.equations._solver.least_squares import least_squares
from course_lib.networks import Layer, Network, backpropagation, ravel, unravel

DISPLAY = re.compile(r"^\$\$\n(.*?)^\$\$(?: \((\S+)\))? *$", re.MULTILINE | re.DOTALL)


def equations(page: Path) -> dict[str, str]:
    """The labelled equations of a page by their labels, each on one line and without the comments of TeX."""
    text = "\n".join(line for _, line in lecture_ids.text_lines(page)) + "\n"
    assert text.count("$$") == 2 * len(DISPLAY.findall(text)), f"{page.name} has a $$ without its partner"
    return {label: " ".join(re.sub(r"(?<!\\)%.*", "", body).split()) for body, label in DISPLAY.findall(text) if label}


# Labels of equations that no test can compute, each with the reason; there is none now.
NOT_COMPUTED: dict[str, str] = {}

REVIEWED = equations(Path(__file__).with_name("equations.md"))
DISPLAYED = {label: text for page in lecture_ids.chapters() for label, text in equations(page).items()}


def test_every_equation_is_reviewed():
    assert list(DISPLAYED) == list(REVIEWED)
    assert {f"eq-{i}" for i in lecture_ids.LECTURE_IDS} <= set(DISPLAYED)


@pytest.mark.parametrize("label", REVIEWED)
def test_displayed_as_reviewed(label):
    assert DISPLAYED.get(label) == REVIEWED[label], f"{label} is not what tests/book/equations.md has"


def check(label: str, values: dict[str, Any], *only: int, new: dict[str, Any] | None = None) -> None:
    """Compare all sides of a displayed equation, or of those with the numbers `only`; `new` holds on the left."""
    found = statements(DISPLAYED[label])
    for number in only or range(len(found)):
        wanted = computed(label, found[number][0], new or values)
        for side in found[number][1:]:
            agree(label, computed(label, side, values), wanted, f"{found[number][0].strip()} = {side.strip()}")
    assert found, f"{label} is no equation that can be computed"


def agree(label: str, value: Any, wanted: Any, what: str) -> None:
    np.testing.assert_allclose(value, wanted, 1e-6, 1e-9, err_msg=f"{label} does not hold: {what}")


def right(label: str, values: dict[str, Any]) -> Any:
    """The value of the right-hand side of the first equation in a display."""
    return computed(label, statements(DISPLAYED[label])[0][1], values)


def computed(label: str, side: str, values: dict[str, Any]) -> Any:
    try:
        return Formula(side, values).whole()
    except Exception as error:
        pytest.fail(f"{label} cannot be computed: {side.strip()}: {error!r}")


def test_every_equation_is_computed():
    tests = [part for part in ast.parse(Path(__file__).read_text("utf-8")).body if isinstance(part, ast.FunctionDef)]
    quoted = {part.value for test in tests for part in ast.walk(test) if isinstance(part, ast.Constant)}
    assert set(DISPLAYED) - quoted == set(NOT_COMPUTED), "compute it, or say in NOT_COMPUTED why not"


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
        "L": 3, "m": m, "t": t[0] if m == 1 else t, r"\gamma": GAMMA, r"\lambda": lam, "x": x,
        "z": by_layer(z), "a": dict(enumerate(a)), r"\delta": by_layer(delta),
        "w": by_layer(layer.weights for layer in THETA), "b": by_layer(layer.biases for layer in THETA),
        r"\sigma": by_layer(NETWORK.activations),
        r"\sigma'": by_layer(sigma.derivative for sigma in NETWORK.activations),
        "slope": by_layer(slope), "new": by_layer(backpropagation.update(THETA, slope, GAMMA)),
    }  # fmt: skip


ONE, FIVE, PENALISED = network(1), network(5), network(1, LAM)


def weights(layers: Sequence[int] = (1, 2, 3)) -> list[dict[str, int]]:
    """The place of every weight: its layer l and its indices j, k."""
    return [dict(zip("ljk", (l, *place))) for l in layers for place in np.ndindex(ONE["w"][l].shape)]


def neurons(layers: Sequence[int] = (1, 2, 3)) -> list[dict[str, int]]:
    return [{"l": l, "j": j} for l in layers for j in range(NETWORK.sizes[l])]


def test_parameters():
    by_letter = {name: ONE[name] for name in "wbL"}
    theta = by_layer(np.concatenate([layer.weights.ravel(), layer.biases]) for layer in THETA)
    check("eq-N2", by_letter | {r"\theta": theta})
    check("eq-N4", by_letter | {r"\theta": theta, r"\Theta": ravel(THETA)})
    check("eq-B1", by_letter | {r"\theta": theta})
    wider = Network((2, 4, 3, 5), "tanh")
    check("own-layout-count", {"n": wider.sizes, "L": 3, "over": {"l": (1, 2, 3)}}, new={"P": wider.parameter_count})


def test_layers_and_cost():
    check("eq-N1", ONE)
    check("eq-B3", ONE | {name: matrices(ONE[name]) for name in "zwab"})
    for place in weights():
        check("own-layout-layer", ONE | place | {"over": {"k": range(NETWORK.sizes[place["l"] - 1])}})
    for l in (1, 2, 3):
        products = {name: matrices(FIVE[name]) for name in "wb"}
        check("own-layout-rows", products | {"l": l, "Z": FIVE["z"], "A": matrices(FIVE["a"])})


def test_output_and_cost():
    output = {3: lambda Theta, x: NETWORK(unravel(Theta, NETWORK.sizes), x[None])[0]}
    values = PENALISED | {"t": ONE["t"], "x": ONE["x"][0], "a": output, r"\Theta": ravel(THETA)}
    check("eq-N3", values, new=ONE)
    for label, lam in (("eq-N5", 0.0), ("eq-N6", LAM)):
        cost = backpropagation.cost(NETWORK, THETA, ONE["x"], ONE["t"][None], lam)
        check(label, values | {"C": lambda a, t: np.sum((t - a) ** 2)}, new=ONE | {"C": lambda a, t: cost})
    cost = backpropagation.cost(NETWORK, THETA, FIVE["x"], FIVE["t"], LAM)
    samples = {name: FIVE[name] for name in "mtx"} | {"over": {"i": range(5)}}
    check("own-layout-mean", values | samples, new={"C": cost})


def test_sum_of_steps():
    network = Network((1, 4, 1), ("sigmoid", "identity"))
    theta = network.initial_parameters(np.random.default_rng(2))
    (w1, b1), (w2, b2) = theta
    values = {
        "w": {1: w1[:, 0], 2: w2[0]}, "b": {1: b1, 2: b2[0]}, r"\sigma": network.activations[0],
        "n": 4, "over": {"j": range(4)}, r"\Theta": theta, "x": X,
    }  # fmt: skip
    check("own-layout-steps", values, new=values | {"a": {2: lambda Theta, x: network(Theta, [[x]])}})


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


def slope_by_an_input(above: tuple[Any, ...], below: tuple[Any, ...]) -> Any:
    """∂C/∂z_j of a layer, or ∂z_k/∂z_j of the next layer by this one: by the complex step."""
    (y, *upper), (_, l, j) = above, below

    def higher(z: Any) -> list[Any]:
        inputs = [z]
        for layer, sigma in zip(THETA[l:], NETWORK.activations[l - 1 :]):
            inputs.append(layer.weights @ sigma.value(inputs[-1]) + layer.biases)
        return inputs

    def cost(z: Any) -> Any:
        return np.sum((ONE["t"] - NETWORK.activations[-1].value(higher(z)[-1])) ** 2)

    if y == "C":
        return jacobian(cost, ONE["z"][l])[0, j]
    assert (y, upper[0]) == ("z", l + 1), f"{y}{upper} is not in the layer above {l}"
    return jacobian(lambda z: higher(z)[1], ONE["z"][l])[upper[1], j]


def test_slopes_by_inputs():
    for place in neurons():
        check("own-backpropagation-delta", ONE | place | {r"\frac": slope_by_an_input})
    for place in neurons([1, 2]):
        l = place["l"]
        values = ONE | place | {r"\frac": slope_by_an_input, "over": {"k": range(NETWORK.sizes[l + 1])}}
        check("own-backpropagation-chain", values)
        check("own-reverse-mode-delta", values | {r"\sigma'": ONE[r"\sigma'"][l]})


def test_slopes():
    def slope_in(values: dict[str, Any], name: str, l: int, *place: int) -> Any:
        return dict(zip("wb", values["slope"][l]))[name][place]

    for place in weights():
        check("own-backpropagation-slopes", ONE | place | {r"\frac": lambda C, p: slope_in(ONE, *p)})
    for l in (1, 2, 3):
        values = FIVE | {"l": l, r"\sigma'": FIVE[r"\sigma'"][l], r"\frac": lambda C, p: slope_in(FIVE, *p)}
        products = {name: matrices(FIVE[name]) for name in ("w", "a", r"\delta")}
        check("own-backpropagation-matrix", values | products, *([0, 1] if l < 3 else [1]))
        check("own-backpropagation-matrix", values | {"over": {"s": range(5)}}, 2)


@pytest.mark.parametrize("label", ["eq-B6", "eq-B7", "own-backpropagation-regularised"])
def test_updates(label):
    values = PENALISED if label.startswith("own") else ONE
    for place in weights():
        new = {name: {l: getattr(layer, kind) for l, layer in values["new"].items()}
               for name, kind in (("w", "weights"), ("b", "biases"))}  # fmt: skip
        check(label, values | place, new=new | place)


def test_largest_learning_rate():
    network, x, t = Network((1, 1), "identity"), [[1.0], [2.0]], [[0.5], [-1.0]]

    def slope(vector: Any) -> Any:
        return ravel(backpropagation.gradient(network, unravel(vector, (1, 1)), x, t))

    curvatures = np.linalg.eigvalsh([slope(unit) - slope(np.zeros(2)) for unit in np.eye(2)])
    border = right("own-backpropagation-rate", {r"\kappa": curvatures, r"\max": -1})
    for gamma, shrinks in ((0.99 * border, True), (1.01 * border, False)):
        vector = start = np.ones(2)
        for _ in range(1000):
            vector = vector - gamma * slope(vector)
        is_smaller = np.linalg.norm(slope(vector)) < np.linalg.norm(slope(start))
        assert is_smaller == shrinks, f"own-backpropagation-rate does not hold at {gamma:.3f}"


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
    flops = operation_counts(formula).naive  # as it is written: exp(x²) is a product and an exponential
    counted, total = re.findall(r"underbrace\{(\d)\}", DISPLAYED["eq-A2"]), re.findall(r"= (\d)", DISPLAYED["eq-A2"])
    assert [sum(map(int, counted))] == list(map(int, total)) == [flops], "eq-A2 does not hold: its FLOPs"


def test_logistic_map():
    iterates = [np.sin(2**n * np.arcsin(np.sqrt(X))) ** 2 for n in range(5)]
    for n in range(4):
        check("own-symbolic-logistic", {"l": iterates, "x": X, "n": n})


def test_forward_difference():
    f = EXAMPLE["f"]
    check("eq-A1", {"f": f, "f'": lambda x: finite_differences.forward(f, x, 0.1), "x": X, r"\Deltax": 0.1})


# Where f'' or f''' is the same everywhere, ξ may be anywhere.
PARABOLA = lambda x: x - 1.5 * x**2 - 3.0
CUBIC = lambda x: PARABOLA(x) - x**3 / 4


def with_slopes(f: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    """The function and its first three derivatives, by forward mode."""
    found = {"f": f}
    for name in ("f'", "f''", "f'''"):
        found[name] = f = forward_mode.derivative(f)
    return found


def test_truncation():
    values = {"x": X, "h": 0.5, r"\xi": 0.3, "i": 1j}
    check("own-finite-differences-forward", values | with_slopes(PARABOLA))
    check("own-finite-differences-central", values | with_slopes(CUBIC))
    check("own-finite-differences-complex-series", values | with_slopes(CUBIC))
    check("own-finite-differences-complex", values | with_slopes(CUBIC))


def test_best_steps():
    """The error displayed, and its minimum, are those of values that rounding moves apart as far as it can."""
    eta = 0.02

    def error(difference: Any, f: Callable[[Any], Any], h: float) -> Any:
        wrong = [
            difference(lambda x: f(x) + off * np.where(x > X, 1.0, -1.0), X, h) for off in (eta, -eta)
        ]
        return max(np.abs(wrong - forward_mode.derivative(f)(X)))

    for label, difference, f in (
        ("own-finite-differences-best", finite_differences.forward, PARABOLA),
        ("own-finite-differences-central-best", finite_differences.central, CUBIC),
    ):
        values = {name: g(X) for name, g in with_slopes(f).items()} | {r"\eta": eta}
        if f is PARABOLA:
            at = {"h": 0.3, r"\text{error}": error(difference, f, 0.3)}
            check("own-finite-differences-total", values | at)
        found = minimize_scalar(lambda h: error(difference, f, h), (0.01, 0.1, 5.0), tol=1e-9)
        check(label, values, new={"h": found.x, r"\text{error}": found.fun})


def test_dual_numbers():
    values = {"a": 0.7, "b": -1.3, r"\dota": 2.0, r"\dotb": 0.4}
    check("own-forward-product", values | {r"\varepsilon": Dual(0.0, 1.0)})
    label = "own-forward-product"  # its first two sides are equal for any ε
    sides = statements(DISPLAYED[label])[0][:2]
    agree(label, *(computed(label, side, values | {r"\varepsilon": 0.5}) for side in sides), "for any ε " + sides[1])
    check("own-forward-taylor", values | {"g": np.sin, "g'": np.cos, r"\varepsilon": Dual(0.0, 1.0)})
    # Duals of two levels: ε₁ and ε₂, each of which has the square zero.
    values = {"x": X, r"\varepsilon": {level: Dual(0.0, 1.0, level) for level in (1, 2)}}
    check("own-forward-second", values | with_slopes(CUBIC))
    check("own-forward-confusion", {})


def test_tangent():
    g = lambda x: x[0] ** 2 * np.sin(x[1])
    x, x_dot = np.array([0.7, -1.3]), np.array([2.0, 0.4])
    values = {r"\dotx": x_dot, "over": {"k": range(2)}, r"\frac": lambda g_, x_k: reverse_mode.gradient(g)(x)[x_k[1]]}
    check("own-forward-tangent", values, new={r"\doty": jvp(g, x, x_dot)[1]})


def test_tape():
    nodes = by_layer(TAPE.values())
    number = {node: i for i, node in nodes.items()}
    parents = {i: tuple(number[parent] for parent in node.parents) for i, node in nodes.items()}
    x = {i: node.value for i, node in nodes.items()}

    def g(node: Variable) -> Callable[[Any], Any]:
        def of_parents(given: Iterable[Any]) -> Any:
            rest = iter(given)
            return node.op(*(next(rest) if isinstance(part, Variable) else part for part in node.inputs))

        return of_parents

    values = {
        "x": x | {above: tuple(x[i] for i in above) for above in parents.values()}, "d": 1, "D": 5,
        r"\mathrm{Pa}": {x[i]: above for i, above in parents.items()}.get,
        "g": {i: g(node) for i, node in nodes.items()},
    }  # fmt: skip
    first, _, last = statements(DISPLAYED["eq-A8"])[1][1].split(",")
    made = range(int(computed("eq-A8", first, values)), int(computed("eq-A8", last, values)) + 1)
    assert [i for i, above in parents.items() if above] == list(made), "eq-A8 does not hold: the numbers i"
    for i in made:
        check("eq-A8", values | {"i": i}, 0)

    check("eq-A9", EXAMPLE | {"x": x, "D": 5, "f": nodes_at(X)["d"]}, 1, 2, 3, 4)
    assert re.findall(r"x_(\d) = x \\ \(d = (\d)\)", DISPLAYED["eq-A9"]) == [("1", "1")], "eq-A9 does not hold: x_1"
    for name, label in (statement for statement in statements(DISPLAYED["eq-A9"]) if "g" in statement[0]):
        label = label.replace(r"\sqrt{\cdot}", "√(·)").replace(r"\cdot", "·").replace("^2", "²").strip(" \\")
        assert op_label(nodes[int(name.strip()[-1])]) == label, f"eq-A9 does not hold: {name}"


def test_reverse_mode():
    x = by_layer(TAPE.values())

    def slope(above: tuple[Any, ...], below: tuple[Any, ...]) -> Any:
        (name, *j), (_, i) = above, below
        return ADJOINTS[x[j[0] if name == "x" else i]] if name == "f" else along(x[j[0]], x[i])

    for i in (1, 2, 3, 4):
        values = {"x": x, "i": i, "D": 5, "over": {"j": x}, r"\mathrm{Pa}": lambda x: frozenset(x.parents)}
        check("eq-A10", values | {r"\frac": slope})


def test_adjoints_of_a_product():
    A, B = RNG.normal(size=(3, 2)), RNG.normal(size=(2, 4))
    adjoints = dict(zip("AB", reverse_mode.gradient(lambda A, B: np.sum(np.sin(A @ B)))(A, B)))
    adjoints = {name: matrix(adjoint) for name, adjoint in {**adjoints, "Y": np.cos(A @ B)}.items()}
    values = {"A": matrix(A), "B": matrix(B), r"\frac": lambda f, variable: adjoints[variable[0]]}
    check("own-reverse-mode-product", values)


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


def test_initial_value():
    condition = DECAY.conditions
    values = {"f": [condition.f0], "x": [condition.x0]}
    check("eq-O2", values, new=values | {"f": lambda x: TRIAL(WEIGHTS, x)})


def test_steps():
    f = OnPoints(np.sin, POINTS)
    for i in range(8):
        difference = finite_differences.forward(np.sin, POINTS[i], 0.25)
        check("eq-O3", STEPS | {"f": f, "i": i}, 0, 2, 3, 4)
        check("eq-O4", STEPS | {"f": f, "i": i, r"\frac": lambda f, x: difference})


def test_euler():
    g = OnPoints(np.cos, POINTS)
    polygon = euler(np.cos, 1.0, POINTS)
    slope = lambda x, f: np.cos(x) * f
    general, exact = euler(slope, 1.0, POINTS), lambda x: np.exp(np.sin(x))
    df = finite_differences.complex_step(exact, X)
    check("own-euler-general", {"x": X, "f": exact(X), "g": slope, r"\frac": lambda f, x: df}, 0)
    for i in range(8):
        check("eq-O5", STEPS | {"F": polygon, "f'": list(g), "g": g, "i": i, r"\frac": lambda f, x: np.cos})
        check("own-euler-general", STEPS | {"F": general, "g": slope, "i": i}, 1)


def test_error_and_stability_of_euler():
    decay = euler(lambda x, f: -3.0 * f, 2.0, POINTS)
    for i in range(8):
        check("own-euler-taylor", STEPS | with_slopes(PARABOLA) | {"i": i, r"\xi": 0.3})
        check("own-euler-stability", STEPS | {"F": decay, "k": 3.0, "i": i})


def test_oscillator():
    label, exact = "own-euler-oscillator", with_slopes(PROBLEMS["oscillator"].exact)
    f, v, dv = (exact[name](X) for name in ("f", "f'", "f''"))
    values = {"f": f, "v": v, "f'": v, "v'": dv, "E": (f**2 + v**2) / 2, r"\Deltax": 0.25}
    columns = re.findall(r"begin\{pmatrix\} (\S+) \\\\ (\S+) \\end\{pmatrix\}('?)", DISPLAYED[label])
    left, slope = ([computed(label, part + stroke, values) for part in parts] for *parts, stroke in columns)
    agree(label, left, slope, "f and v")
    check("own-euler-energy", values)
    step = euler(lambda x, state: [state[1], -state[0]], [f, v], [0.0, 0.25])[1]
    agree("own-euler-energy", right("own-euler-energy", values), step @ step / 2, "the energy after a step")


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


def test_coupled_system():
    f = PROBLEMS["lagaris 4"].exact
    by_unknown = lambda array: dict(enumerate(array.T, 1))
    values = {"f": by_unknown(f(X)), "f'": by_unknown(np.imag(f(X + 1e-20j)) / 1e-20)}
    check("own-network-solution-coupled", values | {"x": X})


# ------------------------------------------------------------------------------- how it is trained

# Without a hidden layer the residual of a linear equation is linear in the parameters.
LINEAR = Residuals(TrialSolution(DECAY, Network((1, 1), "identity")), INSIDE)
START = np.array([0.4, -0.7])
R, JACOBIAN = LINEAR.with_jacobian(START)


def step_of(method: Callable[..., Any], gamma: float) -> Any:
    """Where one step of a method leads from START."""
    return list(islice(method(LINEAR, START, gamma), 2))[1][0]


# The modes of the fit: all of them that J can change.
EIGENVALUES, EIGENVECTORS = np.linalg.eigh(2 / 6 * JACOBIAN @ JACOBIAN.T)
KAPPA = EIGENVALUES[:-3:-1]
MODES = {"n": 6, "J": matrix(JACOBIAN), "r": matrix(R).T, r"\kappa": KAPPA,
         "u": [matrix(column).T for column in EIGENVECTORS[:, :-3:-1].T]}  # fmt: skip


def test_training_by_gradient_descent():
    values = MODES | {r"\gamma": GAMMA}
    new = values | {"r": matrix(LINEAR(step_of(optimisers.gradient_descent, GAMMA))).T}
    check("own-training-descent", values, new=new)
    for k in range(2):
        check("own-training-rate", values | {"k": k}, new=new | {"k": k})


def test_momentum():
    residuals, moved, velocity = LINEAR, [START], [np.zeros(2)]
    for _ in range(2):
        velocity.append(0.7 * velocity[-1] - GAMMA * residuals.cost_and_gradient(moved[-1])[1])
        moved.append(moved[-1] + velocity[-1])
    slope = residuals.cost_and_gradient(moved[1])[1]
    values = {r"\beta": 0.7, r"\gamma": GAMMA, r"\frac": lambda C, theta: slope, "m": velocity[1]}
    check("own-training-momentum", values, 0, new={"m": velocity[2]})
    check("own-training-momentum", {r"\theta": moved[1], "m": velocity[2]}, 1, new={r"\theta": moved[2]})


def test_a_rate_for_each_mode():
    for k in range(2):
        check("own-training-modes", MODES | {"k": k})
    values = MODES | {"over": {"k": range(2)}}
    step = step_of(optimisers.gradient_descent, GAMMA) - START
    check("own-training-step", values | {r"\gamma": [GAMMA, GAMMA]}, new={"s": matrix(step).T})
    newton = matrix(least_squares(JACOBIAN, R)).T
    check("own-training-step", values | {r"\gamma": 1 / KAPPA}, new={"s": newton})
    damped = np.linalg.solve(JACOBIAN.T @ JACOBIAN + 0.3 * np.eye(2), -JACOBIAN.T @ R)
    check("own-training-step", values | {r"\gamma": 1 / (KAPPA + 2 * 0.3 / 6)}, new={"s": matrix(damped).T})


def test_least_squares():
    label = "own-network-solution-lm"
    mu = 1e-3 * np.max(np.sum(JACOBIAN**2, axis=0))  # with which Levenberg-Marquardt begins
    values = {"r": R[:, None], "J": matrix(JACOBIAN), r"\mu": mu}
    minimised = lambda s: computed(label, DISPLAYED[label].strip(" ."), values | {"s": matrix(s).T})
    slope = finite_differences.gradient(minimised, step_of(optimisers.levenberg_marquardt, 0.0) - START)
    np.testing.assert_allclose(slope, 0.0, atol=1e-5, err_msg=f"{label} does not hold: the step is no minimum")
    step = matrix(step_of(optimisers.levenberg_marquardt, 0.0) - START).T
    values |= {"r": matrix(R).T, "I": matrix(np.eye(2)), "s": step}
    check("own-network-solution-normal", values)


def test_features():
    count_from_one = lambda array: np.pad(array, (1, 0))
    run = TRIAL.network.forward(WEIGHTS, [[X]])
    values = {
        "n": TRIAL.network.sizes, "over": {"k": range(1, 6)}, "x": X, r"\theta": WEIGHTS,
        "z": {1: count_from_one(run.z[1][0])}, "w": by_layer(count_from_one(layer.weights) for layer in WEIGHTS),
        "b": by_layer(count_from_one(layer.biases) for layer in WEIGHTS),
        "N": lambda x, theta: TRIAL.network(theta, [[x]])[0, 0],
    }  # fmt: skip
    check("own-features-sum", values, 0)
    for k in range(1, 6):
        check("own-features-sum", values | {"k": k}, 1)


def test_equations_of_lagaris():
    x = np.linspace(0.1, 0.9, 7)
    by_order = lambda exact: {
        "x": x, "p": (1 + 3 * x**2) / (1 + x + x**3), "f": exact(x), "f'": forward_mode.derivative(exact)(x),
        "f''": forward_mode.derivative(forward_mode.derivative(exact))(x),
    }  # fmt: skip
    for name, numbers in {"lagaris 1": (0, 1), "lagaris 2": (2,), "lagaris 3 initial": (3,)}.items():
        check("own-features-lagaris", by_order(PROBLEMS[name].exact), *numbers)
    exact = PROBLEMS["lagaris 4"].exact
    by_unknown = lambda array: dict(enumerate(array.T, 1))
    values = {"x": x, "f": by_unknown(exact(x)), "f'": by_unknown(np.imag(exact(x + 1e-20j)) / 1e-20)}
    check("own-features-lagaris", values, 4, 5)


def test_equation_of_the_error():
    exact = lambda x: 10.0 * np.exp(-2.0 * (x - 0.5))
    f = [TRIAL(WEIGHTS, INSIDE, order=k) for k in (0, 1)]
    e = {0: lambda x: exact(x) - f[0], 1: lambda x: -2.0 * exact(x) - f[1]}
    _, by_f = partials(lambda *columns: [DECAY.residual(*columns)], INSIDE, *f)  # by x, f, f'
    values = SOLUTION | {"over": {"k": (0, 1)}, r"\frac": lambda L, f_k: by_f[0, 1 + f_k[1]], "e": e}
    values |= {"f": {"t": f[0]}, "f'": {"t": f[1]}, r"\mathcalL": lambda x, f, df: DECAY.residual(x, f, df)}
    check("own-features-error", values, 0)
    check("own-features-error", {"e": exact(0.5) - TRIAL(WEIGHTS, 0.5)}, 1)
    swing = PROBLEMS["oscillator"]
    trial = TrialSolution(swing, TRIAL.network)
    start, slope = swing.conditions.x0, trial(WEIGHTS, swing.conditions.x0, order=1)
    check("own-features-error", {"e'": finite_differences.central(swing.exact, start, 1e-5) - slope}, 2)


def test_trial_solution_in_two_variables():
    network = Network((2, 5, 1), ("tanh", "identity"))
    trial, theta = PDETrialSolution(PDE_PROBLEMS["heat"], network), network.initial_parameters(np.random.default_rng(0))
    # The library's network is given both variables from -1 to 1.
    N = lambda x, t, _: network(theta, np.column_stack([2 * x - 1, 2 * t - 1]))[:, 0]
    x, t = np.random.default_rng(1).uniform(size=(2, 6))
    values = {"x": x, "t": t, r"\theta": "theta", r"\pi": np.pi, "N": N}  # an index cannot be an array
    check("own-partial-trial", values | {"u": {"theta": lambda x, t: trial(theta, x, t)}})


def test_function_that_agrees_with_the_sides():
    b, d = {0: np.cos, 1: lambda t: 2.0 * np.exp(-t)}, lambda x: 1.0 + x**3
    sides = [Side("x", 0, value=b[0]), Side("x", 1, value=b[1]), Side("t", 0, value=d)]
    problem = PDEProblem(lambda x, t, u: u.t - u.xx, sides, ((0, 1), (0, 1)))
    trial = PDETrialSolution(problem, Network((2, 5, 1), ("tanh", "identity")))
    x, t = np.random.default_rng(1).uniform(size=(2, 6))
    h = lambda x, t: trial.h1(x, t, [(0, 0)])[0, 0][:, 0]
    check("own-partial-sides", {"x": x, "t": t, "b": b, "d": d, "h": {1: h}})


def test_equation_and_data_together():
    """A step of the library leads to the minimum; without a leash that is the equation's own."""
    label, tau = "own-inverse-cost", 0.3
    at = INVERSE.picture(INVERSE.W, np.array([1.5]))
    z, sizes = [*step_together(at, tau, np.array([1e9]))], {"n": len(at.r), "m": len(at.e), r"\tau": tau}
    linear = lambda W, p: {"r": at.r + at.J @ (W - at.W) + at.J_p @ (p - at.p), "e": at.e + at.D @ (W - at.W)}
    cost = lambda W, p: computed(label, DISPLAYED[label].strip(" ,"), sizes | columns(linear(W, p)))
    agree(label, cost(at.W, at.p), INVERSE.cost(at.W, at.p, tau), "what the library makes small")
    for shift in (1e-3, -1e-3):
        assert cost(z[0], z[1] + shift) > cost(*z) < cost(z[0] * (1.0 + shift), z[1]), f"{label} has no minimum there"


def columns(of: dict[str, Any]) -> dict[str, Any]:
    return {name: matrix(value).T for name, value in of.items()}


def test_sensitivities_and_covariance():
    at = INVERSE.picture(INVERSE.W, np.array([1.5]))
    _, Z, _, S = on_the_equation(at)
    parts = {"J": {"c": matrix(at.J), "p": matrix(at.J_p)}, "D": {"c": matrix(at.D), "p": matrix(at.D_p)}}
    check("own-inverse-sensitivity", parts | {"c": "c", "p": "p", "Z": matrix(Z), "S": matrix(S)})
    two = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.2]])
    values = {"S": matrix(two), "p": "p", r"\operatorname{cov}": lambda p: what_is_known(two).covariance}
    check("own-inverse-covariance", values)


INVERSE = Together(
    lambda p: ODEProblem(lambda x, f, df: df + p[0] * f, InitialValue(0.0, 10.0), (0.0, 1.0)),
    np.array([1.5]), [Data([0.2, 0.5, 1.0], [6.5, 3.8, 1.2], 0.1)], 20, 0, np.array([np.inf]),
)  # fmt: skip


# ------------------------------------------------------------------------- the network as the equation

FIELD, W, B = Network((2, 2), "tanh"), np.array([[-0.4, -1.0], [1.5, -0.2]]), np.array([0.1, -0.3])
PATH = np.array(list(walk(FIELD, [Layer(W, B)], [[2.0, 0.5]], POINTS)))
WEIGHTED = np.array([[[0.7, -1.2]]])  # the slopes of the cost in the last state


def slopes_of_steps(w: Any, b: Any, nudges_a: Any, nudges_z: Any) -> Any:
    """The cost of eight steps, in which each state and each weighted input may be nudged; the steps are written out."""
    a = PATH[0, 0]
    for i in range(8):
        a = a + nudges_a[i]
        a = a + 0.25 * np.tanh(w @ a + b + nudges_z[i])
    return (WEIGHTED[0, 0] * (a + nudges_a[8])).sum()


def test_slopes_through_steps():
    """The states are those of `walk`, their slopes those of `adjoint`; quotients are from the tape, of other steps."""
    by_w, by_b, by_a, by_z = reverse_mode.gradient(slopes_of_steps)(W, B, np.zeros((9, 2)), np.zeros((8, 2)))
    theta, p, slopes = [Layer(W, B)], [], None
    for i in range(8):
        ends = np.zeros((9 - i, 1, 2))
        ends[-1] = WEIGHTED
        p_i, found = adjoint(FIELD, theta, POINTS[i:], PATH[i:][-2::-1], ends)
        p, slopes = [*p, p_i], slopes or found
    np.testing.assert_allclose(np.array(p)[:, 0], by_a[:8], rtol=1e-12)
    columns = lambda rows: [matrix(np.reshape(row, (2, 1))) for row in rows]
    quotients = {"w": slopes[0].weights, "b": slopes[0].biases[:, None]}
    values = STEPS | {
        "w": matrix(W), "b": matrix(B[:, None]), "a": columns(PATH), "p": columns([*p, WEIGHTED]),
        r"\delta": columns(by_z), "z": columns(PATH @ W.T + B), r"\sigma": np.tanh,
        r"\sigma'": lambda z: 1 - np.tanh(np.asarray(z)) ** 2, "over": {"i": range(8)},
        r"\frac": lambda C, x: columns(by_z)[x[1]] if x[0] == "z" else quotients[x[0]],
    }  # fmt: skip
    for label in ("own-node-step", "own-node-delta", "own-node-back", "own-node-quotient"):
        for i in range(8):
            check(label, values | {"i": i})
    check("own-node-slopes", values)
    np.testing.assert_allclose(slopes[0].weights, by_w, rtol=1e-12)
    np.testing.assert_allclose(slopes[0].biases, by_b, rtol=1e-12)


def test_a_field():
    slope, tight = lambda x, a: np.tanh(W @ a + B), {"rtol": 1e-13, "atol": 1e-13}
    solve = lambda x: solve_ivp(slope, (0, x), [2.0, 0.5], "DOP853", **tight).y[:, -1]
    da = (solve(1.0001) - solve(0.9999)) / 0.0002
    check("own-node-field", {r"\sigma": np.tanh, "w": matrix(W), "b": B[:, None], "a": solve(1.0)[:, None],
                             r"\frac": lambda a, x: da[:, None]})  # fmt: skip


def test_the_adjoint_equation():
    """For a linear field, whose exact flow is the exponential of a matrix; theta is the weight w_01 alone."""
    flow = lambda x, w=W: expm(np.asarray(x) * w)
    end, t, path = 1.5, np.array([0.5, -1.0]), lambda x: flow(x) @ [2.0, 0.5]
    p = lambda x: flow(end - x).T @ (2 * (path(end) - t))
    turned = W + np.array([[0.0, 1e-20j], [0.0, 0.0]])
    G = lambda x: np.sum((flow(end - x, turned) @ path(x) - t) ** 2).imag / 1e-20
    slope = lambda f: (f(0.6 + 1e-5) - f(0.6 - 1e-5)) / 2e-5
    N = lambda a, theta: matrix(W) @ a
    state, momentum = matrix(path(0.6)[:, None]), matrix(p(0.6)[:, None])
    values = {"a": state, "p": momentum, "N": N, r"\theta": None, "H": momentum.T @ N(state, None)}
    quotients = {
        ("p", "x"): slope(p)[:, None], ("G", "x"): slope(G), ("a", "x"): slope(path)[:, None],
        ("N", "a"): matrix(W), ("N", r"\theta"): matrix([[path(0.6)[1]], [0.0]]),
        ("H", "p"): finite_differences.gradient(lambda p: p @ W @ path(0.6), p(0.6))[:, None],
        ("H", "a"): finite_differences.gradient(lambda a: p(0.6) @ W @ a, path(0.6))[:, None],
    }  # fmt: skip
    values[r"\frac"] = lambda f, x: quotients[f[0], x[0]]
    check("own-node-adjoint", values)
    check("own-node-hamilton", values)
    assert p(0.0) @ W @ path(0.0) == pytest.approx(float(values["H"][0, 0])), "H is conserved"


def test_the_way_back():
    back = list(walk(FIELD, [Layer(W, B)], PATH[-1], POINTS[::-1]))[::-1]
    values = STEPS | {"a": list(PATH), "A": back, "N": lambda a, theta: FIELD(theta, a), r"\theta": [Layer(W, B)]}
    for i in range(8):
        check("own-node-way-back", values | {"i": i})
    field = Network((1, 1), "identity"), [Layer(np.array([[-1.5]]), np.zeros(1))]
    *_, end = walk(*field, [[3.0]], POINTS)
    *_, home = walk(*field, end, POINTS[::-1])
    check("own-node-home", STEPS | {"A": [home], "a": [3.0], "k": 1.5})


def test_an_implicit_step():
    F = [2.0]
    for i in range(3):
        F.append(brentq(lambda new: new - F[i] + 0.25 * 30.0 * new, -3.0, 3.0, xtol=1e-15))
        check("own-node-implicit", STEPS | {"F": F, "k": 30.0, "i": i})

"""What the interactive figures show, computed by course_lib when the book is built.

The scripts in book/_static/interactive draw these numbers and compute none of their own: each
slider has a list of positions, and each position its numbers here. Where there are too many of them,
as for the weights of three neurons, the library's formula stands here instead, as JavaScript.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from typing import Any

import numpy as np
import sympy
from numpy.polynomial import chebyshev

from course_lib.differentiation import symbolic
from course_lib.differentiation.forward_mode import Dual, derivative
from course_lib.differentiation.graph import op_label, to_networkx, trace
from course_lib.differentiation.reverse_mode import backward
from course_lib.differentiation.symbolic import expression
from course_lib.drawing.graphs import _graph_places
from course_lib.equations import PROBLEMS, InitialValue, ODEProblem, Residuals, TrialSolution, euler, solve
from course_lib.equations.optimisers import adam, bfgs, gradient_descent, levenberg_marquardt
from course_lib.equations.random_features import gauss_newton
from course_lib.networks import ACTIVATIONS, Layer, Network, Theta, cost, gradient, ravel, train, unravel


def rounded(values: Any, digits: int = 6) -> Any:
    """Numbers, or lists of them, to so many significant digits: short, yet more than is shown."""
    if np.ndim(values):
        return [rounded(value, digits) for value in values]
    return float(f"{values:.{digits}g}") + 0.0  # no minus zero


# ------------------------------------------------------------------------- the lecture's graph

NAMES = "xabcd"


def lecture_nodes(x: Any) -> tuple[Any, ...]:
    """All five nodes of f(x) = √(x² + exp(x²)); the last is f(x)."""
    a = x**2
    b = np.exp(a)
    c = a + b
    return x, a, b, c, np.sqrt(c)


def graph(both_modes: bool) -> dict[str, Any]:
    """The graph, the steps through it, and the numbers of all nodes for each x of the slider.

    The steps of both modes go through the graph three times, once for the values, the tangents
    and the adjoints. Forward mode alone goes once: each value is followed by its tangent.
    """
    tape = trace(lambda x: lecture_nodes(x)[-1], 1.0)
    drawn = to_networkx(tape)
    places, routes = _graph_places(drawn)
    edges = [(parent - 1, child - 1) for parent, child in drawn.edges]
    order = range(len(NAMES))
    if both_modes:
        steps = [(kind, i) for kind in ("value", "tangent") for i in order]
        steps += [("adjoint", i) for i in reversed(order)]
    else:
        steps = [(kind, i) for i in order for kind in ("value", "tangent")]
    labels = [op_label(node) for node in tape]
    return {
        "names": list(NAMES),
        "symbols": {kind: [symbol(kind, name) for name in NAMES] for kind in dict(steps)},
        "titles": ["x", *(f"{NAMES[i]} = {operation(labels[i], parents(edges, i), NAMES)}"
                          for i in order[1:])],
        "edges": edges,
        "places": [rounded(places[i + 1]) for i in order],
        "routes": [[rounded(places[stop]) for stop in routes[p + 1, i + 1]] for p, i in edges],
        "steps": [graph_step(kind, i, labels[i], edges) for kind, i in steps],
        "first": steps.index(("adjoint", NAMES.index("d"))) if both_modes else 0,
        "x": [k / 10 for k in range(-20, 21)],
        "start": 28,
        "at": [graph_at(k / 10, edges) for k in range(-20, 21)],
    }  # fmt: skip


def graph_at(x: float, edges: list[tuple[int, int]]) -> dict[str, Any]:
    """Value, tangent and adjoint of each node, and the slope ∂child/∂parent along each edge."""
    tape = trace(lambda x: lecture_nodes(x)[-1], x)
    adjoints = backward(tape.output)
    one = np.float64(1.0)
    slopes = {(parent, node): slope for node in tape for parent, slope in node.pull_back(one)}
    return {
        "value": rounded([node.value for node in tape], 10),
        "tangent": rounded([node.derivative for node in lecture_nodes(Dual(x, 1.0))], 10),
        "adjoint": rounded([adjoints[node] for node in tape], 10),
        "slope": rounded([slopes[tape[parent], tape[child]] for parent, child in edges], 10),
    }


def parents(edges: list[tuple[int, int]], i: int) -> list[int]:
    return [parent for parent, child in edges if child == i]


def symbol(kind: str, name: str) -> str:
    """How a node's value, tangent or adjoint is written: a, ȧ, ∂f/∂a."""
    if kind == "tangent":
        return unicodedata.normalize("NFC", f"{name}\N{COMBINING DOT ABOVE}")
    return name if kind == "value" else f"∂f/∂{name}"


def operation(label: str, arguments: list[int], texts: Sequence[str]) -> str:
    """An operation with texts for its arguments: a + b."""
    label = re.sub(r"(?<!\w)\(·\)", "·", label)  # no brackets but those of exp(·)
    for i in arguments:
        label = label.replace("·", texts[i], 1)
    return label


REMARKS = {
    ("value", 0): "The slider sets it.",
    ("value", 4): "This is f(x).",
    ("tangent", 0): "This is the slope of x in x itself.",
    ("tangent", 4): "This is f′(x).",
    ("adjoint", 4): "The output is f itself, so the sweep starts with 1.",
    ("adjoint", 0): "This is f′(x), as in forward mode.",
}


def graph_step(kind: str, i: int, label: str, edges: list[tuple[int, int]]) -> dict[str, Any]:
    """One number of one node: the edges it comes along, and its formula in symbols and numbers.

    ``{tangent 1}`` in the numbers stands for the tangent of node 1 at the slider's x.
    """
    here, there = (0, 1) if kind == "adjoint" else (1, 0)  # adjoints come from the children
    along = [k for k, edge in enumerate(edges) if edge[here] == i]
    remark = REMARKS.get((kind, i), "")
    if kind == "value":
        holes = [f"{{value {j}}}" for j in range(len(NAMES))]
        formula, numbers = (operation(label, parents(edges, i), texts) if along else ""
                            for texts in (NAMES, holes))  # fmt: skip
    else:
        slopes = [f"∂{NAMES[edges[k][1]]}/∂{NAMES[edges[k][0]]}" for k in along]
        factors = [symbol(kind, NAMES[edges[k][there]]) for k in along]
        formula = terms(kind, slopes, factors)
        numbers = terms(kind, [f"{{slope {k}}}" for k in along],
                        [f"{{{kind} {edges[k][there]}}}" for k in along])  # fmt: skip
        if len(along) > 1:
            verb = "leave" if kind == "adjoint" else "reach"
            remark = f"Two arrows {verb} {NAMES[i]}, so two terms add."
    return {"kind": kind, "node": i, "along": along, "formula": formula, "numbers": numbers,
            "remark": remark}  # fmt: skip


def terms(kind: str, slopes: list[str], factors: list[str]) -> str:
    """∂c/∂a · ȧ + ∂c/∂b · ḃ forwards, ∂f/∂b · ∂b/∂a + ∂f/∂c · ∂c/∂a backwards."""
    pairs = zip(factors, slopes) if kind == "adjoint" else zip(slopes, factors)
    return " + ".join(" · ".join(pair) for pair in pairs)


# -------------------------------------------------------------------------------- three neurons


def neurons() -> dict[str, Any]:
    """A hidden neuron as a formula of its weights, which the script may compute with, and the sine to meet.

    The formula is traced through the library's tanh and printed as JavaScript.
    """
    term = expression(lambda x, w, b, v: v * ACTIVATIONS["tanh"](w * x + b), "x w b v")
    x = np.linspace(-1, 1, 121)
    tenths = lambda last: [k / 10 for k in range(-last, last + 1)]
    return {
        "formula": sympy.jscode(term),
        "x": rounded(x, 4),
        "sine": rounded(np.sin(np.pi * x), 5),
        "w": [k / 2 for k in range(-16, 17)],
        "b": [k / 2 for k in range(-20, 21)],
        "v": tenths(20),
        "start": [[4.0, 4.0, -1.0], [4.0, 0.0, 1.0], [4.0, -4.0, -1.0]],
    }


# ------------------------------------------------------------------- the rate of gradient descent

RATES = [0.02, 0.05, 0.1, 0.15, 0.2, 0.22, 0.24, 0.3, 0.5]


@cache
def rate() -> dict[str, Any]:
    """Descent with each rate: in the valley of a straight line, and for the network of chapter 2.

    The valley is as steep as the network is at the start, so both have the same border at first.
    """
    x = np.linspace(-1, 1, 40)[:, None]
    t = np.sin(np.pi * x) + 0.1 * np.random.default_rng(1).normal(size=x.shape)
    network = Network((1, 10, 1), ("tanh", "identity"))
    start = network.initial_parameters(np.random.default_rng(0))
    steepest = curvatures(network, start, x, t)[-1]

    line = Network((1, 1), "identity")
    s = np.linspace(-1, 1, 9)[:, None]
    s *= np.sqrt(steepest / 2 / np.mean(s**2))
    high = [Layer(np.array([[0.8]]), np.array([2.0]))]
    steep, flat = curvatures(line, high, s, 0 * s)[::-1]
    turn = np.linspace(0, 2 * np.pi, 49)
    runs = []
    for gamma in RATES:
        valley, _ = descended(line, high, s, 0 * s, gamma, 30, 1)
        path, costs = descended(network, start, x, t, gamma, 2000, 100)
        shown = range(0, len(costs), 10 if len(costs) > 10 else 1)
        runs.append({
            "valley": [rounded([theta[0].weights[0, 0], theta[0].biases[0]], 4) for theta in valley],
            "costs": rounded([costs[k] for k in shown], 3),
            "last": rounded(costs[-1], 4),
            "highest": rounded(max(costs), 4),
            "borders": rounded([2 / curvatures(network, theta, x, t)[-1] for theta in path[:-1]], 3),
        })  # fmt: skip
    return {
        "gamma": RATES,
        "start": RATES.index(0.1),
        "border": rounded(2 / steep),
        "factors": rounded(np.round([[1 - gamma * steep, 1 - gamma * flat] for gamma in RATES], 4)),
        "rings": [rounded(np.transpose([r * np.cos(turn) / np.sqrt(steep), r * np.sin(turn) / np.sqrt(flat)]), 3)
                  for r in (0.5, 1.25, 2, 2.75)],
        "runs": runs,
    }  # fmt: skip


def curvatures(network: Network, theta: Theta, x: Any, t: Any, h: float = 1e-5) -> Any:
    """The curvatures of the cost, from the smallest up, as differences of two gradients."""
    v = ravel(theta)
    slope = lambda v: ravel(gradient(network, unravel(v, network.sizes), x, t))
    return np.linalg.eigvalsh([(slope(v + h * e) - slope(v - h * e)) / (2 * h) for e in np.eye(len(v))])


def descended(
    network: Network, theta: Theta, x: Any, t: Any, gamma: float, steps: int, every: int
) -> tuple[list[Theta], list[float]]:
    """Gradient descent until the cost is above 100: the parameters now and then, the cost of each step."""
    path, costs, rng = [theta], [], np.random.default_rng(0)
    while len(costs) < steps and max(costs, default=0.0) < 100:
        theta, met, *_ = train(network, theta, x, t, rng=rng, gamma=gamma, epochs=every, batch=len(x))
        path.append(theta)
        costs += met
    costs.append(cost(network, theta, x, t))
    return path, costs[: 1 + next((k for k, c in enumerate(costs) if c > 100), steps)]


# ------------------------------------------------------------------ a tree that becomes a graph

COUNTED, DRAWN = 8, 4  # turns; a tree of more has more leaves than a phone is wide


def logistic(turns: int) -> Callable[[Any], Any]:
    """So many turns of chapter 4's logistic map, as a function."""

    def iterate(x: Any) -> Any:
        for _ in range(turns):
            x = 4 * x * (1 - x)
        return x

    return iterate


def written(operands: list[list[int]], i: int) -> list[list[int]]:
    """The tree of a node, written out: of each part the node, its depth, and the place in the list of what it is in.

    The node has the operands ``operands[i]``; what a part is in stands before it, and the first is in none.
    """
    tree = [[i, 0, -1]]
    for part in operands[i]:
        start = len(tree)
        tree += [[node, depth + 1, start + above if depth else 0]
                 for node, depth, above in written(operands, part)]
    return tree  # fmt: skip


def merge() -> dict[str, Any]:
    """The trees of the logistic map, the nodes that are left as equal parts are merged, and the work for the slope.

    The parts are merged in the order of the tape, so that what a part is made of has been merged before it.
    """
    tape = trace(logistic(COUNTED), 0.3)
    place = {node: i for i, node in enumerate(tape)}
    operands = [[place[part] for part in node.parents] for node in tape]
    turns = range(1, COUNTED + 1)
    trees = [written(operands, 3 * n) for n in turns]  # a turn has three operations
    times = [[sum(i == node for i, _, _ in tree) for node in range(3 * n + 1)] for n, tree in zip(turns, trees)]
    parts = [[(i, many) for i, many in enumerate(each) if many > 1] for each in times]
    slopes = [symbolic.derivative(expression(logistic(n), "x"), "x", simplify=False) for n in turns]
    works = [symbolic.operation_counts(slope) for slope in slopes]
    made = ["4{}", "1 − {}", "{}"]
    iterates = ["x", *(f"l{digit}" for digit in "₁₂₃₄")]
    return {
        "names": ["x", *(text.format(iterates[n + (text == "{}")]) for n in range(DRAWN) for text in made)],
        "signs": ["x", *(DRAWN * ["4·", "1−", "×"])],
        "trees": trees[:DRAWN],
        "parts": parts[:DRAWN],
        "left": [[len(tree) - sum(many - 1 for _, many in each[:k]) for k in range(len(each) + 1)]
                 for tree, each in zip(trees[:DRAWN], parts)],
        "turns": list(turns),
        "tree": [len(tree) for tree in trees],
        "graph": [len(each) for each in times],
        "written": [work.naive for work in works],
        "shared": [work.shared for work in works],
    }  # fmt: skip


# -------------------------------------------------------------------- a step that becomes smaller


def quotient(x: Any, h: float) -> Any:
    """The forward difference as chapter 3 writes it, which divides by the step that was asked for."""
    return (lecture_nodes(x + h)[-1] - lecture_nodes(x)[-1]) / h


def zoom() -> dict[str, Any]:
    """The function between 0.8 - h/2 and 0.8 + 3h/2, its secant, and the V of the errors, for each h.

    The curves are measured in steps h, upwards too, so that the tangent is the same line for all.
    """
    at, x = 0.8, np.linspace(0.5, 1.5, 1001)
    h = [1.0, *(float(f"{m}e-{k}") for k in range(1, 18) for m in (3, 1))]
    here, there = (derivative(lambda s: lecture_nodes(s)[-1])(point) for point in (at, x))
    value = lecture_nodes(at)[-1]
    # Rounding is seen in the narrow windows only: the wide ones need few points.
    run = [np.linspace(-0.5, 1.5, 161 if step < 1e-12 else 21) for step in h]
    rise = [(lecture_nodes(at + u * step)[-1] - value) / step for u, step in zip(run, h)]
    secants = [quotient(at, step) for step in h]
    return {
        "h": h,
        "start": h.index(1.0),
        "slope": rounded(here, 10),
        "curves": [rounded(curve, 4) for curve in rise],
        "secants": rounded(secants, 10),
        "errors": rounded([max(abs(secant - here), 1e-12) for secant in secants], 3),
        "valley": rounded([np.sqrt(np.mean((quotient(x, step) - there) ** 2)) for step in h], 3),
        "gap": rounded([np.spacing(at) / step for step in h], 3),
    }


# ------------------------------------------------------------------------------ Euler's method


def euler_problem(
    label: str,
    g: Callable[[Any, Any], Any],
    exact: Callable[[Any, float], Any],
    window: tuple[float, float, float, float],
    dx: list[float],
    f0: list[float],
    start: tuple[float, float],
) -> dict[str, Any]:
    """A problem in a window (x from, x to, f from, f to), with Euler's polygon for each Δx and f₀.

    The polygon takes as many whole steps as fit into the window.
    """
    left, right, low, high = window
    steps = [int((right - left) / h + 1e-9) for h in dx]
    points = [left + h * np.arange(n + 1) for h, n in zip(dx, steps)]
    polygons = [[euler(g, f, x) for x in points] for f in f0]
    errors = [[np.abs(y - exact(x, f)).max() for x, y in zip(points, row)]
              for f, row in zip(f0, polygons)]  # fmt: skip
    fine = np.linspace(left, right, 106)
    return {
        "label": label,
        "window": window,
        "field": field(g, np.linspace(left, right, 19), np.linspace(low, high, 13)),
        "fine": rounded(fine),
        "exact": [rounded(exact(fine, f)) for f in f0],
        "dx": dx,
        "f0": f0,
        "start": {"dx": dx.index(start[0]), "f0": f0.index(start[1])},
        "points": [rounded(x) for x in points],
        "polygons": [[rounded(y) for y in row] for row in polygons],
        "ends": [rounded([exact(x[-1], f) for x in points]) for f in f0],
        "errors": rounded(errors),
    }


def field(g: Callable[[Any, Any], Any], x: Any, f: Any) -> Any:
    """The lines of a direction field, each (x from, f from, x to, f to), two thirds of a cell."""
    cell = np.ptp(x) / (len(x) - 1), np.ptp(f) / (len(f) - 1)
    columns, rows = (grid.ravel() for grid in np.meshgrid(x, f))
    slope = g(columns, rows) + 0 * rows
    run = 0.33 / np.hypot(1 / cell[0], slope / cell[1])
    rise = run * slope
    return rounded(np.transpose([columns - run, rows - rise, columns + run, rows + rise]), 5)


def euler_field() -> dict[str, Any]:
    """The chapter's field, whose slope depends on f, as its figure begins; and one of x alone."""
    dx = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.6, 0.75, 1.0, 1.5]
    cosine = euler_problem(
        "f′ = cos x", lambda x, f: np.cos(x), lambda x, f0: f0 + np.sin(x),
        (0, 3, -1, 3), dx, [f / 10 for f in range(-5, 11)], (0.6, 0.0),
    )  # fmt: skip
    logistic = euler_problem(
        "f′ = 2 f (1 − f)",
        lambda x, f: 2 * f * (1 - f),
        lambda x, f0: f0 / (f0 + (1 - f0) * np.exp(-2 * x)),
        (0, 3, -0.5, 2.0), dx, [f / 10 for f in range(19)], (0.5, 0.1),
    )  # fmt: skip
    return {"problems": [logistic, cosine]}


def euler_stability() -> dict[str, Any]:
    """The decay f′ = -10 f, for steps on both sides of the limit 0.2."""
    k, dx = 10, [h / 100 for h in range(2, 25)]
    problem = euler_problem(
        "f′ = −10 f", lambda x, f: -k * f, lambda x, f0: f0 * np.exp(-k * x),
        (0, 2.1, -3, 3), dx, [0.5, 1.0, 1.5, 2.0], (0.18, 1.0),
    )  # fmt: skip
    factors = [euler(lambda x, f: -k * f, 1.0, [0.0, h])[1] for h in dx]
    problem["factors"] = rounded(factors)
    problem["verdicts"] = [verdict(factor) for factor in problem["factors"]]
    return {"problems": [problem]}


def verdict(factor: float) -> str:
    """What happens to numbers that are multiplied by the factor again and again."""
    if factor > 0:
        return "The numbers fall towards 0."
    if factor == 0:
        return "The first step reaches 0."
    size = "shrink" if factor > -1 else "grow" if factor < -1 else "keep their size"
    return f"The numbers change sign in each step and {size}."


# ---------------------------------------------------------------------------------- training

ITERATIONS = sorted(int(m * 10**k) for k in range(5) for m in (1, 1.5, 2, 3, 4, 5, 7)
                    if m * 10**k in range(10_001))  # fmt: skip


@cache
def training() -> dict[str, Any]:
    """The decay problem as chapter 8 trains it: f_t and its residual after some iterations.

    One method ends earlier than the other, and its lists with it.
    """
    decay, every = PROBLEMS["decay"], 4
    fine = np.linspace(0, 1, 29 * every + 1)
    assert decay.exact is not None
    exact = decay.exact(fine)
    trial = TrialSolution(decay, Network((1, 10, 1), ("tanh", "identity")))
    methods = []
    for label, run, iterations in (
        ("gradient descent", gradient_descent, 10_000),
        ("Levenberg–Marquardt", levenberg_marquardt, 300),
    ):
        met = trained(run, trial, fine[::every], iterations)
        kept = [k for k in [0, *ITERATIONS] if k < len(met)]
        vectors = [met[k][0] for k in kept]
        solutions = [trial(unravel(vector, trial.network.sizes), fine) for vector in vectors]
        residuals = [np.abs(Residuals(trial, fine)(vector)) for vector in vectors]
        methods.append({
            "label": label,
            "cost": rounded([met[k][1] for k in kept]),
            "error": rounded([np.abs(f - exact).max() for f in solutions]),
            "largest": rounded([r.max() for r in residuals]),
            "solutions": rounded(solutions, 4),
            "residuals": rounded(residuals, 3),
        })  # fmt: skip
    return {"fine": rounded(fine), "every": every, "exact": rounded(exact, 4),
            "iterations": [0, *ITERATIONS], "methods": methods}  # fmt: skip


def trained(
    method: Callable[..., Any], trial: TrialSolution, points: Any, iterations: int
) -> list[tuple[Any, float]]:
    """The parameters and the cost after each iteration, from the first parameters of seed 0."""
    first = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    return list(islice(method(Residuals(trial, points), first, 1e-3), iterations + 1))


# ------------------------------------------------------------------- modes in descent and momentum

AFTER = [0, *(m * 10**k for k in range(7) for m in (1, 2, 5)), 10**7]


def modes() -> dict[str, Any]:
    """What is left of a residual, the sum of the first six modes of chapter 9, and of each of them.

    ``left[β][steps][k]`` is the part of mode k, at first 1, and ``residual[β][steps]`` their sum.
    """
    n, network = 40, Network((1, 20, 1), ("tanh", "identity"))
    x = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    residuals = Residuals(TrialSolution(PROBLEMS["decay"], network), x)
    _, J = residuals.with_jacobian(ravel(network.initial_parameters(np.random.default_rng(0))))
    kappa, u = np.linalg.eigh(2 / n * J @ J.T)
    kappa, u = kappa[:-7:-1], u[:, :-7:-1]
    u *= np.sqrt(n) * np.sign(u[0])  # all begin upwards on the left
    betas = [0.0, 0.5, 0.9, 0.99]
    left = [[[swung(k / kappa[0], beta, steps) for k in kappa] for steps in AFTER] for beta in betas]
    return {
        "x": rounded(x, 4), "steps": AFTER, "beta": betas, "start": betas.index(0.9),
        "gamma": rounded(1 / kappa[0], 4), "ratios": rounded(kappa[0] / kappa, 4),
        "left": rounded(np.round(left, 9), 3),
        "residual": np.round(left @ u.T, 2).tolist(),
    }  # fmt: skip


def swung(rate: float, beta: float, steps: int) -> float:
    """The part of a mode after steps with momentum, where rate is γκ: the ball and its last step."""
    step = np.array([[1 - rate, beta], [-rate, beta]])
    return float(np.linalg.matrix_power(step, steps)[0, 0])


# ------------------------------------------------------------------------ error against the work

WANTED = [10.0**-k for k in range(1, 11)]


@cache
def work() -> dict[str, Any]:
    """What all methods of the book ask for, and how large their error then is, for two problems.

    Asked for are values of the residual, as in chapter 9, and for Euler's method slopes. ``reached``
    has, for each wanted error, at which of its points a method is first as near, or null.
    """
    problems = []
    for label, name, g, f0 in (
        ("f′ = −2 f, f(0) = 10", "decay", lambda x, f: -2 * f, 10.0),
        ("f′ = 2 f (1 − f), f(0) = 1.2", "logistic", lambda x, f: 2 * f * (1 - f), 1.2),
    ):
        problem = PROBLEMS[name]
        assert problem.exact is not None
        left, right = problem.domain
        grids = [np.linspace(left, right, n + 1) for n in MARKS[3:]]
        methods = {"Euler": [(len(x) - 1, np.abs(euler(g, f0, x) - problem.exact(x)).max()) for x in grids]}
        for method, settings, last in (("gradient descent", [3e-3], 5000), ("Adam", [3e-3], 5000),
                                       ("BFGS", [1.0], 100), ("Levenberg–Marquardt", [], 200)):  # fmt: skip
            methods[method] = race(problem, OPTIMISERS[method], settings, last)
        counts = (1, 2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 30)
        methods["random features"] = sorted(race_of_features(problem, k) for k in counts)
        problems.append({
            "label": label,
            "methods": [{
                "label": method,
                "work": [int(asked) for asked, _ in met],
                "error": rounded([max(error, 1e-12) for _, error in met], 2),
                "reached": [next((k for k, (_, error) in enumerate(met) if error <= least), None) for least in WANTED],
            } for method, met in methods.items()],
        })  # fmt: skip
    return {"wanted": WANTED, "start": WANTED.index(1e-3), "problems": problems}


MARKS = [m * 10**k for k in range(5) for m in (1, 2, 5)]
OPTIMISERS = {
    "gradient descent": gradient_descent, "Adam": adam, "BFGS": bfgs, "Levenberg–Marquardt": levenberg_marquardt,
}  # fmt: skip


def counting(problem: ODEProblem) -> tuple[ODEProblem, list[int]]:
    """The problem, and a list that tells at how many points it has been asked for its residual."""
    asked: list[int] = []

    def residual(x: Any, f: Any, df: Any) -> Any:
        asked.append(len(x))
        return problem.residual(x, f, df)

    return replace(problem, residual=residual), asked


def race(problem: ODEProblem, method: Any, settings: list[float], last: int) -> list[tuple[int, float]]:
    """What the method has asked for and its error after 1, 2, 5, 10, … steps, from the first parameters of seed 0."""
    counted, asked = counting(problem)
    trial = TrialSolution(counted, Network((1, 20, 1), ("tanh", "identity")))
    x = chebyshev_points(problem, 40)
    first = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    met = []
    for k, (vector, _) in enumerate(islice(method(Residuals(trial, x), first, *settings), last + 1)):
        if k in MARKS:
            solution = partial(trial, unravel(vector, trial.network.sizes))
            met.append((sum(asked), largest_error(problem, solution)))
    return met


def race_of_features(problem: ODEProblem, neurons: int) -> tuple[int, float]:
    """The same for random features with so many neurons, which are through in one go."""
    counted, asked = counting(problem)
    solution = solve(counted, neurons, pieces=1, points=chebyshev_points(problem, max(2 * neurons, 10)))
    return sum(asked), largest_error(problem, solution)


def chebyshev_points(problem: ODEProblem, n: int) -> Any:
    left, right = problem.domain
    return left + (right - left) * (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n))


def largest_error(problem: ODEProblem, solution: Any) -> float:
    fine = np.linspace(*problem.domain, 1001)
    assert problem.exact is not None
    return float(np.abs(solution(fine) - problem.exact(fine)).max())


# ---------------------------------------------------------------------- the steps of random features

STEPS = 30
WAVE = ODEProblem(
    lambda x, f, df: df + 2 * f - 2 * np.cos(20 * x) + 20 * np.sin(20 * x),
    InitialValue(0.0, 1.0), (0.0, 1.0), lambda x: np.cos(20 * x), "f = cos 20x",
)  # fmt: skip


def steps(middle: float, width: float) -> Theta:
    """Thirty equal steps, their centres spread evenly over 1 on both sides of the middle."""
    w = np.full(STEPS, 1 / width)
    hidden = Layer(w[:, None], -w * np.linspace(middle - 1, middle + 1, STEPS))
    return [hidden, Layer(np.zeros((1, STEPS)), np.zeros(1))]


@cache
def features() -> dict[str, Any]:
    """The decay and a solution with detail, from steps of each middle and width; [middle][width]."""
    middles, widths = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0], [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
    network, fine = Network((1, STEPS, 1), ("tanh", "identity")), np.linspace(0, 1, 61)
    drawn = [[steps(middle, width) for width in widths] for middle in middles]
    curves = [[network.forward(theta, fine[::2, None]).a[1].T[::6] for theta in row] for row in drawn]
    problems = []
    for label, problem, window in (("10 e⁻²ˣ, smooth", PROBLEMS["decay"], (0, 12)),
                                   ("cos 20x, with detail", WAVE, (-2, 2))):  # fmt: skip
        trial = TrialSolution(problem, network)
        solved = [[solved_with(trial, theta) for theta in row] for row in drawn]
        assert problem.exact is not None
        problems.append({
            "label": label,
            "window": window,
            "exact": rounded(problem.exact(fine), 4),
            "solutions": [[rounded(trial(theta, fine), 3) for theta in row] for row in solved],
            "errors": [[error(trial, theta) for theta in row] for row in solved],
        })  # fmt: skip
    return {
        "middle": middles, "width": widths, "fine": rounded(fine),
        "steps": [[rounded(curve, 3) for curve in row] for row in curves],
        "far": [[far_from_polynomials(theta, network) for theta in row] for row in drawn],
        "problems": problems,
    }  # fmt: skip


def solved_with(trial: TrialSolution, theta: Theta) -> Theta:
    """The parameters after the output layer was fitted, the hidden weights being as they are."""
    points = np.linspace(*trial.problem.domain, 2 * STEPS)
    *_, (vector, _) = gauss_newton(Residuals(trial, points), ravel(theta))
    return unravel(vector, trial.network.sizes)


def error(trial: TrialSolution, theta: Theta) -> float:
    """The largest error on 1001 points, or 1e-12 if it is smaller, to one digit."""
    x = np.linspace(0, 1, 1001)
    assert trial.problem.exact is not None
    return rounded(max(np.abs(trial(theta, x) - trial.problem.exact(x)).max(), 1e-12), 1)


def far_from_polynomials(theta: Theta, network: Network) -> float:
    """How far the worst step is from a polynomial of degree 14, at least 1e-12, to one digit."""
    x = np.linspace(0, 1, 1001)
    curves = network.forward(theta, x[:, None]).a[1]
    powers = chebyshev.chebvander(2 * x - 1, 14)
    nearest = powers @ np.linalg.lstsq(powers, curves, rcond=None)[0]
    return rounded(max(np.abs(nearest - curves).max(), 1e-12), 1)

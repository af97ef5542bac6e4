"""The interactive figures show course_lib's numbers, and the pages that hold them are whole."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import interactive
import interactive_data
import lecture_ids
import numpy as np
import pytest
import sympy
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from scipy.integrate import solve_ivp
from sphinx import addnodes

from course_lib.differentiation.finite_differences import complex_step
from course_lib.differentiation.operation_counts import operation_counts
from course_lib.drawing import COLOURS
from course_lib.equations import PROBLEMS, Residuals, TrialSolution, solve
from course_lib.networks import Layer, Network, cost, gradient, minibatch, ravel, unravel, update

ROOT = lecture_ids.ROOT
STATIC = ROOT / "book/_static/interactive"
SCRIPTS = sorted(STATIC.glob("*.js"))


# ------------------------------------------------------------------------------- the numbers


@pytest.fixture(scope="module", params=[True, False], ids=["both modes", "forward mode"])
def graph(request) -> dict:
    return interactive_data.graph(request.param)


def test_graph_has_the_lectures_numbers(graph):
    assert len(graph["x"]) == len(graph["at"])
    assert graph["x"][graph["start"]] == 0.8, "the figure above it is drawn there"
    for x, at in zip(graph["x"], graph["at"]):
        a, b = x**2, np.exp(x**2)
        c, d = a + b, np.sqrt(a + b)
        dx, half = x * (1 + b) / d, 1 / (2 * d)
        assert at["value"] == pytest.approx([x, a, b, c, d], rel=1e-9)
        assert at["tangent"] == pytest.approx([1, 2 * x, 2 * x * b, 2 * x * (1 + b), dx], rel=1e-9)
        assert at["adjoint"] == pytest.approx([dx, half * (1 + b), half, half, 1], rel=1e-9)
        assert at["slope"] == pytest.approx([2 * x, b, 1, 1, half], rel=1e-9)
        slope = complex_step(lambda x: interactive_data.lecture_nodes(x)[-1], x)
        assert dx == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_steps_visit_every_number_once(graph):
    visited = [(step["kind"], step["node"]) for step in graph["steps"]]
    assert sorted(visited) == sorted({(kind, i) for kind in graph["symbols"] for i in range(5)})
    for step in graph["steps"]:  # what a formula uses has been computed before
        for kind, i in re.findall(r"\{(value|tangent|adjoint) (\d)\}", step["numbers"]):
            assert visited.index((kind, int(i))) < visited.index((step["kind"], step["node"]))


def test_formulas_give_what_they_say(graph):
    assert graph["titles"] == ["x", "a = x²", "b = exp(a)", "c = a + b", "d = √c"]
    written = {"·": "*", "²": "**2", "√": "np.sqrt", "exp": "np.exp"}
    for step in graph["steps"]:
        text = re.sub(r"\{(\w+) (\d)\}", r"(at['\1'][\2])", step["numbers"])
        for symbol, python in written.items():
            text = text.replace(symbol, python)
        for at in graph["at"] if text else []:
            result = eval(text, {"np": np, "at": at})
            assert result == pytest.approx(at[step["kind"]][step["node"]], rel=1e-8)


def test_formulas_are_the_lectures():
    steps = interactive_data.graph(True)["steps"]
    formula = {(step["kind"], step["node"]): step["formula"] for step in steps}
    assert formula["tangent", 3] == "∂c/∂a · ȧ + ∂c/∂b · ḃ"
    assert formula["adjoint", 1] == "∂f/∂b · ∂b/∂a + ∂f/∂c · ∂c/∂a"


def test_formula_of_a_neuron_is_that_of_the_network():
    made = interactive_data.neurons()
    formula = made["formula"].replace("Math.tanh", "np.tanh")
    neurons = np.array([[3.0, 1.0, -0.5], [2.0, -2.0, 1.0], [-4.0, 0.5, 1.5]])  # unlike one another
    w, b, v = neurons.T
    theta = [Layer(w[:, None], b), Layer(v[None, :], np.zeros(1))]
    x = np.array(made["x"])
    output = Network((1, 3, 1), ("tanh", "identity"))(theta, x[:, None])[:, 0]
    term = lambda w, b, v: eval(formula, {"np": np, "x": x, "w": w, "b": b, "v": v})
    assert sum(term(*numbers) for numbers in neurons) == pytest.approx(output, rel=1e-12)
    assert made["sine"] == pytest.approx(np.sin(np.pi * x), abs=1e-3)
    for numbers in made["start"]:
        assert all(number in made[name] for name, number in zip("wbv", numbers))


@pytest.fixture(scope="module")
def rate() -> dict:
    return interactive_data.rate()


def sine() -> tuple:
    x = np.linspace(-1, 1, 40)[:, None]
    return x, np.sin(np.pi * x) + 0.1 * np.random.default_rng(1).normal(size=x.shape)


def test_costs_are_those_of_gradient_descent(rate):
    (x, t), network = sine(), Network((1, 10, 1), ("tanh", "identity"))
    for gamma, run in zip(rate["gamma"], rate["runs"]):
        theta, costs = network.initial_parameters(np.random.default_rng(0)), []
        while len(costs) <= 100 and (not costs or costs[-1] < 100):
            costs.append(cost(network, theta, x, t))
            theta = update(theta, gradient(network, theta, x, t), gamma)
        shown = costs[::10] if len(costs) > 100 else costs
        assert run["costs"][: len(shown)] == pytest.approx(shown, rel=6e-3)
        assert run["last"] == pytest.approx(run["costs"][-1], rel=2e-3)
        assert len(run["costs"]) == (201 if len(costs) > 100 else len(costs))


def test_border_is_two_over_the_largest_curvature(rate):
    (x, t), network = sine(), Network((1, 10, 1), ("tanh", "identity"))
    start = ravel(network.initial_parameters(np.random.default_rng(0)))
    run, w = rate["runs"][rate["gamma"].index(0.1)], np.random.default_rng(0).normal(size=31)
    slope = lambda v: ravel(gradient(network, unravel(v, network.sizes), x, t))
    for _ in range(100):  # the power method finds the largest
        w = (slope(start + 1e-4 * w) - slope(start - 1e-4 * w)) / 2e-4
        size, w = np.linalg.norm(w), w / np.linalg.norm(w)
    assert rate["border"] == pytest.approx(2 / size, rel=1e-3)
    assert run["borders"][0] == pytest.approx(rate["border"], abs=1e-3)


def test_walk_in_the_valley_follows_its_factors(rate):
    for gamma, run, (steep, flat) in zip(rate["gamma"], rate["runs"], rate["factors"]):
        w, b = np.transpose(run["valley"])
        k = np.arange(len(w))
        assert w == pytest.approx(0.8 * steep**k, rel=0.02, abs=1e-3)
        assert b == pytest.approx(2.0 * flat**k, rel=0.02, abs=1e-3)
        assert (abs(steep) < 1) == (gamma < rate["border"])
        for ring, r in zip(rate["rings"], (0.5, 1.25, 2, 2.75)):  # gamma κ = 1 - factor
            kappa = (1 - np.array([steep, flat])) / gamma
            assert np.array(ring) ** 2 @ kappa == pytest.approx(r**2, rel=0.02)


def test_network_stays_at_the_edge_where_the_valley_does_not(rate):
    for gamma, run in zip(rate["gamma"], rate["runs"]):
        if 0.22 < gamma < 0.4:
            assert abs(run["valley"][-1][0]) > 2 and run["last"] < 0.05 < 1 < run["highest"]
            assert run["borders"][-1] == pytest.approx(gamma, rel=0.15)
    assert rate["runs"][-1]["last"] > 100


@pytest.fixture(scope="module")
def merge() -> dict:
    return interactive_data.merge()


def test_trees_are_the_formulas_of_the_map(merge):
    for turns, tree in enumerate(merge["trees"], 1):
        texts = [""] * len(tree)
        for k, (node, depth, above) in reversed(list(enumerate(tree))):
            texts[k] = {"x": "x", "4·": f"(4*{texts[k]})", "1−": f"(1-{texts[k]})"}.get(
                merge["signs"][node], "(" + texts[k].replace(")(", ")*(") + ")")  # fmt: skip
            if k:
                assert above < k and depth == tree[above][1] + 1
                texts[above] = texts[k] + texts[above]
        for x in (0.3, 0.8):
            assert eval(texts[0], {"x": x}) == pytest.approx(interactive_data.logistic(turns)(x), rel=1e-12)


def test_merging_leaves_a_node_for_each_different_part(merge):
    for tree, parts, left in zip(merge["trees"], merge["parts"], merge["left"]):
        for k, many in enumerate(left):
            merged = [node for node, _ in parts[:k]]
            kept = {(node, None if node in merged else place) for place, (node, *_) in enumerate(tree)}
            assert many == len(kept)
        assert left[-1] == len({node for node, *_ in tree}), "each part once: that is the graph"
    assert merge["tree"] == [2 ** (n + 2) - 3 for n in merge["turns"]]
    assert merge["graph"] == [1 + 3 * n for n in merge["turns"]]


def test_a_part_is_merged_after_what_it_is_made_of(merge):
    for tree, parts in zip(merge["trees"], merge["parts"]):
        order = [node for node, _ in parts]
        for node, _, above in tree[1:]:
            if tree[above][0] in order:
                assert order.index(node) < order.index(tree[above][0])


def test_work_for_the_slope_is_what_the_chapter_counts(merge):
    x = sympy.Symbol("x")
    for n, written, shared in zip(merge["turns"][:5], merge["written"], merge["shared"]):
        slope = sympy.diff(interactive_data.logistic(n)(x), x)
        assert operation_counts(slope) == (written, shared)


@pytest.fixture(scope="module")
def zoom() -> dict:
    return interactive_data.zoom()


def test_zoom_shows_what_floats_make_of_the_quotient(zoom):
    f = lambda x: np.sqrt(x**2 + np.exp(x**2))
    slope = lambda x: complex_step(f, x)
    assert zoom["slope"] == pytest.approx(slope(0.8), rel=1e-9)
    x = np.linspace(0.5, 1.5, 1001)
    for k, h in enumerate(zoom["h"]):
        secant = (f(0.8 + h) - f(0.8)) / h
        assert zoom["secants"][k] == pytest.approx(secant, rel=1e-8)
        assert zoom["errors"][k] == pytest.approx(abs(secant - slope(0.8)), rel=0.05, abs=1e-9)
        rms = np.sqrt(np.mean(((f(x + h) - f(x)) / h - slope(x)) ** 2))
        assert zoom["valley"][k] == pytest.approx(rms, rel=0.01)
        curve = np.array(zoom["curves"][k])
        run = np.linspace(-0.5, 1.5, len(curve))
        assert np.interp([0, 1], run, curve) == pytest.approx([0, secant], rel=1e-3, abs=1e-3)


def test_zoom_goes_from_a_secant_over_the_tangent_to_a_staircase(zoom):
    apart = [np.max(np.abs(np.array(curve) - zoom["slope"] * np.linspace(-0.5, 1.5, len(curve))))
             for curve in zoom["curves"]]  # fmt: skip
    at = zoom["h"].index
    assert apart[at(1.0)] > 1 and apart[at(1e-15)] > 0.2
    assert max(apart[at(0.01) : at(1e-13)]) < 0.05
    assert len(set(zoom["curves"][at(1e-15)])) < 20, "few values, so steps"
    assert set(zoom["curves"][at(1e-17)]) == {0.0}


SLOPES = {
    "f′ = cos x": lambda x, f: np.cos(x),
    "f′ = 2 f (1 − f)": lambda x, f: 2 * f * (1 - f),
    "f′ = −10 f": lambda x, f: -10 * f,
}
EULER = interactive_data.euler_field()["problems"] + interactive_data.euler_stability()["problems"]


@pytest.mark.parametrize("problem", EULER, ids=lambda problem: problem["label"])
def test_polygons_are_eulers(problem):
    g, (left, right, _, _) = SLOPES[problem["label"]], problem["window"]
    for j, dx in enumerate(problem["dx"]):
        x = problem["points"][j]
        assert np.diff(x) == pytest.approx(dx) and x[0] == left
        assert right - dx < x[-1] + 1e-9 <= right + 2e-9
        for i, f0 in enumerate(problem["f0"]):
            f = [f0]
            for k in range(len(x) - 1):
                f.append(f[k] + dx * g(x[k], f[k]))
            assert problem["polygons"][i][j] == pytest.approx(f, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("problem", EULER, ids=lambda problem: problem["label"])
def test_exact_solutions_and_errors(problem):
    g, ends = SLOPES[problem["label"]], problem["window"][:2]
    for i, f0 in enumerate(problem["f0"]):
        run = solve_ivp(g, ends, [f0], "DOP853", rtol=1e-10, atol=1e-12, max_step=0.1,
                        dense_output=True)  # fmt: skip
        exact = run.sol(problem["fine"])[0]
        assert problem["exact"][i] == pytest.approx(exact, rel=1e-5, abs=1e-5)
        for j, x in enumerate(problem["points"]):
            exact = run.sol(x)[0]
            error = np.abs(problem["polygons"][i][j] - exact).max()
            assert problem["ends"][i][j] == pytest.approx(exact[-1], rel=1e-5, abs=1e-6)
            assert problem["errors"][i][j] == pytest.approx(error, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("problem", EULER, ids=lambda problem: problem["label"])
def test_field_has_the_slope(problem):
    x0, f0, x1, f1 = np.transpose(problem["field"])
    slope = SLOPES[problem["label"]]((x0 + x1) / 2, (f0 + f1) / 2)
    assert f1 - f0 == pytest.approx(slope * (x1 - x0), rel=0.02, abs=0.002)


def test_stability_limit():
    problem = interactive_data.euler_stability()["problems"][0]
    assert {0.05, 0.18, 0.2, 0.21} <= set(problem["dx"])
    for j, dx in enumerate(problem["dx"]):
        assert problem["factors"][j] == pytest.approx(1 - 10 * dx)
        size = np.abs(problem["polygons"][0][j])
        said = problem["verdicts"][j]
        assert ("grow" in said) == (dx > 0.2) == (size[-1] > size[0])
        assert ("keep" in said) == (dx == 0.2)
        assert ("change sign" in said) == (dx > 0.1)


@pytest.fixture(scope="module")
def training() -> dict:
    return interactive_data.training()


@pytest.mark.parametrize("name", ["gradient descent", "levenberg-marquardt"])
def test_training_is_that_of_solve(training, name):
    [method] = [m for m in training["methods"] if m["label"].lower().replace("–", "-") == name]
    x = np.linspace(0, 1, 30)
    decay = PROBLEMS["decay"]
    solution = solve(decay, (10,), method=name, points=x, iterations=100, gamma=1e-3)
    early = [k for k in training["iterations"] if k <= 100]
    # Levenberg-Marquardt amplifies the rounding of the last digit.
    trusted = [k for k in early if solution.history.cost[k] > 1e-3]
    assert len(trusted) >= 7
    costs = method["cost"][: len(trusted)]
    assert costs == pytest.approx([solution.history.cost[k] for k in trusted], rel=1e-3)
    assert method["cost"][len(early) - 1] == pytest.approx(
        solution.history.cost[100], rel=1e-3, abs=1e-6)  # fmt: skip


def test_training_numbers_agree_with_one_another(training):
    fine = np.array(training["fine"])
    assert training["exact"] == pytest.approx(10 * np.exp(-2 * fine), rel=1e-3)
    assert fine[:: training["every"]] == pytest.approx(np.linspace(0, 1, 30), abs=1e-5)
    assert training["iterations"] == sorted(set(training["iterations"]))
    for method, last in zip(training["methods"], (10_000, 300)):
        assert training["iterations"][len(method["cost"]) - 1] == last
        for k in range(len(method["cost"])):
            f, r = np.array(method["solutions"][k]), np.array(method["residuals"][k])
            assert f[0] == 10, "the initial value is met by every network"
            cost = np.mean(r[:: training["every"]] ** 2)
            assert cost == pytest.approx(method["cost"][k], rel=0.02)
            assert r.max() == pytest.approx(method["largest"][k], rel=0.01)
            error = np.abs(f - training["exact"]).max()
            assert error == pytest.approx(method["error"][k], rel=0.01, abs=2e-3)
            slope = np.gradient(f, fine, edge_order=2)
            assert np.abs(slope + 2 * f) == pytest.approx(r, rel=0.1, abs=0.3)


@pytest.fixture(scope="module")
def modes() -> dict:
    return interactive_data.modes()


def test_parts_of_the_modes_are_those_of_the_librarys_momentum(modes):
    assert modes["steps"][:4] == [0, 1, 2, 5]
    for beta, left in zip(modes["beta"], modes["left"]):
        step, part = minibatch.momentum(beta), np.ones(6)
        for k in range(51):
            if k in modes["steps"]:
                assert left[modes["steps"].index(k)] == pytest.approx(part, rel=2e-3, abs=2e-3)
            part = part - step(part / modes["ratios"], 1.0)


def test_modes_are_those_of_the_jacobian(modes):
    network = Network((1, 20, 1), ("tanh", "identity"))
    x = 0.5 - 0.5 * np.cos(np.pi * (np.arange(40) + 0.5) / 40)
    assert modes["x"] == pytest.approx(x, abs=1e-4)
    residuals = Residuals(TrialSolution(PROBLEMS["decay"], network), x)
    theta = ravel(network.initial_parameters(np.random.default_rng(0)))
    J = np.transpose([(residuals(theta + h) - residuals(theta - h)) / 2e-5 for h in 1e-5 * np.eye(61)])
    u, size, _ = np.linalg.svd(J)
    assert modes["gamma"] == pytest.approx(40 / (2 * size[0] ** 2), rel=1e-3)
    assert modes["ratios"][:4] == pytest.approx((size[0] / size[:4]) ** 2, rel=1e-2)
    for left, residual in zip(modes["left"], modes["residual"]):
        parts = np.abs(np.array(residual) @ u[:, :4] / np.sqrt(40))
        assert parts == pytest.approx(np.abs(np.array(left)[:, :4]), abs=0.01)


@pytest.fixture(scope="module")
def work() -> dict:
    return interactive_data.work()


def test_works_and_errors_are_those_of_the_methods(work):
    problem = work["problems"][0]
    made = {method["label"]: method for method in problem["methods"]}
    for n, error in zip(made["Euler"]["work"], made["Euler"]["error"]):
        f = 10 * (1 - 2 / n) ** np.arange(n + 1)
        assert error == pytest.approx(np.abs(f - 10 * np.exp(-2 * np.arange(n + 1) / n)).max(), rel=0.1)
    decay, fine = PROBLEMS["decay"], np.linspace(0, 1, 1001)
    for label, options in [("Levenberg–Marquardt", {}), ("gradient descent", {"gamma": 3e-3})]:
        name = label.lower().replace("–", "-")
        found = solve(decay, 20, method=name, points=40, iterations=20, **options)
        error = np.abs(found(fine) - decay.exact(fine)).max()
        assert made[label]["error"][4] == pytest.approx(error, rel=0.1), "after 20 steps"
    # A step of gradient descent asks for the residual and its derivatives by f and by f' at once.
    assert made["gradient descent"]["work"][:4] == [160, 240, 480, 880]


def test_a_wanted_error_is_reached_where_it_is_first_as_small(work):
    for problem in work["problems"]:
        for method in problem["methods"]:
            assert method["work"] == sorted(method["work"])
            for wanted, k in zip(work["wanted"], method["reached"]):
                before = method["error"][:k]
                assert all(error > 0.9 * wanted for error in before)
                assert k is None or method["error"][k] < 1.1 * wanted


@pytest.fixture(scope="module")
def features() -> dict:
    return interactive_data.features()


@pytest.mark.parametrize("number, f0, force", [
    (0, 10.0, lambda x: 0 * x),
    (1, 1.0, lambda x: 2 * np.cos(20 * x) - 20 * np.sin(20 * x)),
], ids=["decay", "cos 20x"])  # fmt: skip
def test_solutions_of_the_steps_are_least_squares(features, number, f0, force):
    problem, fine, x = features["problems"][number], np.array(features["fine"]), np.linspace(0, 1, 60)
    for i, j in [(0, 3), (0, 4), (1, 4)]:  # where the steps do not come near to one another
        w = np.full(30, 1 / features["width"][j])
        b = -w * np.linspace(features["middle"][i] - 1, features["middle"][i] + 1, 30)
        value = lambda s: np.column_stack([np.tanh(np.outer(s, w) + b), np.ones(len(s))])
        slope = np.column_stack([w * (1 - value(x)[:, :-1] ** 2), 0 * x])
        J = value(x) + x[:, None] * (slope + 2 * value(x))
        c = np.linalg.lstsq(J, force(x) - 2 * f0, rcond=None)[0]
        f = f0 + fine * (value(fine) @ c)
        assert problem["solutions"][i][j] == pytest.approx(f, rel=5e-3, abs=1e-3)
        assert features["steps"][i][j] == pytest.approx(value(fine[::2])[:, :-1].T[::6], abs=2e-3)


def test_errors_of_the_steps_tell_what_the_chapter_says(features):
    decay, detail = (np.array(problem["errors"]) for problem in features["problems"])
    width = features["width"].index
    assert decay.min() == 1e-12 and decay[:, width(2.0)].max() < 1e-3, "wide steps may stand anywhere"
    assert decay[:, width(0.02)].min() > 0.1, "narrow ones fail"
    assert detail[0, width(0.5)] < 1e-8 and detail[1:].min() > 1e-6, "detail wants them in the domain"
    for problem in features["problems"]:
        for i, row in enumerate(problem["solutions"]):
            for j, f in enumerate(row):
                seen = np.abs(np.subtract(f, problem["exact"])).max()
                assert f[0] == problem["exact"][0] and seen < 1.6 * problem["errors"][i][j] + 0.01


def test_wide_steps_are_nearly_polynomials(features):
    far = np.array(features["far"])
    assert far[0, 0] > 0.1 and far[:, -1].max() == 1e-12
    assert np.all(np.diff(far[0]) <= 0)


# --------------------------------------------------------------------------------- the pages


def figures_of_chapters() -> dict[str, str]:
    """Name of a figure -> the chapter that it stands in."""
    name = re.compile(r"^ +name: (fig-\S+)$", re.MULTILINE)
    return {
        figure: path.stem
        for path in lecture_ids.chapters()
        for figure in name.findall(path.read_text(encoding="utf-8"))
    }


@pytest.fixture(scope="module")
def pages(html) -> Path:
    """The folder of the chapters in the built book."""
    return html / "book/notebooks"


def soup(pages: Path, chapter: str) -> BeautifulSoup:
    return BeautifulSoup((pages / f"{chapter}.html").read_text(encoding="utf-8"), "html.parser")


def test_configuration_names_the_extension():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "interactive" in config["sphinx"]["config"]["extensions"]


@pytest.mark.parametrize("name", interactive.WIDGETS)
def test_box_follows_its_figure(pages, name):
    page = soup(pages, figures_of_chapters()[name])
    figure, box = page.find(id=name), page.find(id=f"try-{name}")
    assert figure.find_next("div", class_="interactive") is box
    assert figure.img["alt"] and figure.figcaption.get_text().strip()
    widget = interactive.WIDGETS[name]
    assert (box["data-widget"], box["data-title"]) == (widget.kind, widget.title)
    assert box.has_attr("hidden"), "without scripts there is the figure alone"
    question, tasks = box.find("p"), box.find(class_="interactive-tasks")
    assert question.get_text().endswith("?")
    assert len(tasks("details", open=False)) == 3
    for task in tasks("details"):
        assert task.summary.get_text().strip() and task.p.get_text().strip()
    assert json.loads(box.script.string) == json.loads(json.dumps(widget.data()))


@pytest.mark.parametrize("name", interactive.WIDGETS)
def test_page_loads_what_its_box_needs(pages, name):
    page = soup(pages, figures_of_chapters()[name])
    loaded = [script for script in page("script", src=True) if "interactive/" in script["src"]]
    names = [script["src"].split("interactive/")[1].split("?")[0] for script in loaded]
    kinds = [box["data-widget"] for box in page(class_="interactive")]
    assert names == list(dict.fromkeys(script for kind in kinds for script in interactive.scripts(kind)))
    assert interactive.WIDGETS[name].kind in kinds
    for script in loaded:
        assert not script.has_attr("type"), "a module does not load from a file"
        assert (pages / unescape(script["src"]).split("?")[0]).is_file()
    [style] = [link for link in page("link") if "interactive" in link.get("href", "")]
    assert (pages / style["href"].split("?")[0]).is_file()


def test_other_pages_load_nothing_of_it(html):
    for page in ["book/intro", "book/notebooks/12_what_the_data_know"]:
        assert "interactive/" not in (html / f"{page}.html").read_text(encoding="utf-8")


#: Hold a curve for each position of two sliders.
HEAVY = {"fig-euler-field", "fig-euler-stability", "fig-network-solution-training", "fig-random-features-error"}


def test_page_stays_light(pages):
    for name in interactive.WIDGETS.keys() - HEAVY:
        assert len(json.dumps(interactive.WIDGETS[name].data())) < 30_000, name
    for chapter in {figures_of_chapters()[name] for name in interactive.WIDGETS}:
        boxes = soup(pages, chapter)(class_="interactive")
        assert sum(len(box.script.string) for box in boxes) < 150_000


def test_only_web_pages_hold_a_box():
    name = "fig-euler-stability"
    question, tasks = nodes.paragraph("", "When?"), nodes.enumerated_list()
    box = interactive.box(name, interactive.WIDGETS[name], [question, tasks])
    assert isinstance(box, addnodes.only) and box["expr"] == "html"


# ----------------------------------------------------------------------- scripts and colours


def test_library_has_its_licence():
    assert "Permission to use, copy, modify" in (STATIC / "d3/LICENSE").read_text()
    loaded = {name for kind in {w.kind for w in interactive.WIDGETS.values()} for name in interactive.scripts(kind)}
    needed = {name for name in loaded if name.startswith("d3/")}
    assert needed == {f"d3/{path.name}" for path in STATIC.glob("d3/*.js")}
    for name in needed:
        module = re.escape(Path(name).name.removesuffix(".min.js"))
        first = (STATIC / name).read_text(encoding="utf-8").splitlines()[0]
        assert re.match(rf"// https://d3js\.org/{module}/ v[\d.]+ Copyright", first)


def test_scripts_ask_no_host():
    for path in [*SCRIPTS, STATIC / "interactive.css"]:
        assert "//" not in re.sub(r"(^|\s)// ", "", path.read_text(encoding="utf-8")), path.name
    for path in STATIC.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(", text), path.name
        urls = re.findall(r"https?://[^\"'\s]+", "\n".join(text.splitlines()[1:]))
        assert all(url.startswith("http://www.w3.org/") for url in urls), path.name


def test_every_widget_has_its_script():
    for widget in interactive.WIDGETS.values():
        own = (STATIC / f"{widget.kind}.js").read_text(encoding="utf-8")
        assert f"interactive.kinds.{widget.kind} = " in own


@pytest.mark.parametrize("theme", interactive.BACKGROUNDS)
@pytest.mark.parametrize("name", COLOURS)
def test_colours_stand_out(name, theme):
    background = interactive.BACKGROUNDS[theme]
    for use, least in (("text", 4.5), ("line", 3.0)):
        shown = re.search(rf"--{use}-{name}-{theme}:(#\w{{6}})", interactive.palette())[1]
        assert interactive.contrast(shown, background) >= least


def test_contrast_is_that_of_the_guidelines():
    assert interactive.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert interactive.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)

"""Properties across modules: junk is refused with a clear error; random functions agree every way."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

import course_lib
from course_lib import beyond, checks, drawing, equations, networks, reading
from course_lib.differentiation import finite_differences, forward_mode, graph, reverse_mode, symbolic
from course_lib.differentiation.partials import partials
from course_lib.equations import Solution, TrialSolution, residual_cost, training
from course_lib.equations.boundary_conditions import Ends
from course_lib.networks import ACTIVATIONS, Activation, Layer, Network, backpropagation, minibatch

# ----------------------------------------------------------------------------- junk is refused


def nan(*arguments):
    return np.nan


JUNK = {
    "None": None,
    "text": "text",
    "bytes": b"ab",
    "[]": [],
    "{}": {},
    "set": {1, 2},
    "object": object(),
    "function": nan,
    "nan": np.nan,
    "inf": np.inf,
    "huge": 10**400,
    "-huge": -(10**400),
    "ragged": [[1.0], [1.0, 2.0]],
    "array with NaN": np.array([1.0, np.nan]),
    "array of nothing": np.zeros((0, 2)),
    "array of text": np.array(["a", "b"]),
    "array of objects": np.array([None, 1.0], dtype=object),
    "date": np.datetime64("2020-01-01"),
}

X, T = [[0.0], [0.5]], [[1.0], [2.0]]
NETWORK = Network((1, 3, 1), ("tanh", "identity"))
THETA = NETWORK.initial_parameters(np.random.default_rng(0))
DECAY = equations.PROBLEMS["decay"]
TRIAL = TrialSolution(DECAY, NETWORK)
SOLUTION = training.solve(DECAY, 5, points=10, pieces=1)
HEAT = beyond.PDE_PROBLEMS["heat"]
SURFACE = beyond.PDETrialSolution(HEAT, Network((2, 3, 1), ("tanh", "identity")))
SURFACE_THETA = SURFACE.network.initial_parameters(np.random.default_rng(0))
TAPE = graph.trace(lambda x: np.sqrt(x**2 + np.exp(x**2)), 1.0)
RNG = np.random.default_rng(0)
AXES = Figure().subplots()
UNKNOWN_RATE = lambda rate: equations.ODEProblem(lambda x, f, df: df + rate * f, DECAY.conditions, DECAY.domain)
FITTED = beyond.fit(UNKNOWN_RATE, {"rate": 1.0}, beyond.Data([0.5], [4.0], 0.1), neurons=5)


def square(x):
    return x * x


# What reads: any text will do, or any truth.
FREE = {"what", "read", "progress", "symbols", "simplify", "built_in"}

# name -> a call that is right, and for some arguments what passes for right though it looks odd
CALLS: dict[str, tuple[Any, dict[str, Any], dict[str, set[str]]]] = {
    "activation.Activation": (Activation, {"name": "tanh", "value": None, "slope": None}, {}),
    "activation.Activation.__call__": (ACTIVATIONS["tanh"], {"z": 1.0}, {}),
    "activation.Activation.derivative": (ACTIVATIONS["relu"].derivative, {"z": 1.0}, {}),
    "layout.Network": (Network, {"sizes": (1, 3, 1), "activations": "tanh"}, {}),
    "layout.Network.initial_parameters": (NETWORK.initial_parameters, {"rng": RNG}, {}),
    "layout.Network.forward": (NETWORK.forward, {"theta": THETA, "x": X}, {}),
    "layout.Network.__call__": (NETWORK, {"theta": THETA, "x": X}, {}),
    "parameters.ravel": (networks.ravel, {"theta": THETA}, {}),
    "parameters.unravel": (networks.unravel, {"vector": np.arange(10.0), "sizes": (1, 3, 1)}, {}),
    "backpropagation.cost": (
        backpropagation.cost, {"network": NETWORK, "theta": THETA, "x": X, "t": T, "lam": 0.0}, {}
    ),
    "backpropagation.deltas": (
        backpropagation.deltas,
        {"network": NETWORK, "theta": THETA, "forward_pass": NETWORK.forward(THETA, X), "t": T}, {},
    ),
    "backpropagation.gradient": (
        backpropagation.gradient, {"network": NETWORK, "theta": THETA, "x": X, "t": T, "lam": 0.0}, {}
    ),
    "backpropagation.update": (
        backpropagation.update, {"theta": THETA, "gradient": THETA, "gamma": 0.1}, {}
    ),
    "minibatch.train": (
        minibatch.train,
        {"network": NETWORK, "theta": THETA, "x": X, "t": T, "rng": RNG, "epochs": 2, "batch": 1,
         "gamma": 0.01, "method": "adam", "lam": 0.0, "validation": None, "patience": 1}, {},
    ),
    "finite_differences.forward": (finite_differences.forward, {"f": square, "x": 1.0, "h": 0.1}, {}),
    "finite_differences.central": (finite_differences.central, {"f": square, "x": 1.0, "h": 0.1}, {}),
    "finite_differences.complex_step": (
        finite_differences.complex_step, {"f": square, "x": 1.0, "h": 0.1}, {}
    ),
    "finite_differences.gradient": (
        finite_differences.gradient, {"f": square, "x": 1.0, "method": "central"}, {}
    ),
    "finite_differences.gradient_and_error": (
        finite_differences.gradient_and_error, {"f": square, "x": 1.0, "method": "central"}, {}
    ),
    "finite_differences.observed_order": (
        finite_differences.observed_order, {"errors": [0.1, 0.2], "steps": [0.1, 0.2]}, {}
    ),
    "forward_mode.Dual": (forward_mode.Dual, {"value": 1.0, "derivative": 1.0}, {}),
    "forward_mode.jvp": (forward_mode.jvp, {"f": square, "x": 1.0, "v": 1.0}, {}),
    "forward_mode.derivative": (
        lambda f, x: forward_mode.derivative(f)(x), {"f": square, "x": 1.0}, {}
    ),
    "partials.partials": (
        lambda f, x: partials(f, x), {"f": lambda x: [x * x], "x": np.ones(2)}, {"x": {"[]"}}
    ),
    "reverse_mode.Variable": (reverse_mode.Variable, {"value": 1.0}, {}),
    "reverse_mode.backward": (reverse_mode.backward, {"output": TAPE.output}, {}),
    "reverse_mode.gradient": (lambda f, x: reverse_mode.gradient(f)(x), {"f": square, "x": 1.0}, {}),
    "reverse_mode.value_and_gradient": (
        lambda f, x: reverse_mode.value_and_gradient(f)(x), {"f": square, "x": 1.0}, {}
    ),
    "graph.trace": (lambda f, x: graph.trace(f, x), {"f": square, "x": 1.0}, {}),
    "graph.op_label": (graph.op_label, {"node": TAPE[1]}, {}),
    "graph.node_names": (graph.node_names, {"tape": TAPE, "names": None}, {}),
    "graph.to_networkx": (graph.to_networkx, {"tape": TAPE, "names": None}, {}),
    "graph.to_dot": (graph.to_dot, {"tape": TAPE, "names": None}, {}),
    "symbolic.expression": (symbolic.expression, {"f": square, "symbol": "x"}, {"symbol": {"text"}}),
    "symbolic.derivative": (
        symbolic.derivative, {"expr": sympy.Symbol("x") ** 2, "symbol": "x"},
        {"symbol": {"text"}, "expr": {"huge", "-huge"}},
    ),
    "operation_counts.operation_counts": (
        symbolic.operation_counts, {"expr": sympy.Symbol("x") ** 2, "weights": None},
        {"expr": {"huge", "-huge"}, "weights": {"{}"}},
    ),
    "conditions.InitialValue": (
        equations.InitialValue, {"x0": 0.0, "f0": 1.0, "df0": None, "d2f0": None, "d3f0": None}, {}
    ),
    "boundary_conditions.At": (
        equations.At,
        {"x": 0.0, "f": 1.0, "df": None, "d2f": None, "d3f": None, "mix": None},
        {"mix": {"ragged"}},  # a pair indeed
    ),
    "boundary_conditions.Ends": (Ends, {"left": equations.At(0, f=1.0), "right": equations.At(1, f=0.0)}, {}),
    "conditions.BoundaryValue": (equations.BoundaryValue, {"a": 0.0, "fa": 1.0, "b": 1.0, "fb": 0.0}, {}),
    "problem.ODEProblem": (
        equations.ODEProblem,
        {"residual": lambda x, f, df: df + f, "conditions": equations.InitialValue(0.0, 1.0),
         "domain": (0.0, 1.0), "exact": None},
        {"residual": {"function"}, "exact": {"function"}},
    ),
    "problem.ODEProblem.residuals": (
        lambda f, df: DECAY.residuals(np.zeros(2), f, df), {"f": np.ones((2, 1)), "df": np.ones((2, 1))}, {}
    ),
    "eulers_method.euler": (equations.euler, {"g": lambda x, f: f, "f0": 1.0, "x": [0.0, 0.5, 1.0]}, {}),
    "trial_solution.TrialSolution": (TrialSolution, {"problem": DECAY, "network": NETWORK}, {}),
    "trial_solution.TrialSolution.h1": (TRIAL.h1, {"x": [0.0, 1.0]}, {}),
    "trial_solution.TrialSolution.h2": (TRIAL.h2, {"x": [0.0, 1.0], "N": [1.0, 2.0]}, {}),
    "trial_solution.TrialSolution.__call__": (
        TRIAL, {"theta": THETA, "x": [0.0, 1.0], "order": 1}, {}
    ),
    "trial_solution.residual_cost": (
        residual_cost, {"trial": TRIAL, "theta": THETA, "x": [0.0, 1.0]}, {}
    ),
    "training.solve": (
        training.solve,
        {"problem": DECAY, "hidden": 5, "method": "random features", "points": 10, "seed": 0,
         "activation": "tanh", "iterations": 2, "gamma": 1e-3, "tolerance": 1e-2, "theta": None,
         "pieces": 1},
        {"hidden": {"None", "[]", "array of nothing"}, "seed": {"huge"},
         "points": {"None"}, "iterations": {"None"}, "tolerance": {"None"}, "pieces": {"None"}},
    ),
    "solution.Solution.__call__": (SOLUTION, {"x": [0.0, 1.0], "order": 0}, {}),
    "solution.Solution.save": (SOLUTION.save, {"path": "saved"}, {"path": {"text"}}),
    "solution.Solution.load": (Solution.load, {"path": "saved.npz", "problem": DECAY}, {}),
    "sides.Side": (
        beyond.Side, {"variable": "x", "at": 0.0, "value": 1.0, "slope": None},
        {"variable": {"text"}, "value": {"function"}, "slope": {"function"}},
    ),
    "pde_problem.PDEProblem": (
        beyond.PDEProblem,
        {"residual": HEAT.residual, "sides": HEAT.sides, "domain": HEAT.domain, "exact": None, "variables": "xt"},
        {"exact": {"function"}},
    ),
    "pde_problem.PDEProblem.index": (HEAT.index, {"name": "xx"}, {}),
    "pde_trial_solution.PDETrialSolution": (
        beyond.PDETrialSolution, {"problem": HEAT, "network": SURFACE.network}, {}
    ),
    "pde_trial_solution.PDETrialSolution.__call__": (
        SURFACE, {"theta": SURFACE_THETA, "x": 0.5, "t": 0.5, "derivative": "x"}, {}
    ),
    "pde_solve.solve_pde": (
        beyond.solve_pde,
        {"problem": HEAT, "hidden": 5, "method": "random features", "points": 5, "seed": 0, "activation": "tanh",
         "iterations": 2, "gamma": 1e-3, "tolerance": 1e-2, "theta": None},
        {"hidden": {"None"}, "seed": {"huge"}, "points": {"None"}, "iterations": {"None"}, "tolerance": {"None"}},
    ),
    "joint_least_squares.Data": (
        beyond.Data, {"x": [0.0, 0.5], "values": [1.0, 2.0], "noise": 0.1, "order": 0}, {}
    ),
    "inverse.fit": (
        beyond.fit,
        {"problem_of": UNKNOWN_RATE, "guess": {"rate": 1.0}, "data": beyond.Data([0.5], [4.0], 0.1),
         "prior": None, "neurons": 5, "seed": 0},
        {"prior": {"None", "{}"}, "neurons": {"None"}, "seed": {"huge"}},
    ),
    "constants.Fit.derived": (FITTED.derived, {"g": lambda rate: 2.0 * rate}, {}),
    "neural_ode.walk": (
        lambda **given: list(beyond.walk(**given)), {"network": NETWORK, "theta": THETA, "a": X, "x": [0.0, 0.5]}, {}
    ),
    "neural_ode.pull_back": (beyond.pull_back, {"network": NETWORK, "theta": THETA, "a": X, "p": T}, {}),
    "neural_ode.adjoint": (
        beyond.adjoint,
        {"network": NETWORK, "theta": THETA, "x": [0.0, 0.5], "states": [np.array(X)], "dC_da": [X, T]},
        {},
    ),
    "neural_ode.cost_and_gradient": (
        beyond.cost_and_gradient, {"network": NETWORK, "theta": THETA, "x": [0.0, 0.5], "t": [X, T]}, {}
    ),
    "neural_ode.learn_field": (
        beyond.learn_field, {"network": NETWORK, "theta": THETA, "x": [0.0, 0.5], "t": [X, T], "iterations": 2}, {}
    ),
    "checks.equal": (checks.equal, {"yours": 1.0, "expected": 1.0, "rtol": 1e-7, "atol": None}, {}),
    "checks.agree": (
        checks.agree, {"yours": square, "other": square, "points": [1.0], "rtol": 1e-7, "atol": None},
        {"points": {"bytes", "set"}},
    ),
    "checks.gradient": (
        checks.gradient, {"yours": lambda x: 2 * x, "f": square, "points": [1.0], "rtol": 1e-6},
        {"points": {"bytes", "set"}},
    ),
    "checks.order": (
        checks.order, {"error": lambda h: h, "expected": 1, "steps": [0.1, 0.2], "within": 0.1}, {}
    ),
    "reading.show": (lambda f: reading.show(f), {"f": square}, {"f": {"function"}}),
    "reading.below": (reading.below, {"value": 1e-9, "bound": 1e-8}, {}),
    "networks.draw_network": (
        drawing.draw_network,
        {"sizes_or_network": NETWORK, "theta": None, "values": None, "ax": AXES}, {"ax": {"None"}},
    ),
    "graphs.draw_graph": (
        drawing.draw_graph,
        {"tape": TAPE, "adjoints": None, "names": None, "tangents": None, "ax": AXES},
        {"adjoints": {"{}"}, "tangents": {"{}"}, "ax": {"None"}},
    ),
    "curves.draw_direction_field": (
        drawing.draw_direction_field,
        {"g": lambda x, f: f, "x": [0.0, 1.0], "f": [0.0, 1.0], "ax": AXES}, {"ax": {"None"}},
    ),
    "curves.draw_convergence": (
        drawing.draw_convergence,
        {"steps": [0.1, 0.2], "errors_by_name": {"a": [0.1, 0.2]}, "orders": None, "ax": AXES},
        {"orders": {"[]", "{}", "array of nothing"}, "ax": {"None"}},
    ),
    "curves.draw_training": (
        drawing.draw_training, {"histories": {"a": [0.1, 0.2]}, "ax": AXES}, {"ax": {"None"}}
    ),
}  # fmt: skip


def promises_an_error() -> set[str]:
    """The functions, classes and methods whose docstring has a section "Raises"."""
    # What these are given has been checked by those above.
    inside = {"validation", "error_estimate", "pde_error_estimate", "fitting", "pieces"}
    found = set()
    for module in pkgutil.walk_packages(course_lib.__path__, "course_lib."):
        members, short = vars(importlib.import_module(module.name)), module.name.rpartition(".")[2].lstrip("_")
        for name, value in members.items():
            if getattr(value, "__module__", "") != module.name:
                continue
            for key, member in [("", value), *(vars(value).items() if inspect.isclass(value) else ())]:
                text = inspect.getdoc(getattr(member, "__func__", member)) or ""
                full = re.search(r"^Parameters\n-+$(.|\n)*^Raises\n-+$", text, re.MULTILINE)
                if full and short not in inside:
                    found.add(f"{short}.{name}" + f".{key}" * bool(key))
    return found


def test_every_function_that_promises_an_error_is_tried():
    assert promises_an_error() - set(CALLS) == {"checks.holds"}, "what holds is any truth"


def has_nan(result: Any) -> bool:
    if isinstance(result, (list, tuple)):
        return any(map(has_nan, result))
    return isinstance(result, (float, np.ndarray)) and bool(np.isnan(np.asarray(result, float)).any())


ARGUMENTS = [(name, argument) for name, (_, given, _) in CALLS.items() for argument in given]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_junk_is_refused(name, argument, tmp_path, monkeypatch, capsys):
    """One argument is junk, the others are right: ValueError or TypeError, soon, and no NaN."""
    monkeypatch.chdir(tmp_path)
    call, right, odd = CALLS[name]
    if name.endswith("load"):
        SOLUTION.save("saved")
    documented = (ValueError, TypeError, checks.Failed, *[FileNotFoundError] * name.endswith("load"))
    accepted = set()
    for label, junk in JUNK.items():
        if "draw_" in name:
            AXES.clear()  # of what the last one drew there
        start = time.process_time()
        try:
            result = call(**{**right, argument: junk})
        except documented as error:
            assert len(str(error)) > 10
        else:
            accepted.add(label)
            assert not has_nan(result), label
        assert time.process_time() - start < 1.0, label
    optional = {"None"} if right[argument] is None else set()
    assert accepted == odd.get(argument, set()) | optional


# What a message calls an argument by another name than its own, or None where Python refuses it.
CALLED = {
    ("activation.Activation", "name"): "activation",
    ("activation.Activation", "slope"): "value",
    ("layout.Network", "activations"): "activation",
    ("partials.partials", "f"): None,
    ("partials.partials", "x"): None,
    ("reverse_mode.backward", "output"): "tape",
    ("graph.op_label", "node"): "op_label",
    ("graph.node_names", "tape"): "Tape",
    ("graph.to_networkx", "tape"): "Tape",
    ("graph.to_dot", "tape"): "Tape",
    ("problem.ODEProblem.residuals", "df"): "f, f', ...",
    ("trial_solution.TrialSolution", "problem"): "ODEProblem",
    ("trial_solution.TrialSolution", "network"): "Network",
    ("training.solve", "hidden"): "sizes[1]",
    ("solution.Solution.save", "path"): None,
    ("solution.Solution.load", "path"): None,
    ("pde_problem.PDEProblem.index", "name"): "u",
    ("pde_trial_solution.PDETrialSolution", "problem"): "PDEProblem",
    ("pde_trial_solution.PDETrialSolution", "network"): "Network",
    ("pde_trial_solution.PDETrialSolution.__call__", "derivative"): "u",
    ("pde_solve.solve_pde", "hidden"): "sizes[1]",
    ("checks.equal", "yours"): "your result",
    ("checks.equal", "expected"): None,
    ("checks.agree", "yours"): "your function",
    ("checks.gradient", "yours"): "your gradient",
    ("reading.show", "f"): "functions",
}


@pytest.mark.parametrize(
    ("name", "argument"), [pair for pair in ARGUMENTS if "draw_" not in pair[0]]
)
def test_the_error_names_what_is_junk(name, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, right, odd = CALLS[name]
    called = CALLED.get((name, argument), argument)
    optional = {"None"} if right[argument] is None else set()
    for label in {"None", "text", "nan"} - odd.get(argument, set()) - optional:
        if called is not None:
            with pytest.raises((ValueError, TypeError, checks.Failed)) as caught:
                call(**{**right, argument: JUNK[label]})
            assert re.search(rf"(?<!\w){re.escape(called)}(?!\w)", str(caught.value))


@pytest.mark.parametrize("argument", ["what", "read"])
def test_a_text_may_be_anything(argument, capsys):
    for junk in JUNK.values():
        checks.equal(1.0, 1.0, **{argument: junk})


BIG = 10**18  # a number that an array could not have


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Network((1, BIG, 1), "tanh"), "give more than 1e.08 parameters"),
        (lambda: Network((1, 10**5, 10**5, 1), "tanh"), "give more than 1e.08 parameters"),
        (lambda: networks.unravel([1.0], (1, BIG)), "give more than 1e.08 parameters"),
        (lambda: training.solve(DECAY, hidden=BIG), "give more than 1e.08 parameters"),
        (lambda: training.solve(DECAY, points=BIG), "points must be at most 1000000, got"),
        (lambda: training.solve(DECAY, pieces=BIG), "pieces must be at most 1000, got"),
        (lambda: training.solve(DECAY, iterations=BIG**2), "iterations must be at most"),
        (lambda: TRIAL(THETA, 0.5, order=BIG), "order must be at most 10, got"),
        (lambda: SOLUTION(0.5, order=11), "order must be at most 10, got 11"),
        (lambda: minibatch.train(NETWORK, THETA, X, T, rng=RNG, epochs=BIG**2), "epochs must be at most"),
        (lambda: drawing.draw_network((1, 10**400)), "a layer's size must be at most"),
    ],
)
def test_what_no_computer_holds_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_differences.complex_step(square, 1 + 2j), "x must be real"),
        (lambda: finite_differences.central(square, np.array([1 + 2j]), 0.1), "x must be real"),
        (lambda: finite_differences.gradient(square, 1 + 2j), "x must be real"),
        (lambda: finite_differences.gradient(lambda x: 1j * x, 1.0), r"f\(x\) must be real, got"),
        (lambda: equations.euler(lambda x, f: 1j * f, 1.0, [0.0, 1.0]), "slope g must be real numbers, got complex"),
        (lambda: equations.euler(lambda x: 1j * x, 1.0, [0.0, 1.0]), "the slope g must be real numbers, got complex"),
        (lambda: equations.euler(lambda x, f: f, 1j, [0.0, 1.0]), "f0 must be real"),
        (lambda: equations.InitialValue(0.0, 1j), "f0 must be real"),
        (lambda: equations.InitialValue(0.0, 1.0, 1j), "df0 must be real"),
        (lambda: equations.BoundaryValue(0.0, 1.0, 1.0, 1j), "fb must be real"),
        (
            lambda: training.solve(
                equations.ODEProblem(lambda x, f, df: df - 1j * f, equations.InitialValue(0.0, 1.0), (0.0, 1.0))
            ),
            r"^residual must return real numbers: write a complex f as two unknowns",
        ),
    ],
)
def test_an_imaginary_part_is_not_dropped_in_silence(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_an_activation_of_your_own_acts_on_each_element():
    with pytest.raises(ValueError, match=r"sum\(z\) has shape \(\), expected \(3,\)"):
        Activation("sum", np.sum, np.ones_like)(np.ones(3))
    with pytest.raises(ValueError, match=r"log'\(z\) has NaN or infinity at index \(0,\)"):
        Activation("log", np.log1p, lambda z: np.where(z > 0, 1.0, np.inf)).derivative(np.zeros(1))


@pytest.mark.parametrize("bad", ["text", None, [1.0, 2.0], 10**400])
def test_an_error_that_is_no_number_is_a_failed_check(bad):
    with pytest.raises(checks.Failed, match=r"the error at step 0\.1 to be a number. Came \w+ "):
        checks.order(lambda h: bad, 1, [0.1, 0.2])


@pytest.mark.parametrize("expected", [np.nan, np.inf, [1.0, np.nan]])
def test_a_check_against_nan_would_pass_anything(expected):
    with pytest.raises(ValueError, match="what is expected has NaN or infinity"):
        checks.equal(np.ones(np.shape(expected)), expected)


# ----------------------------------------------------- random functions: both modes, many digits

# What the steps below need, in forty digits.
MPMATH = SimpleNamespace(
    sin=mpmath.sin, cos=mpmath.cos, tanh=mpmath.tanh, arctan=mpmath.atan, arcsinh=mpmath.asinh,
    log1p=mpmath.log1p, sqrt=mpmath.sqrt, exp=mpmath.exp, expm1=mpmath.expm1, log=mpmath.log,
    sinh=mpmath.sinh, cosh=mpmath.cosh, arctan2=mpmath.atan2, hypot=mpmath.hypot,
    exp2=lambda a: mpmath.mpf(2) ** a, logaddexp=lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
)  # fmt: skip

# Steps from two earlier numbers of a graph to a new one: smooth everywhere, and never large.
STEPS = [
    lambda m, u, v: m.sin(u) + m.cos(v),
    lambda m, u, v: m.tanh(u * v),
    lambda m, u, v: m.arctan(u - v),
    lambda m, u, v: m.arcsinh(u) * m.tanh(v),
    lambda m, u, v: m.log1p(u * u) - v / 3,
    lambda m, u, v: m.sqrt(2 + u * u + v * v) - 1,
    lambda m, u, v: m.exp(-u * u) * v,
    lambda m, u, v: m.expm1(m.tanh(u)) / (2 + v * v),
    lambda m, u, v: m.log(3 + m.sin(u + v)),
    lambda m, u, v: m.sinh(m.sin(u)) - m.cosh(m.cos(v)),
    lambda m, u, v: m.arctan2(u, 2 + v * v),
    lambda m, u, v: m.hypot(u, 1 + m.cos(v) ** 2),
    lambda m, u, v: m.exp2(m.sin(u)) - m.exp2(m.cos(v)),
    lambda m, u, v: m.logaddexp(m.sin(u), m.tanh(v)),
    lambda m, u, v: (2 + m.sin(u)) ** m.tanh(v),
]
POINTS = st.lists(st.floats(-2, 2), min_size=3, max_size=3)
GRAPHS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=10
)


def written(steps, m):
    """The function of a random graph, in the words of a module m."""

    def function(x):
        nodes = [x[0], x[1], x[2]]
        for step, i, j in steps:
            nodes.append(step(m, nodes[i % len(nodes)], nodes[j % len(nodes)]))
        return sum(nodes[3:])

    return function


@settings(max_examples=60)
@given(POINTS, GRAPHS)
def test_random_graphs_against_forty_digits(x, steps):
    """Both modes against differences with so many digits that only the last of a float is unsure."""
    function = written(steps, np)
    by_duals = np.array([forward_mode.jvp(function, x, e)[1] for e in np.eye(3)])
    by_tape = reverse_mode.gradient(function)(x)
    with mpmath.workdps(40):
        exact, h = written(steps, MPMATH), mpmath.mpf(10) ** -12
        at = [mpmath.mpf(v) for v in x]
        shifted = lambda k, s: exact([v + s * (i == k) for i, v in enumerate(at)])
        wanted = np.array([float((shifted(k, h) - shifted(k, -h)) / (2 * h)) for k in range(3)])
    tolerance = 1e-11 * max(1.0, abs(wanted).max())
    np.testing.assert_allclose(by_duals, wanted, rtol=0, atol=tolerance)
    np.testing.assert_allclose(by_tape, wanted, rtol=0, atol=tolerance)


@settings(max_examples=25)
@given(POINTS, GRAPHS)
def test_curvature_of_random_graphs(x, steps):
    """Forward over reverse is autograd's Hessian; it is symmetric."""
    slope = reverse_mode.gradient(written(steps, np))
    hessian = np.array([forward_mode.jvp(slope, x, e)[1] for e in np.eye(3)])
    wanted = autograd.hessian(written(steps, anp))(np.array(x))
    tolerance = 1e-10 * max(1.0, abs(wanted).max())
    np.testing.assert_allclose(hessian, wanted, rtol=0, atol=tolerance)
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=tolerance)


@settings(max_examples=20)
@given(POINTS, st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)),
                        min_size=1, max_size=3))  # fmt: skip
def test_formulas_of_random_graphs(x, steps):
    """The formula and its derivatives, put back into numbers, are what the tape says."""
    function = lambda a, b, c: written(steps, np)((a, b, c))
    formula = symbolic.expression(function, "a b c")
    slopes = [symbolic.derivative(formula, name, simplify=False) for name in "abc"]
    at = {s: v for s in formula.free_symbols for name, v in zip("abc", x) if s.name == name}
    numbers = [float(sympy.N(part.subs(at), 30)) for part in (formula, *slopes)]
    value, gradient = reverse_mode.value_and_gradient(function)(*x)
    np.testing.assert_allclose([value, *gradient], numbers, rtol=1e-10, atol=1e-10)


# Steps from two earlier matrices of a graph, all (n, n), to a new one.
MATRIX_STEPS = [
    lambda a, b: anp.tanh(a @ b),
    lambda a, b: anp.sin(a) + b.T,
    lambda a, b: a * anp.sum(b, axis=0) / len(b),
    lambda a, b: a - anp.mean(b, axis=1, keepdims=True),
    lambda a, b: anp.concatenate([a[1:], b[:1]]),
    lambda a, b: anp.concatenate([anp.cos(a[:, k : k + 1]) * b[k, 0] for k in range(len(a))], axis=1),
    lambda a, b: anp.reshape(anp.reshape(a, (-1,)) * anp.ravel(b), a.shape),
    lambda a, b: anp.where(a > b, a, 2.0 * b),
    lambda a, b: anp.maximum(a, 0.3) * anp.dot(b, b[0])[:, None],
    lambda a, b: anp.exp(-a * a) + anp.broadcast_to(b[:1], a.shape),
    lambda a, b: anp.arctan2(a, 2.0 + b * b) + a[::-1, ::-1],
]


@settings(max_examples=40)
@given(
    st.integers(2, 3),
    st.lists(st.tuples(st.sampled_from(MATRIX_STEPS), st.integers(0, 99), st.integers(0, 99)),
             min_size=1, max_size=6),
    st.integers(0, 2**20),
)  # fmt: skip
def test_random_graphs_of_matrices(n, steps, seed):
    """Reverse mode is autograd's gradient, and forward mode is its product with a direction."""

    def function(x):
        nodes = [x, anp.cos(x)]
        for step, i, j in steps:
            nodes.append(step(nodes[i % len(nodes)], nodes[j % len(nodes)]))
        return anp.sum(anp.tanh(nodes[-1]) * nodes[-2])

    x, v = np.random.default_rng(seed).normal(size=(2, n, n))
    wanted = autograd.grad(function)(x)
    slope = reverse_mode.gradient(function)(x)
    np.testing.assert_allclose(slope, wanted, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(
        forward_mode.jvp(function, x, v)[1], np.sum(wanted * v), rtol=1e-10, atol=1e-10
    )


# --------------------------------------------------------------------------- random networks


@settings(max_examples=20)
@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=7),
    names=st.lists(st.sampled_from(["sigmoid", "tanh", "sine", "identity", "cube"]), min_size=6, max_size=6),
    m=st.integers(1, 9),
    seed=st.integers(0, 2**20),
)
def test_deep_networks_with_an_activation_of_ones_own(sizes, names, m, seed):
    """Backpropagation, the tape and the complex step along a random direction of all parameters."""
    cube = Activation("cube", lambda z: z**3 / (1.0 + z * z), lambda z: (3 * z**2 + z**4) / (1.0 + z * z) ** 2)
    network = Network(sizes, [cube if name == "cube" else name for name in names[: len(sizes) - 1]])
    rng = np.random.default_rng(seed)
    vector = networks.ravel(network.initial_parameters(rng))
    x, t, v = rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1])), rng.normal(size=vector.size)

    def cost(vector):
        return backpropagation.cost(network, networks.unravel(vector, network.sizes), x, t, lam=0.01)

    gradient = backpropagation.gradient(network, networks.unravel(vector, network.sizes), x, t, lam=0.01)
    slope = networks.ravel(gradient)
    np.testing.assert_allclose(reverse_mode.gradient(cost)(vector), slope, rtol=1e-11, atol=1e-13)
    along = np.imag(cost(vector + 1e-30j * v)) / 1e-30
    np.testing.assert_allclose(slope @ v, along, rtol=1e-10, atol=1e-12)
    assert sum(part.size for layer in gradient for part in layer) == network.parameter_count


# --------------------------------------------------------------- random differential equations


@settings(max_examples=15)
@given(seed=st.integers(0, 2**20), d=st.integers(1, 3))
def test_euler_on_uneven_points_for_random_systems(seed, d):
    """The error at the end falls like the longest step; that of one step like its square."""
    rng = np.random.default_rng(seed)
    A, b, c, f0 = rng.normal(size=(d, d)), rng.normal(size=d), rng.uniform(0.5, 2.0, d), rng.normal(size=d)
    g = lambda x, f: np.tanh(A @ f) + b * np.cos(c * x)
    exact = solve_ivp(g, (0, 1), f0, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    grid = np.cumsum(np.concatenate([[0.0], rng.uniform(0.5, 1.5, 64)]))
    grid /= grid[-1]
    errors, longest = [], []
    for _ in range(4):
        grid = np.sort(np.concatenate([grid, 0.5 * (grid[1:] + grid[:-1])]))
        errors.append(np.linalg.norm(equations.euler(g, f0, grid)[-1] - exact))
        longest.append(np.diff(grid).max())
    assume(errors[-1] > 1e-4)  # else the leading term happens to vanish at the end
    assert finite_differences.observed_order(errors, longest) == pytest.approx(1.0, abs=0.1)

    slope = g(0.0, f0)
    f2 = (1 - np.tanh(A @ f0) ** 2) * (A @ slope)  # f''(0); the cosine has slope zero there
    for h in (1e-3, 1e-4):
        end = solve_ivp(g, (0, h), f0, method="DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
        step = equations.euler(g, f0, [0.0, h])[-1]
        np.testing.assert_allclose(end - step, 0.5 * f2 * h**2, rtol=0, atol=30 * h**3)


@st.composite
def linear_problems(draw):
    """f' = s f + q or f'' = -s² f + q with a random condition anywhere in a random domain."""
    start, width = draw(st.floats(-4, 4)), draw(st.floats(0.5, 2.0))
    s, q = draw(st.floats(-1.5, 1.5)), draw(st.floats(-2, 2))
    at = start + width * draw(st.sampled_from([0.0, 0.3, 1.0]))
    values = st.floats(-3, 3)
    kind = draw(st.sampled_from(["first order", "second order", "boundary"]))
    if kind == "first order":
        condition = equations.InitialValue(at, draw(values))
    elif kind == "second order":
        condition = equations.InitialValue(at, draw(values), draw(values))
    else:
        condition = equations.BoundaryValue(start, draw(values), start + width, draw(values))
    residual = (lambda x, f, df: df - s * f - q) if condition.order == 1 else (
        lambda x, f, df, d2f: d2f + s * s * f - q
    )
    return equations.ODEProblem(residual, condition, (start, start + width)), kind


@settings(max_examples=25)
@given(drawn=linear_problems(), pieces=st.integers(1, 4), activation=st.sampled_from(["tanh", "sine", "sigmoid"]))
def test_conditions_after_training_for_random_problems(drawn, pieces, activation):
    """A trained solution meets its condition exactly, in pieces too, and these join without a jump."""
    problem, kind = drawn
    condition = problem.conditions
    count = None if kind == "boundary" else pieces
    solution = training.solve(problem, activation=activation, pieces=count)
    if kind == "boundary":
        assert solution(condition.a) == condition.fa and solution(condition.b) == condition.fb
        return
    assert solution(condition.x0) == condition.f0
    if kind == "second order":
        assert solution(condition.x0, 1) == condition.df0
    if pieces > 1:
        breaks = solution.trial.breaks
        left, right = solution.trial.trials[:-1], solution.trial.trials[1:]
        for k, x in enumerate(breaks[1:-1]):
            for order in range(problem.order):
                before = left[k](solution.theta[k], x, order)
                assert right[k](solution.theta[k + 1], x, order) == pytest.approx(before, rel=1e-12, abs=1e-12)


@settings(max_examples=15)
@given(f0=st.floats(-3, 3), s=st.floats(-2, 2), q=st.floats(-2, 2), start=st.floats(-3, 3), width=st.floats(0.5, 2))
def test_the_estimate_covers_the_error_for_random_linear_problems(f0, s, q, start, width):
    """f' = s f + q has the solution f₀ + (s f₀ + q) (eˢᵘ - 1)/s at u = x - x₀."""
    assume(abs(s) > 0.1)
    problem = equations.ODEProblem(
        lambda x, f, df: df - s * f - q, equations.InitialValue(start, f0), (start, start + width)
    )
    solution = training.solve(problem)
    x = np.linspace(start, start + width, 101)
    exact = f0 + (s * f0 + q) * np.expm1(s * (x - start)) / s
    error, size = np.abs(solution(x) - exact).max(), np.abs(exact).max()
    assert solution.converged or size < 1e-6
    assert error <= 10 * solution.error_estimate + 1e-13 * max(1.0, size)


def test_layers_are_what_numpy_makes_of_them():
    """A Theta of plain lists is taken as arrays, and what is returned are arrays."""
    theta = [Layer([[1.0, 2.0]], [0.5])]
    network = Network((2, 1), "identity")
    assert network(theta, [[1.0, 1.0]]).tolist() == [[3.5]]
    [layer] = backpropagation.gradient(network, theta, [[1.0, 1.0]], [[3.5]])
    assert layer.weights.tolist() == [[0.0, 0.0]] and layer.biases.tolist() == [0.0]

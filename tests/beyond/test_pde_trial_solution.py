"""The trial solution in two variables and its residual: exact on the sides, and all derivatives right."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.beyond import PDE_PROBLEMS, PDEProblem, PDEResiduals, PDETrialSolution, Side
from course_lib.beyond._mixed_jets import VALUE
from course_lib.beyond.sides import sampled
from course_lib.networks import Network, ravel, unravel


def _known(x, t):
    """A function that gives the conditions of the problems below, which need not solve an equation."""
    return np.sin(x + 2 * t) + x * t**2


def _by_x(x, t):
    return np.cos(x + 2 * t) + t**2


def _by_t(x, t):
    return 2 * np.cos(x + 2 * t) + 2 * x * t


def side(variable: str, at: float, value: bool = True, slope: bool = False) -> Side:
    """A side with the values of the known function, its slopes, or both."""
    f, df = (_known, _by_x) if variable == "x" else (lambda s, t: _known(t, s), lambda s, t: _by_t(t, s))
    on = lambda g: lambda s: g(at, s)
    return Side(variable, at, value=on(f) if value else None, slope=on(df) if slope else None)


def _everything(x, t, u):
    return u.xx * (1 + x) - u.tt + u.xt * u + np.sin(u.x) * u.t - np.exp(-x) * t


def _pair(x, t, u):
    p, q = u
    return p.t - q.xx + p * q.x, q.t * (2 + p * p) + p.xx - t


DOMAIN = ((-1.0, 2.0), (0.5, 1.5))
# One for each kind of sides: values, slopes at one end, slopes at both, value and slope at one end, a system.
PROBLEM_SET = {
    **PDE_PROBLEMS,
    "values": PDEProblem(_everything, [side("x", -1.0), side("x", 2.0), side("t", 0.5), side("t", 1.5)], DOMAIN),
    "a slope": PDEProblem(
        _everything, [side("x", -1.0, False, True), side("x", 2.0), side("t", 0.5), side("t", 1.5, False, True)], DOMAIN
    ),
    "slopes": PDEProblem(
        _everything, [side("x", -1.0, False, True), side("x", 2.0, False, True), side("t", 0.5, True, True)], DOMAIN
    ),
    "from the right": PDEProblem(
        _everything, [side("x", 2.0, True, True), side("t", 1.5, True, True)], DOMAIN
    ),
    "beam": PDEProblem(
        lambda x, t, u: u.tt + u.xxxx,
        [side("x", -1.0, True, True), side("x", 2.0, True, True), side("t", 0.5, True, True)],
        DOMAIN,
    ),
    "system": PDEProblem(
        _pair,
        [
            Side("x", -1.0, value=(lambda t: _known(-1.0, t), 3.0)),
            Side("x", 2.0, slope=(lambda t: _by_x(2.0, t), 0.0)),
            Side("t", 0.5, value=(lambda x: _known(x, 0.5), 3.0)),
        ],
        DOMAIN,
    ),
}  # fmt: skip


def points_of(problem: PDEProblem, m: int, rng: np.random.Generator):
    """m random points of the domain, shape (m, 2)."""
    return np.column_stack([rng.uniform(*interval, m) for interval in problem.domain])


@st.composite
def cases(draw, activations=("tanh", "sigmoid", "sine"), names=tuple(PROBLEM_SET)):
    """A trial solution for any problem, points of its domain, and random parameters."""
    problem = PROBLEM_SET[draw(st.sampled_from(names))]
    hidden = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    network = Network(
        (2, *hidden, problem.unknowns), [*(draw(st.sampled_from(activations)) for _ in hidden), "identity"]
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    x = points_of(problem, draw(st.integers(1, 4)), rng)
    return PDETrialSolution(problem, network), x, network.initial_parameters(rng)


class TestTrialSolution:
    @settings(max_examples=60)
    @given(cases())
    def test_meets_every_condition_whatever_the_network_says(self, case):
        """Lagaris, Likas and Fotiadis (1998): an untrained network already agrees with all sides."""
        trial, points, theta = case
        problem = trial.problem
        for k, (edges, v) in enumerate(zip(problem.edges, problem.variables)):
            for place, order, data in edges.conditions:
                x = points.copy()
                x[:, k] = problem.domain[k][place]
                found = trial(theta, x[:, 0], x[:, 1], v * order).reshape(len(x), -1)
                wanted = sampled(data, points[:, 1 - k], 0, "a side")[0]
                largest = max(1.0, np.abs(trial(theta, *points.T)).max())
                np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * largest)

    @settings(max_examples=30)
    @given(cases())
    def test_derivatives_by_central_differences(self, case):
        trial, points, theta = case
        v, w = trial.problem.variables
        x, t = points.T
        h = 1e-5
        for name in ("", v, w, v + w):
            by_x = (trial(theta, x + h, t, name) - trial(theta, x - h, t, name)) / (2 * h)
            by_t = (trial(theta, x, t + h, name) - trial(theta, x, t - h, name)) / (2 * h)
            np.testing.assert_allclose(trial(theta, x, t, name + v), by_x, rtol=1e-5, atol=1e-4)
            np.testing.assert_allclose(trial(theta, x, t, w + name), by_t, rtol=1e-5, atol=1e-4)

    def test_is_the_formula_of_lagaris(self):
        """Equation (own-pde-trial): for the heat equation sin πx + x (1 - x) t N(x, t)."""
        network = Network((2, 5, 1), ("tanh", "identity"))
        theta = network.initial_parameters(np.random.default_rng(0))
        x, t = np.random.default_rng(1).uniform(size=(2, 7))
        N = network(theta, np.column_stack([2 * x - 1, 2 * t - 1]))[:, 0]
        u = PDETrialSolution(PDE_PROBLEMS["heat"], network)(theta, x, t)
        np.testing.assert_allclose(u, np.sin(np.pi * x) + x * (1 - x) * t * N, atol=1e-14)

    def test_shapes_are_those_of_the_points(self):
        network = Network((2, 5, 2), ("tanh", "identity"))
        trial = PDETrialSolution(PROBLEM_SET["system"], network)
        theta = network.initial_parameters(np.random.default_rng(0))
        assert trial(theta, 0.5, 1.0).shape == (2,)
        assert trial(theta, np.zeros((3, 1)), np.ones(4)).shape == (3, 4, 2)
        heat = PDETrialSolution(PDE_PROBLEMS["heat"], Network((2, 5, 1), ("tanh", "identity")))
        assert np.shape(heat(heat.network.initial_parameters(np.random.default_rng(0)), 0.5, np.zeros((2, 3)))) == (
            2,
            3,
        )

    def test_units_do_not_matter(self):
        """The same walls in metres and in micrometres: the same function."""
        network = Network((2, 5, 1), ("tanh", "identity"))
        theta = network.initial_parameters(np.random.default_rng(0))
        x, t = np.random.default_rng(1).uniform(size=(2, 7))
        sides = lambda c: [
            Side("x", 0.0, value=0.0),
            Side("x", c, value=1.0),
            Side("t", 0.0, value=lambda x: (x / c) ** 2),
        ]
        one, small = (
            PDETrialSolution(PDEProblem(lambda x, t, u: u.t - u.xx, sides(c), ((0, c), (0, 1))), network)
            for c in (1.0, 1e-6)
        )
        np.testing.assert_allclose(one(theta, x, t), small(theta, 1e-6 * x, t), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(
            one(theta, x, t, "xx"), 1e-12 * small(theta, 1e-6 * x, t, "xx"), rtol=1e-10, atol=1e-11
        )

    @pytest.mark.parametrize("sizes", [(1, 3, 1), (2, 3, 2), (2, 1)])
    def test_refuses_a_network_that_does_not_fit(self, sizes):
        network = Network(sizes, [*["tanh"] * (len(sizes) - 2), "identity"])
        with pytest.raises(ValueError, match="expected 2 inputs, a hidden layer and 1 outputs"):
            PDETrialSolution(PDE_PROBLEMS["heat"], network)

    def test_refuses_what_is_no_problem(self):
        with pytest.raises(TypeError, match="takes a PDEProblem and a Network, got str and int"):
            PDETrialSolution("heat", 3)

    def test_names_the_derivatives_there_are(self):
        network = Network((2, 3, 1), ("tanh", "identity"))
        trial = PDETrialSolution(PDE_PROBLEMS["lagaris 5"], network)
        theta = network.initial_parameters(np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"u has no 't': its derivatives are u.x, u.y, u.xx"):
            trial(theta, 0.5, 0.5, "t")


class TestResiduals:
    @pytest.mark.parametrize("name", PROBLEM_SET)
    def test_gradient_is_the_slope_of_the_cost(self, name):
        rng, network = np.random.default_rng(1), Network((2, 3, PROBLEM_SET[name].unknowns), ("tanh", "identity"))
        residuals = PDEResiduals(PDETrialSolution(PROBLEM_SET[name], network), points_of(PROBLEM_SET[name], 3, rng))
        vector, step = ravel(network.initial_parameters(rng)), rng.normal(size=network.parameter_count)
        slope = sum(s * residuals.cost(residuals(vector + 1e-6 * s * step)) for s in (1, -1)) / 2e-6
        assert residuals.cost_and_gradient(vector)[1] @ step == pytest.approx(slope, rel=1e-6)

    @settings(max_examples=40)
    @given(cases())
    def test_jacobian_and_gradient_by_central_differences(self, case):
        trial, points, theta = case
        residuals, vector = PDEResiduals(trial, points), ravel(theta)
        r, J = residuals.with_jacobian(vector)
        np.testing.assert_allclose(r, residuals(vector), rtol=1e-12, atol=1e-12 * (1 + np.abs(r).max()))
        step = np.random.default_rng(0).normal(size=len(vector))
        h = 1e-6
        slope = (residuals(vector + h * step) - residuals(vector - h * step)) / (2 * h)
        np.testing.assert_allclose(J @ step, slope, rtol=1e-5, atol=1e-5 * (1.0 + np.abs(J).max() + np.abs(r).max()))
        cost, gradient = residuals.cost_and_gradient(vector)
        assert cost == pytest.approx(residuals.cost(r), rel=1e-10)
        np.testing.assert_allclose(
            gradient, 2.0 * J.T @ r / len(points), rtol=1e-8, atol=1e-10 * (1.0 + np.abs(gradient).max())
        )

    @pytest.mark.lecture("S2")
    def test_cost_and_gradient_by_autograd(self):
        """The heat equation's cost written out: u_t - u_xx with every derivative taken by autograd."""
        network = Network((2, 4, 1), ("tanh", "identity"))
        trial, rng = PDETrialSolution(PDE_PROBLEMS["heat"], network), np.random.default_rng(3)
        vector, points = ravel(network.initial_parameters(rng)), rng.uniform(size=(6, 2))
        x, t = points.T

        def u(x, t, vector):
            (W, b), (w, c) = unravel(vector, network.sizes)
            z = anp.outer(2 * x - 1, W[:, 0]) + anp.outer(2 * t - 1, W[:, 1]) + b
            return anp.sin(anp.pi * x) + x * (1 - x) * t * (anp.dot(anp.tanh(z), w[0]) + c[0])

        by = autograd.elementwise_grad

        def cost(vector):
            return anp.mean((by(u, 1)(x, t, vector) - by(by(u, 0), 0)(x, t, vector)) ** 2)

        found, gradient = PDEResiduals(trial, points).cost_and_gradient(vector)
        assert found == pytest.approx(cost(vector), rel=1e-12)
        np.testing.assert_allclose(gradient, autograd.grad(cost)(vector), rtol=1e-10, atol=1e-12)

    @settings(max_examples=40)
    @given(cases())
    def test_the_network_is_linear_in_its_output_layer(self, case):
        trial, points, theta = case
        residuals = PDEResiduals(trial, points)
        B = residuals.output_basis(theta, trial.network)
        W = np.vstack([theta[-1].weights.T, theta[-1].biases])
        h2 = residuals.h2_of(ravel(theta))
        np.testing.assert_allclose(B @ W, h2, rtol=1e-10, atol=1e-12 * (1.0 + np.abs(h2).max()))

    def test_is_what_the_residual_says_of_the_trial_solution(self):
        trial = PDETrialSolution(PROBLEM_SET["a slope"], Network((2, 3, 3, 1), ("tanh", "sine", "identity")))
        rng = np.random.default_rng(0)
        theta, points = trial.network.initial_parameters(rng), points_of(trial.problem, 5, rng)
        x, t = points.T
        u = {name: trial(theta, x, t, name) for name in ("", "x", "t", "xx", "xt", "tt")}
        wanted = u["xx"] * (1 + x) - u["tt"] + u["xt"] * u[""] + np.sin(u["x"]) * u["t"] - np.exp(-x) * t
        np.testing.assert_allclose(PDEResiduals(trial, points)(ravel(theta)), wanted, rtol=1e-12, atol=1e-12)

    def test_says_where_there_is_no_slope(self):
        problem = PDEProblem(
            lambda x, t, u: u.t - u.xx + np.sqrt(abs(u)),
            [Side("x", 0.0, value=0.0), Side("x", 1.0, value=0.0), Side("t", 0.0, value=0.0)],
            ((0, 1), (0, 1)),
        )
        residuals = PDEResiduals(
            PDETrialSolution(problem, Network((2, 2, 1), ("tanh", "identity"))), np.array([[0.5, 0.25]])
        )
        with (
            np.errstate(all="ignore"),
            pytest.raises(NotFinite, match=r"no finite slope in u or a derivative of it at \(0.5, 0.25\)"),
        ):
            residuals.with_jacobian(np.zeros(9))

    def test_refuses_a_derivative_that_is_taken_at_times_only(self):
        problem = PDE_PROBLEMS["heat"]
        moody = PDEProblem(lambda x, t, u: u.t - u.xx + (u.xt if len(x) > 3 else 0.0), problem.sides, problem.domain)
        trial = PDETrialSolution(moody, Network((2, 2, 1), ("tanh", "identity")))
        with pytest.raises(ValueError, match=r"takes u.xt at times only"):
            PDEResiduals(trial, np.full((4, 2), 0.5))(np.zeros(9))


@pytest.mark.parametrize("name", PDE_PROBLEMS)
def test_the_value_needs_no_derivative_of_the_network(name):
    """Where only the value is asked for, the terms of h₂ ask for the value alone, or a slope at an end."""
    problem = PDE_PROBLEMS[name]
    trial = PDETrialSolution(problem, Network((2, 2, problem.unknowns), ("tanh", "identity")))
    x, t = points_of(problem, 3, np.random.default_rng(0)).T
    for term in trial.terms(x, t, [VALUE]):
        assert term.by == VALUE or term.place != (2, 2)

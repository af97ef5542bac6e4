"""The conditions hold exactly, untrained; derivatives and cost are those of the formulas."""

from __future__ import annotations

import re
from dataclasses import replace

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from course_lib.differentiation.finite_differences import complex_step
from course_lib.equations import (
    PROBLEMS,
    At,
    BoundaryValue,
    InitialValue,
    ODEProblem,
    TrialSolution,
    residual_cost,
)
from course_lib.equations.boundary_conditions import Ends
from course_lib.equations.trial_solution import differentiated
from course_lib.networks import ACTIVATIONS, Layer, Network

SMOOTH = [name for name in ACTIVATIONS if name != "relu"]


def no_first_order(x, f, df):
    return df


def no_second_order(x, f, df, d2f):
    return d2f


RESIDUALS = [
    no_first_order,
    no_second_order,
    lambda x, f, df, d2f, d3f: d3f,
    lambda x, f, df, d2f, d3f, d4f: d4f,
]


numbers = st.floats(-5, 5, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-3)
seeds = st.integers(0, 2**20)
depths = st.lists(st.integers(1, 6), min_size=0, max_size=3)


@st.composite
def trials(draw, condition, unknowns, activations=tuple(ACTIVATIONS)):
    """A trial solution for the condition, with a random network, and its random parameters."""
    hidden = draw(depths)
    names = [draw(st.sampled_from(activations)) for _ in hidden]
    network = Network((1, *hidden, unknowns), (*names, "identity"))
    order = condition.order
    residual = RESIDUALS[order - 1]
    points = condition.points
    domain = (min(points) - draw(st.floats(0, 2)), max(points) + draw(st.floats(0.5, 2)))
    rng = np.random.default_rng(draw(seeds))
    theta = [Layer(2 * w, 2 * b) for w, b in network.initial_parameters(rng)]
    return TrialSolution(ODEProblem(residual, condition, domain), network), theta


@st.composite
def initial(draw, order, system, activations=tuple(ACTIVATIONS)):
    d = draw(st.integers(1, 3)) if system else 1
    values = [draw(st.lists(numbers, min_size=d, max_size=d)) for _ in range(order)]
    values = values if system else [v[0] for v in values]
    return draw(trials(InitialValue(draw(numbers), *values), d, activations))


@st.composite
def boundary(draw, system):
    d = draw(st.integers(1, 3)) if system else 1
    a, width = draw(numbers), draw(st.floats(0.1, 5))
    fa, fb = (draw(st.lists(numbers, min_size=d, max_size=d)) for _ in range(2))
    if not system:
        fa, fb = fa[0], fb[0]
    return draw(trials(BoundaryValue(a, fa, a + width, fb), d))


@st.composite
def ends(draw, system):
    """Two to four conditions at two ends, each of another derivative, or one of them a mix."""
    d = draw(st.integers(1, 3)) if system else 1
    K = draw(st.integers(2, 4))
    at_left = draw(st.integers(1, K - 1))
    given = []
    for count in (at_left, K - at_left):
        places = draw(st.permutations(range(K)))[:count]
        values = [draw(st.lists(numbers, min_size=d, max_size=d)) for _ in places]
        values = values if system else [v[0] for v in values]
        known = {("f", "df", "d2f", "d3f")[k]: v for k, v in zip(places, values)}
        if draw(st.booleans()):
            known.pop(("f", "df", "d2f", "d3f")[places[0]])
            c = np.eye(K)[places[0]] + 0.3 * np.eye(K)[draw(st.integers(0, K - 1))]
            known["mix"] = (c, values[0])
        given.append(known)
    a, width = draw(numbers), draw(st.floats(0.1, 5))
    try:
        both = Ends(At(a, **given[0]), At(a + width, **given[1]))
    except ValueError:  # f' and f'' at both ends, say, fix no polynomial
        reject()
    return draw(trials(both, d, tuple(SMOOTH)))


class TestConditionsHoldUntrained:
    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("system", [False, True])
    @given(data=st.data())
    def test_initial_value_of_first_order(self, system, data):
        trial, theta = data.draw(initial(1, system))
        condition = trial.problem.conditions
        at = trial(theta, condition.x0)
        assert at.shape == np.shape(condition.f0)
        assert np.array_equal(at, condition.f0)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("system", [False, True])
    @given(data=st.data())
    def test_initial_value_and_slope_of_second_order(self, system, data):
        trial, theta = data.draw(initial(2, system))
        condition = trial.problem.conditions
        assert np.array_equal(trial(theta, condition.x0), condition.f0)
        assert np.array_equal(trial(theta, condition.x0, order=1), condition.df0)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("system", [False, True])
    @given(data=st.data())
    def test_boundary_values(self, system, data):
        trial, theta = data.draw(boundary(system))
        condition = trial.problem.conditions
        at = trial(theta, [condition.a, condition.b])
        # (b - a) / (b - a) is exactly 1 and the other terms are exactly 0.
        assert np.array_equal(at[0], condition.fa)
        assert np.array_equal(at[1], condition.fb)

    @pytest.mark.lecture("S1")
    @pytest.mark.parametrize("system", [False, True])
    @given(data=st.data())
    def test_slopes_and_mixes_at_two_ends(self, system, data):
        trial, theta = data.draw(ends(system))
        condition = trial.problem.conditions
        points, orders = np.array(condition.points), range(condition.order)
        jet = [trial.columns(theta, points, k) for k in orders]
        N = lambda s: trial.network(theta, np.reshape(s, (-1, 1)))
        # The k-th slope of φ, and with it the rounding errors of N, grow with the k-th power of 1 / half.
        largest = max(np.abs(differentiated(N, k)(points)).max() for k in orders) + np.abs(condition.values).max()
        growth = min(1.0, condition.half) ** -(condition.order - 1.0) * np.abs(condition.coefficients).max()
        terms = (np.abs(condition.C)[:, :, None] * np.abs(jet).max(axis=1)).sum(axis=1)
        size = terms + (1.0 + largest) * (1.0 + growth) * np.abs(condition.C).max()
        assert np.all(np.abs(condition.of(jet) - condition.values) <= 1e-12 * size)

    @pytest.mark.parametrize("name", PROBLEMS)
    def test_the_exact_solution_meets_the_same_conditions(self, name):
        problem = PROBLEMS[name]
        network = Network((1, 4, problem.unknowns), ("tanh", "identity"))
        theta = network.initial_parameters(np.random.default_rng(1))
        at = np.array(problem.conditions.points)
        trial = TrialSolution(problem, network)
        np.testing.assert_allclose(trial(theta, at), problem.exact(at), rtol=0, atol=1e-15)


class TestTerms:
    @pytest.mark.lecture("S1")
    @given(data=st.data(), seed=seeds)
    def test_h1_and_h2_add_up(self, data, seed):
        kinds = [initial(1, False), initial(1, True), initial(2, False), initial(2, True),
                 initial(3, True), initial(4, False), boundary(False), boundary(True)]  # fmt: skip
        trial, theta = data.draw(st.one_of(kinds))
        x = np.random.default_rng(seed).uniform(*trial.problem.domain, 7)
        N = trial.network(theta, x[:, None])
        assert np.array_equal(trial.h1(x) + trial.h2(x, N), trial(theta, x))

    def test_by_hand(self):
        network = Network((1, 1), "identity")
        theta = [Layer(np.array([[2.0]]), np.array([1.0]))]  # N = 2x + 1
        x = np.array([0.0, 1.0, 3.0])
        N = 2 * x + 1

        def trial(condition):
            residual = (no_first_order, no_second_order)[condition.order - 1]
            return TrialSolution(ODEProblem(residual, condition, (-1, 4)), network)(theta, x)

        first = trial(InitialValue(1.0, 5.0))
        second = trial(InitialValue(1.0, 5.0, -2.0))
        both = trial(BoundaryValue(0.0, 5.0, 2.0, 9.0))
        np.testing.assert_allclose(first, 5 + (x - 1) * N)
        np.testing.assert_allclose(second, 5 - 2 * (x - 1) + (x - 1) ** 2 * N)
        np.testing.assert_allclose(both, 5 * (2 - x) / 2 + 9 * x / 2 + x * (2 - x) * N)

    @given(data=st.data(), seed=seeds)
    def test_h2_of_slopes_asks_for_the_function(self, data, seed):
        trial, theta = data.draw(ends(False))
        x = np.random.default_rng(seed).uniform(*trial.problem.domain, 7)
        N = lambda s: trial.network(theta, np.reshape(s, (-1, 1)))
        assert np.array_equal(trial.h1(x) + trial.h2(x, N), trial(theta, x))

    def test_slopes_at_two_ends_whatever_the_network_says(self):
        problem = ODEProblem(no_second_order, (At(0.0, df=3.0), At(2.0, df=-1.0)), (0.0, 2.0))
        trial = TrialSolution(problem, Network((1, 3, 1), "tanh"))
        N = lambda s: np.cos(2.0 * np.reshape(s, (-1, 1)))
        f = lambda s: trial.h1(s) + trial.h2(s, N)
        h, ends = 1e-5, np.array([0.0, 2.0])
        np.testing.assert_allclose((f(ends + h) - f(ends - h)) / (2 * h), [3.0, -1.0], atol=1e-8)
        with pytest.raises(TypeError, match="N must be a function of x here"):
            trial.h2(ends, N(ends))

    def test_network_output_may_be_flat_for_one_unknown(self):
        trial = a_trial("decay")
        x = np.array([0.0, 0.5])
        assert np.array_equal(trial.h2(x, [1.0, 2.0]), trial.h2(x, [[1.0], [2.0]]))

    def test_shapes(self):
        for name, shape in [("decay", (5,)), ("lagaris 4", (5, 2))]:
            trial = a_trial(name)
            theta = parameters(trial)
            x = np.linspace(0, 1, 5)
            assert trial(theta, x).shape == trial(theta, x, 1).shape == trial.h1(x).shape == shape
            assert trial(theta, list(x)).shape == shape
            assert trial(theta, 0.5).shape == shape[1:]
            assert np.array_equal(trial.columns(theta, x), np.reshape(trial(theta, x), (5, -1)))


class TestDerivatives:
    @given(data=st.data(), seed=seeds)
    def test_order_one_and_two_by_complex_step(self, data, seed):
        trial, theta = data.draw(initial(2, True, tuple(n for n in SMOOTH if n != "softplus")))
        x = np.random.default_rng(seed).uniform(*trial.problem.domain, 4)
        for order in (1, 2):
            wanted = np.stack(
                [complex_step(lambda s, j=j: trial(theta, s, order - 1)[..., j], x)
                 for j in range(trial.problem.unknowns)], axis=-1)  # fmt: skip
            np.testing.assert_allclose(trial(theta, x, order), wanted, rtol=1e-9, atol=1e-9)

    @pytest.mark.lecture("S1")
    @given(data=st.data(), seed=seeds)
    def test_jets_of_h1_and_the_factor_by_dual_numbers(self, data, seed):
        kinds = [initial(1, False), initial(1, True), initial(2, False), initial(2, True),
                 initial(3, True), initial(4, False), boundary(False), boundary(True)]  # fmt: skip
        trial, _ = data.draw(st.one_of(kinds))
        x = np.random.default_rng(seed).uniform(*trial.problem.domain, 5)
        h1, factor = trial.jets(x)
        orders = range(trial.problem.order + 1)
        assert h1.shape == (len(orders), 5, trial.problem.unknowns)
        assert len(factor) == len(orders)
        for k in orders:
            # _h1 has one row where it does not depend on x.
            wanted = differentiated(trial._h1, k)(x) + np.zeros((5, 1))
            np.testing.assert_allclose(h1[k], wanted, rtol=1e-12, atol=1e-11)
            wanted = differentiated(trial.factor, k)(x)[:, 0]
            np.testing.assert_allclose(factor[k] * np.ones(5), wanted, rtol=1e-12, atol=1e-12)

    def test_higher_orders_of_a_polynomial(self):
        f = differentiated(lambda x: x**4, 3)
        np.testing.assert_allclose(f(np.array([1.0, 2.0])), [24.0, 48.0])


class TestResidualCost:
    @pytest.mark.lecture("S2")
    @given(seed=seeds)
    def test_formula_by_hand(self, seed):
        trial = a_trial("logistic")
        rng = np.random.default_rng(seed)
        theta, x = trial.network.initial_parameters(rng), rng.uniform(0, 1, 6)
        total = 0.0
        for s in x:
            f, df = trial(theta, s), trial(theta, s, order=1)
            total += (df - 2 * f * (1 - f)) ** 2
        assert residual_cost(trial, theta, x) == pytest.approx(total / 6, rel=1e-12)

    @pytest.mark.lecture("S2")
    def test_second_order_by_hand(self):
        trial = a_trial("poisson")
        theta, x = parameters(trial), np.linspace(0, 1, 9)
        r = -trial(theta, x, order=2) - (3 * x + x**2) * np.exp(x)
        assert residual_cost(trial, theta, x) == pytest.approx(np.mean(r**2), rel=1e-12)

    @pytest.mark.lecture("S2")
    def test_a_system_sums_over_its_equations(self):
        trial = a_trial("lagaris 4")
        theta, x = parameters(trial), np.linspace(0, 3, 8)
        f, df = trial(theta, x), trial(theta, x, order=1)
        r = trial.problem.residuals(x, f, df)
        assert r.shape == (8, 2)
        wanted = np.mean(r[:, 0] ** 2) + np.mean(r[:, 1] ** 2)
        assert residual_cost(trial, theta, x) == pytest.approx(wanted, rel=1e-12)

    @pytest.mark.lecture("S2")
    def test_zero_for_a_solution(self):
        # f = 1 + x solves f' = 1, and N = 1 gives exactly that.
        problem = ODEProblem(lambda x, f, df: df - 1, InitialValue(0.0, 1.0), (0.0, 1.0))
        trial = TrialSolution(problem, Network((1, 1), "identity"))
        theta = [Layer(np.array([[0.0]]), np.array([1.0]))]
        assert residual_cost(trial, theta, [0.0, 0.3, 1.0]) == 0.0

    def test_residual_written_for_autograd(self):
        written = {}
        for module in (np, anp):
            problem = ODEProblem(
                lambda x, f, df, np=module: df + f - np.exp(-f) * np.cos(x),
                InitialValue(0, 1),
                (0, 1),
            )
            trial = TrialSolution(problem, Network((1, 4, 1), ("tanh", "identity")))
            written[module] = residual_cost(trial, parameters(trial), np.linspace(0, 1, 5))
        assert written[np] == written[anp]


def a_trial(name: str) -> TrialSolution:
    problem = PROBLEMS[name]
    return TrialSolution(problem, Network((1, 5, problem.unknowns), ("tanh", "identity")))


def parameters(trial: TrialSolution, seed: int = 0):
    return trial.network.initial_parameters(np.random.default_rng(seed))


class TestBadInput:
    def test_not_a_problem_or_network(self):
        network = Network((1, 1), "identity")
        with pytest.raises(TypeError, match="an ODEProblem and a Network, got str and Network"):
            TrialSolution("decay", network)
        with pytest.raises(TypeError, match="got ODEProblem and tuple"):
            TrialSolution(PROBLEMS["decay"], (1, 10, 1))

    @pytest.mark.parametrize("sizes", [(2, 3, 1), (1, 3, 2)])
    def test_network_of_wrong_sizes(self, sizes):
        with pytest.raises(ValueError, match=re.escape(f"{sizes}, expected 1 input and 1 outputs")):
            TrialSolution(PROBLEMS["decay"], Network(sizes, "identity"))

    def test_network_without_the_second_unknown(self):
        with pytest.raises(ValueError, match="expected 1 input and 2 outputs"):
            TrialSolution(PROBLEMS["lagaris 4"], Network((1, 3, 1), "tanh"))

    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ([[0.0], [1.0]], ValueError, r"x has shape \(2, 1\), expected \([mn],\): write x\[:, 0\]"),
            ([0.0, np.nan], ValueError, r"x has NaN or infinity at index \(1,\)"),
            ([], ValueError, "x is empty"),
            ("0", TypeError, "x must hold numbers"),
            ([[0.0], [1.0, 2.0]], ValueError, "x is ragged"),
        ],
    )
    def test_points(self, x, error, message):
        trial = a_trial("decay")
        for call in (lambda: trial(parameters(trial), x), lambda: trial.h1(x),
                     lambda: residual_cost(trial, parameters(trial), x)):  # fmt: skip
            with pytest.raises(error, match=message):
                call()

    def test_network_outputs(self):
        with pytest.raises(ValueError, match=r"x has shape \(2, 1\), expected \(m,\)"):
            a_trial("decay").h2(np.ones((2, 1)), np.ones((2, 1)))
        with pytest.raises(ValueError, match=r"N has shape \(3, 1\), expected \(2, 1\)"):
            a_trial("decay").h2([0.0, 1.0], np.ones((3, 1)))
        with pytest.raises(ValueError, match=r"N has shape \(2, 2\), expected \(2, 1\)"):
            a_trial("decay").h2([0.0, 1.0], np.ones((2, 2)))

    def test_order(self):
        trial = a_trial("decay")
        with pytest.raises(ValueError, match="order must be at least 0"):
            trial(parameters(trial), 0.0, order=-1)
        with pytest.raises(TypeError, match="order must be a whole number"):
            trial(parameters(trial), 0.0, order=0.5)

    def test_theta_of_another_network(self):
        other = Network((1, 6, 1), "tanh").initial_parameters(np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"weights of layer 1 has shape \(6, 1\), expected \(5"):
            a_trial("decay")(other, 0.0)

    @pytest.mark.parametrize(
        ("residual", "error", "message"),
        [
            (lambda x, f, df: np.sum(df), ValueError, r"residual has shape \(\), expected \(4,\)"),
            (lambda x, f, df: df[:2], ValueError, r"residual has shape \(2,\), expected \(4,\)"),
            (lambda x, f, df: df / (x - x), ValueError, "residual has NaN or infinity, first at x"),
            (lambda x, f, df: None, TypeError, "residual must return arrays, got NoneType"),
        ],
    )
    def test_residual(self, residual, error, message):
        trial = a_trial("decay")
        trial = TrialSolution(replace(trial.problem, residual=residual), trial.network)
        with np.errstate(all="ignore"), pytest.raises(error, match=message):
            residual_cost(trial, parameters(trial), np.linspace(0, 1, 4))


def test_the_network_may_count_x_from_elsewhere():
    problem, network = PROBLEMS["oscillator"], Network((1, 5, 1), ("tanh", "identity"))
    theta = network.initial_parameters(np.random.default_rng(0))
    moved = [Layer(layer.weights, layer.biases.copy()) for layer in theta]
    moved[0].biases[:] -= 2.0 * theta[0].weights[:, 0]
    x = np.linspace(0, 3, 7)
    for order in range(3):
        counted = TrialSolution(problem, network, 2.0)(theta, x, order)
        np.testing.assert_allclose(counted, TrialSolution(problem, network)(moved, x, order), rtol=1e-12)

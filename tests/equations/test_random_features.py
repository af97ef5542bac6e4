"""The bends lie where they should, and the output layer is the best there is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib._validation import NotFinite
from course_lib.equations import (
    PROBLEMS,
    InitialValue,
    ODEProblem,
    Residuals,
    TrialSolution,
    random_features,
    residual_cost,
    spread_bends,
)
from course_lib.equations._solver.fitting import follow
from course_lib.equations.random_features import OutputLayer, TooFarOff, gauss_newton, in_haste, output_jacobian
from course_lib.networks import ACTIVATIONS, Network, ravel
from course_lib.networks.parameters import layers_of

LINEAR = [name for name in PROBLEMS if name not in ("logistic", "lagaris 4")]


def rng_of(seed):
    return np.random.default_rng(seed)


def on_points(problem, hidden=(30,), activation="tanh", m=60, seed=0):
    """Residuals on equally spaced points, and random features (P,)."""
    network = Network((1, *hidden, problem.unknowns), (*[activation] * len(hidden), "identity"))
    residuals = Residuals(TrialSolution(problem, network), np.linspace(*problem.domain, m))
    return residuals, ravel(spread_bends(network, problem.domain, rng_of(seed)))


def train(residuals, vector, iterations=8):
    """Return what each record held, and why the training ended."""
    records = []
    ended = follow(gauss_newton(residuals, vector), lambda v, c: records.append((v, c)), iterations)
    vectors, costs = zip(*records)
    return np.array(vectors), np.array(costs), ended


def largest_error(residuals, vector):
    trial = residuals.trial
    x = np.linspace(*trial.problem.domain, 501)
    f = trial(layers_of(vector, trial.network.sizes), x)
    return np.max(np.abs(f - trial.problem.exact(x)))


# ------------------------------------------------------------------------- the hidden layers


@given(
    n=st.integers(1, 200), start=st.floats(-100, 100), width=st.floats(0.1, 100),
    seed=st.integers(0, 2**20),
)  # fmt: skip
def test_one_bend_in_each_of_n_equal_intervals_that_reach_beyond_the_domain(n, start, width, seed):
    network = Network((1, n, 2), ("tanh", "identity"))
    (w, b), output = spread_bends(network, (start, start + width), rng_of(seed))
    assert w.shape == (n, 1) and b.shape == (n,)
    # The intervals together are the domain and, on either side, √(30/n) halves of it more.
    margin = np.sqrt(30 / n) * width / 2
    place = (-b / w[:, 0] - (start - margin)) / ((width + 2 * margin) / n)
    assert np.all(np.abs(place - (np.arange(n) + 0.5)) <= 0.5 + 1e-6)
    # A bend is 1/w wide: between 6 and 30 times the domain's n-th part.
    bend_width = 1 / w[:, 0] / (width / n)
    assert np.all((bend_width >= 6 * (1 - 1e-12)) & (bend_width <= 30 * (1 + 1e-12)))
    assert not np.any(output.weights) and not np.any(output.biases)
    assert output.weights.shape == (2, n) and output.biases.shape == (2,)


def test_bends_and_widths_are_drawn_from_their_whole_ranges():
    network = Network((1, 1000, 1), ("tanh", "identity"))
    w, b = spread_bends(network, (2.0, 6.0), rng_of(0))[0]
    margin = 2 * np.sqrt(0.03)
    shift = (-b / w[:, 0] - (2 - margin)) / ((4 + 2 * margin) / 1000) - np.arange(1000)
    steepness = w[:, 0] * 2 * 30 / 1000
    for drawn, low, high in [(shift, 0.0, 1.0), (steepness, 0.6, 1.4)]:
        # The moments of a uniform distribution, within five deviations of their mean.
        assert np.mean(drawn) == pytest.approx((low + high) / 2, abs=0.05 * (high - low))
        assert np.std(drawn) == pytest.approx((high - low) / 12**0.5, rel=0.1)
    assert abs(np.corrcoef(shift, steepness)[0, 1]) < 0.2


def test_deeper_layers_are_normal_and_the_output_layer_is_zero():
    network = Network((1, 200, 300, 100, 2), "tanh")
    first, second, third, output = spread_bends(network, (0.0, 1.0), rng_of(0))
    assert first.weights.shape == (200, 1)
    for layer, inputs, neurons in [(second, 200, 300), (third, 300, 100)]:
        assert layer.weights.shape == (neurons, inputs)
        assert np.std(layer.weights) == pytest.approx(inputs**-0.5, rel=0.02)
        assert np.std(layer.biases) == pytest.approx(inputs**-0.5, rel=0.2)
        assert abs(np.mean(layer.weights)) < 0.05 * inputs**-0.5
    assert not np.any(output.weights) and output.weights.shape == (2, 100)


def test_without_a_hidden_layer_there_is_nothing_to_draw():
    [output] = spread_bends(Network((1, 3), "identity"), (0.0, 1.0), rng_of(0))
    assert np.array_equal(output.weights, np.zeros((3, 1)))
    assert np.array_equal(output.biases, np.zeros(3))


def test_same_generator_same_parameters():
    network = Network((1, 7, 5, 1), "tanh")
    first, second, other = (
        ravel(spread_bends(network, (0.0, 1.0), rng_of(seed))) for seed in (3, 3, 4)
    )
    assert np.array_equal(first, second)
    assert not np.any(first[:7] == other[:7])


# ------------------------------------------------------------------------- ∂r/∂W


@pytest.mark.parametrize("hidden", [(), (4,), (3, 5)])
@pytest.mark.parametrize("name", ["logistic", "lagaris 4", "poisson"])
def test_output_jacobian_by_complex_step(name, hidden):
    residuals, _ = on_points(PROBLEMS[name], hidden, m=5)
    network, rng = residuals.trial.network, rng_of(1)
    B = residuals.output_basis(network.initial_parameters(rng), network)
    W = rng.normal(size=(network.sizes[-1], network.sizes[-2] + 1))
    J = output_jacobian(residuals.linearised(B @ W.T)[1], B)
    r = lambda W: residuals.of(B @ W.T).ravel()
    steps = np.eye(W.size).reshape(-1, *W.shape) * 1e-20j
    wanted = np.stack([np.imag(r(W + step)) / 1e-20 for step in steps], axis=1)
    np.testing.assert_allclose(J, wanted, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", ["logistic", "lagaris 4", "poisson"])
def test_output_jacobian_holds_the_last_columns_of_the_jacobian(name):
    residuals, _ = on_points(PROBLEMS[name], (4,), m=5)
    network = residuals.trial.network
    vector = ravel(network.initial_parameters(rng_of(1)))
    theta = layers_of(vector, network.sizes)
    B = residuals.output_basis(theta, network)
    J = output_jacobian(residuals.linearised(residuals.h2(residuals.network_jet(theta)))[1], B)
    d, P = network.sizes[-1], len(vector)
    last = residuals.with_jacobian(vector)[1][:, P - 5 * d :]
    weights, biases = last[:, : 4 * d].reshape(-1, d, 4), last[:, 4 * d :]
    np.testing.assert_allclose(J.reshape(-1, d, 5)[:, :, :4], weights, rtol=1e-11)
    np.testing.assert_allclose(J.reshape(-1, d, 5)[:, :, 4], biases, rtol=1e-11)


# ------------------------------------------------------------------------- Gauss-Newton


@pytest.mark.lecture("S2")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", LINEAR)
def test_one_step_where_the_equation_is_linear(name, seed):
    residuals, vector = on_points(PROBLEMS[name], seed=seed)
    vectors, costs, ended = train(residuals, vector)
    assert len(costs) == 2
    assert ended == "the linear picture was right"
    assert largest_error(residuals, vectors[-1]) < 1e-11


@pytest.mark.parametrize("hidden", [(), (1,), (5,), (4, 6)])
@pytest.mark.parametrize("name", ["decay", "poisson", "oscillator"])
def test_the_step_leads_to_the_least_squares_of_the_residual(name, hidden):
    """At the minimum over W the residual is orthogonal to all that W can change."""
    residuals, vector = on_points(PROBLEMS[name], hidden)
    vectors, costs, _ = train(residuals, vector, iterations=1)
    network = residuals.trial.network
    r, J = residuals.with_jacobian(vectors[-1])
    J = J[:, -network.sizes[-1] * (network.sizes[-2] + 1) :]
    cosines = J.T @ r / np.linalg.norm(J, axis=0) / np.linalg.norm(r)
    assert np.max(np.abs(cosines)) < 1e-7
    assert costs[1] < costs[0]


@pytest.mark.parametrize("start", ["features", "normal"])
@pytest.mark.parametrize("name", ["logistic", "lagaris 4", "poisson"])
def test_records_costs_that_fall_and_changes_the_output_layer_alone(name, start):
    residuals, vector = on_points(PROBLEMS[name], (8, 9), m=40, seed=2)
    network = residuals.trial.network
    if start == "normal":  # from an output layer that is not zero
        vector = ravel(network.initial_parameters(rng_of(5)))
    kept = vector.copy()
    vectors, costs, _ = train(residuals, vector, iterations=5)
    assert np.array_equal(vectors[0], kept) and np.array_equal(vector, kept)
    assert np.all(np.diff(costs) < 0)
    assert 2 <= len(costs) <= 6
    output = network.sizes[-1] * (network.sizes[-2] + 1)
    assert np.array_equal(vectors[:, :-output], np.tile(kept[:-output], (len(costs), 1)))
    assert np.all(vectors[1][-output:] != kept[-output:])
    for v, cost in zip(vectors, costs):
        wanted = residual_cost(residuals.trial, layers_of(v, network.sizes), residuals.x)
        assert cost == pytest.approx(wanted, rel=1e-6, abs=1e-24)


@pytest.mark.parametrize("seed", range(3))
def test_few_steps_where_the_equation_bends(seed):
    residuals, vector = on_points(PROBLEMS["logistic"], seed=seed)
    vectors, costs, _ = train(residuals, vector)
    assert 4 <= len(costs) <= 7
    assert np.all(np.diff(costs) < 0)
    assert largest_error(residuals, vectors[-1]) < 1e-12
    # Newton's error is squared in each step, so is that of √C, until rounding ends it.
    roots = np.sqrt(costs)
    squares = roots[1:-1] / roots[:-2] ** 2
    assert np.all(squares < 1.0)


def test_stops_at_the_iterations_given():
    residuals, vector = on_points(PROBLEMS["lagaris 4"])
    _, costs, ended = train(residuals, vector, iterations=2)
    assert len(costs) == 3
    assert ended == "took 2 steps"


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n not in ("relu", "identity")])
@pytest.mark.parametrize("seed", range(3))
def test_any_smooth_activation_solves_decay(name, seed):
    residuals, vector = on_points(PROBLEMS["decay"], activation=name, seed=seed)
    vectors, _, _ = train(residuals, vector)
    assert largest_error(residuals, vectors[-1]) < 1e-11


def test_a_step_to_where_the_residual_is_not_finite_is_halved():
    # From a large f the tangent of √f leads to f < 0.
    beyond = []

    def residual(x, f, df):
        beyond.append(np.min(getattr(f, "value", f)) < 0)
        return 1e3 * (np.sqrt(f) - np.sqrt(0.01 + x)) + 0 * df

    problem = ODEProblem(residual, InitialValue(0.0, 0.01), (0.0, 1.0), lambda x: 0.01 + x)
    residuals, vector = on_points(problem, ())
    vector = vector + np.array([0.0, 50.0])
    with np.errstate(invalid="ignore"):
        vectors, costs, _ = train(residuals, vector, iterations=30)
    assert any(beyond)
    assert np.all(np.diff(costs) < 0)
    assert largest_error(residuals, vectors[-1]) < 1e-7


def test_in_haste_it_ends_where_half_a_step_leads_nowhere():
    # The tangent of the arctangent at 5 leads to -31, and its half to -13: Newton needs shorter steps there.
    problem = ODEProblem(lambda x, f, df: np.arctan(df), InitialValue(0.0, 0.0), (0.0, 1.0))
    residuals, vector = on_points(problem, ())
    far, near = (vector + np.array([0.0, slope]) for slope in (5.0, 1.0))
    with pytest.raises(TooFarOff):
        follow(gauss_newton(residuals, far, halve=in_haste), lambda *_: None, 8)
    costs = []
    for steps in (gauss_newton(residuals, far), gauss_newton(residuals, near, halve=in_haste)):
        follow(steps, lambda vector, cost: costs.append(cost), 8)
        assert costs[-1] < 1e-20


def test_in_haste_half_a_step_is_taken_where_a_whole_one_leads_too_far():
    # From 2 the tangent of the arctangent leads to -3.5, farther from 0, and its half to -0.8.
    problem = ODEProblem(lambda x, f, df: np.arctan(df), InitialValue(0.0, 0.0), (0.0, 1.0))
    residuals, vector = on_points(problem, ())
    steps, costs = gauss_newton(residuals, vector + np.array([0.0, 2.0]), halve=in_haste), []
    follow(steps, lambda vector, cost: costs.append(cost), 8)
    half = 2.0 - 0.5 * np.arctan(2.0) * (1.0 + 2.0**2)
    np.testing.assert_allclose(costs[:2], np.arctan([2.0, half]) ** 2, rtol=1e-12)
    assert costs[-1] < 1e-20


def test_in_haste_it_may_end_in_rounding():
    problem = PROBLEMS["logistic"]
    residuals, vector = on_points(problem)
    for _ in range(3):  # from the best there is, the next step lowers nothing
        vectors = []
        follow(gauss_newton(residuals, vector, halve=in_haste), lambda vector, cost: vectors.append(vector), 8)
        vector = vectors[-1]
    assert largest_error(residuals, vector) < 1e-10


@pytest.mark.parametrize("only_rounding", [True, False])
def test_in_haste_rounding_that_no_step_lowers_is_not_too_far_off(only_rounding):
    class Stuck:
        def __call__(self, c):
            return np.full(3, 1e-17)

        def is_rounding(self, c, r):
            return only_rounding

    c, step = np.zeros(2), (np.ones(2), np.full(3, 1e-17), np.zeros(3))
    if only_rounding:
        assert in_haste(Stuck(), c, *step) == (c, None)
    else:
        with pytest.raises(TooFarOff):
            in_haste(Stuck(), c, *step)


@pytest.mark.parametrize("unit", [1e-20, 1.0, 1e20])
def test_rounding_is_what_is_small_beside_the_terms_that_cancel(unit):
    problem = ODEProblem(lambda x, f, df: unit * (df + 2 * f), InitialValue(0.0, 10.0), (0.0, 1.0))
    layer = OutputLayer(*on_points(problem))
    c = layer.solver(layer.J)(layer.r)
    # f = 10 exp(-2 x): two terms of 20 exp(-2 x).
    terms = unit * np.linalg.norm(40 * np.exp(-2 * layer.residuals.x))
    for share, is_rounding in [(0.9e-14, True), (1.1e-14, False)]:
        assert layer.is_rounding(c, np.array([0.0, share * terms])) == is_rounding


class TestTheSameJacobianAgain:
    """For a system a good step is repeated with the factors of the same J."""

    @staticmethod
    def pair(problem):
        """The problem with a second unknown that equals the first."""
        residual = lambda x, f, df: tuple(problem.residual(x, *parts) for parts in zip(f, df))
        f0 = problem.conditions.f0
        return replace(problem, residual=residual, conditions=InitialValue(0.0, (f0, f0)), exact=None)

    @staticmethod
    def counted(monkeypatch):
        made = []
        solver = random_features.solver
        monkeypatch.setattr(random_features, "solver", lambda *asked: made.append(1) or solver(*asked))
        return made

    @pytest.mark.parametrize("seed", range(3))
    def test_it_needs_fewer_factors_and_ends_where_one_unknown_does(self, seed, monkeypatch):
        made, calls = self.counted(monkeypatch), []
        alone, pair = PROBLEMS["logistic"], self.pair(PROBLEMS["logistic"])
        counting = lambda *asked: calls.append(1) or pair.residual(*asked)
        residuals, vector = on_points(alone, seed=seed)
        expected, _, _ = train(residuals, vector)
        one = len(made)
        residuals, vector = on_points(replace(pair, residual=counting), seed=seed)
        calls.clear()
        vectors, costs, ended = train(residuals, vector)
        assert ended == "the linear picture was right"
        assert len(made) - one < one and len(costs) == len(made) - one + 1
        assert len(calls) <= 8  # and no step is repeated in vain
        x = np.linspace(0, 1, 101)
        network = lambda problem: Network((1, 30, problem.unknowns), ("tanh", "identity"))
        f, both = (
            TrialSolution(problem, network(problem))(layers_of(found[-1], network(problem).sizes), x)
            for problem, found in ((alone, expected), (pair, vectors))
        )
        np.testing.assert_allclose(both, np.stack([f, f], axis=1), atol=1e-12, rtol=0)

    def test_one_unknown_is_left_to_qr(self):
        alone = PROBLEMS["logistic"]
        for problem, by_qr in ((alone, True), (self.pair(alone), False)):
            layer = OutputLayer(*on_points(problem))
            assert isinstance(layer.solver(layer.J), partial) == by_qr

    def test_a_linear_system_is_answered_once(self, monkeypatch):
        made, calls = self.counted(monkeypatch), []
        residual = lambda x, f, df: calls.append(1) or (df[0] - f[1], df[1] + f[0])
        problem = ODEProblem(residual, InitialValue(0.0, (0.0, 1.0)), (0.0, 2.0))
        residuals, vector = on_points(problem)
        calls.clear()
        vectors, costs, ended = train(residuals, vector)
        assert (len(made), len(costs), ended) == (1, 2, "the linear picture was right")
        assert len(calls) == 2  # with slopes at the start, without after the step
        f = residuals.trial(layers_of(vectors[-1], (1, 30, 2)), residuals.x)
        np.testing.assert_allclose(f, np.stack([np.sin(residuals.x), np.cos(residuals.x)], axis=1), atol=1e-13)

    def test_a_repeated_step_that_raises_the_residual_is_not_taken(self, monkeypatch):
        """The second answer of each solver is turned round, so that it leads uphill."""
        solver = random_features.solver

        def turned(J, *how):
            solve, asked = solver(J, *how), []
            return lambda r: solve(r) if not asked.append(1) and len(asked) == 1 else -solve(r)

        monkeypatch.setattr(random_features, "solver", turned)
        residuals, vector = on_points(self.pair(PROBLEMS["logistic"]))
        _, costs, ended = train(residuals, vector)
        assert np.all(np.diff(costs) < 0) and costs[-1] < 1e-20
        assert ended == "the linear picture was right"


def test_not_finite_at_the_start_is_raised():
    problem = replace(PROBLEMS["decay"], residual=lambda x, f, df: df + np.sqrt(f - 20.0))
    with np.errstate(invalid="ignore"), pytest.raises(NotFinite):
        train(*on_points(problem))


def test_a_solution_that_is_zero():
    problem = ODEProblem(lambda x, f, df: df + f, InitialValue(0.0, 0.0), (0.0, 1.0))
    residuals, vector = on_points(problem)
    vectors, costs, _ = train(residuals, vector)
    assert not np.any(costs)
    assert np.array_equal(vectors[-1], vector)


def test_gives_up_at_once_where_no_step_promises_a_lower_cost():
    calls = []

    def residual(x, f, df):
        calls.append(1)
        return df**2 + 1

    residuals, vector = on_points(ODEProblem(residual, InitialValue(0.0, 0.0), (0.0, 1.0)))
    _, costs, ended = train(residuals, vector)
    assert len(costs) == 1 and ended == "the cost stopped falling"
    assert len(calls) == 2

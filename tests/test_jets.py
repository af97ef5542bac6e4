"""The hand-written sweep agrees with the tape, with the trial solution and with differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import reverse_mode
from course_lib.jets import Residuals, forward, slopes_of
from course_lib.network import ACTIVATIONS, Activation, Network, ravel, unravel
from course_lib.ode import PROBLEMS
from course_lib.training import cost_and_gradient
from course_lib.trial_solution import TrialSolution, differentiated, residual_cost

ANALYTIC = ["tanh", "sigmoid", "sine", "identity"]  # a complex argument goes through them
SMOOTH = [*ANALYTIC, "softplus"]


def random_trial(name: str, hidden: list[int], activations: list[str]) -> TrialSolution:
    problem = PROBLEMS[name]
    network = Network((1, *hidden, problem.unknowns), (*activations, "identity"))
    return TrialSolution(problem, network)


@st.composite
def cases(draw, activations):
    """A trial solution for any problem, points of its domain, and random parameters (P,)."""
    name = draw(st.sampled_from(list(PROBLEMS)))
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    trial = random_trial(name, hidden, [draw(st.sampled_from(activations)) for _ in hidden])
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    x = rng.uniform(*trial.problem.domain, draw(st.integers(1, 5)))
    return trial, x, ravel(trial.network.initial_parameters(rng))


def by_complex_step(f, vector):
    """∂f/∂Θ, a column for each parameter."""
    columns = np.eye(len(vector)) * 1e-20j
    return np.stack([np.imag(f(vector + step)) / 1e-20 for step in columns], axis=-1)


def by_differences(f, vector):
    h = 1e-6
    columns = np.eye(len(vector)) * h
    return np.stack([(f(vector + step) - f(vector - step)) / (2 * h) for step in columns], axis=-1)


def assert_close(got, wanted, rtol):
    """Compare with the largest entry as the measure."""
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * (1 + np.abs(wanted).max()))


def plain_residuals(trial, x):
    """The residual as a function of Θ, by the trial solution's own nested dual numbers."""

    def f(vector):
        theta = unravel(vector, trial.network.sizes)
        orders = range(trial.problem.order + 1)
        return trial.problem.residuals(x, *(trial.columns(theta, x, k) for k in orders)).ravel()

    return f


@given(case=cases(SMOOTH))
def test_output_jet_is_the_network_and_its_derivatives(case):
    trial, x, vector = case
    theta = unravel(vector, trial.network.sizes)
    jet, layers = forward(trial.network, theta, x, 2, 2)
    assert len(layers) == len(theta)
    for order in range(3):
        wanted = differentiated(lambda s: trial.network(theta, np.reshape(s, (-1, 1))), order)(x)
        assert_close(jet[order], wanted, 1e-11)


@given(case=cases([*SMOOTH, "relu"]))
@pytest.mark.lecture("S2")
def test_residuals_are_those_of_the_trial_solution(case):
    trial, x, vector = case
    residuals = Residuals(trial, x)
    wanted = plain_residuals(trial, x)(vector)
    assert_close(residuals(vector), wanted, 1e-11)
    assert np.array_equal(residuals(vector), residuals.with_jacobian(vector)[0])
    cost = residual_cost(trial, unravel(vector, trial.network.sizes), x)
    assert np.sum(residuals(vector) ** 2) / len(x) == pytest.approx(cost, rel=1e-10)


@settings(max_examples=40)
@given(case=cases(ANALYTIC))
def test_jacobian_by_complex_step(case):
    trial, x, vector = case
    r, J = Residuals(trial, x).with_jacobian(vector)
    assert J.shape == (len(r), len(vector)) == (len(x) * trial.problem.unknowns, len(vector))
    assert_close(J, by_complex_step(plain_residuals(trial, x), vector), 1e-10)


@settings(max_examples=25)
@given(case=cases(SMOOTH))
def test_jacobian_by_central_differences(case):
    trial, x, vector = case
    J = Residuals(trial, x).with_jacobian(vector)[1]
    assert_close(J, by_differences(plain_residuals(trial, x), vector), 1e-6)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.lecture("S2")
def test_gradient_of_the_cost_by_the_tape(name):
    for hidden, activations in [([6], ["tanh"]), ([4, 3], ["softplus", "sigmoid"])]:
        trial = random_trial(name, hidden, activations)
        vector = ravel(trial.network.initial_parameters(np.random.default_rng(3)))
        x = np.linspace(*trial.problem.domain, 7)

        def cost(v, trial=trial, x=x):
            return residual_cost(trial, unravel(v, trial.network.sizes), x)

        value, slope = cost_and_gradient(Residuals(trial, x), vector)
        wanted_value, wanted = reverse_mode.value_and_gradient(cost)(vector)
        assert value == pytest.approx(float(wanted_value), rel=1e-12)
        assert_close(slope, wanted, 1e-11)


@pytest.mark.parametrize("name", ["decay", "lagaris 4", "poisson"])
def test_each_row_of_the_jacobian_by_the_tape(name):
    trial = random_trial(name, [3, 2], ["tanh", "sine"])
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(5)))
    x = np.linspace(*trial.problem.domain, 3)
    J = Residuals(trial, x).with_jacobian(vector)[1]
    residuals = plain_residuals(trial, x)
    for i, row in enumerate(J):
        wanted = reverse_mode.gradient(lambda v, i=i: residuals_on_tape(trial, x, v)[i])(vector)
        assert_close(row, wanted, 1e-11)
    assert len(residuals(vector)) == len(J)


def residuals_on_tape(trial, x, v):
    theta = unravel(v, trial.network.sizes)
    parts = [trial.columns(theta, x, k) for k in range(trial.problem.order + 1)]
    return np.reshape(trial.problem.residuals(x, *parts), (-1,))


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "relu"])
def test_slopes_of_activations(name):
    z = np.linspace(-2, 2, 9)
    h = 1e-5
    first, second, third = slopes_of(ACTIVATIONS[name], z, 3)
    above, below = (slopes_of(ACTIVATIONS[name], z + s, 3) for s in (h, -h))
    np.testing.assert_allclose(first, ACTIVATIONS[name].derivative(z), rtol=1e-14)
    np.testing.assert_allclose(second, (above[0] - below[0]) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(third, (above[1] - below[1]) / (2 * h), atol=1e-8)


def test_activation_of_ones_own():
    bump = Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))
    problem = PROBLEMS["poisson"]
    trial = TrialSolution(problem, Network((1, 4, 1), (bump, "identity")))
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    x = np.linspace(0, 1, 5)
    J = Residuals(trial, x).with_jacobian(vector)[1]
    assert_close(J, by_complex_step(plain_residuals(trial, x), vector), 1e-10)


def test_terms_are_the_sizes_that_the_residual_balances():
    # df + 2 f: at a point the terms are |df| and |2 f|.
    trial = random_trial("decay", [4], ["tanh"])
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(2)))
    theta = unravel(vector, trial.network.sizes)
    x = np.linspace(0, 1, 6)
    wanted = np.max(np.abs(trial(theta, x, 1)) + 2 * np.abs(trial(theta, x)))
    assert Residuals(trial, x).terms(vector) == pytest.approx(wanted, rel=1e-13)

"""The residual as a function of the parameters: what it is, and all its derivatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial

from course_lib._validation import NotFinite
from course_lib.differentiation import reverse_mode
from course_lib.equations import (
    PROBLEMS,
    At,
    BoundaryValue,
    InitialValue,
    ODEProblem,
    Residuals,
    TrialSolution,
    residual_cost,
    spread_bends,
)
from course_lib.equations.residuals import jet_of
from course_lib.equations.trial_solution import differentiated
from course_lib.networks import Activation, Network, ravel, unravel

ANALYTIC = ["tanh", "sigmoid", "sine", "identity"]  # a complex argument goes through them
SMOOTH = [*ANALYTIC, "softplus"]


def _pendulums(x, f, df, d2f):
    (f1, f2), (df1, df2), (d2f1, d2f2) = f, df, d2f
    return (
        d2f1 + np.sin(f1) * (1 + x) - f2 * df1,
        d2f2 * (2 + f1 * f1) + df1 * df2 - np.exp(-x) * f2,
        )  # fmt: skip


# The library has no system of second order: here is one for each kind of condition.
PROBLEM_SET = {
    **PROBLEMS,
    "pendulums": ODEProblem(_pendulums, InitialValue(0.5, (1.0, -1.0), (0.3, 0.7)), (0.0, 2.0)),
    "two ends": ODEProblem(_pendulums, BoundaryValue(-1.0, (1.0, -1.0), 1.5, (0.3, 0.7)), (-1, 2)),
    "slopes at two ends": ODEProblem(
        _pendulums, (At(-1.0, df=(1.0, -1.0)), At(1.5, mix=((2.0, 1.0), (0.3, 0.7)))), (-1, 2)
    ),
    "boundary layer": ODEProblem(
        lambda x, f, df, d2f, d3f: d3f + f * d2f + x * df, InitialValue(0.5, 0.2, 1.0, -0.3), (0.0, 2.0)
    ),
    "beam": ODEProblem(
        lambda x, f, df, d2f, d3f, d4f: (1 + x) * d4f + d3f * df - np.sin(f) + d2f,
        (At(0.0, f=0.0, df=0.5), At(2.0, d2f=1.0, d3f=0.0)), (0.0, 2.0),
    ),
}  # fmt: skip


def random_trial(name: str, hidden: list[int], activations: list[str]) -> TrialSolution:
    problem = PROBLEM_SET[name]
    network = Network((1, *hidden, problem.unknowns), (*activations, "identity"))
    return TrialSolution(problem, network)


def a_case(name, hidden=(4, 3), activations=("tanh", "softplus"), m=5, seed=0):
    """Residuals at m random points, and random parameters (P,)."""
    trial = random_trial(name, hidden, activations)
    rng = np.random.default_rng(seed)
    x = rng.uniform(*trial.problem.domain, m)
    return Residuals(trial, x), ravel(trial.network.initial_parameters(rng))


@st.composite
def cases(draw, activations):
    """A trial solution for any problem, points of its domain, and random parameters (P,)."""
    name = draw(st.sampled_from(list(PROBLEM_SET)))
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    trial = random_trial(name, hidden, [draw(st.sampled_from(activations)) for _ in hidden])
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    x = rng.uniform(*trial.problem.domain, draw(st.integers(1, 5)))
    return trial, x, ravel(trial.network.initial_parameters(rng))


def directions(vector):
    """Three directions at random (P, 3): what is wrong in any column of J shows in J times each of them."""
    return np.random.default_rng(len(vector)).normal(size=(len(vector), 3))


def by_complex_step(f, vector):
    """∂f/∂Θ times each of the directions."""
    return np.stack([np.imag(f(vector + 1e-20j * v)) / 1e-20 for v in directions(vector).T], axis=-1)


def by_differences(f, vector):
    h = 1e-6
    steps = h * directions(vector).T
    return np.stack([(f(vector + step) - f(vector - step)) / (2 * h) for step in steps], axis=-1)


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


# --------------------------------------------------------------------- r, J and the cost


@given(case=cases([*SMOOTH, "relu"]))
@pytest.mark.lecture("S2")
def test_residuals_are_those_of_the_trial_solution(case):
    trial, x, vector = case
    residuals = Residuals(trial, x)
    wanted = plain_residuals(trial, x)(vector)
    assert_close(residuals(vector), wanted, 1e-11)
    assert_close(residuals.with_jacobian(vector)[0], wanted, 1e-11)
    cost = residual_cost(trial, unravel(vector, trial.network.sizes), x)
    assert np.sum(residuals(vector) ** 2) / len(x) == pytest.approx(cost, rel=1e-10)
    assert residuals.cost_and_gradient(vector)[0] == pytest.approx(cost, rel=1e-10)


@settings(max_examples=40)
@given(case=cases(ANALYTIC))
def test_jacobian_by_complex_step(case):
    trial, x, vector = case
    r, J = Residuals(trial, x).with_jacobian(vector)
    assert J.shape == (len(r), len(vector)) == (len(x) * trial.problem.unknowns, len(vector))
    assert_close(J @ directions(vector), by_complex_step(plain_residuals(trial, x), vector), 1e-10)


@settings(max_examples=25)
@given(case=cases(SMOOTH))
def test_jacobian_by_central_differences(case):
    trial, x, vector = case
    J = Residuals(trial, x).with_jacobian(vector)[1]
    assert_close(J @ directions(vector), by_differences(plain_residuals(trial, x), vector), 1e-6)


@settings(max_examples=60)
@given(case=cases([*SMOOTH, "relu"]))
@pytest.mark.lecture("S2")
def test_gradient_of_the_cost_is_two_over_n_times_jacobian_times_residual(case):
    trial, x, vector = case
    residuals = Residuals(trial, x)
    r, J = residuals.with_jacobian(vector)
    assert_close(residuals.cost_and_gradient(vector)[1], 2 / len(x) * J.T @ r, 1e-12)


@pytest.mark.parametrize("name", PROBLEM_SET)
@pytest.mark.lecture("S2")
def test_gradient_of_the_cost_by_the_tape(name):
    for hidden, activations in [([6], ["tanh"]), ([4, 3], ["softplus", "sigmoid"])]:
        residuals, vector = a_case(name, hidden, activations, m=7, seed=3)
        trial, x = residuals.trial, residuals.x

        def cost(v, trial=trial, x=x):
            return residual_cost(trial, unravel(v, trial.network.sizes), x)

        value, slope = residuals.cost_and_gradient(vector)
        wanted_value, wanted = reverse_mode.value_and_gradient(cost)(vector)
        assert value == pytest.approx(float(wanted_value), rel=1e-12)
        assert_close(slope, wanted, 1e-11)


@pytest.mark.parametrize("name", ["decay", "lagaris 4", "poisson", "two ends"])
def test_each_row_of_the_jacobian_by_the_tape(name):
    residuals, vector = a_case(name, [3, 2], ["tanh", "sine"], m=3, seed=5)
    J = residuals.with_jacobian(vector)[1]
    rows = residuals_on_tape(residuals.trial, residuals.x)
    for i, row in enumerate(J):
        wanted = reverse_mode.gradient(lambda v, i=i: rows(v)[i])(vector)
        assert_close(row, wanted, 1e-11)


def residuals_on_tape(trial, x):
    def f(v):
        theta = unravel(v, trial.network.sizes)
        f_t = [trial.columns(theta, x, k) for k in range(trial.problem.order + 1)]
        columns = [part[:, j] for part in f_t for j in range(trial.problem.unknowns)]
        return np.reshape(np.stack(trial.problem.columns(x, columns), axis=1), (-1,))

    return f


def test_activation_of_ones_own():
    bump = Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))
    trial = TrialSolution(PROBLEMS["poisson"], Network((1, 4, 1), (bump, "identity")))
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    x = np.linspace(0, 1, 5)
    J = Residuals(trial, x).with_jacobian(vector)[1]
    assert_close(J @ directions(vector), by_complex_step(plain_residuals(trial, x), vector), 1e-10)


# ------------------------------------------------------------------ from N to f_t, and back

# Each condition with h₁ and the factor of N as polynomials.
POLYNOMIALS = {
    "value": (InitialValue(0.5, 3.0), Polynomial([3.0]), Polynomial([-0.5, 1.0])),
    "value and slope": (
        InitialValue(0.5, 3.0, -2.0),
        Polynomial([4.0, -2.0]),
        Polynomial([-0.5, 1.0]) ** 2,
    ),
    "both ends": (
        BoundaryValue(-0.5, 3.0, 2.0, -2.0),
        Polynomial([2.0, -2.0]),
        Polynomial([0.5, 1.0]) * Polynomial([2.0, -1.0]),
    ),
}


@pytest.mark.parametrize("kind", POLYNOMIALS)
def test_leibniz_with_polynomials(kind):
    """Where N is a polynomial, f_t = h₁ + factor · N is one too, and NumPy differentiates it."""
    condition, h1, factor = POLYNOMIALS[kind]
    residual = (lambda x, f, df: df, lambda x, f, df, d2f: d2f)[condition.order - 1]
    problem = ODEProblem(residual, condition, (-1.0, 2.5))
    x = np.array([-1.0, 0.3, 0.5, 2.0, 2.5])
    residuals = Residuals(TrialSolution(problem, Network((1, 1), "identity")), x)

    def jet(p):
        return np.stack([p.deriv(k)(x) for k in range(condition.order + 1)])[..., None]

    N = Polynomial([1.0, -2.0, 0.5, 3.0])
    got = residuals.h2(jet(N)), residuals.trial_jet(jet(N))
    np.testing.assert_allclose(got[0], jet(factor * N), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(got[1], jet(h1 + factor * N), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", PROBLEM_SET)
def test_by_network_is_the_transpose_of_leibniz(name):
    residuals, _ = a_case(name)
    rng = np.random.default_rng(1)
    shape = (residuals.order + 1, len(residuals.x), residuals.trial.problem.unknowns)
    N, by_f = rng.normal(size=shape), rng.normal(size=(3, *shape))
    left = np.einsum("ekmd,kmd->em", by_f, residuals.h2(N))
    right = np.einsum("ekmd,kmd->em", residuals.by_network(by_f), N)
    np.testing.assert_allclose(left, right, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", PROBLEM_SET)
def test_trial_jet_of_the_network_is_the_trial_solution(name):
    residuals, vector = a_case(name)
    trial, x = residuals.trial, residuals.x
    theta = unravel(vector, trial.network.sizes)
    N = residuals.network_jet(theta)
    call = lambda s: trial.N(theta, s)
    orders = range(trial.problem.order + 1)
    assert_close(N, np.stack([differentiated(call, k)(x) for k in orders]), 1e-12)
    wanted = np.stack([trial.columns(theta, x, k) for k in orders])
    assert_close(residuals.trial_jet(N), wanted, 1e-12)


@pytest.mark.parametrize("name", PROBLEM_SET)
def test_partials_of_the_residual_by_f(name):
    residuals, _ = a_case(name)
    problem, x = residuals.trial.problem, residuals.x
    f = np.random.default_rng(2).normal(size=(problem.order + 1, len(x), problem.unknowns))
    r, by_f = residuals.partials(f)
    assert by_f.shape == (problem.unknowns, *f.shape)
    np.testing.assert_allclose(r, problem.residuals(x, *f), rtol=1e-13, atol=1e-13)
    for k in range(problem.order + 1):
        for j in range(problem.unknowns):
            moved = f.astype(complex)
            moved[k, :, j] += 1e-20j
            wanted = np.imag(problem.residuals(x, *moved)).T / 1e-20
            np.testing.assert_allclose(by_f[:, k, :, j], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", PROBLEM_SET)
def test_linearised_by_differences_in_h2(name):
    residuals, _ = a_case(name)
    h, problem = 1e-6, residuals.trial.problem
    shape = (problem.order + 1, len(residuals.x), problem.unknowns)
    h2 = np.random.default_rng(2).normal(size=shape)
    r, by_f = residuals.linearised(h2)
    np.testing.assert_allclose(r, residuals.of(h2), rtol=1e-13, atol=1e-13)
    for k in range(problem.order + 1):
        for j in range(problem.unknowns):
            step = np.zeros(shape)
            step[k, :, j] = h
            wanted = (residuals.of(h2 + step) - residuals.of(h2 - step)).T / (2 * h)
            assert_close(by_f[:, k, :, j], wanted, 1e-8)


@pytest.mark.parametrize("hidden", [[], [4], [3, 5]])
@pytest.mark.parametrize("name", ["decay", "lagaris 4", "poisson", "pendulums"])
def test_network_is_linear_in_its_output_layer(name, hidden):
    residuals, vector = a_case(name, hidden, ["tanh", "softplus"][: len(hidden)])
    network = residuals.trial.network
    theta = unravel(vector, network.sizes)
    B = residuals.output_basis(theta, network)
    assert B.shape == (residuals.order + 1, len(residuals.x), network.sizes[-2] + 1)
    W = np.vstack([theta[-1].weights.T, theta[-1].biases])
    assert_close(B @ W, residuals.h2(residuals.network_jet(theta)), 1e-13)


def test_output_basis_of_another_network():
    residuals, _ = a_case("poisson")
    other = Network((1, 7, 2), ("sigmoid", "identity"))
    theta = other.initial_parameters(np.random.default_rng(4))
    call = lambda s: other(theta, np.reshape(s, (-1, 1)))
    wanted = np.stack([differentiated(call, k)(residuals.x) for k in range(3)])
    W = np.vstack([theta[-1].weights.T, theta[-1].biases])
    assert_close(residuals.output_basis(theta, other) @ W, residuals.h2(wanted), 1e-12)


# ------------------------------------------------------------------------------ bad residuals


def test_a_residual_that_ignores_the_highest_derivative():
    problem = replace(PROBLEMS["decay"], residual=lambda x, f, df: f - x)
    trial = TrialSolution(problem, Network((1, 3, 1), ("tanh", "identity")))
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    x = np.array([0.2, 0.9])
    J = Residuals(trial, x).with_jacobian(vector)[1]
    assert_close(J @ directions(vector), by_complex_step(plain_residuals(trial, x), vector), 1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("call", ["__call__", "cost_and_gradient", "with_jacobian"])
def test_not_finite(call):
    problem = replace(PROBLEMS["decay"], residual=lambda x, f, df: df / (x - 0.5))
    trial = TrialSolution(problem, Network((1, 3, 1), ("tanh", "identity")))
    vector = ravel(trial.network.initial_parameters(np.random.default_rng(0)))
    with pytest.raises(NotFinite, match=r"residual has NaN or infinity, first at x = 0\.5"):
        getattr(Residuals(trial, np.array([0.25, 0.5])), call)(vector)


@pytest.mark.parametrize("order", [1, 2])
def test_the_highest_derivative_is_offered_in_orthonormal_functions(order):
    values = [(1.0, 2.0), (0.5, 0.0)][:order]
    residual = lambda x, f, *slopes: tuple(slopes[-1])
    problem = ODEProblem(residual, InitialValue(0.5, *values), (0.0, 2.0))
    network = Network((1, 30, 2), ("tanh", "identity"))
    residuals = Residuals(TrialSolution(problem, network), np.linspace(0, 2, 60))
    theta = spread_bends(network, problem.domain, np.random.default_rng(0))
    B = residuals.output_basis(theta, network)
    _, T, independent = residuals.basis(theta, network)
    np.testing.assert_array_equal(independent, B @ T)
    offered = independent[order]
    assert 15 < T.shape[1] < 31
    np.testing.assert_allclose(offered.T @ offered, np.eye(T.shape[1]), atol=0.1)
    x, Q = residuals.x, np.linalg.qr(offered)[0]
    for smooth in (np.ones_like(x), np.exp(x), np.sin(3 * x)):
        np.testing.assert_allclose(Q @ (Q.T @ smooth), smooth, atol=1e-10 * np.max(np.abs(smooth)))


def test_one_unknown_is_left_as_it_is():
    trial = TrialSolution(PROBLEMS["decay"], Network((1, 30, 1), ("tanh", "identity")))
    residuals = Residuals(trial, np.linspace(0, 1, 60))
    theta = trial.network.initial_parameters(np.random.default_rng(0))
    found = residuals.basis(theta, trial.network)
    assert found.T is None and found.independent is found.B
    np.testing.assert_array_equal(found.B, residuals.output_basis(theta, trial.network))


@pytest.mark.parametrize("name", ["logistic", "lagaris 3 initial", "lagaris 4", "poisson"])
def test_jet_of_a_trial_solution_is_what_forward_mode_finds(name):
    problem = PROBLEMS[name]
    trial = TrialSolution(problem, Network((1, 6, problem.unknowns), ("tanh", "identity")))
    theta = trial.network.initial_parameters(np.random.default_rng(3))
    x = np.linspace(*problem.domain, 7)
    wanted = [trial.columns(theta, x, k) for k in range(problem.order + 1)]
    np.testing.assert_allclose(jet_of(trial, theta, x), wanted, rtol=1e-12, atol=1e-12)

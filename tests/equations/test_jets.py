"""The network's jets in x, and their derivatives by the parameters, four ways."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.differentiation import reverse_mode
from course_lib.equations import _jets as jets
from course_lib.equations.trial_solution import differentiated
from course_lib.networks import ACTIVATIONS, Activation, Network, ravel, unravel

ANALYTIC = ["tanh", "sigmoid", "sine", "identity"]  # a complex argument goes through them
SMOOTH = [*ANALYTIC, "softplus"]
BUMP = Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))


def assert_close(got, wanted, rtol):
    """Compare with the largest entry as the measure."""
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * (1 + np.abs(wanted).max()))


@st.composite
def cases(draw, activations):
    """A network with one input, parameters (P,), points (m,), and the order of the jets."""
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    names = [draw(st.sampled_from(activations)) for _ in hidden]
    network = Network((1, *hidden, draw(st.integers(1, 3))), (*names, "identity"))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    x = rng.uniform(-2, 2, draw(st.integers(1, 4)))
    return network, ravel(network.initial_parameters(rng)), x, draw(st.integers(1, 4))


def nested(network, vector, x, order):
    """The output jet (K + 1, m, n_L) by nested dual numbers."""
    theta = unravel(vector, network.sizes)
    call = lambda s: network(theta, np.reshape(s, (-1, 1)))
    return np.stack([differentiated(call, k)(x) for k in range(order + 1)])


def directions(vector):
    """Three directions at random (P, 3): what is wrong in any column of J shows in J times each of them."""
    return np.random.default_rng(len(vector)).normal(size=(len(vector), 3))


def by_complex_step(f, vector):
    """∂f/∂Θ times each of the directions, on a new last axis."""
    return np.stack([np.imag(f(vector + 1e-20j * v)) / 1e-20 for v in directions(vector).T], axis=-1)


def sweep(network, vector, x, order):
    theta = unravel(vector, network.sizes)
    return theta, *jets.forward(network, theta, x, order, order + 1)


# ----------------------------------------------------------------- σ and its derivatives


@pytest.mark.parametrize("name", jets.FORMULAS)
@given(z=st.floats(-5, 5).filter(lambda z: z == 0 or abs(z) > 1e-3))
def test_formulas_by_forward_mode(name, z):
    z = np.array([z])
    got = list(jets.FORMULAS[name](z))
    wanted = [part for part, _ in zip(jets.by_forward_mode(ACTIVATIONS[name], z), range(6))]
    assert len(got) == 6
    np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(got[:4], wanted[:4], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", jets.FORMULAS)
def test_formulas_by_differences(name):
    z, h = np.linspace(-3, 3, 12), 1e-5  # 12, so that the kink of relu is not among them
    low, middle, high = (list(jets.FORMULAS[name](z + s)) for s in (-h, 0, h))
    np.testing.assert_allclose(middle[0], ACTIVATIONS[name](z), rtol=1e-15)
    for k in range(5):
        slope = (high[k] - low[k]) / (2 * h)
        np.testing.assert_allclose(middle[k + 1], slope, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
def test_formulas_far_out(name):
    with np.errstate(over="raise", invalid="raise"):
        value, *slopes = jets.FORMULAS[name](np.array([-800.0, 800.0]))
    limits = {"tanh": [-1, 1], "sigmoid": [0, 1], "softplus": [0, 800]}
    assert np.array_equal(value, limits[name])
    assert np.array_equal(slopes[0], [0, 1] if name == "softplus" else [0, 0])
    assert not np.any(slopes[1:])


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_derivatives_as_asked(count):
    z = np.array([0.3, -1.2])
    for sigma in [*ACTIVATIONS.values(), BUMP]:
        found = jets.derivatives(sigma, z, count)
        assert len(found) == count
        assert np.array_equal(found[0], sigma(z))
        if count > 1:
            np.testing.assert_allclose(found[1], sigma.derivative(z), rtol=1e-14)


def test_identity():
    z = np.array([0.3, -1.2])
    value, *slopes = jets.derivatives(Activation("identity"), z, 4)
    assert np.array_equal(value, z)
    assert np.array_equal(slopes, [[1, 1], [0, 0], [0, 0]])


def test_activation_of_ones_own():
    z = np.array([-1.5, 0.0, 0.4])
    e = np.exp(-z * z)
    wanted = [e, -2 * z * e, (4 * z**2 - 2) * e, (12 * z - 8 * z**3) * e]
    np.testing.assert_allclose(jets.derivatives(BUMP, z, 4), wanted, rtol=1e-14)


def test_a_known_name_with_functions_of_ones_own_keeps_them():
    cube = Activation("tanh", lambda z: z**3, lambda z: 3 * z**2)
    assert np.array_equal(jets.derivatives(cube, np.array([2.0]), 4), [[8], [12], [12], [6]])


# ------------------------------------------------------------------------ forwards in x


@given(case=cases(SMOOTH))
def test_output_jet_by_nested_dual_numbers(case):
    network, vector, x, order = case
    theta, jet, layers = sweep(network, vector, x, order)
    assert jet.shape == (order + 1, len(x), network.sizes[-1])
    assert_close(jet, nested(network, vector, x, order), 1e-12)
    # What each layer keeps is its input and z; σ's slopes at z but for the identity.
    for l, layer in enumerate(layers):
        assert layer.a_in.shape == (order + 1, len(x), network.sizes[l])
        assert layer.z.shape == (order + 1, len(x), network.sizes[l + 1])
        if layer.slopes is not None:
            assert len(layer.slopes) == order + 1
    passed = network.forward(theta, x[:, None])
    for l, layer in enumerate(layers, start=1):
        assert_close(layer.z[0], passed.z[l], 1e-13)
        assert_close(layer.a_in[0], passed.a[l - 1], 1e-13)


def test_jet_of_one_neuron_by_hand():
    # N = 3 sin(2 x + 1) - 1
    network = Network((1, 1, 1), ("sine", "identity"))
    x = np.array([0.0, 0.7])
    jet, _ = jets.forward(network, unravel(np.array([2.0, 1.0, 3.0, -1.0]), (1, 1, 1)), x, 2, 3)
    z = 2 * x + 1
    wanted = [3 * np.sin(z) - 1, 6 * np.cos(z), -12 * np.sin(z)]
    np.testing.assert_allclose(jet[:, :, 0], wanted, rtol=1e-14)


def test_relu_has_no_curvature():
    network = Network((1, 4, 1), ("relu", "identity"))
    theta = network.initial_parameters(np.random.default_rng(1))
    x = np.array([-1.3, 0.2, 1.9])
    jet, _ = jets.forward(network, theta, x, 2, 3)
    h = 1e-6
    above, below = (network(theta, x[:, None] + s) for s in (h, -h))
    np.testing.assert_allclose(jet[1], (above - below) / (2 * h), rtol=1e-8)
    assert not np.any(jet[2])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_function_of_a_function(order):
    """exp(sin x): Faà di Bruno's formula against sympy's derivatives."""
    x = sympy.Symbol("x")
    at = 0.7
    z = np.array([[[float(sympy.sin(x).diff(x, k).subs(x, at))]] for k in range(order + 1)])
    got = jets.composed([np.exp(z[0])] * order, z, order)
    wanted = [float(sympy.exp(sympy.sin(x)).diff(x, k).subs(x, at)) for k in range(1, order + 1)]
    np.testing.assert_allclose(np.ravel(got), wanted, rtol=1e-14)


# ---------------------------------------------------------------------- backwards in Θ


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["tanh", "sine"])
def test_through_activation_is_the_transpose(name, order):
    """The adjoint of z is Σ (∂a/∂z)ᵀ times that of a, the a by the formula for (a, a', a'')."""
    rng = np.random.default_rng(2)
    Z, adjoint = rng.normal(size=(2, order + 1, 3, 2))

    def a(Z):
        value, *slopes = jets.FORMULAS[name](Z[0])
        return np.stack([value, *jets.composed(slopes, Z, order)])

    slopes = jets.derivatives(ACTIVATIONS[name], Z[0], order + 2)[1:]
    kept = adjoint.copy()
    got = jets.through_activation(adjoint, jets.LayerJet(None, Z, slopes))
    flat = lambda z: np.sum(adjoint * a(z.reshape(Z.shape)))
    assert_close(got.ravel() @ directions(Z.ravel()), by_complex_step(flat, Z.ravel()), 1e-13)
    assert np.array_equal(adjoint, kept)


def test_through_the_identity_nothing_changes():
    adjoint = np.arange(6.0).reshape(3, 2, 1)
    got = jets.through_activation(adjoint, jets.LayerJet(None, np.ones((3, 2, 1)), None))
    assert np.array_equal(got, adjoint)


@settings(max_examples=60)
@given(case=cases(ANALYTIC))
def test_gradient_by_complex_step(case):
    network, vector, x, order = case
    theta, jet, layers = sweep(network, vector, x, order)
    seed = np.random.default_rng(7).normal(size=jet.shape)
    number = lambda v: np.sum(seed * nested(network, v, x, order))
    kept = seed.copy()
    got = jets.gradient(theta, layers, seed)
    assert got.shape == vector.shape
    assert_close(got @ directions(vector), by_complex_step(number, vector), 1e-11)
    assert np.array_equal(seed, kept)


@settings(max_examples=40)
@given(case=cases(ANALYTIC), E=st.integers(1, 3))
def test_jacobian_by_complex_step(case, E):
    network, vector, x, order = case
    theta, jet, layers = sweep(network, vector, x, order)
    seed = np.random.default_rng(7).normal(size=(E, *jet.shape))

    def numbers(v):
        return np.einsum("ekmj,kmj->me", seed, nested(network, v, x, order))

    got = jets.jacobian(theta, layers, seed)
    assert got.shape == (len(x), E, len(vector))
    assert_close(got @ directions(vector), by_complex_step(numbers, vector), 1e-11)


@settings(max_examples=30)
@given(case=cases([*SMOOTH, "relu"]))
def test_rows_of_the_jacobian_add_up_to_the_gradient(case):
    network, vector, x, order = case
    theta, jet, layers = sweep(network, vector, x, order)
    seed = np.random.default_rng(3).normal(size=jet.shape)
    rows = jets.jacobian(theta, layers, seed[None])
    assert_close(rows.sum(axis=(0, 1)), jets.gradient(theta, layers, seed), 1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("names", [["softplus"], ["tanh", "sine"], ["sigmoid", "softplus"]])
def test_gradient_by_the_tape(names, order):
    network = Network((1, *[4] * len(names), 2), (*names, "identity"))
    rng = np.random.default_rng(5)
    vector, x = ravel(network.initial_parameters(rng)), rng.uniform(-1, 1, 3)
    theta, jet, layers = sweep(network, vector, x, order)
    seed = rng.normal(size=jet.shape)

    def number(v):
        call = lambda s: network(unravel(v, network.sizes), np.reshape(s, (-1, 1)))
        return sum(np.sum(seed[k] * differentiated(call, k)(x)) for k in range(order + 1))

    wanted = reverse_mode.gradient(number)(vector)
    assert_close(jets.gradient(theta, layers, seed), wanted, 1e-12)


def test_deltas_with_a_seed_on_the_value_alone_are_backpropagation():
    network = Network((1, 4, 3, 1), ("tanh", "sigmoid", "identity"))
    theta = network.initial_parameters(np.random.default_rng(0))
    x = np.linspace(-1, 1, 5)
    jet, layers = jets.forward(network, theta, x, 2, 3)
    seed = np.zeros_like(jet)
    seed[0] = 1.0
    passed = network.forward(theta, x[:, None])
    wanted = np.ones((5, 1))
    for l in (3, 2, 1):
        delta = jets.deltas(theta, layers, seed)[l - 1]
        if l < 3:
            sigma = network.activations[l - 1]
            wanted = (wanted @ theta[l].weights) * sigma.derivative(passed.z[l])
        np.testing.assert_allclose(delta[0], wanted, rtol=1e-13)
        assert not np.any(delta[1:])

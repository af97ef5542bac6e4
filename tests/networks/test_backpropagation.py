"""Backpropagation: its formulas in numbers, and its gradient against four other ways to it."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.differentiation import finite_differences, reverse_mode
from course_lib.networks import Layer, Network, cost, deltas, gradient, ravel, unravel, update

SMOOTH = ["sigmoid", "tanh", "softplus", "sine", "identity"]
ANALYTIC = ["sigmoid", "tanh", "sine", "identity"]  # NumPy's logaddexp takes no complex numbers


@st.composite
def cases(draw, names=SMOOTH):
    """A random network with parameters, inputs, targets and λ."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    activations = [draw(st.sampled_from(names)) for _ in sizes[1:]]
    lam = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return (*case(sizes, activations, draw(st.integers(1, 4)), draw(st.integers(0, 99))), lam)


def case(sizes, activations, m=3, seed=0):
    rng = np.random.default_rng(seed)
    network = Network(sizes, activations)
    theta = network.initial_parameters(rng)
    return network, theta, rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1]))


def cost_of_vector(network, x, t, lam):
    return lambda vector: cost(network, unravel(vector, network.sizes), x, t, lam)


def close(a, b, tolerance):
    scale = max(1.0, np.max(np.abs(b)))
    assert np.shape(a) == np.shape(b)
    assert np.max(np.abs(a - b)) <= tolerance * scale


# --------------------------------------------------------------------- five ways, one gradient


@pytest.mark.lecture("B1", "B6", "B7", "N6")
@given(cases())
@settings(max_examples=15)
def test_against_central_differences(drawn):
    network, theta, x, t, lam = drawn
    by_differences = finite_differences.gradient(cost_of_vector(network, x, t, lam), ravel(theta))
    close(ravel(gradient(network, theta, x, t, lam)), by_differences, 1e-8)


@pytest.mark.lecture("B1", "B6", "B7", "N6")
@given(cases(ANALYTIC))
@settings(max_examples=15)
def test_against_the_complex_step(drawn):
    network, theta, x, t, lam = drawn
    f = cost_of_vector(network, x, t, lam)
    by_complex_step = finite_differences.gradient(f, ravel(theta), "complex_step")
    close(ravel(gradient(network, theta, x, t, lam)), by_complex_step, 1e-13)


@pytest.mark.lecture("B1", "B6", "B7")
@given(cases())
@settings(max_examples=15)
def test_against_the_tape(drawn):
    network, theta, x, t, lam = drawn
    by_tape = reverse_mode.gradient(cost_of_vector(network, x, t, lam))(ravel(theta))
    close(ravel(gradient(network, theta, x, t, lam)), by_tape, 1e-13)


@pytest.mark.lecture("B1")
@given(cases())
@settings(max_examples=15)
def test_against_autograd(drawn):
    network, theta, x, t, lam = drawn
    by_autograd = autograd.grad(cost_of_vector(network, x, t, lam))(ravel(theta))
    close(ravel(gradient(network, theta, x, t, lam)), by_autograd, 1e-13)


def test_relu_against_the_tape():
    network, theta, x, t = case((2, 6, 5, 1), ["relu", "relu", "identity"], m=7)
    by_tape = reverse_mode.gradient(cost_of_vector(network, x, t, 0.1))(ravel(theta))
    close(ravel(gradient(network, theta, x, t, 0.1)), by_tape, 1e-14)


# ------------------------------------------------------------------------------- the deltas


@pytest.mark.lecture("B4", "B5")
@given(cases())
@settings(max_examples=15)
def test_deltas_are_the_adjoints_of_z(drawn):
    network, theta, x, t, _ = drawn
    forward_pass = network.forward(theta, x)
    for l, delta in enumerate(deltas(network, theta, forward_pass, t), start=1):

        def cost_from_z(z, l=l):
            a = network.activations[l - 1].value(z)
            for layer, sigma in zip(theta[l:], network.activations[l:]):
                a = sigma.value(a @ layer.weights.T + layer.biases)
            return anp.sum((t - a) ** 2) / len(t)

        close(delta, reverse_mode.gradient(cost_from_z)(forward_pass.z[l]), 1e-13)


@pytest.mark.lecture("B4", "B5")
@pytest.mark.parametrize("names", [["tanh"] * 3, ["sigmoid", "sine", "identity"]])
def test_recursion_index_by_index(names):
    network, theta, x, t = case((2, 3, 4, 2), names)
    z, a = forward_pass = network.forward(theta, x)
    found = deltas(network, theta, forward_pass, t)
    assert len(found) == 3 and len(z) == 4
    dC_da = -2 * (t - a[3]) / len(x)
    assert found[2] == pytest.approx(network.activations[2].derivative(z[3]) * dC_da, abs=1e-15)
    for l in (2, 1):
        slope = network.activations[l - 1].derivative(z[l])
        for s in range(len(x)):
            for j in range(network.sizes[l]):
                total = sum(found[l][s, k] * theta[l].weights[k, j] * slope[s, j]
                            for k in range(network.sizes[l + 1]))
                assert found[l - 1][s, j] == pytest.approx(total, abs=1e-15)


@pytest.mark.lecture("B2", "B3")
def test_final_layer_as_a_product_of_three_factors():
    """One neuron, one sample: the factors are taken as differences of their own functions."""
    network, theta, x, t = case((1, 1, 1), "tanh", m=1)
    z, a = (np.ravel(part[2]) for part in network.forward(theta, x))
    a_before = network.forward(theta, x).a[1].item()
    w, b = theta[1].weights.item(), theta[1].biases.item()
    dC_da = finite_differences.complex_step(lambda a: (t.item() - a) ** 2, a.item())
    da_dz = finite_differences.complex_step(np.tanh, z.item())
    dz_dw = finite_differences.complex_step(lambda w: w * a_before + b, w)
    dz_db = finite_differences.complex_step(lambda b: w * a_before + b, b)
    assert z.item() == pytest.approx(w * a_before + b, rel=1e-15)
    last = gradient(network, theta, x, t)[1]
    assert last.weights.item() == pytest.approx(dC_da * da_dz * dz_dw, rel=1e-14)
    assert last.biases.item() == pytest.approx(dC_da * da_dz * dz_db, rel=1e-14)


@pytest.mark.lecture("B8")
def test_the_chain_to_the_layer_before_runs_through_z_and_a():
    """∂C/∂θ⁽ᴸ⁻¹⁾ is the product of Jacobians ∂C/∂z⁽ᴸ⁾ ∂z⁽ᴸ⁾/∂a⁽ᴸ⁻¹⁾ ∂a⁽ᴸ⁻¹⁾/∂z⁽ᴸ⁻¹⁾ ∂z/∂θ."""
    network, theta, x, t = case((2, 3, 2), ["sigmoid", "tanh"], m=1)
    z, a = network.forward(theta, x)
    dC_da = -2 * (t - a[2])[0]
    da_dz = np.diag(network.activations[1].derivative(z[2][0]))
    dz_da = theta[1].weights
    da_dz_before = np.diag(network.activations[0].derivative(z[1][0]))
    dz_dw = np.einsum("ij,k->ijk", np.eye(3), x[0])
    chain = dC_da @ da_dz @ dz_da @ da_dz_before
    first = gradient(network, theta, x, t)[0]
    assert first.biases == pytest.approx(chain, abs=1e-15)
    assert first.weights == pytest.approx(np.einsum("i,ijk->jk", chain, dz_dw), abs=1e-15)


@pytest.mark.lecture("B8")
def test_parameters_of_two_layers_do_not_depend_on_each_other():
    network, theta, x, t = case((1, 2, 1), "tanh")
    changed = [Layer(theta[0].weights + 1, theta[0].biases), theta[1]]
    before, after = gradient(network, theta, x, t)[1], gradient(network, changed, x, t)[1]
    assert np.array_equal(changed[1].weights, theta[1].weights)
    assert not np.allclose(before.weights, after.weights)  # but the gradient sees all of Θ (B1)


# ------------------------------------------------------------------------------ cost and update


@pytest.mark.lecture("N5", "N6")
@given(cases())
@settings(max_examples=15)
def test_cost_sample_by_sample(drawn):
    network, theta, x, t, lam = drawn
    by_hand = sum(np.linalg.norm(t_s - network(theta, x_s[None])[0]) ** 2
                  for x_s, t_s in zip(x, t)) / len(x)
    by_hand += lam * np.linalg.norm(ravel(theta)) ** 2
    assert cost(network, theta, x, t, lam) == pytest.approx(by_hand, rel=1e-13)


@pytest.mark.lecture("N6")
def test_regularisation_adds_twice_lambda_theta():
    network, theta, x, t = case((2, 3, 1), "sigmoid")
    extra = ravel(gradient(network, theta, x, t, 0.7)) - ravel(gradient(network, theta, x, t))
    close(extra, 2 * 0.7 * ravel(theta), 1e-15)


@pytest.mark.lecture("N5")
def test_cost_is_zero_where_the_network_hits_the_target():
    network, theta, x, _ = case((2, 3, 1), "sigmoid")
    t = network(theta, x)
    assert cost(network, theta, x, t) == 0.0
    assert np.all(ravel(gradient(network, theta, x, t)) == 0.0)


@pytest.mark.lecture("B6", "B7")
def test_update_index_by_index():
    network, theta, x, t = case((2, 3, 2), "tanh", m=1)
    forward_pass, gamma = network.forward(theta, x), 0.1
    delta = deltas(network, theta, forward_pass, t)
    new = update(theta, gradient(network, theta, x, t), gamma)
    for l in (1, 2):
        for j in range(network.sizes[l]):
            b = theta[l - 1].biases[j] - gamma * delta[l - 1][0, j]
            assert new[l - 1].biases[j] == pytest.approx(b, abs=1e-15)
            for k in range(network.sizes[l - 1]):
                step = gamma * delta[l - 1][0, j] * forward_pass.a[l - 1][0, k]
                w = theta[l - 1].weights[j, k] - step
                assert new[l - 1].weights[j, k] == pytest.approx(w, abs=1e-15)


@pytest.mark.lecture("B6", "B7")
def test_update_moves_every_layer_and_changes_no_input():
    network, theta, x, t = case((2, 3, 3, 1), "tanh")
    slope = gradient(network, theta, x, t)
    kept = ravel(theta).copy(), ravel(slope).copy()
    new = update(theta, slope, 0.1)
    assert np.array_equal(ravel(theta), kept[0]) and np.array_equal(ravel(slope), kept[1])
    for layer, old in zip(new, theta, strict=True):
        assert np.all(layer.biases != old.biases) and np.any(layer.weights != old.weights)


def test_a_small_step_lowers_the_cost_as_predicted():
    network, theta, x, t = case((2, 4, 1), "tanh")
    slope, gamma = gradient(network, theta, x, t, 0.1), 1e-6
    fall = cost(network, theta, x, t, 0.1) - cost(network, update(theta, slope, gamma), x, t, 0.1)
    assert fall == pytest.approx(gamma * np.sum(ravel(slope) ** 2), rel=1e-4)


def test_neurons_that_start_equal_stay_equal():
    network, _, x, t = case((2, 4, 1), ["tanh", "identity"])
    theta = unravel(np.zeros(network.parameter_count), network.sizes)
    equal = [Layer(np.full_like(layer.weights, 0.3), np.zeros_like(layer.biases))
             for layer in theta]
    for start in (theta, equal):
        new = start
        for _ in range(20):
            new = update(new, gradient(network, new, x, t), 0.1)
        assert np.ptp(new[0].weights, axis=0) == pytest.approx(0.0, abs=1e-14)
        assert np.ptp(new[1].weights) == pytest.approx(0.0, abs=1e-14)
        assert not np.array_equal(new[1].biases, start[1].biases)


# ---------------------------------------------------------------------------------- bad input

network, theta, x, t = case((2, 3, 1), "tanh")
INITIAL = theta
slope = gradient(network, theta, x, t)
other = Network((2, 4, 1), "tanh")
CALLS = {
    "cost": lambda network=network, theta=theta, x=x, t=t: cost(network, theta, x, t),
    "gradient": lambda network=network, theta=theta, x=x, t=t: gradient(network, theta, x, t),
    "deltas": lambda network=network, theta=theta, x=x, t=t: deltas(
        network, theta, Network((2, 3, 1), "tanh").forward(INITIAL, x), t
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("bad", "error", "message"), [
    ({"network": "tanh"}, TypeError, "network must be a Network, got 'tanh'"),
    ({"theta": 3.0}, ValueError, "theta must be a list of 2 layers, got float"),
    ({"theta": theta[:1]}, ValueError, "theta must be a list of 2 layers, got 1"),
    ({"theta": [theta[1], theta[0]]}, ValueError,
     r"weights of layer 1 has shape \(1, 3\), expected \(3, 2\)"),
    ({"theta": [theta[0], Layer([[1.0, np.nan, 0.0]], [0.0])]}, ValueError, "NaN or infinity"),
    ({"x": np.zeros((3, 5))}, ValueError, r"x has shape \(3, 5\), expected \(m, 2\)"),
    ({"x": np.zeros((0, 2))}, ValueError, "x is empty"),
    ({"x": x * np.inf}, ValueError, "NaN or infinity"),
    ({"x": "data"}, TypeError, "x must hold numbers"),
    ({"t": t[:2]}, ValueError, r"t has shape \(2, 1\), expected \(3, 1\)"),
    ({"t": t[:, 0]}, ValueError, r"t has shape \(3,\), expected \(3, 1\): write t\[:, None\]"),
    ({"t": t * np.nan}, ValueError, "t has NaN or infinity"),
    ({"t": []}, ValueError, "t is empty"),
    ({"t": None}, TypeError, "t must hold numbers"),
])
def test_bad_input(call, bad, error, message):
    with pytest.raises(error, match=message):
        call(**bad)


@pytest.mark.parametrize("f", [cost, gradient])
@pytest.mark.parametrize(("lam", "error", "message"), [
    (-0.1, ValueError, "lam must be zero or positive, got -0.1"),
    (np.nan, ValueError, "lam has NaN or infinity"),
    ([0.1, 0.2], ValueError, "lam must be one real number"),
    ("much", TypeError, "lam must hold numbers"),
])
def test_bad_regularisation(f, lam, error, message):
    with pytest.raises(error, match=message):
        f(network, theta, x, t, lam)


def test_deltas_need_a_forward_pass_of_the_network():
    with pytest.raises(TypeError, match=r"got ndarray: give network.forward\(theta, x\)"):
        deltas(network, theta, x, t)
    wider = other.forward(other.initial_parameters(np.random.default_rng(0)), x)
    with pytest.raises(ValueError, match=r"layers \(2, 4, 1\), expected \(2, 3, 1\)"):
        deltas(network, theta, wider, t)


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ((theta, slope, 0.0), ValueError, "gamma must be positive, got 0"),
    ((theta, slope, -1.0), ValueError, "gamma must be positive, got -1"),
    ((theta, slope, np.inf), ValueError, "gamma has NaN or infinity"),
    ((theta, slope, "slow"), TypeError, "gamma must hold numbers"),
    ((theta, slope[:1], 0.1), ValueError, r"\(3, 2\), \(3,\)\)\], expected those of theta"),
    ((3.0, slope, 0.1), TypeError, "theta must be a list of layers, got 3.0"),
    ((theta, ravel(slope), 0.1), TypeError, "gradient must be a list of layers"),
    ((theta, [layer.weights for layer in slope], 0.1), TypeError, "gradient must be a list"),
    (([Layer([[np.inf]], [0.0])], [Layer([[1.0]], [0.0])], 0.1), ValueError, "theta has NaN"),
])
def test_bad_update(arguments, error, message):
    with pytest.raises(error, match=message):
        update(*arguments)


def test_lists_work_where_arrays_do():
    as_lists = [Layer(layer.weights.tolist(), layer.biases.tolist()) for layer in theta]
    assert cost(network, as_lists, x.tolist(), t.tolist(), 0.1) == cost(network, theta, x, t, 0.1)
    by_lists = gradient(network, as_lists, x.tolist(), t.tolist(), 0.1)
    assert np.array_equal(ravel(by_lists), ravel(gradient(network, theta, x, t, 0.1)))
    stepped = update(as_lists, [Layer(*map(np.ndarray.tolist, layer)) for layer in slope], 0.1)
    assert np.array_equal(ravel(stepped), ravel(update(theta, slope, 0.1)))

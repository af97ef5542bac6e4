"""The layered network: its formulas in numbers, its parameters, and what it refuses."""

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.differentiation import forward_mode
from course_lib.networks import ACTIVATIONS, Activation, Layer, Network, ravel, unravel

SMOOTH = ["sigmoid", "tanh", "softplus", "sine", "identity"]

architectures = st.lists(st.integers(1, 4), min_size=2, max_size=4)


def network_with_parameters(sizes, activations, seed=0):
    network = Network(sizes, activations)
    return network, network.initial_parameters(np.random.default_rng(seed))


# ---------------------------------------------------------------------------- the equations


@pytest.mark.lecture("N1", "N3", "B3")
@given(sizes=architectures, data=st.data())
@settings(max_examples=15)
def test_forward_pass_neuron_by_neuron(sizes, data):
    names = data.draw(st.lists(st.sampled_from(SMOOTH), min_size=len(sizes) - 1,
                               max_size=len(sizes) - 1))
    network, theta = network_with_parameters(sizes, names)
    x = np.random.default_rng(1).normal(size=(3, sizes[0]))
    z, a = network.forward(theta, x)
    for l, (w, b) in enumerate(theta, start=1):
        for s in range(len(x)):
            for j in range(sizes[l]):
                weighted = sum(w[j, k] * a[l - 1][s, k] for k in range(sizes[l - 1])) + b[j]
                assert z[l][s, j] == pytest.approx(weighted, abs=1e-13)
                assert a[l][s, j] == ACTIVATIONS[names[l - 1]](z[l])[s, j]
    assert z[0] is None
    assert np.array_equal(a[0], x)
    assert np.array_equal(network(theta, x), a[-1])


@pytest.mark.lecture("N1", "N3")
def test_forward_pass_by_hand():
    network = Network((1, 1, 1), ("sigmoid", "identity"))
    theta = [Layer(np.array([[2.0]]), np.array([-1.0])), Layer(np.array([[3.0]]), np.array([0.5]))]
    a1 = 1 / (1 + np.exp(-(2.0 * 0.25 - 1.0)))
    assert network(theta, [[0.25]]) == pytest.approx(3.0 * a1 + 0.5, rel=1e-15)


def test_a_sample_does_not_see_the_others():
    network, theta = network_with_parameters((2, 5, 3), "tanh")
    x = np.random.default_rng(2).normal(size=(4, 2))
    row_by_row = np.concatenate([network(theta, row[None, :]) for row in x])
    assert network(theta, x) == pytest.approx(row_by_row, abs=1e-15)


def test_identity_layers_are_one_matrix_product():
    network, theta = network_with_parameters((2, 3, 1), "identity")
    (w1, b1), (w2, b2) = theta
    x = np.random.default_rng(3).normal(size=(5, 2))
    assert network(theta, x) == pytest.approx(x @ (w2 @ w1).T + w2 @ b1 + b2, abs=1e-14)


def test_an_activation_of_ones_own():
    square = Activation("square", lambda z: z * z, lambda z: 2 * z)
    network = Network((1, 1), square)
    theta = [Layer(np.array([[3.0]]), np.array([1.0]))]
    assert network(theta, [[2.0]]).item() == 49.0
    assert repr(network) == "Network((1, 1), ('square',))"


# ------------------------------------------------------------------------------ the parameters


@pytest.mark.lecture("N2")
def test_shapes_of_a_layer():
    _, theta = network_with_parameters((2, 5, 3), "tanh")
    assert [(layer.weights.shape, layer.biases.shape) for layer in theta] == [
        ((5, 2), (5,)),
        ((3, 5), (3,)),
    ]


def test_initial_values_keep_z_of_order_one():
    network, theta = network_with_parameters((400, 400, 400), "tanh")
    for (w, b), k in zip(theta, network.sizes):
        assert w.var() == pytest.approx(1 / k, rel=0.05)
        assert b.var() == pytest.approx(1 / k, rel=0.3)
    z = network.forward(theta, np.random.default_rng(1).normal(size=(50, 400))).z
    assert 0.5 < z[1].std() < 2 and 0.3 < z[2].std() < 2


def test_the_seed_gives_the_parameters():
    first, again, other = (network_with_parameters((1, 3, 1), "tanh", s)[1] for s in (4, 4, 5))
    assert np.array_equal(ravel(first), ravel(again))
    assert not np.array_equal(ravel(first), ravel(other))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_runs_on_autograd_boxes_and_dual_numbers(name):
    from autograd import elementwise_grad

    network, theta = network_with_parameters((1, 4, 1), (name, "identity"))
    x = np.array([-0.7, 0.2, 1.3])

    def slopes(d):
        return d(lambda s: network(theta, anp.reshape(s, (-1, 1)))[:, 0])(x)

    assert slopes(forward_mode.derivative) == pytest.approx(slopes(elementwise_grad), abs=1e-13)


# --------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("call", [
    lambda: Activation("swish"),
    lambda: Network((1, 1), "swish"),
    lambda: Network((1, 1), ["swish"]),
])
def test_unknown_activation_lists_the_known_ones(call):
    with pytest.raises(ValueError, match="unknown activation 'swish'") as caught:
        call()
    assert all(repr(name) in str(caught.value) for name in ACTIVATIONS)


@pytest.mark.parametrize("names", [["tanh"], ["tanh"] * 3, []])
def test_as_many_activations_as_layers(names):
    with pytest.raises(ValueError, match=f"2 layers after the input, got {len(names)}"):
        Network((1, 2, 1), names)


def test_no_activation_is_no_choice():
    known = "^expected the name of an activation, an Activation, or one for each layer, got None$"
    with pytest.raises(TypeError, match=known):
        Network((1, 2, 1), None)


@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0)])
def test_initial_parameters_need_a_generator(rng):
    with pytest.raises(TypeError, match=r"write np.random.default_rng\(0\)"):
        Network((1, 1), "tanh").initial_parameters(rng)


@pytest.mark.parametrize("call", ["forward", "__call__"])
@pytest.mark.parametrize(("x", "error", "message"), [
    ("data", TypeError, "x must hold numbers"),
    (np.zeros((3, 4)), ValueError, r"x has shape \(3, 4\), expected \(m, 2\)"),
    (np.zeros(2), ValueError, r"x has shape \(2,\), expected \(m, 2\): write x\[:, None\]"),
    (1.0, ValueError, r"x has shape \(\), expected \(m, 2\)"),
    ([[0.0, np.nan]], ValueError, r"NaN or infinity at index \(0, 1\)"),
    ([[np.inf, 0.0]], ValueError, "NaN or infinity"),
    (np.zeros((0, 2)), ValueError, r"x is empty \(shape \(0, 2\)\)"),
    ([[0.0, 1.0], [2.0]], ValueError, "x is ragged"),
])
def test_bad_input_of_a_network(call, x, error, message):
    network, theta = network_with_parameters((2, 3, 1), "tanh")
    with pytest.raises(error, match=message):
        getattr(network, call)(theta, x)


@pytest.mark.parametrize(("theta", "error", "message"), [
    (None, ValueError, "list of 1 layers, got NoneType"),
    ([], ValueError, "list of 1 layers, got 0"),
    ([(np.zeros((1, 2)), np.zeros(1))], TypeError, r"theta\[0\] must be a Layer, got tuple"),
    ([Layer(np.zeros((2, 1)), np.zeros(1))], ValueError,
     r"weights of layer 1 has shape \(2, 1\), expected \(1, 2\)"),
    ([Layer(np.zeros((1, 2)), np.zeros(3))], ValueError,
     r"biases of layer 1 has shape \(3,\), expected \(1,\)"),
])
def test_bad_parameters(theta, error, message):
    with pytest.raises(error, match=message):
        Network((2, 1), "tanh").forward(theta, [[0.0, 1.0]])


def test_lists_work_where_arrays_do():
    network = Network([1, 2], ["tanh"])
    as_lists = [Layer([[1.0], [2.0]], [0.0, 0.5])]
    as_arrays = [Layer(np.array([[1.0], [2.0]]), np.array([0.0, 0.5]))]
    assert np.array_equal(network(as_lists, [[1], [2]]), network(as_arrays, np.array([[1.0], [2]])))
    assert unravel([1, 2, 3, 4], [1, 2])[0].biases.tolist() == [3.0, 4.0]
    assert ravel(as_lists).tolist() == [1.0, 2.0, 0.0, 0.5]
    assert ACTIVATIONS["relu"]([-1, 1]).tolist() == [0.0, 1.0]

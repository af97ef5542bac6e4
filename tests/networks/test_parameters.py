"""The parameters: their order in one vector, their shapes, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.networks import Layer, Network, ravel, unravel


@pytest.mark.lecture("N2", "N4")
def test_parameters_stand_in_the_lectures_order():
    w1, b1 = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7.0, 8.0, 9.0])
    w2, b2 = np.array([[10.0, 11.0, 12.0]]), np.array([13.0])
    theta = [Layer(w1, b1), Layer(w2, b2)]
    assert ravel(theta).tolist() == list(range(1, 14))
    assert Layer._fields == ("weights", "biases")


@pytest.mark.lecture("N4")
@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4))
@settings(max_examples=20)
def test_ravel_and_unravel_are_inverse(sizes):
    network = Network(sizes, "tanh")
    theta = network.initial_parameters(np.random.default_rng(0))
    vector = ravel(theta)
    P = sum(n * k + n for k, n in zip(sizes, sizes[1:]))
    assert vector.shape == (P,) and network.parameter_count == P
    for layer, again in zip(theta, unravel(vector, sizes), strict=True):
        assert np.array_equal(layer.weights, again.weights)
        assert np.array_equal(layer.biases, again.biases)
    assert np.array_equal(ravel(unravel(vector, sizes)), vector)


@pytest.mark.parametrize(("sizes", "error", "message"), [
    ((3,), ValueError, r"an input and an output, .*got \(3,\)"),
    ((), ValueError, r"an input and an output"),
    ((1, 0, 1), ValueError, r"sizes\[1\] must be at least 1, got 0"),
    ((1, -2), ValueError, r"sizes\[1\]"),
    ((1, 2.5), TypeError, r"sizes\[1\] must be a whole number, got 2.5"),
    (("a", 1), TypeError, r"sizes\[0\]"),
    (7, TypeError, r"sequence such as \(1, 10, 1\), got 7"),
    ("abc", TypeError, "sequence"),
])
def test_bad_sizes(sizes, error, message):
    with pytest.raises(error, match=message):
        Network(sizes, "tanh")
    with pytest.raises(error, match=message):
        unravel([1.0], sizes)


@pytest.mark.parametrize("theta", [None, [], 3.0, "theta"])
def test_ravel_needs_layers(theta):
    with pytest.raises(TypeError, match="theta must be a list of layers"):
        ravel(theta)


@pytest.mark.parametrize(("vector", "error", "message"), [
    (np.zeros(5), ValueError, r"vector has shape \(5,\), expected \(4,\)"),
    (np.zeros((2, 2)), ValueError, r"vector has shape \(2, 2\), expected \(4,\)"),
    ([0.0, 1.0, np.nan, 2.0], ValueError, "NaN or infinity at index"),
    ([0.0, 1.0, np.inf, 2.0], ValueError, "NaN or infinity at index"),
    ([], ValueError, "vector is empty"),
    ("abcd", TypeError, "vector must hold numbers"),
])
def test_unravel_needs_a_vector_of_all_parameters(vector, error, message):
    with pytest.raises(error, match=message):
        unravel(vector, (1, 1, 1))


def test_a_network_may_have_a_hundred_million_parameters():
    assert Network((9, 10**7), "tanh").sizes == (9, 10**7)
    with pytest.raises(ValueError, match=r"give more than 1e\+08 parameters$"):
        Network((9, 10**7 + 1), "tanh")

"""The form to train with gives the numbers of the form to read."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.networks import ACTIVATIONS, Activation, Network, backpropagation, ravel
from course_lib.networks._workspace import Workspace, matrices_of, packed, unpacked


@st.composite
def networks(draw):
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    names = [draw(st.sampled_from(list(ACTIVATIONS))) for _ in sizes[1:]]
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    network = Network(sizes, names)
    m = draw(st.integers(1, 6))
    x, t = rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1]))
    return network, network.initial_parameters(rng), x, t


@given(case=networks(), lam=st.sampled_from([0.0, 0.3]))
@pytest.mark.lecture("B4", "B5", "N6")
def test_gradient_and_cost_of_the_readable_form(case, lam):
    network, theta, x, t = case
    space = Workspace(network, packed(theta), len(x))
    value = space.gradient(x, t, lam)
    assert value == pytest.approx(backpropagation.cost(network, theta, x, t, lam), rel=1e-12)
    wanted = packed(backpropagation.gradient(network, theta, x, t, lam))
    np.testing.assert_allclose(space.slope, wanted, rtol=1e-10, atol=1e-12 * np.abs(wanted).max())


def test_a_second_call_forgets_the_first():
    rng = np.random.default_rng(0)
    network = Network((2, 3, 1), ("tanh", "relu"))
    vector = packed(network.initial_parameters(rng))
    x, t = rng.normal(size=(2, 4, 2)), rng.normal(size=(2, 4, 1))
    space, fresh = (Workspace(network, vector, 4) for _ in range(2))
    space.gradient(x[0], t[0])
    assert space.gradient(x[1], t[1]) == fresh.gradient(x[1], t[1])
    assert np.array_equal(space.slope, fresh.slope)


def test_parameters_changed_in_place_are_seen():
    network = Network((1, 2, 1), ("sigmoid", "identity"))
    vector = packed(network.initial_parameters(np.random.default_rng(0)))
    space = Workspace(network, vector, 1)
    before = space.gradient([[1.0]], [[0.0]])
    vector += 0.5
    theta = unpacked(vector, network.sizes)
    after = space.gradient([[1.0]], [[0.0]])
    assert after != before
    assert after == pytest.approx(backpropagation.cost(network, theta, [[1.0]], [[0.0]]))


def test_activation_of_ones_own_with_a_built_in_name():
    own = Activation("tanh", lambda z: z**2, lambda z: 2 * z)
    network = Network((1, 2, 1), (own, "identity"))
    theta = network.initial_parameters(np.random.default_rng(1))
    space = Workspace(network, packed(theta), 2)
    x, t = np.array([[0.3], [0.9]]), np.zeros((2, 1))
    space.gradient(x, t)
    wanted = packed(backpropagation.gradient(network, theta, x, t))
    np.testing.assert_allclose(space.slope, wanted, rtol=1e-12)


@given(case=networks())
def test_packing_loses_nothing(case):
    network, theta, _, _ = case
    vector = packed(theta)
    again = unpacked(vector, network.sizes)
    assert np.array_equal(ravel(again), ravel(theta))
    first = matrices_of(vector, network.sizes)[0]
    assert np.array_equal(first[:, -1], theta[0].biases)
    assert not np.shares_memory(again[0].weights, vector)


def test_no_memory_grows_over_many_steps():
    rng = np.random.default_rng(0)
    network = Network((10, 10, 1), ("tanh", "identity"))
    vector = packed(network.initial_parameters(rng))
    x, t = rng.normal(size=(2000, 10)), rng.normal(size=(2000, 1))
    space = Workspace(network, vector, 2000)
    space.gradient(x, t)
    tracemalloc.start()
    try:
        for _ in range(100):
            space.gradient(x, t)
        early = tracemalloc.get_traced_memory()[0]
        for _ in range(5_000):
            space.gradient(x, t)
        grown, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The other threads of a test run take some ten thousand bytes, too.
    assert grown - early < 100_000  # 20 bytes a step: the smallest object has 24
    assert peak < x.nbytes == 160_000  # not even one array of a layer is made anew

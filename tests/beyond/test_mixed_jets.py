"""The network's mixed derivatives, forwards in x and t and backwards in the parameters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.beyond import _mixed_jets as jets
from course_lib.differentiation import jvp
from course_lib.networks import Network

ALPHAS = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda alpha: sum(alpha) <= 4)
START = {(1, 0): np.array([[1.0, 0.0]]), (0, 1): np.array([[0.0, 1.0]])}


@st.composite
def networks(draw, smallest=1):
    hidden = draw(st.lists(st.integers(1, 4), min_size=smallest, max_size=3))
    sigmas = [draw(st.sampled_from(["tanh", "sine", "softplus"])) for _ in hidden]
    network = Network((2, *hidden, draw(st.integers(1, 2))), [*sigmas, "identity"])
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    return network, network.initial_parameters(rng), rng.uniform(-1, 1, (draw(st.integers(1, 3)), 2)), rng


def by_dual_numbers(network, theta, points, alpha):
    """∂ᵅN by nested dual numbers, one level for each derivative."""
    f = lambda p: network(theta, p)
    for k in (0, 1):
        direction = np.tile(np.eye(2)[k], (len(points), 1))
        for _ in range(alpha[k]):
            f = lambda p, f=f, v=direction: jvp(f, p, v)[1]
    return f(points)


@settings(max_examples=60)
@given(networks(), ALPHAS)
def test_mixed_derivatives_by_nested_dual_numbers(case, alpha):
    network, theta, points, _ = case
    N, _ = jets.forward(network, theta, {jets.VALUE: points, **START}, [alpha])
    wanted = by_dual_numbers(network, theta, points, alpha)
    np.testing.assert_allclose(N[alpha], wanted, rtol=1e-8, atol=1e-9 * (1.0 + np.abs(wanted).max()))


@settings(max_examples=40)
@given(networks(), st.lists(ALPHAS, min_size=1, max_size=3, unique=True))
def test_backwards_is_the_transpose_of_forwards(case, alphas):
    """⟨seed, change of the jet⟩ = ⟨gradient, change of Θ⟩ for any change of Θ."""
    network, theta, points, rng = case
    start = {jets.VALUE: points, **START}
    N, layers = jets.forward(network, theta, start, alphas, 1)
    seed = {alpha: rng.normal(size=N[alpha].shape) for alpha in alphas}
    h, change = 1e-6, [type(layer)(*(rng.normal(size=part.shape) for part in layer)) for layer in theta]
    moved = [
        [type(layer)(*(p + s * h * d for p, d in zip(layer, dl))) for layer, dl in zip(theta, change)] for s in (1, -1)
    ]
    ahead, behind = (jets.forward(network, other, start, alphas)[0] for other in moved)
    wanted = sum(np.vdot(seed[alpha], (ahead[alpha] - behind[alpha]) / (2 * h)) for alpha in alphas)
    flat = np.concatenate([np.ravel(part) for layer in change for part in layer])
    gradient = jets.gradient(theta, layers, seed)
    assert gradient @ flat == pytest.approx(wanted, rel=1e-4, abs=1e-5 * (1.0 + np.abs(gradient).max()))
    J = jets.jacobian(theta, layers, {alpha: part[None] for alpha, part in seed.items()})
    np.testing.assert_allclose(J[:, 0].sum(axis=0), gradient, rtol=1e-9, atol=1e-10 * (1.0 + np.abs(gradient).max()))


@given(ALPHAS)
def test_below_counts_every_index_once_and_the_binomials_add_up(alpha):
    found = list(jets.below(alpha))
    assert len(found) == len(set(found)) == (alpha[0] + 1) * (alpha[1] + 1)
    assert found[0] == jets.VALUE and found[-1] == alpha
    assert sum(jets.over(alpha, beta) for beta in found) == 2 ** sum(alpha)

"""The network as the equation, against the mathematics: exact gradients, the adjoint equation and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm, expm_frechet

from course_lib.beyond import adjoint, cost_and_gradient, learn_field, pull_back, walk
from course_lib.differentiation import finite_differences, reverse_mode
from course_lib.differentiation.finite_differences import observed_order
from course_lib.equations import euler
from course_lib.networks import Layer, Network, deltas, ravel, unravel

NETWORK = Network((2, 4, 3, 2), ("tanh", "sigmoid", "identity"))
LINEAR = Network((2, 2), "identity")
SPIRAL = [Layer(np.array([[-0.3, -1.0], [1.0, -0.3]]), np.array([0.2, -0.1]))]
seeds = st.integers(0, 10_000)


def field(seed, network=NETWORK):
    return network.initial_parameters(np.random.default_rng(seed))


def slowed(k):
    """The field N = -k a of one number."""
    return Network((1, 1), "identity"), [Layer(np.array([[-k]]), np.zeros(1))]


def stored(network, theta, a, x):
    return np.array(list(walk(network, theta, a, x)))


def at_the_end(path, slope):
    """∂C/∂a of a cost of the last state alone."""
    dC_da = np.zeros_like(path)
    dC_da[-1] = slope
    return dC_da


# --------------------------------------------------------------------------------------- the walk


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_a_walk_is_eulers_polygon_for_every_walker(seed):
    rng, theta = np.random.default_rng(seed), field(seed)
    a, x = rng.normal(size=(3, 2)), np.cumsum(rng.uniform(0.01, 0.5, 8))
    path = stored(NETWORK, theta, a, x)
    for k in range(3):
        polygon = euler(lambda x, f: NETWORK(theta, [f])[0], a[k], x)
        np.testing.assert_allclose(path[:, k], polygon, rtol=1e-12, atol=1e-14)


def test_a_step_is_a_layer_that_adds():
    layer, theta = Network((2, 2), "tanh"), field(3, Network((2, 2), "tanh"))
    a, (w, b) = np.array([[0.4, -1.0]]), theta[0]
    _, after = walk(layer, theta, a, [0.0, 0.25])
    np.testing.assert_allclose(after[0], a[0] + 0.25 * np.tanh(w @ a[0] + b), rtol=1e-15)


def test_a_walk_begins_where_it_is_told_and_stores_nothing():
    states = walk(LINEAR, SPIRAL, [[2.0, 0.0]], np.linspace(0, 1e6, 10**6 + 1))
    np.testing.assert_array_equal(next(states), [[2.0, 0.0]])
    assert [a.tolist() for a in walk(LINEAR, SPIRAL, [[2.0, 0.0]], [0.0])] == [[[2.0, 0.0]]]


def test_a_walk_has_order_one():
    a, errors, steps = np.array([[2.0, 0.0]]), [], 1 / 2 ** np.arange(4, 9)
    exact = solve_ivp(lambda x, f: LINEAR(SPIRAL, [f])[0], (0, 2), a[0], "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    for h in steps:
        errors.append(np.max(np.abs(stored(LINEAR, SPIRAL, a, np.linspace(0, 2, round(2 / h) + 1))[-1, 0] - exact)))
    assert observed_order(errors, steps) == pytest.approx(1, abs=0.05)


# ----------------------------------------------------------------------------------- the way back


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_pull_back_is_the_transposed_jacobian(seed):
    rng, theta = np.random.default_rng(seed), field(seed)
    a, p = rng.normal(size=(2, 3, 2))
    back, slopes = pull_back(NETWORK, theta, a, p)
    seen = reverse_mode.gradient(lambda a: (p * NETWORK(theta, a)).sum())(a)
    np.testing.assert_allclose(back, seen, rtol=1e-12, atol=1e-14)
    seen = reverse_mode.gradient(lambda v: (p * NETWORK(unravel(v, NETWORK.sizes), a)).sum())(ravel(theta))
    np.testing.assert_allclose(ravel(slopes), seen, rtol=1e-12, atol=1e-14)


def test_pull_back_is_the_recursion_of_backpropagation():
    theta, a, t = field(1), *np.random.default_rng(0).normal(size=(2, 5, 2))
    run = NETWORK.forward(theta, a)
    delta = deltas(NETWORK, theta, run, t)
    back, slopes = pull_back(NETWORK, theta, a, 2 * (run.a[-1] - t) / 5)
    np.testing.assert_allclose(back, delta[0] @ theta[0].weights, rtol=1e-13)
    for l in range(3):
        np.testing.assert_allclose(slopes[l].biases, delta[l].sum(axis=0), rtol=1e-13)


@given(seeds, st.integers(1, 12), st.sampled_from(["tanh", "sigmoid", "softplus", "sine"]))
@settings(deadline=None, max_examples=25)
def test_the_gradient_of_the_steps_is_that_of_the_tape(seed, n, sigma):
    """Discretise, then differentiate: exact to rounding, however coarse the steps are."""
    network = Network((2, 3, 2), (sigma, "identity"))
    rng, theta = np.random.default_rng(seed), field(seed, network)
    a, x = rng.normal(size=(2, 2)), np.cumsum(rng.uniform(0.1, 0.6, n + 1))
    weights = rng.normal(size=(n + 1, 2, 2))  # of every state in the cost

    def cost(a, vector):
        return sum((w * s * s).sum() for w, s in zip(weights, walk(network, unravel(vector, network.sizes), a, x)))

    path = stored(network, theta, a, x)
    p, slopes = adjoint(network, theta, x, path[-2::-1], 2 * weights * path)
    seen = reverse_mode.gradient(cost)(a, ravel(theta))
    for mine, tape in zip((p, ravel(slopes)), seen):
        np.testing.assert_allclose(mine, tape, rtol=1e-10, atol=1e-11 * np.max(np.abs(tape)))


def test_three_ways_to_one_gradient():
    theta, x = field(5), np.linspace(0, 2, 13)
    t = np.random.default_rng(5).normal(size=(4, 3, 2))

    def cost(vector):
        path = list(walk(NETWORK, unravel(vector, NETWORK.sizes), t[0], x))
        return sum(((a - t_k) ** 2).sum() for a, t_k in zip(path[::4], t)) / 12

    value, slopes = cost_and_gradient(NETWORK, theta, x, t)
    assert value == pytest.approx(cost(ravel(theta)), rel=1e-13)
    np.testing.assert_allclose(ravel(slopes), reverse_mode.gradient(cost)(ravel(theta)), rtol=1e-10, atol=1e-13)
    seen = finite_differences.gradient(cost, ravel(theta))
    np.testing.assert_allclose(ravel(slopes), seen, rtol=1e-6, atol=1e-7 * np.max(np.abs(seen)))


def test_the_walk_back_is_the_gradient_by_hand():
    """One number, two steps of 1/2: C = a_2² = (1 + w/2)⁴, for w = -1."""
    network, theta = slowed(1.0)
    path = stored(network, theta, [[1.0]], [0.0, 0.5, 1.0])
    p, slopes = adjoint(network, theta, [0.0, 0.5, 1.0], path[-2::-1], at_the_end(path, 2 * path[-1]))
    assert (p[0, 0], slopes[0].weights[0, 0]) == (2 * 0.5**4, 4 * 0.5**3 / 2)


# ------------------------------------------------------------------------------- the adjoint equation


def exact_gradient(theta, a, t, end):
    """The gradient of ‖a(end) - t‖² for the linear field w a + b, by the exponential of a matrix."""
    w, b = theta[0]
    block = np.zeros((3, 3))  # a and the constant one
    block[:2, :2], block[:2, 2] = w, b
    flow, state = expm(end * block), np.array([*a, 1.0])
    p = np.array([*(2 * ((flow @ state)[:2] - t)), 0.0])
    slope = np.zeros((3, 3))
    for j, k in np.ndindex(2, 3):
        direction = np.zeros((3, 3))
        direction[j, k] = end
        slope[j, k] = p @ expm_frechet(end * block, direction, compute_expm=False) @ state
    return (p @ flow)[:2], np.concatenate([slope[:2, :2].ravel(), slope[:2, 2]])


@pytest.mark.parametrize("side", ["left ends, stored", "right ends, stored", "right ends, walked back"])
def test_all_ways_approach_the_exact_gradient_with_order_one(side):
    a, t, end = np.array([[2.0, 0.0]]), np.array([0.5, -1.0]), 1.5
    exact, errors, steps = exact_gradient(SPIRAL, a[0], t, end), [], 1.5 / 2.0 ** np.arange(5, 10)
    for h in steps:
        x = np.linspace(0, end, round(end / h) + 1)
        path = stored(LINEAR, SPIRAL, a, x)
        states = {"left ends, stored": path[-2::-1], "right ends, stored": path[:0:-1],
                  "right ends, walked back": walk(LINEAR, SPIRAL, path[-1], x[:0:-1])}[side]  # fmt: skip
        p, slopes = adjoint(LINEAR, SPIRAL, x, states, at_the_end(path, 2 * (path[-1] - t)))
        errors.append(max(np.max(np.abs(p[0] - exact[0])), np.max(np.abs(ravel(slopes) - exact[1]))))
    assert observed_order(errors, steps) == pytest.approx(1, abs=0.08)
    assert errors[-1] < 0.1


def test_both_orders_of_the_two_words_differ_by_one_step():
    """Discretise then optimise, or optimise then discretise: one index apart, so the difference has order one."""
    theta, a, steps, gaps = field(7), np.array([[1.0, -0.5]]), 1 / 2 ** np.arange(4, 10), []
    for h in steps:
        x = np.linspace(0, 2, round(2 / h) + 1)
        path = stored(NETWORK, theta, a, x)
        dC_da = at_the_end(path, 2 * path[-1])
        _, left = adjoint(NETWORK, theta, x, path[-2::-1], dC_da)
        _, right = adjoint(NETWORK, theta, x, path[:0:-1], dC_da)
        gaps.append(np.max(np.abs(ravel(left) - ravel(right))))
    assert observed_order(gaps, steps) == pytest.approx(1, abs=0.05)
    assert gaps[0] > 1e-4  # they do differ


def test_slopes_times_field_are_conserved():
    """H = pᵀ N is Hamilton's function of a and p: constant for the adjoint equation, and so nearly for small steps."""
    theta, a, drift, steps = field(2), np.array([[1.5, -1.0]]), [], 1 / 2 ** np.arange(4, 9)
    for h in steps:
        x = np.linspace(0, 2, round(2 / h) + 1)
        path = stored(NETWORK, theta, a, x)
        p, H = 2 * path[-1], []
        for i in range(len(x) - 2, -1, -1):
            p, _ = adjoint(NETWORK, theta, x[i : i + 2], path[i + 1 : i + 2], [0 * p, p])
            H.append(np.sum(p * NETWORK(theta, path[i])))
        drift.append(np.ptp(H))
    assert observed_order(drift, steps) == pytest.approx(1, abs=0.1)


# ------------------------------------------------------------------------------------- there and back


@pytest.mark.parametrize("k", [-8.0, -1.0, 2.0, 8.0, 30.0])
def test_the_way_back_misses_the_start_as_predicted(k):
    network, theta = slowed(k)
    x = np.linspace(0, 1, 101)
    path = stored(network, theta, [[1.0]], x)
    *_, home = walk(network, theta, path[-1], x[::-1])
    assert home[0, 0] == pytest.approx((1 - (k / 100) ** 2) ** 100, rel=1e-10)


@pytest.mark.parametrize("k", [0.5, 5.0, 20.0])
def test_a_gradient_from_a_path_walked_back_is_wrong_as_predicted(k):
    """For N = w a and C = a_n²; the quotient of both gradients is a geometric sum."""
    network, theta = slowed(k)
    x, n, s = np.linspace(0, 1, 101), 100, (k / 100) ** 2
    path = stored(network, theta, [[1.0]], x)
    dC_da = at_the_end(path, 2 * path[-1])
    exact = adjoint(network, theta, x, path[-2::-1], dC_da)[1][0].weights[0, 0]
    back = adjoint(network, theta, x, walk(network, theta, path[-1], x[:0:-1]), dC_da)[1][0].weights[0, 0]
    assert back / exact == pytest.approx((1 - k / 100) * (1 - (1 - s) ** n) / (n * s), rel=1e-9)


@given(st.floats(0.1, 3.0), st.floats(0.1, 3.0))
@settings(deadline=None, max_examples=10)
def test_a_disturbance_of_the_end_grows_on_the_way_back_as_it_shrank(k, end):
    """By exp(k X), up to the error of the steps: what a contracting field forgets, the way back must invent."""
    x = np.linspace(end, 0, 201)
    *_, home = walk(*slowed(k), [[1.0], [1.001]], x)
    grown = (home[1, 0] - home[0, 0]) / 1e-3
    assert grown == pytest.approx((1 + k * end / 200) ** 200, rel=1e-10)
    assert -((k * end) ** 2) / 400 - 1e-9 < np.log(grown) - k * end < 1e-9


# ---------------------------------------------------------------------------------------- learning


def spiral(k, end=3.0):
    w, b = SPIRAL[0]
    x = np.linspace(0, end, k + 1)
    rest = np.linalg.solve(w, -b)
    return x, np.array([[rest + expm(s * w) @ ([2.0, 0.0] - rest)] for s in x])


def test_a_linear_field_learns_what_its_steps_need_not_the_field():
    """Euler's step must be the exact one: I + h w = exp(h A). The learned w is the field only for h → 0."""
    gaps, steps = [], 3.0 / np.array([8, 16, 32])
    for k, h in zip((8, 16, 32), steps):
        x, t = spiral(k)
        found = learn_field(LINEAR, [Layer(np.zeros((2, 2)), np.zeros(2))], x, t)
        assert found.converged and found.cost[-1] < 1e-9
        A = SPIRAL[0].weights
        np.testing.assert_allclose(found.theta[0].weights, (expm(h * A) - np.eye(2)) / h, atol=1e-3)
        gaps.append(np.max(np.abs(found.theta[0].weights - A)))
    assert observed_order(gaps, steps) == pytest.approx(1, abs=0.15)


def test_a_network_learns_a_spiral():
    network = Network((2, 6, 2), ("tanh", "identity"))
    theta, (_, t) = field(0, network), spiral(8)
    before = ravel(theta).copy()
    found = learn_field(network, theta, np.linspace(0, 3, 17), t, iterations=60)
    assert found.cost[-1] < 1e-3 * found.cost[0]
    assert np.all(np.diff(found.cost) <= 0)
    assert found.cost[-1] == pytest.approx(cost_and_gradient(network, found.theta, np.linspace(0, 3, 17), t)[0])
    np.testing.assert_array_equal(ravel(theta), before)


def test_what_was_cut_short_is_not_called_converged():
    network = Network((2, 6, 2), ("tanh", "identity"))
    x, t = spiral(8)
    found = learn_field(network, field(0, network), x, t, iterations=2)
    assert not found.converged and "iterations" in found.message
    assert len(found.cost) == 3


def test_a_field_that_fits_at_once_stays():
    x, t = np.linspace(0, 1, 5), np.array(list(walk(LINEAR, SPIRAL, [[2.0, 0.0]], np.linspace(0, 1, 5))))
    found = learn_field(LINEAR, SPIRAL, x, t)
    assert found.converged and found.cost == [0.0]


# ------------------------------------------------------------------------------------- bad input

GOOD = dict(network=LINEAR, theta=SPIRAL, x=np.linspace(0, 1, 5))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(network="tanh"), TypeError, "network must be of the class Network"),
        (dict(network=Network((2, 3), "tanh")), ValueError, "takes 2 numbers and gives 3"),
        (dict(theta=[Layer(np.ones((1, 2)), np.ones(1))]), ValueError, "weights of layer 1 has shape"),
        (dict(a=[1.0, 2.0]), ValueError, r"a has shape \(2,\), expected \(m, 2\)"),
        (dict(a=[[np.nan, 1.0]]), ValueError, "a has NaN"),
        (dict(x=[0.0, 1.0, 1.0]), ValueError, "x must grow, or fall, .* lie between 0 and 1"),
        (dict(x=[0.0, 1.0, 0.5]), ValueError, "lie between -0.5 and 1"),
        (dict(x=[[0.0, 1.0]]), ValueError, "x has shape"),
    ],
)
def test_a_walk_says_what_is_wrong(change, error, message):
    with pytest.raises(error, match=message):
        walk(**GOOD | dict(a=[[2.0, 0.0]]) | change)


def test_a_walk_that_leaves_the_numbers_says_where():
    network = Network((1, 1), "identity")
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="no finite number at x = 3: take smaller steps"):
        list(walk(network, [Layer(np.array([[1e120]]), np.zeros(1))], [[1.0]], np.arange(6.0)))


def test_a_pull_back_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"p has shape \(2, 2\), expected \(1, 2\)"):
        pull_back(LINEAR, SPIRAL, [[1.0, 2.0]], np.ones((2, 2)))
    with pytest.raises(TypeError, match="a must be real"):
        pull_back(LINEAR, SPIRAL, [[1j, 2.0]], [[1.0, 2.0]])


STATES = np.ones((4, 1, 2))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(states=np.ones((5, 1, 2))), ValueError, r"more than 4 states, expected 4, .* path\[-2::-1\]"),
        (dict(states=np.ones((3, 1, 2))), ValueError, "states has 3 states, expected 4"),
        (dict(states=[]), ValueError, "states has 0 states, expected 4"),
        (dict(states=3.0), TypeError, "states must be an array or an iterable"),
        (dict(states=np.ones((4, 2, 2))), ValueError, r"states\[0\] has shape \(2, 2\), expected \(1, 2\)"),
        (dict(states=[*STATES[:3], [[1.0, np.inf]]]), ValueError, r"states\[3\] has NaN or infinity"),
        (dict(dC_da=np.ones((4, 1, 2))), ValueError, r"dC_da has shape \(4, 1, 2\), expected \(5, 1, 2\)"),
        (dict(dC_da=np.ones((5, 2))), ValueError, r"dC_da has shape \(5, 2\), expected \(n \+ 1, m, 2\)"),
        (dict(x=[0.0], dC_da=np.ones((1, 1, 2))), ValueError, "x has one point"),
    ],
)
def test_an_adjoint_says_what_is_wrong(change, error, message):
    with pytest.raises(error, match=message):
        adjoint(**GOOD | dict(states=STATES, dC_da=np.ones((5, 1, 2))) | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(t=np.ones((4, 1, 2))), "t has 4 targets and x 5 points"),
        (dict(t=np.ones((1, 1, 2))), "t has 1 targets"),
        (dict(t=np.ones((2, 1, 2)), x=[0.0]), "t has 2 targets and x 1 points"),
        (dict(t=np.ones((5, 2))), "t has shape"),
        (dict(iterations=0), "iterations must be at least 1"),
    ],
)
def test_learning_says_what_is_wrong(change, message):
    with pytest.raises(ValueError, match=message):
        learn_field(**GOOD | dict(t=np.ones((5, 1, 2))) | change)

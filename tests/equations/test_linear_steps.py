"""Steps along a linear equation with sources: their order, both directions, several sources at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from course_lib.equations._solver.linear_steps import _means, first_order, jumps, one_step, stepped
from course_lib.equations._solver.unit_domain import lobatto


def followed(c, s, x, start, value):
    """Return y, (m, D, n), for coefficients c and sources s at the points x, from the value (D, n) at one of them."""
    A, g = first_order(c, s)
    h = np.diff(x)
    return stepped(*one_step(A, h), h[:, None, None] * g, start, value)


def slopes_of(errors):
    return np.log2(errors[:-1] / errors[1:])


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_of_second_order_with_a_rate_and_a_source_that_change(place):
    """(1 + x) e' - cos(x) e = -s with e = sin(3 x), from the left, from within and from the right."""
    errors = []
    for steps in (16, 32, 64):
        x = 2.0 * lobatto(steps + 1)
        c = np.array([-np.cos(x), 1.0 + x])[None, :, :, None]
        exact = np.sin(3 * x)
        s = np.cos(x) * exact - (1 + x) * 3 * np.cos(3 * x)
        start = int(place * steps)
        y = followed(c, s[:, None, None], x, start, exact[start, None, None])
        errors.append(np.abs(y[:, 0, 0] - exact).max())
    assert np.all(slopes_of(np.array(errors)) > 1.8)


def test_of_fourth_order_with_a_rate_and_a_source_that_do_not():
    """e' + 3 e = 6 with e(0) = 1: e = 2 - exp(-3 x)."""
    errors = []
    for steps in (16, 32, 64):
        x = lobatto(steps + 1)
        c = np.array([3.0, 1.0])[None, :, None, None] * np.ones((steps + 1, 1))
        y = followed(c, np.full((steps + 1, 1, 1), -6.0), x, 0, np.ones((1, 1)))
        errors.append(np.abs(y[:, 0, 0] - 2 + np.exp(-3 * x)).max())
    assert np.all(slopes_of(np.array(errors)) > 3.8)


def test_a_system_of_second_order_with_several_sources():
    """e'' + B e' + C e = -s with constant B and C, beside the exponential of the whole."""
    rng = np.random.default_rng(0)
    B, C, start = rng.normal(size=(2, 2)), rng.normal(size=(2, 2)), rng.normal(size=(4, 3))
    sources = rng.normal(size=(2, 3))
    x = 1.5 * lobatto(65)
    c = np.stack([C, B, np.eye(2)], axis=1)[:, :, None] * np.ones((len(x), 1))
    y = followed(c, np.tile(sources, (len(x), 1, 1)), x, 20, start)
    A = np.block([[np.zeros((2, 2)), np.eye(2)], [-C, -B]])
    at_rest = np.linalg.solve(A, np.vstack([np.zeros((2, 3)), sources]))
    for k in (0, 20, 41, 64):
        wanted = at_rest + expm((x[k] - x[20]) * A) @ (start - at_rest)
        np.testing.assert_allclose(y[k], wanted, rtol=1e-7, atol=1e-7)


def test_a_mixed_highest_derivative_is_solved_for():
    """M e' = -s with a matrix M: e = -M⁻¹ s x."""
    M, s, x = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0], [-2.0]]), lobatto(17)
    c = np.stack([np.zeros((2, 2)), M], axis=1)[:, :, None] * np.ones((17, 1))
    y = followed(c, np.tile(s, (17, 1, 1)), x, 0, np.zeros((2, 1)))
    np.testing.assert_allclose(y[:, :, 0], -x[:, None] * np.linalg.solve(M, s)[:, 0], atol=1e-13)


@pytest.mark.parametrize("m", [9, 65, 499, 500, 3000])
def test_the_means_of_a_cubic_are_right_and_take_little_memory(m):
    x = lobatto(m)
    powers = np.arange(4)
    means = np.diff(x[:, None] ** (powers + 1) / (powers + 1), axis=0) / np.diff(x)[:, None]
    np.testing.assert_allclose(_means(m) @ x[:, None] ** powers, means, atol=1e-9)
    assert getattr(_means(m), "nnz", m * m) <= 499**2


def test_a_stiff_equation_needs_no_short_steps():
    x = lobatto(33)
    c = np.array([1e6, 1.0])[None, :, None, None] * np.ones((33, 1))
    y = followed(c, -np.ones((33, 1, 1)), x, 0, np.zeros((1, 1)))
    assert np.abs(y).max() < 3e-6


@pytest.mark.parametrize("d", [1, 2])
def test_infinite_where_the_highest_derivative_drops_out(d):
    c = np.ones((d, 2, 9, d))
    c[:, 1] = 0.0
    with np.errstate(all="raise"):
        y = followed(c, np.ones((9, d, 1)), lobatto(9), 0, np.zeros((d, 1)))
    assert np.all(y == np.inf)


def test_infinite_where_the_steps_have_no_answer():
    P = Q = np.zeros((8, 1, 1))
    assert np.all(stepped(P, Q, np.ones((8, 1, 1)), 0, np.zeros((1, 1))) == np.inf)
    P = Q = np.ones((8, 1, 1))
    for value in (np.inf, np.nan):
        assert np.all(stepped(P, Q, np.ones((8, 1, 1)), 0, np.full((1, 1), value)) == np.inf)


def test_slopes_beyond_all_numbers_give_infinity_and_no_warning():
    A = 1e300 * np.array([[1.0, 1.0], [-1.0, -1.0]]) * np.ones((8, 1, 1))
    with np.errstate(all="raise"):
        P, Q = one_step(A, np.ones(8))
    assert np.all(stepped(P, Q, np.ones((8, 2, 1)), 0, np.zeros((2, 1))) == np.inf)


@pytest.mark.parametrize("height", [1e-8, 1e8])
@pytest.mark.parametrize("near", [1e-9, 0.5, 1.0 - 1e-9])
def test_what_a_jump_leaves_open_covers_what_the_means_get_wrong(height, near):
    """Wherever between two points the jump is, in the first of them as in the last."""
    x = lobatto(129)
    h = np.diff(x)
    for k, at in enumerate(x[:-1] + near * h):
        s = height * (x > at)
        left_open = jumps(h, s[:, None])
        wrong = np.abs(h @ (_means(129) @ s) - height * (1.0 - at))
        most = h @ (_means(129) @ left_open[:, 0, 0])
        assert wrong <= most <= height * 0.5 * h[max(k - 1, 0) : k + 2].sum()


def test_each_equation_has_a_jump_of_its_own_or_none():
    x = lobatto(129)
    s = np.stack([np.cos(9 * x), np.where(x > 0.3, 2.0, -1.0), np.where(x > 0.8, 0.0, 1e-9)], axis=1)
    left_open = jumps(np.diff(x), s)[:, :, 0]
    for j, at, height in [(1, 0.3, 3.0), (2, 0.8, 1e-9)]:
        beside = np.searchsorted(x, at) + np.array([-1, 0])
        assert np.array_equal(np.flatnonzero(left_open[:, j]), beside)
        np.testing.assert_allclose(left_open[beside, j], 0.29 * height, rtol=1e-12)
    assert not left_open[:, 0].any()


@given(degrees=st.lists(st.integers(0, 60), min_size=2, max_size=2))
def test_where_nothing_jumps_nothing_is_left_open(degrees):
    """For a Chebyshev polynomial and the sum of two, which swing as often as a residual on 62 points."""
    x = lobatto(129)
    first, second = np.polynomial.chebyshev.chebval(2.0 * x - 1.0, np.eye(61)[:, degrees])
    assert jumps(np.diff(x), np.stack([first, first + second], axis=1)).shape == (129, 2, 0)

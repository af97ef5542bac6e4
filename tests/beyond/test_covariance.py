"""The covariance is the inverse where there is one, and says infinity, never a huge number, where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.beyond.covariance import lengths_of, slopes_by, what_is_known, with_error

seeds = st.integers(0, 10_000)


def sensitivities(seed, n=9, q=4):
    """Random sensitivities, of constants in very different units."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, q)) * 10.0 ** rng.uniform(-6.0, 6.0, q)


@given(seeds)
def test_covariance_is_the_inverse(seed):
    S = sensitivities(seed)
    known, units = what_is_known(S), np.linalg.norm(S, axis=0)
    wanted = np.linalg.inv((S / units).T @ (S / units))
    np.testing.assert_allclose(known.covariance * np.outer(units, units), wanted, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(known.covariance, known.within)
    assert known.free.shape == (4, 0)


@given(seeds)
def test_free_directions_leave_the_data_alone(seed):
    """The third constant does what the first two do together; the fourth is by itself."""
    S = sensitivities(seed)
    units = np.linalg.norm(S, axis=0)
    S[:, 2] = units[2] * (2.0 * S[:, 0] / units[0] - S[:, 1] / units[1])
    known = what_is_known(S)
    assert known.free.shape == (4, 1)
    change = S @ known.free[:, 0]
    assert np.abs(change).max() < 1e-6 * np.abs(S * known.free[:, 0]).max()
    np.testing.assert_array_equal(np.isinf(np.diag(known.covariance)), [True, True, True, False])
    alone = what_is_known(S[:, [0, 1, 3]]).covariance[2, 2]
    assert abs(known.covariance[3, 3] / alone - 1.0) < 1e-6
    assert not np.isnan(known.covariance).any()


def test_signs_of_what_is_infinite():
    """Of a sum the two parts change against one another, of a difference together."""
    total, difference = np.ones((3, 2)), np.ones((3, 2)) * [1.0, -1.0]
    np.testing.assert_array_equal(what_is_known(total).covariance, [[np.inf, -np.inf], [-np.inf, np.inf]])
    np.testing.assert_array_equal(what_is_known(difference).covariance, np.inf)


def test_error_of_what_is_determined():
    known = what_is_known(np.ones((4, 2)))  # four data of the sum, so its variance is a quarter
    np.testing.assert_allclose(known.error_of(np.array([[1.0, 1.0], [3.0, 3.0]])), [0.5, 1.5])
    np.testing.assert_array_equal(known.error_of(np.array([[1.0, 0.0], [1.0, -1.0]])), np.inf)
    assert known.error_of(np.zeros((1, 2)))[0] == 0.0


def test_lengths():
    np.testing.assert_array_equal(lengths_of(np.array([[3.0, 0.0], [4.0, 0.0]])), [5.0, 1.0])


@given(seeds)
def test_slopes_of_a_cube(seed):
    p = np.random.default_rng(seed).normal(size=3) * [1e-9, 1.0, 1e6]
    found = slopes_by(lambda p: np.array([p[0] * p[1], p[2] ** 3]), p, np.abs(p))
    np.testing.assert_allclose(found[0], [p[1], p[0], 0.0], rtol=1e-8, atol=1e-12 * np.abs(p[1]))
    np.testing.assert_allclose(found[1], [0.0, 0.0, 3.0 * p[2] ** 2], rtol=1e-8)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (2.01637, 0.01486, "2.016 ± 0.015"),
        (1234.5, 230.0, "1234 ± 230"),
        (-0.0312, 0.25, "-0.03 ± 0.25"),
        (1.0e-9, 2.0e-11, "(1.000 ± 0.020)e-9"),
        (4.56e7, 1.2e5, "(4.560 ± 0.012)e7"),
        (2.0, np.inf, "2 ± inf"),
        (2.0, 0.0, "2 ± 0"),
    ],
)
def test_digits_follow_the_error(value, error, text):
    assert with_error(value, error) == text

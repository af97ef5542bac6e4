"""Least squares by three ways of LAPACK's, against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.equations._solver.least_squares import independent, least_squares, solver


def rng_of(seed):
    return np.random.default_rng(seed)


def conditioned(rng, m, n, condition):
    """A matrix (m, n) whose singular values fall from one to 1/condition."""
    U, V = (np.linalg.qr(rng.normal(size=(k, n)))[0] for k in (m, n))
    return U * np.geomspace(1.0, 1.0 / condition, n) @ V.T


# ------------------------------------------------------------------------- QR


@given(m=st.integers(1, 12), n=st.integers(1, 12), seed=st.integers(0, 2**20))
def test_least_squares_against_numpy(m, n, seed):
    rng = rng_of(seed)
    J, r = rng.normal(size=(m, n)), rng.normal(size=m)
    kept = J.copy(), r.copy()
    s = least_squares(J, r)
    wanted = -np.linalg.lstsq(J, r, rcond=1e-14)[0]
    size = np.linalg.cond(J)
    np.testing.assert_allclose(s, wanted, rtol=1e-12 * size, atol=1e-12 * size)
    assert np.array_equal(J, kept[0]) and np.array_equal(r, kept[1])


@given(
    m=st.integers(2, 12), n=st.integers(2, 12), rank=st.integers(1, 11),
    seed=st.integers(0, 2**20),
)  # fmt: skip
def test_of_several_that_are_as_good_the_shortest(m, n, rank, seed):
    rng, rank = rng_of(seed), min(rank, m - 1, n - 1)
    # Columns that repeat: the dependence is exact in floating-point numbers too.
    J = rng.normal(size=(m, rank))[:, np.arange(n) % rank] * 2.0 ** rng.integers(-2, 3, n)
    r = rng.normal(size=m)
    s = least_squares(J, r)
    wanted = -np.linalg.lstsq(J, r, rcond=1e-13)[0]
    size = np.linalg.cond(J[:, :rank])
    np.testing.assert_allclose(s, wanted, rtol=1e-12 * size, atol=1e-12 * size)


def test_a_column_of_zeros_gets_a_step_of_zero():
    J = np.array([[1.0, 0.0], [2.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(least_squares(J, np.array([9.0, 9.0, 0.0])), [-3, 0], atol=1e-14)


# ------------------------------------------------------------------------- normal equations


@given(n=st.integers(1, 12), more=st.integers(0, 8), digits=st.floats(0, 5), seed=st.integers(0, 2**20))
def test_well_posed_it_is_as_right_as_qr(n, more, digits, seed):
    rng = rng_of(seed)
    J, r = conditioned(rng, n + more, n, 10**digits), rng.normal(size=(n + more, 3))
    kept = J.copy(), r.copy()
    solve = solver(J, True)
    wanted = np.stack([least_squares(J, column) for column in r.T], axis=1)
    # The error of least squares by QR, which is that of the data: Björck (1996), theorem 1.4.6.
    error = 1e-14 * 10 ** (2 * digits) * np.linalg.norm(r)
    np.testing.assert_allclose(solve(r), wanted, rtol=0, atol=error)
    np.testing.assert_allclose(solve(r[:, 0]), wanted[:, 0], rtol=0, atol=error)
    assert solve(r[:, 0]).shape == (n,)
    assert np.array_equal(J, kept[0]) and np.array_equal(r, kept[1])


def test_a_second_answer_takes_back_what_the_square_has_cost():
    rng = rng_of(0)
    J, s = conditioned(rng, 60, 25, 1e4), rng.normal(size=25)
    wrong = np.linalg.solve(J.T @ J, J.T @ (J @ s)) - s
    assert np.linalg.norm(solver(J, True)(-J @ s) - s) < 1e-3 * np.linalg.norm(wrong)


@pytest.mark.parametrize("condition", [1e7, 1e9, 1e13])
@pytest.mark.parametrize("well_posed", [True, False])
def test_where_the_square_would_lose_all_digits_qr_does_it(condition, well_posed):
    rng = rng_of(1)
    J, s = conditioned(rng, 40, 12, condition), rng.normal(size=12)
    found = solver(J, well_posed)(-J @ s)
    assert np.linalg.norm(found - s) < 1e-16 * condition * np.linalg.norm(s)
    assert np.array_equal(found, least_squares(J, -J @ s))


def test_directions_that_are_small_enough_count_as_zero():
    rng = rng_of(1)
    J, r = conditioned(rng, 40, 12, 1e7), rng.normal(size=40)
    assert np.linalg.norm(least_squares(J, r, 1e-3)) < 1e-2 * np.linalg.norm(least_squares(J, r))


def test_a_dependent_column_is_left_to_qr():
    J = np.array([[1.0, 1.0], [2.0, 2.0], [2.0, 2.0]])
    np.testing.assert_allclose(solver(J, True)(np.array([9.0, 9.0, 0.0])), [-1.5, -1.5], atol=1e-14)


# ------------------------------------------------------------------------- independent functions


@given(n=st.integers(1, 12), more=st.integers(0, 8), digits=st.floats(0, 6), seed=st.integers(0, 2**20))
def test_independent_columns_become_orthonormal_and_span_the_same(n, more, digits, seed):
    A = conditioned(rng_of(seed), n + more, n, 10**digits)
    T = independent(A)
    assert T.shape == (n, n)
    Q, wanted = A @ T, np.linalg.qr(A)[0]
    np.testing.assert_allclose(Q.T @ Q, np.eye(n), atol=1e-13 * 10**digits)
    np.testing.assert_allclose(Q @ Q.T, wanted @ wanted.T, atol=1e-13 * 10**digits)


@given(n=st.integers(2, 12), rank=st.integers(1, 11), seed=st.integers(0, 2**20))
def test_what_is_not_independent_is_left_out(n, rank, seed):
    rng, rank = rng_of(seed), min(rank, n - 1)
    basis = conditioned(rng, 15, rank, 10.0)
    A = basis[:, np.arange(n) % rank] * 2.0 ** rng.integers(-2, 3, n)
    Q = A @ independent(A)
    assert Q.shape == (15, rank)
    np.testing.assert_allclose(Q.T @ Q, np.eye(rank), atol=1e-11)
    np.testing.assert_allclose(Q @ (Q.T @ basis), basis, atol=1e-11)


def test_the_smallest_that_counts():
    A = np.diag([1.0, 1e-6, 1e-12, 1e-14, 0.0])
    for smallest, rank in [(1e-3, 1), (1e-9, 2), (1e-13, 3), (1e-15, 4), (0.0, 4)]:
        T = independent(A, smallest)
        assert T.shape == (5, rank)
        np.testing.assert_allclose(np.abs(A @ T), np.eye(5)[:, :rank], atol=1e-15)
    assert independent(A).shape == (5, 3)
    assert independent(np.zeros((4, 2))).shape == (2, 0)

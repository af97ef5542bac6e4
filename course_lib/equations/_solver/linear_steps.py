"""A linear equation with sources and an initial value in steps: Σ_k c_k e⁽ᵏ⁾ = -s, as a system y' = A y + g.

With the means of A and g between two neighbouring points, and a = h A / 2, one step is::

    (1 - a + a²/3) y_{i+1} = (1 + a + a²/3) y_i + h g,        y = (e, e', ...)

A fraction takes the place of exp(h A), so that no step is too long for it: of fourth order where A is constant, of
second where it changes. With the initial value all steps, to the right of it and to the left, are one
linear system, of which all but a narrow band is zero.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg.lapack import dgbsv
from scipy.sparse import csr_array

from course_lib.equations._solver.unit_domain import lobatto


def first_order(c: Any, s: Any) -> tuple[Any, Any]:
    """Return A (m - 1, K d, K d) and g (m - 1, K d, n) between neighbouring points, not finite where c_K is singular.

    Parameters
    ----------
    c
        The coefficients of e, e', ..., e⁽ᴷ⁾ at m points, those of `lobatto`, shape (d, K + 1, m, d).
    s
        n sources there, shape (m, d, n).
    """
    (d, K, m, _), n = c.shape, s.shape[2]
    D = (K - 1) * d
    at_points = np.concatenate([c.transpose(2, 0, 1, 3).reshape(m, d, -1), s], axis=2)
    between = (_means(m) @ at_points.reshape(m, -1)).reshape(m - 1, d, -1)
    top, others = between[:, :, D : D + d], np.concatenate([between[:, :, :D], between[:, :, D + d :]], axis=2)
    both = np.zeros((m - 1, D, D + n))  # A and g
    both[:, : D - d, d:D] = np.eye(D - d)
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            both[:, D - d :] = -others / top if d == 1 else -np.linalg.solve(top, others)
    except np.linalg.LinAlgError:
        both[:] = np.nan
    if not np.isfinite(both).all():
        both[:] = np.nan
    return both[:, :, :D], both[:, :, D:]


def jumps(h: Any, s: Any) -> Any:
    """Return what a jump between two points leaves open of the source s (m, d): (m, d, 1), or (m, d, 0) if none.

    The points are h, (m - 1,), apart. Times its distance the change of a residual that jumps, by 1e-8 or by one, is
    fourteen times the mean of all or more, where it has a bend it is nine times, and where it is smooth and the points
    resolve it, three to six times, as measured on the pieces of 24 systems.
    """
    change = np.abs(s[1:] - s[:-1])
    weighed = h[:, None] * change
    jumping = np.maximum.reduce(weighed) * len(h) > 6.0 * np.add.reduce(weighed)
    if not jumping.any():
        return np.zeros((*s.shape, 0))
    left_open = np.zeros((*s.shape, 1))
    for j in np.flatnonzero(jumping):
        k = int(weighed[:, j].argmax())
        beside = slice(k - (k == len(h) - 1), k + 2 + (k == 0))  # at an end the means of two steps are of one side
        left_open[beside, j, 0] = 0.29 * change[k, j]  # three steps have it in their means: half the jump for one
    return left_open


@lru_cache(maxsize=8)
def _means(m: int) -> Any:
    """Return the means between neighbouring points of the cubics through four of them, a matrix (m - 1, m).

    It is sparse where it is large: a small one is quicker full.
    """
    u, powers, places = lobatto(m), np.arange(4), np.arange(m - 1)
    four = np.clip(places - 1, 0, m - 4)[:, None] + np.arange(4)
    at = (u[four] - u[:-1, None]) / np.diff(u)[:, None]
    weights = np.linalg.solve(at[:, None] ** powers[:, None], 1.0 / (powers[:, None] + 1.0))
    rule = csr_array((weights.ravel(), four.ravel(), np.arange(0, 4 * m - 3, 4)), shape=(m - 1, m))
    return rule.toarray() if m < 500 else rule


def one_step(A: Any, h: Any) -> tuple[Any, Any]:
    """Return P and Q, (m - 1, D, D), of the steps P y_{i+1} = Q y_i, for the distances h (m - 1,) of the points."""
    half = 0.5 * h[:, None, None] * A
    with np.errstate(over="ignore"):
        even = np.eye(A.shape[1]) + half @ half / 3.0
        return even - half, even + half


def stepped(P: Any, Q: Any, source: Any, start: int, value: Any) -> Any:
    """Return y at the m points, shape (m, D, n), infinite where the steps have no answer.

    Parameters
    ----------
    P, Q, source
        The steps P y_{i+1} = Q y_i + source, shapes (m - 1, D, D) and (m - 1, D, n).
    start, value
        The index of the point where y is known, and y there, shape (D, n).
    """
    steps, D, n = source.shape
    rows, at_steps, at_start = _band(steps, D, start)
    band, right = np.zeros((6 * D - 2, (steps + 1) * D)), np.empty((steps + 1, D, n))
    band.ravel()[at_steps] = np.concatenate([-Q, P], axis=2)
    band.ravel()[at_start] = 1.0
    right[rows], right[start] = source, value
    y, failed = np.full_like(right, np.inf), True
    if np.isfinite(P).all() and np.isfinite(right).all():
        _, _, solved, failed = dgbsv(2 * D - 1, 2 * D - 1, band, right.reshape(-1, n))
    return y if failed else solved.reshape(y.shape)


@lru_cache(maxsize=8)
def _band(steps: int, D: int, start: int) -> tuple[Any, Any, Any]:
    """Return the blocks of rows of the steps, and where in the band these (steps, D, 2 D) and those of the start stand.

    The initial value stands between the steps to the left of it and those to the right, as wide as a step.
    """
    blocks = np.arange(steps) + (np.arange(steps) >= start)
    rows = blocks[:, None, None] * D + np.arange(D)[:, None]
    columns = np.arange(steps)[:, None, None] * D + np.arange(2 * D)
    width, known = (steps + 1) * D, start * D + np.arange(D)
    middle = 2 * (2 * D - 1)  # the row of the band that holds the diagonal
    return blocks, (middle + rows - columns) * width + columns, middle * width + known

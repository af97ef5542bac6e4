"""What rounding does to a solution: in the network's own sum, in the residual, and grown along the equation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.equations.residuals import Residuals
from course_lib.networks.parameters import Theta


def rounding_of(residuals: Residuals, f: Any, by_f: Any) -> Any:
    """Return what rounding may add to the residual: four columns of random sign, (m, E, 4).

    f is (K + 1, m, d), by_f (E, K + 1, m, d). The errors are those of a sum of many features. What answers
    them shows how well two ends hold f.
    """
    x, largest = residuals.x, np.abs(f[0]).max() or 1.0
    units = (x[-1] - x[0]) ** np.arange(len(f), dtype=float)
    sizes = np.maximum(np.abs(f), largest / units[:, None, None])
    noise = 16.0 * np.finfo(float).eps * np.einsum("ekmd,kmd->me", np.abs(by_f), sizes)
    return noise[:, :, None] * _signs(noise.size).reshape(*noise.shape, 4)


@lru_cache
def _signs(count: int) -> Any:
    """Return four columns of -1 and 1, (count, 4)."""
    return 2.0 * np.random.default_rng(0).integers(0, 2, (count, 4)) - 1.0


def rounding_of_the_sum(residuals: Residuals, theta: Theta) -> Any:
    """Return how far off large weights of both signs leave f_t, shape (m, d), for neurons of size one."""
    factor = np.finfo(float).eps * np.abs(np.broadcast_to(residuals.factor[0], residuals.x.shape))
    return factor[:, None] * np.sqrt((theta[-1].weights ** 2).sum(axis=1))


def rounding_error(residuals: Residuals, f: Any, by_f: Any, P: Any, Q: Any, start: int) -> tuple[float, Any]:
    """Return what the rounding of the last digit can grow to between two points, and what it leaves at the ends.

    That is (2, K, d, K d): errors of independent random signs, of a rounding that happens once, anywhere. f is
    (K + 1, m, d), the jet of f_t, by_f (E, K + 1, m, d) are the ∂L_e/∂f_j⁽ᵏ⁾ there, and P, Q (m - 1, K d, K d) are the
    steps of the linearised equation. Away from the point of index `start` they are multiplied in pairs, pairs of pairs,
    and so on, and with them the covariances of what they leave. The slope is measured in units in which it is as large
    as f, so that the units of x do not matter.
    """
    x, (K, d) = residuals.x, (len(f) - 1, f.shape[2])
    sizes = np.abs(f).max(axis=(1, 2))
    unit = sizes[0] / sizes[1] if K > 1 and sizes[0] * sizes[1] > 0.0 else x[-1] - x[0]
    units = unit ** np.arange(K + 1.0)  # of f, f', f''
    if d == 1:
        slopes = np.abs(by_f[0, :, :, 0])
        steepest, least = (slopes[:K].max(axis=1) / units[:K]).sum(), slopes[K].min() / units[K]
        norm = max(K - 1.0, steepest / least) if least else np.inf
        if norm * (x[-1] - x[0]) < 10.0 * unit:
            return 0.0, 0.0  # ∫‖A‖ dx < 10, so it cannot grow by more than exp(10)
    if not np.isfinite(P).all():  # the highest derivative drops out at a point
        return 0.0, 0.0
    scale = np.repeat(units[:K], d)
    P, Q = (part * scale[:, None] / scale for part in (P, Q))
    state = np.abs(f[:K]) + np.diff(x).max() * np.abs(f[1:])
    state = (state * units[:K, None, None]).swapaxes(0, 1).reshape(len(x), K * d)
    largest, at_ends = 0.0, np.zeros((2, K * d, K * d))
    to_left = Q[:start][::-1], P[:start][::-1], state[start:0:-1]
    for side, (to, of, before) in enumerate((to_left, (P[start:], Q[start:], state[start:-1]))):
        if len(to):
            steps = np.linalg.solve(to, of)
            R = np.tile(np.eye(K * d), (1 << (len(steps) - 1).bit_length(), 1, 1))
            R[: len(steps)] = steps  # and steps that do nothing, up to a power of two
            own = np.zeros((len(R), K * d))
            own[: len(steps)] = before
            left = (R * own[:, None] ** 2 / len(steps)) @ R.swapaxes(1, 2)
            size = own.max(axis=1)
            while True:
                largest = max(largest, float((np.abs(R[:, :d]).sum(axis=2).max(axis=1) * size).max()))
                if len(R) == 1:
                    break
                left = R[1::2] @ left[::2] @ R[1::2].swapaxes(1, 2) + left[1::2]
                R, size = R[1::2] @ R[::2], size[::2]
            at_ends[side] = _root(left[0])
    eps = float(np.finfo(float).eps)
    return eps * largest, eps * at_ends.reshape(2, K, d, K * d) / units[:K, None, None]


def _root(covariance: Any) -> Any:
    """Return the errors of independent random signs, the columns of (n, n), that have this covariance (n, n)."""
    if not np.isfinite(covariance).all():
        return np.full_like(covariance, np.inf)
    variances, directions = np.linalg.eigh(covariance)
    return directions * np.sqrt(np.maximum(variances, 0.0))


def spread_of(carried: Any, left: Any, in_f: Any) -> Any:
    """Return as few errors of independent random signs at the ends as have the same covariance, (2, K, d, K d).

    They are made of those carried from the start, (2, K, d, n), of those left by rounding on the way,
    (2, K, d, K d) or 0, and of one for each unknown, the rounding of the network's sum, (2, d).
    """
    K, d = carried.shape[1:3]
    own = np.zeros((2, K, d, d))
    own[:, 0, range(d), range(d)] = in_f
    left = np.broadcast_to(left, (2, K, d, K * d))
    columns = np.concatenate([carried, left, own], axis=3).reshape(2, K * d, -1)
    if not np.isfinite(columns).all():
        return np.full((2, K, d, K * d), np.inf)
    few: Any = np.linalg.qr(columns.swapaxes(1, 2), mode="r")
    return few.swapaxes(1, 2).reshape(2, K, d, -1)

"""Least squares: what Gauss-Newton spends its time on, and the estimate of the error between two ends.

Random features are nearly dependent, so that JᵀJ s = -Jᵀr loses all digits. Written in functions that are
independent (`independent`) the same problem is well posed, and JᵀJ, factorised once, answers several r (`solver`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg.lapack import dgelsy, dgeqp3, dpotrf, dpotrs, dtrtri


def least_squares(J: Any, r: Any, smallest: float = 1e-15) -> Any:
    """Return the s, shape (P,), of least ‖r + J s‖; of several that are as good, the shortest.

    For several r, the columns of an array, it returns as many s.

    Directions in which J is `smallest` times as large as in the largest one count as zero.

    LAPACK's own solver for nearly dependent columns (QR with column pivoting), because
    ``scipy.linalg.lstsq`` takes longer for its checks than for a small problem itself.
    """
    rows, columns = J.shape
    padded = np.zeros((max(rows, columns), r.size // rows))
    padded[:rows] = r.reshape(rows, -1)
    free = np.zeros(columns, dtype=np.int32)
    return -dgelsy(J, padded, free, smallest, 64 * (rows + columns))[1][:columns].reshape(columns, *r.shape[1:])


def solver(J: Any, well_posed: bool) -> Callable[[Any], Any]:
    """Return `least_squares` as a function of r alone, for a well-posed J, (m, P), four times as fast.

    JᵀJ squares the condition of J. So what the first answer leaves of r is answered once more; and where that
    would not do, QR does it.
    """
    C, failed = dpotrf(J.T @ J) if well_posed else (J, True)
    size = np.diag(C)
    if failed or not size.min() > 1e-6 * size.max():
        return partial(least_squares, J)

    def solve(r: Any) -> Any:
        columns = r.reshape(len(J), -1)
        s = dpotrs(C, J.T @ columns)[0]
        s += dpotrs(C, J.T @ (columns - J @ s))[0]
        return -s.reshape(-1, *r.shape[1:])

    return solve


def independent(A: Any, smallest: float = 1e-14) -> Any:
    """Return T, shape (n, r), for which A T is orthonormal: what of the columns of A, (m, n), is independent.

    What is `smallest` times as large as the largest column, once the others are taken out, is left out:
    numbers as large as its inverse in T would bring rounding back.
    """
    qr, order, _, _, _ = dgeqp3(A)
    size = np.abs(np.diag(qr))
    rank = int(np.count_nonzero(size > smallest * size[0]))
    T = np.zeros((A.shape[1], rank))
    if rank:
        T[order[:rank] - 1] = np.triu(dtrtri(qr[:rank, :rank])[0])
    return T

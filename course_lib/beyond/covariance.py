"""What data know of constants: their covariance, and the directions in which nothing is known.

If s is a change of the q constants and S s what it does to the data, in units of the noise, then the constants that fit
best have the covariance (SᵀS)⁻¹. Where S s = 0 for some s, the data do not determine the constants along s. Both are
read off the eigenvalues and eigenvectors of SᵀS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

_SAME = 1e-6  # directions in which the data change less than this part of what each constant alone does count as free


def slopes_by(g: Callable[[Any], Any], p: Any, units: Any) -> Any:
    """Return ∂g/∂p from central differences, shape (n, q), for g(p) of shape (n,) and p in units of (q,) numbers."""
    steps = np.cbrt(np.finfo(float).eps) * np.diag(np.maximum(np.abs(p), units))
    return np.transpose([(g(p + step) - g(p - step)) / (2.0 * np.sum(step)) for step in steps])


def lengths_of(columns: Any) -> Any:
    """Return the length of each column, shape (q,), of an array (n, q); 1 for a column of zeros."""
    lengths = np.linalg.norm(columns, axis=0)
    return np.where(lengths > 0.0, lengths, 1.0)


class Known(NamedTuple):
    """What data with the sensitivities S, shape (n, q), know about q constants.

    Parameters
    ----------
    covariance
        Of the constants, shape (q, q), in their units; infinite for those that are not determined.
    within
        The same along the determined directions alone, which is finite.
    free
        Directions in which the constants can change and the data stay the same, one in each column, shape (q, z).
    """

    covariance: Any
    within: Any
    free: Any

    def error_of(self, slopes: Any) -> Any:
        """Return the standard errors, (m,), of what changes with the constants by these slopes, (m, q)."""
        error = np.sqrt(np.maximum(np.einsum("mi,ij,mj->m", slopes, self.within, slopes), 0.0))
        loose = np.abs(slopes @ self.free).max(axis=1, initial=0.0)
        whole = np.abs(slopes) @ np.abs(self.free).max(axis=1, initial=0.0)
        return np.where(loose > 1e-5 * whole, np.inf, error)


def what_is_known(S: Any) -> Known:
    """Return what data with the sensitivities S, shape (n, q), know of the constants.

    Each constant is measured by the error that it would have if all others were known. Then SᵀS has ones on its
    diagonal, and where one of its eigenvalues is nothing beside the largest, its eigenvector is free.
    """
    lengths = lengths_of(S)
    sizes, V = np.linalg.eigh((S / lengths).T @ (S / lengths))
    seen = sizes > _SAME**2 * sizes.max()
    touched = V[:, ~seen] @ V[:, ~seen].T
    V = V / lengths[:, None]
    within = V[:, seen] / sizes[seen] @ V[:, seen].T
    covariance = np.where(np.abs(touched) > 10.0 * _SAME, np.copysign(np.inf, touched), within)
    return Known(covariance, within, V[:, ~seen])


def with_error(value: float, error: float) -> str:
    """Return "1.234 ± 0.056": a number with the digits that its standard error leaves, two of them uncertain.

    Parameters
    ----------
    value, error
        A number and its standard error, in the same unit; the error may be infinite.

    Returns
    -------
    str
        The number rounded to the second digit of the error, or to a whole one.

    Examples
    --------
    >>> with_error(2.01637, 0.01486)
    '2.016 ± 0.015'
    """
    if not 0.0 < error < np.inf:
        return f"{value:.4g} ± {error:g}"
    power, last = (int(np.floor(np.log10(size))) for size in (max(abs(value), error), error))
    unit = 0 if -4 < power < 6 else power
    digits = max(1 - last + unit, 0)
    told = f"{value / 10.0**unit:.{digits}f} ± {error / 10.0**unit:.{digits}f}"
    return f"({told})e{unit}" if unit else told

"""The constants that were found: their errors, which of them the data determine, and all that in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib._calling import called
from course_lib._validation import function, real_array
from course_lib.beyond.covariance import Known, lengths_of, slopes_by, what_is_known, with_error
from course_lib.beyond.pde_solve import PDESolution
from course_lib.equations import Solution

_HARDLY = 100.0  # an error that the other constants make so many times larger is told of


@dataclass(frozen=True, repr=False)
class Fit:
    """What `fit` found: the constants with their errors, and the solution that belongs to them.

    Parameters
    ----------
    values
        The constants by name, each a number or an array, in their units.
    standard_errors
        Their standard errors by name, in the same shapes and units; infinite where the data do not determine one.
    covariance
        Of all constants in the order of their names, shape (q, q), in their units; infinite where
        one is not determined.
    sensitivities
        S, how each measurement changes with each constant, in units of its noise, shape (n, q). What was known
        beforehand has its rows at the end.
    free
        Directions in which the constants can change and the data stay the same, one in each column, shape (q, z).
    chi_squared
        The sum of the squares of the misfit in units of the noise. It should be near `degrees_of_freedom`.
    degrees_of_freedom
        How many data there are more than determined constants.
    solution
        The solution for these constants, a `course_lib.equations.solution.Solution`, for a partial differential
        equation a `course_lib.beyond.pde_solve.PDESolution`.
    converged
        Whether the constants have stopped moving and the solution is right to a thousandth of the noise.
    message
        Why it ended, which constants cannot be told apart, and what to try.

    Notes
    -----
    Bates and Watts (1988), chapter 2, on the linearised covariance.
    """

    values: dict[str, Any]
    standard_errors: dict[str, Any]
    covariance: Any
    sensitivities: Any
    free: Any
    chi_squared: float
    degrees_of_freedom: int
    solution: Solution | PDESolution
    converged: bool
    message: str

    @property
    def determined(self) -> dict[str, Any]:
        """Which constants the data determine, by name, True or False or an array of them."""
        return {name: np.isfinite(error)[()] for name, error in self.standard_errors.items()}

    def derived(self, g: Callable[..., Any]) -> tuple[Any, Any]:
        """Return something that follows from the constants, with its standard error.

        Parameters
        ----------
        g
            Function of the constants, by their names; it returns a number or an array (m,), in any unit.

        Returns
        -------
        value, standard_error
            What g returns, and how well it is known, each a number or shape (m,). The error is infinite where the data
            do not determine it; a combination of constants may be known better than each of them.

        Raises
        ------
        TypeError, ValueError
            Not a function, or it returns no finite numbers.

        Notes
        -----
        Bates and Watts (1988), chapter 2: the error of g is that of its linear picture.
        """
        names, of_constants = _Names(self.values), function(g, "g")

        def value(p: Any) -> Any:
            return real_array(called(lambda: of_constants(**names.named(p)), name="g"), "g")

        p = names.vector(self.values)
        slopes = slopes_by(lambda p: np.ravel(value(p)), p, np.where(p != 0.0, np.abs(p), 1.0))
        error = what_is_known(self.sensitivities).error_of(slopes)
        return value(p)[()], np.reshape(error, np.shape(value(p)))[()]

    def __repr__(self) -> str:
        names = _Names(self.values)
        p, errors = names.vector(self.values), names.vector(self.standard_errors)
        found = ", ".join(f"{label} = {with_error(*pair)}" for label, *pair in zip(names.labels, p, errors))
        return f"Fit({found}; {'converged' if self.converged else 'NOT converged'}: {self.message})"


class _Names:
    """The constants by name, and as one vector."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.shapes = {name: np.shape(value) for name, value in values.items()}
        self.sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        self.labels = [
            f"{name}[{k}]" if shape else name
            for (name, shape), size in zip(self.shapes.items(), self.sizes)
            for k in range(size)
        ]

    def vector(self, values: Mapping[str, Any]) -> Any:
        """Return the constants as one vector, shape (q,)."""
        return np.concatenate([np.ravel(np.asarray(values[name], float)) for name in self.shapes])

    def named(self, p: Any) -> dict[str, Any]:
        """Return the vector (q,) as constants by name, each a number or an array."""
        parts = zip(self.shapes.items(), np.split(p, np.cumsum(self.sizes)[:-1]))
        return {name: part.reshape(shape) if shape else float(part[0]) for (name, shape), part in parts}


def _told_apart(labels: list[str], p: Any, S: Any, known: Known) -> list[str]:
    """Say which constants cannot be told apart, and which hardly."""
    said = []
    for direction in known.free.T:
        concerned = np.flatnonzero(np.abs(direction) * lengths_of(S) > 1e-5)
        some = [labels[j] for j in concerned]
        if len(some) == 1:
            said.append(f"{some[0]} is not determined: the data do not change with it")
            continue
        relative = bool(p[concerned].all())
        change = direction[concerned] / (p[concerned] if relative else 1.0)
        change = change / np.copysign(np.abs(change).max(), change[0])
        listed = [f"{label} by {by:+.3g}{' %' * relative}" for label, by in zip(some, change)]
        said.append(
            f"{' and '.join(some)} cannot be told apart: the data stay the same if one changes {', '.join(listed)}"
        )
        if len(some) == 2:
            said[-1] += _combination(some, direction[concerned], p[concerned])
    inflation = np.sqrt(np.diag(known.within)) * np.linalg.norm(S, axis=0)
    said += [
        f"{labels[j]} is hardly told apart from the others: if these were known, its error would be {inflation[j]:.0f} "
        f"times smaller"
        for j in np.flatnonzero(inflation > _HARDLY)[:3]
    ]
    return said


def _combination(names: list[str], direction: Any, p: Any) -> str:
    """Say which combination of two constants does not change along a direction, both (2,), where it is a simple one."""
    ratio = direction[0] / direction[1]
    if abs(abs(ratio) - 1.0) < 1e-3 and abs(abs(p[0]) - abs(p[1])) > 1e-3 * abs(p[0]):
        return f"; they determine {names[0]} {'-' if ratio > 0.0 else '+'} {names[1]}"
    power = ratio * p[1] / p[0] if p.all() else np.nan
    if not abs(2.0 * power - np.round(2.0 * power)) < 1e-3:
        return ""
    other = names[1] if round(abs(power), 1) == 1.0 else f"{names[1]}**{abs(power):.2g}"
    return f"; they determine {names[0]} {'/' if power > 0.0 else '*'} {other}"

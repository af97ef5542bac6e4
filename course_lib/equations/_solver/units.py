"""A system in units of its own: each unknown is right to the tolerance, however large another one is.

Least squares mix the rounding errors of all unknowns. What is small beside another one is therefore solved
again in its own unit, which the first solution has found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any

import numpy as np

from course_lib.equations._solver.fitting import Fit, Record
from course_lib.equations.error_estimate import _SMALLEST
from course_lib.equations.problem import ODEProblem

LESS = 0.05  # of a piece's usual share of the error; with 0.1 a narrow orbit misses 1e-10 for one seed in four


def in_units(units: Any, sizes: Any, problem: ODEProblem) -> ODEProblem:
    """Return a system for f / units, (d,), its equations divided by their sizes, (d,)."""

    def residual(x: Any, *parts: Any) -> tuple[Any, ...]:
        columns = [unit * column for part in parts for unit, column in zip(units, part)]
        return tuple(r / size for r, size in zip(problem.columns(x, columns), sizes))

    return replace(problem, residual=residual, conditions=problem.conditions.measured(units), exact=None)


@dataclass(frozen=True)
class Found:
    """The fits on all pieces, of a problem in units of its own."""

    near: ODEProblem  # x is counted from where it is solved
    fits: list[Fit]
    units: Any = 1.0  # of f, (d,) for a system
    sizes: Any = 1.0  # of the equations, (d,) for a system
    smallest: float = 0.0  # an unknown smaller than this part of the largest one is noise

    @cached_property
    def each(self) -> Any:
        """As in `ErrorEstimate`, the largest of all pieces, shape (5, d)."""
        return reduce(np.maximum, (fit.estimate.each for fit in self.fits))

    def is_good(self, tolerance: float) -> bool:
        """Tell whether the largest error is small against the largest value."""
        errors, sizes = self.each[:2]
        return bool(errors.max() <= tolerance * sizes.max())

    def relative(self) -> Any:
        """Return the error of each unknown relative to its largest value, shape (d,).

        An unknown that is nothing beside the others and beside the terms of its equation, which cancel, is noise
        and measured by these terms.
        """
        errors, sizes, could, _, _ = self.each
        if len(sizes) == 1:  # the same, at once: no other to be nothing beside
            return errors / np.maximum(sizes, _SMALLEST)
        largest = sizes.max()
        could = np.where(could > 0.0, could, largest)  # no term at all: nothing but zero
        noise = (sizes < 1e-9 * could) & (sizes < 1e-9 * largest)
        return errors / np.maximum(np.where(noise, 0.1 * could, sizes), max(self.smallest * largest, _SMALLEST))


def strict_enough(found_with: Callable[[float], Found], record: Record, tolerance: float) -> Found:
    """Return what is found, where errors have grown too much on the way with less of an error on each piece.

    It is tried where the smaller share would do. That an estimate falls by more would be luck.
    """
    found = found_with(1.0)
    if record.interrupted or not tolerance < found.relative().max() <= tolerance / LESS:
        return found
    try:
        return min(found, found_with(LESS), key=lambda found: found.relative().max())
    except KeyboardInterrupt:
        record.interrupted = True
        return found


def each_in_its_unit(
    found: Found, attempt: Callable[[ODEProblem], list[Fit]], record: Record, tolerance: float
) -> Found:
    """Solve a system again whose small unknowns miss the tolerance, in units in which all are about one.

    A small one may be noise: then its own unit shows it as zero.
    """
    near = found.near
    for _ in range(3):
        _, sizes, _, terms, _ = found.each
        small = (sizes < 0.5 * sizes.max()) & (sizes > 1e-7 * found.smallest * sizes.max())
        missed = found.relative() > tolerance
        if record.interrupted or not np.any(small & missed) or not found.is_good(tolerance):
            break
        units = found.units * np.where(sizes > 0.0, sizes, 1.0)
        rows = found.sizes * np.where(terms > 0.0, terms, 1.0)
        scaled = in_units(units, rows, near)
        try:
            again = Found(scaled, attempt(scaled), units, rows, 1e-2)
        except KeyboardInterrupt:
            record.interrupted = True
            break
        if not again.is_good(tolerance):
            break
        found = again
    return found

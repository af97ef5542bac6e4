"""How far to step: a ladder of steps, of which two neighbours are compared.

A difference at the step h errs by truncation, which falls with h, and by rounding, which rises. Neither is known, but
both show: a slope is good to what it changes by on the next rung, h' = 8h. The first two rungs are those that suit a
function of order one. Where they disagree, the ladder goes down until two rungs agree, and where rounding hides the
slope it goes up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

EPS, SINGLE = float(np.finfo(float).eps), float(np.finfo(np.float32).eps)
RATIO = 8.0
LOWEST, HIGHEST = -40, 22  # rungs: the steps reach from 1e-41 to 1e15 times the first
LOWEST_AT_ZERO = -28  # a zero does not say how fine a step it can tell
PROBES = (8, -8, 16, -16)  # where to look for a function that does not answer on the first two rungs

# What a function raises where it is not defined, in math's functions, a table or a check of its own.
OUTSIDE = (ArithmeticError, AssertionError, LookupError, ValueError)


class Row(NamedTuple):
    """One rung, an array like x in each place: NaN where it was not asked, or has no finite value."""

    slope: NDArray[Any]
    bend: NDArray[Any]  # slope to the right less slope to the left
    rounding: NDArray[Any]
    secant: NDArray[Any]  # the larger of both, by size


class Estimate(NamedTuple):
    """What differences know, an array like x in each place."""

    slope: NDArray[Any]
    error: NDArray[Any]
    scale: NDArray[Any]  # the largest slope on longer steps
    unsure: NDArray[Any]  # whether not one digit is right


def unit_of_rounding(y: Any) -> float:
    """Return ε of the numbers y, which may have half the digits."""
    kind = np.asarray(y).dtype
    return max(EPS, float(np.finfo(kind).eps)) if kind.kind in "fc" else EPS


def seen_step(x: Any, h: Any) -> Any:
    """Return h, a number or an array like x, as x can take it: what |x| + h differs from |x| by, which may be zero."""
    return (np.abs(x) + h) - np.abs(x)


def probe(f: Callable[[Any], Any], points: NDArray[Any]) -> NDArray[Any]:
    """Return f at points, an array, with NaN where f has no finite real number."""
    try:
        with np.errstate(all="ignore"):
            y = np.array(f(points.copy()[()]))  # f may write to what it is given, or use what it returned again
    except OUTSIDE:
        return np.full(points.shape, np.nan)
    real = np.broadcast_to(y.real.astype(float), points.shape)
    return np.where(np.isfinite(real) & (y.imag == 0), real, np.nan)


def estimate(f: Callable[[Any], Any], x: NDArray[Any], f0: NDArray[Any], order: int = 2, eps: float = EPS) -> Estimate:
    """Return the slope of f at each number in x by differences at a step that f chooses.

    Parameters
    ----------
    f
        Acts on each element of an array like x.
    x
        Array.
    f0
        f(x), finite, like x.
    order
        1 for forward differences, which are central where two of them disagree, and 2 for central ones.
    eps
        Rounding unit of f.

    Returns
    -------
    Estimate
        Its slope is NaN where f has no finite value beside x.
    """
    with np.errstate(all="ignore"):
        ladder = _Ladder(f, x, f0, order, eps, np.ones(x.shape, bool))
        if eps < SINGLE and ladder.in_single_precision():
            ladder, eps = _Ladder(f, x, f0, order, SINGLE, np.ones(x.shape, bool)), SINGLE
        ladder.judge(0)
        if order == 2 or ladder.settled.all():
            ladder.settle()
            return ladder.best()
        # One side alone cannot tell a corner seen from far from a straight line.
        both = _Ladder(f, x, f0, 2, eps, ~ladder.settled)
        both.settle()
        return Estimate(*(np.where(ladder.settled, one, two) for one, two in zip(ladder.best(), both.best())))


class _Ladder:
    """The rungs of one search, each climbed where it is needed."""

    def __init__(
        self, f: Callable[[Any], Any], x: NDArray[Any], f0: NDArray[Any], order: int, eps: float,
        where: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        self.f, self.x, self.f0, self.order, self.eps = f, x, f0, order, eps
        self.unit = np.maximum(1.0, np.abs(x))
        self.first = eps ** (1.0 / (order + 1)) * self.unit
        self.tolerance = 256.0 * eps ** (order / (order + 1))
        self.rows: dict[int, Row] = {}
        self.settled = ~where
        self.seen: list[NDArray[Any]] = []
        for j in (0, 1):
            self.climb(j, where)

    def in_single_precision(self) -> bool:
        """Tell whether f so far answered in numbers of 24 binary digits, and not only in short ones such as 0 and 1."""
        seen = np.concatenate(self.seen)
        digits = np.frexp(seen[np.isfinite(seen)])[0]
        return bool(np.all(digits * 2.0**24 % 1.0 == 0.0) and np.any(digits * 2.0**12 % 1.0 != 0.0))

    def climb(self, j: int, where: NDArray[np.bool_]) -> Row:
        """Take the differences at rung j, where they are asked for."""
        h = seen_step(self.x, self.first * RATIO**j)
        where = where & (h > 0) & np.isfinite(h)
        right = np.where(where, probe(self.f, np.where(where, self.x + h, self.x)), np.nan)
        left = where if self.order == 2 else where & np.isnan(right)
        left = np.where(left, probe(self.f, np.where(left, self.x - h, self.x)) if left.any() else np.nan, np.nan)
        forward, backward = (right - self.f0) / h, (self.f0 - left) / h
        self.seen += [right[right != self.f0], left[left != self.f0]]
        right = np.where(np.isfinite(forward), right, np.nan)  # a slope may overflow where f does not
        left = np.where(np.isfinite(backward), left, np.nan)
        both = np.isfinite(forward) & np.isfinite(backward)
        one = np.where(np.isfinite(forward), forward, backward)
        largest = np.fmax(np.fmax(np.abs(right), np.abs(left)), np.abs(self.f0))
        row = Row(
            np.where(both, (right - left) / (2.0 * h), one),
            np.where(both, forward - backward, 0.0),
            (np.where(both, 1.0, 2.0) * self.eps * largest + np.finfo(float).smallest_subnormal) / h,
            np.fmax(np.abs(forward), np.abs(backward)),
        )
        old = self.rows.get(j)
        self.rows[j] = row if old is None else Row(*(np.where(where, new, was) for new, was in zip(row, old)))
        return self.rows[j]

    def error(self, j: int) -> NDArray[Any]:
        """Return what the slope and the bend of rung j differ by from what the next one makes expect, and rounding."""
        low, high = self.rows[j], self.rows[j + 1]
        change = np.abs(low.slope - high.slope) + np.abs(low.bend - high.bend / RATIO)
        return np.where(np.isfinite(change), change + low.rounding, np.inf)

    def judge(self, j: int) -> None:
        """Settle where rung j is good to the tolerance, or good enough beside the other slopes."""
        error, size = self.error(j), np.abs(self.rows[j].slope)
        own = error <= self.tolerance * size
        self.settled |= own
        if j == 0 and own.any():
            # What nothing depends on, as on a dead unit's weights, is not searched for its last digits.
            most, most_moved = size[own].max(), (size * self.unit)[own].max()
            little = (error <= self.tolerance * most) & (error * self.unit <= self.tolerance * most_moved)
            self.settled |= little & ((error <= 1e-4 * size) | (self.rows[0].secant == 0))

    def settle(self) -> None:
        """Climb until each slope is settled or no rung is left."""
        self.judge(0)
        silent = self.look_elsewhere(~self.settled & (self.rows[0].secant == 0) & (self.rows[1].secant == 0))
        self.judge(0)
        self.settled |= silent
        error = self.error(0)
        self.descend(~self.settled & ~(error <= 2.0 * self.rows[0].rounding))
        self.ascend(~self.settled)
        if not self.settled.all():
            self.climb(int(np.log(self.eps) / np.log(RATIO) / -(self.order + 1)), ~self.settled)

    def look_elsewhere(self, silent: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Move the first step to where f answers, if there is such a place; return where there is none."""
        for jump in PROBES:
            if not silent.any():
                break
            answers = silent & (self.climb(jump, silent).secant > 0)
            del self.rows[jump]
            if answers.any():
                self.first = np.where(answers, self.first * RATIO**jump, self.first)
                self.climb(0, answers)
                self.climb(1, answers)
            silent = silent & ~answers
        return silent

    def descend(self, where: NDArray[np.bool_]) -> None:
        """Take smaller steps until two agree, or rounding is all that is left."""
        for j in range(-1, LOWEST - 1, -1):
            fine = self.first * RATIO**j >= 4.0 * np.spacing(np.abs(self.x))
            where = where & ~self.settled & np.where(self.x == 0, j >= LOWEST_AT_ZERO, fine)
            if not where.any():
                return
            self.climb(j, where)
            self.judge(j)
            where = where & ~(self.error(j) <= 2.0 * self.rows[j].rounding)

    def ascend(self, where: NDArray[np.bool_]) -> None:
        """Take larger steps until two agree, or the error grows."""
        least = self.error(0)
        for j in range(1, HIGHEST):
            where = where & ~self.settled
            if not where.any():
                return
            self.climb(j + 1, where)
            self.judge(j)
            error = self.error(j)
            where = where & (error <= 4.0 * least)
            least = np.fmin(least, error)

    def best(self) -> Estimate:
        """Choose the rung with the smallest error: relative to its slope if two digits are right, else as it is.

        Else only rungs count where f changes by more than its errors, as far as there are such.
        """
        rungs = sorted(self.rows)
        slope = np.stack([self.rows[j].slope for j in rungs])
        error = np.stack([self.error(j) if j + 1 in self.rows else np.full(self.x.shape, np.inf) for j in rungs])
        secant = np.stack([self.rows[j].secant for j in rungs])
        relative = np.where(error <= 0.01 * np.abs(slope), error / np.abs(slope), np.inf)
        share = np.where(np.isfinite(error), np.where(secant > 0, error / secant, 1.0), np.inf)
        absolute = np.where(share <= 2.0 * share.min(axis=0), error, np.inf)
        clear = np.isfinite(relative).any(axis=0)
        k = np.where(clear, relative.argmin(axis=0), absolute.argmin(axis=0))[None]
        # The slopes that f has on longer steps, up to the size of x: beside them a slope may be as good as zero.
        near = np.stack([self.first * RATIO**j <= self.unit for j in rungs])
        longer = np.fmax.accumulate(np.where(near, secant, np.nan)[::-1])[::-1]
        # One rung in ten agrees by chance with the next to a tenth, where all are noise.
        slope, error, scale = (np.take_along_axis(a, k, axis=0)[0] for a in (slope, error, np.fmax(secant, longer)))
        return Estimate(slope, error, scale, ~self.settled & ~(error <= 0.03 * scale))

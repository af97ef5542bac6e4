"""A long domain in pieces: each has a network of its own and starts where the last one ended.

That is a one-step method, as Euler's is, with a whole network in each step. It needs a value to
start from, so it is for initial-value problems. The pieces march away from x₀ to both ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import factorial
from typing import Any

import numpy as np

from course_lib._validation import NotFinite, finite_array
from course_lib.equations._solver.fitting import Fit, Fitting
from course_lib.equations.conditions import InitialValue
from course_lib.equations.problem import ODEProblem, _initial_value, _is_finite_at_start, _require_differential
from course_lib.equations.random_features import PICTURE_WAS_RIGHT, TooFarOff
from course_lib.equations.residuals import jet_of
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta

MOST = 1000  # pieces on either side of x₀
ROOM = 0.1  # the share of the goal below which the error is that of rounding, and a longer piece may have it too


class Pieces:
    """A trial solution made of several, one for each piece of the domain.

    Parameters
    ----------
    problem
        The problem on the whole domain.
    trials
        The trial solutions of the pieces, from left to right.
    origin
        Where they count x from.
    units
        In which they measure f: one number, or for a system one for each unknown, shape (d,).

    Notes
    -----
    Lecture S1, on each piece. Dong and Li (2021), on block time marching.
    """

    def __init__(
        self, problem: ODEProblem, trials: list[TrialSolution], origin: float = 0.0, units: Any = 1.0
    ) -> None:
        self.problem, self.trials, self.network, self.units = problem, trials, trials[0].network, units
        starts = [trial.problem.domain[0] for trial in trials]
        self.breaks, self.origin = np.array([*starts, trials[-1].problem.domain[1]]) + origin, origin

    def __call__(self, theta: list[Theta], x: Any, order: int = 0) -> Any:
        """Return f_t(x) or its derivative, shape (m,) for one unknown, (m, d) for d.

        At a point between two pieces the right one answers.
        """
        x = finite_array(x, "x")
        points = finite_array(np.atleast_1d(x), "x", ("m",))
        piece = np.clip(np.searchsorted(self.breaks, points, "right") - 1, 0, len(self.trials) - 1)
        f = np.empty(np.shape(points) + np.shape(self.problem.conditions.f0))
        for k in np.unique(piece):
            f[piece == k] = self.units * self.trials[k](theta[k], points[piece == k] - self.origin, order)
        return f[0] if np.ndim(x) == 0 else f


def march(
    problem: ODEProblem,
    fit: Fitting,
    network: Network,
    length: float,
    goal: float = np.inf,
    size: float = 0.0,
    breaks: Any = (),
) -> Iterator[Fit]:
    """Yield the fits of one piece after another, from x₀ to both ends of the domain.

    Parameters
    ----------
    problem
        A problem with an initial value.
    fit, network
        Fits the network to a problem on one piece, given the error of its initial values with its spread (K, d, 1 + n).
    length
        The length of the first piece, in the units of x.
    goal
        The largest error of a piece, relative to the largest ``|f_t|`` so far, and from second order on those of its
        slopes at the end, relative to the largest slopes so far or to ``|f_t|`` over the length of the domain. A piece
        that misses it is shortened, the second after two good ones is twice as long if rounding alone is left of the
        error; without a goal all have the same length.
    size
        What is known already of the largest ``|f_t|``, in the units of f.
    breaks
        Places, shape (n,), that lie in no piece, but at its ends.

    Notes
    -----
    Dong and Li (2021), on block time marching, with the step size of a one-step method: Hairer,
    Nørsett and Wanner (1993), section II.4.
    """
    start, end = problem.domain
    slopes, lengths = np.zeros(problem.order - 1), (end - start) ** np.arange(1.0, problem.order)
    shortest = 1e3 * np.spacing(max(abs(start), abs(end)))
    for side, end in enumerate(problem.domain):
        condition, step = _initial_value(problem), length
        at = condition.x0
        error, may_grow = np.zeros((problem.order, problem.unknowns, 1)), False
        made, tried, biases, begun = 0, 0, None, np.inf
        while at != end:
            left = end - at
            to = end if abs(left) < 1.1 * step else at + np.copysign(step, left)
            to = min([to, *(b for b in breaks if min(at, to) < b < max(at, to))], key=lambda b: abs(b - at))
            domain = (min(at, to), max(at, to))
            piece = replace(problem, conditions=condition, domain=domain, exact=None)
            tried += 1
            hasty = goal < np.inf and tried % 3 > 0  # what fails thrice may need shorter steps, not a shorter piece
            try:
                fitted = fit(piece, network, error, biases=biases, hasty=hasty)
            except KeyboardInterrupt:  # before this piece had anything to show
                fit.record.interrupted = True
                return
            except TooFarOff:
                step, may_grow = 0.5 * abs(to - at), False
                continue
            except NotFinite:  # the first parameters leave the residual's domain: stay near x₀
                step, may_grow = 0.5 * abs(to - at), False
                if step < shortest or goal == np.inf:
                    raise
                continue
            if fit.record.interrupted:
                yield unfinished(fitted, fitted.ended)
                return
            known = size, np.maximum(slopes, max(size, fitted.estimate.size) / lengths)
            share = fitted.share(goal, *known)
            if fitted.is_good(goal, *known) and made < MOST:
                yield fitted
                made, tried, slopes = made + 1, 0, np.maximum(slopes, fitted.estimate.slopes)
                size, begun = max(size, fitted.estimate.size), min(begun, fitted.estimate.size or np.inf)
                error, at = fitted.estimate.at(side), to
                *values, highest = jet_of(fitted.trial, fitted.theta, np.array([at]))[:, 0]
                condition = InitialValue(at, *(value.reshape(np.shape(condition.f0)) for value in values))
                biases = highest / factorial(problem.order)  # N = f⁽ᴷ⁾ / K!
                step, may_grow = step * (2.0 if may_grow and goal < np.inf and share < ROOM else 1.0), True
            else:
                step, may_grow = shortened(share) * abs(to - at), False
                if made == MOST:
                    yield unfinished(fitted, f"took {MOST} pieces to x = {at:.4g}")
                    break
                if step < shortest:
                    reason = f"no piece from x = {at:.4g} on is short enough."
                    yield unfinished(fitted, f"{reason} {asked(at, size > 1e6 * begun)}")
                    break


def asked(at: float, grown: bool) -> str:
    """Return the question where no piece is short enough, and whether f_t is a million times as large as it was."""
    if grown:
        return "Does the solution end there? It has grown more than a millionfold"
    return f"Does the equation jump there? Give breaks=[{at:.4g}]"


def shortened(share: float) -> float:
    """Return by how much to shorten a piece whose error is this share of the goal: it falls like the tenth power."""
    return float(np.clip((ROOM / max(share, ROOM)) ** 0.1, 0.125, 0.8))


def unfinished(fit: Fit, reason: str) -> Fit:
    """Return a fit that ends before the domain does: its error is unknown."""
    each = fit.estimate.each.copy()
    each[0] = np.inf
    return fit._replace(ended=reason, estimate=fit.estimate._replace(error=np.inf, each=each))


def _at_once(problem: ODEProblem, fit: Fitting, network: Network) -> list[Fit]:
    """Return one fit of the whole domain, or none where that is so long that a step leads nowhere."""
    try:
        return [fit(problem, network, hasty=True)]
    except TooFarOff:
        return []


def in_pieces(
    problem: ODEProblem, fit: Fitting, network: Network, tolerance: float, breaks: Any, share: float = 1.0
) -> list[Fit]:
    """Fit the whole domain, or where that is not good enough, pieces as short as needed; none across a break (n,).

    Each may have an error of a thousandth of the tolerance, a margin for errors that grow on the way, or of this
    share of that.
    """
    goal, size = share * max(1e-3 * tolerance, 1e-13), 0.0
    length, fits = 0.5 * np.ptp(problem.domain), []
    try:
        if len(breaks) == 0:
            fits = _at_once(problem, fit, network)
            if fits and (fits[0].is_good(tolerance) or fit.record.interrupted):
                return fits
            _require_differential(problem)
            if not _is_finite_at_start(problem):
                reason = "the residual is not finite at x0: if it divides by zero there, multiply the equation by that"
                return [unfinished(fits[0] if fits else fit(problem, network), reason)]
            if fits and fits[0].ended == PICTURE_WAS_RIGHT:  # and so not far from the best: its error tells the length
                length *= 2.0 * shortened(fits[0].share(goal, 0.0))
            if fits and fits[0].is_good(1.0):
                size = fits[0].estimate.size
    except NotFinite:  # the first parameters leave the residual's domain: stay near x₀
        pass
    except KeyboardInterrupt:
        if not fits:
            raise
        fit.record.interrupted = True
        return fits
    pieces: list[Fit] = []
    try:
        for piece in march(problem, fit, network, length, goal, size, breaks):
            pieces.append(piece)
    except NotFinite as error:  # beyond the last piece the residual has no value
        if not pieces:
            raise
        pieces[-1] = unfinished(pieces[-1], f"{error}: the solution ends before it, or nears it")
    if not (pieces or fits):
        raise KeyboardInterrupt
    return pieces or fits

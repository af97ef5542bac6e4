"""Find the unknown constants of an equation from measurements: the steps from a guess to the answer.

First the data lead, then the equation is tightened, and at last it holds exactly
(`course_lib.beyond.joint_least_squares`). What comes out is judged (`course_lib.beyond.constants`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course_lib._calling import called
from course_lib._validation import NotFinite, expect_shape, function, instance, known_name, real_array, whole_number
from course_lib.beyond._both_kinds import kind_of
from course_lib.beyond.constants import Fit, _Names, _told_apart
from course_lib.beyond.covariance import what_is_known
from course_lib.beyond.joint_least_squares import Data, Picture, Problem, Together, on_the_equation, step_together

_WIDEST = 640  # neurons for all unknowns together, where they grow by doubling
_TAU = (1.0, 0.1)  # how far the equation may be missed at first
_STEPS = 12  # for each τ, at most


def fit(
    problem_of: Callable[..., Problem],
    guess: Mapping[str, Any],
    data: Data | Sequence[Data],
    *,
    prior: Mapping[str, Any] | None = None,
    neurons: int | None = None,
    seed: int = 0,
) -> Fit:
    """Find the unknown constants of a differential equation from measurements, together with its solution.

    Parameters
    ----------
    problem_of
        Function of the constants, by their names, that makes the `ODEProblem` or `PDEProblem`. They may stand in the
        residual and in the values of the conditions, not in the domain.
    guess
        A first guess of each constant by name, a number or an array, in its unit. A rough one will do.
    data
        One `Data`, or several: other unknowns, instruments, derivatives.
    prior
        What is known of some constants beforehand, by name: the standard deviation of the guess, a number or an array
        like it, in the same unit.
    neurons
        How many random features; by default 40, for a partial differential equation 160, and more until the solution
        is right to a thousandth of the noise.
    seed
        Seed of the random features.

    Returns
    -------
    Fit
        The constants, their errors, what is not determined, and the solution.

    Raises
    ------
    TypeError, ValueError
        A problem of another kind for other constants; a constant that the equation does not contain; data outside the
        domain or fewer than the constants; NaN; a noise or a prior that is not positive.

    Notes
    -----
    Raissi, Perdikaris and Karniadakis (2019), section 4, put data and equation into one cost. That its equation counts
    little at first and is tightened is the idea of Ramsay, Hooker, Campbell and Cao (2007); for the eliminated output
    layer see Golub and Pereyra (1973).

    Examples
    --------
    >>> from course_lib.equations import InitialValue, ODEProblem
    >>> decay = lambda rate: ODEProblem(lambda x, f, df: df + rate * f, InitialValue(0, 10), (0, 1))
    >>> x = np.linspace(0, 1, 11)
    >>> found = fit(decay, {"rate": 1.0}, Data(x, 10 * np.exp(-2 * x), noise=0.1))
    >>> found.converged, round(found.values["rate"], 6), round(found.standard_errors["rate"], 2)
    (True, 2.0, 0.02)
    """
    names, p, make = _checked_guess(problem_of, guess)
    problem = make(p)
    of, parts = kind_of(problem), _checked_data(data, problem)
    spread = _checked_prior(prior, names)
    count = sum(len(part.x) for part in parts) + np.count_nonzero(np.isfinite(spread))
    if count < len(p):
        raise ValueError(
            f"{len(p)} constants are unknown, but there are only {count} data: measure more, or give a prior for some"
        )
    n = of.neurons if neurons is None else whole_number(neurons, "neurons", most=10**4)
    seed = whole_number(seed, "seed", least=0, most=np.inf)
    while True:
        together = Together(make, p, parts, n, seed, spread)
        found = _found(together, names, names.vector(guess))
        if neurons is not None or found.converged or 2 * n * problem.unknowns > _WIDEST:
            return found
        n *= 2


def _found(together: Together, names: _Names, p: Any) -> Fit:
    """Solve for W and p with one network, and judge what came out."""
    W = together.W
    at = together.picture(W, p)  # first a solution near the data and the guess, before the guess moves
    W, _ = step_together(at._replace(J_p=0.0 * at.J_p, D_p=0.0 * at.D_p), _TAU[0], together.units)
    _require_constants(together.picture(W, p), names, len(together.known))
    for tau in _TAU:
        for _ in range(_STEPS):
            at = together.picture(W, p)
            W, p = _downhill(together, at, step_together(at, tau, np.maximum(np.abs(p), together.units)), tau)
            if together.cost(W, p, tau) > 0.9 * together.cost(at.W, at.p, tau):
                break
    for _ in range(_STEPS):
        at = together.picture(W, p)
        W0, Z, e, S = on_the_equation(at)
        S = np.where(np.linalg.norm(S, axis=0) * np.maximum(np.abs(p), together.units) > together.rounding, S, 0.0)
        known = what_is_known(S)
        s = -known.within @ (S.T @ e)
        moved = float(np.linalg.norm(S @ s))
        W, p = _downhill(together, at, (W0 + Z @ s, p + s), _TAU[-1] * 1e-2)
        if moved < 1e-6 or W is at.W:
            break
    return _judged(together, names, W, p, S, moved)


def _downhill(together: Together, at: Picture, to: tuple[Any, Any], tau: float) -> tuple[Any, Any]:
    """Return W, p after the whole way to these, half of it, a quarter, ...: what first lowers the cost, or no way."""
    before = together.cost(at.W, at.p, tau)
    for part in 0.5 ** np.arange(8):
        W, p = at.W + part * (to[0] - at.W), at.p + part * (to[1] - at.p)
        try:
            if together.cost(W, p, tau) < before:
                return W, p
        except NotFinite:
            continue
    return at.W, at.p


def _judged(together: Together, names: _Names, W: Any, p: Any, S: Any, moved: float) -> Fit:
    """Make the `Fit` of W and p, and say what is wrong with it."""
    problem, known, e = together.problem_of(p), what_is_known(S), together(W, p)[1]
    solution = together.of.solved(problem)
    missed = together.missed(solution, W)
    chi_squared, freedom = float(e @ e), len(e) - len(p) + known.free.shape[1]
    errors = np.sqrt(np.diag(known.covariance))
    trouble = []
    if not moved <= 1e-2 + together.rounding:
        trouble.append(f"the constants still move, by {moved:.0e} standard errors: try a better guess")
    if not missed <= 1e-3 + together.rounding:
        trouble.append(f"the solution is wrong by {missed:.0e} of the noise: try more neurons or a shorter domain")
    message = "; ".join([*(trouble or ["the steps became small"]), *_told_apart(names.labels, p, S, known)])
    if chi_squared > freedom + 5.0 * np.sqrt(2.0 * max(freedom, 1)):
        message += (
            f"; chi squared is {chi_squared:.3g} where {freedom} was to be expected: the noise is larger than stated, "
            f"the equation is another one, or there is a better fit far from this guess"
        )
    values, of_values = names.named(p), names.named(errors)
    return Fit(values, of_values, known.covariance, S, known.free, chi_squared, freedom, solution, not trouble, message)


def _checked_guess(
    problem_of: Callable[..., Problem], guess: Mapping[str, Any]
) -> tuple[_Names, Any, Callable[[Any], Problem]]:
    """Return the names, the guess as a vector (q,), and the function that makes a problem from such a vector."""
    function(problem_of, "problem_of")
    if not isinstance(guess, Mapping) or not guess:
        raise TypeError(f"guess must give each unknown constant by name, as in {{'rate': 1.0}}, got {guess!r:.60}")
    names = _Names({name: real_array(value, f"guess[{name!r}]") for name, value in guess.items()})
    try:
        inspect.signature(problem_of).bind(**guess)
    except TypeError as error:
        listed = ", ".join(names.shapes)
        raise TypeError(f"problem_of must take the constants {listed} by these names: {error}") from None

    def made(p: Any) -> Problem:
        problem: Problem = called(lambda: problem_of(**names.named(p)), name="problem_of")
        return problem

    first = made(names.vector(guess))
    of, kind = kind_of(first), kind_of(first).kind(first)

    def make(p: Any) -> Problem:
        problem = made(p)
        now = of.kind(problem) if isinstance(problem, type(first)) else type(problem).__name__
        if now != kind:
            raise ValueError(
                f"problem_of made a problem of another kind for other constants: {kind} became {now}. The "
                f"constants may change the equation and the values of its conditions, not where these are set"
            )
        return problem

    return names, names.vector(guess), make


def _checked_data(data: Any, problem: Problem) -> list[Data]:
    """Return the measurements as a list: each in the domain, of an unknown and a derivative that there are."""
    parts = [data] if isinstance(data, Data) else data
    if not isinstance(parts, (list, tuple)) or not parts:
        raise TypeError(f"data must be a Data or a list of them, got {data!r:.60}: write Data(x, values, noise)")
    for part in parts:
        instance(part, Data, "data").factors(problem.unknowns)
        kind_of(problem).check(part, problem)
    return list(parts)


def _checked_prior(prior: Mapping[str, Any] | None, names: _Names) -> Any:
    """Return the standard deviation of each guess, shape (q,), infinite where nothing is known."""
    spread = {name: np.full(shape, np.inf) for name, shape in names.shapes.items()}
    for name, value in ({} if prior is None else instance(prior, Mapping, "prior")).items():
        known_name(name, names.shapes, "constant in prior")
        given = real_array(value, f"prior[{name!r}]")
        if np.min(given) <= 0.0:
            raise ValueError(f"prior[{name!r}] must be positive, got {np.min(given):g}: it is a standard deviation")
        if np.ndim(given):
            expect_shape(given, f"prior[{name!r}]", names.shapes[name])
        spread[name] = given * np.ones(names.shapes[name])
    return names.vector(spread)


def _require_constants(at: Picture, names: _Names, priors: int) -> None:
    """Refuse constants with which neither the equation nor the conditions change."""
    data = len(at.e) - priors
    for j, label in enumerate(names.labels):
        if not (at.J_p[:, j].any() or at.D_p[:data, j].any()):
            raise ValueError(
                f"the equation does not contain {label}: neither its residual nor its conditions change with it. "
                f"Leave it out of guess, or use it in problem_of"
            )

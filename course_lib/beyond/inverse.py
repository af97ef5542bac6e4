"""What the data know: constants of an equation from measurements, solved for together with the solution.

The trial solution f_t = h₁ + A W is linear in its output layer W. Let p be the unknown constants, r(W, p) the residual
of the equation at points, in units of its own terms, and e(W, p) the misfit (f_t(xᵢ) - yᵢ) / σᵢ of the data. Both
stand in one least-squares problem::

    minimise   1/τ² mean r² + mean e²   over W and p together

It lets the equation be missed by the part τ of its terms. At first τ is one: the data lead, and hardly any guess of p
is too bad. Then τ becomes small. At last it is zero, the equation holds, and W has to follow p::

    W = W₀ + Z s,   Z = -J⁺ J_p      with J = ∂r/∂W, J_p = ∂r/∂p and the step s of p
    e = e₀ + S s,   S = ∂e/∂p + ∂e/∂W Z

S says how much each datum knows about each constant. The covariance of the constants is (SᵀS)⁻¹, and where SᵀS has no
inverse, there are constants that the data cannot tell apart.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebpts1

from course_lib._calling import called
from course_lib._validation import NotFinite, expect_shape, function, instance, known_name, real_array, whole_number
from course_lib.beyond.covariance import Known, lengths_of, slopes_by, what_is_known, with_error
from course_lib.equations import ODEProblem, Residuals, Solution, TrialSolution, solve, spread_bends
from course_lib.equations.random_features import least_squares, output_jacobian
from course_lib.networks import Network

_WIDEST = 640  # neurons for all unknowns together, where they grow by doubling
_TAU = (1.0, 0.1)  # how far the equation may be missed at first
_STEPS = 12  # for each τ, at most
_HARDLY = 100.0  # an error that the other constants make so many times larger is told of


@dataclass(frozen=True)
class Data:
    """Measurements of a solution, or of a combination of its unknowns, with their noise.

    Parameters
    ----------
    x
        Where it was measured, shape (n,), in the units of x.
    values
        What was measured, shape (n,), in the units of f.
    noise
        The standard deviation σ of a measurement, in the units of f: one number, or one for each, shape (n,).
    of
        Which unknown of a system was measured, counted from 0; or the factors of the sum that was, shape (d,).
    order
        0 where f was measured, 1 where f' was, up to the order of the equation.

    Raises
    ------
    TypeError, ValueError
        Not real and finite numbers, lengths that do not fit, a noise that is not positive.

    Examples
    --------
    >>> Data([0.0, 0.5, 1.0], [10.1, 3.6, 1.4], noise=0.1).x.shape
    (3,)
    """

    x: Any
    values: Any
    noise: Any
    of: Any = 0
    order: int = 0

    def __post_init__(self) -> None:
        x = real_array(np.atleast_1d(self.x), "x", ("n",))
        noise = real_array(self.noise, "noise")
        if np.min(noise) <= 0.0:
            raise ValueError(
                f"noise must be positive, got {np.min(noise):g}: it is the standard deviation of a measurement. Where "
                f"the data are exact, give what rounding leaves, 1e-8 say"
            )
        if np.ndim(noise) > 0:
            expect_shape(noise, "noise", x.shape)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "values", real_array(np.atleast_1d(self.values), "values", x.shape))
        object.__setattr__(self, "noise", noise * np.ones(len(x)))
        object.__setattr__(self, "order", whole_number(self.order, "order", least=0, most=4))

    def factors(self, unknowns: int) -> Any:
        """Return the factors of the d unknowns in what was measured, shape (d,).

        Raises
        ------
        TypeError, ValueError
            There is no such unknown, or another number of factors.
        """
        if np.ndim(self.of) == 0:
            return np.eye(unknowns)[whole_number(self.of, "of", least=0, most=unknowns - 1)]
        return real_array(self.of, "of", (unknowns,))


class Picture(NamedTuple):
    """The equation and the data at given W and p, with all their slopes.

    Parameters
    ----------
    W, p
        The output layer as a vector, (P,), and the constants, (q,).
    r, J, J_p
        The residual at the points in units of its terms, shape (m d,), and its slopes by W (m d, P) and p (m d, q).
    e, D, D_p
        The misfit in units of the noise, shape (n,), and its slopes (n, P) and (n, q).
    """

    W: Any
    p: Any
    r: Any
    J: Any
    J_p: Any
    e: Any
    D: Any
    D_p: Any


class Together:
    """The equation at points and the data, as functions of the output layer W and the constants p.

    Parameters
    ----------
    problem_of
        Makes the problem from the constants, a vector of shape (q,).
    p
        The first guess of the constants, shape (q,).
    data
        The measurements.
    neurons
        How many random features.
    seed
        Their seed.
    prior
        What is known of each constant beforehand: the standard deviation of the guess, shape (q,), infinite where
        nothing is.
    """

    def __init__(
        self, problem_of: Callable[[Any], ODEProblem], p: Any, data: Sequence[Data], neurons: int, seed: int, prior: Any
    ) -> None:
        problem = problem_of(p)
        self.problem_of, self.data, self.guess = problem_of, data, p
        self.known = (1.0 / prior[:, None] * np.eye(len(p)))[np.isfinite(prior)]
        self.units = np.where(p != 0.0, np.abs(p), 1.0)
        self.network = Network((1, neurons, problem.unknowns), ("tanh", "identity"))
        theta = spread_bends(self.network, problem.domain, np.random.default_rng(seed))
        start, end = problem.domain
        self.x = 0.5 * (start + end) + 0.5 * (end - start) * chebpts1(2 * neurons)
        self.A, *self.measured = (self._basis(problem, theta, x) for x in (self.x, *(part.x for part in data)))
        largest = max(np.max(np.abs(part.values) + part.noise) for part in data)
        self.sizes = largest / (end - start) ** np.arange(problem.order + 1.0)
        self.W = np.zeros((neurons + 1) * problem.unknowns)
        self.rounding = 1e-9 * np.sqrt(sum(np.sum((part.values / part.noise) ** 2) for part in data))

    def _basis(self, problem: ODEProblem, theta: Any, x: Any) -> Any:
        """Return A, shape (K + 1, m, n_1 + 1), so that f_t⁽ᵏ⁾ = h₁⁽ᵏ⁾ + A_k W at points x (m,)."""
        residuals = Residuals(TrialSolution(problem, self.network), x)
        return residuals.without_h1(residuals.output_basis(theta, self.network))

    def equation(self, problem: ODEProblem, W: Any) -> tuple[Any, Any]:
        """Return L, shape (m, d), and ∂L_e/∂f_j⁽ᵏ⁾, shape (E, K + 1, m, d), in units of the terms of each equation.

        The units move with the constants: an equation does not hold better where all its terms are smaller.
        """
        residuals = Residuals(TrialSolution(problem, self.network), self.x)
        f = residuals.h1 + self.A @ W.reshape(-1, problem.unknowns)
        r, slopes = residuals.partials(f)
        sizes = f**2 + self.sizes[:, None, None] ** 2
        terms = np.sqrt(np.einsum("ekmd,kmd->e", slopes**2, sizes) / len(self.x))
        terms = np.where(terms > 0.0, terms, 1.0)
        return r / terms, slopes / terms[:, None, None, None]

    def measurable(self, problem: ODEProblem, W: Any) -> list[Any]:
        """Return for each of the data what the trial solution says of it, shape (n,)."""
        trial, rows = TrialSolution(problem, self.network), W.reshape(-1, problem.unknowns)
        f = ((trial.jets(part.x)[0] + A @ rows)[part.order] for part, A in zip(self.data, self.measured))
        return [value @ part.factors(problem.unknowns) for value, part in zip(f, self.data)]

    def __call__(self, W: Any, p: Any) -> tuple[Any, Any]:
        """Return the residual, shape (m d,), and the misfit, shape (n,), for W (P,) and p (q,)."""
        problem = self.problem_of(p)
        r, _ = self.equation(problem, W)
        values = self.measurable(problem, W)
        e = [(value - part.values) / part.noise for value, part in zip(values, self.data)]
        return r.ravel(), np.concatenate([*e, self.known @ (p - self.guess)])

    def cost(self, W: Any, p: Any, tau: float) -> float:
        """Return mean r²/τ² + mean e² for W (P,) and p (q,)."""
        r, e = self(W, p)
        return float(np.mean(r * r) / tau**2 + np.mean(e * e))

    def missed(self, solution: Solution, W: Any) -> float:
        """Return how far the trial solution with W, (P,), is from a solution at the data, in units of the noise."""
        values, of = self.measurable(solution.problem, W), self.network.sizes[-1]
        exact = (np.reshape(solution(part.x, part.order), (-1, of)) @ part.factors(of) for part in self.data)
        return float(max(np.max(np.abs(a - b) / part.noise) for a, b, part in zip(values, exact, self.data)))

    def picture(self, W: Any, p: Any) -> Picture:
        """Return r and e with their slopes at W (P,) and p (q,): by W exactly, by p from central differences."""
        problem, d = self.problem_of(p), self.network.sizes[-1]
        J = output_jacobian(self.equation(problem, W)[1], self.A)
        D = [
            (A[part.order][:, :, None] * part.factors(d)).reshape(len(part.x), -1) / part.noise[:, None]
            for part, A in zip(self.data, self.measured)
        ]
        D.append(np.zeros((len(self.known), len(W))))
        r, e = self(W, p)
        both = slopes_by(lambda p: np.concatenate(self(W, p)), p, self.units)
        return Picture(W, p, r, J, both[: len(r)], e, np.vstack(D), both[len(r) :])


def step_together(at: Picture, tau: float, units: Any) -> tuple[Any, Any]:
    """Return the W, (P,), and p, (q,), that make mean r²/τ² + mean e² least in the linear picture, p on a leash.

    A change of one constant by its unit, one of (q,), costs a hundredth of what the whole cost is now.
    """
    weight = np.sqrt(len(at.e) / len(at.r)) / tau
    leash = 0.1 * np.linalg.norm(np.concatenate([weight * at.r, at.e])) * np.diag(1.0 / units)
    by_W = np.vstack([weight * at.J, at.D, np.zeros((len(at.p), len(at.W)))])
    by_p = np.vstack([weight * at.J_p, at.D_p, leash])
    scale = lengths_of(by_p) / np.max(lengths_of(by_W))  # numbers of one size for the solver
    now = np.concatenate([weight * at.r, at.e, 0.0 * at.p])
    z = least_squares(np.hstack([by_W, by_p / scale]), now - by_W @ at.W)
    return z[: len(at.W)], at.p + z[len(at.W) :] / scale


def on_the_equation(at: Picture) -> tuple[Any, Any, Any, Any]:
    """Return W₀ (P,), Z (P, q), e₀ (n,) and S (n, q): the equation holds for W₀ + Z s, and there e = e₀ + S s."""
    solved = least_squares(at.J, np.column_stack([at.r - at.J @ at.W, at.J_p]))
    W0, Z = solved[:, 0], solved[:, 1:]
    return W0, Z, at.e + at.D @ (W0 - at.W), at.D_p + at.D @ Z


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
        The solution for these constants, a `course_lib.equations.solution.Solution`.
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
    solution: Solution
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


def fit(
    problem_of: Callable[..., ODEProblem],
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
        Function of the constants, by their names, that makes the `ODEProblem`. They may stand in the residual and in
        the values of the conditions, not in the domain.
    guess
        A first guess of each constant by name, a number or an array, in its unit. A rough one will do.
    data
        One `Data`, or several: other unknowns, instruments, derivatives.
    prior
        What is known of some constants beforehand, by name: the standard deviation of the guess, a number or an array
        like it, in the same unit.
    neurons
        How many random features; by default 40, and more until the solution is right to a thousandth of the noise.
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
    >>> from course_lib.equations import InitialValue
    >>> decay = lambda rate: ODEProblem(lambda x, f, df: df + rate * f, InitialValue(0, 10), (0, 1))
    >>> x = np.linspace(0, 1, 11)
    >>> found = fit(decay, {"rate": 1.0}, Data(x, 10 * np.exp(-2 * x), noise=0.1))
    >>> found.converged, round(found.values["rate"], 6), round(found.standard_errors["rate"], 2)
    (True, 2.0, 0.02)
    """
    names, p, make = _checked_guess(problem_of, guess)
    parts = _checked_data(data, make(p))
    spread = _checked_prior(prior, names)
    count = sum(len(part.x) for part in parts) + np.count_nonzero(np.isfinite(spread))
    if count < len(p):
        raise ValueError(
            f"{len(p)} constants are unknown, but there are only {count} data: measure more, or give a prior for some"
        )
    n = 40 if neurons is None else whole_number(neurons, "neurons", most=10**4)
    seed = whole_number(seed, "seed", least=0, most=np.inf)
    while True:
        together = Together(make, p, parts, n, seed, spread)
        found = _found(together, names, names.vector(guess))
        if neurons is not None or found.converged or 2 * n * together.network.sizes[-1] > _WIDEST:
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
    solution = solve(problem)
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


def _checked_guess(
    problem_of: Callable[..., ODEProblem], guess: Mapping[str, Any]
) -> tuple[_Names, Any, Callable[[Any], ODEProblem]]:
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

    def made(p: Any) -> ODEProblem:
        problem: ODEProblem = called(lambda: problem_of(**names.named(p)), name="problem_of")
        return problem

    kind = _kind(instance(made(names.vector(guess)), ODEProblem, "what problem_of returns"))

    def make(p: Any) -> ODEProblem:
        problem = made(p)
        if _kind(problem) != kind:
            raise ValueError(
                f"problem_of made a problem of another kind for other constants: {kind} became {_kind(problem)}. The "
                f"constants may change the equation and the values of its conditions, not where these are set"
            )
        return problem

    return names, names.vector(guess), make


def _kind(problem: ODEProblem) -> tuple[Any, ...]:
    """Return what the constants must not change."""
    return problem.domain, type(problem.conditions).__name__, problem.conditions.points, problem.order, problem.unknowns


def _checked_data(data: Any, problem: ODEProblem) -> list[Data]:
    """Return the measurements as a list: each in the domain, of an unknown and a derivative that there are."""
    parts = [data] if isinstance(data, Data) else data
    if not isinstance(parts, (list, tuple)) or not parts:
        raise TypeError(f"data must be a Data or a list of them, got {data!r:.60}: write Data(x, values, noise)")
    start, end = problem.domain
    for part in parts:
        instance(part, Data, "data").factors(problem.unknowns)
        outside = (part.x < start) | (part.x > end)
        if outside.any():
            raise ValueError(
                f"data at x = {part.x[outside][0]:g} are outside the domain ({start:g}, {end:g}): extend the domain, "
                f"or leave them out"
            )
        if part.order > problem.order:
            raise ValueError(f"data of derivative {part.order}, but the equation is of order {problem.order}")
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

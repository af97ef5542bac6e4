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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import expect_shape, real_array, whole_number
from course_lib.beyond._both_kinds import kind_of
from course_lib.beyond.covariance import lengths_of, slopes_by
from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.pde_solve import PDESolution
from course_lib.equations import ODEProblem, Solution
from course_lib.equations._solver.least_squares import least_squares
from course_lib.equations.random_features import output_jacobian

Problem = ODEProblem | PDEProblem


@dataclass(frozen=True)
class Data:
    """Measurements of a solution, or of a combination of its unknowns, with their noise.

    Parameters
    ----------
    x
        Where it was measured, shape (n,), in the units of x; for a partial differential equation the pairs of its
        two variables, shape (n, 2).
    values
        What was measured, shape (n,), in the units of f.
    noise
        The standard deviation σ of a measurement, in the units of f: one number, or one for each, shape (n,).
    of
        Which unknown of a system was measured, counted from 0; or the factors of the sum that was, shape (d,).
    order
        0 where f was measured, 1 where f' was, up to the order of the equation; for a partial one the name of the
        derivative, such as ``"x"``.

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
    order: Any = 0

    def __post_init__(self) -> None:
        x = np.atleast_1d(self.x)
        x = real_array(x, "x", ("n", 2) if x.ndim == 2 else ("n",))
        noise = real_array(self.noise, "noise")
        if np.min(noise) <= 0.0:
            raise ValueError(
                f"noise must be positive, got {np.min(noise):g}: it is the standard deviation of a measurement. Where "
                f"the data are exact, give what rounding leaves, 1e-8 say"
            )
        if np.ndim(noise) > 0:
            expect_shape(noise, "noise", x.shape[:1])
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "values", real_array(np.atleast_1d(self.values), "values", x.shape[:1]))
        object.__setattr__(self, "noise", noise * np.ones(len(x)))
        if not isinstance(self.order, str):
            object.__setattr__(self, "order", whole_number(self.order, "order", least=0, most=4))
        elif len(self.order) > 4 or len(set(self.order)) > 2:
            raise ValueError(f"order must be a number or the name of a derivative such as 'xx', got {self.order!r:.60}")

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
        self, problem_of: Callable[[Any], Any], p: Any, data: Sequence[Data], neurons: int, seed: int, prior: Any
    ) -> None:
        problem = problem_of(p)
        self.problem_of, self.data, self.guess = problem_of, data, p
        self.known = (1.0 / prior[:, None] * np.eye(len(p)))[np.isfinite(prior)]
        self.units = np.where(p != 0.0, np.abs(p), 1.0)
        self.unknowns = problem.unknowns
        self.of = kind_of(problem)(problem, neurons, np.random.default_rng(seed))
        self.A = self.of.basis(problem)
        self.measured = [self.of.measured(problem, part) for part in data]
        self.sizes = max(np.max(np.abs(part.values) + part.noise) for part in data) / self.of.lengths
        self.W = np.zeros((neurons + 1) * problem.unknowns)
        self.rounding = 1e-9 * np.sqrt(sum(np.sum((part.values / part.noise) ** 2) for part in data))

    def equation(self, problem: Problem, W: Any) -> tuple[Any, Any]:
        """Return L, shape (m, d), and ∂L_e/∂f_j⁽ᵅ⁾, shape (E, K, m, d), in units of the terms of each equation.

        The units move with the constants: an equation does not hold better where all its terms are smaller.
        """
        residuals = self.of.residuals(problem)
        f = residuals.h1 + self.A @ W.reshape(self.unknowns, -1).T
        r, slopes = residuals.partials(f)
        sizes = f**2 + self.sizes[:, None, None] ** 2
        terms = np.sqrt(np.einsum("ekmd,kmd->e", slopes**2, sizes) / len(r))
        terms = np.where(terms > 0.0, terms, 1.0)
        return r / terms, slopes / terms[:, None, None, None]

    def measurable(self, problem: Problem, W: Any) -> list[Any]:
        """Return for each of the data what the trial solution says of it, shape (n,)."""
        rows = W.reshape(self.unknowns, -1).T
        f = (self.of.h1(problem, part) + A @ rows for part, A in zip(self.data, self.measured))
        return [value @ part.factors(self.unknowns) for value, part in zip(f, self.data)]

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

    def missed(self, solution: Solution | PDESolution, W: Any) -> float:
        """Return how far the trial solution with W, (P,), is from a solution at the data, in units of the noise."""
        values = self.measurable(solution.problem, W)
        exact = (self.of.solution(solution, part) @ part.factors(self.unknowns) for part in self.data)
        return float(max(np.max(np.abs(a - b) / part.noise) for a, b, part in zip(values, exact, self.data)))

    def picture(self, W: Any, p: Any) -> Picture:
        """Return r and e with their slopes at W (P,) and p (q,): by W exactly, by p from central differences."""
        J = output_jacobian(self.equation(self.problem_of(p), W)[1], self.A)
        D = [
            np.kron(part.factors(self.unknowns), A) / part.noise[:, None]
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

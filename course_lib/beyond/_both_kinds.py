"""What `fit` asks of an ordinary and of a partial differential equation, in the same words.

With the hidden layers fixed, either trial solution is linear in its output layer W. For the value and each derivative
that the equation takes, and for what was measured::

    f_t⁽ᵅ⁾ = h₁⁽ᵅ⁾ + A_α W         h₁ depends on the constants, A does not
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebpts1

from course_lib._validation import expect_shape, whole_number
from course_lib.beyond.pde_error_estimate import spread_lines
from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.pde_residuals import PDEResiduals
from course_lib.beyond.pde_solve import PDESolution, chebyshev_grid, solve_pde
from course_lib.beyond.pde_trial_solution import PDETrialSolution
from course_lib.equations import ODEProblem, Residuals, Solution, TrialSolution, solve, spread_bends
from course_lib.networks import Network


class Ordinary:
    """A network of random features for an ordinary equation, and its points.

    Parameters
    ----------
    problem
        The problem for the first guess of the constants.
    neurons
        How many random features.
    rng
        Where they come from.
    """

    neurons = 40  # to begin with

    def __init__(self, problem: ODEProblem, neurons: int, rng: np.random.Generator) -> None:
        self.network = Network((1, neurons, problem.unknowns), ("tanh", "identity"))
        self.theta = spread_bends(self.network, problem.domain, rng)
        start, end = problem.domain
        self.x = 0.5 * (start + end) + 0.5 * (end - start) * chebpts1(2 * neurons)
        self.lengths = (end - start) ** np.arange(problem.order + 1.0)

    @staticmethod
    def kind(problem: ODEProblem) -> tuple[Any, ...]:
        """Return what the constants must not change."""
        conditions = problem.conditions
        return problem.domain, type(conditions).__name__, conditions.points, problem.order, problem.unknowns

    @staticmethod
    def check(data: Any, problem: ODEProblem) -> None:
        """Refuse data at pairs of numbers, outside the domain, or of a derivative that there is not.

        Raises
        ------
        TypeError, ValueError
            naming it.
        """
        expect_shape(data.x, "x of the data", ("n",))
        _require_inside(data.x[:, None], [problem.domain], "x")
        if whole_number(data.order, "order", least=0) > problem.order:
            raise ValueError(f"data of derivative {data.order}, but the equation is of order {problem.order}")

    def residuals(self, problem: ODEProblem, x: Any = None) -> Residuals:
        """Return the residual at the points, or at x (m,)."""
        return Residuals(TrialSolution(problem, self.network), self.x if x is None else x)

    def basis(self, problem: ODEProblem, x: Any = None) -> Any:
        """Return A at the points, or at x (m,), shape (K + 1, m, n_1 + 1)."""
        return self.residuals(problem, x).output_basis(self.theta, self.network)

    def measured(self, problem: ODEProblem, data: Any) -> Any:
        """Return the row of A that was measured, shape (n, n_1 + 1)."""
        return self.basis(problem, data.x)[data.order]

    def h1(self, problem: ODEProblem, data: Any) -> Any:
        """Return h₁ of what was measured, shape (n, d)."""
        return TrialSolution(problem, self.network).jets(data.x)[0][data.order]

    def solved(self, problem: ODEProblem) -> Solution:
        """Return the solution, a function of arrays (m,)."""
        return solve(problem)

    def solution(self, solution: Solution, data: Any) -> Any:
        """Return what a solution says of all unknowns where one was measured, shape (n, d)."""
        return np.reshape(solution(data.x, data.order), (len(data.x), -1))


class Partial:
    """The same for a partial equation, whose points are pairs of numbers.

    Parameters
    ----------
    problem, neurons, rng
        As for `Ordinary`.
    """

    neurons = 160  # to begin with

    def __init__(self, problem: PDEProblem, neurons: int, rng: np.random.Generator) -> None:
        self.network = Network((2, neurons, problem.unknowns), ("tanh", "identity"))
        self.theta = spread_lines(self.network, rng)
        self.x = chebyshev_grid(max(15, int(np.ceil(1.5 * np.sqrt(neurons)))), problem)
        self.first = PDEResiduals(PDETrialSolution(problem, self.network), self.x)
        width, height = (end - start for start, end in problem.domain)
        self.lengths = np.array([width**i * height**j for i, j in self.first.indices])

    @staticmethod
    def kind(problem: PDEProblem) -> tuple[Any, ...]:
        """Return what the constants must not change."""
        sides = tuple((side.variable, side.at, *(k for k, _ in side.given)) for side in problem.sides)
        return problem.domain, sides, problem.used, problem.unknowns

    @staticmethod
    def check(data: Any, problem: PDEProblem) -> None:
        """Refuse data at single numbers, outside the domain, or of a derivative that there is not.

        Raises
        ------
        TypeError, ValueError
            naming it.
        """
        expect_shape(data.x, "x of the data", ("n", 2))
        _require_inside(data.x, problem.domain, problem.variables)
        problem.index(data.order or "")

    def residuals(self, problem: PDEProblem) -> PDEResiduals:
        """Return the residual at the points."""
        return self.first.with_constants(PDETrialSolution(problem, self.network))

    def basis(self, problem: PDEProblem) -> Any:
        """Return A at the points, shape (K, m, n_1 + 1)."""
        return self.first.output_basis(self.theta, self.network)

    def measured(self, problem: PDEProblem, data: Any) -> Any:
        """Return the row of A that was measured, shape (n, n_1 + 1)."""
        asked = [problem.index(data.order or "")]
        at_data = PDEResiduals(PDETrialSolution(problem, self.network), data.x, asked)
        return at_data.output_basis(self.theta, self.network)[0]

    def h1(self, problem: PDEProblem, data: Any) -> Any:
        """Return h₁ of what was measured, shape (n, d)."""
        alpha = problem.index(data.order or "")
        return PDETrialSolution(problem, self.network).h1(data.x[:, 0], data.x[:, 1], [alpha])[alpha]

    def solved(self, problem: PDEProblem) -> PDESolution:
        """Return the solution, a function of arrays (m,)."""
        return solve_pde(problem)

    def solution(self, solution: PDESolution, data: Any) -> Any:
        """Return what a solution says of all unknowns where one was measured, shape (n, d)."""
        return np.reshape(solution(data.x[:, 0], data.x[:, 1], data.order or ""), (len(data.x), -1))


def kind_of(problem: Any) -> Any:
    """Return `Ordinary`, whose points are numbers, or `Partial`, whose points are pairs of numbers.

    Raises
    ------
    TypeError
        It is no problem.
    """
    if isinstance(problem, PDEProblem):
        return Partial
    if isinstance(problem, ODEProblem):
        return Ordinary
    raise TypeError(f"problem_of must return an ODEProblem or a PDEProblem, got {problem!r:.60}")


def _require_inside(x: Any, domain: Any, names: str) -> None:
    """Refuse points (n, v) outside a domain of v intervals.

    Raises
    ------
    ValueError
        naming the first of them.
    """
    for column, (start, end), name in zip(x.T, domain, names):
        outside = (column < start) | (column > end)
        if outside.any():
            raise ValueError(
                f"data at {name} = {column[outside][0]:g} are outside the domain ({start:g}, {end:g}): extend the "
                f"domain, or leave them out"
            )

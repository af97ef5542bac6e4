"""The trial solution f_t(x) = h₁(x) + h₂(x, N(x; θ)).

h₁ meets the conditions by itself and h₂ vanishes where they are set, whatever the network says.
So only the differential equation is left to be learned, by making the cost S2 small.
This is the method of Lagaris, Likas and Fotiadis (1998).
"""

from __future__ import annotations

from collections.abc import Callable
from math import perm
from typing import Any

import numpy as np

from course_lib._door import door
from course_lib._validation import expect_shape, finite_array, instance, whole_number
from course_lib.differentiation.forward_mode import jvp
from course_lib.equations.boundary_conditions import Ends
from course_lib.equations.conditions import BoundaryValue, InitialValue
from course_lib.equations.problem import ODEProblem
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta


class TrialSolution:
    """The trial solution f_t(x) = h₁(x) + h₂(x, N(x; θ)) of a problem, with a network.

    ============================= ================================= ==================
    condition                     h₁(x)                             h₂(x, N)
    ============================= ================================= ==================
    f(x₀) = f₀                    f₀                                (x - x₀) N
    f(x₀) = f₀, f'(x₀) = f₀'      f₀ + (x - x₀) f₀'                 (x - x₀)² N
    ... and f''(x₀) = f₀''        ... + (x - x₀)² f₀''/2            (x - x₀)³ N
    f(a) = f_a, f(b) = f_b        f_a (b-x)/(b-a) + f_b (x-a)/(b-a) (x - a)(b - x) N
    slopes at two ends            Σ_j v_j φ_j(x)                    N - Σ_j (B_j N) φ_j
    ============================= ================================= ==================

    The last line is in `course_lib.equations.boundary_conditions`.

    Parameters
    ----------
    problem
        The differential equation with its condition.
    network
        A network with one input and as many outputs as the problem has unknowns.
    origin
        Where its input is counted from, in the units of x: N(x) is the network's output for x - origin.

    Raises
    ------
    TypeError, ValueError
        Not a problem or a network, or the network's sizes do not fit.

    Notes
    -----
    Lecture S1. Lagaris, Likas and Fotiadis (1998), equation (2) and section III.

    Examples
    --------
    >>> from course_lib.equations import PROBLEMS
    >>> trial = TrialSolution(PROBLEMS["decay"], Network((1, 3, 1), "tanh"))
    >>> theta = trial.network.initial_parameters(np.random.default_rng(0))
    >>> float(trial(theta, 0.0))
    10.0
    """

    def __init__(self, problem: ODEProblem, network: Network, origin: float = 0.0) -> None:
        if not isinstance(problem, ODEProblem) or not isinstance(network, Network):
            raise TypeError(
                f"TrialSolution takes an ODEProblem and a Network, "
                f"got {type(problem).__name__} and {type(network).__name__}"
            )
        if (network.sizes[0], network.sizes[-1]) != (1, problem.unknowns):
            raise ValueError(
                f"network has sizes {network.sizes}, expected 1 input and "
                f"{problem.unknowns} outputs, one for each unknown"
            )
        self.problem, self.network, self.origin = problem, network, origin

    def h1(self, x: Any) -> Any:
        """Return h₁(x), shape (m,) for one unknown, (m, d) for d, at points x of shape (m,)."""
        x = finite_array(x, "x", ("m",))
        return self._shaped(self._h1(x))

    def h2(self, x: Any, N: Any) -> Any:
        """Return h₂(x, N), shaped as h₁(x), for network outputs N of shape (m, d).

        Where slopes are set at two ends, h₂ asks for N there as well: then N is the function of x.
        """
        x = finite_array(x, "x", ("m",))
        if callable(N):
            N = self._freed(N, x)
        elif isinstance(self.problem.conditions, Ends):
            raise TypeError("N must be a function of x here: h₂ takes out what N and its slopes are at the ends")
        N = finite_array(N, "N")
        if np.ndim(N) == 1 and self.problem.unknowns == 1:
            N = np.reshape(N, (-1, 1))
        expect_shape(N, "N", (np.shape(x)[0], self.problem.unknowns))
        return self._shaped(self.factor(x) * N)

    def __call__(self, theta: Theta, x: Any, order: int = 0) -> Any:
        """Return f_t(x), or its derivative of the given order, by forward mode in x.

        Parameters
        ----------
        theta
            The network's parameters.
        x
            One point or points of shape (m,).
        order
            0 for f_t, 1 for f_t', 2 for f_t'', ...; at most 10, since each doubles the work.

        Returns
        -------
        array
            Shape (m,) for one unknown, (m, d) for d; without the first axis for one point.

        Raises
        ------
        TypeError, ValueError
            A shape does not fit, NaN or infinity, an order below 0 or above 10.
        """
        x = finite_array(x, "x")
        points = finite_array(np.reshape(x, (-1,)) if np.ndim(x) == 0 else x, "x", ("m",))
        order = whole_number(order, "order", least=0, most=10)
        f = self._shaped(self.columns(theta, points, order))
        return f[0] if np.ndim(x) == 0 else f

    def columns(self, theta: Theta, x: Any, order: int = 0) -> Any:
        """Return f_t or its derivative with one column for each unknown, shape (m, d)."""

        def f_t(s: Any) -> Any:
            return self._h1(s) + self.factor(s) * self.N(theta, s)

        return differentiated(f_t, order)(x)

    def N(self, theta: Theta, x: Any) -> Any:
        """Return the network's output, shape (m, d), without what `Ends` take out of it."""
        return self._freed(lambda s: self.network(theta, np.reshape(s - self.origin, (-1, 1))), x)

    def _freed(self, N: Callable[[Any], Any], x: Any) -> Any:
        """Return N(x), shape (m, d), less the polynomial that has its values and slopes at the ends."""
        ends = self.problem.conditions
        if not isinstance(ends, Ends):
            return N(x)
        points = np.array(ends.points)
        held = ends.of([differentiated(N, k)(points) for k in range(ends.order)])
        return N(x) - sum(ends.polynomials(np.reshape(x, (-1, 1)))[:, j : j + 1] * held[j] for j in range(ends.order))

    def factor(self, x: Any) -> Any:
        """Return the factor of N in h₂, shape (m, 1); it vanishes where a condition is set."""
        condition, s = self.problem.conditions, np.reshape(x, (-1, 1))
        if isinstance(condition, InitialValue):
            return (s - condition.x0) ** condition.order
        if isinstance(condition, BoundaryValue):
            return (s - condition.a) * (condition.b - s)
        return 1.0

    def _h1(self, x: Any) -> Any:
        condition, s = self.problem.conditions, np.reshape(x, (-1, 1))
        if isinstance(condition, InitialValue):
            return condition.taylor(s - condition.x0)
        if isinstance(condition, BoundaryValue):
            width = condition.b - condition.a
            left, right = (condition.b - s) / width, (s - condition.a) / width
            return condition.fa * left + condition.fb * right
        return condition.polynomials(s) @ condition.values

    def jets(self, x: Any) -> tuple[Any, list[Any]]:
        """Return h₁ and the factor of N with their derivatives at points x of shape (m,).

        Both are polynomials, so these are their derivatives in closed form: h₁ with shape
        (K + 1, m, d), the factor as K + 1 arrays (m,) or numbers, for a problem of order K.
        """
        condition, K = self.problem.conditions, self.problem.order
        if isinstance(condition, Ends):
            return condition.jets(x) @ condition.values, [1.0] + [0.0] * K
        h1 = np.zeros((K + 1, len(x), self.problem.unknowns))
        h1[0] = self._h1(x)
        if isinstance(condition, InitialValue):
            for k in range(1, K):
                h1[k] = condition.taylor((x - condition.x0)[:, None], k)
        else:
            h1[1] = (condition.fb - condition.fa) / (condition.b - condition.a)
        return h1, factors(condition, x)

    def _shaped(self, f: Any) -> Any:
        return f if self.problem.is_system else f[:, 0]


def factors(condition: InitialValue | BoundaryValue, x: Any) -> list[Any]:
    """Return the factor of N and its derivatives at points x of shape (m,), K + 1 arrays (m,) or numbers."""
    if isinstance(condition, InitialValue):
        K, u = condition.order, x - condition.x0
        return [perm(K, k) * u ** (K - k) for k in range(K + 1)]
    a, b = condition.points
    return [(x - a) * (b - x), a + b - 2.0 * x, -2.0]


def differentiated(f: Callable[[Any], Any], order: int) -> Callable[[Any], Any]:
    """Return the derivative of f, which acts on each point, by nested dual numbers."""
    if order == 0:
        return f
    lower = differentiated(f, order - 1)
    return lambda x: jvp(lower, x, np.ones(np.shape(x)))[1]


def _checked(trial: TrialSolution, theta: Theta, x: Any) -> tuple[TrialSolution, Theta, Any]:
    return instance(trial, TrialSolution, "trial"), theta, finite_array(x, "x", ("n",))


@door(_checked)
def residual_cost(trial: TrialSolution, theta: Theta, x: Any) -> float:
    """Return C(x; θ) = (1/n) Σᵢ L(xᵢ, fᵢ, fᵢ', ...)², the mean square of the residual.

    Parameters
    ----------
    trial
        The trial solution, whose problem has the residual L.
    theta
        The network's parameters.
    x
        The points, shape (n,).

    Returns
    -------
    float
        The mean over the points; for a system the sum of it over the equations.

    Raises
    ------
    TypeError, ValueError
        A shape does not fit, NaN or infinity, a residual of a wrong shape.

    Notes
    -----
    Lecture S2. Lagaris, Likas and Fotiadis (1998), equation (1).

    Examples
    --------
    >>> from course_lib.networks import unravel
    >>> from course_lib.equations import PROBLEMS
    >>> trial = TrialSolution(PROBLEMS["decay"], Network((1, 3, 1), "tanh"))
    >>> float(residual_cost(trial, unravel(np.zeros(10), (1, 3, 1)), [0.0, 0.5]))
    400.0
    """
    f = [trial.columns(theta, x, order) for order in range(trial.problem.order + 1)]
    r = trial.problem.residuals(x, *f)
    return np.sum(r * r) / len(x)

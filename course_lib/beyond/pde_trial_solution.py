"""The trial solution u_t(x, t) = h₁(x, t) + h₂(x, t, N(x, t; θ)) of a partial differential equation.

h₁ has the values and slopes that the sides ask for (`course_lib.beyond.sides`), and h₂ vanishes there with
whatever the sides ask about, so that u_t meets every condition for every network N. In each variable h₂ is
one of two things::

    ((x - x₀)/l)ᵖ ((x₁ - x)/l)^q N      where the first p and q derivatives, from the value on, are known
    N - Σ_i φ_i(x) B_i N                where they are not, as with a slope and no value

This is the method of Lagaris, Likas and Fotiadis (1998) in two variables.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import finite_array
from course_lib.beyond._mixed_jets import VALUE, Index, Jet, forward
from course_lib.beyond.pde_problem import PDEProblem
from course_lib.beyond.sides import Edges, sampled
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, check_theta

HERE = 2  # after the places 0 and 1, the ends of an interval


class Term(NamedTuple):
    """One term of h₂: its derivative `of` has `coefficient`, (m,), times the derivative `by` of N at `place`."""

    of: Index
    place: tuple[int, int]
    by: Index
    coefficient: Any


class PDETrialSolution:
    """The trial solution of a problem in two variables, with a network.

    The network is given x and t mapped to the square from -1 to 1, so that units do not matter to it.

    Parameters
    ----------
    problem
        The differential equation with its sides.
    network
        A network with two inputs, a hidden layer, and as many outputs as the problem has unknowns.

    Raises
    ------
    TypeError, ValueError
        Not a problem or a network, or the network's sizes do not fit.

    Notes
    -----
    Lecture S1. Lagaris, Likas and Fotiadis (1998), section III.

    Examples
    --------
    >>> from course_lib.beyond import PDE_PROBLEMS
    >>> trial = PDETrialSolution(PDE_PROBLEMS["heat"], Network((2, 3, 1), ("tanh", "identity")))
    >>> theta = trial.network.initial_parameters(np.random.default_rng(0))
    >>> bool(abs(trial(theta, 0.5, 0.0) - 1.0) < 1e-15)
    True
    """

    def __init__(self, problem: PDEProblem, network: Network) -> None:
        if not isinstance(problem, PDEProblem) or not isinstance(network, Network):
            raise TypeError(
                f"PDETrialSolution takes a PDEProblem and a Network, "
                f"got {type(problem).__name__} and {type(network).__name__}"
            )
        sizes = network.sizes
        if (sizes[0], sizes[-1]) != (2, problem.unknowns) or len(sizes) < 3:
            raise ValueError(
                f"network has sizes {sizes}, expected 2 inputs, a hidden layer and {problem.unknowns} outputs, "
                f"one for each unknown"
            )
        self.problem, self.network = problem, network

    def __call__(self, theta: Theta, x: Any, t: Any, derivative: str = "") -> Any:
        """Return u_t, or a derivative of it.

        Parameters
        ----------
        theta
            The network's parameters.
        x, t
            The points: numbers or arrays that broadcast to one shape (m, ...).
        derivative
            Its name, such as ``"xx"`` or ``"xt"``; without one, the value.

        Returns
        -------
        array
            Of the points' shape, for a system with one more axis, (m, ..., d).

        Raises
        ------
        TypeError, ValueError
            A shape does not fit, NaN or infinity, an unknown derivative.
        """
        theta = check_theta(theta, self.network.sizes)
        x, t = np.broadcast_arrays(finite_array(x, "x"), finite_array(t, "t"))
        alpha = self.problem.index(derivative)
        u = self.jet(theta, x.ravel(), t.ravel(), [alpha])[alpha]
        return u.reshape(*x.shape, -1) if self.problem.is_system else u.reshape(x.shape)[()]

    def jet(self, theta: Theta, x: Any, t: Any, indices: Iterable[Index]) -> Jet:
        """Return derivatives of u_t at points x and t (m,), each (m, d)."""
        indices = list(indices)
        jet, terms = self.h1(x, t, indices), self.terms(x, t, indices)
        for place, by in needed(terms).items():
            N, _ = forward(self.network, theta, self.inputs(x, t, place), by)
            for term in terms:
                if term.place == place:
                    jet[term.of] += term.coefficient[:, None] * N[term.by]
        return jet

    def inputs(self, x: Any, t: Any, place: tuple[int, int] = (HERE, HERE)) -> Jet:
        """Return the jet of the network's input at points x and t (m,), which `place` may move to an end."""
        points, slopes = np.empty((len(x), 2)), np.zeros((2, 1, 2))
        for k, (s, interval) in enumerate(zip((x, t), self.problem.domain)):
            half = 0.5 * (interval[1] - interval[0])
            points[:, k] = ((s if place[k] == HERE else interval[place[k]]) - interval[0]) / half - 1.0
            slopes[k, 0, k] = 1.0 / half
        return {VALUE: points, (1, 0): slopes[0], (0, 1): slopes[1]}

    def h1(self, x: Any, t: Any, indices: Iterable[Index]) -> Jet:
        """Return h₁ and its derivatives at points x and t (m,), each (m, d), by transfinite interpolation."""
        first, second = self.problem.edges
        indices = list(indices)
        a, b = (max(alpha[k] for alpha in indices) for k in (0, 1))
        phi, psi = first.parts(x, a), second.parts(t, b)
        along = [sampled(data, t, b, "a side") for _, _, data in first.conditions]
        across = [sampled(data, x, a, "a side") for _, _, data in second.conditions]
        corners = [
            [sampled(data, np.array([x_end]), k, "a side")[k] for _, _, data in second.conditions]
            for x_end, k in ((first.interval[place], k) for place, k, _ in first.conditions)
        ]
        jet = {}
        for i, j in indices:
            u = np.zeros((len(x), self.problem.unknowns))
            for p, data in enumerate(along):
                u += phi[i, p][:, None] * data[j]
            for q, data in enumerate(across):
                u += psi[j, q][:, None] * data[i]
            for p, row in enumerate(corners):
                for q, corner in enumerate(row):
                    u -= (phi[i, p] * psi[j, q])[:, None] * corner
            jet[i, j] = u
        return jet

    def terms(self, x: Any, t: Any, indices: Iterable[Index]) -> list[Term]:
        """Return h₂ and its derivatives at points x and t (m,), as sums of terms."""
        indices = list(indices)
        first, second = (
            [_in_one_variable(edges, s, k) for k in range(max(alpha[i] for alpha in indices) + 1)]
            for i, (edges, s) in enumerate(zip(self.problem.edges, (x, t)))
        )
        return [
            Term((i, j), (p, q), (k, l), one * other)
            for i, j in indices
            for p, k, one in first[i]
            for q, l, other in second[j]
        ]


def _in_one_variable(edges: Edges, s: Any, k: int) -> list[tuple[int, int, Any]]:
    """Return the k-th derivative of h₂ in one variable at s (m,): (place, derivative of N there, coefficient (m,))."""
    if edges.has_factor:
        w = edges.factor(s, k)
        terms = [(HERE, q, comb(k, q) * w[k - q]) for q in range(k + 1)]
    else:
        phi = edges.parts(s, k)[k]
        terms = [(HERE, k, np.ones(len(s)))]
        terms += [(place, q, -phi[i]) for i, (place, q, _) in enumerate(edges.conditions)]
    return [term for term in terms if term[2].any()]


def needed(terms: list[Term]) -> dict[tuple[int, int], set[Index]]:
    """Return which derivatives of N the terms ask for at each place."""
    places: dict[tuple[int, int], set[Index]] = {}
    for term in terms:
        places.setdefault(term.place, set()).add(term.by)
    return places

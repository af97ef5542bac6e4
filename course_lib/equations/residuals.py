"""The residual of a trial solution as a function of the parameters, with its derivatives.

At fixed points the residual is a vector r(Θ), and the cost S2 is C = rᵀr / n. What a training
method needs of it is one of::

    ∂C/∂Θ = 2/n Jᵀ r           one backward sweep, as in backpropagation
    J = ∂r/∂Θ                  the same sweep, kept apart for each point
    N⁽ᵏ⁾ = B_k W               the network is linear in its output layer W = (w⁽ᴸ⁾, b⁽ᴸ⁾)
"""

from __future__ import annotations

from functools import cached_property
from math import comb
from typing import Any, NamedTuple

import numpy as np

from course_lib._validation import NotFinite
from course_lib.differentiation.partials import NoSlope, partials
from course_lib.equations import _jets as jets
from course_lib.equations._solver.least_squares import independent
from course_lib.equations.boundary_conditions import Ends
from course_lib.equations.trial_solution import TrialSolution
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, layers_of


class Basis(NamedTuple):
    """A basis of h₂ with the hidden layers fixed: h₂⁽ᵏ⁾ = B_k W at fixed points.

    Parameters
    ----------
    B
        Shape (K + 1, m, n_{L-1} + 1).
    T
        Shape (n_{L-1} + 1, r): W = T c gives h₂⁽ᴷ⁾ all that B does, in functions that are independent. None where
        that would take longer than it saves.
    independent
        B T, shape (K + 1, m, r), or B itself.
    """

    B: Any
    T: Any
    independent: Any

    @classmethod
    def of(cls, B: Any) -> Basis:
        """Return B, (K + 1, m, n_{L-1} + 1), with what of it is independent."""
        T = independent(B[-1])
        return cls(B, T, B @ T)

    def stretched(self, length: float) -> Basis:
        """Return the same for x that many times as long, where the factor of N is a power of x as high as K."""
        if length == 1.0:
            return self
        units = length ** np.arange(len(self.B) - 1.0, -1.0, -1.0)[:, None, None]
        return Basis(units * self.B, self.T, units * self.independent)


class Residuals:
    """The residual of a trial solution at fixed points, a function of Θ.

    Parameters
    ----------
    trial
        The trial solution.
    x
        The points, shape (m,).
    known
        The basis of the network's parameters at these points, where it is known already.

    Notes
    -----
    Lecture S2: the cost is the sum of the squares of what `__call__` returns, divided by m.
    """

    def __init__(self, trial: TrialSolution, x: Any, known: Basis | None = None) -> None:
        self.trial, self.x, self.order, self.known = trial, x, trial.problem.order, known
        self.h1, self.factor = trial.jets(x)
        ends = trial.problem.conditions
        self.taken = _taken_out(ends, x) if isinstance(ends, Ends) else None
        self.nodes = x - trial.origin if self.taken is None else np.concatenate([x, ends.points]) - trial.origin
        self.copies = np.concatenate([x] * ((self.order + 1) * trial.problem.unknowns))

    @cached_property
    def leibniz(self) -> Any:
        """The product rule for factor · N, shape (K + 1, K + 1, m)."""
        return product_rule(self.factor, len(self.x))

    def trial_jet(self, N: Any) -> Any:
        """Return f_t, f_t', ... as one array (K + 1, m, d), from (N, N', ...)."""
        return self.h1 + self.h2(N)

    def h2(self, N: Any) -> Any:
        """Return h₂ = factor · N and its derivatives (K + 1, m, d), from (N, N', ...)."""
        return np.einsum("kqm,qmd->kmd", self.leibniz, N)

    def by_network(self, by_f: Any) -> Any:
        """Return ∂L_e/∂N_j⁽ᵏ⁾ from ∂L_e/∂f_j⁽ᵏ⁾, both (E, K + 1, m, d)."""
        return np.einsum("kqm,ekmd->eqmd", self.leibniz, by_f)

    def linearised(self, h2: Any) -> tuple[Any, Any]:
        """Return L, shape (m, d), and ∂L_e/∂f_j⁽ᵏ⁾, shape (E, K + 1, m, d), for h₂ (K + 1, m, d)."""
        return self.partials(self.h1 + h2)

    def partials(self, f: Any) -> tuple[Any, Any]:
        """Return L and ∂L_e/∂f_j⁽ᵏ⁾ in the same shapes, for f_t, f_t', ... (K + 1, m, d)."""
        K, m, d = f.shape

        def residual(*columns: Any) -> Any:
            return self.trial.problem.columns(self.copies, columns)

        try:
            r, slopes = partials(residual, *self.columns(f))
        except NoSlope as error:
            of, j = divmod(error.argument, d)
            name = "f" + "'" * of + (f"_{j + 1}" if self.trial.problem.is_system else "")
            raise NotFinite(
                f"residual has no finite slope in {name} at x = {self.x[error.point]:g}, where {name} = {error.at:g}. "
                f"(A root at zero? Write np.sqrt(f**2 + 1e-30), or start a little aside)"
            ) from None
        if np.iscomplexobj(r):
            raise TypeError("residual must return real numbers: write a complex f as two unknowns")
        return r.T, slopes.reshape(-1, K, d, m).swapaxes(2, 3)

    def of(self, h2: Any) -> Any:
        """Return L, shape (m, d), for h₂ (K + 1, m, d)."""
        return np.array(self.trial.problem.columns(self.x, self.columns(self.h1 + h2))).T

    def columns(self, f: Any) -> Any:
        """Return f_1, f_2, ..., f_1', ..., each (m,), as the rows of an array."""
        return f.swapaxes(1, 2).reshape(-1, len(self.x))

    def network_jet(self, theta: Theta) -> Any:
        """Return N, N', ... as one array (K + 1, m, d)."""
        return self.freed(jets.forward(self.trial.network, theta, self.nodes, self.order, self.order)[0])

    def freed(self, N: Any) -> Any:
        """Return N and its derivatives (K + 1, m, ·), less what `Ends` take out, from those at the nodes."""
        if self.taken is None:
            return N
        m = len(self.x)
        return N[:, :m] - np.einsum("kmqe,qed->kmd", self.taken, N[:, m:])

    def __call__(self, vector: Any) -> Any:
        """Return L at all points, shape (m d,), for the parameters Θ of shape (P,)."""
        theta = layers_of(vector, self.trial.network.sizes)
        return self.of(self.h2(self.network_jet(theta))).ravel()

    def cost(self, r: Any) -> float:
        """Return C = rᵀr / n for the residual r at all points, shape (m d,)."""
        return float(r @ r) / len(self.x)

    def forward(self, vector: Any) -> tuple[Theta, list[jets.LayerJet], Any, Any]:
        """Return Θ, each layer's jet, L (m, d), and ∂L_e/∂N_j⁽ᵏ⁾ (E, K + 1, m, d)."""
        network = self.trial.network
        theta = layers_of(vector, network.sizes)
        N, layers = jets.forward(network, theta, self.nodes, self.order, self.order + 1)
        r, by_f = self.linearised(self.h2(self.freed(N)))
        return theta, layers, r, self.by_network(by_f)

    def cost_and_gradient(self, vector: Any) -> tuple[float, Any]:
        """Return C = rᵀr / n and ∂C/∂Θ, shape (P,)."""
        theta, layers, r, by_N = self.forward(vector)
        n = len(self.x)
        seed = np.einsum("me,ekmd->kmd", (2.0 / n) * r, by_N)
        if self.taken is not None:
            seed = np.concatenate([seed, -np.einsum("kmqe,kmd->qed", self.taken, seed)], axis=1)
        return float(np.vdot(r, r)) / n, jets.gradient(theta, layers, seed)

    def with_jacobian(self, vector: Any) -> tuple[Any, Any]:
        """Return L (m d,) and ∂L/∂Θ (m d, P)."""
        theta, layers, r, by_N = self.forward(vector)
        if self.taken is None:
            return r.ravel(), jets.jacobian(theta, layers, by_N).reshape(r.size, -1)
        m, (E, K, _, d) = len(self.x), by_N.shape
        alone = np.eye(K * d).reshape(K * d, K, 1, d)  # ∂/∂N_j⁽ᵠ⁾, one at a time
        seeds = np.zeros((E + K * d, K, m + 2, d))
        seeds[:E, :, :m], seeds[E:, :, m:] = by_N, alone
        J = jets.jacobian(theta, layers, seeds)
        at_ends = J[m:, E:].reshape(2, K, d, -1)
        taken = np.einsum("ekmd,kmqc,cqdp->mep", by_N, self.taken, at_ends, optimize=True)
        return r.ravel(), (J[:m, :E] - taken).reshape(r.size, -1)

    def output_basis(self, theta: Theta, network: Network) -> Any:
        """Return B, shape (K + 1, m, n_{L-1} + 1), so that h₂⁽ᵏ⁾ = B_k W for this network.

        W, shape (n_{L-1} + 1, d), holds the output layer: w⁽ᴸ⁾ᵀ and, as its last row, b⁽ᴸ⁾.
        The activation of the output layer is the identity.
        """
        return self.h2(self.freed(output_basis(network, theta, self.nodes, self.order)))

    def basis(self, theta: Theta, network: Network) -> Basis:
        """Return B of this network with what of it is independent.

        That is not looked for where there is one unknown: its least squares are so small that it takes longer
        than it saves.
        """
        if self.known is not None:
            return self.known
        B = self.output_basis(theta, network)
        return Basis.of(B) if self.trial.problem.unknowns > 1 else Basis(B, None, B)


def product_rule(factor: Any, m: int) -> Any:
    """Return Leibniz's rule as a matrix: (F N)⁽ᵏ⁾ = Σ_q (k over q) F⁽ᵏ⁻ᵠ⁾ N⁽ᵠ⁾ at m points, shape (K + 1, K + 1, m)."""
    K = len(factor)
    rule = np.zeros((K, K, m))
    for k in range(K):
        for q in range(k + 1):
            rule[k, q] = comb(k, q) * factor[k - q]
    return rule


def jet_of(trial: TrialSolution, theta: Theta, x: Any) -> Any:
    """Return f_t, f_t', ... to the highest derivative of the equation at points x (m,), shape (K + 1, m, d)."""
    residuals = Residuals(trial, x)
    return residuals.trial_jet(residuals.network_jet(theta))


def output_basis(network: Network, theta: Theta, x: Any, order: int) -> Any:
    """Return B at points x (m,) so that N⁽ᵏ⁾ = B_k W, for the network alone."""
    a, _ = jets.forward(network, theta[:-1], x, order, order)
    B = np.zeros((*a.shape[:2], a.shape[2] + 1))
    B[..., :-1], B[0, :, -1] = a, 1.0
    return B


def _taken_out(ends: Ends, x: Any) -> Any:
    """Return how N⁽ᵠ⁾ at the two ends enters what is taken out of N⁽ᵏ⁾ at points x (m,), shape (K + 1, m, K + 1, 2)."""
    by_end = np.zeros((ends.order, ends.order + 1, 2))
    by_end[np.arange(ends.order), :-1, ends.places] = ends.C
    return np.einsum("kmj,jqe->kmqe", ends.jets(x), by_end)

"""The residual of a trial solution in two variables as a function of the parameters, with its derivatives.

At fixed points the residual is a vector r(Θ), and the cost S2 is C = rᵀr / n. The methods that train are
those of chapters 8 to 10 (`course_lib.equations.optimisers`, `course_lib.equations.random_features`): they ask
for the same things as of `course_lib.equations.residuals.Residuals`.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from course_lib._validation import NotFinite
from course_lib.beyond._mixed_jets import VALUE, Index, Jet, forward, gradient, jacobian
from course_lib.beyond.pde_trial_solution import PDETrialSolution, needed
from course_lib.differentiation.partials import NoSlope, partials
from course_lib.equations.residuals import Basis
from course_lib.networks.layout import Network
from course_lib.networks.parameters import Theta, layers_of


class PDEResiduals:
    """The residual of a trial solution at fixed points, a function of Θ.

    A jet of derivatives is one array (K, m, d) here: K of them, the value first, then those that the
    residual takes.

    Parameters
    ----------
    trial
        The trial solution.
    x
        The points, shape (m, 2).
    indices
        The derivatives, where others are asked for than the residual takes.

    Notes
    -----
    Lecture S2: the cost is the sum of the squares of what `__call__` returns, divided by m.
    """

    def __init__(self, trial: PDETrialSolution, x: Any, indices: list[Index] | None = None) -> None:
        self.trial, self.x = trial, x
        self.indices = [VALUE, *trial.problem.used] if indices is None else indices
        columns = x[:, 0].copy(), x[:, 1].copy()
        self.h1 = self.h1_of(trial)
        self.terms = trial.terms(*columns, self.indices)
        self.needed = needed(self.terms)
        self.inputs = {place: trial.inputs(*columns, place) for place in self.needed}

    def with_constants(self, trial: PDETrialSolution) -> PDEResiduals:
        """Return the same for a problem that has other constants alone: they change the equation and h₁."""
        other = copy(self)
        other.trial, other.h1 = trial, self.h1_of(trial)
        return other

    def h1_of(self, trial: PDETrialSolution) -> Any:
        """Return h₁ and its derivatives, (K, m, d), of a trial solution."""
        h1 = trial.h1(self.x[:, 0].copy(), self.x[:, 1].copy(), self.indices)
        return np.array([h1[alpha] for alpha in self.indices])

    def h2(self, N: dict[tuple[int, int], Jet]) -> Any:
        """Return h₂ and its derivatives, (K, m, n), from the network's at each place, each (m, n)."""
        n = max(part.shape[-1] for parts in N.values() for part in parts.values())
        jet = np.zeros((len(self.indices), len(self.x), n))
        for term in self.terms:
            jet[self.indices.index(term.of)] += term.coefficient[:, None] * N[term.place][term.by]
        return jet

    def of(self, h2: Any) -> Any:
        """Return L, shape (m, d), for h₂ and its derivatives (K, m, d)."""
        u = self.h1 + h2
        part = lambda j, alpha: u[self._row(alpha), :, j]
        return np.array(self.trial.problem.columns(self.x[:, 0], self.x[:, 1], part)).T

    def linearised(self, h2: Any) -> tuple[Any, Any]:
        """Return L, shape (m, d), and ∂L_e/∂u_j by each derivative, shape (E, K, m, d), for h₂ (K, m, d)."""
        return self.partials(self.h1 + h2)

    def partials(self, u: Any) -> tuple[Any, Any]:
        """Return the same for u_t and its derivatives (K, m, d)."""
        K, m, d = u.shape
        x, t = (np.tile(column, K * d) for column in self.x.T)

        def residual(*columns: Any) -> Any:
            return self.trial.problem.columns(x, t, lambda j, alpha: columns[self._row(alpha) * d + j])

        try:
            r, slopes = partials(residual, *u.swapaxes(1, 2).reshape(K * d, m))
        except NoSlope as error:
            at = tuple(map(float, self.x[error.point]))
            raise NotFinite(f"residual has no finite slope in u or a derivative of it at {at}") from None
        return r.T, slopes.reshape(-1, K, d, m).swapaxes(2, 3)

    def _row(self, alpha: Index) -> int:
        """Return where a derivative stands in an array (K, m, d).

        Raises
        ------
        ValueError
            The residual did not take it when the problem was made.
        """
        if alpha not in self.indices:
            first, second = tuple(self.trial.problem.variables)
            name = first * alpha[0] + second * alpha[1]
            raise ValueError(f"residual takes u.{name} at times only: take it always, and times 0 where not needed")
        return self.indices.index(alpha)

    def __call__(self, vector: Any) -> Any:
        """Return L at all points, shape (m d,), for the parameters Θ of shape (P,)."""
        return self.of(self.h2_of(vector)).ravel()

    def h2_of(self, vector: Any) -> Any:
        """Return h₂ and its derivatives, (K, m, d), for the parameters Θ of shape (P,)."""
        return self.h2({place: N for place, (N, _) in self.forward(vector).items()})

    def cost(self, r: Any) -> float:
        """Return C = rᵀr / n for the residual r at all points, shape (m d,)."""
        return float(r @ r) / len(self.x)

    def forward(self, vector: Any, slopes: int = 0) -> dict[tuple[int, int], Any]:
        """Return for each place the network's jet, arrays (m, n_L), and each layer's part, for Θ of shape (P,)."""
        network = self.trial.network
        theta = layers_of(vector, network.sizes)
        return {place: forward(network, theta, self.inputs[place], by, slopes) for place, by in self.needed.items()}

    def backward(self, vector: Any, combine: Any, sweep: Any) -> tuple[Any, Any]:
        """Return L, shape (m, d), and what a backward sweep makes of adjoints of h₂ (..., K, m, d).

        `combine` makes the adjoints from L and from ∂L_e/∂u_j by each derivative, shape (E, K, m, d).
        """
        passes, total = self.forward(vector, 1), 0.0
        r, by_u = self.linearised(self.h2({place: N for place, (N, _) in passes.items()}))
        theta, adjoints = layers_of(vector, self.trial.network.sizes), combine(r, by_u)
        for place, (_, layers) in passes.items():
            seed: Jet = {}
            for term in self.terms:
                if term.place == place:
                    share = term.coefficient[:, None] * adjoints[..., self.indices.index(term.of), :, :]
                    seed[term.by] = seed[term.by] + share if term.by in seed else share
            total = total + sweep(theta, layers, seed)
        return r, total

    def cost_and_gradient(self, vector: Any) -> tuple[float, Any]:
        """Return C = rᵀr / n and ∂C/∂Θ, shape (P,)."""
        n = len(self.x)
        r, slope = self.backward(vector, lambda r, by_u: np.einsum("me,ekmd->kmd", (2.0 / n) * r, by_u), gradient)
        return float(np.vdot(r, r)) / n, slope

    def with_jacobian(self, vector: Any) -> tuple[Any, Any]:
        """Return L (m d,) and ∂L/∂Θ (m d, P)."""
        r, J = self.backward(vector, lambda r, by_u: by_u, jacobian)
        return r.ravel(), J.reshape(r.size, -1)

    def output_basis(self, theta: Theta, network: Network) -> Any:
        """Return B, shape (K, m, n_{L-1} + 1), so that h₂ and its derivatives are B W for this network.

        W, shape (n_{L-1} + 1, d), holds the output layer: w⁽ᴸ⁾ᵀ and, as its last row, b⁽ᴸ⁾.
        The activation of the output layer is the identity.
        """
        basis = {}
        for place, by in self.needed.items():
            a, _ = forward(network, theta[:-1], self.inputs[place], by)
            basis[place] = {alpha: _with_bias(a[alpha], alpha == VALUE) for alpha in by}
        return self.h2(basis)

    def basis(self, theta: Theta, network: Network) -> Basis:
        """Return B (K, m, n) alone: with two variables, no one derivative stands for the whole equation."""
        B = self.output_basis(theta, network)
        return Basis(B, None, B)


def _with_bias(a: Any, is_value: bool) -> Any:
    """Return a (m, n) with a column for the bias, which is 1 and has no derivatives."""
    return np.hstack([a, np.full((len(a), 1), float(is_value))])
